//! How often neighbours may wish for seats in the conference: each change is told to everyone.

use core::time::Duration;

use crate::util::bucket::{Bucket, Rate};
use crate::util::id::{LinkId, LinkMap};
use crate::util::limits;
use crate::util::time::Time;

const RATE: Rate =
    Rate { interval: Duration::from_secs(limits::SEAT_INTERVAL), burst: limits::SEAT_BURST };

/// What has come over which link.
#[derive(Default)]
pub(super) struct SeatPace(LinkMap<Bucket>);

impl SeatPace {
    /// A wish comes over `link`. Returns whether it is followed.
    pub(super) fn take(&mut self, now: Time, link: LinkId) -> bool {
        self.0.retain(|_, bucket| !bucket.is_full(now));
        self.0.entry(link).or_default().take(now, RATE)
    }
}
