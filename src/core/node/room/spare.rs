//! The spare on both sides: keeping one warm, and being one for somebody else.

use core::time::Duration;

use rand_core::RngCore;

use super::Room;
use super::child::STALL;
use crate::id::{LinkId, PeerId};
use crate::node::io::MediaRole;
use crate::node::net::Net;
use crate::signal::payload::{Want, Why};
use crate::view::Phase;
use crate::wire::limits;
use crate::wire::message::Message;

/// Who is so many levels further down than the room has to be looks for a better place. What is
/// moved for less costs all below more than it gains them.
const LOW: usize = 2;
/// A subtree with so many levels below its root makes the room deeper when it moves down.
const TALL: u32 = 2;
/// How long a spare sends pictures without becoming the parent at the most.
const ROUSED: Duration = Duration::from_secs(2);

impl Room {
    /// Dials a candidate if one is wanted now.
    pub(super) fn look_for_spare<R: RngCore>(&mut self, net: &mut Net<R>) {
        if !self.spare.is_due(net.now) || self.phase != Phase::Attached {
            return;
        }
        let Some(parent) = self.parent() else { return };
        let above = parent.path.iter().flatten().rev().nth(1).cloned();
        let above = above.filter(|_| self.children.is_empty() && !self.is_low());
        let (own, parent) = (net.id().clone(), parent.peer.clone());
        let candidates = self.backups.iter().cloned();
        let chosen = self.spare.choose(net.now, above, candidates, &mut net.rng);
        let Some(peer) = chosen else { return };
        let shunned = self.seek.shuns(net.now, &peer);
        if peer == parent || peer == own || shunned || self.children.contains(&peer) {
            return self.spare.useless(net.now, peer, &mut net.rng);
        }
        match net.dial_with(&peer, Want::Spare, 0, self.ticket()) {
            Some(link) => self.spare.dialled(peer, link),
            None => self.spare.reject(net.now, &mut net.rng),
        }
    }

    /// Something came over the link to the spare.
    pub(super) fn spare_says<R: RngCore>(
        &mut self,
        net: &mut Net<R>,
        link: LinkId,
        message: Message,
    ) {
        match message {
            Message::Path { path: Some(path) }
                if self.is_useful(net.id(), &path) && self.is_near(&path) =>
            {
                self.spare.warmed(path);
                self.weigh_spare(net);
            }
            // The parent has gone meanwhile.
            Message::Path { path: Some(path) }
                if self.phase == Phase::Repairing && !path.contains(net.id()) =>
            {
                self.spare.warmed(path);
                if let Some(slower) = self.seek.give_way(|attempt| !net.is_open(attempt)) {
                    net.close(slower);
                }
                self.take_spare(net);
            }
            Message::Path { .. } => {
                net.close(link);
                self.spare.reject(net.now, &mut net.rng);
            }
            Message::Leave { ask } => {
                net.close(link);
                self.spare_elsewhere(net, ask);
            }
            _ => {}
        }
    }

    /// The spare, or who was to become it, has no room for this peer, and names others to ask.
    pub(super) fn spare_elsewhere<R: RngCore>(&mut self, net: &mut Net<R>, mut ask: Vec<PeerId>) {
        let parent = self.parent().map(|parent| &parent.peer);
        ask.retain(|peer| Some(peer) != parent && peer != net.id());
        self.spare.name(&ask, &mut net.rng);
        self.spare.reject(net.now, &mut net.rng);
    }

    /// The parent has changed: a spare that is of no use beside it is given up.
    pub(super) fn check_spare<R: RngCore>(&mut self, net: &mut Net<R>) {
        if self.spare.path().is_some_and(|path| !self.is_useful(net.id(), path))
            && let Some(link) = self.spare.stop()
        {
            net.close(link);
        }
        self.spare.want(net.now, &mut net.rng);
    }

    /// Whether this peer is so far from the host that it should look for a spare where there is room,
    /// to move up to it.
    pub(super) fn is_low(&self) -> bool {
        let depth = self.path().map_or(0, Vec::len);
        // What the parent has told may be any number.
        self.best_depth.is_some_and(|best| depth.saturating_sub(best as usize) >= LOW)
    }

    /// A spare that is as low as this peer itself is given up for one to which it could rise.
    pub(super) fn replace_low_spare<R: RngCore>(&mut self, net: &mut Net<R>) {
        let low = self.is_low() && self.spare.path().is_some() && self.gain_of_spare() == 0;
        if low && let Some(link) = self.spare.replace(net.now, &mut net.rng) {
            net.close(link);
        }
    }

    /// A spare must reach the host without this peer and without its parent, unless the parent is
    /// the host itself.
    fn is_useful(&self, own: &PeerId, path: &[PeerId]) -> bool {
        let Some(parent) = self.parent() else { return false };
        let host = self.state.as_ref().map(|state| &state.id);
        !path.contains(own) && (Some(&parent.peer) == host || !path.contains(&parent.peer))
    }

    /// A subtree that moves to its spare should not end up much further down; but a warm spare is
    /// not given up for that.
    fn is_near(&mut self, path: &[PeerId]) -> bool {
        let depth = self.path().map_or(0, Vec::len);
        let lower = if self.children.height() >= TALL { 1 } else { 2 };
        self.spare.path().is_some() || path.len() <= depth + lower || self.spare.may_be_far()
    }

    /// Moves over to the warm spare, if there is one. Returns whether there is.
    pub(super) fn take_spare<R: RngCore>(&mut self, net: &mut Net<R>) -> bool {
        if self.seek.is_busy() {
            return false;
        }
        let Some((peer, link)) = self.spare.take() else { return false };
        self.seek.dialled(net.now, peer, link);
        self.ask_to_join(net, link);
        net.need(link);
        true
    }

    /// The parent does not answer: the spare begins to send, so that a move, if it comes to that,
    /// is one to pictures that flow.
    pub(super) fn doubt<R: RngCore>(&mut self, net: &mut Net<R>, link: LinkId) {
        let parent = self.parent().is_some_and(|parent| parent.link == link);
        if !parent || self.seek.is_busy() || !self.is_streaming() {
            return;
        }
        self.rouse_spare(net);
    }

    /// Has the spare send pictures, unless it does. Returns whether it begins to.
    pub(super) fn rouse_spare<R: RngCore>(&mut self, net: &mut Net<R>) -> bool {
        let Some(spare) = self.spare.rouse(net.now + ROUSED) else { return false };
        net.send(spare, &Message::Rouse);
        net.need(spare);
        net.watch(spare, STALL);
        true
    }

    /// Pictures come from the spare: they are shown if the parent has not answered meanwhile. If
    /// they were asked for to see whether it has any, it becomes the parent without haste.
    pub(super) fn spare_flows<R: RngCore>(&mut self, net: &mut Net<R>, link: LinkId) {
        let doubtful = self.parent().is_some_and(|parent| net.is_suspect(parent.link));
        let lifts = self.end_lift() && self.gain_of_spare() > 0;
        if (doubtful || lifts) && self.take_spare(net) {
            if doubtful {
                self.show_from(net, link);
            }
        } else if let Some(link) = self.spare.rest() {
            send_to_rest(net, link);
        }
    }

    /// A spare that was roused in vain has nothing to send, or the parent answers again. One that
    /// has no pictures while the parent has some is of no use.
    pub(super) fn let_spare_rest<R: RngCore>(&mut self, net: &mut Net<R>) {
        if self.spare.roused().is_none_or(|until| net.now < until) {
            return;
        }
        let Some(link) = self.spare.rest() else { return };
        if self.end_lift() && self.flow.flows_now() {
            net.close(link);
            self.spare.reject(net.now, &mut net.rng);
        } else {
            send_to_rest(net, link);
        }
    }

    /// Somebody whose spare this peer is wants pictures for the moment, or no more of them.
    pub(super) fn roused<R: RngCore>(&self, net: &mut Net<R>, link: LinkId, message: &Message) {
        match message {
            Message::Rouse => net.feed(link, self.source()),
            Message::Rest => net.feed(link, None),
            _ => {}
        }
    }

    /// Somebody wants this peer as its spare. Spares hold no slot, but there are never more of
    /// them than free slots, so each could become a child.
    pub(super) fn spare_knocks<R: RngCore>(
        &mut self,
        net: &mut Net<R>,
        link: LinkId,
        peer: PeerId,
        ticket: Option<u64>,
    ) {
        if let Some((why, ask)) = self.bars(&peer, ticket) {
            return net.refuse(link, why, ask);
        }
        let Some(path) = self.path_below(net) else {
            return net.refuse(link, Why::Adrift, Vec::new());
        };
        if path.contains(&peer) || self.children.contains(&peer) {
            return net.refuse(link, Why::Cycle, Vec::new());
        }
        if self.children.spares() >= self.free(net) as usize {
            return net.refuse(link, Why::Full, self.further_down(net, &peer));
        }
        self.children.hold_spare(link, peer);
        net.accept(link, MediaRole::Send);
    }

    /// A link on which this peer is the spare is open: tell the other side whether it is of use.
    pub(super) fn greet_spare<R: RngCore>(&mut self, net: &mut Net<R>, link: LinkId) {
        if self.children.is_spare(link) {
            let path = self.path_below(net);
            net.send(link, &Message::Path { path });
        }
    }

    /// Lets go of spares for which no slot is left.
    pub(super) fn drop_spares<R: RngCore>(&mut self, net: &mut Net<R>) {
        for (link, peer) in self.children.surplus_spares(self.slots(net)) {
            let ask = self.further_down(net, &peer);
            net.send_and_close(link, &Message::Leave { ask });
        }
    }

    /// Where to ask for a spare that there is no room for here. Joiners take the places near the
    /// host and those that summaries name; who only keeps one in reserve finds it further down,
    /// where most of them are and stay free for longest.
    fn further_down<R: RngCore>(&self, net: &Net<R>, peer: &PeerId) -> Vec<PeerId> {
        let children = self
            .children
            .iter()
            .filter(|(id, child)| child.joined && *id != peer && !net.is_legacy(child.link));
        children.map(|(id, _)| id.clone()).take(limits::CANDIDATE_PARENTS).collect()
    }
}

fn send_to_rest<R: RngCore>(net: &mut Net<R>, spare: LinkId) {
    net.watch(spare, Duration::ZERO);
    net.send(spare, &Message::Rest);
}
