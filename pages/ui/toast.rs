//! A short message that disappears by itself.

use core::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

const DURATION: Duration = Duration::from_secs(4);

/// Shows `message` and clears it after [`DURATION`]. A new message restarts the timer.
#[component]
pub(crate) fn Toast(
    /// The message; empty for none.
    message: RwSignal<String>,
) -> impl IntoView {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move || {
        if message.with(String::is_empty) {
            return;
        }
        if let Some(timer) = timer.get_value() {
            timer.clear();
        }
        let clear = move || _ = message.try_set(String::new());
        timer.set_value(set_timeout_with_handle(clear, DURATION).ok());
    });
    view! {
        <p
            class="toast"
            data-testid="toast"
            role="status"
            data-empty=move || message.with(String::is_empty)
        >
            {message}
        </p>
    }
}
