//! The node's place in the room's tree.

use leptos::prelude::*;

use super::map::Map;
use crate::i18n::{I18n, use_i18n};
use crate::reactive::text;
use crate::session::Session;

/// What the node is connected to, and whom it helps.
#[component]
pub(crate) fn TreeInfo(session: Session) -> impl IntoView {
    let i18n = use_i18n();
    let tree = session.part(|view| view.tree.clone());
    let parent = text(move || {
        tree.with(|tree| tree.parent.as_ref().map(ToString::to_string)).unwrap_or_default()
    });
    let source = text(move || {
        let parent = parent.get();
        if parent.is_empty() { i18n.get().none.to_owned() } else { parent }
    });
    let depth = text(move || tree.with(|tree| tree.depth.to_string()));
    let carrier = text(move || tree.with(|tree| tree.carrier));
    let helping = text(move || helping(i18n, tree.with(|tree| tree.children.len())));
    let slots =
        text(move || tree.with(|tree| format!(" ({}/{})", tree.children.len(), tree.max_children)));
    let ids = text(move || {
        tree.with(|tree| {
            let ids: Vec<_> = tree.children.iter().map(|(id, _)| id.as_str()).collect();
            ids.join(" ")
        })
    });
    let children = move || {
        let children = tree.get().children.into_iter().map(|(id, name)| {
            let short: String = id.as_str().chars().take(8).collect();
            let name = if name.is_empty() { short } else { name };
            view! { <li title=id.to_string()>{name}</li> }
        });
        children.collect_view()
    };

    view! {
        <details
            class="panel tree"
            data-testid="tree-info"
            data-parent=parent
            data-depth=depth
            data-children=ids
            data-carrier=carrier
        >
            <summary>
                <span>{i18n.text(|t| t.connection)}</span>
                <span class="faint">{helping}</span>
            </summary>
            <dl>
                <dt>{i18n.text(|t| t.parent)}</dt>
                <dd>
                    <code>{source}</code>
                </dd>
                <dt>{i18n.text(|t| t.depth)}</dt>
                <dd>{depth}</dd>
                <dt>{i18n.text(|t| t.carrier)}</dt>
                <dd>{carrier}</dd>
                <dt>{i18n.text(|t| t.children)} {slots}</dt>
                <dd>
                    <ul class="chips">{children}</ul>
                </dd>
            </dl>
            <Map session/>
        </details>
    }
}

/// How many people the node helps, in words.
fn helping(i18n: I18n, children: usize) -> String {
    match children {
        0 => i18n.get().helping_none.to_owned(),
        some => i18n.count(some, |t| (t.helping_one, t.helping)),
    }
}
