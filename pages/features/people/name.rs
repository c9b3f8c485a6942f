//! The field for the user's name, and the number of people in the room.

use leptos::prelude::*;
use live_core::wire::limits;

use crate::contexts::preferences::{self, use_preferences};
use crate::contexts::room_handle::RoomHandle;
use crate::i18n::{t, use_i18n};
use crate::ui::icon::Icon;

/// The field for the name that others see. A change is stored, and announced in the open rooms.
#[component]
pub(crate) fn NameInput(testid: &'static str) -> impl IntoView {
    let name = use_preferences().name;
    view! {
        <input
            type="text"
            data-testid=testid
            autocomplete="nickname"
            maxlength=limits::NAME.to_string()
            prop:value=name
            on:change:target=move |event| {
                let typed = event.target().value().trim().to_owned();
                preferences::save(preferences::NAME, &typed);
                name.set(typed);
            }
        />
    }
}

/// [`NameInput`] with a label.
#[component]
pub(crate) fn NameField() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <label class="field name">
            <span>{t!(i18n, your_name)}</span>
            <NameInput testid="my-name" />
        </label>
    }
}

/// The number of people in the room.
#[component]
pub(crate) fn MemberCount(room: RoomHandle) -> impl IntoView {
    let i18n = use_i18n();
    let members = room.select(|view| view.room.as_ref().map_or(0, |room| room.members));
    view! {
        <span class="members" title=t!(i18n, people)>
            <Icon icon=Icon::People />
            <span data-testid="member-count">{members}</span>
            <span class="hidden">{t!(i18n, people)}</span>
        </span>
    }
}
