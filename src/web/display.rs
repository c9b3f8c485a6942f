//! What the browser does for watching: full screen, a floating picture, a screen that stays awake.
//! Every one of them is missing somewhere; then nothing happens.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_events::EventListener;
use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Document, Element, HtmlVideoElement};

use crate::platform::{js, support};

/// Whether something on the page fills the screen.
pub fn is_fullscreen() -> bool {
    document().is_some_and(|document| full_screen(&document).is_some())
}

/// Fills the screen with `frame`, or ends that. Telephones that only know players get `video`.
pub fn toggle_fullscreen(frame: &Element, video: &HtmlVideoElement) {
    let Some(document) = document() else {
        return;
    };
    if full_screen(&document).is_some() {
        call(&document, "exitFullscreen");
    } else if !call(frame, "requestFullscreen") {
        call(video, "webkitEnterFullscreen");
    }
}

/// Whether the browser has floating pictures.
pub fn has_picture_in_picture() -> bool {
    document().is_some_and(|document| {
        js::field(&document, "pictureInPictureEnabled").is_some_and(|can| can.is_truthy())
    })
}

/// Lets the picture float above other windows, or ends that.
pub fn toggle_picture_in_picture(video: &HtmlVideoElement) {
    let Some(document) = document() else {
        return;
    };
    if js::field(&document, "pictureInPictureElement").is_some() {
        call(&document, "exitPictureInPicture");
    } else {
        call(video, "requestPictureInPicture");
    }
}

/// Whether the browser lets pages choose a speaker.
pub fn can_choose_speaker() -> bool {
    support::has("HTMLMediaElement", "setSinkId")
}

/// Plays the sound of `video` on that speaker, or on the browser's choice if it is empty or gone.
pub async fn set_speaker(video: HtmlVideoElement, speaker: String) {
    for speaker in [speaker.as_str(), ""] {
        let Some(set) = js::method(&video, "setSinkId") else {
            return;
        };
        let Ok(Ok(promise)) = set.call1(&video, &speaker.into()).map(JsCast::dyn_into::<Promise>)
        else {
            return;
        };
        if JsFuture::from(promise).await.is_ok() {
            return;
        }
    }
}

/// Keeps the screen awake while it is [wanted](Self::hold), and until it is dropped.
pub struct WakeLock {
    lock: Rc<Lock>,
    /// The browser takes the lock away from hidden pages for good.
    _listener: Option<EventListener>,
}

#[derive(Default)]
struct Lock {
    wanted: Cell<bool>,
    asked: Cell<bool>,
    sentinel: RefCell<Option<JsValue>>,
}

impl WakeLock {
    /// The screen may sleep until it is wanted awake.
    #[allow(clippy::new_without_default, reason = "it listens to the document")]
    pub fn new() -> Self {
        let lock = Rc::new(Lock::default());
        let again = lock.clone();
        let listener = document().map(|document| {
            EventListener::new(&document, "visibilitychange", move |_| Lock::settle(&again))
        });
        Self { lock, _listener: listener }
    }

    /// Whether the screen shall stay awake from now on.
    pub fn hold(&self, wanted: bool) {
        self.lock.wanted.set(wanted);
        Lock::settle(&self.lock);
    }
}

impl Drop for WakeLock {
    fn drop(&mut self) {
        self.hold(false);
    }
}

impl Lock {
    fn settle(this: &Rc<Self>) {
        let held = this.sentinel.borrow().as_ref().is_some_and(|sentinel| {
            js::field(sentinel, "released").is_none_or(|released| !released.is_truthy())
        });
        if !this.wanted.get() {
            if let Some(sentinel) = this.sentinel.take() {
                call(&sentinel, "release");
            }
        } else if !held && is_visible() && !this.asked.replace(true) {
            let this = this.clone();
            spawn_local(async move {
                let sentinel = request().await;
                this.asked.set(false);
                this.sentinel.replace(sentinel);
                if !this.wanted.get() {
                    Self::settle(&this);
                }
            });
        }
    }
}

async fn request() -> Option<JsValue> {
    let navigator = web_sys::window()?.navigator();
    let locks = js::field(&navigator, "wakeLock")?;
    let promise = js::method(&locks, "request")?.call1(&locks, &"screen".into()).ok()?;
    // Refused on machines that run out of power.
    JsFuture::from(promise.dyn_into::<Promise>().ok()?).await.ok()
}

fn is_visible() -> bool {
    document().is_some_and(|document| !document.hidden())
}

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

fn full_screen(document: &Document) -> Option<JsValue> {
    js::field(document, "fullscreenElement")
}

/// Calls the method, and lets its promise fail unheard. Says whether there is such a method.
fn call(object: &JsValue, name: &str) -> bool {
    let Some(method) = js::method(object, name) else {
        return false;
    };
    if let Ok(Ok(promise)) = method.call0(object).map(JsCast::dyn_into::<Promise>) {
        spawn_local(async move {
            // The user or the browser's policy said no.
            let _ = JsFuture::from(promise).await;
        });
    }
    true
}
