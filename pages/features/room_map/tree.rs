//! The node's place in the room's tree.

use leptos::prelude::*;
use live_core::view::Tree;

use crate::contexts::room_handle::RoomHandle;
use crate::dom::{El, el, labelled};
use crate::features::room_map::map;
use crate::features::settings::choices::limit_choice;
use crate::i18n::{I18n, t_string, use_i18n};
use crate::later::{Later, later};
use crate::reactive::text;

/// What the node is connected to, and whom it helps.
pub(crate) fn tree_info(session: RoomHandle) -> El {
    let i18n = use_i18n();
    let tree = session.select(|view| view.tree.clone());
    let parent = text(move || {
        tree.with(|tree| tree.parent.as_ref().map(ToString::to_string)).unwrap_or_default()
    });
    let depth = text(move || tree.with(|tree| tree.depth.to_string()));
    let carrier = text(move || tree.with(|tree| tree.carrier));
    let helping = text(move || helping(i18n, tree.with(|tree| tree.children.len())));
    let ids = text(move || {
        tree.with(|tree| {
            let ids: Vec<_> = tree.children.iter().map(|(id, _)| id.as_str()).collect();
            ids.join(" ")
        })
    });
    el("details")
        .named("panel tree", "tree-info")
        .bind("data-parent", parent)
        .bind("data-depth", depth)
        .bind("data-children", ids)
        .bind("data-carrier", carrier)
        .with([
            el("summary").with([
                el("span").text(i18n.text(|t| t.connection)),
                el("span").named("faint", "helping").text(helping),
            ]),
            later(move || body(session, tree)),
        ])
}

/// The same in words, and the map.
fn body(session: RoomHandle, tree: Memo<Tree>) -> Later {
    let i18n = use_i18n();
    let source = text(move || {
        let parent = tree.with(|tree| tree.parent.as_ref().map(ToString::to_string));
        parent.unwrap_or_else(|| i18n.get().none.to_owned())
    });
    let depth = text(move || tree.with(|tree| tree.depth.to_string()));
    let carrier = text(move || tree.with(|tree| tree.carrier));
    let slots =
        text(move || tree.with(|tree| format!(" ({}/{})", tree.children.len(), tree.max_children)));
    let chips = el("ul").set("class", "chips").children(move || {
        let children = tree.get().children.into_iter().map(|(id, name)| {
            let short: String = id.as_str().chars().take(8).collect();
            let name = if name.is_empty() { short } else { name };
            el("li").set("title", id.as_str()).say(&name)
        });
        children.collect()
    });
    let term = |label: Signal<String>| el("dt").text(label);
    let sent = el("dt").with([el("span").text(i18n.text(|t| t.children)), el("span").text(slots)]);
    let body = el("div")
        .set("class", "tree-body")
        .with([
            el("dl").with([
                term(i18n.text(|t| t.parent)),
                el("dd").with([el("code").text(source)]),
                term(i18n.text(|t| t.depth)),
                el("dd").text(depth),
                term(i18n.text(|t| t.carrier)),
                el("dd").text(carrier),
                sent,
                el("dd").with([chips]),
            ]),
            labelled(i18n.text(|t| t.limit), limit_choice("help-limit")),
        ])
        .with(map(session));
    Ok(body)
}

/// How many people the node helps, in words.
fn helping(i18n: I18n, children: usize) -> String {
    match children {
        0 => i18n.get().helping_none.to_owned(),
        some => t_string!(i18n, helping, count = some),
    }
}
