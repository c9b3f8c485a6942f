//! A button with a text.

use leptos::prelude::*;

use crate::ui::icon::Icon;

/// How a button looks; see `style/controls.css`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ButtonVariant {
    #[default]
    Secondary,
    /// The main action of a form or a page.
    Primary,
    /// An action that takes something away.
    Danger,
}

impl ButtonVariant {
    fn class(self) -> Option<&'static str> {
        match self {
            Self::Secondary => None,
            Self::Primary => Some("primary"),
            Self::Danger => Some("danger"),
        }
    }
}

/// A button. Without `on_press` it submits the form around it.
#[component]
pub(crate) fn Button(
    /// The handle for scripts.
    #[prop(optional)]
    testid: Option<&'static str>,
    /// How it looks.
    #[prop(optional)]
    variant: ButtonVariant,
    /// The icon before its text.
    #[prop(optional)]
    icon: Option<Icon>,
    /// Whether it is hidden.
    #[prop(optional, into)]
    hidden: Option<Signal<bool>>,
    /// Whether it is on, for a button that is on or off.
    #[prop(optional, into)]
    pressed: Option<Signal<bool>>,
    /// Whether what it opens is open.
    #[prop(optional, into)]
    expanded: Option<Signal<bool>>,
    /// Called for a click.
    #[prop(optional, into)]
    on_press: Option<Callback<()>>,
    /// Its text.
    children: Children,
) -> impl IntoView {
    let word = |state: Signal<bool>| move || state.get().to_string();
    let content = match icon {
        None => children(),
        Some(icon) => view! { <Icon icon /><span>{children()}</span> }.into_any(),
    };
    view! {
        <button
            type=if on_press.is_some() { "button" } else { "submit" }
            class=variant.class()
            data-testid=testid
            hidden=hidden
            aria-pressed=pressed.map(word)
            aria-expanded=expanded.map(word)
            on:click=move |_| {
                if let Some(on_press) = on_press {
                    on_press.run(());
                }
            }
        >
            {content}
        </button>
    }
}
