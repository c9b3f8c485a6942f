//! The bar above every page: the way home, the connection's state, language and theme.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::choices::{language_choice, theme_choice};
use super::icon::{Icon, icon};
use super::tool::tool;
use crate::app::use_shared;
use crate::i18n::use_i18n;
use crate::nav::use_nav;
use crate::reactive::text;
use crate::route::Page;

/// The bar.
#[component]
pub(crate) fn Header() -> impl IntoView {
    let i18n = use_i18n();
    let nav = use_nav();
    let shared = use_shared();

    // The address of the page decides the folder, which the link keeps.
    let address = nav.address();
    let home = text(move || {
        address.track();
        nav.href(&Page::Index)
    });
    let open = shared.settings;
    let settings = tool("open-settings", Icon::Gear, i18n.text(|t| t.settings), None, move || {
        open.set(true);
    });
    // A link to `#main` would leave the page: fragments belong to the document's base.
    let skip = |_| {
        let main = document().get_element_by_id("main");
        if let Some(main) = main.and_then(|main| main.dyn_into::<HtmlElement>().ok()) {
            // Fails for elements that have left the document only.
            let _ = main.focus();
        }
    };

    view! {
        <button class="skip" on:click=skip>{i18n.text(|t| t.skip)}</button>
        <header class="header">
            <a class="brand" href=home aria-label="P2P-Live-Web">
                {icon(Icon::Logo)}
                <span>"P2P-Live-Web"</span>
            </a>
            <Status/>
            <div class="header-choices">
                {language_choice("language")}
                {theme_choice("theme")}
                {settings}
            </div>
        </header>
    }
}

/// The connection to the signalling server, and the own id on it.
#[component]
fn Status() -> impl IntoView {
    use live_core::view::Status;

    let i18n = use_i18n();
    let shared = use_shared();
    let status = Memo::new(move |_| {
        let session = shared.current.get();
        session.and_then(|session| session.view().try_with(|view| view.status)).unwrap_or_default()
    });
    let id = text(move || {
        let id = shared.current.get().and_then(|session| {
            session.view().try_with(|view| view.id.as_ref().map(ToString::to_string)).flatten()
        });
        id.unwrap_or_default()
    });
    let word = text(move || {
        let texts = i18n.get();
        match status.get() {
            Status::Connecting => texts.connecting,
            Status::Open => texts.connected,
            Status::Reconnecting => texts.reconnecting,
            Status::Failed => texts.offline,
        }
    });

    view! {
        <div class="status">
            <span
                class="status-state"
                role="status"
                data-testid="status"
                data-state=text(move || status.get().as_str())
            >
                {word}
            </span>
            <code class="status-id" data-testid="my-id" title=i18n.text(|t| t.your_id)>
                {id}
            </code>
        </div>
    }
}
