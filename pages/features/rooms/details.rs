//! The dialog about a room, before joining it.

use std::sync::Arc;

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::node::Command;
use live_core::view::{MapPeer, RoomCard};

use crate::contexts::preferences::use_preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::features::people::unproven::Unproven;
use crate::features::room_map::RoomMap;
use crate::features::rooms::card::{LiveBadge, RoomLabels};
use crate::features::rooms::cover::{Cover, Covers};
use crate::features::share::ShareLink;
use crate::i18n::{t, use_i18n};
use crate::nav::use_nav;
use crate::route::{AudienceQuery, Page};
use crate::ui::button::Button;
use crate::ui::dialog::{Dialog, was_open};
use crate::ui::icon::Icon;

/// The dialog about the selected room (`None` closes it), with the link that joins it. `room` is
/// its card in the index, `None` once it has ended.
#[component]
pub(crate) fn RoomDetails(
    lobby: RoomHandle,
    selected: RwSignal<Option<PeerId>>,
    room: Memo<Option<Arc<RoomCard>>>,
    covers: Covers,
) -> impl IntoView {
    let labels = RoomLabels::new(room, covers);
    let open = Memo::new(move |_| selected.with(Option::is_some));
    let map_shown = RwSignal::new(false);
    // The body is created when the dialog first opens.
    let opened = was_open(open);
    view! {
        <Dialog
            testid="room-details"
            title=labels.title
            open
            on_close=move || {
                selected.set(None);
                map_shown.set(false);
            }
        >
            <Show when=move || opened.get()>
                <Body lobby selected room labels map_shown />
            </Show>
        </Dialog>
    }
}

#[component]
fn Body(
    lobby: RoomHandle,
    selected: RwSignal<Option<PeerId>>,
    room: Memo<Option<Arc<RoomCard>>>,
    labels: RoomLabels,
    map_shown: RwSignal<bool>,
) -> impl IntoView {
    let i18n = use_i18n();
    let nav = use_nav();
    let name = use_preferences().name;
    let RoomLabels { host, summary, cover, people, live, state, since, kind, .. } = labels;
    let is_unproven =
        Memo::new(move |_| selected.with(|id| id.as_ref().is_some_and(|id| !id.is_derived())));
    let ended = Memo::new(move |_| room.with(Option::is_none));
    let link = move || {
        let id = selected.get().map(|id| id.to_string()).unwrap_or_default();
        nav.href(&Page::Audience(AudienceQuery { id, name: name.get() }))
    };
    let map_room = Memo::new(move |_| selected.get().filter(|_| map_shown.get()));
    view! {
        <div class="dialog-part">
            <Cover url=cover />
            <p class="alert" hidden=move || !ended.get()>
                <Icon icon=Icon::Warning />
                <span>{t!(i18n, room_gone)}</span>
            </p>
            <p class="row" hidden=ended>
                <LiveBadge live state />
                <span class="faint">{kind}</span>
                <span class="faint">{people}</span>
                <span class="faint">{host}</span>
                <Show when=move || is_unproven.get()>
                    <Unproven />
                </Show>
                <span class="faint">{since}</span>
            </p>
            <p class="prose">{summary}</p>
            <ShareLink id=selected testid="room-share-link" />
            <div class="actions">
                <Button
                    testid="show-map"
                    expanded=map_shown
                    on_press=move || map_shown.update(|shown| *shown = !*shown)
                >
                    {t!(i18n, map)}
                </Button>
                <a class="button primary" data-testid="auto-join" href=link>
                    {t!(i18n, join)}
                </a>
            </div>
            <LobbyMap lobby room=map_room />
        </div>
    }
}

/// The map of `room`. The user can join below the peers whose ids the map shows: a room shows only
/// its host's to peers outside it. The lobby observes the room while the map is shown.
#[component]
fn LobbyMap(lobby: RoomHandle, room: Memo<Option<PeerId>>) -> impl IntoView {
    let i18n = use_i18n();
    let nav = use_nav();
    let name = use_preferences().name;
    Effect::new(move || lobby.send(Command::ObserveRoom(room.get())));
    on_cleanup(move || lobby.send(Command::ObserveRoom(None)));
    let shown = Memo::new(move |_| room.with(Option::is_some));
    // The map is missing until the room answers, too. It has failed if it disappears while shown.
    let missing = lobby.select(|view| view.map.is_none());
    let asked = Memo::new(move |before: Option<&bool>| {
        shown.get() && (before == Some(&true) || !missing.get())
    });
    let failed = Memo::new(move |_| asked.get() && missing.get());
    let join = move |peer: PeerId| {
        let query = AudienceQuery { id: peer.to_string(), name: name.get_untracked() };
        nav.go(&Page::Audience(query));
    };
    view! {
        <div data-testid="room-map">
            <Show when=move || shown.get()>
                <p class="faint" role="status" hidden=move || !failed.get()>
                    {t!(i18n, map_failed)}
                </p>
                <div hidden=failed>
                    <RoomMap room=lobby can_join=|peer| !MapPeer::is_anonymous(&peer) on_join=join />
                </div>
            </Show>
        </div>
    }
}
