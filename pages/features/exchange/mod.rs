//! An exchange: whom to call, both pictures, and the texts.

mod call;
mod screens;
mod texts;

use leptos::prelude::*;

pub(crate) use self::call::ExchangeCall;
pub(crate) use self::screens::ExchangeScreens;
pub(crate) use self::texts::ExchangeTexts;
use crate::i18n::{t, use_i18n};
use crate::nav::use_nav;
use crate::route::{ExchangeQuery, Page};

/// The link to the exchange page.
#[component]
pub(crate) fn ExchangeLink() -> impl IntoView {
    let i18n = use_i18n();
    let nav = use_nav();
    // The link keeps the language folder of the page's address.
    let address = nav.address();
    let href = move || {
        address.track();
        nav.href(&Page::Exchange(ExchangeQuery::default()))
    };
    view! {
        <a class="button" data-testid="open-exchange" href=href>
            {t!(i18n, exchange_open)}
        </a>
    }
}
