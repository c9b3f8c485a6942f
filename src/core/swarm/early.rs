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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn candidate() -> Candidate {
        Candidate {
            candidate: String::new(),
            sdp_mid: None,
            sdp_m_line_index: None,
            username_fragment: None,
        }
    }

    #[test]
    fn memory_is_bounded() {
        let (mut early, now) = (EarlyCandidates::default(), Time::from_millis(1_000));
        let connection = |at: usize| (PeerId::new("EVE").unwrap(), format!("dc_{at}"));
        for at in 0..1_000 {
            early.keep(now, connection(at), candidate());
            early.keep(now, connection(0), candidate());
        }
        assert_eq!(early.waiting.len(), CONNECTIONS);
        assert_eq!(early.take(&connection(0)).len(), limits::CANDIDATES);
        early.keep(now + EARLY, connection(1_000), candidate());
        assert_eq!(early.waiting.len(), 1, "those of before are forgotten");
    }
}
