//! The rooms of a network.

use std::collections::BTreeMap;
use std::sync::Arc;

use js_sys::JsString;
use leptos::prelude::*;
use leptos::task::spawn_local;
use live_core::id::PeerId;
use live_core::view::{NetworkState, RoomCard, RoomKind, Status};
use live_web::support;
use wasm_bindgen_futures::JsFuture;

use crate::app::use_shared;
use crate::contexts::preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::contexts::tabs::{title_tab, use_tab};
use crate::dom::{El, el, event_value, follow, keep, labelled, menu, sign};
use crate::features::rooms::card::card;
use crate::features::rooms::cover::Covers;
use crate::features::rooms::create::create;
use crate::features::rooms::details::details;
use crate::features::rooms::edit::kind_name;
use crate::features::rooms::visibility::{NETWORKS, known_networks};
use crate::i18n::{MessageKey, use_i18n};
use crate::later::Later;
use crate::nav::use_nav;
use crate::reactive::{flag, text};
use crate::route::{self, AudienceQuery, Page};
use crate::ui::icon::Icon;

/// The orders of the list, as they are kept.
const NEWEST: &str = "newest";
const PEOPLE: &str = "people";
const TITLE: &str = "title";

type Rooms = Arc<BTreeMap<PeerId, RoomCard>>;

/// The page. Its session is the app's lobby, which outlives it.
pub(crate) fn index_page() -> Later {
    let i18n = use_i18n();
    let shared = use_shared();
    let lobby = shared.lobby();
    shared.current.set(Some(lobby));
    title_tab(i18n.text(|t| t.rooms));

    let rooms: Memo<Rooms> = lobby.select(|view| {
        Arc::new(view.rooms.iter().map(|room| (room.id.clone(), room.clone())).collect())
    });
    let covers = lobby.select(|view| view.covers.clone());
    let selected = RwSignal::new(None);
    let chosen = Memo::new(move |_| rooms.get().get(&selected.get()?).cloned());
    let creating = RwSignal::new(false);

    Ok(el("div").set("class", "index").with([
        el("section").set("class", "index-head").with([
            el("div").with([
                el("h1").text(i18n.text(|t| t.index_title)),
                el("p").set("class", "faint").text(i18n.text(|t| t.index_lead)),
            ]),
            el("button")
                .named("primary", "create-room")
                .with([sign(Icon::Plus), el("span").text(i18n.text(|t| t.create_room))])
                .on("click", move |_| creating.set(true)),
        ]),
        el("section").set("class", "index-ways").with([network(lobby), go_to_room()]),
        room_list(lobby, rooms, covers, selected),
        details(lobby, selected, chosen, covers),
        create(creating),
    ]))
}

/// A field for a name or an id.
fn id_field(handle: &str, note: &str, typed: RwSignal<String>, invalid: RwSignal<bool>) -> El {
    el("input")
        .set("type", "text")
        .set("data-testid", handle)
        .set("autocomplete", "off")
        .set("spellcheck", "false")
        .set("aria-describedby", note)
        .bind("aria-invalid", text(move || invalid.get().to_string()))
        .value(typed.into())
        .on("input", move |event| {
            invalid.set(false);
            typed.set(event_value(&event));
        })
}

/// The network's name, and how this page stands to it.
fn network(lobby: RoomHandle) -> El {
    let i18n = use_i18n();
    let shared = use_shared();
    let name = RwSignal::new(String::new());
    let invalid = RwSignal::new(false);
    follow(move || {
        let network = shared.network.get();
        // The default may come while somebody is typing.
        if let Some(network) = network.filter(|_| name.with_untracked(String::is_empty)) {
            name.set(network.to_string());
        }
    });
    let join = move |event: web_sys::Event| {
        event.prevent_default();
        let wanted = PeerId::new(name.get_untracked().trim());
        invalid.set(wanted.is_err());
        if let Ok(network) = wanted {
            shared.join(network);
        }
    };
    let state = lobby.select(|view| view.network.state);
    let standing = move || {
        let texts = i18n.get();
        match state.get() {
            _ if invalid.get() => texts.invalid_id,
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
    let field = id_field("network-name", "network-note", name, invalid)
        .set("list", &use_tab().id(NETWORKS));
    let note = text(move || if invalid.get() { "note error" } else { "note" });
    el("form").set("class", "way").on("submit", join).with([
        labelled(i18n.text(|t| t.network), field),
        el("button").set("data-testid", "join-network").text(i18n.text(|t| t.join_network)),
        known_networks(),
        el("p").set("id", "network-note").set("role", "status").bind("class", note).with([
            el("span").named("dot", "network-state").bind("data-state", word),
            el("span").text(text(standing)),
        ]),
    ])
}

/// The way to a room that is in no list.
fn go_to_room() -> El {
    let i18n = use_i18n();
    let nav = use_nav();
    let shared = use_shared();
    let typed = RwSignal::new(String::new());
    let invalid = RwSignal::new(false);
    let enter = move || {
        let room = route::room_id(&typed.get_untracked());
        invalid.set(room.is_none());
        if let Some(room) = room {
            let name = shared.name.get_untracked();
            nav.go(&Page::Audience(AudienceQuery { id: room.to_string(), name }));
        }
    };
    let paste = move |_| {
        spawn_local(async move {
            match clipboard().await {
                Some(pasted) => {
                    typed.set(pasted);
                    enter();
                }
                None => shared.say(i18n.get_untracked().paste_failed),
            }
        });
    };
    let field = id_field("room-id-input", "room-note", typed, invalid);
    let field = field.bind("placeholder", i18n.text(|t| t.room_id_hint));
    let note = text(move || if invalid.get() { i18n.get().invalid_room } else { "" });
    el("form")
        .set("class", "way three")
        .with([
            labelled(i18n.text(|t| t.room_id), field),
            el("button")
                .set("type", "button")
                .set("data-testid", "paste-room")
                .flag("hidden", flag(|| !support::can_paste()))
                .text(i18n.text(|t| t.paste))
                .on("click", paste),
            el("button").set("data-testid", "go-to-room").text(i18n.text(|t| t.go)),
            el("p")
                .set("class", "note error")
                .set("id", "room-note")
                .set("role", "status")
                .text(note),
        ])
        .on("submit", move |event| {
            event.prevent_default();
            enter();
        })
}

/// What was copied, where the browser gives it.
async fn clipboard() -> Option<String> {
    JsFuture::from(window().navigator().clipboard().read_text()).await.ok()?.as_string()
}

/// The rooms as cards, with what narrows them down.
fn room_list(
    lobby: RoomHandle,
    rooms: Memo<Rooms>,
    covers: Covers,
    selected: RwSignal<Option<PeerId>>,
) -> El {
    let i18n = use_i18n();
    let search = RwSignal::new(String::new());
    let only_live = RwSignal::new(false);
    let order_by =
        RwSignal::new(preferences::load(preferences::SORT).unwrap_or_else(|| NEWEST.to_owned()));
    let orders: [(&str, MessageKey); 3] =
        [(NEWEST, |t| t.sort_new), (PEOPLE, |t| t.sort_people), (TITLE, |t| t.sort_title)];
    let orders = orders.map(|(order, name)| (order.to_owned(), i18n.text(name)));
    let orders = menu("sort-rooms", orders, order_by.into(), move |order| {
        preferences::save(preferences::SORT, &order);
        order_by.set(order);
    })
    .bind("aria-label", i18n.text(|t| t.sort));
    let wanted = RwSignal::new(String::new());
    let kinds = RoomKind::ALL.map(|kind| (kind.as_str(), kind_name(kind)));
    let kinds = [("", (|t| t.kind_all) as MessageKey)].into_iter().chain(kinds);
    let kinds = kinds.map(|(kind, name)| (kind.to_owned(), i18n.text(name)));
    let kinds = menu("room-kinds", kinds, wanted.into(), move |kind| wanted.set(kind))
        .bind("aria-label", i18n.text(|t| t.kind));
    let shown = Memo::new(move |_| {
        let words = lower_case(&search.get());
        let (rooms, only_live, order) = (rooms.get(), only_live.get(), order_by.get());
        let kind = wanted.get();
        let fits = |room: &&RoomCard| {
            (!only_live || room.live)
                && (kind.is_empty() || room.meta.kind.as_str() == kind)
                && contains(room, words.trim())
        };
        let mut shown: Vec<&RoomCard> = rooms.values().filter(fits).collect();
        // One key for all orders, so that there is one sort.
        shown.sort_by_cached_key(|room| match order.as_str() {
            PEOPLE => (u64::MAX - u64::from(room.members), String::new()),
            TITLE => (0, lower_case(&room.meta.title)),
            _ => (u64::MAX - room.since, String::new()),
        });
        shown.into_iter().map(|room| room.id.clone()).collect::<Vec<_>>()
    });
    let seeking = lobby.select(|view| {
        matches!(view.network.state, NetworkState::None | NetworkState::Seeking)
            && view.status != Status::Failed
    });
    let none = Memo::new(move |_| rooms.with(|rooms| rooms.is_empty()));

    let which = |handle: &str, live: bool, name: MessageKey| {
        el("button")
            .set("data-testid", handle)
            .bind("aria-pressed", text(move || (only_live.get() == live).to_string()))
            .text(i18n.text(name))
            .on("click", move |_| only_live.set(live))
    };
    let filter =
        el("div").set("class", "rooms-filter").flag("hidden", flag(move || none.get())).with([
            el("label").set("class", "search").with([
                sign(Icon::Search),
                el("input")
                    .set("type", "search")
                    .set("data-testid", "room-filter")
                    .bind("aria-label", i18n.text(|t| t.filter))
                    .bind("placeholder", i18n.text(|t| t.filter))
                    .on("input", move |event| search.set(event_value(&event))),
            ]),
            kinds,
            orders,
            el("div")
                .set("class", "segments")
                .set("role", "group")
                .bind("aria-label", i18n.text(|t| t.filter))
                .with([which("show-all", false, |t| t.all), which("show-live", true, |t| t.live)]),
        ]);
    let cards = el("ul").set("class", "cards");
    keep(cards.clone(), shown, move |id: &PeerId| {
        let key = id.clone();
        let room = Memo::new(move |_| rooms.with(|rooms| rooms.get(&key).cloned()));
        card(id.clone(), room, covers, selected)
    });
    let skeletons = el("ul")
        .set("class", "cards")
        .set("aria-hidden", "true")
        .flag("hidden", flag(move || !(none.get() && seeking.get())))
        .with((0..3).map(|_| el("li").set("class", "card skeleton")));
    let empty = |icon: Icon, title: MessageKey, hint: MessageKey| {
        el("div").set("class", "empty").with([
            sign(icon),
            el("h2").text(i18n.text(title)),
            el("p").set("class", "faint").text(i18n.text(hint)),
        ])
    };
    el("section").set("class", "rooms").bind("aria-label", i18n.text(|t| t.rooms)).with([
        filter,
        cards,
        skeletons,
        empty(Icon::Live, |t| t.no_rooms, |t| t.no_rooms_hint)
            .set("data-testid", "no-rooms")
            .flag("hidden", flag(move || !none.get() || seeking.get())),
        empty(Icon::Search, |t| t.no_match, |t| t.no_match_hint)
            .flag("hidden", flag(move || none.get() || !shown.with(Vec::is_empty))),
    ])
}

/// The browser's own, for Rust's brings a table as large as the rest of the page.
fn lower_case(text: &str) -> String {
    JsString::from(text).to_lower_case().into()
}

/// Whether one of the room's texts contains `words`, which are in lower case.
fn contains(room: &RoomCard, words: &str) -> bool {
    let texts = [&room.meta.title, &room.meta.summary, &room.host];
    texts.into_iter().any(|text| lower_case(text).contains(words))
}
