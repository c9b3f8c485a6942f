//! The layout of the room's map: the host in the middle, every level of the tree on a ring.

use std::collections::HashMap;

use live_core::id::PeerId;
use live_core::view::MapPeer;

/// A peer's place. The distance between two rings is 1; the host is at 0, 0.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) x: f64,
    pub(crate) y: f64,
    /// The index of the parent.
    pub(crate) parent: Option<usize>,
    pub(crate) depth: u32,
}

/// A place for each peer, in their order. A peer whose parent is unknown or comes later counts as
/// the host's child.
pub(crate) fn layout(peers: &[MapPeer]) -> Vec<Place> {
    let mut index: HashMap<&PeerId, usize> = HashMap::new();
    let mut parents = Vec::with_capacity(peers.len());
    let mut depths: Vec<u32> = Vec::with_capacity(peers.len());
    for (at, peer) in peers.iter().enumerate() {
        let parent = peer.parent.as_ref().and_then(|id| index.get(id).copied());
        let parent = parent.or((at > 0).then_some(0));
        depths.push(parent.map_or(0, |parent| depths[parent] + 1));
        parents.push(parent);
        index.insert(&peer.id, at);
    }
    let mut children = vec![Vec::new(); peers.len()];
    for (at, parent) in parents.iter().enumerate() {
        if let Some(parent) = parent {
            children[*parent].push(at);
        }
    }
    // A peer gets an angle in proportion to the leaves below it.
    let mut leaves = vec![0.0_f64; peers.len()];
    for at in (0..peers.len()).rev() {
        if children[at].is_empty() {
            leaves[at] = 1.0;
        }
        if let Some(parent) = parents[at] {
            leaves[parent] += leaves[at];
        }
    }
    let mut angles = vec![(0.0_f64, core::f64::consts::TAU); peers.len()];
    for at in 0..peers.len() {
        let (mut from, to) = angles[at];
        let share = (to - from) / leaves[at].max(1.0);
        for &child in &children[at] {
            let end = from + share * leaves[child];
            angles[child] = (from, end);
            from = end;
        }
    }
    let place = |at: usize| {
        let angle = (angles[at].0 + angles[at].1) / 2.0;
        let radius = f64::from(depths[at]);
        let (x, y) = (radius * angle.sin(), -radius * angle.cos());
        Place { x, y, parent: parents[at], depth: depths[at] }
    };
    (0..peers.len()).map(place).collect()
}

/// Whether `peer` is `top` or in its subtree.
pub(crate) fn is_below(peers: &[MapPeer], peer: &PeerId, top: &PeerId) -> bool {
    let mut at = Some(peer);
    // Peers come after their parents.
    for next in peers.iter().rev() {
        match at {
            Some(id) if id == top => return true,
            Some(id) if next.id == *id => at = next.parent.as_ref(),
            _ => {}
        }
    }
    at == Some(top)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::testing::test;

    fn peer(id: &str, parent: &str) -> MapPeer {
        let parent = PeerId::new(parent).ok();
        MapPeer {
            id: PeerId::new(id).unwrap(),
            parent,
            name: String::new(),
            rtt: 0,
            below: 0,
            profile: None,
        }
    }

    #[test]
    fn levels_are_rings_and_no_two_peers_overlap() {
        let mut peers = vec![peer("h", "")];
        for at in 1..400_usize {
            let parent = (at - 1) / 3;
            let parent = if parent == 0 { "h".to_owned() } else { format!("p{parent}") };
            peers.push(peer(&format!("p{at}"), &parent));
        }
        let places = layout(&peers);
        for (at, place) in places.iter().enumerate() {
            assert!((place.x.hypot(place.y) - f64::from(place.depth)).abs() < 1e-9);
            let apart = |other: &Place| (place.x - other.x).hypot(place.y - other.y) > 0.02;
            assert!(places[..at].iter().all(apart), "{at}");
        }
        assert_eq!(places.iter().map(|place| place.depth).max(), Some(6));
    }

    #[test]
    fn below_is_all_of_a_subtree_and_its_top() {
        let peers = [peer("h", ""), peer("a", "h"), peer("b", "h"), peer("c", "a"), peer("d", "c")];
        let below = |top: &str| -> String {
            let top = PeerId::new(top).unwrap();
            let below = peers.iter().filter(|peer| is_below(&peers, &peer.id, &top));
            below.map(|peer| peer.id.as_str()).collect()
        };
        assert_eq!([below("h"), below("a"), below("b"), below("d")], ["habcd", "acd", "b", "d"]);
        assert_eq!(below("unknown"), "");
    }

    #[test]
    fn a_peer_without_a_known_parent_is_below_the_host() {
        let places = layout(&[peer("h", ""), peer("a", "unknown"), peer("b", "a")]);
        assert_eq!([places[1].parent, places[2].parent], [Some(0), Some(1)]);
        assert!(layout(&[]).is_empty());
    }
}
