//! A room in the list.

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::view::RoomCard;

use super::icon::{Icon, icon};
use crate::i18n::use_i18n;

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
    let i18n = use_i18n();
    let handle = id.to_string();
    let live = move || room.with(|room| room.as_ref().is_some_and(|room| room.live));
    let cover = move || room.with(|room| room.as_ref().map(|room| room.meta.cover.clone()));
    let members = move || room.with(|room| room.as_ref().map_or(0, |room| room.members));
    let summary = move || room.with(|room| room.as_ref().map(|room| room.meta.summary.clone()));
    let host = move || room.with(|room| room.as_ref().map(|room| host_line(room, i18n.get())));

    view! {
        <li>
            <button
                class="card"
                data-testid="room-card"
                data-room-id=handle
                on:click=move |_| selected.set(Some(id.clone()))
            >
                <Cover cover=Signal::derive(move || cover().unwrap_or_default())/>
                <span class="card-badges">
                    <span class="badge" class:live=live>
                        {move || if live() { i18n.get().live } else { i18n.get().not_live }}
                    </span>
                    <span class="badge">
                        {icon(Icon::People)}
                        <span data-testid="room-card-members">{members}</span>
                    </span>
                </span>
                <span class="card-text">
                    <b class="card-title" data-testid="room-card-title">
                        {move || title(room.with(|room| {
                            room.as_ref().map(|room| room.meta.title.clone())
                        }), i18n.get().untitled)}
                    </b>
                    <span class="faint">{host}</span>
                    <span class="card-summary">{summary}</span>
                </span>
            </button>
        </li>
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
pub(crate) fn title(title: Option<String>, untitled: &str) -> String {
    title.filter(|title| !title.trim().is_empty()).unwrap_or_else(|| untitled.to_owned())
}

/// Who hosts a room.
pub(crate) fn host_line(room: &RoomCard, texts: &crate::i18n::Texts) -> String {
    (texts.hosted_by)(if room.host.is_empty() { texts.someone } else { &room.host })
}
