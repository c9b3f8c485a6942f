//! The field for a network's name or a room's id.

use leptos::prelude::*;

/// A text field for a name or an id. Typing clears `invalid`.
#[component]
pub(crate) fn IdInput(
    testid: &'static str,
    /// The id of the element with the error message.
    #[prop(optional, into)]
    note: Option<String>,
    /// The id of the list of suggestions.
    #[prop(optional, into)]
    list: Option<String>,
    #[prop(optional, into)] placeholder: Option<Signal<String>>,
    #[prop(into)] value: Signal<String>,
    invalid: RwSignal<bool>,
    #[prop(into)] on_input: Callback<String>,
) -> impl IntoView {
    view! {
        <input
            type="text"
            data-testid=testid
            autocomplete="off"
            spellcheck="false"
            list=list
            placeholder=move || placeholder.map(|placeholder| placeholder.get())
            aria-describedby=note
            aria-invalid=move || invalid.get().to_string()
            prop:value=value
            on:input:target=move |event| {
                invalid.set(false);
                on_input.run(event.target().value());
            }
        />
    }
}
