//! Sources of viewers, which the host allows or does not.

use leptos::prelude::*;
use live_core::node::{Command, Moderation};

use super::SourceMenu;
use crate::contexts::room_handle::RoomHandle;
use crate::i18n::{t, use_i18n};
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

fn are_allowed(room: RoomHandle) -> Memo<bool> {
    room.select(|view| view.room.as_ref().is_some_and(|room| room.rules.viewer_sources))
}
