//! The people in the room, and their moderation by the host.

mod admission;
pub(crate) mod avatar;
mod member_list;
pub(crate) mod name;
mod person_dialog;
pub(crate) mod unproven;

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::view::{MessageId, View};

use self::admission::{AdmissionPolicy, BannedList, JoinRequests};
use self::member_list::MemberList;
use crate::contexts::room_handle::RoomHandle;
use crate::i18n::{t, use_i18n};
use crate::ui::panel::Panel;

pub(crate) use self::person_dialog::PersonDialog;

/// A person whom the host has selected for moderation.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: PeerId,
    pub(crate) name: String,
    /// The message by which they were selected, if any.
    pub(crate) message: Option<MessageId>,
}

/// A collapsible list of the people in the room.
#[component]
pub(crate) fn PeoplePanel(room: RoomHandle) -> impl IntoView {
    let i18n = use_i18n();
    let open = RwSignal::new(false);
    view! {
        // The map of the room costs everyone on the way to the host, so this panel is opened anew.
        <Panel testid="people-panel" title=t!(i18n, people_list) on_toggle=follow(room, open)>
            <MemberList room open selected=None />
        </Panel>
    }
}

/// [`PeoplePanel`] with admission and moderation for a host; `selected` is set to the person that
/// the host selects.
#[component]
pub(crate) fn HostPeoplePanel(
    room: RoomHandle,
    selected: RwSignal<Option<Person>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let open = RwSignal::new(false);
    view! {
        <div class="keeping">
            <JoinRequests room />
            <Panel
                testid="people-panel"
                title=t!(i18n, people_list)
                remember="people"
                on_toggle=follow(room, open)
            >
                <MemberList room open selected=Some(selected) />
                <AdmissionPolicy room />
                <BannedList room />
            </Panel>
        </div>
    }
}

/// Follows the map of the room while the panel is open.
fn follow(room: RoomHandle, open: RwSignal<bool>) -> Callback<bool> {
    Callback::new(move |is_open| {
        open.set(is_open);
        room.show_map(is_open);
    })
}

fn is_muted(view: &View, id: &PeerId) -> bool {
    view.room.as_ref().is_some_and(|room| room.rules.muted.contains(id))
}
