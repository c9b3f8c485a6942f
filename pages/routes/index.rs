//! The rooms of a network.

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::view::{NetworkState, RoomCard, Status};

use crate::app::use_shared;
use crate::components::card::Card;
use crate::components::create::Create;
use crate::components::details::Details;
use crate::components::icon::{Icon, icon};
use crate::i18n::use_i18n;
use crate::nav::use_nav;
use crate::reactive::{flag, text};
use crate::route::{self, AudienceQuery, Page};
use crate::session::Session;

type Rooms = Arc<BTreeMap<PeerId, RoomCard>>;

/// The page. Its session is the app's lobby, which outlives it.
#[component]
pub(crate) fn IndexPage() -> impl IntoView {
    let i18n = use_i18n();
    let shared = use_shared();
    let lobby = shared.lobby();
    shared.current.set(Some(lobby));
    Effect::new(move || document().set_title(&format!("{} · P2P-Live-Web", i18n.get().rooms)));

    let order =
        lobby.part(|view| view.rooms.iter().map(|room| room.id.clone()).collect::<Vec<_>>());
    let rooms: Memo<Rooms> = lobby.part(|view| {
        Arc::new(view.rooms.iter().map(|room| (room.id.clone(), room.clone())).collect())
    });
    let selected = RwSignal::new(None);
    let chosen = Memo::new(move |_| rooms.get().get(&selected.get()?).cloned());
    let creating = RwSignal::new(false);

    view! {
        <div class="index">
            <section class="index-head">
                <div>
                    <h1>{i18n.text(|t| t.index_title)}</h1>
                    <p class="faint">{i18n.text(|t| t.index_lead)}</p>
                </div>
                <button
                    class="primary"
                    data-testid="create-room"
                    on:click=move |_| creating.set(true)
                >
                    {icon(Icon::Plus)}
                    {i18n.text(|t| t.create_room)}
                </button>
            </section>
            <section class="index-ways">
                <Network lobby/>
                <GoToRoom/>
            </section>
            <RoomList lobby order rooms selected/>
            <Details selected room=chosen/>
            <Create open=creating/>
        </div>
    }
}

/// The network's name, and how this page stands to it.
#[component]
fn Network(lobby: Session) -> impl IntoView {
    let i18n = use_i18n();
    let shared = use_shared();
    let name = RwSignal::new(String::new());
    let invalid = RwSignal::new(false);
    Effect::new(move || {
        let network = shared.network.get();
        // The default may come while somebody is typing.
        if let Some(network) = network.filter(|_| name.with_untracked(String::is_empty)) {
            name.set(network.to_string());
        }
    });
    let join = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let wanted = PeerId::new(name.get_untracked().trim());
        invalid.set(wanted.is_err());
        if let Ok(network) = wanted {
            shared.join(network);
        }
    };
    let state = lobby.part(|view| view.network.state);
    let standing = move || {
        let texts = i18n.get();
        match state.get() {
            NetworkState::None | NetworkState::Seeking => texts.network_seeking,
            NetworkState::Root => texts.network_root,
            NetworkState::Guest => texts.network_guest,
        }
    };
    let word = text(move || match state.get() {
        NetworkState::None => "none",
        NetworkState::Seeking => "seeking",
        NetworkState::Root => "root",
        NetworkState::Guest => "guest",
    });

    view! {
        <form class="way" on:submit=join>
            <label class="field">
                <span>{i18n.text(|t| t.network)}</span>
                <input
                    type="text"
                    data-testid="network-name"
                    autocomplete="off"
                    spellcheck="false"
                    aria-invalid=text(move || invalid.get().to_string())
                    aria-describedby="network-note"
                    prop:value=text(move || name.get())
                    on:input=move |event| {
                        invalid.set(false);
                        name.set(event_target_value(&event));
                    }
                />
            </label>
            <button data-testid="join-network">{i18n.text(|t| t.join_network)}</button>
            <p class="note" id="network-note" role="status" class:error=flag(move || invalid.get())>
                <span class="dot" data-testid="network-state" data-state=word></span>
                {text(move || if invalid.get() { i18n.get().invalid_id } else { standing() })}
            </p>
        </form>
    }
}

/// The way to a room that is in no list.
#[component]
fn GoToRoom() -> impl IntoView {
    let i18n = use_i18n();
    let nav = use_nav();
    let shared = use_shared();
    let typed = RwSignal::new(String::new());
    let invalid = RwSignal::new(false);
    let go = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let room = route::room_id(&typed.get_untracked());
        invalid.set(room.is_none());
        if let Some(room) = room {
            let name = shared.name.get_untracked();
            nav.go(&Page::Audience(AudienceQuery { id: room.to_string(), name }));
        }
    };

    view! {
        <form class="way" on:submit=go>
            <label class="field">
                <span>{i18n.text(|t| t.room_id)}</span>
                <input
                    type="text"
                    data-testid="room-id-input"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder=i18n.text(|t| t.room_id_hint)
                    aria-invalid=text(move || invalid.get().to_string())
                    aria-describedby="room-note"
                    prop:value=text(move || typed.get())
                    on:input=move |event| {
                        invalid.set(false);
                        typed.set(event_target_value(&event));
                    }
                />
            </label>
            <button data-testid="go-to-room">{i18n.text(|t| t.go)}</button>
            <p class="note error" id="room-note" role="status">
                {text(move || if invalid.get() { i18n.get().invalid_room } else { "" })}
            </p>
        </form>
    }
}

/// The rooms as cards, with what narrows them down.
#[component]
fn RoomList(
    lobby: Session,
    order: Memo<Vec<PeerId>>,
    rooms: Memo<Rooms>,
    selected: RwSignal<Option<PeerId>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let search = RwSignal::new(String::new());
    let only_live = RwSignal::new(false);
    let shown = Memo::new(move |_| {
        let words = search.get().to_lowercase();
        let (rooms, only_live) = (rooms.get(), only_live.get());
        let fits = |id: &PeerId| {
            rooms
                .get(id)
                .is_some_and(|room| (!only_live || room.live) && contains(room, words.trim()))
        };
        order.get().into_iter().filter(fits).collect::<Vec<_>>()
    });
    let seeking = lobby.part(|view| {
        matches!(view.network.state, NetworkState::None | NetworkState::Seeking)
            && view.status != Status::Failed
    });
    let none = Memo::new(move |_| order.with(Vec::is_empty));
    let no_match = move || !none.get() && shown.with(Vec::is_empty);

    view! {
        <section class="rooms" aria-label=i18n.text(|t| t.rooms)>
            <div class="rooms-filter" hidden=flag(move || none.get())>
                <label class="search">
                    {icon(Icon::Search)}
                    <input
                        type="search"
                        data-testid="room-filter"
                        aria-label=i18n.text(|t| t.filter)
                        placeholder=i18n.text(|t| t.filter)
                        on:input=move |event| search.set(event_target_value(&event))
                    />
                </label>
                <div class="segments" role="group" aria-label=i18n.text(|t| t.filter)>
                    <button
                        data-testid="show-all"
                        aria-pressed=text(move || (!only_live.get()).to_string())
                        on:click=move |_| only_live.set(false)
                    >
                        {i18n.text(|t| t.all)}
                    </button>
                    <button
                        data-testid="show-live"
                        aria-pressed=text(move || only_live.get().to_string())
                        on:click=move |_| only_live.set(true)
                    >
                        {i18n.text(|t| t.live)}
                    </button>
                </div>
            </div>
            <ul class="cards">
                <For
                    each=move || shown.get()
                    key=PeerId::clone
                    children=move |id| {
                        let key = id.clone();
                        let room = Memo::new(move |_| rooms.with(|rooms| rooms.get(&key).cloned()));
                        view! { <Card id room selected/> }
                    }
                />
            </ul>
            <ul class="cards" aria-hidden="true" hidden=flag(move || !(none.get() && seeking.get()))>
                <li class="card skeleton"></li>
                <li class="card skeleton"></li>
                <li class="card skeleton"></li>
            </ul>
            <div class="empty" data-testid="no-rooms" hidden=flag(move || !none.get() || seeking.get())>
                {icon(Icon::Live)}
                <h2>{i18n.text(|t| t.no_rooms)}</h2>
                <p class="faint">{i18n.text(|t| t.no_rooms_hint)}</p>
            </div>
            <div class="empty" hidden=flag(move || !no_match())>
                {icon(Icon::Search)}
                <h2>{i18n.text(|t| t.no_match)}</h2>
                <p class="faint">{i18n.text(|t| t.no_match_hint)}</p>
            </div>
        </section>
    }
}

/// Whether one of the room's texts contains `words`, which are in lower case.
fn contains(room: &RoomCard, words: &str) -> bool {
    let texts = [&room.meta.title, &room.meta.summary, &room.host];
    texts.into_iter().any(|text| text.to_lowercase().contains(words))
}
