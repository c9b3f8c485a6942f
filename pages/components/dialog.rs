//! A modal `<dialog>`: Esc, its close button and a click beside it close it.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::icon::{Icon, icon};
use crate::i18n::use_i18n;

/// A dialog that is open while `open` is true. What is in it stays in the page when it closes, so
/// nothing that was typed is lost.
#[component]
pub(crate) fn Dialog(
    /// Whether it is open.
    #[prop(into)]
    open: Signal<bool>,
    /// Called when the user closes it.
    #[prop(into)]
    close: Callback<()>,
    /// Its heading.
    #[prop(into)]
    title: Signal<String>,
    /// Its handle for scripts.
    handle: &'static str,
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
    let beside = move |event: web_sys::MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        if target.is_some_and(|target| target.tag_name() == "DIALOG") {
            close.run(());
        }
    };

    view! {
        <dialog
            class="dialog"
            node_ref=node
            data-testid=handle
            aria-label=title
            on:close=move |_| close.run(())
            on:click=beside
        >
            <div class="dialog-body">
                <div class="dialog-head">
                    <h2>{title}</h2>
                    <button
                        type="button"
                        class="quiet square"
                        aria-label=i18n.text(|t| t.close)
                        on:click=move |_| close.run(())
                    >
                        {icon(Icon::Close)}
                    </button>
                </div>
                {children()}
            </div>
        </dialog>
    }
}
