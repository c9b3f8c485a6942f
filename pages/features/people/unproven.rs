//! The mark of an id that names no key, as the original pages have.

use leptos::prelude::*;

use crate::i18n::{t, use_i18n};

/// The mark; its description says what it means.
#[component]
pub(crate) fn Unproven() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <span class="unproven" data-testid="unproven" title=t!(i18n, unproven_hint)>
            {t!(i18n, unproven)}
        </span>
    }
}
