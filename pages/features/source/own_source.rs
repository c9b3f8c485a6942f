//! Sources of viewers, which the host allows or does not.

use leptos::prelude::*;
use live_core::node::{Command, Moderation};

use super::SourceMenu;
use crate::contexts::room_handle::RoomHandle;
use crate::features::people::avatar::display_name;
use crate::i18n::{t, t_string, use_i18n};
use crate::ui::field::Checkbox;

/// Lets the viewers of a host's room show sources of their own.
#[component]
pub(crate) fn AllowSources(room: RoomHandle) -> impl IntoView {
    let i18n = use_i18n();
    let allowed = are_allowed(room);
    let checked = RwSignal::new(false);
    Effect::new(move || checked.set(allowed.get()));
    view! {
        <Checkbox
            testid="allow-sources"
            label=t!(i18n, allow_sources)
            hint=t!(i18n, allow_sources_hint)
            checked
            on_change=move |on| room.send(Command::Moderate(Moderation::AllowSources(on)))
        />
    }
}

/// The menu of sources on a viewer's page, where the host allows them. A source ends when the host
/// forbids it again.
#[component]
pub(crate) fn OwnSource(room: RoomHandle) -> impl IntoView {
    let i18n = use_i18n();
    let allowed = are_allowed(room);
    let shown = room.select(|view| view.shows_own);
    let live = Memo::new(move |_| room.source().with(Option::is_some));
    Effect::new(move || {
        if !allowed.get() && live.get() {
            room.stream_from(None);
        }
    });
    let state = move || {
        let texts = i18n.get();
        match (live.get(), shown.get()) {
            (false, _) => texts.own_source_hint,
            (true, true) => texts.own_source_shown,
            (true, false) => texts.own_source_waits,
        }
    };
    view! {
        <Show when=move || allowed.get()>
            <div class="own-source">
                <SourceMenu room testid="own-source" />
                <p
                    class="faint"
                    role="status"
                    data-testid="own-source-state"
                    data-shown=move || shown.get().to_string()
                >
                    {state}
                </p>
            </div>
        </Show>
    }
}

/// Says whose source it is that is shown, while it is not the host's. The id is there for whom the
/// name, which is anybody's, is not enough.
#[component]
pub(crate) fn SourceOwnerLine(room: RoomHandle) -> impl IntoView {
    let i18n = use_i18n();
    let owner = room.select(|view| view.source_owner.clone());
    let id = Memo::new(move |_| owner.with(|owner| owner.as_ref()?.peer.clone()));
    let text = move || {
        owner.with(|owner| {
            let owner = owner.as_ref()?;
            Some(match &owner.peer {
                Some(peer) => {
                    let name = display_name(owner.name.trim(), peer.as_str());
                    t_string!(i18n, source_of, name = name)
                }
                None => t_string!(i18n, source_of_viewer).to_owned(),
            })
        })
    };
    view! {
        <div class="source-owner faint" hidden=move || owner.with(Option::is_none)>
            <span
                role="status"
                data-testid="source-owner"
                data-peer=move || id.get().map(|id| id.to_string())
            >
                {text}
            </span>
            <Show when=move || id.with(Option::is_some)>
                <details>
                    <summary>{t!(i18n, show_id)}</summary>
                    <code>{move || id.get().map(|id| id.to_string())}</code>
                </details>
            </Show>
        </div>
    }
}

fn are_allowed(room: RoomHandle) -> Memo<bool> {
    room.select(|view| view.room.as_ref().is_some_and(|room| room.rules.viewer_sources))
}
