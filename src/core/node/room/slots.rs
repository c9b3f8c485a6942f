//! How many children this peer takes, and who gets the places: what the uplink carries, places
//! that are given back, weak children that make room, and rising to a better place oneself.

use core::time::Duration;

use rand_core::RngCore;

use super::Room;
use super::promotion::Promotion;
use crate::link::io::{MediaRole, Output, SendStats};
use crate::model::Phase;
use crate::model::quality::Quality;
use crate::signal::payload::{Handshake, Intent, RefusalReason};
use crate::swarm::{LinkRole, Swarm};
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::util::random::{Backoff, jitter};
use crate::util::time::Time;
use crate::wire::message::{Message, ReparentHint};

/// How soon after learning of a better place a peer asks for it, at the most.
const SETTLE: Duration = Duration::from_secs(4);
/// The waits after a better place was asked for in vain.
const RETRY: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(320));

/// The wish for a better place.
#[derive(Debug)]
pub(super) struct Reparenting {
    hint: Option<ReparentHint>,
    /// The parent that the person has chosen; no better place takes this peer away from it.
    chosen: Option<PeerId>,
    next: Option<Time>,
    backoff: Backoff,
}

impl Reparenting {
    pub(super) fn new() -> Self {
        let backoff = Backoff::new(RETRY.0, RETRY.1);
        Self { hint: None, chosen: None, next: None, backoff }
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        self.next
    }
}

impl Room {
    /// How many children this peer takes right now.
    pub(super) fn slots<R: RngCore>(&self, swarm: &Swarm<R>) -> u32 {
        let slots = self.uplink.slots();
        if !swarm.is_throttled() {
            return slots;
        }
        // Those that are there are fed all the same; nobody new should rely on a sleeping page.
        slots.min(u32::try_from(self.children.iter().count()).unwrap_or(u32::MAX))
    }

    /// How many more children this peer takes although others should come first: a page that sleeps
    /// passes pictures on as well as any, it only notices late that somebody is gone.
    pub(super) fn last_resort<R: RngCore>(&self, swarm: &Swarm<R>) -> u32 {
        if swarm.is_throttled() { self.children.free(self.uplink.slots()) } else { 0 }
    }

    /// How many more children this peer takes.
    pub(super) fn free<R: RngCore>(&self, swarm: &Swarm<R>) -> u32 {
        self.children.free(self.slots(swarm))
    }

    pub(super) fn set_limit<R: RngCore>(&mut self, swarm: &mut Swarm<R>, limit: u32) {
        self.uplink.set_limit(limit.min(limits::CHILDREN as u32));
        self.shed_children(swarm);
    }

    /// A fed link reports what it carries. Also those of children that are about to leave count,
    /// and of standbys that are activated: the uplink is one.
    pub(super) fn sending<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        sending: SendStats,
    ) {
        if self.encoder.report(swarm.now, link, sending) {
            swarm.push(Output::Encode(self.encoder.quality()));
        }
        // A lesser picture for everyone comes before sending somebody away.
        let target_bitrate =
            if self.encoder.can_lower() { sending.sent_bitrate } else { sending.target_bitrate };
        if self.uplink.report(swarm.now, link, SendStats { target_bitrate, ..sending }) {
            self.shed_children(swarm);
        }
        self.look_at_source(swarm);
    }

    pub(super) fn want_quality<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        most: Quality,
        adapts: bool,
    ) {
        self.encoder.want(most, adapts);
        swarm.push(Output::Encode(self.encoder.quality()));
    }

    pub(super) fn try_more<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if self.uplink.tick(swarm.now) {
            self.report(swarm);
        }
    }

    /// Sends children that are too many elsewhere; they are fed until they have found a place.
    pub(super) fn shed_children<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        for child in self.children.surplus(self.slots(swarm)) {
            self.send_away(swarm, &child, Vec::new());
        }
        self.drop_standbys(swarm);
        self.report(swarm);
    }

    /// Asks a child to find another place, `first` of all there.
    fn send_away<R: RngCore>(&mut self, swarm: &mut Swarm<R>, child: &PeerId, first: Vec<PeerId>) {
        // Old pages can only be cut off.
        let link = self.children.link(child).filter(|link| !swarm.is_legacy(*link));
        let Some(link) = link else { return };
        let mut ask = first;
        ask.extend(self.children.alternatives(child));
        ask.extend(self.backups.iter().filter(|backup| *backup != child).cloned());
        ask.truncate(limits::CANDIDATE_PARENTS);
        self.retire_child(swarm, child);
        swarm.send(link, &Message::Leave { ask });
    }

    /// A full peer is asked for a place: it makes room by moving a child that can feed nobody
    /// below the newcomer, or says where else to ask.
    pub(super) fn on_join_request_full<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        peer: &PeerId,
        handshake: Handshake,
    ) {
        let reparents = handshake.intent == Intent::Reparent;
        let mut ask = match reparents {
            true => Vec::new(),
            false => self.children.redirect(swarm.now, peer, handshake.slots > 0),
        };
        // Room below is better than moving somebody.
        let displaces = handshake.slots > 0
            && (reparents || !self.children.has_room(peer, handshake.slots > 0))
            && self.children.displaceable_leaf().is_some_and(|weak| weak != *peer)
            && self.children.hold_displacement(swarm.now, link);
        if displaces {
            return swarm.accept(link, LinkRole::Displacing, MediaRole::Send);
        }
        if !reparents {
            ask.extend(self.backups.iter().filter(|backup| *backup != peer).cloned());
            ask.truncate(limits::CANDIDATE_PARENTS);
        }
        swarm.refuse(link, RefusalReason::Full, ask);
    }

    /// The newcomer that was to take a weak child's place is there: the child goes below it.
    /// Returns whether there is a place now.
    pub(super) fn displace<R: RngCore>(&mut self, swarm: &mut Swarm<R>, newcomer: &PeerId) -> bool {
        if self.free(swarm) > 0 {
            return true;
        }
        let Some(weak) = self.children.displaceable_leaf() else { return false };
        self.send_away(swarm, &weak, vec![newcomer.clone()]);
        self.free(swarm) > 0
    }

    /// The parent knows a better place for this peer, or for one below it.
    pub(super) fn on_reparent_hint<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        hint: Option<ReparentHint>,
    ) {
        self.reparenting.hint = hint;
        let Some(hint) = self.useful_hint() else {
            self.reparenting.next = None;
            return;
        };
        // A place that is taken is worth less haste: two peers move for it.
        let settle = if hint.displaces { SETTLE * 4 } else { SETTLE };
        if self.reparenting.next.is_none() {
            self.reparenting.next = Some(swarm.now + jitter(&mut swarm.rng, settle));
        }
    }

    /// The better place that this peer itself would take, if there is one.
    fn useful_hint(&self) -> Option<&ReparentHint> {
        let depth = u32::try_from(self.path()?.len()).unwrap_or(u32::MAX);
        if self.is_chosen() {
            return None;
        }
        let useful = !self.children.is_empty() && self.uplink.slots() > 0;
        let hint = self.reparenting.hint.as_ref()?;
        (hint.is_above(depth) && (useful || !hint.displaces)).then_some(hint)
    }

    /// Whether the person has chosen the parent.
    pub(super) fn is_chosen(&self) -> bool {
        self.reparenting.chosen.as_ref() == self.parent().map(|parent| &parent.peer)
    }

    /// Asks for the better place if it is time.
    pub(super) fn reparent<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if self.reparenting.next.is_none_or(|next| swarm.now < next) {
            return;
        }
        self.reparenting.next = None;
        let Some(hint) = self.useful_hint().cloned() else { return };
        self.reparenting.next = Some(swarm.now + self.reparenting.backoff.wait(&mut swarm.rng));
        if self.phase == Phase::Attached && !self.parent_search.is_busy() {
            self.parent_search.try_one(hint.id);
        }
    }

    /// A parent is found: what was known of better places is history.
    pub(super) fn on_attached(&mut self) {
        let parent = self.parent().map(|parent| &parent.peer);
        let chosen = self.reparenting.chosen.clone().filter(|chosen| Some(chosen) == parent);
        self.reparenting = Reparenting { chosen, ..Reparenting::new() };
        self.promotion = Promotion::default();
    }

    /// The person wants this peer for a parent.
    pub(super) fn move_under<R: RngCore>(&mut self, swarm: &mut Swarm<R>, peer: PeerId) {
        self.reparenting.chosen = Some(peer.clone());
        // What it was about to do by itself must not come in between.
        if let Some(attempt) = self.parent_search.stop() {
            swarm.close(attempt);
            self.show_parent(swarm);
        }
        self.parent_search.begin([peer]);
        self.search(swarm);
    }

    /// What to tell of better places: to which child, and which place.
    pub(super) fn hint_for_child<R: RngCore>(
        &self,
        swarm: &Swarm<R>,
    ) -> Option<(PeerId, ReparentHint)> {
        let depth = u32::try_from(self.path_below(swarm)?.len()).unwrap_or(u32::MAX) - 1;
        // A place that this peer wants itself is not offered to others.
        let above = self.reparenting.hint.as_ref().filter(|_| self.useful_hint().is_none());
        self.children.reparent_hint(swarm.id(), self.slots(swarm), depth, above)
    }
}
