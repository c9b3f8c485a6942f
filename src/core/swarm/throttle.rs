//! Whether the browser holds this page's timers back.

use core::time::Duration;

use crate::util::time::Time;

/// A timer that is so late is one of a page that the browser throttles.
const THROTTLED: Duration = Duration::from_millis(400);
/// So many late timers of a hidden page, each soon after the last one, show that it is throttled,
/// and will be until it is in view: those that are late no more may only have fallen into step with
/// the browser. A page that plays sound is not throttled.
const STRIKES: u32 = 3;
/// How soon.
const CALM: Duration = Duration::from_secs(60);

/// What is known of the page's timers.
#[derive(Default)]
pub(super) struct Throttle {
    hidden: bool,
    /// Late timers while hidden, and when the last one came.
    late: (u32, Time),
    throttled: bool,
}

impl Throttle {
    pub(super) fn is_throttled(&self) -> bool {
        self.throttled
    }

    /// The page comes into view, or goes out of it. Returns whether
    /// [`is_throttled`](Self::is_throttled) has changed.
    pub(super) fn set_hidden(&mut self, hidden: bool) -> bool {
        let was = core::mem::take(self).throttled;
        self.hidden = hidden;
        was
    }

    /// A timer came so long after its deadline. Returns whether
    /// [`is_throttled`](Self::is_throttled) has changed.
    pub(super) fn note_delay(&mut self, now: Time, delay: Duration) -> bool {
        if delay < THROTTLED || !self.hidden {
            return false;
        }
        let (strikes, last) = self.late;
        let soon = now.since(last).saturating_sub(delay) < CALM;
        self.late = (if soon { strikes.saturating_add(1) } else { 1 }, now);
        let throttled = self.throttled || self.late.0 >= STRIKES;
        core::mem::replace(&mut self.throttled, throttled) != throttled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Time = Time::from_millis(1_000_000);

    fn after(strikes: u32, every: Duration) -> Throttle {
        let mut throttle = Throttle::default();
        throttle.set_hidden(true);
        for strike in 0..strikes {
            throttle.note_delay(START + every * strike, THROTTLED);
        }
        throttle
    }

    #[test]
    fn three_late_timers_within_a_minute_each_show_it() {
        assert!(!after(2, Duration::from_secs(30)).is_throttled());
        assert!(after(3, Duration::from_secs(30)).is_throttled());
        assert!(!after(9, CALM * 2).is_throttled());
    }

    #[test]
    fn it_holds_until_the_page_is_in_view() {
        let mut throttle = after(3, Duration::from_secs(1));
        assert!(!throttle.note_delay(START + CALM * 3, Duration::ZERO));
        assert!(throttle.is_throttled());
        assert!(throttle.set_hidden(false));
        assert!(!throttle.is_throttled());
        assert!(!throttle.set_hidden(true));
    }

    #[test]
    fn a_page_in_view_is_only_slow() {
        let mut throttle = Throttle::default();
        assert!((0..9).all(|i| !throttle.note_delay(START + CALM * i / 60, THROTTLED)));
        assert!(!throttle.is_throttled());
    }
}
