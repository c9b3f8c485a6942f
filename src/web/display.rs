//! Full screen, picture-in-picture, speakers and screen wake locks. Every one of them is missing
//! in some browser; then nothing happens.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_events::EventListener;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Document, Element, HtmlMediaElement, HtmlVideoElement};

use crate::platform::js::{self, WakeLockSentinel};

/// Whether an element of the page fills the screen.
pub fn is_fullscreen() -> bool {
    document().is_some_and(|document| document.fullscreen_element().is_some())
}

/// Shows `frame` in full screen, or leaves it. iPhones show only `video`.
pub fn toggle_fullscreen(frame: &Element, video: &HtmlVideoElement) {
    match document() {
        Some(document) if document.fullscreen_element().is_some() => js::exit_fullscreen(&document),
        Some(_) => js::request_fullscreen(frame, video),
        None => {}
    }
}

/// Whether the browser has picture-in-picture.
pub fn has_picture_in_picture() -> bool {
    document().is_some_and(|document| js::has_picture_in_picture(&document))
}

/// Shows `video` in a floating window, or ends that.
pub fn toggle_picture_in_picture(video: &HtmlVideoElement) {
    if let Some(document) = document() {
        js::toggle_picture_in_picture(&document, video);
    }
}

/// Whether the browser lets pages choose a speaker.
pub fn can_choose_speaker() -> bool {
    js::has_method("HTMLMediaElement", "setSinkId")
}

/// Plays the sound of `element` on that speaker; on the browser's choice if it is empty or gone.
pub async fn set_speaker(element: HtmlMediaElement, speaker: String) {
    for speaker in [speaker.as_str(), ""] {
        let Some(set) = js::set_sink_id(&element, speaker) else {
            return;
        };
        if set.await.is_ok() {
            return;
        }
    }
}

/// Keeps the screen awake while it is [held](Self::hold), and until it is dropped.
pub struct WakeLock {
    lock: Rc<Lock>,
    /// The browser releases the lock of a hidden page for good.
    _listener: Option<EventListener>,
}

#[derive(Default)]
struct Lock {
    held: Cell<bool>,
    requested: Cell<bool>,
    sentinel: RefCell<Option<WakeLockSentinel>>,
}

impl WakeLock {
    /// A lock that is not held yet.
    #[allow(clippy::new_without_default, reason = "it listens to the document")]
    pub fn new() -> Self {
        let lock = Rc::new(Lock::default());
        let shown = lock.clone();
        let listener = document().map(|document| {
            EventListener::new(&document, "visibilitychange", move |_| Lock::update(&shown))
        });
        Self { lock, _listener: listener }
    }

    /// Whether the screen stays awake from now on.
    pub fn hold(&self, held: bool) {
        self.lock.held.set(held);
        Lock::update(&self.lock);
    }
}

impl Drop for WakeLock {
    fn drop(&mut self) {
        self.hold(false);
    }
}

impl Lock {
    fn update(this: &Rc<Self>) {
        if !this.held.get() {
            drop(this.sentinel.take());
            return;
        }
        let active = this.sentinel.borrow().as_ref().is_some_and(|lock| !lock.is_released());
        let Some(window) = web_sys::window().filter(|_| !active && is_visible()) else {
            return;
        };
        if this.requested.replace(true) {
            return;
        }
        let this = this.clone();
        spawn_local(async move {
            let sentinel = WakeLockSentinel::request(&window.navigator()).await;
            this.requested.set(false);
            // Dropped at once if the lock was given up meanwhile.
            *this.sentinel.borrow_mut() = sentinel.filter(|_| this.held.get());
        });
    }
}

fn is_visible() -> bool {
    document().is_some_and(|document| !document.hidden())
}

fn document() -> Option<Document> {
    web_sys::window()?.document()
}
