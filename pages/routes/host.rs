//! Host a room.

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::node::{Command, Moderation, Role};
use live_core::view::{Network, NetworkState, RoomMeta};
use live_web::identity::Identity;

use crate::app::use_shared;
use crate::contexts::preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::contexts::tabs::{name_of, title_tab};
use crate::dom::{El, el, follow, sign};
use crate::features::people::name::members;
use crate::features::people::{Person, people, person_dialog};
use crate::features::player::player;
use crate::features::publish::publish;
use crate::features::room_map::tree::tree_info;
use crate::features::room_sidebar::side;
use crate::features::rooms::card::title;
use crate::features::rooms::edit::{Fields, edit_room};
use crate::features::share::share;
use crate::features::source::source_menu;
use crate::features::source::stream_request::lend;
use crate::i18n::{t_string, use_i18n};
use crate::later::{Later, later};
use crate::nav::use_nav;
use crate::reactive::{flag, text};
use crate::route::{HostQuery, Page};
use crate::ui::icon::Icon;

/// The page. Its room ends when it is closed.
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
        kind: query.kind,
        image: None,
    };
    let known = identity.with_value(|own| (own.id(), own.token(), own.since(), own.kept()));
    let (id, token, since, before) = known;
    let created = shared.cover.try_update(Option::take).flatten().or_else(preferences::handed_over);
    let cover = if before.is_some() { identity.with_value(Identity::cover) } else { created };
    let (meta, network) = before.unwrap_or((meta, query.network));
    let role = Role::Host { meta: meta.clone(), network: network.clone(), since };
    let session = shared.open(role, options.max_children, Some((id, token)));
    shared.current.set(Some(session));
    session.send(Command::Cover(cover.clone()));
    if let Some(rules) = identity.with_value(Identity::rules) {
        session.send(Command::Moderate(Moderation::Restore(rules)));
    }
    let view = session.view();
    follow(move || {
        view.with(|view| {
            if let Some(room) = &view.room {
                let network = view.network.name.clone();
                identity.with_value(|own| {
                    own.keep(room.meta.clone(), network, &room.rules);
                    own.keep_cover(view.covers.first().cloned());
                });
            }
        });
    });
    let person = RwSignal::new(None);
    let fields = Fields::new(meta, cover);

    let given = session.select(|view| view.room.as_ref().map(|room| room.meta.title.clone()));
    let heading = text(move || title(given.get().unwrap_or_default(), i18n.get()));
    title_tab(heading);
    let panels = later(move || panels(session, person, fields, network.clone()));

    let room = el("div").set("class", "room").with([
        el("div").set("class", "room-stage").with(player(session, true)),
        el("div").set("class", "room-info").with([
            el("div").set("class", "room-head").with([
                el("h1").text(heading),
                on_air_badge(session),
                members(session),
            ]),
            source_menu(session),
            panels,
            tree_info(session),
        ]),
        side(session, Some(person)),
    ]);
    Ok(el("div").with([lend(), room]))
}

/// What a host does beside streaming: inviting, keeping order, publishing, describing the room.
fn panels(
    session: RoomHandle,
    person: RwSignal<Option<Person>>,
    fields: Fields,
    network: Option<PeerId>,
) -> Later {
    let i18n = use_i18n();
    let room_id = session.select(|view| view.id.clone());
    let edit = edit_room(session, fields, network.as_ref());
    let listed = session.select(|view| (view.id.is_some(), view.network.clone()));
    // Until the node runs, it stands nowhere.
    let listed = Memo::new(move |_| match listed.get() {
        (true, standing) => standing,
        (false, standing) => Network { name: network.clone(), ..standing },
    });
    let reach = text(move || match listed.get() {
        Network { name: None, .. } => i18n.get().private_room.to_owned(),
        Network { name: Some(name), state } => {
            let public = t_string!(i18n, public_room, network = name.as_str());
            let seeks = state == NetworkState::Seeking;
            if seeks { [&public, " · ", i18n.get().network_seeking].concat() } else { public }
        }
    });
    let lock = flag(move || listed.with(|listed| listed.name.is_none()));
    let open = flag(move || !lock.get());

    Ok(el("div").set("class", "room-panels").with([
        el("div").set("class", "panel").with([
            el("p").named("row faint", "room-reach").with([
                sign(Icon::People).flag("hidden", lock),
                sign(Icon::Lock).flag("hidden", open),
                el("span").text(reach),
            ]),
            share(room_id.into(), "share-link"),
        ]),
        people(session, Some(person)),
        publish(session),
        edit,
        person_dialog(session, person),
    ]))
}

/// Says that the host streams, while it does.
pub(crate) fn on_air_badge(session: RoomHandle) -> El {
    let i18n = use_i18n();
    let off_air =
        session.select(|view| view.room.as_ref().is_none_or(|room| room.on_air.is_none()));
    let still = session.select(|view| view.room.as_ref().is_some_and(|room| room.source_stalled));
    el("span")
        .bind("class", text(move || if still.get() { "badge" } else { "badge live" }))
        .flag("hidden", off_air.into())
        .text(text(move || {
            let texts = i18n.get();
            if still.get() { texts.paused } else { texts.on_air }
        }))
}
