//! Mounts a component with the contexts of the app.

use std::sync::Arc;

use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Promise};
use leptos::mount::{UnmountHandle, mount_to};
use leptos::prelude::*;
use leptos::tachys::view::any_view::AnyViewState;
use live_core::id::PeerId;
use live_core::view::{ChatMessage, Phase, Room, RoomMeta, Tracks, View};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Element, HtmlElement, Url};

use crate::contexts::confirmation::provide_questions;
use crate::contexts::devices::provide_devices;
use crate::contexts::preferences::provide_preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::contexts::tabs::Tab;
use crate::contexts::toasts::provide_toasts;
use crate::i18n::{I18n, Language, provide_i18n};
use crate::nav::Nav;

/// A component that is mounted until this is dropped.
pub(super) struct Stage {
    pub(super) room: RoomHandle,
    i18n: I18n,
    root: HtmlElement,
    _mounted: UnmountHandle<AnyViewState>,
}

impl Stage {
    /// Mounts what `component` makes for a room with that view.
    pub(super) async fn new(
        view: View,
        component: impl FnOnce(RoomHandle) -> AnyView + 'static,
    ) -> Self {
        let root: HtmlElement = document().create_element("div").unwrap().unchecked_into();
        document().body().unwrap().append_child(&root).unwrap();
        let (send, receive) = std::sync::mpsc::channel();
        let mounted = mount_to(root.clone(), move || {
            let i18n = provide_contexts();
            let room = RoomHandle::with_view(view);
            send.send((room, i18n)).unwrap();
            component(room)
        });
        let (room, i18n) = receive.recv().unwrap();
        let stage = Self { room, i18n, root, _mounted: mounted };
        settled().await;
        stage
    }

    /// Changes the view and waits until the page shows it.
    pub(super) async fn update(&self, change: impl FnOnce(&mut View)) {
        self.room.update_view(change);
        settled().await;
    }

    /// Switches the language; `texts` is the content of its locale file.
    pub(super) async fn choose(&self, language: Language, texts: &str) {
        let blob = Blob::new_with_str_sequence(&Array::of1(&texts.into())).unwrap();
        let meta = document().create_element("meta").unwrap();
        meta.set_attribute("name", &format!("text-{}", language.tag())).unwrap();
        let url = Url::create_object_url_with_blob(&blob).unwrap();
        meta.set_attribute("content", &url).unwrap();
        document().head().unwrap().append_child(&meta).unwrap();
        assert!(language.load().await, "the texts of {}", language.tag());
        self.i18n.choose(language);
        settled().await;
    }

    /// The first element of a selector.
    pub(super) fn find(&self, selector: &str) -> HtmlElement {
        let found: Option<Element> = self.root.query_selector(selector).unwrap();
        found.unwrap_or_else(|| panic!("no {selector}")).unchecked_into()
    }

    /// The texts of all elements of a selector.
    pub(super) fn texts(&self, selector: &str) -> Vec<String> {
        let all = self.root.query_selector_all(selector).unwrap();
        (0..all.length()).filter_map(|at| all.item(at)?.text_content()).collect()
    }

    /// How many elements there are of a selector.
    pub(super) fn count(&self, selector: &str) -> u32 {
        self.root.query_selector_all(selector).unwrap().length()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.root.remove();
    }
}

fn provide_contexts() -> I18n {
    provide_context(Nav::start());
    provide_preferences(None);
    provide_questions();
    provide_toasts();
    provide_devices();
    provide_context(Tab::for_test());
    provide_i18n(Language::En)
}

/// Waits until effects, the frames that they requested, and layout events have run.
pub(super) async fn settled() {
    for _ in 0..3 {
        let frame = Promise::new(&mut |resolve, _| {
            window().request_animation_frame(&resolve).unwrap();
        });
        JsFuture::from(frame).await.unwrap();
        // Runs after the events that the frame has queued.
        TimeoutFuture::new(0).await;
    }
}

/// The focused element.
pub(super) fn focused() -> Option<Element> {
    document().active_element()
}

pub(super) fn id(name: &str) -> PeerId {
    PeerId::new(name).unwrap()
}

/// The view of a viewer, `me`, that is attached to a room without a stream.
pub(super) fn attached() -> View {
    let room = Room {
        id: id("host"),
        meta: RoomMeta::default(),
        host: "Hanna".to_owned(),
        members: 2,
        since: 0,
        on_air: None,
        source_stalled: false,
        is_proven: false,
        phase: Phase::Attached,
        rules: Arc::default(),
    };
    View { id: Some(id("me")), room: Some(Arc::new(room)), ..View::default() }
}

/// The same with a stream that has these tracks.
pub(super) fn on_air(video: bool) -> View {
    let mut view = attached();
    if let Some(room) = &mut view.room {
        Arc::make_mut(room).on_air = Some(Tracks { audio: true, video });
    }
    view
}

/// A message; `number` rises with each of an author's.
pub(super) fn message(author: &str, number: u64, text: &str) -> Arc<ChatMessage> {
    Arc::new(ChatMessage {
        author: id(author),
        number,
        name: author.to_owned(),
        text: text.to_owned(),
        at: js_sys::Date::now() as u64,
        image: None,
        avatar: None,
    })
}
