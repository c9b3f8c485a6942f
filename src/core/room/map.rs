//! The tree as a whole, for those who look at it. Nobody needs it to find a place.

use indexmap::{IndexMap, IndexSet};

use crate::model::MapPeer;
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;

/// Part of the tree, by peer.
pub(crate) type Peers = IndexMap<PeerId, MapPeer>;

/// What one peer knows of the tree while somebody looks at it.
#[derive(Debug, Default)]
pub(crate) struct Map {
    /// The own page looks at the tree.
    pub(crate) shown: bool,
    /// Children whose pages do, or somebody's below them, and peers outside that look.
    watchers: IndexSet<LinkId>,
    /// Peers that are not in the room and were let in to look.
    observers: IndexSet<LinkId>,
    /// Whether the parent was asked for the tree.
    pub(crate) asked: bool,
    /// How many levels, this peer's own included, the parent wants to be told of.
    pub(crate) levels: u8,
    /// What each child told of its subtree.
    below: IndexMap<PeerId, Peers>,
    /// The whole tree as this peer knows it.
    whole: Peers,
    /// What was told upwards.
    said: Peers,
    /// The tree as it is known is that of an earlier parent.
    stale: bool,
    /// How peers are called towards observers.
    aliases: Aliases,
}

/// Names for peers that say nothing about them.
#[derive(Debug, Default)]
struct Aliases {
    names: IndexMap<PeerId, PeerId>,
    last: u64,
}

impl Aliases {
    fn of(&mut self, host: &PeerId, id: &PeerId) -> PeerId {
        if id == host {
            return id.clone();
        }
        if let Some(name) = self.names.get(id) {
            return name.clone();
        }
        let name = loop {
            self.last += 1;
            let name = PeerId::new(&format!("p{}", self.last)).ok();
            if let Some(name) = name.filter(|name| name != host) {
                break name;
            }
        };
        self.names.insert(id.clone(), name.clone());
        name
    }
}

/// What has changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Change {
    pub(crate) put: Vec<MapPeer>,
    pub(crate) gone: Vec<PeerId>,
}

impl Change {
    pub(crate) fn is_empty(&self) -> bool {
        self.put.is_empty() && self.gone.is_empty()
    }
}

impl Map {
    /// Whether anybody here or below looks at the tree.
    pub(crate) fn is_wanted(&self) -> bool {
        self.shown || !self.watchers.is_empty()
    }

    /// A child wants to be told, or no longer.
    pub(crate) fn watch(&mut self, link: LinkId, wants: bool) {
        if wants {
            self.watchers.insert(link);
        } else {
            self.watchers.shift_remove(&link);
        }
    }

    /// Lets a peer look that is not in the room; says whether there is room for it, and in place of
    /// which other one that `gives_way`.
    pub(crate) fn admit(
        &mut self,
        link: LinkId,
        gives_way: impl Fn(LinkId) -> bool,
    ) -> (bool, Option<LinkId>) {
        let full = self.observers.len() >= limits::OBSERVERS;
        let first = self.observers.iter().copied().filter(|_| full).find(|other| gives_way(*other));
        if let Some(first) = first {
            self.observers.shift_remove(&first);
        }
        let fits = self.observers.len() < limits::OBSERVERS;
        if fits {
            self.observers.insert(link);
        }
        (fits, first)
    }

    /// Whether changes are told over a link.
    pub(crate) fn is_watched_by(&self, link: LinkId) -> bool {
        self.watchers.contains(&link)
    }

    /// What a peer outside the room is told of a change in the room of `host`: the same shape, and
    /// no id but the host's, which it knows. A peer keeps its alias as long as it is on the map.
    pub(crate) fn anonymous(&mut self, host: &PeerId, change: &Change) -> Change {
        let put = change.put.iter().map(|peer| MapPeer {
            id: self.aliases.of(host, &peer.id),
            parent: peer.parent.as_ref().map(|parent| self.aliases.of(host, parent)),
            profile: None,
            ..peer.clone()
        });
        let put = put.collect();
        let known = |id: &PeerId| self.aliases.names.get(id).cloned();
        Change { put, gone: change.gone.iter().filter_map(known).collect() }
    }

    /// Forgets the aliases of peers that are not on the map any more.
    pub(crate) fn retain_aliases(&mut self) {
        let whole = &self.whole;
        self.aliases.names.retain(|id, _| whole.contains_key(id));
    }

    /// Whether a peer was let in to look.
    pub(crate) fn looks(&self, link: LinkId) -> bool {
        self.observers.contains(&link)
    }

    /// A peer that looked is gone. Returns whether it was one.
    pub(crate) fn end_look(&mut self, link: LinkId) -> bool {
        let looked = self.looks(link);
        self.observers.shift_remove(&link);
        if looked {
            self.watchers.shift_remove(&link);
        }
        looked
    }

    /// Those who look, who may no longer.
    pub(crate) fn end_looks(&mut self) -> Vec<LinkId> {
        let all: Vec<_> = core::mem::take(&mut self.observers).into_iter().collect();
        self.watchers.retain(|link| !all.contains(link));
        all
    }

    /// The links over which changes are told downwards.
    pub(crate) fn watchers(&self) -> impl Iterator<Item = LinkId> {
        self.watchers.iter().copied()
    }

    /// Everything, for one who has just begun to look.
    pub(crate) fn all(&self) -> Change {
        Change { put: self.whole.values().cloned().collect(), gone: Vec::new() }
    }

    /// The whole tree as far as it is known, the host first.
    pub(crate) fn whole(&self) -> impl Iterator<Item = &MapPeer> {
        self.whole.values()
    }

    /// Forgets what children told, and that they watch, who are none any more.
    pub(crate) fn retain(&mut self, children: &[(PeerId, LinkId)]) {
        self.below.retain(|child, _| children.iter().any(|(id, _)| id == child));
        let observers = &self.observers;
        let stays = |link: &LinkId| children.iter().any(|(_, child)| child == link);
        self.watchers.retain(|link| stays(link) || observers.contains(link));
    }

    /// What is known of a peer.
    pub(crate) fn known(&self, id: &PeerId) -> Option<&MapPeer> {
        self.whole.get(id).or_else(|| self.below.values().find_map(|peers| peers.get(id)))
    }

    /// A child tells of its subtree. It speaks only for itself and for what hangs below it.
    pub(crate) fn hear_below(&mut self, own: &PeerId, child: &PeerId, change: Change) {
        let others = self.below.iter().filter(|(id, _)| *id != child);
        let others: usize = others.map(|(_, peers)| peers.len()).sum();
        let peers = self.below.entry(child.clone()).or_default();
        // This peer itself is on the map, too.
        let room = limits::MAP_PEERS.saturating_sub(others + 1);
        for peer in change.put {
            let parent = peer.parent.as_ref();
            let hangs = match peer.id == *child {
                true => parent == Some(own),
                false => parent.is_some_and(|parent| peers.contains_key(parent)),
            };
            if hangs && peer.id != *own && (peers.len() < room || peers.contains_key(&peer.id)) {
                peers.insert(peer.id.clone(), peer);
            }
        }
        for id in change.gone {
            peers.shift_remove(&id);
        }
    }

    /// The parent tells of the tree. Returns what is to be told further down.
    pub(crate) fn hear_above(&mut self, mut change: Change) -> Change {
        if core::mem::take(&mut self.stale) {
            // A new parent begins with everything: what it does not name is gone.
            let named = |id: &PeerId| change.put.iter().any(|peer| peer.id == *id);
            let lost: Vec<_> = self.whole.keys().filter(|id| !named(id)).cloned().collect();
            change.gone.extend(lost);
        }
        for id in &change.gone {
            self.whole.shift_remove(id);
        }
        for peer in &change.put {
            if self.whole.len() < limits::MAP_PEERS || self.whole.contains_key(&peer.id) {
                self.whole.insert(peer.id.clone(), peer.clone());
            }
        }
        change
    }

    /// There is another parent, which will tell everything anew.
    pub(crate) fn forget_above(&mut self) {
        self.said.clear();
        self.levels = 0;
        self.asked = false;
        self.stale = true;
    }

    /// The parent is to be told everything again.
    pub(crate) fn forget_said(&mut self) {
        self.said.clear();
    }

    /// What has changed of the own subtree since it was told upwards last; `own` is this peer.
    pub(crate) fn change_upwards(&mut self, own: MapPeer) -> Change {
        let now = self.subtree(own);
        let change = difference(&self.said, &now);
        self.said = now;
        change
    }

    /// A host's tree is its own subtree. What has changed since it was told downwards last.
    pub(crate) fn change_downwards(&mut self, own: MapPeer) -> Change {
        let now = self.subtree(own);
        let change = difference(&self.whole, &now);
        self.whole = now;
        change
    }

    /// Whether the parent was told nothing yet.
    pub(crate) fn has_said_nothing(&self) -> bool {
        self.said.is_empty()
    }

    /// Nobody looks any more.
    pub(crate) fn clear(&mut self) {
        self.below.clear();
        self.whole.clear();
        self.said.clear();
        self.aliases.names.clear();
    }

    fn subtree(&self, own: MapPeer) -> Peers {
        let mut all = Peers::new();
        all.insert(own.id.clone(), own);
        for (id, peer) in self.below.values().flatten() {
            if all.len() < limits::MAP_PEERS && !all.contains_key(id) {
                all.insert(id.clone(), peer.clone());
            }
        }
        all
    }
}

fn difference(before: &Peers, now: &Peers) -> Change {
    let put = now.iter().filter(|(id, peer)| before.get(*id) != Some(*peer));
    let gone = before.keys().filter(|id| !now.contains_key(*id));
    Change { put: put.map(|(_, peer)| peer.clone()).collect(), gone: gone.cloned().collect() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn id(text: &str) -> PeerId {
        PeerId::new(text).unwrap()
    }

    fn peer(name: &str, parent: &str) -> MapPeer {
        let parent = (!parent.is_empty()).then(|| id(parent));
        MapPeer { id: id(name), parent, name: name.to_owned(), rtt: 0, below: 0, profile: None }
    }

    fn put(peers: &[(&str, &str)]) -> Change {
        let put = peers.iter().map(|(name, parent)| peer(name, parent)).collect();
        Change { put, gone: Vec::new() }
    }

    #[test]
    fn changes_are_told_once() {
        let mut map = Map::default();
        map.hear_below(&id("h"), &id("a"), put(&[("a", "h"), ("b", "a")]));
        let names = |change: &Change| {
            change.put.iter().map(|peer| peer.name.clone()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(&map.change_downwards(peer("h", ""))), "h a b");
        assert!(map.change_downwards(peer("h", "")).is_empty());
        let gone = Change { put: Vec::new(), gone: vec![id("b")] };
        map.hear_below(&id("h"), &id("a"), gone);
        assert_eq!(map.change_downwards(peer("h", "")).gone, [id("b")]);
        map.retain(&[]);
        assert_eq!(map.change_downwards(peer("h", "")).gone, [id("a")]);
    }

    #[test]
    fn a_child_speaks_only_for_its_own_subtree() {
        let mut map = Map::default();
        map.hear_below(&id("h"), &id("b"), put(&[("b", "h")]));
        let forged = [("x", "h"), ("h", "a"), ("a", "b"), ("y", "b"), ("a", "h"), ("z", "a")];
        map.hear_below(&id("h"), &id("a"), put(&forged));
        map.change_downwards(peer("h", ""));
        let known: Vec<_> = map.whole().map(|peer| peer.name.as_str()).collect();
        assert_eq!(known, ["h", "b", "a", "z"]);
    }

    #[test]
    fn the_map_is_filled_up_to_its_limit() {
        let mut map = Map::default();
        map.hear_below(&id("h"), &id("a"), put(&[("a", "h")]));
        // A child tells of its subtree bit by bit, as peers come.
        for from in (0..limits::MAP_PEERS).step_by(50) {
            let names: Vec<_> = (from..from + 50).map(|i| format!("n{i}")).collect();
            let peers: Vec<_> = names.iter().map(|name| (name.as_str(), "a")).collect();
            map.hear_below(&id("h"), &id("a"), put(&peers));
        }
        assert_eq!(map.below.values().map(IndexMap::len).sum::<usize>(), limits::MAP_PEERS - 1);
        map.change_downwards(peer("h", ""));
        assert_eq!(map.whole().count(), limits::MAP_PEERS);
    }

    #[test]
    fn observers_are_told_the_shape_only() {
        let mut map = Map::default();
        let host = id("p2");
        let change = put(&[("p2", ""), ("a", "p2"), ("b", "a"), ("c", "b")]);
        let seen = |change: Change| -> Vec<_> {
            let names = change.put.into_iter().map(|peer| (peer.id, peer.parent));
            names
                .map(|(id, up)| format!("{id} {}", up.map_or(String::new(), |up| up.to_string())))
                .collect()
        };
        let first = map.anonymous(&host, &change);
        assert_eq!(seen(first.clone()), ["p2 ", "p1 p2", "p3 p1", "p4 p3"]);
        assert_eq!(map.anonymous(&host, &change), first, "they keep their names");
        let gone = Change { put: Vec::new(), gone: vec![id("b"), id("unknown")] };
        assert_eq!(map.anonymous(&host, &gone).gone, [id("p3")]);
        map.retain_aliases();
        assert!(map.aliases.names.is_empty());
    }

    #[test]
    fn the_map_is_bounded() {
        let mut map = Map::default();
        let names: Vec<_> = (0..limits::MAP_PEERS + 50).map(|i| format!("n{i}")).collect();
        let mut peers = vec![("a", "h")];
        peers.extend(names.iter().map(|name| (name.as_str(), "a")));
        map.hear_below(&id("h"), &id("a"), put(&peers));
        map.change_downwards(peer("h", ""));
        assert_eq!(map.whole().count(), limits::MAP_PEERS);
    }

    #[test]
    fn a_child_does_not_speak_for_its_parent() {
        let mut map = Map::default();
        map.hear_below(&id("h"), &id("a"), put(&[("a", "h"), ("h", "a"), ("b", "h")]));
        let below: Vec<_> = map.below[&id("a")].keys().map(PeerId::as_str).collect();
        assert_eq!(below, ["a"]);
    }

    #[test]
    fn a_parent_fills_no_more_than_the_map() {
        let mut map = Map::default();
        let names: Vec<_> = (0..limits::MAP_PEERS + 50).map(|i| format!("n{i}")).collect();
        let peers: Vec<_> = names.iter().map(|name| (name.as_str(), "h")).collect();
        map.hear_above(put(&peers));
        assert_eq!(map.whole().count(), limits::MAP_PEERS);
    }
}
