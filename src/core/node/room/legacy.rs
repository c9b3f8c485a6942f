//! What a room has for old pages, apart from what it has for everyone.

use core::hash::{Hash, Hasher};

use rand_core::RngCore;

use super::{Place, Room};
use crate::legacy::{LegacySnapshot, RoomSnapshot};
use crate::model::Phase;
use crate::swarm::Swarm;
use crate::wire::message::{Message, Seat};

impl Room {
    /// A hash of all that [`Room::legacy_snapshot`] shows.
    pub(super) fn legacy_revision<R: RngCore>(&self, swarm: &Swarm<R>) -> u64 {
        let mut hasher = std::hash::DefaultHasher::new();
        (self.phase == Phase::Ended, &self.name, self.path_below(swarm)).hash(&mut hasher);
        if let Some(state) = &self.state {
            (&state.id, state.since, state.version, state.members).hash(&mut hasher);
        }
        self.cover().filter(|id| self.covers.get(*id).is_some()).hash(&mut hasher);
        for (id, child) in self.children.iter().filter(|(_, child)| child.joined) {
            (id, &child.name).hash(&mut hasher);
        }
        if let Place::Host { announcer } = &self.place {
            announcer.view().name.hash(&mut hasher);
        }
        hasher.finish()
    }

    /// What this peer tells to old pages.
    pub(super) fn legacy_snapshot<R: RngCore>(&self, swarm: &Swarm<R>) -> Option<LegacySnapshot> {
        if self.phase == Phase::Ended {
            return None;
        }
        let children = self.children.iter().filter(|(_, child)| child.joined);
        Some(LegacySnapshot::Room(Box::new(RoomSnapshot {
            state: self.state.clone(),
            cover: self.cover().and_then(|id| self.covers.get(id).cloned()),
            name: self.name.clone(),
            path: self.path_below(swarm),
            children: children.map(|(id, child)| (id.clone(), child.name.clone())).collect(),
            network: match &self.place {
                Place::Host { announcer } => announcer.view().name,
                Place::Viewer { .. } => None,
            },
        })))
    }

    /// Somebody below takes a seat in the conference, shows something else there or leaves it; that
    /// is the host's to decide.
    pub(super) fn update_conference<R: RngCore>(&mut self, swarm: &mut Swarm<R>, message: Message) {
        match (self.parent().map(|parent| parent.link), message) {
            (Some(parent), message) => swarm.send(parent, &message),
            (None, Message::ConferenceUpdate { id, name, join, stream }) => {
                self.change(swarm, |state| state.update_seat(Seat { id, name, stream }, join));
            }
            _ => {}
        }
    }
}
