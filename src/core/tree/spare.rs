//! The spare: a link to a second possible parent, kept warm for the moment the first one goes.

use core::time::Duration;

use indexmap::IndexSet;
use rand_core::RngCore;

use crate::id::{LinkId, PeerId};
use crate::random::{Backoff, jitter};
use crate::time::Time;

/// How soon after being adopted a peer looks for its spare, at the most.
const SETTLE: Duration = Duration::from_millis(1_500);
/// The waits after all candidates were tried in vain.
const RETRY: (Duration, Duration) = (Duration::from_secs(3), Duration::from_secs(30));

/// The search for a spare, and the spare.
#[derive(Debug)]
pub(crate) struct Spare {
    state: State,
    next: Option<Time>,
    rejected: IndexSet<PeerId>,
    backoff: Backoff,
}

#[derive(Debug)]
enum State {
    None,
    Dialling(LinkId, PeerId),
    Warm(LinkId, PeerId, Vec<PeerId>),
}

impl Spare {
    pub(crate) fn new() -> Self {
        Self {
            state: State::None,
            next: None,
            rejected: IndexSet::new(),
            backoff: Backoff::new(RETRY.0, RETRY.1),
        }
    }

    /// Looks for a spare soon, unless there is one.
    pub(crate) fn want(&mut self, now: Time, rng: &mut impl RngCore) {
        if matches!(self.state, State::None) {
            self.next = Some(now + jitter(rng, SETTLE));
        }
    }

    /// Whether it is time to dial one of the candidates.
    pub(crate) fn is_due(&self, now: Time) -> bool {
        matches!(self.state, State::None) && self.next.is_some_and(|next| now >= next)
    }

    /// The first candidate that was not found useless; if there is none, all get another chance
    /// later.
    pub(crate) fn choose(
        &mut self,
        now: Time,
        candidates: impl IntoIterator<Item = PeerId>,
        rng: &mut impl RngCore,
    ) -> Option<PeerId> {
        let chosen = candidates.into_iter().find(|peer| !self.rejected.contains(peer));
        if chosen.is_none() {
            self.rejected.clear();
            self.next = Some(now + self.backoff.wait(rng));
        }
        chosen
    }

    /// The chosen candidate is being dialled.
    pub(crate) fn dialled(&mut self, peer: PeerId, link: LinkId) {
        self.next = None;
        self.state = State::Dialling(link, peer);
    }

    /// The candidate is connected and useful; this is its way from the host, itself included.
    pub(crate) fn warmed(&mut self, path: Vec<PeerId>) {
        match core::mem::replace(&mut self.state, State::None) {
            State::Dialling(link, peer) | State::Warm(link, peer, _) => {
                self.state = State::Warm(link, peer, path);
                self.rejected.clear();
                self.backoff.reset();
            }
            State::None => {}
        }
    }

    /// The way from the host to the warm spare.
    pub(crate) fn path(&self) -> Option<&[PeerId]> {
        match &self.state {
            State::Warm(_, _, path) => Some(path),
            _ => None,
        }
    }

    /// Whether `link` is the spare's, warm or not.
    pub(crate) fn owns(&self, link: LinkId) -> bool {
        matches!(self.state, State::Dialling(own, _) | State::Warm(own, ..) if own == link)
    }

    /// The link is of no use any more: look for another candidate soon.
    pub(crate) fn reject(&mut self, now: Time, rng: &mut impl RngCore) {
        match core::mem::replace(&mut self.state, State::None) {
            State::Dialling(_, peer) | State::Warm(_, peer, _) => {
                self.rejected.insert(peer);
            }
            State::None => {}
        }
        self.next = Some(now + jitter(rng, SETTLE / 4));
    }

    /// The warm spare, which becomes the parent.
    pub(crate) fn take(&mut self) -> Option<(PeerId, LinkId)> {
        match core::mem::replace(&mut self.state, State::None) {
            State::Warm(link, peer, _) => Some((peer, link)),
            other => {
                self.state = other;
                None
            }
        }
    }

    /// Gives up whatever there is; returns the link to close.
    pub(crate) fn stop(&mut self) -> Option<LinkId> {
        self.next = None;
        match core::mem::replace(&mut self.state, State::None) {
            State::Dialling(link, _) | State::Warm(link, ..) => Some(link),
            State::None => None,
        }
    }

    /// When [`Spare::is_due`] becomes true.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.next.filter(|_| matches!(self.state, State::None))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rand_core::SeedableRng;
    use rand_pcg::Pcg64Mcg;

    use super::*;

    fn id(text: &str) -> PeerId {
        PeerId::new(text).unwrap()
    }

    #[test]
    fn useless_candidates_are_passed_over_until_all_were_tried() {
        let rng = &mut Pcg64Mcg::seed_from_u64(1);
        let mut spare = Spare::new();
        let (now, candidates) = (Time::default(), || [id("a"), id("b")]);
        spare.want(now, rng);
        for (number, peer) in ["a", "b"].into_iter().enumerate() {
            let chosen = spare.choose(now, candidates(), rng).unwrap();
            assert_eq!(chosen.as_str(), peer);
            spare.dialled(chosen, LinkId(number as u32));
            assert!(spare.owns(LinkId(number as u32)) && spare.take().is_none());
            spare.reject(now, rng);
        }
        assert_eq!(spare.choose(now, candidates(), rng), None);
        let later = spare.deadline().unwrap();
        assert!(later >= now + RETRY.0 / 2 && !spare.is_due(now) && spare.is_due(later));
        let chosen = spare.choose(later, candidates(), rng).unwrap();
        spare.dialled(chosen, LinkId(9));
        spare.warmed(vec![id("host"), id("a")]);
        assert_eq!(spare.take(), Some((id("a"), LinkId(9))));
        assert_eq!(spare.stop(), None);
    }
}
