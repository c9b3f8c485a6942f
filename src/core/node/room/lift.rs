//! Moving up to the spare where that is nearer to the host.
//!
//! A subtree that has lost its place near the host hangs far down at first. So everyone in it looks
//! after itself, all at once: a spare is outside the subtree, thus mostly nearer to the host. No
//! circle can come of it, for whoever moves up does so below peers that are above it already.

use core::time::Duration;

use rand_core::RngCore;

use super::Room;
use crate::node::net::Net;
use crate::random::jitter;
use crate::time::Time;
use crate::view::Phase;

/// So many levels are worth some haste.
const FAR: usize = 2;
/// How soon whoever is that far down moves, at the most, if others hang below it. They come along,
/// so those who have nobody below them wait for longer.
const SOON: Duration = Duration::from_secs(4);
/// How much longer everyone waits for less.
const LEISURE: u32 = 5;

/// The wish to move to the spare.
#[derive(Debug, Default)]
pub(super) struct Lift {
    at: Option<Time>,
    /// The spare has been asked for pictures, to move to it when they come.
    tries: bool,
}

impl Lift {
    pub(super) fn deadline(&self) -> Option<Time> {
        self.at
    }
}

impl Room {
    /// The way to the host of this peer or of its spare has changed.
    pub(super) fn weigh_spare<R: RngCore>(&mut self, net: &mut Net<R>) {
        let gain = self.gain_of_spare();
        if gain == 0 {
            self.lift.at = None;
            return;
        }
        let soon = if self.children.is_empty() { SOON * 2 } else { SOON };
        let wait = if gain < FAR && !self.is_low() { soon * LEISURE } else { soon };
        let at = net.now + jitter(&mut net.rng, wait);
        self.lift.at = Some(self.lift.at.map_or(at, |before| before.min(at)));
    }

    /// By how many levels the spare is nearer to the host than the parent.
    pub(super) fn gain_of_spare(&self) -> usize {
        match (self.path(), self.spare.path()) {
            (Some(path), Some(spare)) if !self.is_chosen() => {
                path.len().saturating_sub(spare.len())
            }
            _ => 0,
        }
    }

    /// Moves to the spare if it is time, and if pictures come from there.
    pub(super) fn move_up<R: RngCore>(&mut self, net: &mut Net<R>) {
        if self.lift.at.is_none_or(|at| net.now < at) {
            return;
        }
        self.lift.at = None;
        if self.gain_of_spare() == 0 || self.phase != Phase::Attached || self.seek.is_busy() {
            return;
        }
        if self.is_streaming() {
            self.lift.tries = self.rouse_spare(net);
        } else {
            self.take_spare(net);
        }
    }

    /// Whether the spare was asked for pictures in order to move to it; not any more.
    pub(super) fn end_lift(&mut self) -> bool {
        core::mem::take(&mut self.lift.tries)
    }
}
