//! The forms that join a network, and that open a room by its id or link.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use live_core::id::PeerId;
use live_core::view::NetworkState;
use live_web::support;
use wasm_bindgen_futures::JsFuture;

use crate::contexts::preferences::use_preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::contexts::rooms::use_rooms;
use crate::contexts::tabs::use_tab;
use crate::contexts::toasts::use_toasts;
use crate::features::rooms::visibility::{KnownNetworks, NETWORKS};
use crate::i18n::{t, use_i18n};
use crate::nav::use_nav;
use crate::route::{self, AudienceQuery, Page};
use crate::ui::button::Button;
use crate::ui::field::Field;
use crate::ui::id_form::{IdEntry, IdForm};
use crate::ui::id_input::IdInput;

/// The network's name and the state of the connection to it.
#[component]
pub(crate) fn NetworkForm(lobby: RoomHandle) -> impl IntoView {
    let i18n = use_i18n();
    let rooms = use_rooms();
    // `None` until the user types: the field then shows the current network, which is known later.
    let typed = RwSignal::new(None::<String>);
    let name = move || typed.get().unwrap_or_else(|| rooms.network_name());
    let invalid = RwSignal::new(false);
    let join = move |event: SubmitEvent| {
        event.prevent_default();
        let network = PeerId::new(untrack(name).trim());
        invalid.set(network.is_err());
        if let Ok(network) = network {
            rooms.join(network);
        }
    };
    let state = lobby.select(|view| view.network.state);
    let state_text = move || {
        let texts = i18n.get();
        match state.get() {
            _ if invalid.get() => texts.invalid_id,
            NetworkState::None | NetworkState::Seeking => texts.network_seeking,
            NetworkState::Root => texts.network_root,
            NetworkState::Guest => texts.network_guest,
        }
    };
    let state_word = move || match state.get() {
        NetworkState::None => "none",
        NetworkState::Seeking => "seeking",
        NetworkState::Root => "root",
        NetworkState::Guest => "guest",
    };
    view! {
        <form class="way" on:submit=join>
            <Field label=t!(i18n, network)>
                <IdInput
                    testid="network-name"
                    note="network-note"
                    list=use_tab().id(NETWORKS)
                    value=Signal::derive(name)
                    invalid
                    on_input=move |text| typed.set(Some(text))
                />
            </Field>
            <Button testid="join-network">{t!(i18n, join_network)}</Button>
            <KnownNetworks />
            <p
                id="network-note"
                role="status"
                class=move || if invalid.get() { "note error" } else { "note" }
            >
                <span class="dot" data-testid="network-state" data-state=state_word></span>
                <span>{state_text}</span>
            </p>
        </form>
    }
}

/// A field for a room's id or link, and the button that opens the room.
#[component]
pub(crate) fn GoToRoom() -> impl IntoView {
    let i18n = use_i18n();
    let nav = use_nav();
    let name = use_preferences().name;
    let toasts = use_toasts();
    let entry = IdEntry::new(String::new(), route::room_id);
    let go = move |room: PeerId| {
        let name = name.get_untracked();
        nav.go(&Page::Audience(AudienceQuery { id: room.to_string(), name }));
    };
    let paste = move || {
        spawn_local(async move {
            let Some(pasted) = read_clipboard().await else {
                return toasts.show(i18n.get_untracked().paste_failed);
            };
            entry.set(pasted);
            if let Some(room) = entry.check() {
                go(room);
            }
        });
    };
    view! {
        <IdForm
            entry
            testid="room-id-input"
            submit_testid="go-to-room"
            note="room-note"
            label=t!(i18n, room_id)
            placeholder=t!(i18n, room_id_hint)
            submit=t!(i18n, go)
            wrong=t!(i18n, invalid_room)
            on_submit=go
        >
            <Button testid="paste-room" hidden=!support::can_paste() on_press=paste>
                {t!(i18n, paste)}
            </Button>
        </IdForm>
    }
}

/// The text in the clipboard; `None` if the browser or the user denies access.
async fn read_clipboard() -> Option<String> {
    JsFuture::from(window().navigator().clipboard().read_text()).await.ok()?.as_string()
}
