//! What a link carries of the media that it is fed with.

use gloo_timers::future::TimeoutFuture;
use live_core::node::{LinkEvent, Sending};
use web_sys::RtcPeerConnection;

use crate::connection::stats;
use crate::platform::task::Task;

const EVERY_MILLIS: u32 = 2_000;
/// Less than this, in kbit/s, is no picture worth watching. It is little on purpose: browsers
/// also call it a lack of bandwidth when a busy machine cannot send in time.
const WORTH: u32 = 150;

/// Emits [`LinkEvent::Sending`] until it is dropped.
pub(crate) fn start(connection: RtcPeerConnection, emit: impl Fn(LinkEvent) + 'static) -> Task {
    Task::spawn(async move {
        let mut last = stats::outgoing(&connection).await;
        loop {
            TimeoutFuture::new(EVERY_MILLIS).await;
            let now = stats::outgoing(&connection).await;
            if let (Some(last), Some(now)) = (&last, &now)
                && now.at > last.at
            {
                let rate = |bytes: f64| (bytes.max(0.0) * 8.0 / (now.at - last.at)) as u32;
                let carried = rate(now.bytes - last.bytes);
                // Where the browser does not say it, by what it lets its encoder use.
                let allowed = rate(now.allowed - last.allowed);
                let starved = now.starved.unwrap_or((1..WORTH).contains(&allowed));
                let wanted = if starved { carried.max(WORTH) } else { carried };
                emit(LinkEvent::Sending(Sending {
                    carried,
                    wanted,
                    available: now.available.map(|bits| (bits / 1_000.0) as u32),
                    lost: (now.lost * 1_000.0) as u32,
                    starved,
                }));
            }
            last = now;
        }
    })
}
