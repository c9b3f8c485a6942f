//! The list of messages, which follows its end until the reader scrolls back.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use live_core::view::Phase;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, ResizeObserver};

use super::entries::{Entries, RoomEvent};
use super::line::{LineActions, line};
use super::window::Window;
use crate::contexts::preferences::use_preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::contexts::tabs::use_tab;
use crate::i18n::{t, use_i18n};

/// Within this many pixels of the end, the reader is at the end.
const NEAR_END: i32 = 48;

/// The state of a chat log. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct LogState {
    entries: StoredValue<Entries>,
    /// Set once the list is on the page.
    window: StoredValue<Option<Window>, LocalStorage>,
    list: NodeRef<html::Div>,
    /// Ends only when the reader scrolls back: a change of size in or around the list can also move
    /// it away from its end.
    following: RwSignal<bool>,
    /// Others wrote something below what the reader sees.
    pub(super) unread: RwSignal<bool>,
    pub(super) empty: RwSignal<bool>,
    /// The last scroll position.
    scroll_top: StoredValue<i32>,
    frame_requested: StoredValue<bool>,
}

impl LogState {
    pub(super) fn new() -> Self {
        Self {
            entries: StoredValue::new(Entries::new()),
            window: StoredValue::new_local(None),
            list: NodeRef::new(),
            following: RwSignal::new(true),
            unread: RwSignal::new(false),
            empty: RwSignal::new(true),
            scroll_top: StoredValue::new(0),
            frame_requested: StoredValue::new(false),
        }
    }

    /// Empties the log on this page.
    pub(super) fn clear(self) {
        self.entries.update_value(Entries::clear);
        self.with_window(|window, entries| window.begin_at(entries.end()));
        self.empty.set(true);
        self.unread.set(false);
    }

    /// Shows the last message, and follows the end again.
    pub(super) fn to_end(self) {
        self.follow();
        self.request_show();
    }

    fn follow(self) {
        self.following.set(true);
        self.unread.set(false);
        self.entries.update_value(Entries::mark_seen);
    }

    fn to_start(self) {
        self.following.set(false);
        self.with_window(Window::show_oldest);
        if let Some(list) = self.list.get_untracked() {
            list.set_scroll_top(0);
        }
    }

    /// Shows new entries with the next frame, so that many messages cause one update.
    fn request_show(self) {
        if self.frame_requested.try_get_value() != Some(false) {
            return;
        }
        self.frame_requested.set_value(true);
        request_animation_frame(move || {
            if let Some(following) = self.following.try_get_untracked() {
                self.frame_requested.set_value(false);
                self.with_window(|window, entries| window.show(entries, following));
                self.pin();
            }
        });
    }

    /// Scrolls to the end if the list follows it.
    fn pin(self) {
        if self.following.try_get_untracked() == Some(true)
            && let Some(list) = self.list.get_untracked()
        {
            list.set_scroll_top(list.scroll_height());
            self.scroll_top.set_value(list.scroll_top());
        }
    }

    fn on_scroll(self) {
        let Some(list) = self.list.get_untracked() else {
            return;
        };
        let (now, height) = (list.scroll_top(), list.client_height());
        let left = list.scroll_height() - now - height;
        if left < NEAR_END && self.with_window(|window, entries| window.shows_end(entries)) {
            self.follow();
        } else if now < self.scroll_top.get_value() {
            self.following.set(false);
        }
        self.scroll_top.set_value(now);
        if self.following.get_untracked() {
            return;
        }
        if now < height {
            self.with_window(Window::show_older);
        } else if left < height {
            self.with_window(Window::show_newer);
        }
        self.scroll_top.set_value(list.scroll_top());
    }

    /// The browser's own Home and End reach only the lines on the page.
    fn on_key(self, event: &KeyboardEvent) {
        match event.key().as_str() {
            "Home" => self.to_start(),
            "End" => self.to_end(),
            _ => return,
        }
        event.prevent_default();
    }

    /// Default before the list is on the page.
    fn with_window<T: Default>(self, run: impl FnOnce(&mut Window, &Entries) -> T) -> T {
        let done = self.window.try_update_value(|window| {
            let window = window.as_mut()?;
            self.entries.try_with_value(|entries| run(window, entries))
        });
        done.flatten().unwrap_or_default()
    }
}

/// The list.
#[component]
pub(super) fn ChatLog(room: RoomHandle, log: LogState, actions: LineActions) -> impl IntoView {
    let i18n = use_i18n();
    let lines = NodeRef::<html::Div>::new();
    let LogState { list, following, .. } = log;
    Effect::new(move || {
        if let (Some(list), Some(lines)) = (list.get(), lines.get()) {
            on_resize([&list, &lines], move || log.pin());
            log.window.set_value(Some(Window::new(list.into(), lines.into(), move |entry| {
                provide_context(i18n);
                line(entry, actions)
            })));
            log.request_show();
        }
    });
    on_cleanup(move || _ = log.window.try_set_value(None));
    follow_view(room, log);
    follow_own_avatar(log);
    log_room_events(room, log);
    view! {
        <div
            class="chat-list"
            node_ref=list
            role="log"
            tabindex="0"
            aria-label=t!(i18n, chat)
            // Messages that the reader scrolls to are not unread.
            aria-live=move || if following.get() { "polite" } else { "off" }
            on:keydown=move |event| log.on_key(&event)
            on:scroll=move |_| log.on_scroll()
        >
            <div class="chat-lines" node_ref=lines></div>
        </div>
    }
}

/// Takes new messages from the view.
fn follow_view(room: RoomHandle, log: LogState) {
    let tab = use_tab();
    let view = room.view();
    Effect::new(move || {
        let following = log.following.get_untracked();
        let seen = following && !document().hidden() && untrack(|| tab.is_shown());
        let now = js_sys::Date::now();
        let changes =
            view.with(|view| log.entries.try_update_value(|entries| entries.add(view, seen, now)));
        let Some(changes) = changes else {
            return;
        };
        log.with_window(|window, entries| window.apply(&changes, entries));
        if changes.added {
            log.empty.set(false);
            if changes.from_others && !following {
                log.unread.set(true);
            }
            log.request_show();
        }
    });
}

/// Own messages show the user's current picture.
fn follow_own_avatar(log: LogState) {
    let avatar = use_preferences().avatar;
    Effect::new(move || {
        let avatar = avatar.get();
        log.entries.update_value(|entries| entries.set_own_avatar(avatar.as_deref()));
    });
}

/// Logs what happens to the room between the messages.
fn log_room_events(room: RoomHandle, log: LogState) {
    let state = room.select(|view| {
        let room = view.room.as_ref();
        let phase = room.map_or(Phase::Joining, |room| room.phase);
        (phase, room.is_some_and(|room| room.on_air.is_some()), view.tree.parent.is_some())
    });
    Effect::new(move |before: Option<(Phase, bool)>| {
        let (phase, on_air, is_viewer) = state.get();
        let (last, was_on_air) = before.unwrap_or((Phase::Joining, false));
        let event = match (last, phase) {
            (Phase::Joining, Phase::Attached) => is_viewer.then_some(RoomEvent::Joined),
            (Phase::Attached, Phase::Repairing) => Some(RoomEvent::ParentLost),
            (Phase::Repairing, Phase::Attached) => Some(RoomEvent::Reattached),
            (Phase::Attached, Phase::Attached) if on_air && !was_on_air => Some(RoomEvent::OnAir),
            (Phase::Attached, Phase::Attached) if was_on_air && !on_air => Some(RoomEvent::OffAir),
            _ => None,
        };
        if let Some(event) = event {
            log.entries.update_value(|entries| entries.add_event(event));
            log.request_show();
        }
        (phase, on_air)
    });
}

/// Calls `changed` once in every frame in which one of the elements has changed its size, until the
/// owner is cleaned up.
fn on_resize<const N: usize>(elements: [&Element; N], changed: impl Fn() + 'static) {
    let closure = Closure::wrap(Box::new(changed) as Box<dyn Fn()>);
    // Only very old browsers lack it.
    let Ok(observer) = ResizeObserver::new(closure.as_ref().unchecked_ref()) else {
        return;
    };
    elements.iter().for_each(|element| observer.observe(element));
    let observer = SendWrapper::new((observer, closure));
    on_cleanup(move || observer.0.disconnect());
}
