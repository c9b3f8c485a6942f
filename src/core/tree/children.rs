//! The children of one peer, and all that it knows about what is below them: a summary each.

use core::cmp::Reverse;
use core::time::Duration;
use std::collections::VecDeque;

use indexmap::IndexMap;

use crate::id::{LinkId, PeerId};
use crate::time::Time;
use crate::wire::limits;
use crate::wire::message::{Open, Summary};

/// Peers named in a summary: enough to spread joiners, few enough that summaries stay small.
const OPEN: usize = 4;
/// A joiner has arrived where it was sent, or never will, after so long.
const HANDED: Duration = Duration::from_secs(2);

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Children {
    children: IndexMap<PeerId, Child>,
    /// Links that a child has replaced; it closes them itself, or they are closed for it.
    retired: Vec<(LinkId, Time)>,
    /// Peers that keep this one as their spare.
    spares: IndexMap<LinkId, PeerId>,
    handed: Handed,
}

/// Where joiners were sent lately.
#[derive(Debug, Default)]
struct Handed {
    times: VecDeque<(PeerId, Time)>,
    counts: IndexMap<PeerId, usize>,
}

/// One child.
#[derive(Debug)]
pub(crate) struct Child {
    /// The link that carries it.
    pub(crate) link: LinkId,
    /// A newer link that the same child has dialled; it takes over when the child joins over it.
    pub(crate) incoming: Option<LinkId>,
    /// Whether it has said `Join`; before that its slot is reserved, and nothing is sent to it.
    pub(crate) joined: bool,
    /// The person's name.
    pub(crate) name: String,
    summary: Summary,
    /// The backups that it was told last.
    backups: Vec<PeerId>,
}

impl Children {
    pub(crate) fn contains(&self, peer: &PeerId) -> bool {
        self.children.contains_key(peer)
    }

    /// All children, reserved slots included, in the order in which they came.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&PeerId, &Child)> {
        self.children.iter()
    }

    /// The links of those that have joined.
    pub(crate) fn links(&self) -> impl Iterator<Item = LinkId> {
        self.children.values().filter(|child| child.joined).map(|child| child.link)
    }

    /// Every link that is to be fed, also those whose child has not joined yet.
    pub(crate) fn fed_links(&self) -> impl Iterator<Item = LinkId> {
        self.children.values().flat_map(|child| [Some(child.link), child.incoming]).flatten()
    }

    /// Whether `link` belongs to `peer` and `peer` has joined over it.
    pub(crate) fn is_joined(&self, peer: &PeerId, link: LinkId) -> bool {
        self.children.get(peer).is_some_and(|child| child.joined && child.link == link)
    }

    /// Free slots under a limit of `limit` children.
    pub(crate) fn free(&self, limit: u32) -> u32 {
        limit.saturating_sub(u32::try_from(self.children.len()).unwrap_or(u32::MAX))
    }

    /// Reserves a slot for a peer that knocks. A child that knocks again keeps the one it has;
    /// the link of an attempt that it makes obsolete is returned, to be closed.
    pub(crate) fn reserve(&mut self, peer: PeerId, link: LinkId) -> Option<LinkId> {
        if let Some(child) = self.children.get_mut(&peer) {
            return child.incoming.replace(link);
        }
        let child = Child {
            link,
            incoming: None,
            joined: false,
            name: String::new(),
            summary: Summary { size: 1, open: Vec::new() },
            backups: Vec::new(),
        };
        self.children.insert(peer, child);
        None
    }

    /// A child says `Join`. Returns the link that it replaces, if any, and `false` for a peer
    /// that holds no slot.
    pub(crate) fn join(
        &mut self,
        now: Time,
        peer: &PeerId,
        link: LinkId,
        name: String,
        summary: Summary,
    ) -> (bool, Option<LinkId>) {
        let Some(child) = self.children.get_mut(peer) else {
            return (false, None);
        };
        let mut replaced = None;
        if child.incoming == Some(link) {
            child.incoming = None;
            replaced = Some(core::mem::replace(&mut child.link, link));
            self.retired.extend(replaced.map(|old| (old, now + limits::RETIRED)));
        } else if child.link != link {
            return (false, None);
        }
        child.joined = true;
        child.backups.clear();
        child.name = name;
        child.summary = summary;
        (true, replaced)
    }

    /// A link is gone. Returns whether a child went with it.
    pub(crate) fn link_down(&mut self, peer: &PeerId, link: LinkId) -> bool {
        self.retired.retain(|(retired, _)| *retired != link);
        let Some(child) = self.children.get_mut(peer) else {
            return false;
        };
        if child.incoming == Some(link) {
            child.incoming = None;
            return false;
        }
        if child.link != link {
            return false;
        }
        match child.incoming.take() {
            // The old link died while the child was moving to the new one.
            Some(incoming) => {
                child.link = incoming;
                child.joined = false;
                false
            }
            None => self.children.shift_remove(peer).is_some(),
        }
    }

    /// A child leaves: its slot is free, its link stays until the child closes it or for a while.
    pub(crate) fn retire(&mut self, now: Time, peer: &PeerId) {
        if let Some(child) = self.children.shift_remove(peer) {
            let links = [Some(child.link), child.incoming].into_iter().flatten();
            self.retired.extend(links.map(|link| (link, now + limits::RETIRED)));
        }
    }

    pub(crate) fn rename(&mut self, peer: &PeerId, name: String) {
        if let Some(child) = self.children.get_mut(peer) {
            child.name = name;
        }
    }

    pub(crate) fn summarise(&mut self, peer: &PeerId, summary: Summary) {
        if let Some(child) = self.children.get_mut(peer) {
            child.summary = summary;
        }
    }

    /// This peer's own summary: itself, with `limit` slots, and all below.
    pub(crate) fn summary(&self, own: &PeerId, limit: u32) -> Summary {
        let below: u32 = self.children.values().fold(0, |n, c| n.saturating_add(c.summary.size));
        let mut open = self.open(None);
        let free = self.free(limit);
        if free > 0 {
            open.insert(0, Open { id: own.clone(), below: 0, free });
        }
        open.truncate(OPEN);
        Summary { size: below.saturating_add(1), open }
    }

    /// Where to send a peer that finds no slot here, the best place first. A place to which others
    /// were sent lately comes last, so that a crowd is spread before the next summaries come.
    pub(crate) fn redirect(&mut self, now: Time, joiner: &PeerId) -> Vec<PeerId> {
        self.handed.forget(now);
        let mut open = self.open(Some(joiner));
        open.sort_by_cached_key(|open| {
            let sent = self.handed.count(&open.id);
            (
                sent >= open.free as usize,
                open.below,
                Reverse(open.free as usize - sent.min(open.free as usize)),
            )
        });
        let ask: Vec<_> =
            open.into_iter().take(limits::CANDIDATE_PARENTS).map(|open| open.id).collect();
        if let Some(first) = ask.first() {
            self.handed.note(now, first.clone());
        }
        ask
    }

    /// Peers outside `child`'s subtree that could take it, from this peer's other children.
    pub(crate) fn alternatives(&self, child: &PeerId) -> impl Iterator<Item = PeerId> {
        self.open(Some(child)).into_iter().map(|open| open.id)
    }

    /// Notes what a child that has joined is told of its backups. Returns whether that is news.
    pub(crate) fn say_backups(&mut self, child: &PeerId, backups: &[PeerId]) -> bool {
        let Some(child) = self.children.get_mut(child).filter(|child| child.joined) else {
            return false;
        };
        let news = child.backups != backups;
        child.backups = backups.to_vec();
        news
    }

    /// A peer keeps this one as its spare over `link`.
    pub(crate) fn hold_spare(&mut self, link: LinkId, peer: PeerId) {
        self.spares.insert(link, peer);
    }

    /// How many peers keep this one as their spare.
    pub(crate) fn spares(&self) -> usize {
        self.spares.len()
    }

    /// Whether `link` is one on which this peer is somebody's spare.
    pub(crate) fn is_spare(&self, link: LinkId) -> bool {
        self.spares.contains_key(&link)
    }

    /// The links on which this peer is somebody's spare.
    pub(crate) fn spare_links(&self) -> impl Iterator<Item = LinkId> {
        self.spares.keys().copied()
    }

    /// The link is a spare no more: it is down, or its peer becomes a child.
    pub(crate) fn end_spare(&mut self, link: LinkId) {
        self.spares.shift_remove(&link);
    }

    /// Removes the newest spares above the number of free slots, and returns their links.
    pub(crate) fn surplus_spares(&mut self, limit: u32) -> Vec<LinkId> {
        let free = self.free(limit) as usize;
        let surplus = self.spares.len().saturating_sub(free);
        (0..surplus).filter_map(|_| self.spares.pop()).map(|(link, _)| link).collect()
    }

    /// When [`Children::expired`] has something to say.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.retired.iter().map(|(_, until)| *until).min()
    }

    /// Retired links that their child should have closed by now.
    pub(crate) fn expired(&mut self, now: Time) -> Vec<LinkId> {
        let due = |until: Time| now >= until;
        let links = self.retired.iter().filter(|(_, until)| due(*until)).map(|(link, _)| *link);
        let links = links.collect();
        self.retired.retain(|(_, until)| !due(*until));
        links
    }

    /// Peers below with free slots, the shallowest first and those with most slots first among
    /// them, leaving out the subtree of `except`.
    fn open(&self, except: Option<&PeerId>) -> Vec<Open> {
        let mut open: Vec<_> = self
            .children
            .iter()
            .filter(|(peer, child)| child.joined && Some(*peer) != except)
            .flat_map(|(_, child)| &child.summary.open)
            .filter(|open| open.free > 0 && Some(&open.id) != except)
            .map(|open| Open { below: open.below.saturating_add(1), ..open.clone() })
            .collect();
        open.sort_by_key(|open| (open.below, Reverse(open.free)));
        open
    }
}

impl Handed {
    fn note(&mut self, now: Time, peer: PeerId) {
        *self.counts.entry(peer.clone()).or_default() += 1;
        self.times.push_back((peer, now));
    }

    fn count(&self, peer: &PeerId) -> usize {
        self.counts.get(peer).copied().unwrap_or(0)
    }

    fn forget(&mut self, now: Time) {
        let old = self.times.iter().take_while(|(_, at)| now.since(*at) >= HANDED).count();
        for (peer, _) in self.times.drain(..old) {
            if let Some(count) = self.counts.get_mut(&peer) {
                *count -= 1;
                if *count == 0 {
                    self.counts.swap_remove(&peer);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn id(text: &str) -> PeerId {
        PeerId::new(text).unwrap()
    }

    /// Peer, distance, slots.
    type Places = &'static [(&'static str, u32, u32)];

    /// Children by name, each with the open places of its summary.
    fn table<const N: usize>(children: [(&str, Places); N]) -> Children {
        let mut table = Children::default();
        for (index, (peer, open)) in children.into_iter().enumerate() {
            let link = LinkId(index as u32);
            table.reserve(id(peer), link);
            let open = open.iter().map(|&(p, below, free)| Open { id: id(p), below, free });
            let summary = Summary { size: 1, open: open.collect() };
            table.join(Time::default(), &id(peer), link, String::new(), summary);
        }
        table
    }

    #[test]
    fn joiners_go_to_the_shallowest_place_and_spread() {
        let mut table =
            table([("a", &[("deep", 2, 9)]), ("b", &[("b", 0, 1)]), ("c", &[("c", 0, 2)])]);
        let now = Time::default();
        let first =
            |table: &mut Children| table.redirect(now, &id("x")).first().unwrap().to_string();
        let spread: Vec<_> = (0..4).map(|_| first(&mut table)).collect();
        assert_eq!(spread, ["c", "c", "b", "deep"]);
        let later = now + HANDED;
        assert_eq!(table.redirect(later, &id("x")).first(), Some(&id("c")), "nobody may have come");
    }

    #[test]
    fn nobody_is_sent_into_its_own_subtree() {
        let mut table = table([("a", &[("below-a", 1, 3)])]);
        assert!(table.redirect(Time::default(), &id("a")).is_empty());
    }

    #[test]
    fn a_child_that_dials_again_keeps_its_slot_and_replaces_its_link() {
        let mut table = table([("a", &[])]);
        assert_eq!(table.reserve(id("a"), LinkId(9)), None);
        assert_eq!(table.iter().count(), 1);
        let joined =
            table.join(Time::default(), &id("a"), LinkId(9), String::new(), Summary::default());
        assert_eq!(joined, (true, Some(LinkId(0))));
        assert!(!table.link_down(&id("a"), LinkId(0)), "the old link takes nobody with it");
        assert!(table.link_down(&id("a"), LinkId(9)));
    }

    #[test]
    fn who_holds_no_slot_cannot_join() {
        let mut table = Children::default();
        let joined =
            table.join(Time::default(), &id("a"), LinkId(1), String::new(), Summary::default());
        assert_eq!(joined, (false, None));
    }
}
