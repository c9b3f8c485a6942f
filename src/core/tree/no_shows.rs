//! Peers that were let in and did not come. An offer costs nothing, so a slot is not kept for
//! everybody who makes one.

use core::time::Duration;
use std::collections::VecDeque;

use crate::util::id::PeerId;
use crate::util::limits;
use crate::util::time::Time;

/// How long they are remembered.
const MEMORY: Duration = Duration::from_secs(15);

/// The latest of them.
#[derive(Debug, Default)]
pub(super) struct NoShows(VecDeque<(PeerId, Time)>);

impl NoShows {
    /// This one did not join while a slot was kept for it.
    pub(super) fn note(&mut self, now: Time, peer: PeerId) {
        self.0.retain(|(_, at)| now.since(*at) < MEMORY);
        if self.0.len() >= limits::NO_SHOWS {
            self.0.pop_front();
        }
        self.0.push_back((peer, now));
    }

    /// Whether one of `slots` is kept for this peer. None is while so many come to nothing that
    /// nobody else would get one.
    pub(super) fn trusts(&self, now: Time, peer: &PeerId, slots: u32) -> bool {
        let recent = || self.0.iter().filter(|(_, at)| now.since(*at) < MEMORY);
        recent().count() < 2 * slots as usize && recent().all(|(no_show, _)| no_show != peer)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn id(at: usize) -> PeerId {
        PeerId::new(&format!("p{at}")).unwrap()
    }

    #[test]
    fn whoever_did_not_come_is_not_waited_for_and_of_many_nobody_is() {
        let (mut no_shows, now) = (NoShows::default(), Time::from_millis(1_000_000));
        no_shows.note(now, id(0));
        assert!(!no_shows.trusts(now, &id(0), 4));
        assert!(no_shows.trusts(now, &id(9), 4));
        (1..8).for_each(|at| no_shows.note(now, id(at)));
        assert!(!no_shows.trusts(now, &id(9), 4));
        assert!(no_shows.trusts(now, &id(9), 5));
        assert!(no_shows.trusts(now + MEMORY, &id(0), 4), "it is forgotten");
        (0..limits::NO_SHOWS * 2).for_each(|at| no_shows.note(now, id(at)));
        assert_eq!(no_shows.0.len(), limits::NO_SHOWS);
    }
}
