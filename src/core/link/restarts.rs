//! When ICE may be restarted: soon at first, later each time, and so often within a window.

use core::time::Duration;
use std::collections::VecDeque;

use crate::util::time::Time;

/// How many restarts fall into one window.
const MOST: usize = 3;
/// The other side counts by its own clock, so it accepts one more.
const ACCEPTED: usize = MOST + 1;
/// The window.
const WINDOW: Duration = Duration::from_secs(60);
/// The wait before the second restart of a window; it doubles from there.
const PAUSE: Duration = Duration::from_secs(1);

/// The restarts of one link.
#[derive(Debug, Default)]
pub(super) struct Restarts {
    times: VecDeque<Time>,
}

impl Restarts {
    /// When the next restart takes place; `None` if there were too many lately.
    pub(super) fn plan(&mut self, now: Time) -> Option<Time> {
        self.forget(now);
        if self.times.len() >= MOST {
            return None;
        }
        let pause = PAUSE * 2u32.pow(self.times.len().saturating_sub(1) as u32);
        let at = self.times.back().map_or(now, |last| (*last + pause).max(now));
        self.times.push_back(at);
        Some(at)
    }

    /// Whether to follow the other side, which restarts ICE now.
    pub(super) fn accept(&mut self, now: Time) -> bool {
        self.forget(now);
        let accepts = self.times.len() < ACCEPTED;
        if accepts {
            self.times.push_back(now);
        }
        accepts
    }

    fn forget(&mut self, now: Time) {
        self.times.retain(|time| now.since(*time) < WINDOW);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restarts_wait_longer_each_time_and_are_few_within_a_window() {
        let at = Time::from_millis;
        let mut restarts = Restarts::default();
        assert_eq!(restarts.plan(at(10_000)), Some(at(10_000)));
        assert_eq!(restarts.plan(at(10_100)), Some(at(11_000)));
        assert_eq!(restarts.plan(at(11_100)), Some(at(13_000)));
        assert_eq!(restarts.plan(at(20_000)), None);
        assert_eq!(restarts.plan(at(71_000)), Some(at(71_000)), "two of them are forgotten");
    }

    #[test]
    fn the_other_side_is_followed_as_often() {
        let mut restarts = Restarts::default();
        let accepted = (0..10).filter(|i| restarts.accept(Time::from_millis(i * 1_000))).count();
        assert_eq!(accepted, ACCEPTED);
    }
}
