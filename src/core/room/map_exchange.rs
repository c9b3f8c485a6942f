//! Looking at the whole tree: asked for upwards, collected downwards, told back as small changes,
//! and only as long as a page looks.

use core::time::Duration;

use rand_core::RngCore;

use super::map::{Change, Map};
use crate::link::io::MediaRole;
use crate::model::MapPeer;
use crate::signal::payload::RefusalReason;
use crate::swarm::{LinkRole, Swarm};
use crate::tree::Children;
use crate::util::id::LinkId;
use crate::util::time::Time;
use crate::wire::message::Message;

/// The shortest time between two changes that are told to the same neighbour.
const PACE: Duration = Duration::from_millis(700);
/// How often round trips are looked at.
const REFRESH: Duration = Duration::from_secs(5);
/// Rooms of more people are shown only so many levels deep.
const LARGE: (u32, u8) = (500, 4);

/// The map of the room, and what neighbours are told of it.
#[derive(Debug, Default)]
pub(crate) struct MapExchange {
    map: Map,
    due: Option<Time>,
    told: Time,
}

/// Where a peer stands among its neighbours.
#[derive(Clone, Copy, Debug)]
pub(crate) enum MapPlace {
    /// The host of a room of so many members.
    Host { members: u32 },
    /// A viewer, with the link to its parent.
    Viewer { parent: Option<LinkId> },
}

impl MapPlace {
    fn is_parent(self, link: LinkId) -> bool {
        matches!(self, Self::Viewer { parent: Some(parent) } if parent == link)
    }
}

impl MapExchange {
    /// The whole tree as far as it is known, the host first; `None` unless the own page looks.
    pub(crate) fn shown(&self) -> Option<impl Iterator<Item = &MapPeer>> {
        self.map.shown.then(|| self.map.whole())
    }

    /// The own page looks at the tree, or no longer.
    pub(crate) fn show<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        place: MapPlace,
        children: &Children,
        shown: bool,
    ) {
        self.map.shown = shown;
        self.ask(swarm, place, children);
        self.changed(swarm.now);
        swarm.dirty = true;
    }

    /// A neighbour wants to be told of the tree: a child of all of it, the parent of what is below
    /// this peer.
    pub(crate) fn watched<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        place: MapPlace,
        children: &Children,
        link: LinkId,
        levels: u8,
    ) {
        if place.is_parent(link) {
            self.map.levels = levels;
            self.map.forget_said();
            self.ask_below(swarm, place, children);
            return self.changed(swarm.now);
        }
        self.map.watch(link, levels > 0);
        if levels > 0 {
            let Change { put, gone } = self.map.all();
            swarm.send(link, &Message::Map { put, gone });
        }
        self.ask(swarm, place, children);
        self.changed(swarm.now);
    }

    /// A peer that is not in the room would like to see its tree.
    pub(crate) fn admit<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        if self.map.admit(link) {
            swarm.accept(link, LinkRole::Observer, MediaRole::None);
        } else {
            swarm.refuse(link, RefusalReason::Full, Vec::new());
        }
    }

    /// An observer is gone.
    pub(crate) fn observer_down<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        place: MapPlace,
        children: &Children,
        link: LinkId,
    ) {
        self.map.end_look(link);
        self.ask(swarm, place, children);
    }

    /// Observers may no longer see the tree.
    pub(crate) fn turn_observers_away<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        place: MapPlace,
        children: &Children,
    ) {
        self.map.end_looks().into_iter().for_each(|link| swarm.close(link));
        self.ask(swarm, place, children);
    }

    /// A child has joined.
    pub(crate) fn child_joined<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        place: MapPlace,
        link: LinkId,
    ) {
        let levels = self.levels_below(place);
        if levels > 0 {
            swarm.send(link, &Message::Watch { levels });
        }
        self.changed(swarm.now);
    }

    /// There is a new parent.
    pub(crate) fn parent_changed<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        place: MapPlace,
        children: &Children,
    ) {
        let collected = self.map.levels > 0;
        self.map.forget_above();
        if collected {
            self.ask_below(swarm, place, children);
        }
        self.ask(swarm, place, children);
    }

    /// A neighbour tells of the tree.
    pub(crate) fn hear<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        place: MapPlace,
        children: &Children,
        link: LinkId,
        change: Change,
    ) {
        if place.is_parent(link) {
            let change = self.map.hear_above(change);
            return self.tell_watchers(swarm, change);
        }
        let child = children.iter().find(|(_, child)| child.link == link);
        let Some((child, _)) = child else { return };
        if self.levels_below(place) > 0 {
            self.map.hear_below(swarm.id(), child, change);
            self.changed(swarm.now);
        }
    }

    /// Children have come, gone or changed.
    pub(crate) fn children_changed<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        place: MapPlace,
        children: &Children,
    ) {
        if !self.map.is_wanted() && self.map.levels == 0 {
            return;
        }
        let links: Vec<_> = children.iter().map(|(id, child)| (id.clone(), child.link)).collect();
        self.map.retain(&links);
        self.ask(swarm, place, children);
        self.changed(swarm.now);
    }

    /// Something that the map shows has changed.
    pub(crate) fn changed(&mut self, now: Time) {
        if self.map.levels > 0 {
            let soon = (self.told + PACE).max(now);
            self.due = Some(self.due.map_or(soon, |due| due.min(soon)));
        }
    }

    /// When to call [`MapExchange::tick`].
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.due
    }

    /// Tells what has changed, if it is time. `own` is how this peer shows in the map, but for
    /// the peers below it that are hidden.
    pub(crate) fn tick<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        place: MapPlace,
        own: impl FnOnce(&Swarm<R>) -> MapPeer,
    ) {
        if self.due.is_none_or(|due| swarm.now < due) {
            return;
        }
        self.told = swarm.now;
        // Round trips change although nobody comes or goes.
        self.due = (self.map.levels > 0).then(|| swarm.now + REFRESH);
        if self.map.levels == 0 {
            return;
        }
        let mut own = own(swarm);
        if self.levels_below(place) > 0 {
            own.below = 0;
        }
        match place {
            MapPlace::Viewer { parent: Some(link) } => {
                let change = self.map.change_upwards(own);
                if !change.is_empty() {
                    let Change { put, gone } = change;
                    swarm.send(link, &Message::Map { put, gone });
                }
            }
            MapPlace::Viewer { parent: None } => {}
            MapPlace::Host { .. } => {
                let change = self.map.change_downwards(own);
                if !change.is_empty() {
                    self.tell_watchers(swarm, change);
                }
            }
        }
    }

    /// Says to the parent (a host: to the children) whether the tree is wanted.
    fn ask<R: RngCore>(&mut self, swarm: &mut Swarm<R>, place: MapPlace, children: &Children) {
        let wanted = self.map.is_wanted();
        match place {
            MapPlace::Host { members } => {
                let deep = if members > LARGE.0 { LARGE.1 } else { u8::MAX };
                if (self.map.levels > 0) != wanted {
                    self.map.levels = if wanted { deep } else { 0 };
                    self.ask_below(swarm, place, children);
                }
            }
            MapPlace::Viewer { parent: Some(parent) } if self.map.asked != wanted => {
                self.map.asked = wanted;
                swarm.send(parent, &Message::Watch { levels: u8::from(wanted) });
            }
            MapPlace::Viewer { .. } => {}
        }
        if !wanted && self.map.levels == 0 {
            self.map.clear();
        }
    }

    /// Tells the children how many levels of theirs are wanted.
    fn ask_below<R: RngCore>(&self, swarm: &mut Swarm<R>, place: MapPlace, children: &Children) {
        let message = Message::Watch { levels: self.levels_below(place) };
        children.links().for_each(|link| swarm.send(link, &message));
    }

    fn levels_below(&self, place: MapPlace) -> u8 {
        match (place, self.map.levels) {
            (_, u8::MAX) => u8::MAX,
            (MapPlace::Host { .. }, levels) => levels,
            (MapPlace::Viewer { .. }, levels) => levels.saturating_sub(1),
        }
    }

    fn tell_watchers<R: RngCore>(&self, swarm: &mut Swarm<R>, Change { put, gone }: Change) {
        let message = Message::Map { put, gone };
        self.map.watchers().for_each(|link| swarm.send(link, &message));
        swarm.dirty = true;
    }
}
