//! The standby: when it is looked for, when it sends, when it becomes the parent.

use rand_core::RngCore;

use super::{Parent, Upstream};
use crate::link::DisconnectReason;
use crate::node::room::context::Context;
use crate::node::room::downstream::Downstream;
use crate::node::room::standby_keeper::{Position, StandbyKeeper};
use crate::node::room::standing::Standing;
use crate::swarm::LinkRole;
use crate::tree::Reparenting;
use crate::util::id::{LinkId, PeerId};

impl Upstream {
    /// The link to the standby is gone, or never came up.
    pub(in crate::node::room) fn standby_down<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        reason: &DisconnectReason,
    ) {
        let ask = match reason {
            DisconnectReason::Refused(refusal) => refusal.ask.clone(),
            _ => Vec::new(),
        };
        let (standby, position) = self.standby_at(cx.standing, cx.below);
        standby.refused(cx.swarm, &position, ask);
    }

    /// The parent does not answer: the standby begins to send, so that a move, if it comes to that,
    /// is one to pictures that flow. Without a standby others are asked already.
    pub(in crate::node::room) fn parent_unresponsive<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
    ) {
        if !self.could_leave_dry_parent(cx) {
            return;
        }
        self.standby.activate(cx.swarm);
        let Some(parent) = self.parent.as_ref().filter(|_| self.flow.is_dry()) else { return };
        if !self.standby.is_warm() {
            let (peer, path) = (parent.peer.clone(), parent.path.clone());
            self.replace(cx, &peer, Vec::new(), path);
            self.anticipates = true;
        }
    }

    /// Pictures come from the standby: they are shown if the parent has not answered meanwhile, or
    /// has had none for long. If they were asked for to see whether it has any, it becomes the parent
    /// without haste.
    pub(super) fn standby_flows<R: RngCore>(&mut self, cx: &mut Context<'_, R>, link: LinkId) {
        let overdue = self.is_overdue(cx);
        let needed = overdue || self.parent.as_ref().is_some_and(|p| cx.swarm.is_suspect(p.link));
        let (standby, position) = self.standby_at(cx.standing, cx.below);
        let promotes = standby.flows(&position);
        if (needed || promotes) && self.take_standby(cx) {
            if overdue {
                self.complain(cx);
            }
            if needed {
                self.show_from(cx, link);
            }
        } else {
            self.standby.rest(cx.swarm);
        }
    }

    /// Moves up to the standby if that is still worth it, and if pictures come from there.
    pub(super) fn promote<R: RngCore>(&mut self, cx: &mut Context<'_, R>, attached: bool) {
        let (standby, position) = self.standby_at(cx.standing, cx.below);
        if !standby.is_promotion_due(cx.swarm, &position) || !attached {
            return;
        }
        if cx.standing.is_streaming() {
            standby.try_pictures(cx.swarm);
        } else {
            self.take_standby(cx);
        }
    }

    pub(super) fn look_for_standby<R: RngCore>(&mut self, cx: &mut Context<'_, R>) {
        let membership = cx.membership();
        let (now, below) = (cx.swarm.now, cx.below);
        let Self { parent, backups, seeker, standby, reparenting, best_depth, .. } = self;
        let position = position(parent.as_ref(), *best_depth, reparenting, cx.standing, below);
        let may_ask =
            |peer: &PeerId| !seeker.is_penalized(now, peer) && !below.children().contains(peer);
        standby.look(cx.swarm, &position, backups, may_ask, membership);
    }

    /// Moves over to the warm standby, if there is one. Returns whether there is.
    pub(super) fn take_standby<R: RngCore>(&mut self, cx: &mut Context<'_, R>) -> bool {
        if self.seeker.is_busy() {
            return false;
        }
        let Some((peer, link)) = self.standby.take() else { return false };
        cx.swarm.set_role(link, LinkRole::ParentAttempt);
        self.seeker.asked(cx.swarm.now, peer, link);
        self.ask_to_join(cx, link);
        cx.swarm.probe(link);
        true
    }

    pub(super) fn standby_at<'a>(
        &'a mut self,
        standing: &'a Standing,
        below: &'a Downstream,
    ) -> (&'a mut StandbyKeeper, Position<'a>) {
        let parent = self.parent.as_ref();
        let position = position(parent, self.best_depth, &self.reparenting, standing, below);
        (&mut self.standby, position)
    }
}

/// What keeping a standby depends on.
fn position<'a>(
    parent: Option<&'a Parent>,
    best_depth: Option<u32>,
    reparenting: &Reparenting,
    standing: &'a Standing,
    below: &Downstream,
) -> Position<'a> {
    let peer = parent.map(|parent| &parent.peer);
    Position {
        parent: peer,
        path: parent.and_then(|parent| parent.path.as_deref()),
        host: standing.host(),
        best_depth,
        is_chosen: reparenting.is_chosen(peer),
        has_children: !below.children().is_empty(),
        height: below.children().height(),
    }
}
