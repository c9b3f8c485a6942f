//! Candidates that come before the offer that they belong to.

use core::time::Duration;

use indexmap::IndexMap;

use crate::signal::sdp::Candidate;
use crate::util::id::PeerId;
use crate::util::limits;
use crate::util::time::Time;

/// How long candidates wait.
const EARLY: Duration = Duration::from_secs(30);
/// Connections whose candidates may wait.
const CONNECTIONS: usize = 64;

/// They wait by peer and connection id.
#[derive(Default)]
pub(super) struct EarlyCandidates {
    waiting: IndexMap<(PeerId, String), (Time, Vec<Candidate>)>,
}

impl EarlyCandidates {
    pub(super) fn keep(&mut self, now: Time, connection: (PeerId, String), candidate: Candidate) {
        self.waiting.retain(|_, (since, _)| now.since(*since) < EARLY);
        if self.waiting.len() >= CONNECTIONS && !self.waiting.contains_key(&connection) {
            return;
        }
        let (_, candidates) = self.waiting.entry(connection).or_insert_with(|| (now, Vec::new()));
        if candidates.len() < limits::CANDIDATES {
            candidates.push(candidate);
        }
    }

    pub(super) fn take(&mut self, connection: &(PeerId, String)) -> Vec<Candidate> {
        self.waiting.shift_remove(connection).map(|(_, candidates)| candidates).unwrap_or_default()
    }
}
