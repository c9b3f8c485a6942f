//! The node's place in the room's tree.

use leptos::prelude::*;
use live_core::view::Tree;

use super::MapDialog;
use crate::contexts::room_handle::RoomHandle;
use crate::features::people::avatar::display_name;
use crate::features::settings::choices::LimitSelect;
use crate::i18n::{t, t_string, use_i18n};
use crate::ui::field::Field;
use crate::ui::panel::Panel;

/// The node's parent and children.
#[component]
pub(crate) fn ConnectionPanel(room: RoomHandle) -> impl IntoView {
    let i18n = use_i18n();
    let tree = room.select(|view| view.tree.clone());
    let parent = Memo::new(move |_| {
        tree.with(|tree| tree.parent.as_ref().map(ToString::to_string)).unwrap_or_default()
    });
    let children = move || {
        tree.with(|tree| {
            let ids: Vec<_> = tree.children.iter().map(|(id, _)| id.as_str()).collect();
            ids.join(" ")
        })
    };
    let helping = move || match tree.with(|tree| tree.children.len()) {
        0 => i18n.get().helping_none.to_owned(),
        some => t_string!(i18n, helping, count = some),
    };
    view! {
        <Panel
            testid="tree-info"
            title=t!(i18n, connection)
            note=move || view! { <span class="faint" data-testid="helping">{helping}</span> }
            remember="connection"
            attr:data-parent=parent
            attr:data-depth=move || tree.with(|tree| tree.depth.to_string())
            attr:data-children=children
            attr:data-carrier=move || tree.with(|tree| tree.carrier)
        >
            <Body room tree parent />
        </Panel>
    }
}

/// The details, and the button that opens the map.
#[component]
fn Body(room: RoomHandle, tree: Memo<Tree>, parent: Memo<String>) -> impl IntoView {
    let i18n = use_i18n();
    let parent = move || {
        let parent = parent.get();
        if parent.is_empty() { t_string!(i18n, none).to_owned() } else { parent }
    };
    let slots =
        move || tree.with(|tree| format!(" ({}/{})", tree.children.len(), tree.max_children));
    let children = move || tree.with(|tree| tree.children.to_vec());
    view! {
        <div class="tree-body">
            <dl>
                <dt>{t!(i18n, parent)}</dt>
                <dd><code>{parent}</code></dd>
                <dt>{t!(i18n, depth)}</dt>
                <dd>{move || tree.with(|tree| tree.depth)}</dd>
                <dt>{t!(i18n, carrier)}</dt>
                <dd>{move || tree.with(|tree| tree.carrier)}</dd>
                <dt>
                    <span>{t!(i18n, children)}</span>
                    <span>{slots}</span>
                </dt>
                <dd>
                    <ul class="chips">
                        <For each=children key=Clone::clone let((id, name))>
                            <li title=id.to_string()>
                                {display_name(&name, id.as_str()).to_owned()}
                            </li>
                        </For>
                    </ul>
                </dd>
            </dl>
            <Field label=t!(i18n, limit)>
                <LimitSelect testid="help-limit" />
            </Field>
            <MapDialog room />
        </div>
    }
}
