//! The people in the room, and their moderation by the host.

mod admission;
pub(crate) mod avatar;
mod member_list;
pub(crate) mod name;
mod person_dialog;
pub(crate) mod unproven;

use leptos::ev;
use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::view::{MessageId, View};
use wasm_bindgen::JsCast;

use self::admission::{AdmissionPolicy, BannedList, JoinRequests};
use self::member_list::MemberList;
use crate::contexts::room_handle::RoomHandle;
use crate::i18n::{t, use_i18n};

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
    view! { <Panel room selected=None/> }
}

/// [`PeoplePanel`] with admission and moderation for a host; `selected` is set to the person that
/// the host selects.
#[component]
pub(crate) fn HostPeoplePanel(
    room: RoomHandle,
    selected: RwSignal<Option<Person>>,
) -> impl IntoView {
    view! {
        <div class="keeping">
            <JoinRequests room/>
            <Panel room selected=Some(selected)>
                <AdmissionPolicy room/>
                <BannedList room/>
            </Panel>
        </div>
    }
}

#[component]
fn Panel(
    room: RoomHandle,
    selected: Option<RwSignal<Option<Person>>>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let i18n = use_i18n();
    let open = RwSignal::new(false);
    let toggle = move |event: ev::Event| {
        let details = event.target().and_then(|t| t.dyn_into::<web_sys::HtmlDetailsElement>().ok());
        let now_open = details.is_some_and(|details| details.open());
        // The event is queued and may fire after the panel was unmounted.
        if open.try_get_untracked() == Some(!now_open) {
            open.set(now_open);
            room.show_map(now_open);
        }
    };
    view! {
        <details class="panel" data-testid="people-panel" on:toggle=toggle>
            <summary><span>{t!(i18n, people_list)}</span></summary>
            <MemberList room open selected/>
            {children.map(|children| children())}
        </details>
    }
}

fn is_muted(view: &View, id: &PeerId) -> bool {
    view.room.as_ref().is_some_and(|room| room.rules.muted.contains(id))
}
