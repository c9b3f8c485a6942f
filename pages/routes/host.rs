//! Host a room.

use leptos::prelude::*;
use leptos::wasm_split::wasm_split;
use live_core::node::{Command, Order, Role};
use live_core::view::{RoomKind, RoomMeta};
use live_web::identity::Identity;

use crate::app::use_shared;
use crate::components::card::title;
use crate::components::chat::chat;
use crate::components::edit::edit_room;
use crate::components::icon::Icon;
use crate::components::name::{members, name};
use crate::components::people::{people, person_dialog};
use crate::components::player::player;
use crate::components::publish::publish;
use crate::components::share::share;
use crate::components::source::source_menu;
use crate::components::tree::tree_info;
use crate::dom::{El, el, follow, sign};
use crate::i18n::{fill, use_i18n};
use crate::later::Later;
use crate::nav::use_nav;
use crate::reactive::text;
use crate::route::{HostQuery, Page};
use crate::session::Session;
use crate::tabs::{name_of, title_tab};

/// The page. Its room ends when it is closed.
#[wasm_split(host, wasm_split_path = ::leptos::wasm_split, preload(load_host), fallible)]
pub(crate) fn host_page(query: HostQuery) -> Later {
    let i18n = use_i18n();
    let shared = use_shared();
    let options = use_nav().address().get_untracked().options;
    let page = name_of(&Page::Host(query.clone()));
    let identity = StoredValue::new_local(Identity::take(&page));
    let meta = RoomMeta {
        title: query.title,
        summary: query.summary,
        cover: query.cover,
        kind: RoomKind::Live,
    };
    let known = identity.with_value(|own| (own.id(), own.token(), own.since(), own.meta()));
    let (id, token, since, before) = known;
    let meta = before.unwrap_or(meta);
    let role = Role::Host { meta: meta.clone(), network: query.network.clone(), since };
    let session = shared.open(role, options.max_children, Some((id, token)));
    shared.current.set(Some(session));
    if let Some(rules) = identity.with_value(Identity::rules) {
        session.send(Command::Order(Order::Restore(rules)));
    }
    let view = session.view();
    follow(move || {
        view.with(|view| {
            if let Some(room) = &view.room {
                identity.with_value(|own| own.keep(room.meta.clone(), &room.rules));
            }
        });
    });
    let person = RwSignal::new(None);

    let room_id = session.part(|view| view.id.clone());
    let given = session.part(|view| view.room.as_ref().map(|room| room.meta.title.clone()));
    let heading = text(move || title(given.get().unwrap_or_default(), i18n.get()));
    title_tab(heading);
    let network = query.network;
    let kind = if network.is_some() { Icon::People } else { Icon::Lock };
    let reach = text(move || match &network {
        Some(network) => fill(i18n.get().public_room, network.as_str()),
        None => i18n.get().private_room.to_owned(),
    });

    Ok(el("div").set("class", "room").with([
        el("div").set("class", "room-stage").with(player(session, true)),
        el("div").set("class", "room-info").with([
            el("div").set("class", "room-head").with([
                el("h1").text(heading),
                on_air_badge(session),
                members(session),
            ]),
            source_menu(session),
            el("div").set("class", "panel").with([
                el("p").set("class", "row faint").with([sign(kind), el("span").text(reach)]),
                share(room_id.into(), "share-link"),
            ]),
            people(session, Some(person)),
            publish(session),
            edit_room(session, meta),
            tree_info(session),
        ]),
        el("div").set("class", "room-side").with([name(), chat(session, Some(person))]),
        person_dialog(session, person),
    ]))
}

/// Says that the host streams, while it does.
pub(crate) fn on_air_badge(session: Session) -> El {
    let i18n = use_i18n();
    let off_air = session.part(|view| view.room.as_ref().is_none_or(|room| room.on_air.is_none()));
    el("span")
        .set("class", "badge live")
        .flag("hidden", off_air.into())
        .text(i18n.text(|t| t.on_air))
}
