//! A square button with an icon whose name is its tooltip.

use leptos::prelude::*;

use super::icon::{Icon, icon};

/// A tool; `pressed` makes it one that is on or off.
pub(crate) fn tool(
    handle: &'static str,
    sign: Icon,
    label: Signal<String>,
    pressed: Option<Signal<bool>>,
    press: Callback<()>,
) -> AnyView {
    let state = move || pressed.map(|pressed| pressed.get().to_string());
    view! {
        <button
            type="button"
            class="quiet square tool"
            data-testid=handle
            aria-label=label
            title=label
            aria-pressed=state
            on:click=move |_| press.run(())
        >
            {icon(sign)}
        </button>
    }
    .into_any()
}
