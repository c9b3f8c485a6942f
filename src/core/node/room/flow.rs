//! Whether the pictures come from the parent. One that lives but passes nothing on is left.

use core::time::Duration;

use rand_core::RngCore;

use super::{Place, Room};
use crate::model::Phase;
use crate::swarm::{LinkRole, Swarm};
use crate::util::id::LinkId;
use crate::util::random::{Backoff, jitter};
use crate::util::time::Time;
use crate::wire::message::Message;

/// After so long without pictures the parent is asked whether it has any.
const MEDIA_TIMEOUT: Duration = Duration::from_secs(3);
/// How long the parent may take to answer.
const ANSWER: Duration = Duration::from_millis(1_500);
/// The waits after an answer that it has none either, and after each move.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(320));
/// So many times a parent may say that it has nothing itself before it is left nevertheless.
const EXCUSES: u32 = 2;

/// What is known about the stream from the parent.
#[derive(Debug)]
pub(super) struct Flow {
    /// Media comes in.
    flowing: bool,
    /// Since when nothing comes although the host streams.
    dry: Option<Time>,
    /// When to act next.
    next: Option<Time>,
    asked: bool,
    excuses: u32,
    patience: Backoff,
}

impl Flow {
    pub(super) fn new() -> Self {
        let patience = Backoff::new(PATIENCE.0, PATIENCE.1);
        Self { flowing: false, dry: None, next: None, asked: false, excuses: 0, patience }
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        self.next
    }

    /// Whether media comes in.
    pub(super) fn flows_now(&self) -> bool {
        self.flowing
    }

    /// Nothing comes from now on, or nothing has come yet.
    fn on_media_lost(&mut self, now: Time) {
        if self.dry.is_none() {
            (self.dry, self.next, self.asked) = (Some(now), Some(now + MEDIA_TIMEOUT), false);
        }
    }

    fn flows(&mut self) {
        (self.dry, self.next, self.asked, self.excuses) = (None, None, false, 0);
    }
}

impl Room {
    /// Media from the parent comes, or stays away.
    pub(super) fn flow_changed<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        role: Option<LinkRole>,
        flows: bool,
    ) {
        match role {
            Some(LinkRole::Parent) => {}
            Some(LinkRole::Standby) if flows => return self.standby_flows(swarm, link),
            Some(LinkRole::PreviousParent) => return self.previous_flow_changed(swarm, flows),
            _ => return,
        }
        self.flow.flowing = flows;
        if flows {
            self.try_pictures(swarm);
            self.flow.flows();
            // Whoever gets pictures need not be patient the next time.
            self.flow.patience.reset();
        } else if self.is_streaming() {
            self.flow.on_media_lost(swarm.now);
            self.fail_trial(swarm);
        }
    }

    /// There is a new parent, from which nothing has come yet.
    pub(super) fn flow_begins<R: RngCore>(&mut self, swarm: &Swarm<R>) {
        self.flow.flowing = false;
        self.flow.flows();
        self.expect_flow(swarm);
    }

    /// The host streams or does not any more: pictures are expected from now on, or none are.
    pub(super) fn expect_flow<R: RngCore>(&mut self, swarm: &Swarm<R>) {
        if !self.is_streaming() {
            self.flow.flows();
        } else if self.parent().is_some() && !self.flow.flowing {
            self.flow.on_media_lost(swarm.now);
        }
    }

    /// Goes on with what a dry link asks for, if it is time.
    pub(super) fn on_media_timeout<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if self.flow.next.is_none_or(|next| swarm.now < next) {
            return;
        }
        self.flow.next = None;
        let attached = self.phase == Phase::Attached && !self.parent_search.is_busy();
        match self.parent().map(|parent| parent.link) {
            Some(link) if attached && !self.flow.asked => {
                self.flow.asked = true;
                self.flow.next = Some(swarm.now + ANSWER);
                swarm.send(link, &Message::MediaTimeout);
            }
            Some(_) if attached => self.leave_silent_parent(swarm),
            _ => self.flow.next = Some(swarm.now + MEDIA_TIMEOUT),
        }
    }

    /// A child gets nothing.
    pub(super) fn child_media_timeout<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        let flows = match &self.place {
            // A source that stands still sends nothing, which is nobody's fault.
            Place::Host { .. } => self.is_streaming() && self.uplink.carries(swarm.now),
            Place::Viewer { .. } => self.is_streaming() && self.flow.dry.is_none(),
        };
        swarm.send(link, &Message::MediaStatus { available: flows });
        if flows && self.uplink.reports_timeout(swarm.now, link, self.children.links()) {
            self.shed_children(swarm);
        }
    }

    /// The parent answers whether it has pictures.
    pub(super) fn parent_media_status<R: RngCore>(&mut self, swarm: &mut Swarm<R>, flows: bool) {
        if !self.flow.asked || self.flow.dry.is_none() {
            return;
        }
        self.flow.excuses += u32::from(!flows);
        if flows || self.flow.excuses > EXCUSES {
            return self.leave_silent_parent(swarm);
        }
        self.wait_for_flow(swarm);
    }

    fn leave_silent_parent<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        self.flow.excuses = 0;
        self.wait_for_flow(swarm);
        self.penalize_parent(swarm.now);
        if !self.take_standby(swarm) {
            self.begin_search(swarm, Vec::new());
        }
    }

    /// Nothing comes from the parent. All pictures come from the host, so that one is asked again
    /// when nobody else is left.
    pub(super) fn penalize_parent(&mut self, now: Time) {
        let Some(peer) = self.parent().map(|parent| parent.peer.clone()) else { return };
        if self.state.as_ref().is_some_and(|state| state.id != peer) {
            self.parent_search.penalize(now, peer);
        }
    }

    fn wait_for_flow<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        self.flow.asked = false;
        let wait = self.flow.patience.wait(&mut swarm.rng);
        // A whole room may be waiting for the same picture.
        self.flow.next = Some(swarm.now + wait + jitter(&mut swarm.rng, wait));
    }

    pub(super) fn is_on_air(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.on_air.is_some())
    }
}
