//! Whether pictures come from the parent. A parent that lives but passes nothing on is left.

use core::time::Duration;

use rand_core::RngCore;

use crate::util::limits;
use crate::util::random::{Backoff, jitter};
use crate::util::time::Time;

/// After so long without pictures the parent is asked whether it has any.
const MEDIA_TIMEOUT: Duration = Duration::from_secs(3);
/// While nothing comes, whoever is above may have lost its own pictures and then vanish unnoticed: so
/// often the parent is looked at.
const CHECK: Duration = Duration::from_millis(500);
/// After so long it is the source that is missing, not somebody on the way.
const CHECKED: Duration = Duration::from_secs(10);
/// A parent without pictures for so long gives way to any peer that has some: the peers above it have had
/// the time to find another way.
const OVERDUE: Duration = Duration::from_secs(1);
/// The same where pictures pause by themselves: browsers send one a second of a screen that stands still.
const OVERDUE_AFTER_PAUSE: Duration = Duration::from_secs(2);
/// How long a pause is remembered.
const PAUSED: Duration = Duration::from_secs(5);
/// How long the parent may take to answer.
const ANSWER: Duration = Duration::from_millis(1_500);
/// The waits after an answer that it has none either.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(320));
/// The waits after each move: the next parent may be as bad as the last one, and so may a few in a row.
const MOVES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(320));
/// So many times a parent may say that it has nothing itself before it is left nevertheless.
const EXCUSES: u32 = 2;

/// What is known about the stream from the parent.
#[derive(Debug)]
pub(crate) struct Flow {
    flowing: bool,
    /// Since when nothing comes although the host streams.
    dry: Option<Time>,
    /// Pictures came from this parent and have stopped.
    has_stopped: bool,
    /// When they came again for the last time.
    resumed: Option<Time>,
    next: Option<Time>,
    check: Option<Time>,
    asked: bool,
    excuses: u32,
    patience: Backoff,
    moves: Backoff,
}

/// What a stream that stays away asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// See whether the parent still lives.
    Check,
    /// Ask the parent whether it has pictures.
    Ask,
    /// Find another parent; then call [`Flow::wait`].
    Leave,
}

impl Flow {
    pub(crate) fn new() -> Self {
        Self {
            flowing: false,
            dry: None,
            has_stopped: false,
            resumed: None,
            next: None,
            check: None,
            asked: false,
            excuses: 0,
            patience: Backoff::new(PATIENCE.0, PATIENCE.1),
            moves: Backoff::new(MOVES.0, MOVES.1),
        }
    }

    /// Whether pictures come.
    pub(crate) fn is_flowing(&self) -> bool {
        self.flowing
    }

    /// Whether pictures are missed.
    pub(crate) fn is_dry(&self) -> bool {
        self.dry.is_some()
    }

    /// Whether pictures are missed for so long that they may come from elsewhere.
    pub(crate) fn is_overdue(&self, now: Time) -> bool {
        let Some(dry) = self.dry else { return false };
        let paused = self.resumed.is_some_and(|resumed| dry.since(resumed) < PAUSED);
        now >= dry + if paused { OVERDUE_AFTER_PAUSE } else { OVERDUE }
    }

    /// When the parent could see by its own links that nothing goes out; `None` while nothing is missed.
    pub(crate) fn complaint_due(&self) -> Option<Time> {
        self.dry.map(|dry| dry + limits::COMPLAINT)
    }

    /// There is a new parent, from which nothing has come yet. `expected` says whether the host
    /// streams.
    pub(crate) fn begin(&mut self, now: Time, expected: bool) {
        self.flowing = false;
        (self.has_stopped, self.resumed) = (false, None);
        self.settle();
        if expected {
            self.miss(now);
        }
    }

    /// Pictures come.
    pub(crate) fn resume(&mut self, now: Time) {
        if self.has_stopped {
            self.resumed = Some(now);
        }
        self.flowing = true;
        self.settle();
        // A peer that gets pictures need not be patient the next time.
        self.patience.reset();
        self.moves.reset();
    }

    /// Pictures come no longer.
    pub(crate) fn stop(&mut self, now: Time, expected: bool) {
        self.flowing = false;
        self.has_stopped = true;
        if expected {
            self.miss(now);
        }
    }

    /// The host has begun to stream, or has stopped.
    pub(crate) fn expect(&mut self, now: Time, expected: bool, has_parent: bool) {
        if !expected {
            self.settle();
        } else if has_parent && !self.flowing {
            self.miss(now);
        }
    }

    /// When to call [`Flow::tick`].
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.next.into_iter().chain(self.check).min()
    }

    /// Time has passed. `attached` says whether there is a parent and no other is looked for.
    pub(crate) fn tick(&mut self, now: Time, attached: bool) -> Option<Step> {
        if self.next.take_if(|next| now >= *next).is_none() {
            self.check.take_if(|check| now >= *check)?;
            self.check = self.dry.filter(|dry| now < *dry + CHECKED).map(|_| now + CHECK);
            return Some(Step::Check);
        }
        if !attached {
            self.next = Some(now + MEDIA_TIMEOUT);
            return None;
        }
        if core::mem::replace(&mut self.asked, true) {
            return Some(Step::Leave);
        }
        self.next = Some(now + ANSWER);
        Some(Step::Ask)
    }

    /// The parent answers whether it has pictures.
    pub(crate) fn answered(
        &mut self,
        now: Time,
        available: bool,
        rng: &mut impl RngCore,
    ) -> Option<Step> {
        if !self.asked || self.dry.is_none() {
            return None;
        }
        self.excuses += u32::from(!available);
        if available || self.excuses > EXCUSES {
            return Some(Step::Leave);
        }
        let wait = self.patience.wait(rng);
        self.rest(now, wait, rng);
        None
    }

    /// The parent is being left; the next one has some time.
    pub(crate) fn wait(&mut self, now: Time, rng: &mut impl RngCore) {
        self.excuses = 0;
        let wait = self.moves.wait(rng);
        self.rest(now, wait, rng);
    }

    fn rest(&mut self, now: Time, wait: Duration, rng: &mut impl RngCore) {
        self.asked = false;
        // A whole room may be waiting for the same picture.
        self.next = Some(now + wait + jitter(rng, wait));
    }

    fn miss(&mut self, now: Time) {
        if self.dry.is_none() {
            (self.dry, self.next, self.asked) = (Some(now), Some(now + MEDIA_TIMEOUT), false);
            self.check = Some(now + CHECK);
        }
    }

    fn settle(&mut self) {
        (self.dry, self.next, self.check) = (None, None, None);
        (self.asked, self.excuses) = (false, 0);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rand_core::SeedableRng;
    use rand_pcg::Pcg64Mcg;

    use super::*;

    fn at(millis: u64) -> Time {
        Time::from_millis(millis)
    }

    fn rng() -> Pcg64Mcg {
        Pcg64Mcg::seed_from_u64(1)
    }

    #[test]
    fn a_silent_parent_is_asked_and_then_left() {
        let mut flow = Flow::new();
        flow.begin(at(0), true);
        assert_eq!(flow.tick(at(499), true), None);
        assert_eq!(flow.tick(at(3_000), true), Some(Step::Ask));
        assert_eq!(flow.tick(at(4_500), true), Some(Step::Leave));
    }

    #[test]
    fn a_parent_is_looked_at_while_nothing_comes_but_not_for_ever() {
        let mut flow = Flow::new();
        flow.begin(at(0), true);
        for check in [500, 1_000] {
            assert!(!flow.is_overdue(at(check - 1)));
            assert_eq!(flow.deadline(), Some(at(check)));
            assert_eq!(flow.tick(at(check), true), Some(Step::Check));
        }
        assert!(flow.is_overdue(at(1_000)));
        flow.resume(at(0));
        assert_eq!((flow.deadline(), flow.is_overdue(at(2_000))), (None, false));

        flow.stop(at(20_000), true);
        let mut checks = 0;
        while let Some(due) = flow.deadline().filter(|due| *due < at(60_000)) {
            checks += u32::from(flow.tick(due, false) == Some(Step::Check));
        }
        assert!((15..=20).contains(&checks), "{checks}");
    }

    #[test]
    fn where_pictures_pause_by_themselves_the_next_pause_may_take_longer() {
        let mut flow = Flow::new();
        flow.begin(at(0), true);
        flow.resume(at(100));
        flow.stop(at(1_000), true);
        assert!(!flow.is_overdue(at(1_999)) && flow.is_overdue(at(2_000)));
        // A screen that stands still: a picture a second.
        flow.resume(at(2_000));
        flow.stop(at(2_250), true);
        assert!(!flow.is_overdue(at(4_249)) && flow.is_overdue(at(4_250)));
        flow.resume(at(4_250));
        flow.stop(at(4_250 + 5_000), true);
        assert!(flow.is_overdue(at(4_250 + 6_000)), "it has moved since");
        flow.resume(at(11_000));
        flow.begin(at(11_500), true);
        flow.resume(at(11_600));
        flow.stop(at(12_000), true);
        assert!(flow.is_overdue(at(13_000)), "that was another parent");
    }

    #[test]
    fn a_parent_that_says_it_has_pictures_but_sends_none_is_left_at_once() {
        let mut flow = Flow::new();
        flow.begin(at(0), true);
        flow.tick(at(3_000), true);
        assert_eq!(flow.answered(at(3_100), true, &mut rng()), Some(Step::Leave));
    }

    #[test]
    fn excuses_are_accepted_twice() {
        let (mut flow, mut rng) = (Flow::new(), rng());
        flow.begin(at(0), true);
        for _ in 0..EXCUSES {
            let due = flow.next.unwrap();
            assert_eq!(flow.tick(due, true), Some(Step::Ask));
            assert_eq!(flow.answered(due, false, &mut rng), None);
        }
        let due = flow.next.unwrap();
        assert_eq!(flow.tick(due, true), Some(Step::Ask));
        assert_eq!(flow.answered(due, false, &mut rng), Some(Step::Leave));
    }

    #[test]
    fn who_moves_in_vain_moves_on_soon_but_ever_more_slowly() {
        let (mut flow, mut rng) = (Flow::new(), rng());
        flow.begin(at(0), true);
        let mut waits = Vec::new();
        let mut left = at(0);
        for _ in 0..6 {
            while flow.tick(flow.deadline().unwrap(), true) != Some(Step::Ask) {}
            let due = flow.next.unwrap();
            assert_eq!(flow.answered(due, true, &mut rng), Some(Step::Leave));
            flow.wait(due, &mut rng);
            waits.push(due.since(left));
            left = due;
        }
        // Each wait is random within its half, and ends with an answer to wait for.
        assert!(waits[1] < Duration::from_secs(6), "{waits:?}");
        assert!(waits[5] > Duration::from_secs(16), "{waits:?}");
        flow.resume(at(0));
        flow.stop(left, true);
        flow.wait(left, &mut rng);
        assert!(flow.next.unwrap().since(left) < Duration::from_secs(6));
    }

    #[test]
    fn nothing_is_missed_where_nothing_is_expected() {
        let mut flow = Flow::new();
        flow.begin(at(0), false);
        flow.stop(at(10), false);
        assert_eq!(flow.deadline(), None);
        flow.expect(at(20), true, true);
        assert!(flow.is_dry());
        flow.resume(at(0));
        assert_eq!((flow.deadline(), flow.is_dry(), flow.is_flowing()), (None, false, true));
        assert_eq!(flow.answered(at(30), true, &mut rng()), None, "nobody has asked");
    }

    #[test]
    fn a_search_in_flight_comes_first() {
        let mut flow = Flow::new();
        flow.begin(at(0), true);
        assert_eq!(flow.tick(at(3_000), false), None);
        assert_eq!(flow.next, Some(at(6_000)));
    }
}
