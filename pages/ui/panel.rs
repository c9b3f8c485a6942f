//! A panel that unfolds, and that can remember whether it is open.

use leptos::ev;
use leptos::prelude::*;
use leptos::text_prop::TextProp;
use wasm_bindgen::JsCast;
use web_sys::HtmlDetailsElement;

use crate::contexts::preferences;
use crate::ui::icon::Icon;

/// A title that opens and closes what is below it. The children exist while it is closed, too:
/// what costs something waits for `on_toggle`.
#[component]
pub(crate) fn Panel(
    /// The handle for scripts.
    testid: &'static str,
    /// Its title.
    #[prop(into)]
    title: TextProp,
    /// What stands at the other end of the title's line.
    #[prop(optional, into)]
    note: Option<ViewFn>,
    /// The name under which the browser remembers whether it is open. A panel without one starts
    /// closed.
    #[prop(optional)]
    remember: Option<&'static str>,
    /// Whether a panel with a name is open before the user has decided.
    #[prop(optional)]
    open_at_first: bool,
    /// Called when it has been opened or closed, and for a panel that starts open.
    #[prop(optional, into)]
    on_toggle: Option<Callback<bool>>,
    children: Children,
) -> impl IntoView {
    let starts_open =
        remember.is_some_and(|name| preferences::panel_is_open(name).unwrap_or(open_at_first));
    let open = StoredValue::new(false);
    let toggle = move |event: ev::Event| {
        let details =
            event.target().and_then(|target| target.dyn_into::<HtmlDetailsElement>().ok());
        let is_open = details.is_some_and(|details| details.open());
        // The event is queued: the panel may be unmounted by now, or be as it was.
        if open.try_get_value() != Some(!is_open) {
            return;
        }
        open.set_value(is_open);
        if let Some(name) = remember {
            preferences::save_panel(name, is_open);
        }
        if let Some(on_toggle) = on_toggle {
            on_toggle.run(is_open);
        }
    };
    view! {
        <details class="panel" data-testid=testid open=starts_open on:toggle=toggle>
            <summary>
                <span>{move || title.get()}</span>
                {note.map(|note| note.run())}
                <Icon icon=Icon::Down />
            </summary>
            <div class="panel-body">{children()}</div>
        </details>
    }
}
