//! Somebody asks for the stream that is shown here, to use it in a room of their own.

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::node::Command;

use crate::app::use_shared;
use crate::dom::{El, el, sign};
use crate::i18n::{MessageKey, t_string, use_i18n};
use crate::later::{Later, later};
use crate::reactive::text;
use crate::ui::icon::Icon;

/// Asks the person, one request after the other, as long as there is a stream to lend.
pub(crate) fn lend() -> El {
    let shared = use_shared();
    let asking = Memo::new(move |_| {
        let asking = shared.current.get()?.view().try_with(|view| {
            let live = view.room.as_ref().is_some_and(|room| room.on_air.is_some());
            view.stream_requests.first().filter(|_| live).map(|(peer, _)| peer.clone())
        });
        asking.flatten()
    });
    el("div").children(move || {
        let request = |asking: PeerId| later(move || request(asking.clone()));
        asking.get().map(request).into_iter().collect()
    })
}

/// What one peer asks.
fn request(asking: PeerId) -> Later {
    let shared = use_shared();
    let i18n = use_i18n();
    let name = move |asking: &PeerId| {
        let session = shared.current.get_untracked()?;
        let view = session.view();
        let name = view.try_with_untracked(|view| {
            let (_, name) = view.stream_requests.iter().find(|(peer, _)| peer == asking)?;
            Some(name.trim().to_owned())
        });
        name.flatten().filter(|name| !name.is_empty())
    };
    let answer = move |handle: &str, label: MessageKey, to: &PeerId, yes: bool| {
        let to = to.clone();
        el("button").set("data-testid", handle).text(i18n.text(label)).on("click", move |_| {
            if let Some(session) = shared.current.get_untracked() {
                session.send(Command::AnswerStreamRequest { to: to.clone(), accept: yes });
            }
        })
    };
    let who = name(&asking).unwrap_or_else(|| asking.to_string());
    let asks = el("div")
        .named("alert ask", "borrower")
        .set("role", "alert")
        .set("data-peer", asking.as_str())
        .with([
            sign(Icon::People),
            el("p").text(text(move || t_string!(i18n, lend, name = who))),
            answer("lend-yes", |t| t.yes, &asking, true),
            answer("lend-no", |t| t.no, &asking, false),
        ]);
    Ok(asks)
}
