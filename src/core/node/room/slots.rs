//! How many children this peer takes, and who gets the places: what the uplink carries, places
//! that are given back, weak children that make room, and rising to a better place oneself.

use core::time::Duration;

use rand_core::RngCore;

use super::Room;
use super::lift::Lift;
use crate::id::{LinkId, PeerId};
use crate::node::io::{MediaRole, Output, Sending};
use crate::node::net::Net;
use crate::quality::Quality;
use crate::random::{Backoff, jitter};
use crate::signal::payload::{Hello, Want, Why};
use crate::time::Time;
use crate::view::Phase;
use crate::wire::limits;
use crate::wire::message::{Message, Rise};

/// How soon after learning of a better place a peer asks for it, at the most.
const SETTLE: Duration = Duration::from_secs(4);
/// The waits after a better place was asked for in vain.
const RETRY: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(320));

/// The wish for a better place.
#[derive(Debug)]
pub(super) struct Climb {
    rise: Option<Rise>,
    /// The parent that the person has chosen; no better place takes this peer away from it.
    chosen: Option<PeerId>,
    next: Option<Time>,
    backoff: Backoff,
}

impl Climb {
    pub(super) fn new() -> Self {
        let backoff = Backoff::new(RETRY.0, RETRY.1);
        Self { rise: None, chosen: None, next: None, backoff }
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        self.next
    }
}

impl Room {
    /// How many children this peer takes right now.
    pub(super) fn slots<R: RngCore>(&self, net: &Net<R>) -> u32 {
        let slots = self.uplink.slots();
        if !net.is_throttled() {
            return slots;
        }
        // Those that are there are fed all the same; nobody new should rely on a sleeping page.
        slots.min(u32::try_from(self.children.iter().count()).unwrap_or(u32::MAX))
    }

    /// How many more children this peer takes although others should come first: a page that sleeps
    /// passes pictures on as well as any, it only notices late that somebody is gone.
    pub(super) fn last_resort<R: RngCore>(&self, net: &Net<R>) -> u32 {
        if net.is_throttled() { self.children.free(self.uplink.slots()) } else { 0 }
    }

    /// How many more children this peer takes.
    pub(super) fn free<R: RngCore>(&self, net: &Net<R>) -> u32 {
        self.children.free(self.slots(net))
    }

    pub(super) fn set_limit<R: RngCore>(&mut self, net: &mut Net<R>, limit: u32) {
        self.uplink.set_limit(limit.min(limits::CHILDREN as u32));
        self.give_back(net);
    }

    /// A fed link reports what it carries. Also those of children that are about to leave count,
    /// and of spares that are roused: the uplink is one.
    pub(super) fn sending<R: RngCore>(&mut self, net: &mut Net<R>, link: LinkId, sending: Sending) {
        if self.outgoing.report(net.now, link, sending) {
            net.push(Output::Encode(self.outgoing.quality()));
        }
        // A lesser picture for everyone comes before sending somebody away.
        let wanted = if self.outgoing.can_lower() { sending.carried } else { sending.wanted };
        if self.uplink.report(net.now, link, Sending { wanted, ..sending }) {
            self.give_back(net);
        }
        self.look_at_source(net);
    }

    pub(super) fn want_quality<R: RngCore>(
        &mut self,
        net: &mut Net<R>,
        most: Quality,
        adapts: bool,
    ) {
        self.outgoing.want(most, adapts);
        net.push(Output::Encode(self.outgoing.quality()));
    }

    pub(super) fn try_more<R: RngCore>(&mut self, net: &mut Net<R>) {
        if self.uplink.tick(net.now) {
            self.report(net);
        }
    }

    /// Sends children that are too many elsewhere; they are fed until they have found a place.
    pub(super) fn give_back<R: RngCore>(&mut self, net: &mut Net<R>) {
        for child in self.children.excess(self.slots(net)) {
            self.send_away(net, &child, Vec::new());
        }
        self.drop_spares(net);
        self.report(net);
    }

    /// Asks a child to find another place, `first` of all there.
    fn send_away<R: RngCore>(&mut self, net: &mut Net<R>, child: &PeerId, first: Vec<PeerId>) {
        // Old pages can only be cut off.
        let link = self.children.link(child).filter(|link| !net.is_legacy(*link));
        let Some(link) = link else { return };
        let mut ask = first;
        ask.extend(self.children.alternatives(child));
        ask.extend(self.backups.iter().filter(|backup| *backup != child).cloned());
        ask.truncate(limits::CANDIDATE_PARENTS);
        self.children.retire(net.now, child);
        net.send(link, &Message::Leave { ask });
    }

    /// A full peer is asked for a place: it makes room by moving a child that can feed nobody
    /// below the newcomer, or says where else to ask.
    pub(super) fn knocks_in_vain<R: RngCore>(
        &mut self,
        net: &mut Net<R>,
        link: LinkId,
        peer: &PeerId,
        hello: Hello,
    ) {
        let climbs = hello.want == Want::Climb;
        let mut ask = match climbs {
            true => Vec::new(),
            false => self.children.redirect(net.now, peer, hello.slots > 0),
        };
        // Room below is better than moving somebody.
        let displaces = hello.slots > 0
            && (climbs || !self.children.has_room(peer, hello.slots > 0))
            && self.children.weakest().is_some_and(|weak| weak != *peer)
            && self.children.hold_swap(net.now, link);
        if displaces {
            return net.accept(link, MediaRole::Send);
        }
        if !climbs {
            ask.extend(self.backups.iter().filter(|backup| *backup != peer).cloned());
            ask.truncate(limits::CANDIDATE_PARENTS);
        }
        net.refuse(link, Why::Full, ask);
    }

    /// The newcomer that was to take a weak child's place is there: the child goes below it.
    /// Returns whether there is a place now.
    pub(super) fn displace<R: RngCore>(&mut self, net: &mut Net<R>, newcomer: &PeerId) -> bool {
        if self.free(net) > 0 {
            return true;
        }
        let Some(weak) = self.children.weakest() else { return false };
        self.send_away(net, &weak, vec![newcomer.clone()]);
        self.free(net) > 0
    }

    /// The parent knows a better place for this peer, or for one below it.
    pub(super) fn hear_of_rise<R: RngCore>(&mut self, net: &mut Net<R>, rise: Option<Rise>) {
        self.climb.rise = rise;
        let Some(rise) = self.wants_to_rise() else {
            self.climb.next = None;
            return;
        };
        // A place that is taken is worth less haste: two peers move for it.
        let settle = if rise.weak { SETTLE * 4 } else { SETTLE };
        if self.climb.next.is_none() {
            self.climb.next = Some(net.now + jitter(&mut net.rng, settle));
        }
    }

    /// The better place that this peer itself would take, if there is one.
    fn wants_to_rise(&self) -> Option<&Rise> {
        let depth = u32::try_from(self.path()?.len()).unwrap_or(u32::MAX);
        if self.is_chosen() {
            return None;
        }
        let useful = !self.children.is_empty() && self.uplink.slots() > 0;
        let rise = self.climb.rise.as_ref()?;
        (rise.is_above(depth) && (useful || !rise.weak)).then_some(rise)
    }

    /// Whether the person has chosen the parent.
    pub(super) fn is_chosen(&self) -> bool {
        self.climb.chosen.as_ref() == self.parent().map(|parent| &parent.peer)
    }

    /// Asks for the better place if it is time.
    pub(super) fn climb<R: RngCore>(&mut self, net: &mut Net<R>) {
        if self.climb.next.is_none_or(|next| net.now < next) {
            return;
        }
        self.climb.next = None;
        let Some(rise) = self.wants_to_rise().cloned() else { return };
        self.climb.next = Some(net.now + self.climb.backoff.wait(&mut net.rng));
        if self.phase == Phase::Attached && !self.seek.is_busy() {
            self.seek.try_one(rise.id);
        }
    }

    /// A parent is found: what was known of better places is history.
    pub(super) fn settled(&mut self) {
        let parent = self.parent().map(|parent| &parent.peer);
        let chosen = self.climb.chosen.clone().filter(|chosen| Some(chosen) == parent);
        self.climb = Climb { chosen, ..Climb::new() };
        self.lift = Lift::default();
    }

    /// The person wants this peer for a parent.
    pub(super) fn move_under<R: RngCore>(&mut self, net: &mut Net<R>, peer: PeerId) {
        self.climb.chosen = Some(peer.clone());
        // What it was about to do by itself must not come in between.
        if let Some(attempt) = self.seek.stop() {
            net.close(attempt);
            self.show_parent(net);
        }
        self.seek.begin([peer]);
        self.search(net);
    }

    /// What to tell of better places: to which child, and which place.
    pub(super) fn rise_below<R: RngCore>(&self, net: &Net<R>) -> Option<(PeerId, Rise)> {
        let depth = u32::try_from(self.path_below(net)?.len()).unwrap_or(u32::MAX) - 1;
        // A place that this peer wants itself is not offered to others.
        let above = self.climb.rise.as_ref().filter(|_| self.wants_to_rise().is_none());
        self.children.rise(net.id(), self.slots(net), depth, above)
    }
}
