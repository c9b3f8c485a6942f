//! Notices that media which was coming in stays away, long before ICE does.

use core::time::Duration;
use std::cell::Cell;

use gloo_timers::callback::Interval;
use js_sys::Array;
use live_core::node::LinkEvent;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{RtcPeerConnection, RtcRtpReceiver};

use crate::{clock, js};

/// How often the receivers are asked.
const EVERY_MILLIS: u32 = 50;
/// When so many answers in a row have come to nothing, only every [`SELDOM`]th question is asked: a
/// page that waits for a stream for hours should not tire a phone with them.
const WAITING: u32 = 200;
const SELDOM: u32 = 5;
/// Sound begins before the picture does; after so long alone it is all there is.
const ALONE: Duration = Duration::from_millis(500);

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
        let newest = Cell::new(Latest::of(&connection));
        let (first, since) = (Cell::new(None), Cell::new(None));
        let quiet = Cell::new(0u32);
        let interval = Interval::new(EVERY_MILLIS, move || {
            quiet.set(quiet.get().wrapping_add(1));
            if quiet.get() > WAITING && !quiet.get().is_multiple_of(SELDOM) {
                return;
            }
            let now = clock::now();
            let latest = Latest::of(&connection);
            let before = newest.replace(latest);
            if latest != before {
                quiet.set(0);
                let alone = now.since(first.get().unwrap_or(now)) >= ALONE;
                first.set(first.get().or(Some(now)));
                let begins = since.get().is_none() && (latest.picture != before.picture || alone);
                if begins {
                    emit(LinkEvent::Flowing);
                }
                if begins || since.get().is_some() {
                    since.set(Some(now));
                }
            } else if since.get().is_some_and(|since| now.since(since) >= patience) {
                first.set(None);
                since.set(None);
                emit(LinkEvent::Stalled);
            }
        });
        Self { _interval: interval }
    }
}

/// When the last packet of any kind, and the last of a picture, was played, on whatever clock the
/// browser uses; 0 before the first.
#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) struct Latest {
    pub(crate) packet: f64,
    picture: f64,
}

impl Latest {
    pub(crate) fn of(connection: &RtcPeerConnection) -> Self {
        let mut latest = Self::default();
        for receiver in connection.get_receivers() {
            let Some(ask) = js::method(&receiver, "getSynchronizationSources") else { continue };
            let sources = ask.call0(&receiver).unwrap_or(JsValue::UNDEFINED);
            if !Array::is_array(&sources) {
                continue;
            }
            let receiver: RtcRtpReceiver = receiver.unchecked_into();
            let is_picture = receiver.track().kind() == "video";
            for source in Array::from(&sources) {
                let played = js::number(&source, "timestamp").unwrap_or_default();
                latest.packet = latest.packet.max(played);
                if is_picture {
                    latest.picture = latest.picture.max(played);
                }
            }
        }
        latest
    }
}
