//! A steady beat that hidden pages keep.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_events::EventListener;
use gloo_timers::callback::Interval;
use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::{Blob, BlobPropertyBag, Url, Worker};

/// Calls back at an interval; dropping it ends that.
pub(super) struct Ticker {
    _worker: Option<Beat>,
    _fallback: Rc<RefCell<Option<Interval>>>,
}

/// A worker that does nothing but beat: browsers slow the timers of hidden pages down to one per
/// second, those of workers they leave alone.
struct Beat {
    worker: Worker,
    url: String,
    _listeners: [EventListener; 2],
}

impl Ticker {
    pub(super) fn start(millis: u32, tick: impl Fn() + 'static) -> Self {
        let tick: Rc<dyn Fn()> = Rc::new(tick);
        let fallback: Rc<RefCell<Option<Interval>>> = Rc::default();
        let fall_back = {
            let (tick, fallback) = (tick.clone(), fallback.clone());
            move || {
                let tick = tick.clone();
                *fallback.borrow_mut() = Some(Interval::new(millis, move || tick()));
            }
        };
        let worker = Beat::start(millis, tick, fall_back.clone());
        if worker.is_err() {
            fall_back();
        }
        Self { _worker: worker.ok(), _fallback: fallback }
    }
}

impl Beat {
    /// `failed` is called if the page's policy turns out to forbid the worker (`worker-src`).
    fn start(
        millis: u32,
        tick: Rc<dyn Fn()>,
        failed: impl Fn() + 'static,
    ) -> Result<Self, JsValue> {
        let script = format!("setInterval(() => postMessage(0), {millis})");
        let options = BlobPropertyBag::new();
        options.set_type("text/javascript");
        let script = Array::of1(&script.into());
        let blob = Blob::new_with_str_sequence_and_options(&script, &options)?;
        let url = Url::create_object_url_with_blob(&blob)?;
        let worker = Worker::new(&url).inspect_err(|_| {
            let _ = Url::revoke_object_url(&url);
        })?;
        let listeners = [
            EventListener::new(&worker, "message", move |_| tick()),
            EventListener::once(&worker, "error", move |_| failed()),
        ];
        Ok(Self { worker, url, _listeners: listeners })
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        self.worker.terminate();
        let _ = Url::revoke_object_url(&self.url);
    }
}
