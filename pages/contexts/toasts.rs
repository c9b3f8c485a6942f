//! Short messages that disappear by themselves.

use leptos::prelude::*;

/// The message that is shown, as a context.
#[derive(Clone, Copy)]
pub(crate) struct Toasts(RwSignal<String>);

/// Makes it a context.
pub(crate) fn provide_toasts() {
    provide_context(Toasts(RwSignal::new(String::new())));
}

/// The messages of the app.
pub(crate) fn use_toasts() -> Toasts {
    expect_context()
}

impl Toasts {
    /// Shows a message in place of the previous one.
    pub(crate) fn show(self, text: &str) {
        self.0.set(text.to_owned());
    }

    /// The message; empty for none.
    pub(crate) fn message(self) -> RwSignal<String> {
        self.0
    }
}
