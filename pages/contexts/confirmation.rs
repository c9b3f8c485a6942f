//! A question that the user answers before something is done.

use leptos::prelude::*;

/// The question that is open, as a context; see the component
/// [`Confirmation`](crate::ui::confirmation::Confirmation).
#[derive(Clone, Copy)]
pub(crate) struct Questions(RwSignal<Option<Question>>);

/// What is asked.
#[derive(Clone)]
pub(crate) struct Question {
    /// What would happen.
    pub(crate) text: String,
    /// What the button says that does it.
    pub(crate) action: String,
    /// Does it.
    pub(crate) on_confirm: Callback<()>,
}

/// Makes the questions a context.
pub(crate) fn provide_questions() {
    provide_context(Questions(RwSignal::new(None)));
}

/// The questions of the app.
pub(crate) fn use_questions() -> Questions {
    expect_context()
}

impl Questions {
    /// Asks before `on_confirm` is called, in place of a question that is still open.
    pub(crate) fn ask(self, text: String, action: String, on_confirm: impl Into<Callback<()>>) {
        self.0.set(Some(Question { text, action, on_confirm: on_confirm.into() }));
    }

    /// The question that is open.
    pub(crate) fn current(self) -> Signal<Option<Question>> {
        self.0.into()
    }

    /// Closes it, and does what it asks about if the user agreed.
    pub(crate) fn answer(self, agreed: bool) {
        let question = self.0.try_update(Option::take).flatten();
        if let Some(question) = question.filter(|_| agreed) {
            question.on_confirm.run(());
        }
    }
}
