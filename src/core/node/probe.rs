//! What the simulator asks of a node besides its view: cheap, and without copies.

use std::sync::Arc;

use rand_core::RngCore;

use super::Node;
use super::room::Room;
use crate::model::{ChatMessage, Phase, Problem};
use crate::util::id::PeerId;
use crate::util::timer::Timers;

/// What a peer in a room has decided.
#[derive(Clone, Copy)]
pub struct Probe<'a> {
    pub(super) room: &'a Room,
}

impl<R> Node<R> {
    /// Looks into a node that is in a room.
    pub fn probe(&self) -> Option<Probe<'_>> {
        self.role.room().map(|room| Probe { room })
    }
}

impl<R: RngCore> Node<R> {
    /// Reads some of what every input needs, so that it is in the cache when one comes; likewise
    /// those that follow, each what the one before has found the address of.
    pub(crate) fn prefetch(&self) -> u64 {
        let due = self.due.map_or(0, |(time, _)| time.as_millis());
        let swarm = self.swarm.deadline().map_or(0, |(time, _)| time.as_millis());
        let idle = self.gateway_deadline().is_none() && self.swarm.out.is_empty();
        due ^ swarm ^ self.swarm.now.as_millis() ^ u64::from(idle)
    }

    pub(crate) fn prefetch_ids(&self) -> u64 {
        self.swarm.links.iter().fold(0, |sum, (link, _)| sum ^ u64::from(link.0))
    }

    pub(crate) fn prefetch_links(&self) -> u64 {
        let deadlines = self.swarm.links.iter().filter_map(|(_, link)| link.deadline());
        deadlines.fold(0, |sum, time| sum ^ time.as_millis())
    }

    pub(crate) fn prefetch_role(&self) -> u64 {
        let mut timers = Timers::default();
        self.role.arm(&self.swarm, &mut timers);
        timers.next().map_or(0, |(time, _)| time.as_millis())
    }
}

impl<'a> Probe<'a> {
    /// The parent.
    pub fn parent(&self) -> Option<&'a PeerId> {
        self.room.probe_parent()
    }

    /// From the host to the parent; `None` for the host, and while there is no way.
    pub fn path(&self) -> Option<&'a [PeerId]> {
        self.room.probe_path()
    }

    /// The children that have joined.
    pub fn children(&self) -> impl Iterator<Item = &'a PeerId> + use<'a> {
        self.room.probe_children()
    }

    /// How many children have joined or are about to, and how many there may be.
    pub fn slots(&self) -> (usize, u32) {
        self.room.probe_slots()
    }

    /// How it stands to the room.
    pub fn phase(&self) -> Phase {
        self.room.probe_phase()
    }

    /// What it tells its user.
    pub fn problem(&self) -> Option<&'a Problem> {
        self.room.probe_problem()
    }

    /// The room's title, as far as it knows.
    pub fn title(&self) -> Option<&'a str> {
        self.room.probe_title()
    }

    /// The chat that it shows.
    pub fn chat(&self) -> impl Iterator<Item = &'a Arc<ChatMessage>> + use<'a> {
        self.room.probe_chat()
    }

    /// The longest of its lists of peers to ask.
    pub fn backlog(&self) -> usize {
        self.room.probe_backlog()
    }

    /// Whether it has said good-bye to its children and feeds them until they have moved.
    pub fn is_leaving(&self) -> bool {
        self.room.probe_phase() == Phase::Ended
    }

    /// Its warm standby.
    pub fn standby(&self) -> Option<&'a PeerId> {
        self.room.probe_standby()
    }
}
