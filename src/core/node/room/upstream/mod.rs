//! The way up: finding a parent, keeping it, replacing it before or after it is lost.
//!
//! `pictures` has what concerns media: whose are shown, and what follows when they stay away; `standby`
//! the second parent that is kept warm.

mod pictures;
mod standby;

use core::time::Duration;

use rand_core::RngCore;

use super::context::Context;
use super::downstream::{Above, Downstream};
use super::seeker::{Known, Seeker};
use super::standby_keeper::{StandbyKeeper, Warmed};
use super::standing::Standing;
use crate::link::DisconnectReason;
use crate::link::io::Source;
use crate::media::flow::Flow;
use crate::model::Phase;
use crate::swarm::{LinkRole, Swarm};
use crate::tree::handover::{Expired, Handover};
use crate::tree::{CurrentPlace, Reparenting};
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::util::time::Time;
use crate::util::timer::{TimerKind, Timers};
use crate::wire::message::{Message, ReparentHint};

/// A picture that stays away for so long makes a peer ask whether its parent still lives.
const STALL: Duration = Duration::from_millis(250);
/// How long a peer whose parent has lost its way waits before it looks for another by itself.
const DETACHED: Duration = Duration::from_secs(8);

/// The way up of a viewer.
pub(super) struct Upstream {
    parent: Option<Parent>,
    /// Peers that could be the parent, outside the own subtree.
    backups: Vec<PeerId>,
    /// How many levels the room needs below the host.
    best_depth: Option<u32>,
    seeker: Seeker,
    standby: StandbyKeeper,
    flow: Flow,
    handover: Handover,
    reparenting: Reparenting,
    /// Others are asked because the parent does not answer, and no standby is warm.
    anticipates: bool,
}

pub(super) struct Parent {
    pub(super) link: LinkId,
    pub(super) peer: PeerId,
    /// From the host to the parent; `None` while the parent has no way to the host.
    pub(super) path: Option<Vec<PeerId>>,
    /// Since when it has none.
    detached: Option<Time>,
    /// It has said that it goes.
    leaves: bool,
}

impl Upstream {
    /// Begins to look for the room's tree at `target`.
    pub(super) fn new(target: PeerId) -> Self {
        Self {
            parent: None,
            backups: Vec::new(),
            best_depth: None,
            seeker: Seeker::new(target),
            standby: StandbyKeeper::new(),
            flow: Flow::new(),
            handover: Handover::default(),
            reparenting: Reparenting::new(),
            anticipates: false,
        }
    }

    pub(super) fn parent(&self) -> Option<&Parent> {
        self.parent.as_ref()
    }

    pub(super) fn backups(&self) -> &[PeerId] {
        &self.backups
    }

    /// From the host to the parent; `None` while there is no way.
    pub(super) fn path(&self) -> Option<&[PeerId]> {
        self.parent.as_ref()?.path.as_deref()
    }

    /// What the children have above them.
    pub(super) fn above(&self, standing: &Standing, below: &Downstream) -> Above<'_> {
        let link = self.parent.as_ref().map(|parent| parent.link);
        Above {
            path: self.path().filter(|_| standing.phase != Phase::Ended),
            backups: &self.backups,
            hint: self.hint_for_children(below),
            source: if standing.shows_own() { Some(Source::Local) } else { link.map(Source::Link) },
        }
    }

    fn hint_for_children(&self, below: &Downstream) -> Option<&ReparentHint> {
        self.reparenting.hint_for_children(self.place(below))
    }

    fn place(&self, below: &Downstream) -> CurrentPlace<'_> {
        CurrentPlace {
            depth: self.path().map(|path| u32::try_from(path.len()).unwrap_or(u32::MAX)),
            parent: self.parent.as_ref().map(|parent| &parent.peer),
            relays: below.relays(),
        }
    }

    #[cfg(feature = "sim")]
    pub(super) fn backlog(&self) -> usize {
        self.seeker.backlog().max(self.backups.len())
    }

    #[cfg(feature = "sim")]
    pub(super) fn standby_path(&self) -> Option<&[PeerId]> {
        self.standby.path()
    }

    /// Whether the host has sent this peer away, and for good; it says so once.
    pub(super) fn take_removed(&mut self) -> Option<bool> {
        self.seeker.take_removed()
    }

    /// The peer leaves: nobody is looked for any more.
    pub(super) fn stop_searching<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        self.seeker.stop().for_each(|attempt| swarm.close(attempt));
        self.standby.stop(swarm);
    }

    /// All links are being closed.
    pub(super) fn clear(&mut self) {
        self.seeker.clear();
        self.parent = None;
        self.standby = StandbyKeeper::new();
        self.flow = Flow::new();
        self.handover = Handover::default();
        self.reparenting = Reparenting::new();
    }

    /// The parent is gone for good. Returns its link.
    pub(super) fn take_parent(&mut self) -> Option<LinkId> {
        self.parent.take().map(|parent| parent.link)
    }

    /// Goes on with the search for a parent, as far as it can go now.
    pub(super) fn search<R: RngCore>(&mut self, cx: &mut Context<'_, R>) {
        let (seeker, known) = self.seeker();
        seeker.search(cx, known);
    }

    fn begin_search<R: RngCore>(&mut self, cx: &mut Context<'_, R>, first: Vec<PeerId>) {
        let (seeker, known) = self.seeker();
        seeker.begin(cx, known, first);
    }

    fn seeker(&mut self) -> (&mut Seeker, Known<'_>) {
        let has_path = self.path().is_some();
        let known = Known { backups: &self.backups, has_parent: self.parent.is_some(), has_path };
        (&mut self.seeker, known)
    }

    /// Looks for a parent again, at once.
    pub(super) fn reconnect<R: RngCore>(&mut self, cx: &mut Context<'_, R>) {
        cx.standing.problem = None;
        self.admitted(cx);
    }

    /// The host lets this peer in.
    pub(super) fn admitted<R: RngCore>(&mut self, cx: &mut Context<'_, R>) {
        let (seeker, known) = self.seeker();
        seeker.restart(cx, known);
    }

    /// Asks the parent for the media again: a fresh link to it replaces the old one without a gap.
    pub(super) fn refresh<R: RngCore>(&mut self, cx: &mut Context<'_, R>) {
        let Some(parent) = &self.parent else { return self.admitted(cx) };
        if cx.swarm.is_legacy(parent.link) {
            return cx.swarm.ask_for_picture(parent.link);
        }
        if !self.seeker.is_busy() {
            let peer = parent.peer.clone();
            let (seeker, known) = self.seeker();
            seeker.ask(cx, known, peer);
        }
    }

    /// The person wants this peer for a parent.
    pub(super) fn move_under<R: RngCore>(&mut self, cx: &mut Context<'_, R>, peer: PeerId) {
        self.reparenting.choose(peer.clone());
        // What it was about to do by itself must not come in between.
        if self.seeker.is_busy() {
            self.seeker.stop().for_each(|attempt| cx.swarm.close(attempt));
            self.show_parent(cx);
        }
        let (seeker, known) = self.seeker();
        seeker.ask(cx, known, peer);
    }

    /// Asks the peer at `link` to adopt this one.
    pub(super) fn ask_to_join<R: RngCore>(&self, cx: &mut Context<'_, R>, link: LinkId) {
        self.seeker.ask_to_join(cx, link);
    }

    /// An attempt failed.
    pub(super) fn attempt_failed<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        peer: &PeerId,
        reason: &DisconnectReason,
    ) {
        self.seeker.attempt_failed(cx, peer, reason);
        self.show_parent(cx);
    }

    /// The peer that had accepted this one has no place for it any more, and names others to ask.
    pub(super) fn sent_on<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        peer: &PeerId,
        ask: Vec<PeerId>,
    ) {
        self.seeker.sent_on(peer, ask);
        self.show_parent(cx);
    }

    /// The peer that was asked has adopted this one. [`Upstream::settle`] follows as soon as its
    /// room is known.
    pub(super) fn adopted<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        link: LinkId,
        peer: &PeerId,
    ) {
        let flowed = self.flow.is_flowing();
        let old = self.parent.take();
        cx.swarm.set_role(link, LinkRole::Parent);
        let path = Some(Vec::new());
        let parent = Parent { link, peer: peer.clone(), path, detached: None, leaves: false };
        self.parent = Some(parent);
        let others = self.seeker.stop().filter(|attempt| *attempt != link);
        others.for_each(|attempt| cx.swarm.close(attempt));
        cx.standing.problem = None;
        cx.standing.phase = Phase::Attached;
        self.seeker.host_is_back();
        self.backups.clear();
        self.reparenting.attached(Some(peer));
        self.standby.forget_promotion();
        cx.swarm.watch(link, STALL);
        self.hand_over(cx, link, old, flowed);
    }

    /// There is a new parent, and this is the path to it.
    pub(super) fn settle<R: RngCore>(&mut self, cx: &mut Context<'_, R>, path: Vec<PeerId>) {
        self.flow.begin(cx.swarm.now, cx.standing.is_streaming());
        self.path_changed(cx, Some(path));
        let (standby, position) = self.standby_at(cx.standing, cx.below);
        standby.parent_changed(cx.swarm, &position);
    }

    /// The parent says something that concerns the way up alone.
    pub(super) fn parent_says<R: RngCore>(&mut self, cx: &mut Context<'_, R>, message: Message) {
        match message {
            Message::Path { path } => self.path_changed(cx, path),
            // It goes on sending until this peer has found another place, or for a while.
            Message::Leave { ask } => {
                if let Some(parent) = &mut self.parent {
                    parent.leaves = true;
                }
                if !self.take_standby(cx) {
                    self.begin_search(cx, ask);
                }
            }
            Message::MediaStatus { available } => {
                let step = self.flow.answered(cx.swarm.now, available, &mut cx.swarm.rng);
                self.follow_flow(cx, step);
            }
            Message::Away => self.seeker.doubt_host(cx),
            _ => {}
        }
    }

    /// The host says that it goes and may come back.
    pub(super) fn host_goes<R: RngCore>(&mut self, cx: &mut Context<'_, R>) {
        self.seeker.host_goes(cx);
    }

    /// The previous parent, or the standby, says something.
    pub(super) fn other_says<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        role: LinkRole,
        link: LinkId,
        message: Message,
    ) {
        if role == LinkRole::PreviousParent {
            return self.handover.hear(&message);
        }
        let repairing = cx.standing.phase == Phase::Repairing;
        let (standby, position) = self.standby_at(cx.standing, cx.below);
        match message {
            Message::Path { path } => {
                match standby.path_told(cx.swarm, &position, repairing, link, path) {
                    Warmed::Needed => {
                        self.seeker.give_way(cx.swarm);
                        self.take_standby(cx);
                    }
                    Warmed::Kept if self.flow.is_flowing() => self.standby.try_out(cx.swarm),
                    Warmed::Kept => {}
                }
            }
            Message::Leave { ask } => {
                cx.swarm.close(link);
                standby.refused(cx.swarm, &position, ask);
            }
            _ => {}
        }
    }

    /// The parent's way to the host has changed.
    fn path_changed<R: RngCore>(&mut self, cx: &mut Context<'_, R>, path: Option<Vec<PeerId>>) {
        let (own, now) = (cx.swarm.id().clone(), cx.swarm.now);
        let Some(parent) = &mut self.parent else { return };
        if path.as_ref().is_some_and(|path| path.contains(&own) || path.len() >= limits::PATH) {
            // Two subtrees have adopted each other; the peer that notices leaves the circle.
            cx.swarm.close(parent.link);
            return self.parent_lost(cx, Vec::new());
        }
        if path.is_some() && parent.path == path {
            return;
        }
        parent.detached = if path.is_some() { None } else { parent.detached.or(Some(now)) };
        parent.path = path;
        if self.path().is_some() {
            cx.standing.problem = None;
            if self.seeker.host_is_back() {
                cx.standing.phase = Phase::Attached;
            }
        }
        let (standby, position) = self.standby_at(cx.standing, cx.below);
        standby.replace_low(cx.swarm, &position);
        standby.weigh(cx.swarm, &position);
        let path = self.above(cx.standing, cx.below).path_below(&own);
        cx.below.tell_path(cx.swarm, path);
    }

    /// The parent tells how many levels the room needs.
    pub(super) fn depth_changed<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        depth: Option<u32>,
    ) {
        self.best_depth = depth;
        let (standby, position) = self.standby_at(cx.standing, cx.below);
        standby.replace_low(cx.swarm, &position);
    }

    /// The parent names peers that could take its place, and perhaps a better place.
    pub(super) fn backups_named<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        peers: Vec<PeerId>,
        hint: Option<ReparentHint>,
    ) {
        self.backups = peers;
        // Borrowed apart from `reparenting`, which changes.
        let depth = self.place(cx.below).depth;
        let parent = self.parent.as_ref().map(|parent| &parent.peer);
        let place = CurrentPlace { depth, parent, relays: cx.below.relays() };
        self.reparenting.hinted(cx.swarm.now, hint, place, &mut cx.swarm.rng);
        self.standby.candidates_changed(cx.swarm);
    }

    /// The parent is gone; the children stay.
    pub(super) fn parent_lost<R: RngCore>(&mut self, cx: &mut Context<'_, R>, ask: Vec<PeerId>) {
        let Some(lost) = self.parent.take() else { return };
        cx.below.tell_path(cx.swarm, None);
        if !self.seeker.is_host_away() {
            cx.standing.phase = Phase::Repairing;
            if let Some((peer, link)) = self.handover.parent_lost() {
                self.show_from(cx, link);
                self.move_back(cx, peer, link);
            } else {
                self.end_handover(cx);
                self.take_standby(cx);
            }
        }
        self.replace(cx, &lost.peer, ask, lost.path);
    }

    /// Looks for a parent in the place of `lost`, which had this `path`.
    fn replace<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        lost: &PeerId,
        ask: Vec<PeerId>,
        path: Option<Vec<PeerId>>,
    ) {
        self.anticipates = false;
        self.backups.retain(|peer| peer != lost);
        let up = path.into_iter().flatten().rev().filter(|peer| peer != lost);
        let first = ask.into_iter().chain(self.backups.clone()).chain(up).collect();
        self.begin_search(cx, first);
    }

    /// There is a signalling server again, or none any more.
    pub(super) fn server_changed(&mut self, now: Time, online: bool) {
        self.seeker.server_changed(now, online);
    }

    /// Sets the timers that run.
    pub(super) fn arm<R: RngCore>(
        &self,
        swarm: &Swarm<R>,
        standing: &Standing,
        timers: &mut Timers,
    ) {
        let quiet = !self.seeker.is_busy() && !self.seeker.is_host_away();
        let detached = self.parent.as_ref().and_then(|parent| Some(parent.detached? + DETACHED));
        self.seeker.arm(swarm, timers);
        timers.set(TimerKind::Detached, detached.filter(|_| quiet));
        timers.set(TimerKind::Reparenting, self.reparenting.deadline());
        timers.set(TimerKind::Dry, self.flow.deadline());
        timers.set(TimerKind::Handover, self.handover.deadline());
        self.standby.arm(standing.is_attached(), timers);
    }

    /// A timer has run out.
    pub(super) fn expired<R: RngCore>(&mut self, cx: &mut Context<'_, R>, timer: TimerKind) {
        let now = cx.swarm.now;
        let attached = cx.standing.is_attached() && !self.seeker.is_busy();
        match timer {
            TimerKind::Detached => {
                if let Some(parent) = &mut self.parent {
                    parent.detached = Some(now);
                }
                self.begin_search(cx, Vec::new());
            }
            TimerKind::HostCheck => {
                let (seeker, known) = self.seeker();
                seeker.check_host(cx, known);
            }
            TimerKind::Reparenting => {
                let depth = self.place(cx.below).depth;
                let parent = self.parent.as_ref().map(|parent| &parent.peer);
                let place = CurrentPlace { depth, parent, relays: cx.below.relays() };
                let better = self.reparenting.tick(now, place, &mut cx.swarm.rng);
                if let Some(better) = better.filter(|_| attached) {
                    self.seeker.try_one(better);
                }
            }
            TimerKind::Dry => {
                let step = self.flow.tick(now, attached && self.parent.is_some());
                self.follow_flow(cx, step);
            }
            TimerKind::Handover => match self.handover.expire(now, self.could_leave_dry_parent(cx))
            {
                Some(Expired::MoveBack(peer, link)) => self.move_back(cx, peer, link),
                Some(Expired::End) => self.end_handover(cx),
                None => {}
            },
            TimerKind::Promotion => self.promote(cx, attached),
            TimerKind::Standby => self.look_for_standby(cx),
            TimerKind::StandbyActivated => {
                let useless = self.standby.end_activation(cx.swarm, self.flow.is_flowing());
                if let Some(peer) = useless {
                    self.seeker.penalize(cx.swarm.now, peer);
                }
            }
            _ => {}
        }
    }
}
