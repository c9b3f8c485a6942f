//! Looking at the whole tree: asked for upwards, collected downwards, told back as small changes,
//! and only as long as somebody looks.

use core::time::Duration;

use rand_core::RngCore;

use super::{Place, Room};
use crate::link::io::MediaRole;
use crate::model::MapPeer;
use crate::room::map::Change;
use crate::signal::payload::RefusalReason;
use crate::swarm::{LinkRole, Swarm};
use crate::util::id::{LinkId, PeerId};
use crate::util::time::Time;
use crate::wire::message::Message;

/// The shortest time between two changes that are told to the same neighbour.
const PACE: Duration = Duration::from_millis(700);
/// How often round trips are looked at.
const REFRESH: Duration = Duration::from_secs(5);
/// Rooms of more people are shown only so many levels deep.
const LARGE: (u32, u8) = (500, 4);

impl Room {
    /// The page looks at the tree, or no longer.
    pub(super) fn show_map<R: RngCore>(&mut self, swarm: &mut Swarm<R>, shown: bool) {
        self.map.shown = shown;
        self.ask_for_map(swarm);
        self.map_due(swarm.now);
        swarm.dirty = true;
    }

    /// A neighbour wants to be told of the tree: a child of all of it, the parent of what is below
    /// this peer.
    pub(super) fn map_wanted<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        levels: u8,
    ) {
        if self.parent().is_some_and(|parent| parent.link == link) {
            self.map.levels = levels;
            self.map.forget_said();
            self.ask_below(swarm);
            self.map_due(swarm.now);
            return;
        }
        self.map.watch(link, levels > 0);
        if levels > 0 {
            let Change { put, gone } = self.map.all();
            swarm.send(link, &Message::Map { put, gone });
        }
        self.ask_for_map(swarm);
        self.map_due(swarm.now);
    }

    /// Somebody who is not in the room would like to see its tree.
    pub(super) fn observer_knocks<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        id: &PeerId,
    ) {
        let reason = match (&self.place, self.bars(id, None)) {
            (Place::Viewer { .. }, _) => RefusalReason::NotInRoom,
            (Place::Host { .. }, Some((reason, _))) => reason,
            (Place::Host { .. }, None) if self.map.admit(link) => {
                return swarm.accept(link, LinkRole::Observer, MediaRole::None);
            }
            (Place::Host { .. }, None) => RefusalReason::Full,
        };
        swarm.refuse(link, reason, Vec::new());
    }

    /// Nobody outside the room is to see its tree.
    pub(super) fn turn_observers_away<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        self.map.end_looks().into_iter().for_each(|link| swarm.close(link));
        self.ask_for_map(swarm);
    }

    /// Says to the parent (a host: to the children) whether the tree is wanted.
    pub(super) fn ask_for_map<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        let wanted = self.map.is_wanted();
        match &self.place {
            Place::Host { .. } => {
                let members = self.state.as_ref().map_or(0, |state| state.members);
                let deep = if members > LARGE.0 { LARGE.1 } else { u8::MAX };
                let levels = if wanted { deep } else { 0 };
                if (self.map.levels > 0) != wanted {
                    self.map.levels = levels;
                    self.ask_below(swarm);
                }
            }
            Place::Viewer { parent: Some(parent), .. } if self.map.asked != wanted => {
                self.map.asked = wanted;
                swarm.send(parent.link, &Message::Watch { levels: u8::from(wanted) });
            }
            Place::Viewer { .. } => {}
        }
        if !wanted && self.map.levels == 0 {
            self.map.clear();
        }
    }

    /// Tells the children how many levels of theirs are wanted.
    fn ask_below<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        let levels = self.levels_below();
        self.tell_children(swarm, &Message::Watch { levels });
    }

    fn levels_below(&self) -> u8 {
        match (&self.place, self.map.levels) {
            (_, u8::MAX) => u8::MAX,
            (Place::Host { .. }, levels) => levels,
            (Place::Viewer { .. }, levels) => levels.saturating_sub(1),
        }
    }

    /// A child has joined while somebody looks.
    pub(super) fn map_child<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        let levels = self.levels_below();
        if levels > 0 {
            swarm.send(link, &Message::Watch { levels });
        }
        self.map_due(swarm.now);
    }

    /// There is a new parent.
    pub(super) fn map_parent<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        let collected = self.map.levels > 0;
        self.map.forget_above();
        if collected {
            self.ask_below(swarm);
        }
        self.ask_for_map(swarm);
    }

    /// A neighbour tells of the tree.
    pub(super) fn map_told<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        change: Change,
    ) {
        if self.parent().is_some_and(|parent| parent.link == link) {
            let Change { put, gone } = self.map.hear_above(change);
            let message = Message::Map { put, gone };
            self.map.watchers().for_each(|link| swarm.send(link, &message));
            swarm.dirty = true;
            return;
        }
        let child = self.children.iter().find(|(_, child)| child.link == link);
        let Some(child) = child.map(|(id, _)| id.clone()) else { return };
        if self.levels_below() > 0 {
            self.map.hear_below(swarm.id(), &child, change);
            self.map_due(swarm.now);
        }
    }

    /// Children have come, gone or changed.
    pub(super) fn map_changed<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if !self.map.is_wanted() && self.map.levels == 0 {
            return;
        }
        let children: Vec<_> = self.children.iter().map(|(id, c)| (id.clone(), c.link)).collect();
        self.map.retain(&children);
        self.ask_for_map(swarm);
        self.map_due(swarm.now);
    }

    /// Something that the map shows has changed.
    pub(super) fn map_due(&mut self, now: Time) {
        if self.map.levels > 0 {
            let soon = (self.map_said + PACE).max(now);
            self.map_due = Some(self.map_due.map_or(soon, |due| due.min(soon)));
        }
    }

    /// Tells what has changed, if it is time.
    pub(super) fn tell_map<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if self.map_due.is_none_or(|due| swarm.now < due) {
            return;
        }
        self.map_said = swarm.now;
        // Round trips change without anybody's coming or going.
        self.map_due = (self.map.levels > 0).then(|| swarm.now + REFRESH);
        if self.map.levels == 0 {
            return;
        }
        let own = self.map_peer(swarm);
        match self.parent().map(|parent| parent.link) {
            Some(link) => {
                let Change { put, gone } = self.map.change_upwards(own);
                if !put.is_empty() || !gone.is_empty() {
                    swarm.send(link, &Message::Map { put, gone });
                }
            }
            None if matches!(self.place, Place::Host { .. }) => {
                let change = self.map.change_downwards(own);
                if change.is_empty() {
                    return;
                }
                let Change { put, gone } = change;
                let message = Message::Map { put, gone };
                self.map.watchers().for_each(|link| swarm.send(link, &message));
                swarm.dirty = true;
            }
            None => {}
        }
    }

    fn map_peer<R: RngCore>(&self, swarm: &Swarm<R>) -> MapPeer {
        let parent = self.parent();
        let rtt = parent.and_then(|parent| swarm.round_trip(parent.link)).map_or(0, |rtt| {
            // Rounded, or every measurement would be a change.
            let millis = u32::try_from(rtt.as_millis()).unwrap_or(u32::MAX);
            millis.div_ceil(10).saturating_mul(10)
        });
        let name = match &self.place {
            Place::Host { .. } => self.state.as_ref().map(|s| s.host.clone()).unwrap_or_default(),
            Place::Viewer { .. } => self.name.clone(),
        };
        let hidden = self.levels_below() == 0;
        let size = self.children.summary(swarm.id(), 0, 0).size;
        MapPeer {
            id: swarm.id().clone(),
            parent: parent.map(|parent| parent.peer.clone()),
            name,
            rtt,
            below: if hidden { size.saturating_sub(1) } else { 0 },
        }
    }
}
