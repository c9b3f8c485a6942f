//! What is said again when it changes, but not too often.

use core::time::Duration;

use crate::util::time::Time;

/// The shortest time between two reports of the same kind to the same neighbour.
pub(super) const PACE: Duration = Duration::from_millis(400);
/// The shortest time between two counts of a room that is as large as its number says.
pub(super) const COUNT_PACES: [(u32, Duration); 3] = [
    (5_000, Duration::from_secs(20)),
    (500, Duration::from_secs(10)),
    (50, Duration::from_secs(4)),
];
/// The shortest time between two summaries of a subtree of so many peers that differ in numbers:
/// the more there are, the less one of them matters.
pub(super) const SUMMARY_PACES: [(u32, Duration); 2] =
    [(1_000, Duration::from_secs(4)), (100, Duration::from_secs(3))];
/// The same where the places in it differ, which many more of them know.
pub(super) const PLACE_PACES: [(u32, Duration); 2] =
    [(200, Duration::from_secs(3)), (50, Duration::from_millis(800))];

/// Something that is said again when it changes, but not more often than its pace allows.
pub(super) struct RateLimited<T> {
    pub(super) said: Option<T>,
    at: Time,
    pub(super) due: Option<Time>,
}

impl<T: PartialEq + Clone> RateLimited<T> {
    pub(super) fn new() -> Self {
        Self { said: None, at: Time::default(), due: None }
    }

    /// Returns `value` if it is to be said now. If it is too early by the `pace`, it becomes due later.
    pub(super) fn say(&mut self, now: Time, pace: Duration, value: T) -> Option<T> {
        if self.said.as_ref() == Some(&value) {
            self.due = None;
            return None;
        }
        let next = self.at + pace;
        if now < next {
            self.due = Some(next);
            return None;
        }
        self.due = None;
        self.at = now;
        self.said = Some(value.clone());
        Some(value)
    }
}

/// The pace of what is said about `size` peers.
pub(super) fn pace(paces: &[(u32, Duration)], size: u32) -> Duration {
    paces.iter().find(|(many, _)| size >= *many).map_or(PACE, |(_, pace)| *pace)
}
