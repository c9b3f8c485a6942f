//! Pictures: from chosen files to the wire, and from the wire to the page.

use js_sys::{Array, Promise, Uint8Array};
use live_core::picture::Picture;
use live_core::wire::limits;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, ClipboardEvent, DragEvent, Event, FileList,
    HtmlCanvasElement, HtmlInputElement, ImageBitmap, Url,
};

use crate::platform::js;

/// Maximum side lengths in pixels, tried in order until the file is small enough.
const SIDES: [f64; 4] = [1_600.0, 1_200.0, 800.0, 400.0];
/// The same for a cover.
const COVER_SIDES: [f64; 3] = [960.0, 640.0, 320.0];
/// The side of an avatar, in pixels.
const AVATAR: f64 = 64.0;
const QUALITY: f64 = 0.85;

/// The `blob:` address of a picture, valid until this is dropped.
#[derive(Debug, PartialEq, Eq)]
pub struct ObjectUrl(String);

impl ObjectUrl {
    /// `None` only if the browser is out of memory.
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
        // Fails only for addresses of another origin.
        let _ = Url::revoke_object_url(&self.0);
    }
}

/// The first image among the files that were pasted, dropped or chosen.
pub fn image_file(event: &Event) -> Option<Blob> {
    let files = files(event)?;
    let mut files = (0..files.length()).filter_map(|at| files.get(at));
    files.find(|file| file.type_().starts_with("image/")).map(Blob::from)
}

fn files(event: &Event) -> Option<FileList> {
    if let Some(pasted) = event.dyn_ref::<ClipboardEvent>() {
        return pasted.clipboard_data()?.files();
    }
    if let Some(dropped) = event.dyn_ref::<DragEvent>() {
        return dropped.data_transfer()?.files();
    }
    event.target()?.dyn_ref::<HtmlInputElement>()?.files()
}

/// Makes a chat image of a file: scaled down and without metadata, such as the place of a
/// photograph. `None` if the browser cannot decode it.
pub async fn image(file: &Blob) -> Option<Picture> {
    // Re-encoding would drop the animation.
    if file.type_() == "image/gif"
        && file.size() <= limits::PICTURE as f64
        && let Some(picture) = Picture::new(bytes(file).await?)
    {
        return Some(picture);
    }
    shrink(file, &SIDES, limits::PICTURE).await
}

/// Makes a cover of a file: scaled down, without animation. `None` if the browser cannot decode it.
pub async fn cover(file: &Blob) -> Option<Picture> {
    shrink(file, &COVER_SIDES, limits::COVER).await
}

/// Scales an image to the first of these sides that gives at most `most` bytes.
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

/// Makes an avatar of a file: its centre as a small square.
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

/// Draws the bitmap with `size` at `place` on a canvas and encodes it. `None` if it is too large.
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
    js::smooth_well(&context);
    let ([x, y], [width, height]) = (place, size);
    context.draw_image_with_image_bitmap_and_dw_and_dh(bitmap, x, y, width, height).ok()?;
    let mut packed = canvas_blob(&canvas, "image/webp").await?;
    // Not every browser encodes WebP, and JPEG has no transparency.
    if packed.type_() != "image/webp" {
        context.set_global_composite_operation("destination-over").ok()?;
        context.set_fill_style_str("#fff");
        context.fill_rect(0.0, 0.0, canvas_size[0], canvas_size[1]);
        packed = canvas_blob(&canvas, "image/jpeg").await?;
    }
    Picture::new(bytes(&packed).await?)
}

async fn canvas_blob(canvas: &HtmlCanvasElement, mime: &str) -> Option<Blob> {
    let promise = Promise::new(&mut |done, _| {
        let quality = JsValue::from_f64(QUALITY);
        // Fails only for a canvas with content of another origin.
        let _ = canvas.to_blob_with_type_and_encoder_options(&done, mime, &quality);
    });
    JsFuture::from(promise).await.ok()?.dyn_into().ok()
}

async fn bytes(blob: &Blob) -> Option<Vec<u8>> {
    let buffer = JsFuture::from(blob.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}
