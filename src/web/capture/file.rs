//! A media file as a source.

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, HtmlVideoElement, MediaStream, Url};

use super::Error;
use crate::platform::js;

/// A `<video>` outside the document; dropping it stops it and frees the file.
pub(super) struct Playback {
    element: HtmlVideoElement,
    url: String,
}

/// Plays `file` from its beginning, in a loop.
pub(super) async fn play(file: &File) -> Result<(MediaStream, Playback), Error> {
    let failed = |error| Error::from_js(&error);
    let document = web_sys::window().and_then(|window| window.document());
    let element = document.ok_or(Error::Unsupported)?.create_element("video");
    let element: HtmlVideoElement = element.map_err(failed)?.unchecked_into();
    let url = Url::create_object_url_with_blob(file).map_err(failed)?;
    element.set_loop(true);
    // Mutes the speakers only; the captured stream keeps its sound.
    element.set_muted(true);
    let playback = Playback { element, url };
    let element = &playback.element;

    let ready = once(element, "canplay");
    let broken = once(element, "error");
    element.set_src(&playback.url);
    if let Either::Right(_) = select(ready.0, broken.0).await {
        return Err(Error::BadFile);
    }
    let started = element.play().map_err(failed)?;
    if JsFuture::from(started).await.is_err() {
        return Err(Error::BadFile);
    }
    let stream = js::capture_stream(element).ok_or(Error::Unsupported)?.map_err(failed)?;
    Ok((stream, playback))
}

/// The first event of that kind; the listener must live as long as the receiver is awaited.
fn once(element: &HtmlVideoElement, kind: &'static str) -> (oneshot::Receiver<()>, EventListener) {
    let (heard, wait) = oneshot::channel();
    let listener = EventListener::once(element, kind, move |_| {
        // The receiver is gone if the other event came first.
        let _ = heard.send(());
    });
    (wait, listener)
}

impl Drop for Playback {
    fn drop(&mut self) {
        let _ = self.element.pause();
        // Otherwise the browser keeps decoder and file until the element is garbage collected.
        let _ = self.element.remove_attribute("src");
        self.element.load();
        let _ = Url::revoke_object_url(&self.url);
    }
}
