//! What peers tell each other of the places in the tree.

use serde::{Deserialize, Serialize};

use super::limits;
use crate::util::id::PeerId;

/// What a child tells its parent about its subtree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// Peers in the subtree, the child included.
    pub size: u32,
    /// Levels in the subtree below the child.
    pub height: u32,
    /// How many children the child takes.
    pub slots: u32,
    /// How many free slots there are in the subtree.
    pub free: u32,
    /// The shallowest peers in it with free slots.
    pub free_slots: Vec<FreeSlot>,
    /// The shallowest peers in it that have none, but a child without children that could never
    /// feed any, and so would better be a leaf further down.
    pub displaceable: Vec<FreeSlot>,
}

/// A peer with free slots, or with children to displace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreeSlot {
    /// Its id.
    pub id: PeerId,
    /// Its distance to the peer whose summary names it.
    pub distance: u32,
    /// How many slots are free.
    pub free: u32,
    /// The round trips of the links between the two, summed up, in milliseconds.
    #[serde(default)]
    pub rtt: u32,
}

/// A place in which a peer that is further down would make the tree flatter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReparentHint {
    /// The parent to be.
    pub id: PeerId,
    /// The depth that its new child would have.
    pub depth: u32,
    /// The slot is taken by a peer that can feed no child: only one that can may ask for it.
    pub displaces: bool,
}

impl ReparentHint {
    /// Whether a peer at `depth` would rise by more than it costs to move.
    pub(crate) fn is_above(&self, depth: u32) -> bool {
        self.depth.saturating_add(1) < depth
    }
}

/// With fewer slots for each peer on average, a tree's depth depends on where the strong ones are.
const LEAST_SLOTS: f64 = 1.5;

impl Summary {
    /// How many levels the subtree would need if everyone in it had as many slots as they have on
    /// average, the last one counted if it were at least half full; `None` where that is too few
    /// to say.
    pub(crate) fn best_depth(&self) -> Option<u32> {
        let slots = f64::from(self.free) / f64::from(self.size) + 1.0;
        if slots < LEAST_SLOTS {
            return None;
        }
        let (mut depth, mut level, mut all) = (0, slots, 1.0);
        while all + level / 2.0 < f64::from(self.size) {
            all += level;
            level *= slots;
            depth += 1;
        }
        Some(depth)
    }

    pub(super) fn clamp(&mut self) {
        self.free_slots.truncate(limits::CANDIDATE_PARENTS);
        self.displaceable.truncate(limits::CANDIDATE_PARENTS);
        self.size = self.size.max(1);
        self.free = self.free.min(self.size.saturating_mul(limits::CHILDREN as u32));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_depth_follows_from_slots() {
        let depth = |size, free| Summary { size, free, ..Summary::default() }.best_depth();
        // Of three slots each, all but one of these peers hold one.
        assert_eq!(depth(13, 39 - 12), Some(2));
        assert_eq!(depth(14, 42 - 13), Some(2), "a level for one does not count");
        assert_eq!(depth(40, 120 - 39), Some(3));
        assert_eq!(depth(1, 4), Some(0));
        assert_eq!(depth(1_000, 100), None);
        assert_eq!(depth(u32::MAX, u32::MAX), Some(31));
    }
}
