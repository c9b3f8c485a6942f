//! The rooms of a network as cards, with filters.

use std::collections::BTreeMap;
use std::sync::Arc;

use js_sys::JsString;
use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::view::{NetworkState, RoomCard as Room, RoomKind, Status};

use crate::contexts::preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::features::rooms::card::RoomCard;
use crate::features::rooms::cover::Covers;
use crate::features::rooms::edit::kind_name;
use crate::i18n::{t, use_i18n};
use crate::ui::button::Button;
use crate::ui::field::{Select, options};
use crate::ui::icon::Icon;

/// The rooms by id.
pub(crate) type Rooms = Arc<BTreeMap<PeerId, Arc<Room>>>;

/// The values of the order in the preferences.
const NEWEST: &str = "newest";
const PEOPLE: &str = "people";
const TITLE: &str = "title";

/// The filters and the order of the list.
#[derive(Clone, Copy)]
struct Filter {
    words: RwSignal<String>,
    only_live: RwSignal<bool>,
    /// A kind of room; empty for all.
    kind: RwSignal<String>,
    order: RwSignal<String>,
}

impl Filter {
    fn remembered() -> Self {
        let order = preferences::load(preferences::SORT).unwrap_or_else(|| NEWEST.to_owned());
        Self {
            words: RwSignal::default(),
            only_live: RwSignal::new(false),
            kind: RwSignal::default(),
            order: RwSignal::new(order),
        }
    }

    /// The ids of the matching rooms, in the chosen order.
    fn apply(self, rooms: &Rooms) -> Vec<PeerId> {
        let words = self.words.with(|words| lower_case(words));
        let (only_live, kind, order) = (self.only_live.get(), self.kind.get(), self.order.get());
        let fits = |room: &&Arc<Room>| {
            (!only_live || room.live)
                && (kind.is_empty() || room.meta.kind.as_str() == kind)
                && contains(room, words.trim())
        };
        let mut shown: Vec<&Arc<Room>> = rooms.values().filter(fits).collect();
        // One key type for all orders, so that the sort is compiled only once.
        shown.sort_by_cached_key(|room| match order.as_str() {
            PEOPLE => (u64::MAX - u64::from(room.members), String::new()),
            TITLE => (0, lower_case(&room.meta.title)),
            _ => (u64::MAX - room.since, String::new()),
        });
        shown.into_iter().map(|room| room.id.clone()).collect()
    }
}

/// The list; a click on a card selects its room.
#[component]
pub(crate) fn RoomList(
    lobby: RoomHandle,
    rooms: Memo<Rooms>,
    covers: Covers,
    selected: RwSignal<Option<PeerId>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let filter = Filter::remembered();
    let shown = Memo::new(move |_| rooms.with(|rooms| filter.apply(rooms)));
    let seeking = lobby.select(|view| {
        matches!(view.network.state, NetworkState::None | NetworkState::Seeking)
            && view.status != Status::Failed
    });
    let none = Memo::new(move |_| rooms.with(|rooms| rooms.is_empty()));
    view! {
        <section class="rooms" aria-label=t!(i18n, rooms)>
            <FilterBar filter hidden=none />
            <ul class="cards">
                <For each=move || shown.get() key=Clone::clone let(id)>
                    {
                        let key = id.clone();
                        let room = Memo::new(move |_| rooms.with(|rooms| rooms.get(&key).cloned()));
                        view! { <RoomCard id room covers selected /> }
                    }
                </For>
            </ul>
            <ul class="cards" aria-hidden="true" hidden=move || !(none.get() && seeking.get())>
                {(0..3).map(|_| view! { <li class="card skeleton"></li> }).collect_view()}
            </ul>
            <div
                class="empty"
                data-testid="no-rooms"
                hidden=move || !none.get() || seeking.get()
            >
                <Icon icon=Icon::Live />
                <h2>{t!(i18n, no_rooms)}</h2>
                <p class="faint">{t!(i18n, no_rooms_hint)}</p>
            </div>
            <div class="empty" hidden=move || none.get() || !shown.with(Vec::is_empty)>
                <Icon icon=Icon::Search />
                <h2>{t!(i18n, no_match)}</h2>
                <p class="faint">{t!(i18n, no_match_hint)}</p>
            </div>
        </section>
    }
}

#[component]
fn FilterBar(filter: Filter, hidden: Memo<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let Filter { words, only_live, kind, order } = filter;
    let kinds = RoomKind::ALL.map(|kind| (kind.as_str(), i18n.text(kind_name(kind))));
    let all = [("", i18n.text(|t| t.kind_all))];
    view! {
        <div class="rooms-filter" hidden=hidden>
            <label class="search">
                <Icon icon=Icon::Search />
                <input
                    type="search"
                    data-testid="room-filter"
                    aria-label=t!(i18n, filter)
                    placeholder=t!(i18n, filter)
                    bind:value=words
                />
            </label>
            <Select
                testid="room-kinds"
                label=i18n.text(|t| t.kind)
                options=options(all.into_iter().chain(kinds))
                chosen=kind
                on_choose=move |chosen| kind.set(chosen)
            />
            <Select
                testid="sort-rooms"
                label=i18n.text(|t| t.sort)
                options=options([
                    (NEWEST, i18n.text(|t| t.sort_new)),
                    (PEOPLE, i18n.text(|t| t.sort_people)),
                    (TITLE, i18n.text(|t| t.sort_title)),
                ])
                chosen=order
                on_choose=move |chosen: String| {
                    preferences::save(preferences::SORT, &chosen);
                    order.set(chosen);
                }
            />
            <div class="segments" role="group" aria-label=t!(i18n, filter)>
                <Button
                    testid="show-all"
                    pressed=move || !only_live.get()
                    on_press=move || only_live.set(false)
                >
                    {t!(i18n, all)}
                </Button>
                <Button
                    testid="show-live"
                    pressed=only_live
                    on_press=move || only_live.set(true)
                >
                    {t!(i18n, live)}
                </Button>
            </div>
        </div>
    }
}

/// Whether one of the room's texts contains `words`, which are in lower case.
fn contains(room: &Room, words: &str) -> bool {
    let texts = [&room.meta.title, &room.meta.summary, &room.host];
    texts.into_iter().any(|text| lower_case(text).contains(words))
}

/// By the browser: the tables for all of Unicode would be 4 kB of the first load.
fn lower_case(text: &str) -> String {
    JsString::from(text).to_lower_case().into()
}
