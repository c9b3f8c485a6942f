//! The standby: a link to a second possible parent, kept warm for the moment the first one goes.

use core::time::Duration;

use indexmap::IndexSet;
use rand_core::RngCore;

use crate::util::id::{LinkId, PeerId};
use crate::util::random::{Backoff, below, jitter};
use crate::util::time::Time;

/// How soon after being adopted a peer looks for its standby, at the most.
const SETTLE: Duration = Duration::from_millis(1_500);
/// The waits after all candidates were tried in vain.
const RETRY: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));
/// How long a warm one is kept before another one is given up for a better one.
const KEPT: Duration = Duration::from_secs(10);
/// After so many candidates that are far down, the next is taken: better far than none.
const FAR: u32 = 2;
/// Peers that refusals have named and that are still to be asked.
const NAMED: usize = 16;
/// After so many of them, another part of the tree is tried.
const STEPS: u32 = 8;

/// The search for a standby, and the standby.
#[derive(Debug)]
pub(crate) struct Standby {
    state: State,
    next: Option<Time>,
    rejected: IndexSet<PeerId>,
    /// The last one is asked first.
    named: Vec<PeerId>,
    steps: u32,
    /// Candidates that would do, but are far down.
    far: u32,
    /// Until when it sends pictures without being the parent.
    activated: Option<Time>,
    backoff: Backoff,
    /// When a warm one was given up last for a better one.
    replaced: Option<Time>,
}

#[derive(Debug)]
enum State {
    None,
    Dialling(LinkId, PeerId),
    Warm(LinkId, PeerId, Vec<PeerId>),
}

impl Standby {
    pub(crate) fn new() -> Self {
        Self {
            state: State::None,
            next: None,
            rejected: IndexSet::new(),
            named: Vec::new(),
            steps: 0,
            far: 0,
            activated: None,
            backoff: Backoff::new(RETRY.0, RETRY.1),
            replaced: None,
        }
    }

    /// Looks for a standby soon, unless there is one.
    pub(crate) fn want(&mut self, now: Time, rng: &mut impl RngCore) {
        if matches!(self.state, State::None) {
            self.next = Some(now + jitter(rng, SETTLE));
        }
    }

    /// Whether it is time to dial one of the candidates.
    pub(crate) fn is_due(&self, now: Time) -> bool {
        matches!(self.state, State::None) && self.next.is_some_and(|next| now >= next)
    }

    /// Whom a refusal has named last, otherwise the grandparent, otherwise one of the candidates,
    /// but none that was found useless. If there is none, all get another chance later.
    ///
    /// The candidates are those that everybody in this part of the tree knows, so a crowd that asked
    /// them would find no room. Below its grandparent, each family has room for its own.
    pub(crate) fn choose(
        &mut self,
        now: Time,
        grandparent: Option<PeerId>,
        candidates: impl IntoIterator<Item = PeerId>,
        rng: &mut impl RngCore,
    ) -> Option<PeerId> {
        if self.steps < STEPS {
            self.steps += 1;
            while let Some(named) = self.named.pop() {
                if !self.rejected.contains(&named) {
                    return Some(named);
                }
            }
        }
        self.named.clear();
        self.steps = 0;
        if let Some(peer) = grandparent.filter(|peer| !self.rejected.contains(peer)) {
            return Some(peer);
        }
        let mut candidates: Vec<_> = candidates.into_iter().collect();
        candidates.retain(|peer| !self.rejected.contains(peer));
        if candidates.is_empty() {
            self.rejected.clear();
            self.far = FAR;
            self.next = Some(now + self.backoff.wait(rng));
            return None;
        }
        Some(candidates.swap_remove(below(rng, candidates.len())))
    }

    /// The chosen candidate is being dialled.
    pub(crate) fn dialled(&mut self, peer: PeerId, link: LinkId) {
        (self.next, self.activated) = (None, None);
        self.state = State::Dialling(link, peer);
    }

    /// The candidate is connected and useful; this is its way from the host, itself included.
    pub(crate) fn warmed(&mut self, path: Vec<PeerId>) {
        match core::mem::replace(&mut self.state, State::None) {
            State::Dialling(link, peer) | State::Warm(link, peer, _) => {
                self.state = State::Warm(link, peer, path);
                self.rejected.clear();
                self.far = 0;
                self.backoff.reset();
            }
            State::None => {}
        }
    }

    /// Whether a candidate may be further down than this peer would like; it counts them.
    pub(crate) fn may_be_far(&mut self) -> bool {
        self.far += 1;
        self.far > FAR
    }

    /// The way from the host to the warm standby.
    pub(crate) fn path(&self) -> Option<&[PeerId]> {
        match &self.state {
            State::Warm(_, _, path) => Some(path),
            _ => None,
        }
    }

    /// A refusal names others to ask, who are asked before those that were named earlier.
    pub(crate) fn name(&mut self, peers: &[PeerId], rng: &mut impl RngCore) {
        let (later, first) = peers.split_at(below(rng, peers.len()));
        self.named.extend(first.iter().chain(later).cloned());
        let surplus = self.named.len().saturating_sub(NAMED);
        self.named.drain(..surplus);
    }

    /// There are new candidates: the next attempt is soon.
    pub(crate) fn news(&mut self, now: Time, rng: &mut impl RngCore) {
        let soon = now + jitter(rng, SETTLE);
        if self.deadline().is_some_and(|next| next > soon) {
            self.next = Some(soon);
        }
    }

    /// The chosen candidate cannot be one: look for another soon.
    pub(crate) fn useless(&mut self, now: Time, peer: PeerId, rng: &mut impl RngCore) {
        self.rejected.insert(peer);
        self.reject(now, rng);
    }

    /// The link is of no use any more: look for another candidate soon. Returns whom it led to.
    pub(crate) fn reject(&mut self, now: Time, rng: &mut impl RngCore) -> Option<PeerId> {
        self.next = Some(now + jitter(rng, SETTLE / 4));
        match core::mem::replace(&mut self.state, State::None) {
            State::Dialling(_, peer) | State::Warm(_, peer, _) => {
                self.rejected.insert(peer.clone());
                Some(peer)
            }
            State::None => None,
        }
    }

    /// The warm standby, unless it is activated already; it counts as activated until then.
    pub(crate) fn activate(&mut self, until: Time) -> Option<LinkId> {
        let State::Warm(link, ..) = self.state else { return None };
        self.activated.replace(until).is_none().then_some(link)
    }

    /// Until when the standby is activated, if it is.
    pub(crate) fn activated(&self) -> Option<Time> {
        self.activated.filter(|_| matches!(self.state, State::Warm(..)))
    }

    /// The warm standby, if it was activated; it is not any more.
    pub(crate) fn rest(&mut self) -> Option<LinkId> {
        self.activated.take()?;
        let State::Warm(link, ..) = self.state else { return None };
        Some(link)
    }

    /// The warm standby, which becomes the parent.
    pub(crate) fn take(&mut self) -> Option<(PeerId, LinkId)> {
        match core::mem::replace(&mut self.state, State::None) {
            State::Warm(link, peer, _) => Some((peer, link)),
            other => {
                self.state = other;
                None
            }
        }
    }

    /// Gives the warm standby up for a better one, unless that was done just before. Returns the link
    /// to close.
    pub(crate) fn replace(&mut self, now: Time, rng: &mut impl RngCore) -> Option<LinkId> {
        if self.replaced.is_some_and(|at| now.since(at) < KEPT) {
            return None;
        }
        self.replaced = Some(now);
        self.named.clear();
        let link = self.stop();
        self.want(now, rng);
        link
    }

    /// Gives up whatever there is; returns the link to close.
    pub(crate) fn stop(&mut self) -> Option<LinkId> {
        self.next = None;
        match core::mem::replace(&mut self.state, State::None) {
            State::Dialling(link, _) | State::Warm(link, ..) => Some(link),
            State::None => None,
        }
    }

    /// When [`Standby::is_due`] becomes true.
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
        let mut standby = Standby::new();
        let (now, candidates) = (Time::default(), || [id("a"), id("b")]);
        standby.want(now, rng);
        standby.name(&[id("c")], rng);
        let mut tried = Vec::new();
        while let Some(chosen) = standby.choose(now, None, candidates(), rng) {
            let link = LinkId(tried.len() as u32);
            tried.push(chosen.to_string());
            standby.dialled(chosen, link);
            assert!(
                matches!(standby.state, State::Dialling(own, _) if own == link)
                    && standby.take().is_none()
            );
            standby.reject(now, rng);
        }
        tried.sort();
        assert_eq!(tried, ["a", "b", "c"]);
        let later = standby.deadline().unwrap();
        assert!(later >= now + RETRY.0 / 2 && !standby.is_due(now) && standby.is_due(later));
        let chosen = standby.choose(later, None, candidates(), rng).unwrap();
        standby.dialled(chosen, LinkId(9));
        assert_eq!(standby.activate(later), None, "not warm yet");
        standby.warmed(vec![id("host"), id("a")]);
        assert_eq!(standby.rest(), None);
        assert_eq!((standby.activate(later), standby.activated()), (Some(LinkId(9)), Some(later)));
        assert_eq!(standby.activate(later), None, "once");
        assert_eq!((standby.rest(), standby.activated()), (Some(LinkId(9)), None));
        assert_eq!(standby.take().map(|(_, link)| link), Some(LinkId(9)));
        assert_eq!(standby.stop(), None);
    }

    #[test]
    fn refusals_lead_down_from_the_grandparent_and_not_too_far() {
        let rng = &mut Pcg64Mcg::seed_from_u64(2);
        let mut standby = Standby::new();
        let now = Time::default();
        let above = || Some(id("grandparent"));
        for step in 0..=STEPS {
            let chosen = standby.choose(now, above(), [id("backup")], rng).unwrap().to_string();
            let expected = if step == 0 { "grandparent".to_owned() } else { format!("n{step}") };
            assert_eq!(chosen, expected);
            standby.dialled(id(&chosen), LinkId(step));
            let next = step + 1;
            standby.name(&[id(&format!("n{next}"))], rng);
            standby.reject(now, rng);
        }
        assert_eq!(standby.choose(now, above(), [id("backup")], rng), Some(id("backup")));
        standby.name(&(0..99).map(|i| id(&format!("m{i}"))).collect::<Vec<_>>(), rng);
        assert_eq!(standby.named.len(), NAMED);
    }

    #[test]
    fn a_better_one_is_looked_for_among_the_candidates() {
        let rng = &mut Pcg64Mcg::seed_from_u64(4);
        let mut standby = Standby::new();
        let now = Time::from_millis(60_000);
        standby.name(&[id("low"), id("lower")], rng);
        standby.dialled(id("a"), LinkId(1));
        standby.warmed(vec![id("host"), id("a")]);
        standby.replace(now, rng).unwrap();
        assert_eq!(standby.choose(now, None, [id("backup")], rng), Some(id("backup")));
    }

    #[test]
    fn a_warm_one_is_not_given_up_for_a_better_one_again_and_again() {
        let rng = &mut Pcg64Mcg::seed_from_u64(3);
        let mut standby = Standby::new();
        let warm = |standby: &mut Standby| {
            standby.dialled(id("a"), LinkId(1));
            standby.warmed(vec![id("host"), id("a")]);
        };
        warm(&mut standby);
        let now = Time::from_millis(60_000);
        assert_eq!(standby.replace(now, rng), Some(LinkId(1)));
        assert!(standby.deadline().is_some(), "another one is looked for");
        warm(&mut standby);
        assert_eq!(standby.replace(now + KEPT / 2, rng), None);
        assert_eq!(standby.replace(now + KEPT, rng), Some(LinkId(1)));
    }
}
