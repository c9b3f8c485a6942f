//! A room in the list.

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::view::RoomCard;

use super::icon::{Icon, icon};
use crate::i18n::{Texts, fill, use_i18n};
use crate::reactive::{flag, text};

/// The room with the id `id`, as a button.
#[component]
pub(crate) fn Card(
    /// Its id.
    id: PeerId,
    /// What the index says about it; `None` once it has ended.
    room: Memo<Option<RoomCard>>,
    /// Set when it is clicked.
    selected: RwSignal<Option<PeerId>>,
) -> impl IntoView {
    let handle = id.to_string();
    let About { title, host, summary, cover, members, live, state, .. } = About::new(room);

    view! {
        <li>
            <button
                class="card"
                data-testid="room-card"
                data-room-id=handle
                on:click=move |_| selected.set(Some(id.clone()))
            >
                <Cover cover/>
                <span class="card-badges">
                    <span class="badge" class:live=live>{state}</span>
                    <span class="badge">
                        {icon(Icon::People)}
                        <span data-testid="room-card-members">{members}</span>
                    </span>
                </span>
                <span class="card-text">
                    <b class="card-title" data-testid="room-card-title">{title}</b>
                    <span class="faint">{host}</span>
                    <span class="card-summary">{summary}</span>
                </span>
            </button>
        </li>
    }
}

/// What the list says about a room, as it changes.
#[derive(Clone, Copy)]
pub(crate) struct About {
    pub(crate) title: Signal<String>,
    /// Who hosts it.
    pub(crate) host: Signal<String>,
    pub(crate) summary: Signal<String>,
    pub(crate) cover: Signal<String>,
    /// How many people are in it, as a number.
    pub(crate) members: Signal<String>,
    /// The same in words.
    pub(crate) people: Signal<String>,
    pub(crate) live: Signal<bool>,
    /// Whether it is live, in words.
    pub(crate) state: Signal<String>,
}

impl About {
    pub(crate) fn new(room: Memo<Option<RoomCard>>) -> Self {
        let i18n = use_i18n();
        let of = move |pick: fn(&RoomCard) -> String| {
            text(move || room.with(|room| room.as_ref().map(pick)).unwrap_or_default())
        };
        let count = move || room.with(|room| room.as_ref().map_or(0, |room| room.members));
        let live = flag(move || room.with(|room| room.as_ref().is_some_and(|room| room.live)));
        let given = of(|room| room.meta.title.clone());
        let host = of(|room| room.host.clone());
        Self {
            title: text(move || title(given.get(), i18n.get())),
            host: text(move || host_line(&host.get(), i18n.get())),
            summary: of(|room| room.meta.summary.clone()),
            cover: of(|room| room.meta.cover.clone()),
            members: text(move || count().to_string()),
            people: text(move || i18n.count(count() as usize, |t| (t.members_one, t.members))),
            live,
            state: text(move || if live.get() { i18n.get().live } else { i18n.get().not_live }),
        }
    }
}

/// A room's picture, or a calm stand-in where there is none.
#[component]
pub(crate) fn Cover(cover: Signal<String>) -> impl IntoView {
    let broken = RwSignal::new(false);
    let shown = move || !broken.get() && cover.with(|cover| !cover.is_empty());
    Effect::new(move || {
        cover.track();
        broken.set(false);
    });

    view! {
        <span class="cover">
            {icon(Icon::Live)}
            <Show when=shown>
                <img
                    src=cover
                    alt=""
                    loading="lazy"
                    referrerpolicy="no-referrer"
                    on:error=move |_| broken.set(true)
                />
            </Show>
        </span>
    }
}

/// A room's title, or what to call one without.
pub(crate) fn title(given: String, texts: &Texts) -> String {
    if given.trim().is_empty() { texts.untitled.to_owned() } else { given }
}

/// Who hosts a room.
pub(crate) fn host_line(name: &str, texts: &Texts) -> String {
    fill(texts.hosted_by, if name.is_empty() { texts.someone } else { name })
}
