//! A button for choosing a picture among the person's files.

use leptos::prelude::*;
use live_web::picture;
use web_sys::Blob;

use crate::dom::{El, el};

/// The button, to which an icon or a word is still to be added; it hands over what was chosen.
pub(crate) fn picture_input(
    handle: &str,
    label: Signal<String>,
    take: impl Fn(Blob) + 'static,
) -> El {
    let input = el("input")
        .set("type", "file")
        .set("accept", "image/*")
        .set("data-testid", handle)
        .bind("aria-label", label);
    let chooser = input.clone();
    let input = input.on("change", move |event| {
        if let Some(file) = picture::image_file(&event) {
            take(file);
        }
        // So that the same file can be chosen again.
        chooser.clear();
    });
    el("label").set("class", "button square chooser").bind("title", label).with([input])
}
