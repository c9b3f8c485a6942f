//! Exchange streams and texts with one other person.

use leptos::prelude::*;
use live_web::identity::Identity;

use crate::contexts::rooms::use_rooms;
use crate::contexts::tabs::{page_key, set_tab_title, use_tab};
use crate::features::exchange::{ExchangeCall, ExchangeScreens, ExchangeTexts};
use crate::features::share::ShareLink;
use crate::features::source::{QuickStart, SourceMenu};
use crate::i18n::{t, use_i18n};
use crate::route::{ExchangeQuery, Page};

/// The page. Closing it hangs up.
#[component]
pub(crate) fn ExchangePage(query: ExchangeQuery) -> impl IntoView {
    let i18n = use_i18n();
    // Whoever is called: the person is the same.
    let page = page_key(&Page::Exchange(ExchangeQuery::default()));
    let identity = StoredValue::new_local(Identity::take(&page));
    let room = use_rooms().exchange(identity.with_value(Identity::credentials));
    use_tab().room.set(Some(room));
    set_tab_title(i18n.text(|t| t.exchange));
    view! {
        <div class="exchange">
            <h1>{t!(i18n, exchange_title)}</h1>
            <p class="faint">{t!(i18n, exchange_lead)}</p>
            <ExchangeCall room id=query.id />
            <ShareLink
                id=room.select(|view| view.id.clone())
                testid="exchange-link"
                page=|id| Page::Exchange(ExchangeQuery { id: id.to_string() })
                label=t!(i18n, exchange_own_link)
            />
            <div class="row">
                <QuickStart room testid="exchange-start">
                    {t!(i18n, exchange_start)}
                </QuickStart>
                <SourceMenu room />
            </div>
            <ExchangeScreens room />
            <ExchangeTexts room />
        </div>
    }
}
