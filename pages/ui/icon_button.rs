//! A square button with an icon whose name is its tooltip.

use leptos::prelude::*;
use leptos::text_prop::TextProp;

use crate::ui::icon::Icon;

/// A square button with an icon, named by its tooltip.
#[component]
pub(crate) fn IconButton(
    /// The handle for scripts.
    testid: &'static str,
    /// What is on it.
    icon: Icon,
    /// What it does, in words.
    #[prop(into)]
    label: TextProp,
    /// Whether it is on, for a button that is on or off.
    #[prop(optional, into)]
    pressed: MaybeProp<bool>,
    /// Called for a click.
    on_press: impl Fn() + 'static,
) -> impl IntoView {
    let tooltip = label.clone();
    view! {
        <button
            type="button"
            class="quiet square tool"
            data-testid=testid
            aria-label=label
            title=tooltip
            aria-pressed=move || pressed.get().map(|pressed| pressed.to_string())
            on:click=move |_| on_press()
        >
            <Icon icon />
        </button>
    }
}
