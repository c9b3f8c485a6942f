//! How far peers are believed that are said to have free slots, and children that say so: half as
//! far with each joiner who was sent there and comes back.

use core::time::Duration;

use indexmap::IndexMap;

use crate::util::id::PeerId;
use crate::util::limits;
use crate::util::time::Time;

/// After so long a peer is believed twice as far again: the joiner may have been to blame.
const RECOVERY: Duration = Duration::from_secs(30);
/// Trust is not halved more often, so that it comes back within minutes.
const MOST: u8 = 6;

/// The peers that are believed less than others; usually there are none.
#[derive(Debug, Default)]
pub(crate) struct Trust {
    doubted: IndexMap<PeerId, Doubt>,
}

#[derive(Clone, Copy, Debug)]
struct Doubt {
    halvings: u8,
    since: Time,
    /// The largest subtree that the peer has told of meanwhile.
    largest: u32,
}

impl Trust {
    /// How often the trust in a peer has been halved.
    pub(crate) fn halvings(&self, peer: &PeerId) -> u8 {
        self.doubted.get(peer).map_or(0, |doubt| doubt.halvings)
    }

    /// What is believed of so many free slots that a child claims to be below it.
    pub(crate) fn believed(&self, child: &PeerId, free: u32) -> u32 {
        free >> self.halvings(child)
    }

    /// A joiner who was sent to a peer has come back, while that one, whose subtree has so many peers
    /// in it, is still said to have as many free slots.
    pub(crate) fn halve(&mut self, now: Time, peer: &PeerId, size: u32) {
        self.recover(now);
        if !self.doubted.contains_key(peer) && self.doubted.len() >= limits::SUSPECTS {
            self.doubted.shift_remove_index(0);
        }
        let doubt = Doubt { halvings: 0, since: now, largest: size };
        let doubt = self.doubted.entry(peer.clone()).or_insert(doubt);
        doubt.halvings = (doubt.halvings + 1).min(MOST);
        (doubt.since, doubt.largest) = (now, doubt.largest.max(size));
    }

    /// A child tells of its subtree. If there are more peers in it than ever since it was doubted, it
    /// has taken somebody in.
    pub(crate) fn told(&mut self, child: &PeerId, size: u32) {
        if let Some(doubt) = self.doubted.get_mut(child).filter(|doubt| size > doubt.largest) {
            doubt.largest = size;
            doubt.halvings -= 1;
        }
        self.forget();
    }

    /// Time has passed.
    pub(crate) fn recover(&mut self, now: Time) {
        for doubt in self.doubted.values_mut() {
            while doubt.halvings > 0 && now.since(doubt.since) >= RECOVERY {
                doubt.halvings -= 1;
                doubt.since = doubt.since + RECOVERY;
            }
        }
        self.forget();
    }

    fn forget(&mut self) {
        self.doubted.retain(|_, doubt| doubt.halvings > 0);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn id(text: &str) -> PeerId {
        PeerId::new(text).unwrap()
    }

    fn at(seconds: u64) -> Time {
        Time::from_millis(seconds * 1_000)
    }

    #[test]
    fn trust_halves_and_comes_back_with_time() {
        let (mut trust, child) = (Trust::default(), id("a"));
        assert_eq!(trust.believed(&child, 60), 60);
        for (second, believed) in [(0, 30), (1, 15), (2, 7), (3, 3), (4, 1), (5, 0), (6, 0)] {
            trust.halve(at(second), &child, 1);
            assert_eq!(trust.believed(&child, 60), believed);
        }
        trust.recover(at(35));
        assert_eq!(trust.believed(&child, 60), 0);
        trust.recover(at(6 + 30 * 2));
        assert_eq!(trust.halvings(&child), MOST - 2);
        trust.recover(at(6 + 30 * 6));
        assert_eq!(trust.believed(&child, 60), 60);
        assert!(trust.doubted.is_empty());
    }

    #[test]
    fn who_takes_somebody_in_is_believed_again() {
        let (mut trust, child) = (Trust::default(), id("a"));
        trust.halve(at(0), &child, 3);
        trust.halve(at(1), &child, 3);
        trust.told(&child, 3);
        assert_eq!(trust.halvings(&child), 2);
        trust.told(&child, 4);
        trust.told(&child, 2);
        trust.told(&child, 4);
        assert_eq!(trust.halvings(&child), 1, "to come and go is no proof");
        trust.told(&child, 5);
        assert_eq!(trust.halvings(&child), 0);
    }

    #[test]
    fn a_crowd_of_liars_takes_no_more_memory() {
        let mut trust = Trust::default();
        (0..1_000).for_each(|name| trust.halve(at(0), &id(&format!("x{name}")), 1));
        assert_eq!(trust.doubted.len(), limits::SUSPECTS);
    }
}
