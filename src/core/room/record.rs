//! What a peer knows of its room in the host's own words.

use std::borrow::Cow;
use std::sync::Arc;

use super::gathering::Gathering;
use super::membership::is_member;
use super::orders::{Orders, removed};
use crate::identity::{Signed, Verified};
use crate::model::{GatheringKind, Vouch};
use crate::signal::payload::{Refusal, RefusalReason};
use crate::util::id::PeerId;
use crate::util::time::Time;
use crate::wire::message::{AdmissionPolicy, Decision, Order, RoomState, Rules, Seat};

/// The room's state, and the orders that hold in it. The newest word of the host counts, whoever
/// brings it.
#[derive(Debug)]
pub(crate) struct RoomRecord {
    state: Verified<RoomState>,
    orders: Orders,
    /// People in the room, the host included, as the parent counts them.
    pub(crate) members: u32,
}

impl RoomRecord {
    /// A room in which nothing has been ordered yet.
    pub(crate) fn new(state: Verified<RoomState>, members: u32) -> Self {
        Self { state, orders: Orders::default(), members }
    }

    /// What the host says about the room.
    pub(crate) fn state(&self) -> &RoomState {
        &self.state
    }

    /// That as it is passed on; `None` if nobody else would believe it.
    pub(crate) fn signed(&self) -> Option<&Signed<RoomState>> {
        self.state.signed()
    }

    /// Whether the host has ever opened a gathering.
    pub(crate) fn has_gathering(&self, kind: GatheringKind) -> bool {
        let is_in_state = kind == GatheringKind::Conference && self.state.seats.is_some();
        is_in_state || self.orders.gathering(kind).is_some()
    }

    /// Who is in a gathering.
    pub(crate) fn gathering(&self, kind: GatheringKind) -> Cow<'_, Gathering> {
        if let Some(gathering) = self.orders.gathering(kind) {
            return Cow::Borrowed(gathering);
        }
        let mut gathering = Gathering::new(kind);
        if let (GatheringKind::Conference, Some(seats)) = (kind, &self.state.seats) {
            (gathering.open, gathering.seats) = (true, seats.clone());
        }
        Cow::Owned(gathering)
    }

    /// The seats of the conference; `None` while it is not open.
    pub(crate) fn seats(&self) -> Option<Vec<Option<Seat>>> {
        let conference = self.gathering(GatheringKind::Conference);
        conference.open.then(|| conference.into_owned().seats)
    }

    /// What the host has decided.
    pub(crate) fn orders(&self) -> &Orders {
        &self.orders
    }

    /// What the orders come to.
    pub(crate) fn rules(&self) -> &Arc<Rules> {
        self.orders.rules()
    }

    /// Whether a state can only be that of another room. One whose host cannot prove itself may be
    /// replaced by another.
    pub(crate) fn is_foreign(&self, state: &RoomState) -> bool {
        self.state.id != state.id && self.state.id.is_derived()
    }

    /// The host says something else about the room. Returns whether it is news.
    pub(crate) fn update(&mut self, state: Verified<RoomState>) -> bool {
        let same_room = self.state.id == state.id;
        if same_room && self.state.covers(&state) {
            return false;
        }
        if !same_room || self.state.since != state.since {
            self.orders = Orders::default();
        }
        self.state = state;
        true
    }

    /// The host has decided something. Returns whether it is news.
    pub(crate) fn order(&mut self, order: Verified<Order>) -> bool {
        let is_past = match order.decision {
            // It has said something since.
            Decision::Away | Decision::End => order.number <= self.state.version,
            _ => false,
        };
        order.since == self.state.since && !is_past && self.orders.take(order)
    }

    /// Why a peer that shows this `membership` may not come in.
    pub(crate) fn barred(
        &self,
        now: Time,
        peer: &PeerId,
        membership: &[Signed<Vouch>],
    ) -> Option<Refusal> {
        let rules = self.rules();
        if let Some(order) = self.orders.against(peer) {
            let permanent = removed(&order.decision).is_some_and(|(_, permanent)| permanent);
            let reason = if permanent { RefusalReason::Banned } else { RefusalReason::Kicked };
            return Some(Refusal { reason, ask: Vec::new(), order: Some(order.clone()) });
        }
        match rules.admission {
            AdmissionPolicy::Open => None,
            _ if is_member((&self.state, rules), now, peer, membership) => None,
            AdmissionPolicy::Knock => {
                Some(Refusal::new(RefusalReason::Knock, vec![self.state.id.clone()]))
            }
            AdmissionPolicy::Locked => Some(Refusal::new(RefusalReason::Locked, Vec::new())),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::model::RoomMeta;

    fn id(text: &str) -> PeerId {
        PeerId::new(text).unwrap()
    }

    fn state(since: u64, version: u64) -> Verified<RoomState> {
        let state = RoomState {
            version,
            id: id("HOST"),
            meta: RoomMeta::default(),
            host: String::new(),
            since,
            on_air: None,
            source_stalled: false,
            seats: None,
        };
        Verified::own(state, &id("HOST"), None)
    }

    fn order(since: u64, number: u64, decision: Decision) -> Verified<Order> {
        Verified::own(Order { since, number, decision }, &id("HOST"), None)
    }

    #[test]
    fn a_newer_word_is_never_replaced_by_an_older_one() {
        let mut record = RoomRecord::new(state(5, 10), 1);
        assert!(!record.update(state(5, 9)) && !record.update(state(5, 10)));
        assert!(!record.update(state(4, 99)), "of an earlier opening");
        assert!(record.update(state(5, 11)));
        assert!(record.order(order(5, 12, Decision::Ban(id("a")))));
        assert!(record.update(state(6, 1)), "opened again");
        assert!(record.rules().banned.is_empty());
        assert!(!record.order(order(5, 13, Decision::End)), "that room was another");
    }

    #[test]
    fn an_old_farewell_of_the_host_is_void_once_it_is_back() {
        let mut record = RoomRecord::new(state(5, 10), 1);
        assert!(record.order(order(5, 11, Decision::Away)));
        assert!(record.update(state(5, 20)));
        for number in [11, 12, 20] {
            assert!(!record.order(order(5, number, Decision::Away)));
            assert!(!record.order(order(5, number, Decision::End)));
        }
        assert!(record.order(order(5, 21, Decision::End)));
    }

    #[test]
    fn who_is_sent_away_is_shown_the_order() {
        let mut record = RoomRecord::new(state(5, 10), 1);
        let now = Time::from_millis(1);
        assert_eq!(record.barred(now, &id("a"), &[]), None);
        record.order(order(5, 11, Decision::Kick(id("a"))));
        let refusal = record.barred(now, &id("a"), &[]).unwrap();
        assert_eq!(refusal.reason, RefusalReason::Kicked);
        assert!(refusal.order.is_some());
        record.order(order(5, 12, Decision::Pardon(id("a"))));
        record.order(order(5, 13, Decision::Admission(AdmissionPolicy::Knock)));
        let refusal = record.barred(now, &id("a"), &[]).unwrap();
        assert_eq!((refusal.reason, refusal.ask), (RefusalReason::Knock, vec![id("HOST")]));
    }
}
