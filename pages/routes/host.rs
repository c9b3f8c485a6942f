//! Host a room.

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::node::{Command, Moderation, Role};
use live_core::view::{Network, NetworkState, RoomMeta};
use live_web::identity::Identity;

use crate::contexts::preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::contexts::rooms::use_rooms;
use crate::contexts::tabs::{page_key, set_tab_title, use_tab};
use crate::features::people::name::MemberCount;
use crate::features::people::{HostPeoplePanel, PersonDialog};
use crate::features::player::Player;
use crate::features::publish::PublishPanel;
use crate::features::room_map::ConnectionPanel;
use crate::features::room_sidebar::RoomSidebar;
use crate::features::rooms::card::{OnAirBadge, room_title};
use crate::features::rooms::edit::{EditRoom, RoomForm};
use crate::features::share::ShareLink;
use crate::features::source::SourceMenu;
use crate::features::source::stream_request::StreamRequest;
use crate::i18n::{t_string, use_i18n};
use crate::nav::use_nav;
use crate::route::{HostQuery, Page};
use crate::ui::icon::Icon;

/// The page. Closing it ends the room.
#[component]
pub(crate) fn HostPage(query: HostQuery) -> impl IntoView {
    let i18n = use_i18n();
    let Hosted { room, form, network } = host(query);
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
                <div class="room-info">
                    <div class="room-head">
                        <h1>{heading}</h1>
                        <OnAirBadge room />
                        <MemberCount room />
                    </div>
                    <SourceMenu room />
                    <div class="room-panels">
                        <div class="panel">
                            <Listing room network=network.clone() />
                            <ShareLink id testid="share-link" />
                        </div>
                        <HostPeoplePanel room selected=person />
                        <PublishPanel room />
                        <EditRoom room form network />
                        <PersonDialog room selected=person />
                    </div>
                    <ConnectionPanel room />
                </div>
                <RoomSidebar room person />
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

/// Opens the room of the address, or the one that was open here before the page was reloaded.
fn host(query: HostQuery) -> Hosted {
    let rooms = use_rooms();
    let options = use_nav().address().get_untracked().options;
    let page = page_key(&Page::Host(query.clone()));
    let identity = StoredValue::new_local(Identity::take(&page));
    let meta = RoomMeta {
        title: query.title,
        summary: query.summary,
        cover: query.cover,
        kind: query.kind,
        image: None,
    };
    let (id, token, since, before) =
        identity.with_value(|own| (own.id(), own.token(), own.since(), own.kept()));
    let created =
        rooms.new_cover.try_update(Option::take).flatten().or_else(preferences::handed_over);
    let cover = if before.is_some() { identity.with_value(Identity::cover) } else { created };
    let (meta, network) = before.unwrap_or((meta, query.network));
    let role = Role::Host { meta: meta.clone(), network: network.clone(), since };
    let room = rooms.open(role, options.max_children, Some((id, token)));
    use_tab().room.set(Some(room));
    room.send(Command::Cover(cover.clone()));
    if let Some(rules) = identity.with_value(Identity::rules) {
        room.send(Command::Moderate(Moderation::Restore(rules)));
    }
    let view = room.view();
    Effect::new(move || {
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
