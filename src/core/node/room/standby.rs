//! The standby on both sides: keeping one warm, and being one for somebody else.

use core::time::Duration;

use rand_core::RngCore;

use super::Room;
use super::child::STALL;
use crate::link::io::MediaRole;
use crate::model::Phase;
use crate::signal::payload::{Intent, RefusalReason};
use crate::swarm::{LinkRole, Swarm};
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::wire::message::Message;

/// Who is so many levels further down than the room has to be looks for a better place. What is
/// moved for less costs all below more than it gains them.
const LOW: usize = 2;
/// A subtree with so many levels below its root makes the room deeper when it moves down.
const TALL: u32 = 2;
/// How long a standby sends pictures without becoming the parent at the most.
const ACTIVATED: Duration = Duration::from_secs(2);

impl Room {
    /// Dials a candidate if one is wanted now.
    pub(super) fn look_for_standby<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if !self.standby.is_due(swarm.now) || self.phase != Phase::Attached {
            return;
        }
        let Some(parent) = self.parent() else { return };
        let above = parent.path.iter().flatten().rev().nth(1).cloned();
        let above = above.filter(|_| self.children.is_empty() && !self.is_low());
        let (own, parent) = (swarm.id().clone(), parent.peer.clone());
        let candidates = self.backups.iter().cloned();
        let chosen = self.standby.choose(swarm.now, above, candidates, &mut swarm.rng);
        let Some(peer) = chosen else { return };
        let penalized = self.parent_search.is_penalized(swarm.now, &peer);
        if peer == parent || peer == own || penalized || self.children.contains(&peer) {
            return self.standby.useless(swarm.now, peer, &mut swarm.rng);
        }
        match swarm.dial_with(&peer, Intent::Standby, LinkRole::Standby, 0, self.admission_token())
        {
            Some(link) => self.standby.dialled(peer, link),
            None => self.standby.reject(swarm.now, &mut swarm.rng),
        }
    }

    /// Something came over the link to the standby.
    pub(super) fn standby_says<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        message: Message,
    ) {
        match message {
            Message::Path { path: Some(path) }
                if self.is_useful(swarm.id(), &path) && self.is_near(&path) =>
            {
                self.standby.warmed(path);
                self.weigh_standby(swarm);
            }
            // The parent has gone meanwhile.
            Message::Path { path: Some(path) }
                if self.phase == Phase::Repairing && !path.contains(swarm.id()) =>
            {
                self.standby.warmed(path);
                if let Some(slower) = self.parent_search.give_way(|attempt| !swarm.is_open(attempt))
                {
                    swarm.close(slower);
                }
                self.take_standby(swarm);
            }
            Message::Path { .. } => {
                swarm.close(link);
                self.standby.reject(swarm.now, &mut swarm.rng);
            }
            Message::Leave { ask } => {
                swarm.close(link);
                self.standby_elsewhere(swarm, ask);
            }
            _ => {}
        }
    }

    /// The standby, or who was to become it, has no room for this peer, and names others to ask.
    pub(super) fn standby_elsewhere<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        mut ask: Vec<PeerId>,
    ) {
        let parent = self.parent().map(|parent| &parent.peer);
        ask.retain(|peer| Some(peer) != parent && peer != swarm.id());
        self.standby.name(&ask, &mut swarm.rng);
        self.standby.reject(swarm.now, &mut swarm.rng);
    }

    /// The parent has changed: a standby that is of no use beside it is given up.
    pub(super) fn check_standby<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if self.standby.path().is_some_and(|path| !self.is_useful(swarm.id(), path))
            && let Some(link) = self.standby.stop()
        {
            swarm.close(link);
        }
        self.standby.want(swarm.now, &mut swarm.rng);
    }

    /// Whether this peer is so far from the host that it should look for a standby where there is room,
    /// to move up to it.
    pub(super) fn is_low(&self) -> bool {
        let depth = self.path().map_or(0, Vec::len);
        // What the parent has told may be any number.
        self.best_depth.is_some_and(|best| depth.saturating_sub(best as usize) >= LOW)
    }

    /// A standby that is as low as this peer itself is given up for one to which it could rise.
    pub(super) fn replace_low_standby<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        let low = self.is_low() && self.standby.path().is_some() && self.gain_of_standby() == 0;
        if low && let Some(link) = self.standby.replace(swarm.now, &mut swarm.rng) {
            swarm.close(link);
        }
    }

    /// A standby must reach the host without this peer and without its parent, unless the parent is
    /// the host itself.
    fn is_useful(&self, own: &PeerId, path: &[PeerId]) -> bool {
        let Some(parent) = self.parent() else { return false };
        let host = self.state.as_ref().map(|state| &state.id);
        !path.contains(own) && (Some(&parent.peer) == host || !path.contains(&parent.peer))
    }

    /// A subtree that moves to its standby should not end up much further down; but a warm standby is
    /// not given up for that.
    fn is_near(&mut self, path: &[PeerId]) -> bool {
        let depth = self.path().map_or(0, Vec::len);
        let lower = if self.children.height() >= TALL { 1 } else { 2 };
        self.standby.path().is_some() || path.len() <= depth + lower || self.standby.may_be_far()
    }

    /// Moves over to the warm standby, if there is one. Returns whether there is.
    pub(super) fn take_standby<R: RngCore>(&mut self, swarm: &mut Swarm<R>) -> bool {
        if self.parent_search.is_busy() {
            return false;
        }
        let Some((peer, link)) = self.standby.take() else { return false };
        swarm.set_role(link, LinkRole::ParentAttempt);
        self.parent_search.dialled(swarm.now, peer, link);
        self.ask_to_join(swarm, link);
        swarm.probe(link);
        true
    }

    /// The parent does not answer: the standby begins to send, so that a move, if it comes to that,
    /// is one to pictures that flow.
    pub(super) fn on_unresponsive<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        role: Option<LinkRole>,
    ) {
        if role != Some(LinkRole::Parent) || self.parent_search.is_busy() || !self.is_streaming() {
            return;
        }
        self.activate_standby(swarm);
    }

    /// Has the standby send pictures, unless it does. Returns whether it begins to.
    pub(super) fn activate_standby<R: RngCore>(&mut self, swarm: &mut Swarm<R>) -> bool {
        let Some(standby) = self.standby.activate(swarm.now + ACTIVATED) else { return false };
        swarm.send(standby, &Message::Activate);
        swarm.probe(standby);
        swarm.watch(standby, STALL);
        true
    }

    /// Pictures come from the standby: they are shown if the parent has not answered meanwhile. If
    /// they were asked for to see whether it has any, it becomes the parent without haste.
    pub(super) fn standby_flows<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        let doubtful = self.parent().is_some_and(|parent| swarm.is_suspect(parent.link));
        let promotes = self.end_promotion() && self.gain_of_standby() > 0;
        if (doubtful || promotes) && self.take_standby(swarm) {
            if doubtful {
                self.show_from(swarm, link);
            }
        } else if let Some(link) = self.standby.rest() {
            send_to_rest(swarm, link);
        }
    }

    /// A standby that was activated in vain has nothing to send, or the parent answers again. One that
    /// has no pictures while the parent has some is of no use.
    pub(super) fn let_standby_rest<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if self.standby.activated().is_none_or(|until| swarm.now < until) {
            return;
        }
        let Some(link) = self.standby.rest() else { return };
        if self.end_promotion() && self.flow.flows_now() {
            swarm.close(link);
            self.standby.reject(swarm.now, &mut swarm.rng);
        } else {
            send_to_rest(swarm, link);
        }
    }

    /// Somebody whose standby this peer is wants pictures for the moment, or no more of them.
    pub(super) fn activated<R: RngCore>(
        &self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        message: &Message,
    ) {
        match message {
            Message::Activate => swarm.feed(link, self.source()),
            Message::Pause => swarm.feed(link, None),
            _ => {}
        }
    }

    /// Somebody wants this peer as its standby. Standbys hold no slot, but there are never more of
    /// them than free slots, so each could become a child.
    pub(super) fn standby_knocks<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        peer: PeerId,
        admission_token: Option<u64>,
    ) {
        if let Some((reason, ask)) = self.bars(&peer, admission_token) {
            return swarm.refuse(link, reason, ask);
        }
        let Some(path) = self.path_below(swarm) else {
            return swarm.refuse(link, RefusalReason::Detached, Vec::new());
        };
        if path.contains(&peer) || self.children.contains(&peer) {
            return swarm.refuse(link, RefusalReason::Cycle, Vec::new());
        }
        if self.children.standbys() >= self.free(swarm) as usize {
            return swarm.refuse(link, RefusalReason::Full, self.further_down(swarm, &peer));
        }
        self.children.hold_standby(link, peer);
        swarm.accept(link, LinkRole::StandbyFor, MediaRole::Send);
    }

    /// A link on which this peer is the standby is open: tell the other side whether it is of use.
    pub(super) fn greet_standby<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        let path = self.path_below(swarm);
        swarm.send(link, &Message::Path { path });
    }

    /// Lets go of standbys for which no slot is left.
    pub(super) fn drop_standbys<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        for (link, peer) in self.children.surplus_standbys(self.slots(swarm)) {
            let ask = self.further_down(swarm, &peer);
            swarm.send_and_close(link, &Message::Leave { ask });
        }
    }

    /// Where to ask for a standby that there is no room for here. Joiners take the places near the
    /// host and those that summaries name; who only keeps one in reserve finds it further down,
    /// where most of them are and stay free for longest.
    fn further_down<R: RngCore>(&self, swarm: &Swarm<R>, peer: &PeerId) -> Vec<PeerId> {
        let children = self
            .children
            .iter()
            .filter(|(id, child)| child.joined && *id != peer && !swarm.is_legacy(child.link));
        children.map(|(id, _)| id.clone()).take(limits::CANDIDATE_PARENTS).collect()
    }
}

fn send_to_rest<R: RngCore>(swarm: &mut Swarm<R>, standby: LinkId) {
    swarm.watch(standby, Duration::ZERO);
    swarm.send(standby, &Message::Pause);
}
