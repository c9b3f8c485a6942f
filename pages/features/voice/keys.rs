//! The key that is held to talk.

use gloo_events::{EventListener, EventListenerOptions};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent};

use crate::contexts::preferences;

/// The elements in which keys have another meaning.
const TYPING: &str = "input:not([type=range],[type=checkbox]),textarea,select,dialog";

/// A key: where it is, since what it types may depend on other keys, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TalkKey {
    code: String,
    label: String,
}

impl TalkKey {
    /// The stored key, or V.
    pub(super) fn load() -> Self {
        let stored = preferences::load(preferences::TALK_KEY);
        let stored = stored.as_deref().and_then(|stored| stored.split_once('\n'));
        let (code, label) = stored.unwrap_or(("KeyV", "v"));
        Self { code: code.to_owned(), label: label.to_owned() }
    }

    pub(super) fn save(&self) {
        preferences::save(preferences::TALK_KEY, &[&self.code, "\n", &self.label].concat());
    }

    /// The key of an event; `None` if it cannot be told, as on some touch keyboards, or if the page
    /// is left or navigated by it.
    pub(super) fn of(event: &KeyboardEvent) -> Option<Self> {
        let code = event.code();
        let reserved = ["", "Unidentified", "Tab", "Enter", "NumpadEnter"];
        let is_free = !reserved.contains(&code.as_str()) && !event.is_composing();
        is_free.then(|| Self { code, label: event.key() })
    }

    /// What it is called.
    pub(super) fn label(&self) -> String {
        match self.label.as_str() {
            " " => self.code.clone(),
            label if label.chars().count() == 1 => label.to_uppercase(),
            label => label.to_owned(),
        }
    }

    /// Whether it goes down, and not in a text field or a menu.
    pub(super) fn is_pressed_by(&self, event: &KeyboardEvent) -> bool {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let is_typing =
            target.is_some_and(|target| target.closest(TYPING).ok().flatten().is_some());
        let is_shortcut = event.ctrl_key() || event.meta_key() || event.alt_key();
        let is_modifier = ["Control", "Meta", "Alt"].iter().any(|name| self.code.starts_with(name));
        event.code() == self.code && !is_typing && (!is_shortcut || is_modifier)
    }

    /// Whether it is released.
    pub(super) fn is_released_by(&self, event: &KeyboardEvent) -> bool {
        event.code() == self.code
    }
}

/// Listens to the keys of the whole page before anything else does, and to what takes them away,
/// until the owner is cleaned up.
pub(super) fn listen_for_keys(
    down: impl Fn(&KeyboardEvent) + 'static,
    up: impl Fn(&KeyboardEvent) + 'static,
    lost: impl Fn() + Clone + 'static,
) {
    let options =
        EventListenerOptions { passive: false, ..EventListenerOptions::run_in_capture_phase() };
    let on_key = |kind: &'static str, handle: Box<dyn Fn(&KeyboardEvent)>| {
        EventListener::new_with_options(&document(), kind, options, move |event: &Event| {
            if let Some(event) = event.dyn_ref() {
                handle(event);
            }
        })
    };
    let hidden = lost.clone();
    let listeners = [
        on_key("keydown", Box::new(down)),
        on_key("keyup", Box::new(up)),
        EventListener::new(&window(), "blur", move |_| lost()),
        EventListener::new(&document(), "visibilitychange", move |_| hidden()),
    ];
    let listeners = StoredValue::new_local(listeners);
    on_cleanup(move || listeners.dispose());
}
