//! Whether a room is public, and in which network it is listed.

use leptos::prelude::*;
use live_core::id::{InvalidId, PeerId};

use crate::contexts::preferences;
use crate::contexts::rooms::{Rooms, use_rooms};
use crate::contexts::tabs::use_tab;
use crate::i18n::{t, t_string, use_i18n};
use crate::ui::field::{Checkbox, Field};
use crate::ui::id_input::IdInput;

/// The name of the `<datalist>` of networks; its id is unique in each tab.
pub(crate) const NETWORKS: &str = "networks";

/// The checkbox that makes the room private: listed in no network.
#[component]
pub(crate) fn PrivateChoice(private: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Checkbox
            testid="room-private"
            label=t!(i18n, private)
            hint=t!(i18n, private_hint)
            checked=private
        />
    }
}

/// What the user has chosen about a room's visibility.
#[derive(Clone, Copy)]
pub(crate) struct RoomVisibility {
    private: RwSignal<bool>,
    /// The typed name; `None` offers the network that the user browses.
    typed: RwSignal<Option<String>>,
    rooms: Rooms,
    invalid: RwSignal<bool>,
}

impl RoomVisibility {
    /// The visibility of a room that is listed in `network`.
    pub(crate) fn new(network: Option<&PeerId>) -> Self {
        Self {
            private: RwSignal::new(network.is_none()),
            typed: RwSignal::new(network.map(ToString::to_string)),
            rooms: use_rooms(),
            invalid: RwSignal::new(false),
        }
    }

    /// The chosen network, `None` for a private room; an error if the typed name is invalid.
    pub(crate) fn submit(self) -> Result<Option<PeerId>, InvalidId> {
        if self.private.get_untracked() {
            return Ok(None);
        }
        let network = PeerId::new(untrack(|| self.name()).trim());
        self.invalid.set(network.is_err());
        let network = network?;
        preferences::joined(network.as_str());
        Ok(Some(network))
    }

    fn name(self) -> String {
        self.typed.get().unwrap_or_else(|| self.rooms.network_name())
    }
}

/// The fields that choose it.
#[component]
pub(crate) fn VisibilityFields(visibility: RoomVisibility) -> impl IntoView {
    let i18n = use_i18n();
    let RoomVisibility { private, typed, invalid, .. } = visibility;
    view! {
        <PrivateChoice private />
        <Field label=t!(i18n, network) hidden=private>
            <IdInput
                testid="room-network"
                list=use_tab().id(NETWORKS)
                value=Signal::derive(move || visibility.name())
                invalid
                on_input=move |text| typed.set(Some(text))
            />
            <span class="error" role="alert">
                {move || invalid.get().then(|| t_string!(i18n, invalid_id))}
            </span>
            <KnownNetworks />
        </Field>
    }
}

/// The `<datalist>` of the networks that were joined before.
#[component]
pub(crate) fn KnownNetworks() -> impl IntoView {
    let network = use_rooms().network;
    let names = Memo::new(move |_| {
        network.track();
        preferences::networks()
    });
    view! {
        <datalist id=use_tab().id(NETWORKS)>
            <For each=move || names.get() key=Clone::clone let:name>
                <option value=name />
            </For>
        </datalist>
    }
}
