//! Moving to a better place that the parent has named.

use core::time::Duration;

use rand_core::RngCore;

use crate::util::id::PeerId;
use crate::util::random::{Backoff, jitter};
use crate::util::time::Time;
use crate::wire::message::ReparentHint;

/// How soon after learning of a better place a peer asks for it, at the most.
const SETTLE: Duration = Duration::from_secs(4);
/// The waits after a better place was asked for in vain.
const RETRY: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(320));

/// The wish for a better place.
#[derive(Debug)]
pub(crate) struct Reparenting {
    hint: Option<ReparentHint>,
    /// The parent that the person has chosen; no better place takes this peer away from it.
    chosen: Option<PeerId>,
    next: Option<Time>,
    backoff: Backoff,
}

/// Where a peer is now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CurrentPlace<'a> {
    /// `None` while the peer has no way to the host.
    pub(crate) depth: Option<u32>,
    pub(crate) parent: Option<&'a PeerId>,
    /// Whether others depend on it: it has children and slots.
    pub(crate) relays: bool,
}

impl Reparenting {
    pub(crate) fn new() -> Self {
        let backoff = Backoff::new(RETRY.0, RETRY.1);
        Self { hint: None, chosen: None, next: None, backoff }
    }

    /// The parent knows a better place for this peer, for one below it, or none.
    pub(crate) fn hinted(
        &mut self,
        now: Time,
        hint: Option<ReparentHint>,
        place: CurrentPlace<'_>,
        rng: &mut impl RngCore,
    ) {
        self.hint = hint;
        let Some(hint) = self.useful_hint(place) else {
            self.next = None;
            return;
        };
        // A place that is taken is worth less haste: two peers move for it.
        let settle = if hint.displaces { SETTLE * 4 } else { SETTLE };
        if self.next.is_none() {
            self.next = Some(now + jitter(rng, settle));
        }
    }

    /// The person wants this peer for a parent.
    pub(crate) fn choose(&mut self, peer: PeerId) {
        self.chosen = Some(peer);
    }

    /// Whether the person has chosen the parent, or there is none and none was chosen.
    pub(crate) fn is_chosen(&self, parent: Option<&PeerId>) -> bool {
        self.chosen.as_ref() == parent
    }

    /// A parent is found: what was known of better places is history.
    pub(crate) fn attached(&mut self, parent: Option<&PeerId>) {
        let chosen = self.chosen.take().filter(|chosen| Some(chosen) == parent);
        *self = Self { chosen, ..Self::new() };
    }

    /// When to call [`Reparenting::tick`].
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.next
    }

    /// Time has passed. Returns the peer to ask for its place.
    pub(crate) fn tick(
        &mut self,
        now: Time,
        place: CurrentPlace<'_>,
        rng: &mut impl RngCore,
    ) -> Option<PeerId> {
        self.next.take_if(|next| now >= *next)?;
        let better = self.useful_hint(place)?.id.clone();
        self.next = Some(now + self.backoff.wait(rng));
        Some(better)
    }

    /// The better place to tell the children of: one that this peer does not want itself.
    pub(crate) fn hint_for_children(&self, place: CurrentPlace<'_>) -> Option<&ReparentHint> {
        self.hint.as_ref().filter(|_| self.useful_hint(place).is_none())
    }

    /// The better place that this peer itself would take.
    fn useful_hint(&self, place: CurrentPlace<'_>) -> Option<&ReparentHint> {
        let depth = place.depth?;
        if self.is_chosen(place.parent) {
            return None;
        }
        let hint = self.hint.as_ref()?;
        (hint.is_above(depth) && (place.relays || !hint.displaces)).then_some(hint)
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

    fn hint(displaces: bool) -> ReparentHint {
        ReparentHint { id: id("better"), depth: 1, displaces }
    }

    fn place(parent: &PeerId, relays: bool) -> CurrentPlace<'_> {
        CurrentPlace { depth: Some(5), parent: Some(parent), relays }
    }

    #[test]
    fn a_better_place_is_asked_for_once_and_again_much_later() {
        let (mut wish, mut rng) = (Reparenting::new(), Pcg64Mcg::seed_from_u64(1));
        let parent = id("parent");
        wish.hinted(Time::default(), Some(hint(false)), place(&parent, false), &mut rng);
        let due = wish.deadline().unwrap();
        assert!(due.as_millis() <= 4_000);
        assert_eq!(wish.tick(due, place(&parent, false), &mut rng), Some(id("better")));
        assert!(wish.deadline().unwrap().since(due) >= RETRY.0 / 2);
    }

    #[test]
    fn only_a_relay_takes_a_place_that_is_taken() {
        let (mut wish, mut rng) = (Reparenting::new(), Pcg64Mcg::seed_from_u64(1));
        let parent = id("parent");
        wish.hinted(Time::default(), Some(hint(true)), place(&parent, false), &mut rng);
        assert_eq!(wish.deadline(), None);
        assert_eq!(wish.hint_for_children(place(&parent, false)), Some(&hint(true)));
        assert_eq!(wish.hint_for_children(place(&parent, true)), None, "it wants it itself");
    }

    #[test]
    fn nothing_takes_a_peer_away_from_the_parent_that_the_person_chose() {
        let (mut wish, mut rng) = (Reparenting::new(), Pcg64Mcg::seed_from_u64(1));
        let parent = id("parent");
        wish.choose(parent.clone());
        wish.attached(Some(&parent));
        wish.hinted(Time::default(), Some(hint(false)), place(&parent, true), &mut rng);
        assert_eq!(wish.deadline(), None);
        wish.attached(Some(&id("other")));
        assert!(!wish.is_chosen(Some(&id("other"))));
    }
}
