//! Until when the host keeps seats whose holders do not say that they still use them.

use core::time::Duration;

use indexmap::IndexMap;

use crate::model::GatheringKind;
use crate::util::id::PeerId;
use crate::util::time::Time;

/// A seat is kept for so long after its holder has asked for it.
const LEASE: Duration = Duration::from_secs(60);
/// A holder that was a child and is gone has so long to come back by another way.
const RETURN: Duration = Duration::from_secs(8);

/// The holders of seats, and until when they keep them.
#[derive(Debug, Default)]
pub(super) struct SeatLeases(IndexMap<(GatheringKind, PeerId), Time>);

impl SeatLeases {
    /// A holder says that it uses its seat.
    pub(super) fn renew(&mut self, now: Time, kind: GatheringKind, peer: &PeerId) {
        self.0.insert((kind, peer.clone()), now + LEASE);
    }

    /// A seat is free.
    pub(super) fn release(&mut self, kind: GatheringKind, peer: &PeerId) {
        self.0.shift_remove(&(kind, peer.clone()));
    }

    /// A child is gone, or has moved.
    pub(super) fn child_gone(&mut self, now: Time, child: &PeerId) {
        let seats = self.0.iter_mut().filter(|((_, peer), _)| peer == child);
        seats.for_each(|(_, until)| *until = (now + RETURN).min(*until));
    }

    /// When the next lease ends.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.0.values().min().copied()
    }

    /// The seats whose lease has ended; they are told once.
    pub(super) fn expire(&mut self, now: Time) -> Vec<(GatheringKind, PeerId)> {
        let over = self.0.iter().filter(|(_, until)| now >= **until);
        let over: Vec<_> = over.map(|(seat, _)| seat.clone()).collect();
        self.0.retain(|_, until| now < *until);
        over
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_seat_is_kept_while_its_holder_asks_for_it() {
        let (mut leases, now) = (SeatLeases::default(), Time::from_millis(1_000));
        let [a, b] = ["a", "b"].map(|id| PeerId::new(id).unwrap());
        leases.renew(now, GatheringKind::Voice, &a);
        leases.renew(now, GatheringKind::Voice, &b);
        leases.child_gone(now, &b);
        assert_eq!(leases.expire(now + RETURN), [(GatheringKind::Voice, b)]);
        leases.renew(now + RETURN, GatheringKind::Voice, &a);
        assert_eq!(leases.expire(now + LEASE), []);
        assert_eq!(leases.deadline(), Some(now + RETURN + LEASE));
        leases.release(GatheringKind::Voice, &a);
        assert_eq!(leases.deadline(), None);
    }
}
