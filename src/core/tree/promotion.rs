//! Moving up to the standby where that is nearer to the host.
//!
//! A subtree that has lost its place near the host hangs far down at first. So each peer in it
//! looks after itself, all at once: a standby is outside the subtree, thus mostly nearer to the
//! host. No circle can come of it, for a peer moves up only below peers that are above it already.

use core::time::Duration;

use rand_core::RngCore;

use crate::util::random::jitter;
use crate::util::time::Time;

/// So many levels are worth some haste.
const FAR: usize = 2;
/// How soon a peer that is that far down moves, at the most, if others hang below it. They come
/// along, so a peer without children waits for longer.
const SOON: Duration = Duration::from_secs(4);
/// How much longer everyone waits for less.
const LEISURE: u32 = 5;

/// The wish to move to the standby.
#[derive(Debug, Default)]
pub(crate) struct Promotion {
    at: Option<Time>,
    /// The standby has been asked for pictures, to move to it when they come.
    on_trial: bool,
}

impl Promotion {
    /// The way to the host of this peer or of its standby has changed: a move would gain `gain`
    /// levels. `low` says that the peer is much deeper than the room needs.
    pub(crate) fn weigh(
        &mut self,
        now: Time,
        gain: usize,
        low: bool,
        has_children: bool,
        rng: &mut impl RngCore,
    ) {
        if gain == 0 {
            self.at = None;
            return;
        }
        let soon = if has_children { SOON } else { SOON * 2 };
        let wait = if gain < FAR && !low { soon * LEISURE } else { soon };
        let at = now + jitter(rng, wait);
        self.at = Some(self.at.map_or(at, |before| before.min(at)));
    }

    /// When to call [`Promotion::is_due`].
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.at
    }

    /// Whether it is time to move. It says so once.
    pub(crate) fn is_due(&mut self, now: Time) -> bool {
        self.at.take_if(|at| now >= *at).is_some()
    }

    /// The standby is asked for pictures, to move to it when they come.
    pub(crate) fn begin_trial(&mut self) {
        self.on_trial = true;
    }

    /// Whether the standby was asked for pictures in order to move to it; not any more.
    pub(crate) fn end_trial(&mut self) -> bool {
        core::mem::take(&mut self.on_trial)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rand_core::SeedableRng;
    use rand_pcg::Pcg64Mcg;

    use super::*;

    fn due(gain: usize, low: bool, has_children: bool) -> Option<u64> {
        let mut promotion = Promotion::default();
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        promotion.weigh(Time::default(), gain, low, has_children, &mut rng);
        promotion.deadline().map(Time::as_millis)
    }

    #[test]
    fn the_more_a_move_gains_the_sooner_it_is() {
        assert_eq!(due(0, true, true), None);
        let soon = due(2, false, true).unwrap();
        assert!(soon <= 4_000, "{soon}");
        assert_eq!(due(1, true, true), Some(soon));
        assert!(due(1, false, true).unwrap() >= 10_000);
        assert!(due(2, false, false).unwrap() > soon);
    }

    #[test]
    fn a_move_is_due_once_and_never_put_off() {
        let (mut promotion, mut rng) = (Promotion::default(), Pcg64Mcg::seed_from_u64(1));
        promotion.weigh(Time::default(), 2, false, true, &mut rng);
        let first = promotion.deadline().unwrap();
        promotion.weigh(first, 1, false, true, &mut rng);
        assert!(promotion.is_due(first));
        assert!(!promotion.is_due(first));
    }
}
