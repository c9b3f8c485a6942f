//! The link that others open to join a room.

use core::time::Duration;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use live_core::id::PeerId;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlDocument, HtmlInputElement};

use super::icon::{Icon, icon};
use crate::i18n::use_i18n;
use crate::nav::use_nav;
use crate::reactive::{flag, text};

/// A field with the link to `room`, and a button that copies it.
#[component]
pub(crate) fn Share(
    /// The room, once it is known.
    #[prop(into)]
    room: Signal<Option<PeerId>>,
    /// The field's handle for scripts.
    handle: &'static str,
) -> impl IntoView {
    let i18n = use_i18n();
    let nav = use_nav();
    let field = NodeRef::<html::Input>::new();
    let copied = RwSignal::new(false);
    let link = text(move || room.get().map(|room| nav.share(&room)).unwrap_or_default());
    let copy = move |_| {
        let Some(field) = field.get_untracked() else {
            return;
        };
        spawn_local(async move {
            if copy(&field).await && copied.try_set(true).is_none() {
                set_timeout(move || _ = copied.try_set(false), Duration::from_secs(2));
            }
        });
    };
    let select = |event: web_sys::FocusEvent| event_target::<HtmlInputElement>(&event).select();
    let label = text(move || if copied.get() { i18n.get().copied } else { i18n.get().copy });
    let sign = move || icon(if copied.get() { Icon::Check } else { Icon::Copy });

    view! {
        <div class="share">
            <input
                type="text"
                readonly
                node_ref=field
                data-testid=handle
                aria-label=i18n.text(|t| t.share_link)
                prop:value=link
                on:focus=select
            />
            <button type="button" class:done=flag(move || copied.get()) on:click=copy>
                {sign}
                <span aria-live="polite">{label}</span>
            </button>
        </div>
    }
}

/// Copies what is in `field`; where the page may not use the clipboard, by the old command on
/// the selection.
async fn copy(field: &HtmlInputElement) -> bool {
    if window().is_secure_context() {
        let written = window().navigator().clipboard().write_text(&field.value());
        if JsFuture::from(written).await.is_ok() {
            return true;
        }
    }
    field.select();
    let document = document().dyn_into::<HtmlDocument>();
    document.is_ok_and(|document| document.exec_command("copy").unwrap_or(false))
}
