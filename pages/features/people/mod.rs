//! Who is in the room, and what its host does about them.

mod admission;
pub(crate) mod avatar;
mod member_list;
pub(crate) mod name;
mod person_dialog;

use leptos::ev;
use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::view::View;
use live_core::wire::message::MessageId;
use wasm_bindgen::JsCast;

use self::admission::{AdmissionPolicy, BannedList, JoinRequests};
use self::member_list::MemberList;
use crate::contexts::room_handle::RoomHandle;
use crate::i18n::{t, use_i18n};

pub(crate) use self::person_dialog::PersonDialog;

/// A person whom the host has chosen to deal with.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: PeerId,
    pub(crate) name: String,
    /// The message by which they were chosen, if it was one.
    pub(crate) message: Option<MessageId>,
}

/// Everyone in the room, below a summary that opens the list.
#[component]
pub(crate) fn PeoplePanel(room: RoomHandle) -> impl IntoView {
    view! { <Panel room selected=None/> }
}

/// The same with what a host does about them; `selected` is set to the person whom the host
/// chooses to deal with.
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
        // The event is queued and may come after the panel has gone.
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
