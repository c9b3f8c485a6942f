//! Whether the pictures come from the parent. One that lives but passes nothing on is left.

use core::time::Duration;

use rand_core::RngCore;

use super::{Place, Room};
use crate::id::LinkId;
use crate::node::net::Net;
use crate::random::{Backoff, jitter};
use crate::time::Time;
use crate::view::Phase;
use crate::wire::message::Message;

/// After so long without pictures the parent is asked whether it has any.
const THIRST: Duration = Duration::from_secs(3);
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
    fn dries(&mut self, now: Time) {
        if self.dry.is_none() {
            (self.dry, self.next, self.asked) = (Some(now), Some(now + THIRST), false);
        }
    }

    fn flows(&mut self) {
        (self.dry, self.next, self.asked, self.excuses) = (None, None, false, 0);
    }
}

impl Room {
    /// Media from the parent comes, or stays away.
    pub(super) fn flow_changed<R: RngCore>(&mut self, net: &mut Net<R>, link: LinkId, flows: bool) {
        if flows && self.spare.owns(link) {
            return self.spare_flows(net, link);
        }
        if self.overlap.owns(link) {
            return self.former_flow_changed(net, flows);
        }
        if self.parent().is_none_or(|parent| parent.link != link) {
            return;
        }
        self.flow.flowing = flows;
        if flows {
            self.try_pictures(net);
            self.flow.flows();
            // Whoever gets pictures need not be patient the next time.
            self.flow.patience.reset();
        } else if self.is_streaming() {
            self.flow.dries(net.now);
            self.fail_trial(net);
        }
    }

    /// There is a new parent, from which nothing has come yet.
    pub(super) fn flow_begins<R: RngCore>(&mut self, net: &Net<R>) {
        self.flow.flowing = false;
        self.flow.flows();
        self.expect_flow(net);
    }

    /// The host streams or does not any more: pictures are expected from now on, or none are.
    pub(super) fn expect_flow<R: RngCore>(&mut self, net: &Net<R>) {
        if !self.is_streaming() {
            self.flow.flows();
        } else if self.parent().is_some() && !self.flow.flowing {
            self.flow.dries(net.now);
        }
    }

    /// Goes on with what a dry link asks for, if it is time.
    pub(super) fn thirst<R: RngCore>(&mut self, net: &mut Net<R>) {
        if self.flow.next.is_none_or(|next| net.now < next) {
            return;
        }
        self.flow.next = None;
        let attached = self.phase == Phase::Attached && !self.seek.is_busy();
        match self.parent().map(|parent| parent.link) {
            Some(link) if attached && !self.flow.asked => {
                self.flow.asked = true;
                self.flow.next = Some(net.now + ANSWER);
                net.send(link, &Message::Dry);
            }
            Some(_) if attached => self.leave_dry_parent(net),
            _ => self.flow.next = Some(net.now + THIRST),
        }
    }

    /// A child gets nothing.
    pub(super) fn child_is_dry<R: RngCore>(&mut self, net: &mut Net<R>, link: LinkId) {
        let flows = match &self.place {
            // A source that stands still sends nothing, which is nobody's fault.
            Place::Host { .. } => self.is_streaming() && self.uplink.carries(net.now),
            Place::Viewer { .. } => self.is_streaming() && self.flow.dry.is_none(),
        };
        net.send(link, &Message::Flows { flows });
        if flows && self.uplink.is_dry(net.now, link, self.children.links()) {
            self.give_back(net);
        }
    }

    /// The parent answers whether it has pictures.
    pub(super) fn parent_flows<R: RngCore>(&mut self, net: &mut Net<R>, flows: bool) {
        if !self.flow.asked || self.flow.dry.is_none() {
            return;
        }
        self.flow.excuses += u32::from(!flows);
        if flows || self.flow.excuses > EXCUSES {
            return self.leave_dry_parent(net);
        }
        self.wait_for_flow(net);
    }

    fn leave_dry_parent<R: RngCore>(&mut self, net: &mut Net<R>) {
        self.flow.excuses = 0;
        self.wait_for_flow(net);
        self.shun_parent(net.now);
        if !self.take_spare(net) {
            self.begin_seek(net, Vec::new());
        }
    }

    /// Nothing comes from the parent. All pictures come from the host, so that one is asked again
    /// when nobody else is left.
    pub(super) fn shun_parent(&mut self, now: Time) {
        let Some(peer) = self.parent().map(|parent| parent.peer.clone()) else { return };
        if self.state.as_ref().is_some_and(|state| state.id != peer) {
            self.seek.shun(now, peer);
        }
    }

    fn wait_for_flow<R: RngCore>(&mut self, net: &mut Net<R>) {
        self.flow.asked = false;
        let wait = self.flow.patience.wait(&mut net.rng);
        // A whole room may be waiting for the same picture.
        self.flow.next = Some(net.now + wait + jitter(&mut net.rng, wait));
    }

    pub(super) fn is_on_air(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.on_air.is_some())
    }
}
