//! Moving up to the standby where that is nearer to the host.
//!
//! A subtree that has lost its place near the host hangs far down at first. So everyone in it looks
//! after itself, all at once: a standby is outside the subtree, thus mostly nearer to the host. No
//! circle can come of it, for whoever moves up does so below peers that are above it already.

use core::time::Duration;

use rand_core::RngCore;

use super::Room;
use crate::model::Phase;
use crate::swarm::Swarm;
use crate::util::random::jitter;
use crate::util::time::Time;

/// So many levels are worth some haste.
const FAR: usize = 2;
/// How soon whoever is that far down moves, at the most, if others hang below it. They come along,
/// so those who have nobody below them wait for longer.
const SOON: Duration = Duration::from_secs(4);
/// How much longer everyone waits for less.
const LEISURE: u32 = 5;

/// The wish to move to the standby.
#[derive(Debug, Default)]
pub(super) struct Promotion {
    at: Option<Time>,
    /// The standby has been asked for pictures, to move to it when they come.
    on_probation: bool,
}

impl Promotion {
    pub(super) fn deadline(&self) -> Option<Time> {
        self.at
    }
}

impl Room {
    /// The way to the host of this peer or of its standby has changed.
    pub(super) fn weigh_standby<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        let gain = self.gain_of_standby();
        if gain == 0 {
            self.promotion.at = None;
            return;
        }
        let soon = if self.children.is_empty() { SOON * 2 } else { SOON };
        let wait = if gain < FAR && !self.is_low() { soon * LEISURE } else { soon };
        let at = swarm.now + jitter(&mut swarm.rng, wait);
        self.promotion.at = Some(self.promotion.at.map_or(at, |before| before.min(at)));
    }

    /// By how many levels the standby is nearer to the host than the parent.
    pub(super) fn gain_of_standby(&self) -> usize {
        match (self.path(), self.standby.path()) {
            (Some(path), Some(standby)) if !self.is_chosen() => {
                path.len().saturating_sub(standby.len())
            }
            _ => 0,
        }
    }

    /// Moves to the standby if it is time, and if pictures come from there.
    pub(super) fn promote_to_standby<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if self.promotion.at.is_none_or(|at| swarm.now < at) {
            return;
        }
        self.promotion.at = None;
        if self.gain_of_standby() == 0
            || self.phase != Phase::Attached
            || self.parent_search.is_busy()
        {
            return;
        }
        if self.is_streaming() {
            self.promotion.on_probation = self.activate_standby(swarm);
        } else {
            self.take_standby(swarm);
        }
    }

    /// Whether the standby was asked for pictures in order to move to it; not any more.
    pub(super) fn end_promotion(&mut self) -> bool {
        core::mem::take(&mut self.promotion.on_probation)
    }
}
