//! Notices that media which was coming in stays away, long before ICE does.

use core::time::Duration;
use std::cell::Cell;

use gloo_timers::callback::Interval;
use js_sys::Array;
use live_core::node::LinkEvent;
use wasm_bindgen::JsValue;
use web_sys::RtcPeerConnection;

use crate::{clock, js};

/// How often the receivers are asked. It is a synchronous call that costs next to nothing.
const EVERY_MILLIS: u32 = 50;

/// Watches one connection until it is dropped.
pub(crate) struct Watcher {
    _interval: Interval,
}

impl Watcher {
    /// Emits [`LinkEvent::Flowing`] when media begins to come in, and [`LinkEvent::Stalled`] each
    /// time that it stays away for `patience` after that.
    pub(crate) fn start(
        connection: RtcPeerConnection,
        patience: Duration,
        emit: impl Fn(LinkEvent) + 'static,
    ) -> Self {
        let (newest, since) = (Cell::new(latest_packet(&connection)), Cell::new(None));
        let interval = Interval::new(EVERY_MILLIS, move || {
            let now = clock::now();
            let latest = latest_packet(&connection);
            if latest != newest.get() {
                newest.set(latest);
                if since.replace(Some(now)).is_none() {
                    emit(LinkEvent::Flowing);
                }
            } else if since.get().is_some_and(|since| now.since(since) >= patience) {
                since.set(None);
                emit(LinkEvent::Stalled);
            }
        });
        Self { _interval: interval }
    }
}

/// When the last packet was played, on whatever clock the browser uses; 0 before the first.
pub(crate) fn latest_packet(connection: &RtcPeerConnection) -> f64 {
    let mut latest: f64 = 0.0;
    for receiver in connection.get_receivers() {
        let Some(ask) = js::method(&receiver, "getSynchronizationSources") else { continue };
        let sources = ask.call0(&receiver).unwrap_or(JsValue::UNDEFINED);
        if !Array::is_array(&sources) {
            continue;
        }
        for source in Array::from(&sources) {
            latest = latest.max(js::number(&source, "timestamp").unwrap_or_default());
        }
    }
    latest
}
