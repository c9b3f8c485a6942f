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

    /// Only the host has nobody above it, and nobody is deeper than a path is long.
    pub(super) fn clamp(&mut self) {
        self.depth = self.depth.clamp(1, limits::PATH as u32);
    }
}

/// A peer that takes children only if they find no place elsewhere is named as if it were so much
/// further down, which is further than any other.
pub(crate) const LAST_RESORT: u32 = limits::PATH as u32;

impl FreeSlot {
    /// Whether only those should ask there who find no place elsewhere.
    pub(crate) fn is_last_resort(&self) -> bool {
        self.distance >= LAST_RESORT
    }

    /// Holds what a subtree of so many levels says of a place in it to what can be.
    fn clamp(&mut self, height: u32) {
        let offset = if self.is_last_resort() { LAST_RESORT } else { 0 };
        let levels = (self.distance - offset).min(height);
        self.distance = offset + levels;
        self.free = self.free.min(limits::CHILDREN as u32);
        self.rtt = self.rtt.min(levels * limits::ROUND_TRIP);
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

    /// Holds what is said of a subtree to what a subtree can be. Sums of what is left cannot
    /// overflow.
    pub(crate) fn clamp(&mut self) {
        let slots = limits::CHILDREN as u32;
        self.size = self.size.clamp(1, limits::MEMBERS);
        self.height = self.height.min(self.size - 1).min(limits::PATH as u32);
        self.size = self.size.min(most_below(self.height));
        self.slots = self.slots.min(slots);
        self.free = self.free.min(self.slots + (self.size - 1) * slots);
        self.free_slots.truncate(limits::FREE_SLOTS);
        self.displaceable.truncate(limits::DISPLACEABLE);
        let places = self.free_slots.iter_mut().chain(&mut self.displaceable);
        places.for_each(|place| place.clamp(self.height));
    }
}

/// Holds how many people are said to be in a room, and how many levels it is said to need, to what a
/// room can be.
pub(super) fn clamp_count(count: &mut u32, depth: &mut Option<u32>) {
    *count = (*count).clamp(1, limits::MEMBERS);
    *depth = depth.map(|depth| depth.min(*count - 1).min(limits::PATH as u32));
}

/// How many peers a subtree of so many levels below its root can have.
fn most_below(height: u32) -> u32 {
    let width = limits::CHILDREN as u32 + limits::OLD_RESERVE;
    let mut most = 1;
    for _ in 0..height {
        most = most * width + 1;
        if most >= limits::MEMBERS {
            return limits::MEMBERS;
        }
    }
    most
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn place(distance: u32) -> FreeSlot {
        let id = PeerId::new("a").unwrap();
        FreeSlot { id, distance, free: u32::MAX, rtt: u32::MAX }
    }

    #[test]
    fn a_subtree_is_no_larger_than_it_can_be() {
        let mut huge = Summary {
            size: u32::MAX,
            height: u32::MAX,
            slots: u32::MAX,
            free: u32::MAX,
            free_slots: vec![place(u32::MAX); 9],
            displaceable: vec![place(5); 9],
        };
        huge.clamp();
        assert_eq!((huge.size, huge.height, huge.slots), (limits::MEMBERS, 128, 64));
        assert_eq!(huge.free, limits::MEMBERS * 64);
        assert_eq!((huge.free_slots.len(), huge.displaceable.len()), (4, 2));
        assert_eq!((huge.free_slots[0].distance, huge.free_slots[0].free), (256, 64));
        assert_eq!(huge.displaceable[0].rtt, 5 * limits::ROUND_TRIP);
        let within = huge.clone();
        huge.clamp();
        assert_eq!(huge, within);
    }

    #[test]
    fn size_height_and_places_fit_each_other() {
        let clamped = |size, height| {
            let free_slots = vec![place(7), place(LAST_RESORT)];
            let mut summary = Summary { size, height, slots: 2, free: 900, ..Summary::default() };
            summary.free_slots = free_slots;
            summary.clamp();
            let distances: Vec<_> = summary.free_slots.iter().map(|open| open.distance).collect();
            (summary.size, summary.height, summary.free, distances)
        };
        let last = LAST_RESORT;
        assert_eq!(clamped(1_000, 0), (1, 0, 2, vec![0, last]), "nobody is below it");
        assert_eq!(clamped(1_000, 1), (73, 1, 900, vec![1, last]));
        assert_eq!(clamped(3, 9), (3, 2, 130, vec![2, last]), "a chain is the highest");
        assert_eq!(clamped(9, 8), (9, 8, 514, vec![7, last]));
        assert_eq!(clamped(0, 0), (1, 0, 2, vec![0, last]));
    }

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
