//! How many children a peer can feed: as many as its limit says, until its links have shown that
//! they carry less.

use core::time::Duration;

use crate::link::io::SendStats;
use crate::util::id::{LinkId, LinkMap};
use crate::util::limits;
use crate::util::time::Time;

/// A report counts for so long.
const FRESH: Duration = Duration::from_secs(7);
/// A report of now, not of what was before a source stood still.
const RECENT: Duration = Duration::from_secs(1);
/// The links must fall short for so long; a moment's congestion says nothing.
const SHORT: Duration = Duration::from_secs(4);
/// Less than so many hundredths of what is wanted is too little.
const ENOUGH: u32 = 90;
/// The range of waits before one more child is tried again. Long, for while it is tried everyone
/// below gets too little.
const RETRY: (Duration, Duration) = (Duration::from_secs(600), Duration::from_secs(3_600));

/// The estimate.
#[derive(Debug)]
pub(crate) struct Uplink {
    limit: u32,
    /// What the links have shown to carry, if that was less than the limit.
    proven: Option<u32>,
    reports: LinkMap<(Time, SendStats)>,
    /// Since when the links fall short, and the most that they carried together meanwhile: links
    /// report one after the other, so a sum may mix what was before and after a child came.
    short: Option<(Time, u32)>,
    retry: Option<Time>,
    wait: Duration,
}

impl Uplink {
    /// An uplink that is trusted with `limit` children.
    pub(crate) fn new(limit: u32) -> Self {
        let (wait, _) = RETRY;
        Self { limit, proven: None, reports: LinkMap::default(), short: None, retry: None, wait }
    }

    /// Trusts the uplink with `limit` children from now on.
    pub(crate) fn set_limit(&mut self, limit: u32) {
        *self = Self::new(limit);
    }

    /// How many children the peer takes.
    pub(crate) fn slots(&self) -> u32 {
        self.proven.map_or(self.limit, |proven| proven.min(self.limit))
    }

    /// A fed link reports. Returns whether the number of slots changed.
    pub(crate) fn report(&mut self, now: Time, link: LinkId, sending: SendStats) -> bool {
        self.reports.retain(|_, (at, _)| now.since(*at) < FRESH);
        if self.reports.is_empty() {
            // Whatever was before an interruption says nothing about now.
            self.short = None;
        }
        self.reports.insert(link, (now, sending));
        let sum = |of: fn(&SendStats) -> u32| {
            self.reports.values().fold(0_u32, |sum, (_, s)| sum.saturating_add(of(s)))
        };
        let (sent_bitrate, target_bitrate) = (sum(|s| s.sent_bitrate), sum(|s| s.target_bitrate));
        let rate = self.reports.values().map(|(_, s)| s.target_bitrate).max().unwrap_or_default();
        if rate == 0
            || u64::from(sent_bitrate) * 100 >= u64::from(target_bitrate) * u64::from(ENOUGH)
        {
            self.short = None;
            return false;
        }
        let (since, most) = self.short.get_or_insert((now, sent_bitrate));
        *most = sent_bitrate.max(*most);
        if now.since(*since) < SHORT {
            return false;
        }
        let sent_bitrate = *most;
        let fed = u32::try_from(self.reports.len()).unwrap_or(u32::MAX);
        // A twentieth of tolerance, or an uplink of exactly two streams would count as one.
        let whole = sent_bitrate.saturating_add(sent_bitrate / 20) / rate;
        let before = self.slots();
        self.proven = Some(whole.min(fed.saturating_sub(1)).min(before));
        self.short = None;
        self.reports.clear();
        self.retry_later(now);
        self.slots() != before
    }

    /// Children get nothing, and it is not their fault: nobody new should rely on this peer, which
    /// keeps those that are `content`. Returns whether the number of slots changed.
    pub(crate) fn withdraw(&mut self, now: Time, content: u32) -> bool {
        let before = self.slots();
        self.proven = Some(content.min(before));
        self.retry_later(now);
        self.slots() != before
    }

    fn retry_later(&mut self, now: Time) {
        self.retry = Some(now + self.wait);
        self.wait = (self.wait * 2).min(RETRY.1);
    }

    /// Whether anything goes out, seen by someone who has had nothing for three seconds: a report
    /// tells of the two before it.
    pub(crate) fn carries(&self, now: Time) -> bool {
        self.reports.values().any(|(at, s)| now.since(*at) < RECENT && s.sent_bitrate > 0)
    }

    /// Whether some link shows that this peer passes on what it should, and that its uplink does not
    /// limit that.
    pub(crate) fn delivers(&self, now: Time) -> bool {
        let is_full = |s: &SendStats| {
            s.sent_bitrate > 0
                && !s.bandwidth_limited
                && u64::from(s.sent_bitrate) * 100
                    >= u64::from(s.target_bitrate) * u64::from(ENOUGH)
        };
        self.reports.values().any(|(at, s)| now.since(*at) < limits::COMPLAINT && is_full(s))
    }

    /// Whether nothing goes out over any of the links, of which there are some.
    pub(crate) fn is_silent(&self, now: Time) -> bool {
        let mut fresh = self.reports.values().filter(|(at, _)| now.since(*at) < FRESH).peekable();
        fresh.peek().is_some() && fresh.all(|(_, sending)| sending.sent_bitrate == 0)
    }

    /// When to call [`Uplink::tick`] next.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.retry
    }

    /// Time has passed: perhaps one more child can be fed by now. Returns whether the number of
    /// slots changed.
    pub(crate) fn tick(&mut self, now: Time) -> bool {
        if self.retry.is_none_or(|retry| now < retry) {
            return false;
        }
        let more = self.slots().saturating_add(1);
        (self.proven, self.retry) =
            if more < self.limit { (Some(more), Some(now + self.wait)) } else { (None, None) };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::from_millis(seconds * 1_000)
    }

    /// `links` links share `uplink` while each wants `rate`, for some seconds.
    fn share(up: &mut Uplink, from: u64, links: u32, uplink: u32, rate: u32) {
        for second in from..from + 10 {
            let links = links.min(up.slots());
            for link in 0..links {
                let sent_bitrate = (uplink / links).min(rate);
                if up.report(
                    at(second),
                    LinkId(link),
                    SendStats { sent_bitrate, target_bitrate: rate, ..SendStats::default() },
                ) {
                    break;
                }
            }
        }
    }

    #[test]
    fn slots_follow_what_the_links_carry() {
        for (uplink, slots) in [(400, 0), (1_600, 1), (2_700, 1), (2_900, 2), (6_000, 4)] {
            let mut up = Uplink::new(4);
            share(&mut up, 0, 4, uplink, 1_500);
            assert_eq!(up.slots(), slots, "{uplink} kbit/s");
        }
    }

    #[test]
    fn a_moment_proves_nothing() {
        let mut up = Uplink::new(4);
        let poor = SendStats { sent_bitrate: 100, target_bitrate: 1_500, ..SendStats::default() };
        let good = SendStats { sent_bitrate: 1_500, ..poor };
        for (second, sending) in [(0, poor), (2, poor), (4, good), (6, poor), (8, poor)] {
            assert!(!up.report(at(second), LinkId(1), sending));
        }
        assert_eq!(up.slots(), 4);
    }

    fn report(up: &mut Uplink, second: u64, link: u32, sent_bitrate: u32) -> bool {
        let sending = SendStats { sent_bitrate, target_bitrate: 4_000, ..SendStats::default() };
        up.report(at(second), LinkId(link), sending)
    }

    #[test]
    fn a_sum_of_before_and_after_children_came_proves_nothing() {
        let mut up = Uplink::new(16);
        for link in 0..2 {
            assert!(!report(&mut up, 0, link, 2_000));
        }
        for link in 0..4 {
            assert!(!report(&mut up, 2, link, 1_000));
        }
        assert!(report(&mut up, 4, 0, 363), "the first of eleven to report");
        assert_eq!(up.slots(), 1, "an uplink of 4 Mbit/s carries one stream of them");
    }

    #[test]
    fn what_was_carried_before_a_source_stood_still_is_no_proof() {
        let mut up = Uplink::new(4);
        report(&mut up, 0, 1, 4_000);
        assert!(up.carries(at(0)) && !up.is_silent(at(0)));
        assert!(!up.carries(at(3)), "of three seconds ago");
        report(&mut up, 4, 1, 0);
        report(&mut up, 5, 2, 700);
        assert!(up.carries(at(5)) && !up.is_silent(at(5)), "one of two goes on");
        report(&mut up, 7, 2, 0);
        assert!(!up.carries(at(7)) && up.is_silent(at(7)));
        assert!(!up.is_silent(at(20)), "nobody tells any more");
    }

    #[test]
    fn a_link_that_carries_all_it_should_shows_that_the_peer_delivers() {
        let shows = |sent_bitrate, target_bitrate, bandwidth_limited| {
            let mut up = Uplink::new(4);
            up.report(at(0), LinkId(1), SendStats::default());
            let sending = SendStats {
                sent_bitrate,
                target_bitrate,
                bandwidth_limited,
                ..SendStats::default()
            };
            up.report(at(0), LinkId(2), sending);
            assert!(!up.delivers(at(3)), "of three seconds ago");
            up.delivers(at(2))
        };
        assert!(shows(1_500, 1_500, false));
        assert!(!shows(1_000, 1_500, false) && !shows(1_500, 1_500, true) && !shows(0, 0, false));
    }

    #[test]
    fn an_interruption_proves_nothing() {
        let mut up = Uplink::new(16);
        for link in 0..2 {
            assert!(!report(&mut up, 0, link, 2_000));
        }
        assert!(!report(&mut up, 60, 0, 1_500));
        assert_eq!(up.slots(), 16);
    }

    #[test]
    fn one_more_is_tried_later_and_ever_later() {
        let mut up = Uplink::new(4);
        share(&mut up, 0, 4, 3_000, 1_500);
        let (first, most) = (RETRY.0.as_secs(), RETRY.1.as_secs());
        assert!(up.deadline().is_some_and(|retry| retry >= at(first) && retry < at(2 * first)));
        assert!(!up.tick(at(first / 2)));
        assert!(up.tick(at(first + 20)) && up.slots() == 3);
        share(&mut up, first + 20, 3, 3_000, 1_500);
        assert_eq!(up.slots(), 2);
        assert!(up.deadline().is_some_and(|retry| retry >= at(3 * first) && retry < at(most)));
    }
}
