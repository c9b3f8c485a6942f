//! Whose pictures are shown and passed on, and what follows when they stay away.

use core::time::Duration;

use rand_core::RngCore;

use super::{Parent, Upstream};
use crate::link::io::{Output, Source};
use crate::media::flow;
use crate::node::room::context::Context;
use crate::swarm::{LinkRole, Swarm};
use crate::tree::handover::Pictures;
use crate::util::id::{LinkId, PeerId};
use crate::wire::message::Message;

/// A parent that leaves has no time for its pictures, or soon none: if none has come for so long,
/// none is waited for. Of fifteen in a second, one may be missing.
const STALL_OF_LEAVING: Duration = Duration::from_millis(120);

impl Upstream {
    /// Whether pictures are missed that the parent should send.
    pub(in crate::node::room) fn is_dry(&self) -> bool {
        self.flow.is_dry()
    }

    /// The host streams, or does not any more: pictures are expected from now on, or none are.
    pub(in crate::node::room) fn expect_pictures<R: RngCore>(&mut self, cx: &Context<'_, R>) {
        let expected = cx.standing.is_streaming();
        self.flow.expect(cx.swarm.now, expected, self.parent.is_some());
    }

    /// Pictures come over a link, or stay away.
    pub(in crate::node::room) fn flow_changed<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        link: LinkId,
        role: LinkRole,
        flows: bool,
    ) {
        match role {
            LinkRole::Standby if flows => self.standby_flows(cx, link),
            LinkRole::PreviousParent if self.handover.previous_flows(flows) => {
                self.show_parent(cx);
            }
            LinkRole::Parent if flows => {
                self.flow.resume(cx.swarm.now);
                if core::mem::take(&mut self.anticipates) {
                    self.seeker.stop().for_each(|attempt| cx.swarm.close(attempt));
                }
                let parent = self.parent.as_ref().map(|parent| &parent.peer);
                match self.handover.pictures_come(cx.swarm.now, parent) {
                    Pictures::Known => {}
                    Pictures::Trial => self.show_parent(cx),
                    Pictures::Trusted => self.end_handover(cx),
                }
            }
            LinkRole::Parent => {
                self.flow.stop(cx.swarm.now, cx.standing.is_streaming());
                if self.could_leave_dry_parent(cx)
                    && let Some((peer, link)) = self.handover.fail_trial()
                {
                    self.show_from(cx, link);
                    self.move_back(cx, peer, link);
                }
            }
            _ => {}
        }
    }

    pub(super) fn follow_flow<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        step: Option<flow::Step>,
    ) {
        match (step, self.parent.as_ref().map(|parent| parent.link)) {
            (Some(flow::Step::Check), Some(link)) => {
                cx.swarm.probe(link);
                if self.is_overdue(cx) && self.could_leave_dry_parent(cx) {
                    self.standby.activate(cx.swarm);
                }
            }
            (Some(flow::Step::Ask), Some(link)) => cx.swarm.send(link, &Message::MediaTimeout),
            (Some(flow::Step::Leave), _) => {
                self.flow.wait(cx.swarm.now, &mut cx.swarm.rng);
                self.penalize_parent(cx);
                if !self.take_standby(cx) {
                    self.begin_search(cx, Vec::new());
                }
            }
            _ => {}
        }
    }

    /// Leaves word that nothing comes from the parent, unless that is still to come: it may be its own
    /// fault.
    pub(super) fn complain<R: RngCore>(&mut self, cx: &mut Context<'_, R>) {
        let is_due = self.flow.complaint_due().is_some_and(|due| cx.swarm.now >= due);
        if let Some(parent) = self.parent.as_ref().filter(|_| is_due) {
            cx.swarm.send(parent.link, &Message::MediaTimeout);
        }
        self.penalize_parent(cx);
    }

    /// Nothing comes from the parent. All pictures come from the host, so that one is asked again
    /// when nobody else is left.
    pub(super) fn penalize_parent<R: RngCore>(&mut self, cx: &Context<'_, R>) {
        let Some(parent) = &self.parent else { return };
        if cx.standing.host().is_some_and(|host| *host != parent.peer) {
            self.seeker.penalize(cx.swarm.now, parent.peer.clone());
        }
    }

    /// Whether nothing has been shown for so long that pictures may come from anywhere.
    pub(super) fn is_overdue<R: RngCore>(&self, cx: &Context<'_, R>) -> bool {
        self.flow.is_overdue(cx.swarm.now) && !self.handover.shows_previous()
    }

    /// Whether a parent that sends nothing could be left: no other is being looked for.
    pub(super) fn could_leave_dry_parent<R: RngCore>(&self, cx: &Context<'_, R>) -> bool {
        !self.seeker.is_busy() && cx.standing.is_streaming()
    }

    /// There is a new parent, at `link`, in place of `old`, whose pictures flowed until now or did
    /// not.
    pub(super) fn hand_over<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        link: LinkId,
        old: Option<Parent>,
        flowed: bool,
    ) {
        if let Some(old) = old {
            let swarm = &*cx.swarm;
            let keeps = flowed
                && !swarm.is_suspect(old.link)
                && !swarm.is_legacy(old.link)
                && !swarm.is_legacy(link);
            if keeps {
                self.end_handover(cx);
                if old.leaves {
                    cx.swarm.watch(old.link, STALL_OF_LEAVING);
                }
                cx.swarm.set_role(old.link, LinkRole::PreviousParent);
                let lost = old.leaves || old.path.is_none();
                return self.handover.begin(cx.swarm.now, old.peer, old.link, lost);
            }
            self.leave_dry_parent(cx, old);
        }
        // After two moves in a row it is the first parent that is still shown.
        if !self.handover.is_on() {
            self.show_from(cx, link);
        }
    }

    /// Lets go of a parent whose pictures are not shown any more. If it sends nothing, it is told so
    /// as soon as that can be weighed.
    fn leave_dry_parent<R: RngCore>(&mut self, cx: &mut Context<'_, R>, old: Parent) {
        let now = cx.swarm.now;
        let is_to_blame = self.flow.is_overdue(now)
            && !old.leaves
            && old.path.is_some()
            && !cx.swarm.is_legacy(old.link)
            && !self.handover.is_on();
        match self.flow.complaint_due().filter(|due| is_to_blame && now < *due) {
            Some(due) => {
                self.end_handover(cx);
                cx.swarm.set_role(old.link, LinkRole::PreviousParent);
                self.handover.blame(old.peer, old.link, due);
            }
            None => say_good_bye(cx.swarm, old.link),
        }
    }

    /// The pictures of the new parent go on, or the old one is of no use any more.
    pub(in crate::node::room) fn end_handover<R: RngCore>(&mut self, cx: &mut Context<'_, R>) {
        let Some((previous, is_blamed)) = self.handover.end() else { return };
        self.show_parent(cx);
        if is_blamed {
            cx.swarm.send(previous, &Message::MediaTimeout);
        }
        say_good_bye(cx.swarm, previous);
    }

    /// The new parent has sent nothing, while the old one still does and knows nothing of the
    /// move: it is asked to be the parent again.
    pub(super) fn move_back<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        peer: PeerId,
        link: LinkId,
    ) {
        self.penalize_parent(cx);
        cx.swarm.set_role(link, LinkRole::ParentAttempt);
        self.seeker.asked(cx.swarm.now, peer, link);
        self.ask_to_join(cx, link);
    }

    /// Shows what comes over a link, and passes it on. It is shown from when the host streams on:
    /// a browser that is given tracks keeps its sound running, whether there is any or not.
    pub(super) fn show_from<R: RngCore>(&self, cx: &mut Context<'_, R>, link: LinkId) {
        if cx.standing.shows_own() {
            return;
        }
        if cx.standing.on_air().is_some() {
            cx.swarm.push(Output::Show(Some(Source::Link(link))));
        }
        cx.below.feed(cx.swarm, Some(Source::Link(link)));
    }

    /// Shows what the parent sends: a move has ended or failed, or the host has begun to stream.
    pub(in crate::node::room) fn show_parent<R: RngCore>(&self, cx: &mut Context<'_, R>) {
        if let Some(parent) = &self.parent {
            self.show_from(cx, parent.link);
        }
    }
}

fn say_good_bye<R: RngCore>(swarm: &mut Swarm<R>, old: LinkId) {
    swarm.send_and_close(old, &Message::Leave { ask: Vec::new() });
}
