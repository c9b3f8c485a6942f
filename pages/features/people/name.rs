//! The person's name, and how many people there are.

use leptos::prelude::*;
use live_core::wire::limits;

use crate::app::use_shared;
use crate::contexts::preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::dom::{El, el, event_value, sign};
use crate::i18n::use_i18n;
use crate::reactive::text;
use crate::ui::icon::Icon;

/// A field for the name that others see; kept, and told to the rooms when it changes.
pub(crate) fn name_field(handle: &str) -> El {
    let shared = use_shared();
    el("input")
        .set("type", "text")
        .set("data-testid", handle)
        .set("autocomplete", "nickname")
        .set("maxlength", &limits::NAME.to_string())
        .value(shared.name.into())
        .on("change", move |event| {
            let name = event_value(&event).trim().to_owned();
            preferences::save(preferences::NAME, &name);
            shared.name.set(name);
        })
}

/// The field beside its label.
pub(crate) fn name() -> El {
    let label = el("span").text(use_i18n().text(|t| t.your_name));
    el("label").set("class", "field name").with([label, name_field("my-name")])
}

/// How many people are in the room.
pub(crate) fn members(session: RoomHandle) -> El {
    let i18n = use_i18n();
    let members = session.select(|view| view.room.as_ref().map_or(0, |room| room.members));
    el("span").set("class", "members").bind("title", i18n.text(|t| t.people)).with([
        sign(Icon::People),
        el("span").set("data-testid", "member-count").text(text(move || members.get().to_string())),
        el("span").set("class", "hidden").text(i18n.text(|t| t.people)),
    ])
}
