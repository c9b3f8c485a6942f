//! The dialog that asks for confirmation of an action.

use leptos::prelude::*;

use crate::contexts::confirmation::use_questions;
use crate::i18n::{t, use_i18n};
use crate::ui::button::{Button, ButtonVariant};
use crate::ui::dialog::Dialog;

/// Shows the question that is open.
#[component]
pub(crate) fn Confirmation() -> impl IntoView {
    let i18n = use_i18n();
    let questions = use_questions();
    let current = questions.current();
    view! {
        <Dialog
            testid="confirmation"
            title=Signal::derive(move || current.get().map(|it| it.title).unwrap_or_default())
            open=move || current.with(Option::is_some)
            on_close=move |()| questions.answer(false)
        >
            <p>{move || current.get().map(|question| question.text)}</p>
            <div class="actions">
                <Button testid="confirm-no" on_press=move || questions.answer(false)>
                    {t!(i18n, cancel)}
                </Button>
                <Button
                    testid="confirm-yes"
                    variant=ButtonVariant::Danger
                    on_press=move || questions.answer(true)
                >
                    {move || current.get().map(|question| question.action)}
                </Button>
            </div>
        </Dialog>
    }
}
