//! Host a room.

use leptos::prelude::*;
use leptos::task::spawn_local;
use live_core::id::PeerId;
use live_core::node::{Command, Moderation, Role};
use live_core::view::{Network, NetworkState, RoomMeta};
use live_core::wire::message::Rules;
use live_web::identity::Identity;

use crate::contexts::preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::contexts::rooms::use_rooms;
use crate::contexts::tabs::{page_key, set_tab_title, use_tab};
use crate::features::conference::Conference;
use crate::features::game::GamePanel;
use crate::features::people::{HostPeoplePanel, PersonDialog};
use crate::features::player::Player;
use crate::features::publish::PublishPanel;
use crate::features::room_head::RoomHead;
use crate::features::room_map::ConnectionPanel;
use crate::features::room_sidebar::RoomSidebar;
use crate::features::rooms::card::room_title;
use crate::features::rooms::edit::{EditRoom, RoomForm};
use crate::features::rooms::keep::KeepRoom;
use crate::features::share::ShareLink;
use crate::features::source::SourceMenu;
use crate::features::source::borrow::BorrowPanel;
use crate::features::source::own_source::AllowSources;
use crate::features::source::stream_request::StreamRequest;
use crate::features::voice::Voice;
use crate::i18n::{t_string, use_i18n};
use crate::nav::use_nav;
use crate::route::{HostQuery, Page};
use crate::ui::icon::Icon;

/// The page. Closing it ends the room.
#[component]
pub(crate) fn HostPage(query: HostQuery) -> impl IntoView {
    let tab = use_tab();
    let page = page_key(&Page::Host(query.clone()));
    let describes = query != HostQuery { room: query.room, ..HostQuery::default() };
    let identity = RwSignal::new_local(None::<Identity>);
    // How often a room was opened on this page.
    let opened = RwSignal::new(0);
    spawn_local(async move {
        // Another page may have the room that this browser keeps, so this takes a moment.
        identity.try_set(Some(Identity::host(&page, describes).await));
        opened.try_set(1);
    });
    let open_another = move |()| {
        // Its handle ends with the room.
        tab.room.set(None);
        opened.update(|opened| *opened += 1);
    };
    move || {
        opened.track();
        let identity = StoredValue::new_local(identity.get_untracked()?);
        Some(view! { <HostRoom query=query.clone() identity on_switch=open_another /> })
    }
}

/// An open room with its host's controls.
#[component]
fn HostRoom(
    query: HostQuery,
    identity: StoredValue<Identity, LocalStorage>,
    /// Called when the identity has become that of another room.
    #[prop(into)]
    on_switch: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let Hosted { room, form, network } = host(query, identity);
    let person = RwSignal::new(None);
    let id = room.select(|view| view.id.clone());
    let title = room.select(|view| view.room.as_ref().map(|room| room.meta.title.clone()));
    let heading = Signal::derive(move || room_title(&title.get().unwrap_or_default(), i18n));
    set_tab_title(heading);
    view! {
        <div>
            <StreamRequest room />
            <div class="room">
                <div class="room-stage">
                    <Player room is_host=true />
                </div>
                <div class="room-main">
                    <RoomHead room heading id />
                    <SourceMenu room />
                    // What people do together, one after the other: a game, a conference, voices.
                    <div class="room-activities">
                        <GamePanel room is_host=true />
                        <Conference room is_host=true />
                        <Voice room is_host=true />
                    </div>
                </div>
                <RoomSidebar room person />
                <div class="room-more">
                    <div class="panel">
                        <Listing room network=network.clone() />
                        <ShareLink id testid="share-link" />
                    </div>
                    <HostPeoplePanel room selected=person />
                    <div class="panel">
                        <AllowSources room />
                    </div>
                    <BorrowPanel room />
                    <EditRoom room form network />
                    <KeepRoom identity on_switch />
                    <PublishPanel room />
                    <ConnectionPanel room />
                </div>
                <PersonDialog room selected=person />
            </div>
        </div>
    }
}

/// An open room with the initial values of its form.
struct Hosted {
    room: RoomHandle,
    form: RoomForm,
    network: Option<PeerId>,
}

/// Opens the room of the identity: as it was before, or as the address describes it.
fn host(query: HostQuery, identity: StoredValue<Identity, LocalStorage>) -> Hosted {
    let rooms = use_rooms();
    let options = use_nav().address().get_untracked().options;
    let meta = RoomMeta {
        title: query.title,
        summary: query.summary,
        cover: query.cover,
        kind: query.kind,
        image: None,
    };
    let (credentials, since, before, rules) =
        identity.with_value(|own| (own.credentials(), own.since(), own.details(), own.rules()));
    let created =
        rooms.new_cover.try_update(Option::take).flatten().or_else(preferences::handed_over);
    let cover = if before.is_some() { identity.with_value(Identity::cover) } else { created };
    let (meta, network) = before.unwrap_or((meta, query.network));
    let role = Role::Host { meta: meta.clone(), network: network.clone(), since };
    let room = rooms.open(role, options.max_children, credentials);
    use_tab().room.set(Some(room));
    room.send(Command::Cover(cover.clone()));
    if rules != Rules::default() {
        room.send(Command::Moderate(Moderation::Restore(rules)));
    }
    let view = room.view();
    Effect::new(move || {
        view.with(|view| {
            if let Some(room) = &view.room {
                let network = view.network.name.clone();
                let cover = view.covers.first().cloned();
                identity.with_value(|own| {
                    own.remember(room.since, room.meta.clone(), network, &room.rules, cover);
                });
            }
        });
    });
    Hosted { room, form: RoomForm::new(meta, cover), network }
}

/// The network in which the room is listed.
#[component]
fn Listing(room: RoomHandle, network: Option<PeerId>) -> impl IntoView {
    let i18n = use_i18n();
    let running = room.select(|view| view.id.is_some());
    let listed = room.select(|view| view.network.clone());
    let listed = Memo::new(move |_| {
        let listed = listed.get();
        // A node that does not run yet has no network.
        if running.get() { listed } else { Network { name: network.clone(), ..listed } }
    });
    let private = Memo::new(move |_| listed.with(|listed| listed.name.is_none()));
    let text = move || match listed.get() {
        Network { name: None, .. } => t_string!(i18n, private_room).to_owned(),
        Network { name: Some(name), state } => {
            let public = t_string!(i18n, public_room, network = name.as_str());
            if state == NetworkState::Seeking {
                format!("{public} · {}", t_string!(i18n, network_seeking))
            } else {
                public
            }
        }
    };
    view! {
        <p class="row faint" data-testid="room-reach">
            {move || {
                let icon = if private.get() { Icon::Lock } else { Icon::People };
                view! { <Icon icon /> }
            }}
            <span>{text}</span>
        </p>
    }
}
