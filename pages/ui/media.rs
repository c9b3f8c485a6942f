//! Playing media elements.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DomException, HtmlMediaElement};

/// Plays with sound, or muted if the browser requires a tap first.
pub(crate) async fn play(media: HtmlMediaElement, autoplay_blocked: RwSignal<bool>) {
    let refused = match media.play() {
        Ok(promise) => JsFuture::from(promise).await.err(),
        Err(error) => Some(error),
    };
    let refused = refused.and_then(|error| error.dyn_into::<DomException>().ok());
    // Other errors mean that a newer call has taken over.
    if refused.is_some_and(|error| error.name() == "NotAllowedError") && !media.muted() {
        media.set_muted(true);
        autoplay_blocked.try_set(true);
        if let Ok(promise) = media.play() {
            let _ = JsFuture::from(promise).await;
        }
    }
}
