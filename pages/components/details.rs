//! What there is to know about a room before joining it.

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::view::RoomCard;

use super::card::{Cover, host_line, title};
use super::dialog::Dialog;
use super::icon::{Icon, icon};
use super::share::Share;
use crate::app::use_shared;
use crate::i18n::use_i18n;
use crate::nav::use_nav;
use crate::route::{AudienceQuery, Page};

/// The dialog about the selected room, with the link that joins it in this tab.
#[component]
pub(crate) fn Details(
    /// The room; `None` closes the dialog.
    selected: RwSignal<Option<PeerId>>,
    /// What the index says about it; `None` once it has ended.
    room: Memo<Option<RoomCard>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let nav = use_nav();
    let name = use_shared().name;
    let heading =
        Signal::derive(move || title(room.get().map(|room| room.meta.title), i18n.get().untitled));
    let gone = Memo::new(move |_| room.with(Option::is_none));
    let cover = Signal::derive(move || room.get().map(|room| room.meta.cover).unwrap_or_default());
    let live = move || room.with(|room| room.as_ref().is_some_and(|room| room.live));
    let members = move || {
        (i18n.get().members)(room.with(|room| room.as_ref().map_or(0, |room| room.members)))
    };
    let host = move || room.with(|room| room.as_ref().map(|room| host_line(room, i18n.get())));
    let summary = move || room.with(|room| room.as_ref().map(|room| room.meta.summary.clone()));
    let link = move || {
        let id = selected.get()?.to_string();
        Some(nav.href(&Page::Audience(AudienceQuery { id, name: name.get() })))
    };

    view! {
        <Dialog
            open=Signal::derive(move || selected.with(Option::is_some))
            close=move |()| selected.set(None)
            title=heading
            handle="room-details"
        >
            <Cover cover/>
            <p class="alert" hidden=move || !gone.get()>
                {icon(Icon::Warning)}
                {i18n.text(|t| t.room_gone)}
            </p>
            <p class="row" hidden=gone>
                <span class="badge" class:live=live>
                    {move || if live() { i18n.get().live } else { i18n.get().not_live }}
                </span>
                <span class="faint">{members}</span>
                <span class="faint">{host}</span>
            </p>
            <p class="prose">{summary}</p>
            <Share room=selected handle="room-share-link"/>
            <div class="actions">
                <a class="button primary" data-testid="auto-join" href=link>
                    {i18n.text(|t| t.join)}
                </a>
            </div>
        </Dialog>
    }
}
