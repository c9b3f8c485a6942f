//! Form controls with their labels.

use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// A form control with its label above it.
#[component]
pub(crate) fn Field(
    /// The label.
    #[prop(into)]
    label: TextProp,
    /// Whether it is hidden.
    #[prop(optional, into)]
    hidden: Signal<bool>,
    /// The control.
    children: Children,
) -> impl IntoView {
    view! {
        <label class="field" hidden=hidden>
            <span>{move || label.get()}</span>
            {children()}
        </label>
    }
}

/// A checkbox with its label beside it.
#[component]
pub(crate) fn Checkbox(
    /// The handle for scripts.
    testid: &'static str,
    /// The label.
    #[prop(into)]
    label: TextProp,
    /// What it means, in smaller print.
    #[prop(optional, into)]
    hint: Option<TextProp>,
    /// Whether it is checked.
    checked: RwSignal<bool>,
    /// Called when the user has changed it.
    #[prop(optional, into)]
    on_change: Option<Callback<bool>>,
) -> impl IntoView {
    let label = move || label.get();
    view! {
        <label class="check">
            <input
                type="checkbox"
                data-testid=testid
                prop:checked=checked
                on:change:target=move |event| {
                    let now = event.target().checked();
                    checked.set(now);
                    if let Some(on_change) = on_change {
                        on_change.run(now);
                    }
                }
            />
            {match hint {
                None => view! { <span>{label}</span> }.into_any(),
                Some(hint) => {
                    view! {
                        <span>
                            <span>{label}</span>
                            <span class="faint">{move || hint.get()}</span>
                        </span>
                    }
                        .into_any()
                }
            }}
        </label>
    }
}

/// The options of a [`Select`], from values and their names.
pub(crate) fn options<V: ToString>(
    values: impl IntoIterator<Item = (V, Signal<String>)>,
) -> Vec<(String, Signal<String>)> {
    values.into_iter().map(|(value, name)| (value.to_string(), name)).collect()
}

/// A menu of values and their names.
#[component]
pub(crate) fn Select(
    /// The handle for scripts.
    testid: &'static str,
    /// Its name, where it has no [`Field`] around it.
    #[prop(optional, into)]
    label: MaybeProp<String>,
    /// Values and their names; see [`options`].
    options: Vec<(String, Signal<String>)>,
    /// The value that is chosen.
    #[prop(into)]
    chosen: Signal<String>,
    /// Called with the value that the user chooses.
    #[prop(into)]
    on_choose: Callback<String>,
) -> impl IntoView {
    let option = |(value, name): (String, Signal<String>)| {
        let own = value.clone();
        let selected = move || chosen.with(|chosen| *chosen == own);
        view! {
            <option value=value prop:selected=selected>
                {name}
            </option>
        }
    };
    view! {
        <select
            data-testid=testid
            aria-label=move || label.get()
            on:change:target=move |event| on_choose.run(event.target().value())
        >
            {options.into_iter().map(option).collect_view()}
        </select>
    }
}
