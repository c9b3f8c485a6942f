//! A question that the user answers before an action.

use leptos::prelude::*;

/// The question that is open, as a context; see the component
/// [`Confirmation`](crate::ui::confirmation::Confirmation).
#[derive(Clone, Copy)]
pub(crate) struct Questions(RwSignal<Option<Question>>);

/// A question.
#[derive(Clone)]
pub(crate) struct Question {
    /// What it is about, in a few words.
    pub(crate) title: String,
    /// Describes the action.
    pub(crate) text: String,
    /// The label of the button that confirms it.
    pub(crate) action: String,
    /// Performs the action.
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
    /// Opens a question, in place of an open one.
    pub(crate) fn ask(self, question: Question) {
        self.0.set(Some(question));
    }

    /// The question that is open.
    pub(crate) fn current(self) -> Signal<Option<Question>> {
        self.0.into()
    }

    /// Closes the question, and performs its action if the user agreed.
    pub(crate) fn answer(self, agreed: bool) {
        let question = self.0.try_update(Option::take).flatten();
        if let Some(question) = question.filter(|_| agreed) {
            question.on_confirm.run(());
        }
    }
}
