//! A message that needs the user's attention.

use leptos::prelude::*;
use leptos::text_prop::TextProp;

use crate::ui::icon::Icon;

/// What an alert is about, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AlertTone {
    Warning,
    /// The user is asked something.
    Question,
}

/// A message with an icon before it and its actions after it. Screen readers announce it at once.
#[component]
pub(crate) fn Alert(
    /// The handle for scripts.
    testid: &'static str,
    /// What it is about.
    tone: AlertTone,
    /// The icon before the message.
    icon: Icon,
    /// The message.
    #[prop(into)]
    text: TextProp,
    /// The actions.
    children: Children,
) -> impl IntoView {
    let class = match tone {
        AlertTone::Warning => "alert",
        AlertTone::Question => "alert ask",
    };
    view! {
        <div class=class data-testid=testid role="alert">
            <Icon icon />
            <p>{move || text.get()}</p>
            {children()}
        </div>
    }
}
