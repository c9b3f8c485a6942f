//! Shared by the tests: waiting, a pair of links, a reader of the test pattern.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use live_core::node::{Channel, LinkAction, LinkEvent, MediaRole};
use live_core::quality::Quality;
use live_web::capture::pattern::code;
use live_web::{Link, TrackPair};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlVideoElement, MediaStream};

/// Waits until `condition` holds; fails the test with `what` after ten seconds.
pub(crate) async fn until(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..500 {
        if condition() {
            return;
        }
        TimeoutFuture::new(20).await;
    }
    panic!("no {what} within 10 s");
}

pub(crate) async fn rest(millis: u32) {
    TimeoutFuture::new(millis).await;
}

/// Unix time in milliseconds, on the clock of the pattern.
pub(crate) fn now() -> f64 {
    let performance = web_sys::window().unwrap().performance().unwrap();
    performance.time_origin() + performance.now()
}

/// One end of a pair of links, and its events.
pub(crate) struct End {
    pub(crate) link: RefCell<Option<Link>>,
    pub(crate) events: RefCell<Vec<LinkEvent>>,
}

/// Two links that exchange descriptions and candidates directly; the first one offers.
pub(crate) fn pair(dials: MediaRole, answers: MediaRole) -> (Rc<End>, Rc<End>) {
    let end = || Rc::new(End { link: RefCell::default(), events: RefCell::default() });
    let (a, b) = (end(), end());
    let channel = Channel { label: "test".into(), ordered: true };
    a.open(&b, Some(&channel), dials);
    b.open(&a, None, answers);
    a.perform(LinkAction::Offer { restart: false });
    (a, b)
}

impl End {
    fn open(self: &Rc<Self>, other: &Rc<Self>, channel: Option<&Channel>, media: MediaRole) {
        let (this, other) = (Rc::downgrade(self), Rc::downgrade(other));
        let emit = move |event| {
            let (Some(this), Some(other)) = (this.upgrade(), other.upgrade()) else {
                return;
            };
            match &event {
                LinkEvent::Described(description) => {
                    let description = description.clone();
                    other.perform(match description.kind {
                        live_core::node::SdpKind::Offer => LinkAction::Accept(description),
                        live_core::node::SdpKind::Answer => LinkAction::Answered(description),
                    });
                }
                LinkEvent::Candidate(candidate) => {
                    other.perform(LinkAction::AddCandidate(candidate.clone()));
                }
                _ => {}
            }
            this.events.borrow_mut().push(event);
        };
        *self.link.borrow_mut() =
            Some(Link::open(&[], channel, media, Quality::BEST, emit).unwrap());
    }

    pub(crate) fn perform(&self, action: LinkAction) {
        if let Some(link) = &*self.link.borrow() {
            link.perform(action);
        }
    }

    pub(crate) fn feed(&self, tracks: TrackPair) {
        self.link.borrow().as_ref().unwrap().feed(tracks);
    }

    pub(crate) fn remote_tracks(&self) -> TrackPair {
        self.link.borrow().as_ref().unwrap().remote_tracks()
    }

    pub(crate) fn heard(&self, wanted: impl Fn(&LinkEvent) -> bool) -> bool {
        self.events.borrow().iter().any(wanted)
    }

    pub(crate) fn count(&self) -> usize {
        self.events.borrow().len()
    }

    pub(crate) async fn opened(&self) {
        until("open channel", || self.heard(|e| matches!(e, LinkEvent::ChannelOpen))).await;
    }

    /// The received frames.
    pub(crate) fn data(&self) -> Vec<Vec<u8>> {
        let events = self.events.borrow();
        events
            .iter()
            .filter_map(|event| match event {
                LinkEvent::Data(bytes) => Some(bytes.clone()),
                _ => None,
            })
            .collect()
    }
}

/// A `<video>` that plays a stream, and reads the test pattern in it.
pub(crate) struct PatternReader {
    pub(crate) video: HtmlVideoElement,
    context: CanvasRenderingContext2d,
}

impl PatternReader {
    pub(crate) fn on(stream: &MediaStream) -> Self {
        let document = web_sys::window().unwrap().document().unwrap();
        let video: HtmlVideoElement = document.create_element("video").unwrap().unchecked_into();
        video.set_muted(true);
        video.set_autoplay(true);
        video.set_src_object(Some(stream));
        document.body().unwrap().append_child(&video).unwrap();
        let canvas: HtmlCanvasElement = document.create_element("canvas").unwrap().unchecked_into();
        canvas.set_width(640);
        canvas.set_height(360);
        let context = canvas.get_context("2d").unwrap().unwrap().unchecked_into();
        Self { video, context }
    }

    /// Plays what arrives over a link.
    pub(crate) fn on_tracks(tracks: &TrackPair) -> Self {
        let stream = MediaStream::new().unwrap();
        for track in tracks.audio.iter().chain(&tracks.video) {
            stream.add_track(track);
        }
        Self::on(&stream)
    }

    /// The time in the current frame, if it is the test pattern.
    pub(crate) fn read(&self) -> Option<u64> {
        self.context
            .draw_image_with_html_video_element_and_dw_and_dh(&self.video, 0.0, 0.0, 640.0, 360.0)
            .unwrap();
        let image = self.context.get_image_data(0.0, 0.0, 640.0, 360.0).unwrap();
        code::decode(640, 360, &image.data())
    }

    /// The width of the current frame.
    pub(crate) fn width(&self) -> u32 {
        self.video.video_width()
    }

    /// Waits for a frame of the pattern made after `time`; returns its age when it was read.
    pub(crate) async fn frame_after(&self, time: f64) -> f64 {
        let age = RefCell::new(0.0);
        until("test picture", || {
            let read = self.read().filter(|read| *read as f64 >= time);
            *age.borrow_mut() = read.map_or(0.0, |read| now() - read as f64);
            read.is_some()
        })
        .await;
        age.into_inner()
    }
}

impl Drop for PatternReader {
    fn drop(&mut self) {
        self.video.set_src_object(None);
        self.video.remove();
    }
}

/// Runs JavaScript and returns its result.
pub(crate) fn eval(script: &str) -> JsValue {
    js_sys::Function::new_no_args(script).call0(&JsValue::NULL).unwrap()
}

/// Runs JavaScript that returns a promise.
pub(crate) async fn eval_async(script: &str) -> JsValue {
    JsFuture::from(js_sys::Promise::resolve(&eval(script))).await.unwrap()
}
