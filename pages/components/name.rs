//! The person's name, and how many people there are.

use leptos::prelude::*;
use live_core::node::Command;
use live_core::wire::limits;

use super::icon::{Icon, icon};
use crate::app::use_shared;
use crate::i18n::use_i18n;
use crate::memory;
use crate::reactive::text;
use crate::session::Session;

/// A field for the name that others see; kept, and told to the room when it changes.
#[component]
pub(crate) fn Name(session: Session) -> impl IntoView {
    let i18n = use_i18n();
    let name = use_shared().name;
    let rename = move |event| {
        let text = event_target_value(&event).trim().to_owned();
        memory::save(memory::NAME, &text);
        name.set(text.clone());
        session.send(Command::Rename(text));
    };

    view! {
        <label class="field name">
            <span>{i18n.text(|t| t.your_name)}</span>
            <input
                type="text"
                data-testid="my-name"
                autocomplete="nickname"
                maxlength=limits::NAME
                prop:value=text(move || name.get())
                on:change=rename
            />
        </label>
    }
}

/// How many people are in the room.
#[component]
pub(crate) fn Members(session: Session) -> impl IntoView {
    let i18n = use_i18n();
    let members = session.part(|view| view.room.as_ref().map_or(0, |room| room.members));

    view! {
        <span class="members" title=i18n.text(|t| t.people)>
            {icon(Icon::People)}
            <span data-testid="member-count">{text(move || members.get().to_string())}</span>
            <span class="hidden">{i18n.text(|t| t.people)}</span>
        </span>
    }
}
