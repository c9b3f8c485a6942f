//! Candidates in the order in which the other end of their way can use them.

use crate::signal::sdp::Candidate;
use crate::util::limits;

/// The candidates of one link. Those that come before the description that they belong to wait.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// The local description is on its way, so candidates may follow it.
    described: bool,
    /// The remote description is set, so candidates may be added.
    remote_set: bool,
    local: Vec<Candidate>,
    remote: Vec<Candidate>,
    /// How many of the other side's came.
    count: usize,
}

impl Candidates {
    /// Whether the local description is on its way.
    pub(super) fn is_described(&self) -> bool {
        self.described
    }

    /// Whether the remote description is set.
    pub(super) fn is_remote_set(&self) -> bool {
        self.remote_set
    }

    /// A local candidate was found. Returns it if it may be sent now.
    pub(super) fn local(&mut self, candidate: Candidate) -> Option<Candidate> {
        if self.described {
            return Some(candidate);
        }
        if self.local.len() < limits::CANDIDATES {
            self.local.push(candidate);
        }
        None
    }

    /// The other side's candidate came. Returns it if it may be added now.
    pub(super) fn remote(&mut self, candidate: Candidate) -> Option<Candidate> {
        if self.count >= limits::CANDIDATES {
            return None;
        }
        self.count += 1;
        if self.remote_set {
            return Some(candidate);
        }
        self.remote.push(candidate);
        None
    }

    /// The local description is on its way: these candidates follow it.
    pub(super) fn describe(&mut self) -> Vec<Candidate> {
        self.described = true;
        core::mem::take(&mut self.local)
    }

    /// The remote description is set: these candidates can be added.
    pub(super) fn set_remote(&mut self) -> Vec<Candidate> {
        self.remote_set = true;
        core::mem::take(&mut self.remote)
    }

    /// The local description and the candidates of a new generation follow.
    pub(super) fn restart(&mut self) {
        (self.described, self.count) = (false, 0);
    }
}

#[cfg(test)]
mod tests {
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
    fn only_so_many_of_the_other_side_are_taken() {
        let mut candidates = Candidates::default();
        for _ in 0..1_000 {
            assert_eq!(candidates.remote(candidate()), None, "they wait");
        }
        assert_eq!(candidates.set_remote().len(), limits::CANDIDATES);
        assert_eq!(candidates.remote(candidate()), None);
        candidates.restart();
        assert!(candidates.remote(candidate()).is_some(), "of a new generation");
    }
}
