//! Host a room.

use leptos::prelude::*;
use live_core::node::Role;
use live_core::view::{RoomKind, RoomMeta};
use live_web::identity::Identity;

use crate::app::use_shared;
use crate::components::card::title;
use crate::components::chat::Chat;
use crate::components::edit::EditRoom;
use crate::components::icon::{Icon, icon};
use crate::components::name::{Members, Name};
use crate::components::player::Player;
use crate::components::share::Share;
use crate::components::source::SourceMenu;
use crate::components::tree::TreeInfo;
use crate::i18n::{fill, use_i18n};
use crate::nav::use_nav;
use crate::reactive::{flag, text};
use crate::route::HostQuery;

/// The page. Its room ends when it is left.
#[component]
pub(crate) fn HostPage(query: HostQuery) -> impl IntoView {
    let i18n = use_i18n();
    let shared = use_shared();
    let options = use_nav().address().get_untracked().options;
    let identity = StoredValue::new_local(Identity::take());
    let meta = RoomMeta {
        title: query.title,
        summary: query.summary,
        cover: query.cover,
        kind: RoomKind::Live,
    };
    let known = identity.with_value(|own| (own.id(), own.token(), own.since(), own.meta()));
    let (id, token, since, before) = known;
    let meta = before.unwrap_or(meta);
    let role =
        Role::Host { meta: meta.clone(), network: query.network.clone(), since: Some(since) };
    let session = shared.open(role, options.max_children, Some((id, token)));
    shared.current.set(Some(session));
    let said = session.part(|view| view.room.as_ref().map(|room| room.meta.clone()));
    Effect::new(move || {
        if let Some(meta) = said.get() {
            identity.with_value(|own| own.keep_meta(meta));
        }
    });

    let room_id = session.part(|view| view.id.clone());
    let given = session.part(|view| view.room.as_ref().map(|room| room.meta.title.clone()));
    let heading = text(move || title(given.get().unwrap_or_default(), i18n.get()));
    Effect::new(move || document().set_title(&format!("{} · P2P-Live-Web", heading.get())));
    let on_air = session.part(|view| view.room.as_ref().is_some_and(|room| room.on_air.is_some()));
    let network = query.network;
    let sign = icon(if network.is_some() { Icon::People } else { Icon::Lock });
    let reach = text(move || match &network {
        Some(network) => fill(i18n.get().public_room, network.as_str()),
        None => i18n.get().private_room.to_owned(),
    });

    view! {
        <div class="room">
            <div class="room-stage">
                <Player session host=true/>
            </div>
            <div class="room-info">
                <div class="room-head">
                    <h1>{heading}</h1>
                    <span class="badge live" hidden=flag(move || !on_air.get())>
                        {i18n.text(|t| t.on_air)}
                    </span>
                    <Members session/>
                </div>
                <SourceMenu session/>
                <div class="panel">
                    <p class="row faint">{sign}{reach}</p>
                    <Share room=room_id handle="share-link"/>
                </div>
                <EditRoom session meta/>
                <TreeInfo session/>
            </div>
            <aside class="room-side">
                <Name session/>
                <Chat session/>
            </aside>
        </div>
    }
}
