//! Reports the bitrate that a link sends, and whether the uplink limits it.

use gloo_timers::future::TimeoutFuture;
use live_core::node::{LinkEvent, SendStats};
use web_sys::RtcPeerConnection;

use crate::connection::stats;
use crate::platform::task::Task;

const INTERVAL_MILLIS: u32 = 2_000;
/// Video below this bitrate, in kbit/s, is not worth watching. The figure is low on purpose:
/// browsers also report a lack of bandwidth when a busy machine cannot send in time.
const MIN_BITRATE: u32 = 150;

/// Emits [`LinkEvent::SendStats`] until the task is dropped.
pub(crate) fn start(connection: RtcPeerConnection, emit: impl Fn(LinkEvent) + 'static) -> Task {
    Task::spawn(async move {
        let mut last = stats::sent(&connection).await;
        loop {
            TimeoutFuture::new(INTERVAL_MILLIS).await;
            let now = stats::sent(&connection).await;
            if let (Some(last), Some(now)) = (&last, &now)
                && now.at > last.at
            {
                let rate = |bytes: f64| (bytes.max(0.0) * 8.0 / (now.at - last.at)) as u32;
                let sent = rate(now.bytes - last.bytes);
                // Firefox does not tell; a very low encoder target means the same.
                let encoder_target = rate(now.target_bytes - last.target_bytes);
                let bandwidth_limited =
                    now.bandwidth_limited.unwrap_or((1..MIN_BITRATE).contains(&encoder_target));
                emit(LinkEvent::SendStats(SendStats {
                    sent_bitrate: sent,
                    target_bitrate: if bandwidth_limited { sent.max(MIN_BITRATE) } else { sent },
                    available_bitrate: now.available.map(|bits| (bits / 1_000.0) as u32),
                    lost: (now.fraction_lost * 1_000.0) as u32,
                    bandwidth_limited,
                }));
            }
            last = now;
        }
    })
}
