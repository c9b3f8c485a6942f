//! What there is to know about a room before joining it.

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::view::RoomCard;

use super::card::{About, Cover};
use super::dialog::Dialog;
use super::icon::{Icon, icon};
use super::share::Share;
use crate::app::use_shared;
use crate::i18n::use_i18n;
use crate::nav::use_nav;
use crate::reactive::{flag, text};
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
    let About { title, host, summary, cover, people, live, state, .. } = About::new(room);
    let gone = flag(move || room.with(Option::is_none));
    let here = flag(move || !gone.get());
    let link = text(move || {
        let id = selected.get().map(|id| id.to_string()).unwrap_or_default();
        nav.href(&Page::Audience(AudienceQuery { id, name: name.get() }))
    });

    view! {
        <Dialog
            open=Signal::derive(move || selected.with(Option::is_some))
            close=move |()| selected.set(None)
            title
            handle="room-details"
        >
            <Cover cover/>
            <p class="alert" hidden=here>
                {icon(Icon::Warning)}
                {i18n.text(|t| t.room_gone)}
            </p>
            <p class="row" hidden=gone>
                <span class="badge" class:live=live>{state}</span>
                <span class="faint">{people}</span>
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
