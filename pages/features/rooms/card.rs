//! A room in the list.

use std::sync::Arc;

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::view::RoomCard as Room;

use crate::contexts::room_handle::RoomHandle;
use crate::features::people::unproven::Unproven;
use crate::features::rooms::cover::{Cover, Covers, cover_url};
use crate::features::rooms::edit::kind_name;
use crate::i18n::{I18n, t_string, use_i18n};
use crate::time;
use crate::ui::icon::Icon;

/// A room as a button that selects it; `room` is `None` once it has ended.
#[component]
pub(crate) fn RoomCard(
    id: PeerId,
    room: Memo<Option<Arc<Room>>>,
    covers: Covers,
    selected: RwSignal<Option<PeerId>>,
) -> impl IntoView {
    let (room_id, is_unproven) = (id.to_string(), !id.is_derived());
    let RoomLabels { title, host, summary, cover, members, live, state, since, kind, .. } =
        RoomLabels::new(room, covers);
    view! {
        <li>
            <button
                class="card"
                data-testid="room-card"
                data-room-id=room_id
                on:click=move |_| selected.set(Some(id.clone()))
            >
                <Cover url=cover />
                <span class="card-badges">
                    <LiveBadge live state />
                    <span class="badge">
                        <Icon icon=Icon::People />
                        <span data-testid="room-card-members">{members}</span>
                    </span>
                </span>
                <span class="card-text">
                    <b class="card-title" data-testid="room-card-title">{title}</b>
                    <span class="faint" data-testid="room-card-kind">{kind}</span>
                    <span class="faint">
                        {host}
                        {is_unproven.then(|| view! { " "<Unproven /> })}
                    </span>
                    <span class="faint">{since}</span>
                    <span class="card-summary">{summary}</span>
                </span>
            </button>
        </li>
    }
}

/// A badge with the room's state; hidden while `state` is empty.
#[component]
pub(crate) fn LiveBadge(live: Signal<bool>, state: Signal<String>) -> impl IntoView {
    view! {
        <span
            class=move || if live.get() { "badge live" } else { "badge" }
            hidden=move || state.with(String::is_empty)
        >
            {state}
        </span>
    }
}

/// A badge that is visible while the host streams.
#[component]
pub(crate) fn OnAirBadge(room: RoomHandle) -> impl IntoView {
    let i18n = use_i18n();
    let on_air = room.select(|view| view.room.as_ref().is_some_and(|room| room.on_air.is_some()));
    let stalled = room.select(|view| view.room.as_ref().is_some_and(|room| room.source_stalled));
    view! {
        <span
            class=move || if stalled.get() { "badge" } else { "badge live" }
            hidden=move || !on_air.get()
        >
            {move || if stalled.get() { t_string!(i18n, paused) } else { t_string!(i18n, on_air) }}
        </span>
    }
}

/// The texts about a room, in the language of the page.
#[derive(Clone, Copy)]
pub(crate) struct RoomLabels {
    pub(crate) title: Signal<String>,
    /// The host's name in a sentence.
    pub(crate) host: Signal<String>,
    pub(crate) summary: Signal<String>,
    /// The address of the cover.
    pub(crate) cover: Signal<String>,
    /// The number of people in the room.
    pub(crate) members: Signal<String>,
    /// The number of people in words.
    pub(crate) people: Signal<String>,
    pub(crate) live: Signal<bool>,
    /// Whether it is live, in words; empty if unknown.
    pub(crate) state: Signal<String>,
    /// Since when it is open; empty if unknown.
    pub(crate) since: Signal<String>,
    /// The kind of room.
    pub(crate) kind: Signal<String>,
}

impl RoomLabels {
    pub(crate) fn new(room: Memo<Option<Arc<Room>>>, covers: Covers) -> Self {
        let i18n = use_i18n();
        let select = move |select: fn(&Room) -> String| {
            Signal::derive(move || {
                room.with(|room| room.as_deref().map(select)).unwrap_or_default()
            })
        };
        let count = move || room.with(|room| room.as_ref().map_or(0, |room| room.members));
        // Legacy pages announce neither the opening time nor whether a room is live.
        let opened = move || room.with(|room| room.as_ref().map_or(0, |room| room.since));
        let live = Signal::derive(move || room.with(|room| room.as_ref().is_some_and(|r| r.live)));
        let title = select(|room| room.meta.title.clone());
        let host = select(|room| room.host.clone());
        Self {
            title: Signal::derive(move || room_title(&title.get(), i18n)),
            host: Signal::derive(move || host_line(&host.get(), i18n)),
            summary: select(|room| room.meta.summary.clone()),
            cover: cover_url(
                select(|room| room.meta.cover.clone()),
                Signal::derive(move || room.with(|room| room.as_ref()?.meta.image)),
                covers,
            ),
            members: Signal::derive(move || count().to_string()),
            people: Signal::derive(move || t_string!(i18n, members, count = count())),
            live,
            since: Signal::derive(move || match opened() {
                0 => String::new(),
                at => t_string!(i18n, since, time = time::when(at, i18n.language().tag())),
            }),
            kind: Signal::derive(move || {
                let kind = room.with(|room| room.as_ref().map(|room| room.meta.kind));
                kind_name(kind.unwrap_or_default())(i18n.get()).to_owned()
            }),
            state: Signal::derive(move || {
                let texts = i18n.get();
                match (live.get(), opened()) {
                    (true, _) => texts.live.to_owned(),
                    (false, 0) => String::new(),
                    (false, _) => texts.not_live.to_owned(),
                }
            }),
        }
    }
}

/// A room's title, or the placeholder for an empty one.
pub(crate) fn room_title(given: &str, i18n: I18n) -> String {
    if given.trim().is_empty() { i18n.get().untitled.to_owned() } else { given.to_owned() }
}

/// The host's name, or "someone" if there is none.
pub(crate) fn host_name(name: &str, i18n: I18n) -> &str {
    if name.trim().is_empty() { t_string!(i18n, someone) } else { name }
}

/// The host's name in a sentence.
pub(crate) fn host_line(name: &str, i18n: I18n) -> String {
    t_string!(i18n, hosted_by, name = host_name(name, i18n))
}
