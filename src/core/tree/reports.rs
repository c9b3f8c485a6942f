//! What a peer reports when it changes, but not too often.

use core::time::Duration;

use crate::util::time::Time;
use crate::wire::message::Summary;

/// The shortest time between two reports of the same kind to the same neighbour.
const PACE: Duration = Duration::from_millis(400);
/// The shortest time between two counts of a room that is as large as its number says.
const COUNT_PACES: [(u32, Duration); 4] = [
    (5_000, Duration::from_secs(30)),
    (500, Duration::from_secs(20)),
    (200, Duration::from_secs(10)),
    (50, Duration::from_secs(4)),
];
/// The shortest time between two summaries of a subtree of so many peers that differ in numbers:
/// the more there are, the less one of them matters.
const SUMMARY_PACES: [(u32, Duration); 2] =
    [(1_000, Duration::from_secs(4)), (100, Duration::from_secs(3))];
/// The same where the slots in it differ, which many more of them know.
const SLOT_PACES: [(u32, Duration); 2] =
    [(200, Duration::from_secs(3)), (50, Duration::from_millis(800))];

/// The reports of one peer.
#[derive(Debug)]
pub(crate) struct Reports {
    summary: RateLimited<Summary>,
    count: RateLimited<(u32, Option<u32>)>,
    backups: RateLimited<()>,
}

impl Reports {
    pub(crate) fn new() -> Self {
        Self { summary: RateLimited::new(), count: RateLimited::new(), backups: RateLimited::new() }
    }

    /// There is no parent, or a new one, which has got the summary with `Join`.
    pub(crate) fn forget_parent(&mut self) {
        self.summary = RateLimited::new();
    }

    /// The summary of the own subtree, if the parent is told of it now.
    pub(crate) fn summary(&mut self, now: Time, summary: Summary) -> Option<Summary> {
        let same_slots = self.summary.said.as_ref().is_some_and(|said| {
            (&said.free_slots, &said.displaceable) == (&summary.free_slots, &summary.displaceable)
        });
        let paces = if same_slots { &SUMMARY_PACES[..] } else { &SLOT_PACES };
        let pace = pace(paces, summary.size);
        self.summary.say(now, pace, summary)
    }

    /// Whether the parent was told last that nobody is below.
    pub(crate) fn says_leaf(&self) -> bool {
        self.summary.said.as_ref().is_some_and(|said| said.size <= 1)
    }

    /// The parent is told this summary now, whatever the pace is.
    pub(crate) fn note_summary(&mut self, now: Time, summary: &Summary) {
        self.summary = RateLimited { said: Some(summary.clone()), at: Some(now), due: None };
    }

    /// How many people are in the room and how many levels it needs, if everyone is told of it now.
    pub(crate) fn count(&mut self, now: Time, summary: &Summary) -> Option<(u32, Option<u32>)> {
        let count = (summary.size, summary.best_depth());
        self.count.say(now, pace(&COUNT_PACES, summary.size), count)
    }

    /// Whether to look now at what the children are told of backups.
    pub(crate) fn backups(&mut self, now: Time) -> bool {
        self.backups.said = None;
        self.backups.say(now, PACE, ()).is_some()
    }

    /// Some child is told of backups later, at this time.
    pub(crate) fn backups_later(&mut self, due: Option<Time>) {
        self.backups.due = due;
    }

    /// When something is to be reported that was held back.
    pub(crate) fn deadline(&self) -> Option<Time> {
        [self.summary.due, self.count.due, self.backups.due].into_iter().flatten().min()
    }
}

/// A value that is said again when it changes, but not more often than its pace allows.
#[derive(Debug)]
struct RateLimited<T> {
    said: Option<T>,
    at: Option<Time>,
    due: Option<Time>,
}

impl<T: PartialEq + Clone> RateLimited<T> {
    fn new() -> Self {
        Self { said: None, at: None, due: None }
    }

    /// Returns `value` if it is said now. If it is too early by the `pace`, it becomes due later.
    fn say(&mut self, now: Time, pace: Duration, value: T) -> Option<T> {
        if self.said.as_ref() == Some(&value) {
            self.due = None;
            return None;
        }
        if let Some(next) = self.at.map(|at| at + pace).filter(|next| now < *next) {
            self.due = Some(next);
            return None;
        }
        self.due = None;
        self.at = Some(now);
        self.said = Some(value.clone());
        Some(value)
    }
}

/// The pace of what is said about `size` peers.
fn pace(paces: &[(u32, Duration)], size: u32) -> Duration {
    paces.iter().find(|(many, _)| size >= *many).map_or(PACE, |(_, pace)| *pace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Time {
        Time::from_millis(10_000 + millis)
    }

    fn summary(size: u32) -> Summary {
        Summary { size, ..Summary::default() }
    }

    #[test]
    fn a_change_is_reported_once_and_the_next_one_after_its_pace() {
        let mut reports = Reports::new();
        assert!(reports.summary(at(0), summary(2)).is_some());
        assert!(reports.summary(at(10), summary(2)).is_none());
        assert_eq!(reports.deadline(), None);
        assert!(reports.summary(at(10), summary(3)).is_none());
        assert_eq!(reports.deadline(), Some(at(400)));
        assert!(reports.summary(at(400), summary(3)).is_some());
    }

    #[test]
    fn a_change_that_is_taken_back_is_not_reported() {
        let mut reports = Reports::new();
        reports.summary(at(0), summary(2));
        reports.summary(at(10), summary(3));
        assert!(reports.summary(at(20), summary(2)).is_none());
        assert_eq!(reports.deadline(), None);
    }

    #[test]
    fn large_rooms_are_counted_less_often() {
        let mut reports = Reports::new();
        assert!(reports.count(at(0), &summary(600)).is_some());
        assert!(reports.count(at(19_999), &summary(601)).is_none());
        assert!(reports.count(at(20_000), &summary(601)).is_some());
    }

    #[test]
    fn a_new_parent_is_told_anew() {
        let mut reports = Reports::new();
        reports.summary(at(0), summary(2));
        reports.forget_parent();
        assert!(reports.summary(at(1), summary(2)).is_some());
    }
}
