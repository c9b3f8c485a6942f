//! Admission to the room: the policy, join requests and the ban list.

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::node::{Command, Moderation};
use live_core::view::View;
use live_core::wire::message::AdmissionPolicy as Policy;

use super::avatar::display_name;
use crate::contexts::room_handle::RoomHandle;
use crate::i18n::{MessageKey, t, t_string, use_i18n};
use crate::ui::button::{Button, ButtonVariant};
use crate::ui::field::{Field, Select, options};

/// The open join requests.
#[component]
pub(super) fn JoinRequests(room: RoomHandle) -> impl IntoView {
    let requests = room.select(|view| view.join_requests.clone());
    view! {
        <ul class="knocks" data-testid="knocks" aria-live="polite">
            <For each=move || requests.get().to_vec() key=|request| request.clone() let:request>
                <JoinRequest room id=request.0 name=request.1/>
            </For>
        </ul>
    }
}

#[component]
fn JoinRequest(room: RoomHandle, id: PeerId, name: String) -> impl IntoView {
    let i18n = use_i18n();
    let name = display_name(&name, id.as_str()).to_owned();
    let id = StoredValue::new(id);
    let answer = move |admitted: bool| {
        room.send(Command::Moderate(Moderation::Admit(id.get_value(), admitted)));
    };
    view! {
        <li class="panel">
            <span>{move || t_string!(i18n, knocks, name = name)}</span>
            <Button
                testid="admit"
                variant=ButtonVariant::Primary
                on_press=move || answer(true)
            >
                {t!(i18n, admit)}
            </Button>
            <Button testid="refuse" on_press=move || answer(false)>
                {t!(i18n, refuse)}
            </Button>
        </li>
    }
}

/// The admission policies with their values and texts in the menu.
const POLICIES: [(&str, Policy, MessageKey); 3] = [
    ("open", Policy::Open, |t| t.door_open),
    ("knock", Policy::Knock, |t| t.door_knock),
    ("locked", Policy::Locked, |t| t.door_locked),
];

/// The menu of admission policies.
#[component]
pub(super) fn AdmissionPolicy(room: RoomHandle) -> impl IntoView {
    let i18n = use_i18n();
    let now = room.select(|view| view.room.as_ref().map(|room| room.rules.admission as u8));
    let chosen = Signal::derive(move || {
        let now = now.get().unwrap_or_default();
        let policy = POLICIES.into_iter().find(|(_, policy, _)| *policy as u8 == now);
        policy.map_or("open", |(value, ..)| value).to_owned()
    });
    let choose = move |value: String| {
        if let Some((_, policy, _)) = POLICIES.into_iter().find(|(is, ..)| *is == value) {
            room.send(Command::Moderate(Moderation::SetAdmission(policy)));
        }
    };
    let policies = POLICIES.map(|(value, _, key)| (value, i18n.text(key)));
    view! {
        <Field label=t!(i18n, door)>
            <Select testid="door" options=options(policies) chosen on_choose=choose/>
        </Field>
        <p class="faint">{t!(i18n, ban_hint)}</p>
    }
}

/// The banned people, each with a button that lifts the ban.
#[component]
pub(super) fn BannedList(room: RoomHandle) -> impl IntoView {
    let i18n = use_i18n();
    let banned = Memo::new(move |_| {
        let list = |view: &View| view.room.as_ref().map(|room| room.rules.banned.clone());
        room.view().with(list).unwrap_or_default()
    });
    view! {
        <div hidden=move || banned.with(Vec::is_empty)>
            <h3>{t!(i18n, banned_list)}</h3>
            <ul class="people" data-testid="banned">
                <For each=move || banned.get() key=PeerId::clone let:id>
                    <BannedPerson room id/>
                </For>
            </ul>
        </div>
    }
}

#[component]
fn BannedPerson(room: RoomHandle, id: PeerId) -> impl IntoView {
    let i18n = use_i18n();
    // The map still has the name just after the ban; later only the chat has it.
    let known = room.view().with_untracked(|view| {
        let mapped = view.map_peers().iter().find(|peer| peer.id == id);
        let wrote = view.chat.iter().rev().find(|message| message.author == id);
        mapped.map(|peer| peer.name.clone()).or(wrote.map(|message| message.name.clone()))
    });
    let name = display_name(known.as_deref().unwrap_or_default(), id.as_str()).to_owned();
    let unban = move || room.send(Command::Moderate(Moderation::Unban(id.clone())));
    view! {
        <li>
            <b>{name}</b>
            <Button testid="pardon" on_press=unban>
                {t!(i18n, pardon)}
            </Button>
        </li>
    }
}
