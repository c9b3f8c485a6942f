//! What must be true of every peer at every moment, or come true again very soon.

use core::time::Duration;

use indexmap::IndexMap;

use super::PeerIndex;
use super::fault::FORGED;
use super::world::World;
use crate::model::{Phase, Problem};
use crate::util::limits;
use crate::util::time::Time;

/// How long two subtrees may hang under each other: news of it travels down both.
const PASSING: Duration = Duration::from_secs(8);
/// How long two links may carry the same edge: the old one is closed when the new one works.
const DOUBLE: Duration = Duration::from_secs(4);
/// Problems that are kept; more say nothing new.
const KEPT: usize = 20;

/// The invariants, and where they did not hold.
#[derive(Default)]
pub(super) struct Check {
    circles: IndexMap<PeerIndex, Time>,
    doubles: IndexMap<PeerIndex, Time>,
    problems: Vec<String>,
}

impl Check {
    /// What was found.
    pub(super) fn into_problems(self) -> Vec<String> {
        self.problems
    }

    /// Looks at one peer.
    pub(super) fn peer(&mut self, world: &World, peer: PeerIndex) {
        let Some(probe) = world.probe(peer) else { return };
        let now = world.now();
        let (children, limit) = (probe.children().count(), world.limit(peer) as usize);
        if children > limit && !probe.is_leaving() {
            self.found(now, peer, &format!("{children} children, but only {limit} slots"));
        }
        let backlog = probe.backlog();
        if backlog > limits::ASKED {
            self.found(now, peer, &format!("{backlog} peers in a queue"));
        }
        let links = world.links(peer);
        if links > limits::LINKS {
            self.found(now, peer, &format!("{links} links"));
        }
        if !world.has_vice(peer) {
            self.believes(world, peer);
        }
        let lasting = self.circles.get(&peer).copied();
        match (in_circle(world, peer), lasting) {
            (false, _) => drop(self.circles.swap_remove(&peer)),
            (true, None) => drop(self.circles.insert(peer, now)),
            (true, Some(since)) if now.since(since) > PASSING => {
                self.circles.insert(peer, now);
                self.found(now, peer, &format!("in a circle since {} ms", since.as_millis()));
            }
            (true, Some(_)) => {}
        }
        let lasting = self.doubles.get(&peer).copied();
        match (world.has_double_feed(peer), lasting) {
            (false, _) => drop(self.doubles.swap_remove(&peer)),
            (true, None) => drop(self.doubles.insert(peer, now)),
            (true, Some(since)) if now.since(since) > DOUBLE => {
                self.doubles.insert(peer, now);
                self.found(now, peer, "two links bring pictures from the same peer");
            }
            (true, Some(_)) => {}
        }
    }

    /// No honest peer believes what the host, or an author, has not said.
    fn believes(&mut self, world: &World, peer: PeerIndex) {
        let Some(probe) = world.probe(peer) else { return };
        let now = world.now();
        if probe.title().is_some_and(|title| title == FORGED) {
            self.found(now, peer, "believes in a forged room");
        }
        if probe.chat().any(|message| message.text == FORGED) {
            self.found(now, peer, "shows a forged line");
        }
        let is_removed = matches!(
            probe.problem(),
            Some(Problem::Banned | Problem::Kicked | Problem::RoomEnded | Problem::Denied)
        );
        if is_removed || probe.phase() == Phase::HostAway {
            self.found(now, peer, "believes in a forged order");
        }
    }

    /// Notes what is wrong.
    pub(super) fn found(&mut self, now: Time, peer: PeerIndex, what: &str) {
        if self.problems.len() < KEPT {
            self.problems.push(format!("at {} ms, peer {peer}: {what}", now.as_millis()));
        }
    }
}

/// Whether the way up from `peer` leads back to it.
fn in_circle(world: &World, peer: PeerIndex) -> bool {
    let mut at = peer;
    for _ in 0..limits::PATH {
        let parent = world.probe(at).and_then(|probe| probe.parent());
        let Some(above) = parent.and_then(|parent| world.index_of(parent)) else { return false };
        if above == peer {
            return true;
        }
        at = above;
    }
    false
}
