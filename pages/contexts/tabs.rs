//! The open pages: the index and rooms. A room stays alive while another page is shown.

use leptos::ev;
use leptos::prelude::*;
use live_core::id::PeerId;
use live_web::{storage, support};

use crate::contexts::room_handle::RoomHandle;
use crate::contexts::user_error::UserError;
use crate::nav::Nav;
use crate::route::{self, Address, HostQuery, Page};

/// The key in session storage of the open rooms' names, one per line.
const KEPT: &str = "tabs";
/// The key of the index.
const INDEX: u32 = 0;

/// An open page, as a context of its components.
#[derive(Clone, Copy)]
pub(crate) struct Tab {
    key: u32,
    /// Its node; the header shows its state while the page is shown.
    pub(crate) room: RwSignal<Option<RoomHandle>>,
    /// What went wrong on it.
    pub(crate) error: RwSignal<Option<UserError>>,
    /// Its title, once the page has set it.
    title: RwSignal<Option<Signal<String>>>,
    /// Which page is shown.
    shown: RwSignal<u32>,
}

/// All open pages; cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Tabs {
    index: Tab,
    /// The rooms, in the order in which they were opened.
    rooms: RwSignal<Vec<(Tab, Page)>>,
    shown: RwSignal<u32>,
    opened: StoredValue<u32>,
    nav: Nav,
    owner: StoredValue<Owner>,
    /// Whether the page may unload without a question.
    unload_allowed: StoredValue<bool>,
}

impl Tab {
    fn new(key: u32, shown: RwSignal<u32>) -> Self {
        Self {
            key,
            room: RwSignal::new(None),
            error: RwSignal::new(None),
            title: RwSignal::new(None),
            shown,
        }
    }

    /// A tab that is shown.
    #[cfg(all(test, target_arch = "wasm32"))]
    pub(crate) fn for_test() -> Self {
        Self::new(INDEX, RwSignal::new(INDEX))
    }

    /// Its title; tracks it.
    pub(crate) fn title(self) -> String {
        // The signal belongs to the page, which may be closed.
        self.title.get().and_then(|title| title.try_get()).unwrap_or_default()
    }

    /// Whether it is the visible one; tracks that.
    pub(crate) fn is_shown(self) -> bool {
        self.shown.get() == self.key
    }

    /// Whether the user streams on it.
    fn is_streaming(self) -> bool {
        let room = self.room.get_untracked();
        room.is_some_and(|room| room.source().with_untracked(Option::is_some))
    }

    /// An element id that is unique among the tabs.
    pub(crate) fn id(self, name: &str) -> String {
        [name, "-", &self.key.to_string()].concat()
    }
}

/// The tab of the current component.
pub(crate) fn use_tab() -> Tab {
    expect_context()
}

/// All open pages.
pub(crate) fn use_tabs() -> Tabs {
    expect_context()
}

/// Sets the title of the current component's tab.
pub(crate) fn set_tab_title(title: Signal<String>) {
    use_tab().title.set(Some(title));
}

impl Tabs {
    /// Opens the page of the address, now and whenever it changes, until the current owner is
    /// disposed of.
    pub(crate) fn start(nav: Nav) -> Self {
        let shown = RwSignal::new(INDEX);
        let tabs = Self {
            index: Tab::new(INDEX, shown),
            rooms: RwSignal::default(),
            shown,
            opened: StoredValue::new(INDEX),
            nav,
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
            unload_allowed: StoredValue::new(false),
        };
        provide_context(tabs);
        let unload = window_event_listener(ev::beforeunload, move |event| {
            if tabs.streams_anywhere() && !tabs.unload_allowed.get_value() {
                event.prevent_default();
                // Older browsers need the value.
                event.set_return_value("leave");
            }
        });
        on_cleanup(move || unload.remove());
        let page = Memo::new(move |_| nav.address().with(|address| address.page.clone()));
        if support::is_reloaded() {
            tabs.open_again();
        }
        tabs.show(page.get_untracked());
        let open = tabs.rooms;
        Effect::new(move || {
            let names: Vec<_> =
                open.with(|rooms| rooms.iter().map(|(_, page)| page_key(page)).collect());
            storage::SessionStorage::save(KEPT, &names.join("\n"));
        });
        Effect::new(move || {
            let page = page.get();
            untrack(|| tabs.show(page));
        });
        Effect::new(move || {
            let title = tabs.shown().title();
            document().set_title(&[&title, " · P2P-Live-Web"].concat());
        });
        tabs
    }

    /// The page that is shown.
    pub(crate) fn shown(self) -> Tab {
        let key = self.shown.get();
        self.room(key).map_or(self.index, |(tab, _)| tab)
    }

    /// `query` with a number that distinguishes it from open rooms with the same details.
    pub(crate) fn new_room(self, query: HostQuery) -> HostQuery {
        self.rooms.with_untracked(|rooms| {
            let is_open = |query: &HostQuery| {
                rooms.iter().any(|(_, page)| *page == Page::Host(query.clone()))
            };
            first_unused(query, is_open)
        })
    }

    /// The keys of the rooms.
    pub(crate) fn keys(self) -> Memo<Vec<u32>> {
        let rooms = self.rooms;
        Memo::new(move |_| rooms.with(|rooms| rooms.iter().map(|(tab, _)| tab.key).collect()))
    }

    /// The room of a key.
    pub(crate) fn room(self, key: u32) -> Option<(Tab, Page)> {
        self.rooms.with(|rooms| rooms.iter().find(|(tab, _)| tab.key == key).cloned())
    }

    /// Closes a room, which ends or leaves it. If it is shown, its neighbour is shown instead.
    pub(crate) fn close(self, key: u32) {
        let mut rooms = self.rooms.get_untracked();
        let Some(at) = rooms.iter().position(|(tab, _)| tab.key == key) else {
            return;
        };
        rooms.remove(at);
        if self.shown.get_untracked() == key {
            let next = rooms.get(at).or(rooms.last());
            // Replaces the address of the closed room, which would open it again.
            self.nav.replace(&next.map(|(_, page)| page.clone()).unwrap_or_default());
        }
        self.rooms.set(rooms);
    }

    /// Whether the user streams in a room.
    pub(crate) fn is_streaming(self, key: u32) -> bool {
        untrack(|| self.room(key)).is_some_and(|(tab, _)| tab.is_streaming())
    }

    /// Whether the user streams in any room.
    pub(crate) fn streams_anywhere(self) -> bool {
        self.rooms.with_untracked(|rooms| rooms.iter().any(|(tab, _)| tab.is_streaming()))
    }

    /// Lets the page unload without a question, because the user has answered one already.
    pub(crate) fn allow_unload(self) {
        self.unload_allowed.set_value(true);
    }

    /// The tab of the index, and whether it is shown; tracks that.
    pub(crate) fn index(self) -> (Tab, bool) {
        (self.index, self.shown.get() == INDEX)
    }

    /// Opens the rooms again that were open before a reload.
    fn open_again(self) {
        let kept: Option<String> = storage::SessionStorage::load(KEPT);
        for name in kept.unwrap_or_default().lines() {
            let (path, query) = name.split_once('?').unwrap_or((name, ""));
            if let Some(address) = route::parse(path, query) {
                self.show(address.page);
            }
        }
    }

    fn show(self, page: Page) {
        let bad = matches!(&page, Page::Audience(query) if PeerId::new(&query.id).is_err());
        if bad || page == Page::Index {
            // The index offers ways to a room, whatever room the address should have named.
            self.index.error.set(bad.then_some(UserError::BadRoomId));
            return self.shown.set(INDEX);
        }
        let open = self.rooms.with_untracked(|rooms| {
            let (tab, _) = rooms.iter().find(|(_, open)| is_same(open, &page))?;
            Some(tab.key)
        });
        let key = open.unwrap_or_else(|| {
            let key = self.opened.get_value() + 1;
            self.opened.set_value(key);
            let tab = self.owner.get_value().with(|| Tab::new(key, self.shown));
            self.rooms.update(|rooms| rooms.push((tab, page)));
            key
        });
        self.shown.set(key);
    }
}

/// `query` with its lowest unused number.
fn first_unused(mut query: HostQuery, is_used: impl Fn(&HostQuery) -> bool) -> HostQuery {
    while is_used(&query) {
        query.room += 1;
    }
    query
}

/// Whether both pages are the same room; the viewer's name does not matter.
fn is_same(one: &Page, other: &Page) -> bool {
    match (one, other) {
        (Page::Audience(one), Page::Audience(other)) => one.id == other.id,
        // There is one line, whoever is called.
        (Page::Exchange(_), Page::Exchange(_)) => true,
        _ => one == other,
    }
}

/// A key for a page in this window: its address without language and common parameters.
pub(crate) fn page_key(page: &Page) -> String {
    route::href(&Address::default(), page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::AudienceQuery;
    use crate::testing::test;

    #[test]
    fn a_room_is_one_whatever_the_page_key_who_watches() {
        let watch = |id: &str, name: &str| {
            Page::Audience(AudienceQuery { id: id.to_owned(), name: name.to_owned() })
        };
        let host =
            |title: &str| Page::Host(HostQuery { title: title.to_owned(), ..HostQuery::default() });
        assert!(is_same(&watch("a", "Mara"), &watch("a", "")));
        assert!(!is_same(&watch("a", ""), &watch("b", "")));
        assert!(is_same(&host("a"), &host("a")));
        assert!(!is_same(&host("a"), &host("b")));
        assert!(!is_same(&host(""), &watch("", "")));
    }

    #[test]
    fn a_second_room_with_the_same_details_is_another_one() {
        let query = HostQuery { title: "Twin".to_owned(), ..HostQuery::default() };
        let mut open = Vec::new();
        for _ in 0..3 {
            let next = first_unused(query.clone(), |query| open.contains(query));
            assert!(open.iter().all(|known: &HostQuery| {
                let [known, next] = [known, &next].map(|query| Page::Host(query.clone()));
                !is_same(&known, &next) && page_key(&known) != page_key(&next)
            }));
            open.push(next);
        }
        assert_eq!(open[0], query);
    }
}
