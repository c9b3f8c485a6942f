//! What there is to know about a room before joining it.

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::node::Command;
use live_core::view::RoomCard;

use crate::app::use_shared;
use crate::contexts::room_handle::RoomHandle;
use crate::dom::{El, el, follow, sign};
use crate::features::room_map::{Join, drawing};
use crate::features::rooms::card::{About, badge};
use crate::features::rooms::cover::{Covers, cover_picture};
use crate::features::share::share;
use crate::i18n::use_i18n;
use crate::later::{Later, kept, later};
use crate::nav::use_nav;
use crate::reactive::{flag, text};
use crate::route::{AudienceQuery, Page};
use crate::ui::dialog::dialog;
use crate::ui::icon::Icon;

/// The button that shows the tree of the selected room, and the tree, from which one can join below
/// any peer. It is followed as long as it is shown.
fn tree(lobby: RoomHandle, selected: RwSignal<Option<PeerId>>) -> [El; 2] {
    let (i18n, nav, shared) = (use_i18n(), use_nav(), use_shared());
    let shown = RwSignal::new(false);
    let room = Memo::new(move |_| selected.get().filter(|_| shown.get()));
    follow(move || {
        if selected.with(Option::is_none) {
            shown.set(false);
        }
    });
    follow(move || lobby.send(Command::ObserveRoom(room.get())));
    on_cleanup(move || lobby.send(Command::ObserveRoom(None)));
    let open = flag(move || room.with(Option::is_some));
    let expanded = text(move || open.get().to_string());
    let button = el("button")
        .set("type", "button")
        .set("data-testid", "show-map")
        .bind("aria-expanded", expanded)
        .text(i18n.text(|t| t.map))
        .on("click", move |_| shown.update(|shown| *shown = !*shown));
    let join = move |peer: PeerId| {
        let name = shared.name.get_untracked();
        nav.go(&Page::Audience(AudienceQuery { id: peer.to_string(), name }));
    };
    // At first there is neither a tree nor a reason why not.
    let missing = lobby.select(|view| view.map.is_none());
    let asked = RwSignal::new(false);
    follow(move || asked.set(open.get() && (asked.get_untracked() || !missing.get())));
    let failed = flag(move || asked.get() && missing.get());
    let place = el("div").set("data-testid", "room-map").children(move || {
        let join = move || Join { can: Box::new(|_| true), join: Box::new(join) };
        let sorry = el("p")
            .set("class", "faint")
            .set("role", "status")
            .flag("hidden", flag(move || !failed.get()))
            .text(i18n.text(|t| t.map_failed));
        let map = move || later(move || drawing(lobby, join()));
        let map = || el("div").flag("hidden", failed).with([map()]);
        if open.get() { vec![sorry, map()] } else { Vec::new() }
    });
    [button, place]
}

/// The dialog about the selected room (`None` closes it), with the link that joins it in this tab.
/// `room` is what the index says about it, `None` once it has ended.
pub(crate) fn details(
    lobby: RoomHandle,
    selected: RwSignal<Option<PeerId>>,
    room: Memo<Option<RoomCard>>,
    covers: Covers,
) -> El {
    let title = About::new(room, covers).title;
    let open = flag(move || selected.with(Option::is_some));
    let body = kept(open, move || body(lobby, selected, room, covers));
    dialog(open, Callback::new(move |()| selected.set(None)), title, "room-details", vec![body])
}

fn body(
    lobby: RoomHandle,
    selected: RwSignal<Option<PeerId>>,
    room: Memo<Option<RoomCard>>,
    covers: Covers,
) -> Later {
    let i18n = use_i18n();
    let nav = use_nav();
    let name = use_shared().name;
    let About { host, summary, cover, people, live, state, since, kind, .. } =
        About::new(room, covers);
    let gone = flag(move || room.with(Option::is_none));
    let here = flag(move || !gone.get());
    let link = text(move || {
        let id = selected.get().map(|id| id.to_string()).unwrap_or_default();
        nav.href(&Page::Audience(AudienceQuery { id, name: name.get() }))
    });
    let [show_map, map] = tree(lobby, selected);
    let faint = |said: Signal<String>| el("span").set("class", "faint").text(said);
    Ok(el("div").set("class", "dialog-part").with([
        cover_picture(cover),
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
        el("div").set("class", "actions").with([
            show_map,
            el("a")
                .named("button primary", "auto-join")
                .bind("href", link)
                .text(i18n.text(|t| t.join)),
        ]),
        map,
    ]))
}
