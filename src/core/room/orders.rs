//! What the host has decided, order by order.
//!
//! Orders may come late, twice and in any order, by whatever way: of two about the same subject the
//! one with the higher number holds. So every peer that has heard the same orders applies the same
//! rules, and nobody on the way can take one back.

use std::sync::Arc;

use indexmap::IndexMap;

use super::gathering::Gathering;
use crate::identity::{Signed, Verified};
use crate::model::{GatheringKind, MessageId};
use crate::util::id::PeerId;
use crate::util::limits;
use crate::wire::message::{Decision, Order, Rules};

/// The orders of one room that hold.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    holding: IndexMap<Subject, Verified<Order>>,
    rules: Arc<Rules>,
    /// What the orders about each gathering come to, if there are any.
    gatherings: [Option<Box<Gathering>>; GatheringKind::ALL.len()],
}

/// What an order is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Subject {
    /// The door.
    Admission,
    /// Whether this peer may be in the room.
    Presence(PeerId),
    /// Whether this peer may write.
    Voice(PeerId),
    /// Whether viewers may show sources of their own.
    ViewerSources,
    /// A chat message.
    Message(MessageId),
    /// Whether the host is there. It holds for nobody who comes later.
    Host,
    /// Whether members may take seats in a gathering.
    Gathering(GatheringKind),
    /// A seat in a gathering.
    Seat(GatheringKind, u32),
    /// Whether this peer is heard in a gathering.
    Sound(GatheringKind, PeerId),
    /// Whether this peer may be in a gathering.
    Attendance(GatheringKind, PeerId),
    /// Something of a later version.
    Unknown,
}

impl Orders {
    /// Takes an order; returns whether it is news.
    pub(crate) fn take(&mut self, order: Verified<Order>) -> bool {
        let subject = Subject::of(&order.decision);
        if self.holding.get(&subject).is_some_and(|known| known.number >= order.number) {
            return false;
        }
        if let Some(kind) = subject.gathering() {
            let turn = self.holding.get(&Subject::Gathering(kind));
            if turn.is_some_and(|turn| turn.number > order.number) {
                return false;
            }
            if matches!(subject, Subject::Gathering(_)) {
                // It begins anew, or ends.
                self.holding.retain(|subject, known| {
                    subject.gathering() != Some(kind) || known.number > order.number
                });
            }
        }
        self.make_room(&subject);
        self.holding.shift_remove(&subject);
        self.holding.insert(subject.clone(), order);
        if let Some(kind) = subject.gathering() {
            self.gatherings[kind as usize] = Some(Box::new(self.make_gathering(kind)));
        }
        if !matches!(subject, Subject::Message(_) | Subject::Host | Subject::Seat(..)) {
            self.rules = Arc::new(self.make_rules());
        }
        true
    }

    /// What a newcomer must know, the oldest first.
    pub(crate) fn for_newcomer(&self) -> Vec<Signed<Order>> {
        let lasting = self.holding.iter().filter(|(subject, _)| **subject != Subject::Host);
        lasting.filter_map(|(_, order)| order.signed().cloned()).collect()
    }

    /// The host's own word that `peer` is sent away.
    pub(crate) fn against(&self, peer: &PeerId) -> Option<&Signed<Order>> {
        let order = self.holding.get(&Subject::Presence(peer.clone()))?;
        order.signed().filter(|order| removed(&order.decision).is_some())
    }

    /// A gathering, if anything has been ordered about it.
    pub(crate) fn gathering(&self, kind: GatheringKind) -> Option<&Gathering> {
        self.gatherings[kind as usize].as_deref()
    }

    /// The highest number of an order that holds.
    pub(crate) fn latest(&self) -> u64 {
        self.holding.values().map(|order| order.number).max().unwrap_or_default()
    }

    /// What the orders come to.
    pub(crate) fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// Forgets the oldest order of a kind of which there are too many; one that only takes another
    /// back goes first.
    fn make_room(&mut self, subject: &Subject) {
        let (same, most): (fn(&Subject) -> bool, usize) = match subject {
            Subject::Presence(_) => (|s| matches!(s, Subject::Presence(_)), limits::BANNED * 2),
            Subject::Voice(_) => (|s| matches!(s, Subject::Voice(_)), limits::BANNED),
            Subject::Message(_) => (|s| matches!(s, Subject::Message(_)), limits::DELETED),
            Subject::Sound(..) | Subject::Attendance(..) => (
                |s| matches!(s, Subject::Sound(..) | Subject::Attendance(..)),
                limits::GATHERING_ORDERS,
            ),
            _ => return,
        };
        let of_kind = || self.holding.iter().filter(|(subject, _)| same(subject));
        if self.holding.contains_key(subject) || of_kind().count() < most {
            return;
        }
        let takes_back =
            |order: &Order| matches!(order.decision, Decision::Pardon(_) | Decision::Unmute(_));
        let oldest = of_kind().min_by_key(|(_, order)| (!takes_back(order), order.number));
        if let Some(oldest) = oldest.map(|(subject, _)| subject.clone()) {
            self.holding.shift_remove(&oldest);
        }
    }

    fn make_rules(&self) -> Rules {
        let mut rules = Rules::default();
        for order in self.holding.values() {
            match &order.decision {
                Decision::Admission(policy) => rules.admission = *policy,
                Decision::Kick(peer) => rules.kicked.push(peer.clone()),
                Decision::Ban(peer) => rules.banned.push(peer.clone()),
                Decision::Mute(peer) => rules.muted.push(peer.clone()),
                Decision::ViewerSources(allowed) => rules.viewer_sources = *allowed,
                Decision::Gathering(GatheringKind::Conference, open) => rules.conference = *open,
                _ => {}
            }
        }
        rules
    }

    /// What the orders about a gathering come to, those void ones excepted that came before it was
    /// opened or ended.
    fn make_gathering(&self, kind: GatheringKind) -> Gathering {
        let mut gathering = Gathering::new(kind);
        for order in self.holding.values() {
            match &order.decision {
                Decision::Gathering(of, open) if *of == kind => gathering.open = *open,
                Decision::Seat(of, at, seat) if *of == kind => {
                    gathering.put(*at as usize, seat.clone());
                }
                Decision::Silence(of, peer, true) if *of == kind => {
                    gathering.muted.push(peer.clone());
                }
                Decision::Unseat(of, peer) if *of == kind => gathering.removed.push(peer.clone()),
                _ => {}
            }
        }
        gathering.vacate();
        gathering
    }
}

/// Whether a decision sends somebody away: whom, and whether for good.
pub(crate) fn removed(decision: &Decision) -> Option<(&PeerId, bool)> {
    match decision {
        Decision::Kick(peer) => Some((peer, false)),
        Decision::Ban(peer) => Some((peer, true)),
        _ => None,
    }
}

impl Subject {
    /// The gathering that it concerns.
    fn gathering(&self) -> Option<GatheringKind> {
        match self {
            Self::Gathering(kind)
            | Self::Seat(kind, _)
            | Self::Sound(kind, _)
            | Self::Attendance(kind, _) => Some(*kind),
            _ => None,
        }
    }

    fn of(decision: &Decision) -> Self {
        match decision {
            Decision::Admission(_) => Self::Admission,
            Decision::Kick(peer) | Decision::Ban(peer) | Decision::Pardon(peer) => {
                Self::Presence(peer.clone())
            }
            Decision::Mute(peer) | Decision::Unmute(peer) => Self::Voice(peer.clone()),
            Decision::ViewerSources(_) => Self::ViewerSources,
            Decision::Delete(message) => Self::Message(message.clone()),
            Decision::Gathering(kind, _) => Self::Gathering(*kind),
            Decision::Seat(kind, at, _) => Self::Seat(*kind, *at),
            Decision::Silence(kind, peer, _) => Self::Sound(*kind, peer.clone()),
            Decision::Unseat(kind, peer) => Self::Attendance(*kind, peer.clone()),
            Decision::Away | Decision::End => Self::Host,
            Decision::Unknown => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::wire::message::AdmissionPolicy;

    fn id(text: &str) -> PeerId {
        PeerId::new(text).unwrap()
    }

    fn order(number: u64, decision: Decision) -> Verified<Order> {
        Verified::own(Order { since: 1, number, decision }, &id("HOST"), None)
    }

    #[test]
    fn the_latest_order_holds_however_they_come() {
        let all = [
            order(1, Decision::Ban(id("a"))),
            order(2, Decision::Pardon(id("a"))),
            order(3, Decision::Mute(id("b"))),
            order(4, Decision::Admission(AdmissionPolicy::Locked)),
            order(5, Decision::Kick(id("c"))),
        ];
        let (mut forth, mut back) = (Orders::default(), Orders::default());
        for order in &all {
            assert!(forth.take(order.clone()));
            assert!(!forth.take(order.clone()), "twice is no news");
        }
        for order in all.iter().rev() {
            back.take(order.clone());
        }
        for orders in [&forth, &back] {
            let rules = orders.rules();
            assert_eq!(rules.admission, AdmissionPolicy::Locked);
            assert_eq!((&rules.banned[..], &rules.kicked[..]), (&[][..], &[id("c")][..]));
            assert_eq!(rules.muted, [id("b")]);
            assert!(orders.against(&id("c")).is_some() && orders.against(&id("a")).is_none());
        }
    }

    #[test]
    fn a_newcomer_learns_what_holds_and_not_where_the_host_was() {
        let mut orders = Orders::default();
        orders.take(order(1, Decision::Ban(id("a"))));
        orders.take(order(2, Decision::Away));
        orders.take(order(3, Decision::Mute(id("a"))));
        let told: Vec<_> = orders.for_newcomer().iter().map(|order| order.number).collect();
        assert_eq!(told, [1, 3]);
    }

    #[test]
    fn memory_is_bounded_and_bans_stay_longer_than_pardons() {
        let mut orders = Orders::default();
        orders.take(order(1, Decision::Ban(id("a"))));
        orders.take(order(2, Decision::Pardon(id("b"))));
        for number in 0..limits::BANNED as u64 * 2 {
            orders.take(order(number + 3, Decision::Pardon(id(&format!("x{number}")))));
        }
        assert!(orders.rules().banned.contains(&id("a")));
        assert!(orders.holding.len() <= limits::BANNED * 2);
        for number in 0..1_000 {
            let message = MessageId { author: id("a"), number };
            orders.take(order(number + 1_000, Decision::Delete(message)));
        }
        assert!(orders.for_newcomer().len() <= limits::ORDERS);
    }

    #[test]
    fn what_was_ordered_in_a_gathering_before_it_began_anew_is_void() {
        let kind = GatheringKind::Conference;
        let mut orders = Orders::default();
        orders.take(order(5, Decision::Gathering(kind, true)));
        assert!(!orders.take(order(3, Decision::Unseat(kind, id("a")))));
        assert!(orders.take(order(6, Decision::Unseat(kind, id("b")))));
        assert_eq!(orders.gathering(kind).unwrap().removed, [id("b")]);
        orders.take(order(8, Decision::Gathering(kind, true)));
        assert!(orders.gathering(kind).unwrap().removed.is_empty());
    }
}
