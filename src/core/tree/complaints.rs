//! Children that say that they get no media. Anyone can say so: it is weighed against what the links
//! report, each peer counts once, and whoever complains is the first to move.

use core::time::Duration;

use indexmap::IndexMap;

use crate::util::id::PeerId;
use crate::util::limits;
use crate::util::time::Time;

/// A complaint counts for so long.
const COUNTED: Duration = Duration::from_secs(300);
/// One complaint of a peer counts in so long.
const PACE: Duration = Duration::from_secs(60);
/// If so many different peers get nothing, it is not their fault.
const SEVERAL: usize = 2;

/// The complaints of the last minutes.
#[derive(Debug, Default)]
pub(crate) struct Complaints {
    by: IndexMap<PeerId, Complaint>,
}

#[derive(Clone, Copy, Debug)]
struct Complaint {
    at: Time,
    /// The links did not say otherwise.
    credible: bool,
}

/// What a complaint comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Several peers get nothing, and nothing speaks against it.
    pub(crate) is_broken: bool,
    /// The same peer complains again and is still here: it had better be elsewhere.
    pub(crate) moves: bool,
}

impl Complaints {
    /// A child gets nothing although there is something to send. `delivers` says that the links
    /// show otherwise.
    pub(crate) fn note(&mut self, now: Time, peer: &PeerId, delivers: bool) -> Verdict {
        self.by.retain(|_, complaint| now.since(complaint.at) < COUNTED);
        let before = self.by.get(peer);
        if before.is_some_and(|complaint| now.since(complaint.at) < PACE) {
            return Verdict::default();
        }
        let moves = before.is_some();
        if !moves && self.by.len() >= limits::SUSPECTS {
            self.by.shift_remove_index(0);
        }
        self.by.insert(peer.clone(), Complaint { at: now, credible: !delivers });
        let credible = self.by.values().filter(|complaint| complaint.credible).count();
        Verdict { is_broken: !delivers && credible >= SEVERAL, moves }
    }

    /// Whether a peer has complained lately.
    pub(crate) fn is_from(&self, peer: &PeerId) -> bool {
        self.by.contains_key(peer)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const BROKEN: Verdict = Verdict { is_broken: true, moves: false };
    const MOVES: Verdict = Verdict { is_broken: false, moves: true };
    const NOTHING: Verdict = Verdict { is_broken: false, moves: false };

    fn id(text: &str) -> PeerId {
        PeerId::new(text).unwrap()
    }

    fn at(seconds: u64) -> Time {
        Time::from_millis(seconds * 1_000)
    }

    #[test]
    fn two_peers_are_believed_where_nothing_says_otherwise() {
        let mut complaints = Complaints::default();
        assert_eq!(complaints.note(at(0), &id("a"), false), NOTHING);
        assert_eq!(complaints.note(at(5), &id("b"), false), BROKEN);
        assert!(complaints.is_from(&id("a")) && !complaints.is_from(&id("c")));
        assert_eq!(complaints.note(at(299), &id("c"), false), BROKEN);
        assert_eq!(complaints.note(at(900), &id("d"), false), NOTHING, "long ago");
    }

    #[test]
    fn one_peer_counts_once_and_is_moved() {
        let mut complaints = Complaints::default();
        assert_eq!(complaints.note(at(0), &id("a"), false), NOTHING);
        assert_eq!(complaints.note(at(59), &id("a"), false), NOTHING, "within a minute");
        assert_eq!(complaints.note(at(60), &id("a"), false), MOVES);
        assert_eq!(complaints.note(at(120), &id("a"), false), MOVES);
    }

    #[test]
    fn what_the_links_report_weighs_more() {
        let mut complaints = Complaints::default();
        for minute in 0..10 {
            for peer in ["a", "b", "c"] {
                let verdict = complaints.note(at(minute * 60), &id(peer), true);
                assert!(!verdict.is_broken && verdict.moves == (minute > 0));
            }
        }
        assert_eq!(
            complaints.note(at(600), &id("d"), false),
            NOTHING,
            "it is the first credible one"
        );
    }

    #[test]
    fn a_crowd_of_names_takes_no_more_memory() {
        let mut complaints = Complaints::default();
        for name in 0..1_000 {
            complaints.note(at(name / 100), &id(&format!("x{name}")), true);
        }
        assert_eq!(complaints.by.len(), limits::SUSPECTS);
        assert_eq!(complaints.note(at(11), &id("a"), false), NOTHING);
        assert_eq!(complaints.note(at(12), &id("b"), false), BROKEN, "honest ones are still heard");
    }
}
