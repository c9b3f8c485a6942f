//! Pictures between the files that people choose, the wire and the page.

use js_sys::{Array, Promise, Uint8Array};
use live_core::picture::Picture;
use live_core::wire::limits;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, Event, HtmlCanvasElement, ImageBitmap, Url,
};

use crate::platform::js;

/// The longest sides that an image is tried with, in pixels, until it is small enough.
const SIDES: [f64; 4] = [1_600.0, 1_200.0, 800.0, 400.0];
/// The same for a cover.
const COVER_SIDES: [f64; 3] = [960.0, 640.0, 320.0];
/// The side of an avatar, in pixels.
const AVATAR: f64 = 64.0;
const QUALITY: f64 = 0.85;

/// The address under which a page may show a picture, for as long as this lives.
#[derive(Debug, PartialEq, Eq)]
pub struct ObjectUrl(String);

impl ObjectUrl {
    /// `None` only where the browser has no memory left.
    pub fn new(picture: &Picture) -> Option<Self> {
        let options = BlobPropertyBag::new();
        options.set_type(picture.mime());
        let parts = Array::of1(&Uint8Array::from(picture.bytes()));
        let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options).ok()?;
        Url::create_object_url_with_blob(&blob).ok().map(Self)
    }

    /// The `blob:` address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for ObjectUrl {
    fn drop(&mut self) {
        // Fails for addresses of another origin only.
        let _ = Url::revoke_object_url(&self.0);
    }
}

/// The first picture among the files that were pasted, dropped or chosen.
pub fn image_file(event: &Event) -> Option<Blob> {
    let target = event.target().map(JsValue::from);
    let sources = ["clipboardData", "dataTransfer"].map(|name| js::field(event, name));
    let files = sources.into_iter().chain([target]).flatten().find_map(|s| js::field(&s, "files"));
    let files = Array::from(&files?);
    let mut blobs = files.iter().filter_map(|file| file.dyn_into::<Blob>().ok());
    blobs.find(|file| file.type_().starts_with("image/"))
}

/// Makes an image for the chat of a file: scaled down, and without what else the file tells, such
/// as where a photograph was taken. `None` if the browser cannot read it.
pub async fn image(file: &Blob) -> Option<Picture> {
    // Only as it is does it move.
    if file.type_() == "image/gif"
        && file.size() <= limits::PICTURE as f64
        && let Some(picture) = Picture::new(bytes(file).await?)
    {
        return Some(picture);
    }
    shrink(file, &SIDES, limits::PICTURE).await
}

/// Makes a cover of a file: scaled down, and still. `None` if the browser cannot read it.
pub async fn cover(file: &Blob) -> Option<Picture> {
    shrink(file, &COVER_SIDES, limits::COVER).await
}

/// Scales an image to the first of these sides with which it has at most so many bytes.
async fn shrink(file: &Blob, sides: &[f64], most: usize) -> Option<Picture> {
    let bitmap = decode(file).await?;
    let longest = f64::from(bitmap.width().max(bitmap.height()));
    for side in sides {
        let scale = (side / longest).min(1.0);
        let size = [bitmap.width(), bitmap.height()].map(|side| f64::from(side) * scale);
        let picture = encode(&bitmap, size, [0.0, 0.0], size).await;
        if picture.as_ref().is_some_and(|picture| picture.bytes().len() <= most) {
            return picture;
        }
    }
    None
}

/// Makes an avatar of a file: the middle of it, as a small square.
pub async fn avatar(file: &Blob) -> Option<Picture> {
    let bitmap = decode(file).await?;
    let [width, height] = [bitmap.width(), bitmap.height()].map(f64::from);
    let scale = AVATAR / width.min(height);
    let [width, height] = [width * scale, height * scale];
    let middle = [(AVATAR - width) / 2.0, (AVATAR - height) / 2.0];
    encode(&bitmap, [AVATAR, AVATAR], middle, [width, height]).await
}

async fn decode(file: &Blob) -> Option<ImageBitmap> {
    let window = web_sys::window()?;
    let bitmap = window.create_image_bitmap_with_blob(file).ok()?;
    JsFuture::from(bitmap).await.ok()?.dyn_into().ok()
}

/// Draws the bitmap of `size` at `place` on a canvas, and packs that. `None` if it is too large.
async fn encode(
    bitmap: &ImageBitmap,
    canvas_size: [f64; 2],
    place: [f64; 2],
    size: [f64; 2],
) -> Option<Picture> {
    let element = web_sys::window()?.document()?.create_element("canvas").ok()?;
    let canvas: HtmlCanvasElement = element.dyn_into().ok()?;
    canvas.set_width((canvas_size[0] as u32).max(1));
    canvas.set_height((canvas_size[1] as u32).max(1));
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    js::set(&context, "imageSmoothingQuality", "high");
    let ([x, y], [width, height]) = (place, size);
    context.draw_image_with_image_bitmap_and_dw_and_dh(bitmap, x, y, width, height).ok()?;
    let mut packed = pack(&canvas, "image/webp").await?;
    // Not every browser writes WebP; JPEG knows no transparency.
    if packed.type_() != "image/webp" {
        js::set(&context, "globalCompositeOperation", "destination-over");
        js::set(&context, "fillStyle", "#fff");
        context.fill_rect(0.0, 0.0, canvas_size[0], canvas_size[1]);
        packed = pack(&canvas, "image/jpeg").await?;
    }
    Picture::new(bytes(&packed).await?)
}

async fn pack(canvas: &HtmlCanvasElement, mime: &str) -> Option<Blob> {
    let promise = Promise::new(&mut |done, _| {
        let quality = JsValue::from_f64(QUALITY);
        // Fails for a canvas that shows what another origin owns, which this one does not.
        let _ = canvas.to_blob_with_type_and_encoder_options(&done, mime, &quality);
    });
    JsFuture::from(promise).await.ok()?.dyn_into().ok()
}

async fn bytes(blob: &Blob) -> Option<Vec<u8>> {
    let buffer = JsFuture::from(blob.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}
