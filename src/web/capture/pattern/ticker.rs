//! A timer that keeps its rate in hidden pages.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_events::EventListener;
use gloo_timers::callback::Interval;
use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::{Blob, BlobPropertyBag, Url, Worker};

/// Calls back at an interval until it is dropped.
pub(super) struct Ticker {
    _worker: Option<TimerWorker>,
    _fallback: Rc<RefCell<Option<Interval>>>,
}

/// A worker with a timer: browsers throttle the timers of hidden pages to one call per second, but
/// not those of workers.
struct TimerWorker {
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
        let worker = TimerWorker::start(millis, tick, fall_back.clone());
        if worker.is_err() {
            fall_back();
        }
        Self { _worker: worker.ok(), _fallback: fallback }
    }
}

impl TimerWorker {
    /// `failed` is called if the Content-Security-Policy forbids the worker (`worker-src`).
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

impl Drop for TimerWorker {
    fn drop(&mut self) {
        self.worker.terminate();
        let _ = Url::revoke_object_url(&self.url);
    }
}
