//! A modal `<dialog>`: Esc, its close button and a click beside it close it.

use leptos::html;
use leptos::prelude::*;
use leptos::text_prop::TextProp;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement};

use crate::dom::{El, el, follow};
use crate::i18n::{t, use_i18n};
use crate::ui::icon::Icon;
use crate::ui::icon_button::{IconButton, tool};

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

/// A modal dialog that is open while `open` is true. Its children stay in the page when it closes,
/// so nothing that was typed is lost; see [`was_open`] for children that are made when it opens.
#[component]
pub(crate) fn Dialog(
    /// The handle for scripts.
    testid: &'static str,
    /// Its heading.
    #[prop(into)]
    title: TextProp,
    /// Whether it is open.
    #[prop(into)]
    open: Signal<bool>,
    /// Called when the user closes it: by Esc, its close button or a click beside it.
    #[prop(into)]
    on_close: Callback<()>,
    children: Children,
) -> impl IntoView {
    let i18n = use_i18n();
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move || {
        let Some(dialog) = node.get() else {
            return;
        };
        match (open.get(), dialog.open()) {
            // Fails for a dialog that has left the document only.
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    let heading = title.clone();
    view! {
        <dialog
            node_ref=node
            class="dialog"
            data-testid=testid
            aria-label=title
            on:close=move |_| on_close.run(())
            on:click=move |event| {
                // What is in the dialog covers it; only its backdrop is the dialog itself.
                if event.target() == event.current_target() {
                    on_close.run(());
                }
            }
        >
            <div class="dialog-body">
                <div class="dialog-head">
                    <h2>{move || heading.get()}</h2>
                    <IconButton
                        testid="close-dialog"
                        icon=Icon::Close
                        label=t!(i18n, close)
                        on_press=move || on_close.run(())
                    />
                </div>
                {children()}
            </div>
        </dialog>
    }
}

/// Whether `open` has ever been true: `<Show when=was_open(open)>` makes the children of a dialog
/// when it opens for the first time, and then keeps them.
pub(crate) fn was_open(open: impl Into<Signal<bool>>) -> Memo<bool> {
    let open = open.into();
    Memo::new(move |before: Option<&bool>| before == Some(&true) || open.get())
}
