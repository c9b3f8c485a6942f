//! The pages, one per route.

mod audience;
mod exchange;
mod host;
mod index;

use leptos::prelude::*;
use live_core::id::PeerId;

use crate::contexts::tabs::{Tab, use_tabs};
use crate::features::alerts::PageAlerts;
use crate::route::Page;
use crate::routes::audience::AudiencePage;
use crate::routes::exchange::ExchangePage;
use crate::routes::host::HostPage;
use crate::routes::index::IndexPage;

/// All open pages. A room that is not shown is hidden but stays mounted, so that it streams and
/// relays on. The index is unmounted while it is not shown, since all its state is in the lobby.
#[component]
pub(crate) fn Pages() -> impl IntoView {
    let tabs = use_tabs();
    let (index, _) = untrack(|| tabs.index());
    let on_index = Memo::new(move |_| tabs.index().1);
    let keys = tabs.keys();
    let room = move |key| {
        let (tab, page) = untrack(|| tabs.room(key))?;
        Some(view! { <PageFrame tab page hidden=move || !tab.is_shown() /> })
    };
    view! {
        <div>
            <Show when=move || on_index.get()>
                <PageFrame tab=index page=Page::Index />
            </Show>
        </div>
        <div>
            <For each=move || keys.get() key=|key| *key children=room />
        </div>
    }
}

/// A page with its alerts.
#[component]
fn PageFrame(tab: Tab, page: Page, #[prop(optional, into)] hidden: Signal<bool>) -> impl IntoView {
    provide_context(tab);
    let page = match page {
        Page::Host(query) => view! { <HostPage query /> }.into_any(),
        // Never without a valid id: the tabs show the index in that case.
        Page::Audience(query) => PeerId::new(&query.id)
            .ok()
            .map(|target| view! { <AudiencePage target name=query.name /> })
            .into_any(),
        Page::Exchange(query) => view! { <ExchangePage query /> }.into_any(),
        Page::Index => view! { <IndexPage /> }.into_any(),
    };
    view! {
        <div class="page" data-testid="page" hidden=hidden>
            <PageAlerts />
            {page}
        </div>
    }
}
