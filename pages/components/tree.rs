//! The node's place in the room's tree.

use leptos::prelude::*;
use live_core::view::Tree;

use crate::i18n::use_i18n;
use crate::session::Session;

/// What the node is connected to, and whom it helps.
#[component]
pub(crate) fn TreeInfo(session: Session) -> impl IntoView {
    let i18n = use_i18n();
    let tree = session.part(|view| view.tree.clone());
    let parent = move |tree: &Tree| tree.parent.as_ref().map(ToString::to_string);
    let ids = move || {
        let ids: Vec<_> = tree.get().children.iter().map(|(id, _)| id.to_string()).collect();
        ids.join(" ")
    };
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
            data-parent=move || tree.with(parent).unwrap_or_default()
            data-depth=move || tree.with(|tree| tree.depth)
            data-children=ids
            data-carrier=move || tree.with(|tree| tree.carrier)
        >
            <summary>
                <span>{i18n.text(|t| t.connection)}</span>
                <span class="faint">
                    {move || (i18n.get().helping)(tree.with(|tree| tree.children.len()))}
                </span>
            </summary>
            <dl>
                <dt>{i18n.text(|t| t.parent)}</dt>
                <dd><code>{move || {
                    tree.with(parent).unwrap_or_else(|| i18n.get().none.to_owned())
                }}</code></dd>
                <dt>{i18n.text(|t| t.depth)}</dt>
                <dd>{move || tree.with(|tree| tree.depth)}</dd>
                <dt>{i18n.text(|t| t.carrier)}</dt>
                <dd>{move || tree.with(|tree| tree.carrier)}</dd>
                <dt>
                    {i18n.text(|t| t.children)}
                    " "
                    {move || tree.with(|tree| {
                        format!("({}/{})", tree.children.len(), tree.max_children)
                    })}
                </dt>
                <dd><ul class="chips">{children}</ul></dd>
            </dl>
        </details>
    }
}
