//! Notices that media which was coming in stays away, long before ICE does.

use core::time::Duration;
use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use js_sys::Array;
use live_core::node::LinkEvent;
use live_core::time::Time;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{RtcPeerConnection, RtcRtpReceiver};

use crate::platform::task::Task;
use crate::platform::{clock, js};

/// How often the receivers are asked: while the first picture is awaited, for whoever moves sees
/// the second one only if it is known of the first by then; later; and when nothing has come for
/// long, as a page that waits for a stream for hours should not tire a phone.
const SOON: (u32, Duration) = (15, Duration::from_secs(1));
const OFTEN: (u32, Duration) = (50, Duration::from_secs(10));
const SELDOM_MILLIS: u32 = 250;
/// Sound begins before the picture does; after so long alone it is all there is.
const ALONE: Duration = Duration::from_millis(500);

/// Watches one connection until it is dropped.
pub(crate) struct Watcher {
    watch: Rc<RefCell<Watch>>,
    _task: Task,
}

impl Watcher {
    /// Emits [`LinkEvent::Flowing`] when media begins to come in, and [`LinkEvent::Stalled`] each
    /// time that it stays away for `patience` after that. What flowed under the watch `before`
    /// this one may stall without flowing again.
    pub(crate) fn start(
        connection: RtcPeerConnection,
        patience: Duration,
        before: Option<&Self>,
        emit: impl Fn(LinkEvent) + 'static,
    ) -> Self {
        let since = before.and_then(|before| before.watch.borrow().since);
        let watch = Watch::new(clock::now(), Latest::of(&connection), patience, since);
        let watch = Rc::new(RefCell::new(watch));
        let watched = watch.clone();
        let task = Task::spawn(async move {
            loop {
                let pause = watched.borrow().pause(clock::now());
                TimeoutFuture::new(pause).await;
                let event = watched.borrow_mut().look(clock::now(), Latest::of(&connection));
                if let Some(event) = event {
                    emit(event);
                }
            }
        });
        Self { watch, _task: task }
    }
}

/// What is known of the media of a connection.
struct Watch {
    patience: Duration,
    /// When it was looked at for the first time.
    begin: Time,
    newest: Latest,
    /// When something came that had not been there before, if it did.
    first: Option<Time>,
    /// When the last news came while it flows.
    since: Option<Time>,
    /// It has been said that it flows.
    told: bool,
    /// When the last news came, or the watch began.
    news: Time,
}

impl Watch {
    fn new(now: Time, newest: Latest, patience: Duration, since: Option<Time>) -> Self {
        Self { patience, begin: now, newest, first: None, since, told: false, news: now }
    }

    /// In how many milliseconds to look again.
    fn pause(&self, now: Time) -> u32 {
        if self.first.is_none() && now.since(self.begin) < SOON.1 {
            SOON.0
        } else if now.since(self.news) < OFTEN.1 {
            OFTEN.0.min(self.patience.as_millis() as u32 / 5)
        } else {
            SELDOM_MILLIS
        }
    }

    fn look(&mut self, now: Time, latest: Latest) -> Option<LinkEvent> {
        let before = core::mem::replace(&mut self.newest, latest);
        if latest != before {
            self.news = now;
            let alone = now.since(*self.first.get_or_insert(now)) >= ALONE;
            let begins = !self.told && (latest.picture != before.picture || alone);
            self.told |= begins;
            if self.told || self.since.is_some() {
                self.since = Some(now);
            }
            return begins.then_some(LinkEvent::Flowing);
        }
        if self.since.is_none_or(|since| now.since(since) < self.patience) {
            return None;
        }
        (self.first, self.since, self.told) = (None, None, false);
        Some(LinkEvent::Stalled)
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

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_millis(250);

    fn at(millis: u64) -> Time {
        Time::from_millis(1_000_000 + millis)
    }

    fn latest(packet: u64, picture: u64) -> Latest {
        Latest { packet: packet as f64, picture: picture as f64 }
    }

    fn new(since: Option<u64>) -> Watch {
        Watch::new(at(0), latest(0, 0), PATIENCE, since.map(at))
    }

    fn look(watch: &mut Watch, millis: u64, packet: u64, picture: u64) -> Option<LinkEvent> {
        watch.look(at(millis), latest(packet, picture))
    }

    #[test]
    fn pictures_flow_with_the_first_and_stall_when_none_follows() {
        let mut watch = new(None);
        assert!(look(&mut watch, 15, 0, 0).is_none());
        assert!(matches!(look(&mut watch, 30, 5, 5), Some(LinkEvent::Flowing)));
        assert!(look(&mut watch, 80, 6, 6).is_none());
        assert!(look(&mut watch, 329, 6, 6).is_none());
        assert!(matches!(look(&mut watch, 330, 6, 6), Some(LinkEvent::Stalled)));
        assert!(look(&mut watch, 900, 6, 6).is_none());
        assert!(matches!(look(&mut watch, 950, 7, 7), Some(LinkEvent::Flowing)));
    }

    #[test]
    fn what_flowed_before_stalls_without_flowing_again() {
        let mut watch = new(Some(0));
        assert!(look(&mut watch, 249, 0, 0).is_none());
        assert!(matches!(look(&mut watch, 250, 0, 0), Some(LinkEvent::Stalled)));
        let mut watch = new(Some(0));
        assert!(matches!(look(&mut watch, 60, 5, 5), Some(LinkEvent::Flowing)));
        assert!(look(&mut watch, 300, 5, 5).is_none());
        assert!(matches!(look(&mut watch, 310, 5, 5), Some(LinkEvent::Stalled)));
    }

    #[test]
    fn sound_alone_flows_after_a_while() {
        let mut watch = new(None);
        assert!(look(&mut watch, 15, 5, 0).is_none());
        assert!(look(&mut watch, 510, 6, 0).is_none());
        assert!(matches!(look(&mut watch, 560, 7, 0), Some(LinkEvent::Flowing)));
        let mut watch = new(None);
        assert!(look(&mut watch, 15, 5, 0).is_none());
        assert!(matches!(look(&mut watch, 30, 6, 6), Some(LinkEvent::Flowing)));
    }

    #[test]
    fn the_first_picture_is_looked_for_often_and_a_late_one_seldom() {
        let mut watch = new(None);
        assert_eq!(watch.pause(at(0)), SOON.0);
        assert_eq!(watch.pause(at(2_000)), OFTEN.0);
        assert_eq!(watch.pause(at(20_000)), SELDOM_MILLIS);
        look(&mut watch, 500, 5, 5);
        assert_eq!(watch.pause(at(500)), OFTEN.0);
        look(&mut watch, 1_000, 5, 5);
        assert_eq!(watch.pause(at(10_499)), OFTEN.0);
        assert_eq!(watch.pause(at(10_500)), SELDOM_MILLIS);
    }
}
