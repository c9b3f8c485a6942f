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
/// So long has who was spoken for by a child that is gone: that is said every 20 s.
const MOVE: Duration = Duration::from_secs(30);
/// What one child can take for peers below it that have no key, which it may have invented: one of
/// so many seats.
const SHARE: u32 = 4;

/// By which way a wish has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way<'a> {
    /// The child that has passed it on, or has the wish itself.
    pub(super) child: &'a PeerId,
    /// Whether that is an original page, for which a gateway here speaks.
    pub(super) is_legacy: bool,
}

/// The holders of seats, and until when they keep them.
#[derive(Debug, Default)]
pub(super) struct SeatLeases(IndexMap<(GatheringKind, PeerId), Lease>);

#[derive(Debug)]
struct Lease {
    until: Time,
    /// The child that has asked last, for itself or another.
    via: PeerId,
}

impl SeatLeases {
    /// Whether a child may ask for this peer's seat, too.
    pub(super) fn has_share(&self, kind: GatheringKind, peer: &PeerId, way: Way<'_>) -> bool {
        let is_spoken_for = |peer: &PeerId| !peer.is_derived() && peer != way.child;
        let others = self.0.iter().filter(|((of, holder), lease)| {
            *of == kind && holder != peer && lease.via == *way.child && is_spoken_for(holder)
        });
        !is_spoken_for(peer) || (others.count() as u32) < kind.seats() / SHARE
    }

    /// A holder, which may be a legacy page, says that it uses its seat. A gateway here says when
    /// its page has gone.
    pub(super) fn renew(
        &mut self,
        now: Time,
        kind: GatheringKind,
        (peer, legacy): (&PeerId, bool),
        way: Way<'_>,
    ) {
        let until = if legacy && way.is_legacy { Time::MAX } else { now + LEASE };
        self.0.insert((kind, peer.clone()), Lease { until, via: way.child.clone() });
    }

    /// A seat is free.
    pub(super) fn release(&mut self, kind: GatheringKind, peer: &PeerId) {
        self.0.shift_remove(&(kind, peer.clone()));
    }

    /// A child is gone, or has moved.
    pub(super) fn child_gone(&mut self, now: Time, child: &PeerId) {
        for ((_, peer), lease) in &mut self.0 {
            let left = if peer == child {
                RETURN
            } else if lease.via == *child && !peer.is_derived() {
                MOVE
            } else {
                continue;
            };
            lease.until = lease.until.min(now + left);
        }
    }

    /// When the next lease ends.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.0.values().map(|lease| lease.until).filter(|until| *until < Time::MAX).min()
    }

    /// The seats whose lease has ended; they are told once.
    pub(super) fn expire(&mut self, now: Time) -> Vec<(GatheringKind, PeerId)> {
        let over = self.0.iter().filter(|(_, lease)| now >= lease.until);
        let over: Vec<_> = over.map(|(seat, _)| seat.clone()).collect();
        self.0.retain(|_, lease| now < lease.until);
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
        let renew = |leases: &mut SeatLeases, now, peer: &PeerId| {
            let way = Way { child: peer, is_legacy: false };
            leases.renew(now, GatheringKind::Voice, (peer, false), way);
        };
        renew(&mut leases, now, &a);
        renew(&mut leases, now, &b);
        leases.child_gone(now, &b);
        assert_eq!(leases.expire(now + RETURN), [(GatheringKind::Voice, b)]);
        renew(&mut leases, now + RETURN, &a);
        assert_eq!(leases.expire(now + LEASE), []);
        assert_eq!(leases.deadline(), Some(now + RETURN + LEASE));
        leases.release(GatheringKind::Voice, &a);
        assert_eq!(leases.deadline(), None);
    }
}
