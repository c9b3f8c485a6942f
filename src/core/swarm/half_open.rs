//! How many links others may open here. An offer costs its sender nothing and the browser a
//! connection, until the link is open or has had its time.

use super::table::Table;
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::util::time::Time;

/// Whether a peer may open one more link.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// It may.
    Accept,
    /// It may as soon as this link is closed, which is not open yet.
    InPlaceOf(LinkId),
    /// It may not.
    Refuse,
}

/// Whether `peer` may open one more link. Newcomers come before links that are not open yet: of
/// its own the oldest gives way, of all the oldest that had time enough to open.
pub(super) fn decide(now: Time, links: &Table, peer: &PeerId) -> Decision {
    let (mut own, mut own_half_open, mut half_open) = (0, 0, 0);
    let (mut own_oldest, mut oldest) = (None, None);
    for (id, link) in links.iter().filter(|(_, link)| link.is_incoming()) {
        let is_own = link.peer() == peer;
        own += usize::from(is_own);
        if link.is_open() {
            continue;
        }
        half_open += 1;
        if now.since(link.since()) >= limits::OPENING {
            oldest = oldest.or(Some(id));
        }
        if is_own {
            own_half_open += 1;
            own_oldest = own_oldest.or(Some(id));
        }
    }
    match (own_oldest, oldest) {
        (Some(own_oldest), _)
            if own_half_open >= limits::HALF_OPEN_OF_ONE || own >= limits::LINKS_OF_ONE =>
        {
            Decision::InPlaceOf(own_oldest)
        }
        _ if own >= limits::LINKS_OF_ONE => Decision::Refuse,
        (_, Some(oldest)) if half_open >= limits::HALF_OPEN => Decision::InPlaceOf(oldest),
        _ if half_open >= limits::HALF_OPEN => Decision::Refuse,
        _ => Decision::Accept,
    }
}
