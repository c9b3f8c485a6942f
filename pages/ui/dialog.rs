//! A modal `<dialog>`: Esc, its close button and a click beside it close it.

use leptos::html;
use leptos::prelude::*;
use leptos::text_prop::TextProp;

use crate::i18n::{t, use_i18n};
use crate::ui::icon::Icon;
use crate::ui::icon_button::IconButton;

/// A modal dialog that is open while `open` is true. Its children stay mounted when it closes, so
/// form fields keep their values; see [`was_open`] for children that are created on first opening.
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
            // Fails only for a dialog that is not in the document.
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
                // The content covers the dialog, so only a click on the backdrop has this target.
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
