//! A modal `<dialog>`: Esc, its close button and a click beside it close it.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement};

use crate::dom::{El, el, follow};
use crate::i18n::use_i18n;
use crate::ui::icon::Icon;
use crate::ui::icon_button::tool;

/// A dialog that is open while `open` is true; `close` is called when the user closes it. What is
/// in it stays in the page when it closes, so nothing that was typed is lost. `handle` is its name
/// for scripts.
pub(crate) fn dialog(
    open: Signal<bool>,
    close: Callback<()>,
    title: Signal<String>,
    handle: &str,
    body: Vec<El>,
) -> El {
    let i18n = use_i18n();
    let head = el("div").set("class", "dialog-head").with([
        el("h2").text(title),
        tool("close-dialog", Icon::Close, i18n.text(|t| t.close), None, move || close.run(())),
    ]);
    let frame = el("dialog")
        .named("dialog", handle)
        .bind("aria-label", title)
        .on("close", move |_| close.run(()))
        .on("click", move |event| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            if target.is_some_and(|target| target.tag_name() == "DIALOG") {
                close.run(());
            }
        })
        .with([el("div").set("class", "dialog-body").with([head]).with(body)]);
    let node: HtmlDialogElement = frame.node();
    follow(move || match (open.get(), node.open()) {
        // Fails for a dialog that has left the document only.
        (true, false) => drop(node.show_modal()),
        (false, true) => node.close(),
        _ => {}
    });
    frame
}
