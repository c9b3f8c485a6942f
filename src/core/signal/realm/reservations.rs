//! Ids that are kept for whoever had them last: other peers know a person by its id, so nobody else
//! may take it as soon as its socket is closed. What is remembered of the token is its hash.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use sha2::{Digest, Sha256};

use crate::util::id::PeerId;
use crate::util::limits;
use crate::util::time::Time;

type Hash = [u8; 32];

/// The ids that are kept.
#[derive(Debug, Default)]
pub(super) struct Reservations {
    kept: IndexMap<PeerId, (Time, Hash)>,
    /// All of them by the time at which they are free.
    expiry: BTreeSet<(Time, PeerId)>,
}

impl Reservations {
    /// Keeps an id for whoever knows the token. Where there are too many, the one that is free first
    /// is given up.
    pub(super) fn keep(&mut self, until: Time, id: &PeerId, token: &str) {
        self.release(id);
        if self.kept.len() >= limits::SIGNAL_RESERVATIONS
            && let Some((_, first)) = self.expiry.pop_first()
        {
            self.kept.swap_remove(&first);
        }
        self.kept.insert(id.clone(), (until, hash(token)));
        self.expiry.insert((until, id.clone()));
    }

    /// Whether an id is kept for somebody with another token.
    pub(super) fn bars(&self, now: Time, id: &PeerId, token: &str) -> bool {
        let kept = self.kept.get(id).filter(|(until, _)| now < *until);
        kept.is_some_and(|(_, kept)| *kept != hash(token))
    }

    /// An id is no longer kept.
    pub(super) fn release(&mut self, id: &PeerId) {
        if let Some((until, _)) = self.kept.swap_remove(id) {
            self.expiry.remove(&(until, id.clone()));
        }
    }

    /// Forgets the ids that have been kept for long enough.
    pub(super) fn expire(&mut self, now: Time) {
        while self.expiry.first().is_some_and(|(until, _)| now >= *until) {
            if let Some((_, id)) = self.expiry.pop_first() {
                self.kept.swap_remove(&id);
            }
        }
    }

    /// How many ids are kept.
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }
}

fn hash(token: &str) -> Hash {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn memory_is_bounded_and_the_oldest_goes_first() {
        let mut reservations = Reservations::default();
        let id = |at: usize| PeerId::new(&format!("p{at}")).unwrap();
        let until = |at: usize| Time::from_millis(1_000 + at as u64);
        for at in 0..limits::SIGNAL_RESERVATIONS + 10 {
            reservations.keep(until(at), &id(at), "token");
        }
        assert_eq!(reservations.len(), limits::SIGNAL_RESERVATIONS);
        let bars = |reservations: &Reservations, at| {
            reservations.bars(Time::from_millis(0), &id(at), "other")
        };
        assert!(!bars(&reservations, 9) && bars(&reservations, 10));
        reservations.expire(until(10));
        assert!(!bars(&reservations, 10) && bars(&reservations, 11));
        assert_eq!(reservations.len(), reservations.expiry.len());
    }
}
