//! A media file as a source.

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, HtmlVideoElement, MediaStream, Url};

use super::Error;
use crate::platform::js;

/// What makes a stream of what a player plays; the second is Firefox's name for it.
pub(super) const CAPTURE: [&str; 2] = ["captureStream", "mozCaptureStream"];

/// A `<video>` that is nowhere on the page; dropping it ends it and frees the file.
pub(super) struct Playback {
    element: HtmlVideoElement,
    url: String,
}

/// Starts `file` from its beginning, in a loop.
pub(super) async fn play(file: &File) -> Result<(MediaStream, Playback), Error> {
    let other = |error| Error::from_js(&error);
    let document = web_sys::window().and_then(|window| window.document());
    let element = document.ok_or(Error::Unsupported)?.create_element("video");
    let element: HtmlVideoElement = element.map_err(other)?.unchecked_into();
    let url = Url::create_object_url_with_blob(file).map_err(other)?;
    element.set_loop(true);
    // Silences this page's speakers only: what is captured keeps its sound.
    element.set_muted(true);
    let playback = Playback { element, url };
    let element = &playback.element;

    let ready = once(element, "canplay");
    let failed = once(element, "error");
    element.set_src(&playback.url);
    if let Either::Right(_) = select(ready.0, failed.0).await {
        return Err(Error::BadFile);
    }
    let started = element.play().map_err(other)?;
    if JsFuture::from(started).await.is_err() {
        return Err(Error::BadFile);
    }
    let capture = CAPTURE.iter().find_map(|name| js::method(element, name));
    let capture = capture.ok_or(Error::Unsupported)?;
    let stream: MediaStream = capture.call0(element).map_err(other)?.unchecked_into();
    Ok((stream, playback))
}

/// The first event of that kind; the listener must be kept as long as it is awaited.
fn once(element: &HtmlVideoElement, kind: &'static str) -> (oneshot::Receiver<()>, EventListener) {
    let (heard, wait) = oneshot::channel();
    let listener = EventListener::once(element, kind, move |_| {
        // Nobody waits any more: the other event came first.
        let _ = heard.send(());
    });
    (wait, listener)
}

impl Drop for Playback {
    fn drop(&mut self) {
        let _ = self.element.pause();
        // Without this the browser keeps decoder and file until the element is collected.
        let _ = self.element.remove_attribute("src");
        self.element.load();
        let _ = Url::revoke_object_url(&self.url);
    }
}
