//! The rooms that are open, side by side in the header.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::contexts::tabs::Tabs;
use crate::dom::{El, el, keep};
use crate::i18n::{t_string, use_i18n};
use crate::later::{Later, later};
use crate::nav::use_nav;
use crate::reactive::{flag, text};
use crate::ui::icon::Icon;
use crate::ui::icon_button::tool;

/// A link to each, and a button that closes it; the Delete key on the link does, too.
pub(crate) fn tab_strip(tabs: Tabs) -> El {
    let keys = tabs.keys();
    let none = Memo::new(move |_| keys.with(Vec::is_empty));
    // Comes with the first room.
    let list = move || if none.get() { Vec::new() } else { vec![later(move || list(tabs))] };
    el("nav")
        .named("tabs", "tabs")
        .bind("aria-label", use_i18n().text(|t| t.open_rooms))
        .flag("hidden", none.into())
        .children(list)
}

fn list(tabs: Tabs) -> Later {
    let i18n = use_i18n();
    let nav = use_nav();
    let keys = tabs.keys();
    let list = el("ul");
    keep(list.clone(), keys, move |key: &u32| {
        let key = *key;
        let Some((tab, page)) = tabs.room(key) else {
            return el("li");
        };
        let title = tab.title;
        let on_air = Memo::new(move |_| {
            tab.current
                .get()?
                .view()
                .try_with(|view| view.room.as_ref().is_some_and(|room| room.on_air.is_some()))
        });
        // The address of the page decides the folder, which the link keeps.
        let address = nav.address();
        let href = text(move || {
            address.track();
            nav.href(&page)
        });
        let link = el("a")
            .named("tab-link", "tab")
            .bind("href", href)
            .bind("aria-current", text(move || if tab.is_shown() { "page" } else { "false" }))
            .on("keydown", move |event| {
                if event.dyn_ref().map(KeyboardEvent::key).as_deref() == Some("Delete") {
                    tabs.close(key);
                }
            })
            .with([
                el("span")
                    .set("class", "tab-live")
                    .set("data-testid", "tab-live")
                    .flag("hidden", flag(move || on_air.get() != Some(true)))
                    .with([el("span").set("class", "hidden").text(i18n.text(|t| t.on_air))]),
                el("span").set("class", "clip").text(title.into()),
            ]);
        let name = text(move || t_string!(i18n, close_room, title = title.get()));
        let close = tool("close-tab", Icon::Close, name, None, move || tabs.close(key));
        el("li")
            .set("class", "tab")
            .flag("data-shown", flag(move || tab.is_shown()))
            .with([link, close])
    });
    Ok(list)
}
