//! Reports when incoming media starts and when it stalls, long before ICE notices.

use core::time::Duration;
use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use live_core::node::LinkEvent;
use live_core::time::Time;
use wasm_bindgen::JsCast;
use web_sys::{RtcPeerConnection, RtcRtpReceiver, RtcRtpSynchronizationSource};

use crate::platform::clock;
use crate::platform::task::Task;

/// Polling interval in milliseconds and how long it applies: at the start, because a moving peer
/// must know of the first frame before it can show the second; while media is expected; and after
/// a long silence, so that waiting for hours does not drain a phone.
const STARTING: (u32, Duration) = (15, Duration::from_secs(1));
const ACTIVE: (u32, Duration) = (50, Duration::from_secs(10));
const IDLE_MILLIS: u32 = 250;
/// Sound starts before video does; after this long without video, sound counts as media.
const AUDIO_ONLY_AFTER: Duration = Duration::from_millis(500);

/// Monitors one connection until it is dropped.
pub(crate) struct MediaMonitor {
    flow: Rc<RefCell<MediaFlow>>,
    _task: Task,
}

impl MediaMonitor {
    /// Emits [`LinkEvent::Flowing`] when media starts to arrive, and [`LinkEvent::Stalled`] each
    /// time that none arrives for `timeout` after that. Media that flowed under the `previous`
    /// monitor may stall without flowing again.
    pub(crate) fn start(
        connection: RtcPeerConnection,
        timeout: Duration,
        previous: Option<&Self>,
        emit: impl Fn(LinkEvent) + 'static,
    ) -> Self {
        let flowing = previous.and_then(|previous| previous.flow.borrow().flowing);
        let flow = MediaFlow::new(clock::now(), LastPlayed::of(&connection), timeout, flowing);
        let flow = Rc::new(RefCell::new(flow));
        let polled = flow.clone();
        let task = Task::spawn(async move {
            loop {
                let interval = polled.borrow().interval(clock::now());
                TimeoutFuture::new(interval).await;
                let event = polled.borrow_mut().poll(clock::now(), LastPlayed::of(&connection));
                if let Some(event) = event {
                    emit(event);
                }
            }
        });
        Self { flow, _task: task }
    }
}

/// The state machine behind the monitor.
struct MediaFlow {
    timeout: Duration,
    started: Time,
    last_played: LastPlayed,
    /// When the first new packet was played, if one was.
    first: Option<Time>,
    /// When the last new packet was played, while media flows.
    flowing: Option<Time>,
    /// `Flowing` has been emitted.
    reported: bool,
    /// When the last new packet was played, or the monitor started.
    last_change: Time,
}

impl MediaFlow {
    fn new(now: Time, last_played: LastPlayed, timeout: Duration, flowing: Option<Time>) -> Self {
        Self {
            timeout,
            started: now,
            last_played,
            first: None,
            flowing,
            reported: false,
            last_change: now,
        }
    }

    /// Milliseconds until the next poll.
    fn interval(&self, now: Time) -> u32 {
        if self.first.is_none() && now.since(self.started) < STARTING.1 {
            STARTING.0
        } else if now.since(self.last_change) < ACTIVE.1 {
            ACTIVE.0.min(self.timeout.as_millis() as u32 / 5)
        } else {
            IDLE_MILLIS
        }
    }

    fn poll(&mut self, now: Time, played: LastPlayed) -> Option<LinkEvent> {
        let before = core::mem::replace(&mut self.last_played, played);
        if played != before {
            self.last_change = now;
            let first = *self.first.get_or_insert(now);
            let audio_only = now.since(first) >= AUDIO_ONLY_AFTER;
            let starts = !self.reported && (played.video != before.video || audio_only);
            self.reported |= starts;
            if self.reported || self.flowing.is_some() {
                self.flowing = Some(now);
            }
            return starts.then_some(LinkEvent::Flowing);
        }
        if self.flowing.is_none_or(|last| now.since(last) < self.timeout) {
            return None;
        }
        (self.first, self.flowing, self.reported) = (None, None, false);
        Some(LinkEvent::Stalled)
    }
}

/// When the last packet of any kind, and the last of video, was played, on whatever clock the
/// browser uses; 0 before the first.
#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) struct LastPlayed {
    pub(crate) packet: f64,
    video: f64,
}

impl LastPlayed {
    pub(crate) fn of(connection: &RtcPeerConnection) -> Self {
        let mut last = Self::default();
        for receiver in connection.get_receivers() {
            let receiver: RtcRtpReceiver = receiver.unchecked_into();
            let is_video = receiver.track().kind() == "video";
            for source in receiver.get_synchronization_sources() {
                let source: RtcRtpSynchronizationSource = source.unchecked_into();
                let played = source.get_timestamp();
                last.packet = last.packet.max(played);
                if is_video {
                    last.video = last.video.max(played);
                }
            }
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    const TIMEOUT: Duration = Duration::from_millis(250);

    fn at(millis: u64) -> Time {
        Time::from_millis(1_000_000 + millis)
    }

    fn played(packet: u64, video: u64) -> LastPlayed {
        LastPlayed { packet: packet as f64, video: video as f64 }
    }

    fn new(flowing: Option<u64>) -> MediaFlow {
        MediaFlow::new(at(0), played(0, 0), TIMEOUT, flowing.map(at))
    }

    fn poll(flow: &mut MediaFlow, millis: u64, packet: u64, video: u64) -> Option<LinkEvent> {
        flow.poll(at(millis), played(packet, video))
    }

    #[test]
    fn video_flows_with_the_first_frame_and_stalls_when_none_follows() {
        let mut flow = new(None);
        assert!(poll(&mut flow, 15, 0, 0).is_none());
        assert!(matches!(poll(&mut flow, 30, 5, 5), Some(LinkEvent::Flowing)));
        assert!(poll(&mut flow, 80, 6, 6).is_none());
        assert!(poll(&mut flow, 329, 6, 6).is_none());
        assert!(matches!(poll(&mut flow, 330, 6, 6), Some(LinkEvent::Stalled)));
        assert!(poll(&mut flow, 900, 6, 6).is_none());
        assert!(matches!(poll(&mut flow, 950, 7, 7), Some(LinkEvent::Flowing)));
    }

    #[test]
    fn media_that_flowed_before_stalls_without_flowing_again() {
        let mut flow = new(Some(0));
        assert!(poll(&mut flow, 249, 0, 0).is_none());
        assert!(matches!(poll(&mut flow, 250, 0, 0), Some(LinkEvent::Stalled)));
        let mut flow = new(Some(0));
        assert!(matches!(poll(&mut flow, 60, 5, 5), Some(LinkEvent::Flowing)));
        assert!(poll(&mut flow, 300, 5, 5).is_none());
        assert!(matches!(poll(&mut flow, 310, 5, 5), Some(LinkEvent::Stalled)));
    }

    #[test]
    fn sound_alone_flows_after_a_while() {
        let mut flow = new(None);
        assert!(poll(&mut flow, 15, 5, 0).is_none());
        assert!(poll(&mut flow, 510, 6, 0).is_none());
        assert!(matches!(poll(&mut flow, 560, 7, 0), Some(LinkEvent::Flowing)));
        let mut flow = new(None);
        assert!(poll(&mut flow, 15, 5, 0).is_none());
        assert!(matches!(poll(&mut flow, 30, 6, 6), Some(LinkEvent::Flowing)));
    }

    #[test]
    fn the_first_frame_is_polled_for_often_and_a_late_one_seldom() {
        let mut flow = new(None);
        assert_eq!(flow.interval(at(0)), STARTING.0);
        assert_eq!(flow.interval(at(2_000)), ACTIVE.0);
        assert_eq!(flow.interval(at(20_000)), IDLE_MILLIS);
        poll(&mut flow, 500, 5, 5);
        assert_eq!(flow.interval(at(500)), ACTIVE.0);
        poll(&mut flow, 1_000, 5, 5);
        assert_eq!(flow.interval(at(10_499)), ACTIVE.0);
        assert_eq!(flow.interval(at(10_500)), IDLE_MILLIS);
    }
}
