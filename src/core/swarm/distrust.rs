//! Peers that have passed on what no honest peer passes on.

use indexmap::IndexMap;

use crate::util::id::PeerId;
use crate::util::limits;

/// How often each of them has. One forgery may be a defect; those who repeat it are left.
#[derive(Default)]
pub(super) struct Distrust {
    /// The latest last.
    forgeries: IndexMap<PeerId, u32>,
}

impl Distrust {
    /// A peer has passed on a forgery. Returns whether it is left now.
    pub(super) fn note(&mut self, peer: &PeerId) -> bool {
        let before = self.forgeries.shift_remove(peer).unwrap_or_default();
        if self.forgeries.len() == limits::DISTRUSTED {
            self.forgeries.shift_remove_index(0);
        }
        self.forgeries.insert(peer.clone(), before + 1);
        self.contains(peer)
    }

    /// Whether a peer is not dealt with any more.
    pub(super) fn contains(&self, peer: &PeerId) -> bool {
        self.forgeries.get(peer).is_some_and(|count| *count >= limits::FORGERIES)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_second_forgery_is_one_too_many() {
        let mut distrust = Distrust::default();
        let peer = PeerId::new("EVE").unwrap();
        assert!(!distrust.note(&peer) && !distrust.contains(&peer));
        assert!(distrust.note(&peer) && distrust.contains(&peer));
        for other in 0..limits::DISTRUSTED {
            distrust.note(&PeerId::new(&format!("X{other}")).unwrap());
        }
        assert!(!distrust.contains(&peer), "memory is bounded");
    }
}
