//! Looking at the whole tree: asked for upwards, collected downwards, told back as small changes,
//! and only as long as a page looks. What a neighbour knows already is not told again, and a whole
//! map goes to the same neighbour once in [`FULL`]. Peers outside the room get no ids.

use core::time::Duration;

use rand_core::RngCore;

use super::map::{Change, Map};
use crate::link::io::MediaRole;
use crate::model::MapPeer;
use crate::signal::payload::RefusalReason;
use crate::swarm::{LinkRole, Swarm};
use crate::tree::Children;
use crate::util::id::{LinkId, LinkMap, PeerId};
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::message::Message;

/// The shortest time between two changes that are told to the same neighbour.
const PACE: Duration = Duration::from_millis(700);
/// The shortest time between two whole maps that are told to the same neighbour.
const FULL: Duration = Duration::from_secs(10);
/// How long the map is still collected when nobody looks any more: a page that looks again needs no
/// other one. It is longer than [`FULL`], so that an honest peer never waits for it.
const LINGER: Duration = Duration::from_secs(11);
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
    /// When neighbours were last told the whole map; those that wait for it are told at this time.
    full: LinkMap<Time>,
    waiting: LinkMap<Time>,
    /// When the parent was last told the whole subtree.
    full_upwards: Option<Time>,
    /// Nobody looks, but somebody may again until then.
    lingers: Option<Time>,
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
            if self.map.levels != levels {
                self.map.levels = levels;
                self.map.forget_said();
                self.ask_below(swarm, place, children);
                self.changed(swarm.now);
            }
            return;
        }
        let watches = levels > 0;
        if self.map.is_watched_by(link) == watches {
            return;
        }
        self.map.watch(link, watches);
        if watches {
            let next = self.full.get(&link).map_or(swarm.now, |told| *told + FULL);
            self.waiting.insert(link, next.max(swarm.now));
        } else {
            self.waiting.shift_remove(&link);
        }
        self.tell_waiting(swarm);
        self.ask(swarm, place, children);
        self.changed(swarm.now);
    }

    /// Tells the whole map to those that wait for it, if it is time.
    fn tell_waiting<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        let due = self.waiting.iter().filter(|(_, at)| swarm.now >= **at);
        for link in due.map(|(link, _)| *link).collect::<Vec<_>>() {
            self.waiting.shift_remove(&link);
            if self.full.len() == limits::LINKS {
                self.full.shift_remove_index(0);
            }
            self.full.insert(link, swarm.now);
            let all = self.map.all();
            self.tell_one(swarm, link, all);
        }
    }

    fn tell_one<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId, change: Change) {
        let change =
            if self.map.looks(link) { self.map.anonymous(swarm.id(), &change) } else { change };
        let Change { put, gone } = change;
        swarm.send(link, &Message::Map { put, gone });
    }

    /// A peer that is not in the room would like to see its tree.
    pub(crate) fn admit<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        let (admitted, in_place_of) = self.map.admit(link, |other| swarm.gives_way(other));
        if let Some(other) = in_place_of {
            swarm.close(other);
        }
        if admitted {
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
        self.waiting.shift_remove(&link);
        self.full.shift_remove(&link);
        self.ask(swarm, place, children);
    }

    /// Observers may no longer see the tree.
    pub(crate) fn turn_observers_away<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        place: MapPlace,
        children: &Children,
    ) {
        for link in self.map.end_looks() {
            self.waiting.shift_remove(&link);
            swarm.close(link);
        }
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
        self.full_upwards = None;
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
        (link, room): (LinkId, &PeerId),
        mut change: Change,
    ) {
        self.name(swarm, link, room, &mut change);
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

    /// Takes the names from what the people themselves have signed. A peer whose id names a key and
    /// whose name nobody has signed has none.
    fn name<R: RngCore>(
        &self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        room: &PeerId,
        change: &mut Change,
    ) {
        for peer in change.put.iter_mut().filter(|peer| peer.id.is_derived()) {
            let known = self.map.known(&peer.id).filter(|known| known.profile == peer.profile);
            if let Some(known) = known {
                peer.name.clone_from(&known.name);
                continue;
            }
            peer.name.clear();
            let profile = peer.profile.take().filter(|profile| profile.id == peer.id);
            if let Some(profile) = profile.and_then(|profile| swarm.verify(link, room, profile)) {
                peer.name.clone_from(&profile.name);
                peer.profile = profile.signed().cloned();
            }
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
        let map = &self.map;
        self.waiting.retain(|link, _| map.is_watched_by(*link));
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
        let waiting = self.waiting.values().copied();
        waiting.chain(self.due).chain(self.lingers).min()
    }

    /// Tells what has changed, if it is time. `own` is how this peer shows in the map, but for
    /// the peers below it that are hidden.
    pub(crate) fn tick<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        place: MapPlace,
        children: &Children,
        own: impl FnOnce(&Swarm<R>) -> MapPeer,
    ) {
        self.tell_waiting(swarm);
        if self.lingers.is_some_and(|until| swarm.now >= until) {
            self.ask(swarm, place, children);
        }
        if self.due.is_none_or(|due| swarm.now < due) {
            return;
        }
        let full = self.full_upwards.filter(|_| self.map.has_said_nothing());
        if let Some(next) = full.map(|full| full + FULL).filter(|next| swarm.now < *next) {
            self.due = Some(next);
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
                if self.map.has_said_nothing() {
                    self.full_upwards = Some(swarm.now);
                }
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
        let wanted = self.is_wanted(swarm.now, place);
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

    /// Whether the tree is wanted, or was until a moment ago.
    fn is_wanted(&mut self, now: Time, place: MapPlace) -> bool {
        let was_wanted = match place {
            MapPlace::Host { .. } => self.map.levels > 0,
            MapPlace::Viewer { .. } => self.map.asked,
        };
        if self.map.is_wanted() || !was_wanted {
            self.lingers = None;
            return self.map.is_wanted();
        }
        let until = *self.lingers.get_or_insert(now + LINGER);
        if now >= until {
            self.lingers = None;
        }
        self.lingers.is_some()
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

    fn tell_watchers<R: RngCore>(&mut self, swarm: &mut Swarm<R>, change: Change) {
        for link in self.map.watchers().collect::<Vec<_>>() {
            if !self.waiting.contains_key(&link) {
                self.tell_one(swarm, link, change.clone());
            }
        }
        self.map.retain_aliases();
        swarm.dirty = true;
    }
}
