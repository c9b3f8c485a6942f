//! Copying texts to the clipboard.

use core::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlDocument, HtmlTextAreaElement};

use crate::contexts::toasts::use_toasts;
use crate::i18n::{t_string, use_i18n};
use crate::ui::icon::Icon;

/// How long the button says that the text was copied.
const COPIED: Duration = Duration::from_secs(2);

/// A button that copies a text, and says so.
#[component]
pub(crate) fn CopyButton(
    /// The handle for scripts.
    testid: &'static str,
    /// What is copied.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let copied = RwSignal::new(false);
    let press = move |_| {
        spawn_local(async move {
            if !copy(&text.get_untracked()).await {
                toasts.show(i18n.get_untracked().copy_failed);
            } else if copied.try_set(true).is_none() {
                // The page may be closed before the browser has copied the text.
                set_timeout(move || _ = copied.try_set(false), COPIED);
            }
        });
    };
    view! {
        <button type="button" data-testid=testid data-done=copied on:click=press>
            <Icon icon=Icon::Copy />
            <span aria-live="polite">
                {move || if copied.get() { t_string!(i18n, copied) } else { t_string!(i18n, copy) }}
            </span>
        </button>
    }
}

/// Copies `text`; by the deprecated `execCommand` where there is no clipboard. Returns whether the
/// browser did.
pub(crate) async fn copy(text: &str) -> bool {
    if window().is_secure_context() {
        let written = window().navigator().clipboard().write_text(text);
        if JsFuture::from(written).await.is_ok() {
            return true;
        }
    }
    copy_selected(text).unwrap_or(false)
}

/// Selects `text` in a field that exists for as long as that takes.
fn copy_selected(text: &str) -> Option<bool> {
    let field: HtmlTextAreaElement = document().create_element("textarea").ok()?.dyn_into().ok()?;
    field.set_value(text);
    field.set_class_name("hidden");
    let focused = document().active_element();
    document().body()?.append_child(&field).ok()?;
    field.select();
    let document = document().dyn_into::<HtmlDocument>().ok();
    let copied = document.and_then(|document| document.exec_command("copy").ok());
    field.remove();
    if let Some(focused) = focused.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        // Fails only for elements that are not in the document.
        let _ = focused.focus();
    }
    copied
}
