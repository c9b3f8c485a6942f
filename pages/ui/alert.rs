//! A message that needs attention.

use leptos::prelude::*;

use crate::ui::icon::Icon;

/// A message with a warning sign, read out as soon as it appears.
#[component]
pub(crate) fn Alert(
    /// The handle for scripts.
    testid: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="alert" data-testid=testid role="alert">
            <Icon icon=Icon::Warning />
            {children()}
        </div>
    }
}
