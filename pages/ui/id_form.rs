//! A form for somebody's id: the field, its button, and a line that says what is wrong.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::text_prop::TextProp;
use live_core::id::PeerId;

use crate::ui::button::Button;
use crate::ui::field::Field;
use crate::ui::id_input::IdInput;

/// What is in the field of an [`IdForm`]; cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct IdEntry {
    typed: RwSignal<String>,
    invalid: RwSignal<bool>,
    parse: fn(&str) -> Option<PeerId>,
}

impl IdEntry {
    /// `parse` finds the id in what is typed, which may be a link.
    pub(crate) fn new(text: String, parse: fn(&str) -> Option<PeerId>) -> Self {
        Self { typed: RwSignal::new(text), invalid: RwSignal::new(false), parse }
    }

    /// Puts a text into the field.
    pub(crate) fn set(self, text: String) {
        self.typed.set(text);
    }

    /// The id that is typed. If there is none, the form says so.
    pub(crate) fn check(self) -> Option<PeerId> {
        let id = self.typed.with_untracked(|typed| (self.parse)(typed));
        self.invalid.set(id.is_none());
        id
    }
}

/// A field for an id or a link, and the button that does something with it.
#[component]
pub(crate) fn IdForm(
    entry: IdEntry,
    /// The handle of the field for scripts.
    testid: &'static str,
    /// The handle of the button.
    submit_testid: &'static str,
    /// The id of the line below the field.
    #[prop(into)]
    note: String,
    /// The field's label.
    #[prop(into)]
    label: TextProp,
    #[prop(into)] placeholder: Signal<String>,
    /// The button's text.
    #[prop(into)]
    submit: Signal<String>,
    /// What is said if no id was typed.
    #[prop(into)]
    wrong: Signal<String>,
    /// What is said otherwise.
    #[prop(optional, into)]
    state: Option<ViewFn>,
    /// Called with an id.
    #[prop(into)]
    on_submit: Callback<PeerId>,
    /// Another button beside the form's own.
    children: Children,
) -> impl IntoView {
    let IdEntry { typed, invalid, .. } = entry;
    let describes = note.clone();
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(id) = entry.check() {
            on_submit.run(id);
        }
    };
    view! {
        <form class="way three" on:submit=send>
            <Field label>
                <IdInput
                    testid
                    note=describes.clone()
                    placeholder
                    value=typed
                    invalid
                    on_input=move |text| typed.set(text)
                />
            </Field>
            <Button testid=submit_testid>{submit}</Button>
            {children()}
            <p class="note" class:error=invalid id=note role="status">
                {move || invalid.get().then(|| wrong.get())}
                {state.map(|state| view! { <span hidden=invalid>{state.run()}</span> })}
            </p>
        </form>
    }
}
