//! Reading ahead. A large world does not fit into any cache, and what one event needs lies in many
//! places. What the next few events will need is read before they happen, for all of them at
//! once, so that the memory serves these requests together and not one after the other.

use core::hint::black_box;

use super::PeerIndex;
use super::traffic::is_heartbeat;
use super::world::{Event, Happening, World};

/// So many events are prepared at once: enough requests to keep the memory busy, and all that
/// they need still fits into the nearest caches.
const EVENTS: usize = 24;

impl World {
    /// Reads what the next events will need. Returns how many there are of them.
    pub(super) fn prefetch(&self) -> usize {
        let mut peers = [(0, false); EVENTS];
        let mut count = 0;
        let mut events = 0;
        // Each pass reads what the one before has found the address of.
        for event in self.queue.upcoming().take(EVENTS) {
            events += 1;
            if let Some(target) = target(event) {
                peers[count] = target;
                count += 1;
            }
        }
        let peers = peers[..count].iter().map(|(peer, all)| (&self.peers[*peer as usize], *all));
        let first = peers.clone().fold(0, |sum, (peer, _)| sum ^ peer.prefetch());
        let second = peers.clone().fold(0, |sum, (peer, _)| sum ^ peer.prefetch_links());
        let nodes = peers.filter_map(|(peer, all)| Some((peer.node.as_ref()?, all)));
        let third = nodes.clone().fold(0, |sum, (node, _)| sum ^ node.prefetch_links());
        let thinking = nodes.filter(|(_, all)| *all);
        let fourth = thinking.fold(0, |sum, (node, _)| sum ^ node.prefetch_role());
        black_box(first ^ second ^ third ^ fourth);
        events
    }
}

/// Whom an event happens to, and whether it makes that peer think.
fn target(event: &Event) -> Option<(PeerIndex, bool)> {
    match event {
        Event::Wake(peer) => Some((*peer, false)),
        Event::Frame(peer, _, frame) => Some((*peer, !is_heartbeat(frame))),
        Event::Stall(peer, _) | Event::Warm(peer, _) | Event::SendStats(peer) => {
            Some((*peer, true))
        }
        Event::RealmWake => None,
        Event::Other(happening) => match &**happening {
            Happening::Link(peer, ..) | Happening::Socket(_, peer, _) => Some((*peer, true)),
            Happening::Pair((peer, _), _) => Some((*peer, true)),
            _ => None,
        },
    }
}
