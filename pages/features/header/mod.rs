//! The bar above every page: the way home, the connection's state, language, theme, settings, and
//! the rooms that are open.

mod tab_strip;

use leptos::prelude::*;
use live_core::view::Status;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::app::use_shared;
use crate::contexts::tabs::Tabs;
use crate::dom::{El, el, sign};
use crate::features::header::tab_strip::tab_strip;
use crate::features::settings::choices::{language_choice, theme_choice};
use crate::i18n::use_i18n;
use crate::nav::use_nav;
use crate::reactive::text;
use crate::route::Page;
use crate::ui::icon::Icon;
use crate::ui::icon_button::tool;

/// The bar, which begins with the button that skips it.
pub(crate) fn header(tabs: Tabs) -> El {
    let i18n = use_i18n();
    let nav = use_nav();
    let open = use_shared().settings;

    // The address of the page decides the folder, which the link keeps.
    let address = nav.address();
    let home = text(move || {
        address.track();
        nav.href(&Page::Index)
    });
    // A link to `#main` would leave the page: fragments belong to the document's base.
    let skip = el("button").set("class", "skip").text(i18n.text(|t| t.skip)).on("click", |_| {
        let main = document().get_element_by_id("main");
        if let Some(main) = main.and_then(|main| main.dyn_into::<HtmlElement>().ok()) {
            // Fails for elements that have left the document only.
            let _ = main.focus();
        }
    });
    let settings = tool("open-settings", Icon::Gear, i18n.text(|t| t.settings), None, move || {
        open.set(true);
    });
    el("header").set("class", "header").with([
        skip,
        el("a")
            .set("class", "brand")
            .set("aria-label", "P2P-Live-Web")
            .bind("href", home)
            .with([sign(Icon::Logo), el("span").say("P2P-Live-Web")]),
        tab_strip(tabs),
        status(),
        el("div").set("class", "header-choices").with([
            language_choice("language"),
            theme_choice("theme"),
            settings,
        ]),
    ])
}

/// The connection to the signalling server, and the own id on it.
fn status() -> El {
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
    el("div").set("class", "status").with([
        el("span")
            .named("status-state", "status")
            .set("role", "status")
            .bind("data-state", text(move || status.get().as_str()))
            .text(word),
        el("code").named("status-id", "my-id").bind("title", i18n.text(|t| t.your_id)).text(id),
    ])
}
