//! Keeping a standby warm, and moving to it while the parent is still there.

use core::time::Duration;

use rand_core::RngCore;

use crate::signal::payload::{Intent, Membership};
use crate::swarm::{LinkRole, Swarm};
use crate::tree::{Promotion, Standby};
use crate::util::id::{LinkId, PeerId};
use crate::util::timer::{TimerKind, Timers};
use crate::wire::message::Message;

/// A peer that is so many levels further down than the room needs looks for a better place. What is
/// moved for less costs all below more than it gains them.
const LOW: usize = 2;
/// A subtree with so many levels below its root makes the room deeper when it moves down.
const TALL: u32 = 2;
/// How long a standby sends pictures without becoming the parent at the most.
const ACTIVATED: Duration = Duration::from_secs(2);
/// Pictures of the standby that stay away for so long are missed.
const STALL: Duration = Duration::from_millis(250);

/// The standby of a viewer.
pub(super) struct StandbyKeeper {
    standby: Standby,
    promotion: Promotion,
    trial: Trial,
}

/// Whether the standby has shown that it has pictures: one that only says so would be found out
/// when it is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trial {
    /// It is still to be tried.
    Due,
    /// It was asked for pictures.
    On,
    /// Nothing is to be tried.
    Over,
}

/// Where the viewer is, as far as the standby depends on it.
pub(super) struct Position<'a> {
    pub(super) parent: Option<&'a PeerId>,
    /// From the host to the parent; `None` while there is no way.
    pub(super) path: Option<&'a [PeerId]>,
    pub(super) host: Option<&'a PeerId>,
    /// How many levels the room needs below the host.
    pub(super) best_depth: Option<u32>,
    /// The person has chosen the parent.
    pub(super) is_chosen: bool,
    pub(super) has_children: bool,
    /// Levels of the own subtree.
    pub(super) height: u32,
}

/// What becomes of a standby that has told where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Warmed {
    /// It stays a standby, or is none any more.
    Kept,
    /// The parent has gone meanwhile: move to it now.
    Needed,
}

impl Position<'_> {
    fn depth(&self) -> usize {
        self.path.map_or(0, <[PeerId]>::len)
    }

    /// Whether this peer is so far from the host that it should look for a standby where there is
    /// room, to move up to it.
    fn is_low(&self) -> bool {
        // What the parent has told may be any number.
        self.best_depth.is_some_and(|best| self.depth().saturating_sub(best as usize) >= LOW)
    }

    /// A standby must reach the host without this peer and without its parent, unless the parent is
    /// the host itself.
    fn is_useful(&self, own: &PeerId, path: &[PeerId]) -> bool {
        let Some(parent) = self.parent else { return false };
        !path.contains(own) && (Some(parent) == self.host || !path.contains(parent))
    }
}

impl StandbyKeeper {
    pub(super) fn new() -> Self {
        Self { standby: Standby::new(), promotion: Promotion::default(), trial: Trial::Over }
    }

    /// The way from the host to the warm standby.
    #[cfg(feature = "sim")]
    pub(super) fn path(&self) -> Option<&[PeerId]> {
        self.standby.path()
    }

    /// Whether there is a standby that has told where it is.
    pub(super) fn is_warm(&self) -> bool {
        self.standby.path().is_some()
    }

    /// Dials one of the `candidates`, if a standby is wanted now.
    pub(super) fn look<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        position: &Position<'_>,
        candidates: &[PeerId],
        may_ask: impl Fn(&PeerId) -> bool,
        membership: Membership,
    ) {
        let Some(parent) = position.parent.filter(|_| self.standby.is_due(swarm.now)) else {
            return;
        };
        let above = position.path.unwrap_or_default().iter().rev().nth(1).cloned();
        let above = above.filter(|_| !position.has_children && !position.is_low());
        let candidates = candidates.iter().cloned();
        let chosen = self.standby.choose(swarm.now, above, candidates, &mut swarm.rng);
        let Some(peer) = chosen else { return };
        if peer == *parent || peer == *swarm.id() || !may_ask(&peer) {
            return self.standby.useless(swarm.now, peer, &mut swarm.rng);
        }
        let intent = Intent::Standby;
        match swarm.dial_with(&peer, intent, LinkRole::Standby, 0, membership) {
            Some(link) => {
                self.trial = Trial::Due;
                self.standby.dialled(peer, link);
            }
            None => _ = self.standby.reject(swarm.now, &mut swarm.rng),
        }
    }

    /// The standby, or the peer that may become it, tells its way to the host. `repairing` says that
    /// the parent is lost.
    pub(super) fn path_told<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        position: &Position<'_>,
        repairing: bool,
        link: LinkId,
        path: Option<Vec<PeerId>>,
    ) -> Warmed {
        match path {
            Some(path)
                if position.is_useful(swarm.id(), &path) && self.is_near(position, &path) =>
            {
                self.standby.warmed(path);
                self.weigh(swarm, position);
                Warmed::Kept
            }
            Some(path) if repairing && !path.contains(swarm.id()) => {
                self.standby.warmed(path);
                Warmed::Needed
            }
            _ => {
                swarm.close(link);
                self.standby.reject(swarm.now, &mut swarm.rng);
                Warmed::Kept
            }
        }
    }

    /// The standby, or the peer that was to become it, has no room for this peer, and names others
    /// to ask.
    pub(super) fn refused<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        position: &Position<'_>,
        mut ask: Vec<PeerId>,
    ) {
        ask.retain(|peer| Some(peer) != position.parent && peer != swarm.id());
        self.standby.name(&ask, &mut swarm.rng);
        self.standby.reject(swarm.now, &mut swarm.rng);
    }

    /// There are new candidates.
    pub(super) fn candidates_changed<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        self.standby.news(swarm.now, &mut swarm.rng);
    }

    /// The wish to move up was for another parent.
    pub(super) fn forget_promotion(&mut self) {
        self.promotion = Promotion::default();
    }

    /// The parent has changed: a standby that is of no use beside it is given up.
    pub(super) fn parent_changed<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        position: &Position<'_>,
    ) {
        if self.standby.path().is_some_and(|path| !position.is_useful(swarm.id(), path))
            && let Some(link) = self.standby.stop()
        {
            swarm.close(link);
        }
        self.standby.want(swarm.now, &mut swarm.rng);
    }

    /// The own place has changed. A standby that is as low as this peer itself is given up for one
    /// to which it could rise.
    pub(super) fn replace_low<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        position: &Position<'_>,
    ) {
        let low = position.is_low() && self.standby.path().is_some() && self.gain(position) == 0;
        if low && let Some(link) = self.standby.replace(swarm.now, &mut swarm.rng) {
            swarm.close(link);
        }
    }

    /// The way to the host of this peer or of its standby has changed: is it worth a move?
    pub(super) fn weigh<R: RngCore>(&mut self, swarm: &mut Swarm<R>, position: &Position<'_>) {
        let (gain, low) = (self.gain(position), position.is_low());
        self.promotion.weigh(swarm.now, gain, low, position.has_children, &mut swarm.rng);
    }

    /// Whether it is time to move up to the standby.
    pub(super) fn is_promotion_due<R>(
        &mut self,
        swarm: &Swarm<R>,
        position: &Position<'_>,
    ) -> bool {
        self.promotion.is_due(swarm.now) && self.gain(position) > 0
    }

    /// Asks a warm standby for pictures once, to see that it has any.
    pub(super) fn try_out<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if self.trial == Trial::Due && self.activate(swarm) {
            self.trial = Trial::On;
        }
    }

    /// Asks the standby for pictures, to move to it when they come.
    pub(super) fn try_pictures<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if self.activate(swarm) {
            self.promotion.begin_trial();
        }
    }

    /// Has the standby send pictures, unless it does. Returns whether it begins to.
    pub(super) fn activate<R: RngCore>(&mut self, swarm: &mut Swarm<R>) -> bool {
        let Some(standby) = self.standby.activate(swarm.now + ACTIVATED) else { return false };
        swarm.send(standby, &Message::Activate);
        swarm.probe(standby);
        swarm.watch(standby, STALL);
        true
    }

    /// Pictures come from the standby. Returns whether that is what a move up waited for.
    pub(super) fn flows(&mut self, position: &Position<'_>) -> bool {
        self.trial = Trial::Over;
        self.promotion.end_trial() && self.gain(position) > 0
    }

    /// The standby was activated, and is not needed now.
    pub(super) fn rest<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if let Some(link) = self.standby.rest() {
            send_to_rest(swarm, link);
        }
    }

    /// The standby was activated in vain: it has nothing to send, or the parent answers again. One
    /// that has no pictures while the parent `flows` is of no use, and is returned.
    pub(super) fn end_activation<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        flows: bool,
    ) -> Option<PeerId> {
        let link = self.standby.rest()?;
        let was_tried = core::mem::replace(&mut self.trial, Trial::Over) == Trial::On;
        if (self.promotion.end_trial() || was_tried) && flows {
            swarm.close(link);
            return self.standby.reject(swarm.now, &mut swarm.rng);
        }
        send_to_rest(swarm, link);
        None
    }

    /// The warm standby, which becomes the parent.
    pub(super) fn take(&mut self) -> Option<(PeerId, LinkId)> {
        self.standby.take()
    }

    /// No standby is wanted any more.
    pub(super) fn stop<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if let Some(link) = self.standby.stop() {
            swarm.close(link);
        }
    }

    /// Sets the timers that run.
    pub(super) fn arm(&self, attached: bool, timers: &mut Timers) {
        timers.set(TimerKind::Standby, self.standby.deadline().filter(|_| attached));
        timers.set(TimerKind::StandbyActivated, self.standby.activated());
        timers.set(TimerKind::Promotion, self.promotion.deadline());
    }

    /// By how many levels the standby is nearer to the host than the parent.
    fn gain(&self, position: &Position<'_>) -> usize {
        match (position.path, self.standby.path()) {
            (Some(path), Some(standby)) if !position.is_chosen => {
                path.len().saturating_sub(standby.len())
            }
            _ => 0,
        }
    }

    /// A subtree that moves to its standby should not end up much further down; but a warm standby
    /// is not given up for that.
    fn is_near(&mut self, position: &Position<'_>, path: &[PeerId]) -> bool {
        let lower = if position.height >= TALL { 1 } else { 2 };
        self.standby.path().is_some()
            || path.len() <= position.depth() + lower
            || self.standby.may_be_far()
    }
}

fn send_to_rest<R: RngCore>(swarm: &mut Swarm<R>, standby: LinkId) {
    swarm.watch(standby, Duration::ZERO);
    swarm.send(standby, &Message::Pause);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn ids<const N: usize>(names: [&str; N]) -> [PeerId; N] {
        names.map(|name| PeerId::new(name).unwrap())
    }

    #[test]
    fn a_standby_reaches_the_host_by_another_way() {
        let [host, parent, own, other] = ids(["host", "parent", "own", "other"]);
        let path = [host.clone(), parent.clone()];
        let position = Position {
            parent: Some(&parent),
            path: Some(&path),
            host: Some(&host),
            best_depth: Some(1),
            is_chosen: false,
            has_children: false,
            height: 0,
        };
        assert!(position.is_useful(&own, &[host.clone(), other.clone()]));
        assert!(!position.is_useful(&own, &[host.clone(), parent.clone(), other.clone()]));
        assert!(!position.is_useful(&own, &[host.clone(), own.clone()]));
        let below_host = Position { parent: Some(&host), path: Some(&path[..1]), ..position };
        assert!(
            below_host.is_useful(&own, &[host.clone(), other]),
            "there is no way without the host"
        );
    }

    #[test]
    fn a_peer_is_low_two_levels_below_what_the_room_needs() {
        let path = ids(["host", "a", "b", "c"]);
        let low = |levels: usize| {
            Position {
                parent: path[..levels].last(),
                path: Some(&path[..levels]),
                host: path.first(),
                best_depth: Some(2),
                is_chosen: false,
                has_children: false,
                height: 0,
            }
            .is_low()
        };
        assert!(!low(3));
        assert!(low(4));
    }
}
