//! What there is to know about a room before joining it.

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::view::RoomCard;

use super::card::{About, Covers, badge, picture};
use super::dialog::dialog;
use super::icon::Icon;
use super::share::share;
use crate::app::use_shared;
use crate::dom::{El, el, sign};
use crate::i18n::use_i18n;
use crate::nav::use_nav;
use crate::reactive::{flag, text};
use crate::route::{AudienceQuery, Page};

/// The dialog about the selected room (`None` closes it), with the link that joins it in this tab.
/// `room` is what the index says about it, `None` once it has ended.
pub(crate) fn details(
    selected: RwSignal<Option<PeerId>>,
    room: Memo<Option<RoomCard>>,
    covers: Covers,
) -> El {
    let i18n = use_i18n();
    let nav = use_nav();
    let name = use_shared().name;
    let About { title, host, summary, cover, people, live, state, since, kind, .. } =
        About::new(room, covers);
    let gone = flag(move || room.with(Option::is_none));
    let here = flag(move || !gone.get());
    let link = text(move || {
        let id = selected.get().map(|id| id.to_string()).unwrap_or_default();
        nav.href(&Page::Audience(AudienceQuery { id, name: name.get() }))
    });
    let faint = |said: Signal<String>| el("span").set("class", "faint").text(said);
    let body = vec![
        picture(cover),
        el("p")
            .set("class", "alert")
            .flag("hidden", here)
            .with([sign(Icon::Warning), el("span").text(i18n.text(|t| t.room_gone))]),
        el("p").set("class", "row").flag("hidden", gone).with([
            badge(live, state),
            faint(kind),
            faint(people),
            faint(host),
            faint(since),
        ]),
        el("p").set("class", "prose").text(summary),
        share(selected.into(), "room-share-link"),
        el("div").set("class", "actions").with([el("a")
            .named("button primary", "auto-join")
            .bind("href", link)
            .text(i18n.text(|t| t.join))]),
    ];
    let open = flag(move || selected.with(Option::is_some));
    dialog(open, Callback::new(move |()| selected.set(None)), title, "room-details", body)
}
