//! What is true of the whole tree, which no peer in it can see.

use super::PeerIndex;
use super::world::World;

impl World {
    /// From the host to `peer` along parents that live and agree; `None` if there is no such way.
    pub fn path(&self, peer: PeerIndex) -> Option<Vec<PeerIndex>> {
        let mut path = vec![peer];
        let mut at = peer;
        while let Some(parent) = self.probe(at)?.parent() {
            let above = self.index_of(parent)?;
            let own = &self.peers[at as usize].id;
            if path.contains(&above) || !self.probe(above)?.children().any(|child| child == own) {
                return None;
            }
            path.push(above);
            at = above;
        }
        path.reverse();
        Some(path)
    }
}
