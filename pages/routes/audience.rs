//! Watch a room.

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::node::{Command, Role};

use crate::app::use_shared;
use crate::contexts::tabs::title_tab;
use crate::dom::{el, sign};
use crate::features::people::name::members;
use crate::features::player::player;
use crate::features::room_map::tree::tree_info;
use crate::features::room_sidebar::{panels, side};
use crate::features::rooms::card::{host_line, title};
use crate::features::source::stream_request::lend;
use crate::i18n::{MessageKey, use_i18n};
use crate::later::Later;
use crate::nav::use_nav;
use crate::reactive::text;
use crate::routes::host::on_air_badge;
use crate::ui::icon::Icon;

/// The page of the room that `target` is in, for somebody who is `called` so, or as
/// before if that is empty. The room is left when the page is closed.
pub(crate) fn audience_page(target: PeerId, called: String) -> Later {
    let i18n = use_i18n();
    let shared = use_shared();
    let options = use_nav().address().get_untracked().options;
    if !called.is_empty() {
        shared.name.set(called);
    }
    let session = shared.open(Role::Viewer { target }, options.max_children, None);
    shared.current.set(Some(session));

    let room = session.select(|view| view.room.as_ref().map(|room| room.id.clone()));
    let given = session.select(|view| view.room.as_ref().map(|room| room.meta.title.clone()));
    let summary = text(move || {
        let view = session.view();
        view.with(|view| {
            view.room.as_ref().map(|room| room.meta.summary.clone()).unwrap_or_default()
        })
    });
    let host = session.select(|view| view.room.as_ref().map(|room| room.host.clone()));
    let heading = text(move || match given.get() {
        None => i18n.get().joining.to_owned(),
        Some(given) => title(given, i18n.get()),
    });
    title_tab(heading);
    let host =
        text(move || host.get().map(|host| host_line(&host, i18n.get())).unwrap_or_default());

    let again = |handle: &str, icon: Icon, name: MessageKey, command: Command| {
        el("button")
            .set("data-testid", handle)
            .with([sign(icon), el("span").text(i18n.text(name))])
            .on("click", move |_| session.send(command.clone()))
    };
    let room = el("div").set("class", "room").with([
        el("div").set("class", "room-stage").with(player(session, false)),
        el("div").set("class", "room-info").with([
            el("div").set("class", "room-head").with([
                el("h1").set("data-testid", "room-heading").text(heading),
                on_air_badge(session),
                members(session),
            ]),
            el("p").set("class", "faint").text(host),
            el("p").set("class", "prose").text(summary),
            el("div").set("class", "row").with([
                again("refresh-media", Icon::Refresh, |t| t.refresh, Command::Refresh),
                again("reconnect", Icon::Reconnect, |t| t.reconnect, Command::Reconnect),
            ]),
            panels(session, room.into()),
            tree_info(session),
        ]),
        side(session, None),
    ]);
    Ok(el("div").with([lend(), room]))
}
