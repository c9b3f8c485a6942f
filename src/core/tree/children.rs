//! The children of one peer, and all that it knows about what is below them: a summary each.

mod places;

use core::time::Duration;

pub(crate) use places::AdvertiseDecision;

use super::no_shows::NoShows;
use super::recent_redirects::RecentRedirects;
use super::trust::Trust;
use crate::util::id::{LinkId, LinkMap, PeerId, SmallPeerMap};
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::message::{FreeSlot, ReparentHint, Summary};

/// How soon after joining a child may join again over the same link.
const REJOIN: Duration = Duration::from_secs(1);
/// Peers that may wait at once to take a weak child's place.
const DISPLACEMENTS: usize = 2;
/// How long a slot is kept for a peer that was let in: most are connected by then.
const RESERVED: Duration = limits::OPENING;

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Children {
    children: SmallPeerMap<Child>,
    /// Links that a child has replaced; it closes them itself, or they are closed for it.
    retired: Vec<(LinkId, Time)>,
    /// Peers that keep this one as their standby.
    standbys: LinkMap<PeerId>,
    /// Links of peers that will take a weak child's place as soon as they say `Join`, and since
    /// when they wait.
    displacements: LinkMap<Time>,
    recent_redirects: RecentRedirects,
    no_shows: NoShows,
    trust: Trust,
}

/// One child.
#[derive(Debug)]
pub(crate) struct Child {
    /// The link that carries it.
    pub(crate) link: LinkId,
    /// A newer link that the same child has dialled; it takes over when the child joins over it.
    pub(crate) incoming: Option<LinkId>,
    /// Whether it has said `Join`; before that nothing is sent to it.
    pub(crate) joined: bool,
    /// Until when a slot is kept for it although it has not joined.
    reserved: Option<Time>,
    /// When it was let in, or has joined.
    since: Time,
    /// The person's name.
    pub(crate) name: String,
    summary: Summary,
    /// The round trip in milliseconds, roughly.
    rtt: u32,
    advertised: Advertised,
}

/// What a child was told last.
#[derive(Debug, Default)]
struct Advertised {
    peers: Vec<PeerId>,
    hint: Option<ReparentHint>,
    at: Time,
}

impl Child {
    fn holds_slot(&self) -> bool {
        self.joined || self.reserved.is_some()
    }

    /// The places below it that it names.
    fn names(&self) -> impl Iterator<Item = &FreeSlot> {
        self.summary.free_slots.iter().chain(&self.summary.displaceable)
    }

    /// Whether it may know of a place below it, or have one.
    pub(crate) fn may_know_places(&self) -> bool {
        self.joined && (self.summary.height > 0 || self.summary.free > 0)
    }

    /// Whether it has no children and could never feed any.
    fn is_displaceable(&self) -> bool {
        self.joined && self.summary.size == 1 && self.summary.slots == 0
    }
}

impl Children {
    pub(crate) fn contains(&self, peer: &PeerId) -> bool {
        self.children.contains_key(peer)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.children.is_empty()
    }

    /// The link of a child.
    pub(crate) fn link(&self, peer: &PeerId) -> Option<LinkId> {
        self.children.get(peer).map(|child| child.link)
    }

    /// Whether a peer is a child, or a slot is kept for it.
    pub(crate) fn holds_slot(&self, peer: &PeerId) -> bool {
        self.children.get(peer).is_some_and(Child::holds_slot)
    }

    /// Whether a child has joined.
    pub(crate) fn has_joined(&self, peer: &PeerId) -> bool {
        self.children.get(peer).is_some_and(|child| child.joined)
    }

    /// All children, and those who may become some, in the order in which they came.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&PeerId, &Child)> {
        self.children.iter()
    }

    /// The links of those that have joined.
    pub(crate) fn links(&self) -> impl Iterator<Item = LinkId> {
        self.children.values().filter(|child| child.joined).map(|child| child.link)
    }

    /// Every link that is to be fed, also those whose child has not joined yet.
    pub(crate) fn fed_links(&self) -> impl Iterator<Item = LinkId> {
        let fed = self.children.values().filter(|child| child.holds_slot());
        fed.flat_map(|child| [Some(child.link), child.incoming]).flatten()
    }

    /// Whether a child may say `Join` again over its link: each time it is told a lot.
    pub(crate) fn may_rejoin(&self, now: Time, peer: &PeerId) -> bool {
        self.children.get(peer).is_some_and(|child| now.since(child.since) >= REJOIN)
    }

    /// How many slots are taken, by children and by peers for which one is kept.
    pub(crate) fn taken(&self) -> u32 {
        self.count(Child::holds_slot)
    }

    /// Slots to offer under a limit of `limit` children.
    pub(crate) fn free(&self, limit: u32) -> u32 {
        limit.saturating_sub(self.taken())
    }

    /// Slots that no child has, under a limit of `limit` children. Whoever joins first gets them:
    /// one that was only let in may never come.
    pub(crate) fn vacant(&self, limit: u32) -> u32 {
        limit.saturating_sub(self.count(|child| child.joined))
    }

    /// How many peers were let in and have not joined yet.
    pub(crate) fn expected(&self) -> usize {
        self.children.values().filter(|child| !child.joined).count()
    }

    /// The peer that was let in first of those that could have joined by now, with its link.
    pub(crate) fn latest_no_show(&self, now: Time) -> Option<(PeerId, LinkId)> {
        let late = |child: &Child| !child.joined && now.since(child.since) >= RESERVED;
        let (peer, child) = self.children.iter().find(|(_, child)| late(child))?;
        Some((peer.clone(), child.link))
    }

    fn count(&self, counts: impl Fn(&Child) -> bool) -> u32 {
        let count = self.children.values().filter(|child| counts(child)).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Lets a peer in that asks for one of `slots`. One is kept for it for a while, unless it has
    /// not come lately although one was, or too many others have not. A child that asks again
    /// keeps its slot; the link of an attempt that it makes obsolete is returned, to be closed.
    pub(crate) fn reserve(
        &mut self,
        now: Time,
        slots: u32,
        peer: PeerId,
        link: LinkId,
    ) -> Option<LinkId> {
        if let Some(child) = self.children.get_mut(&peer) {
            if child.joined {
                // In case the old link dies while it moves to the new one.
                child.reserved = Some(now + RESERVED);
            }
            return child.incoming.replace(link);
        }
        let child = Child {
            link,
            incoming: None,
            joined: false,
            reserved: self.no_shows.trusts(now, &peer, slots).then(|| now + RESERVED),
            since: now,
            name: String::new(),
            summary: Summary { size: 1, slots: 1, ..Summary::default() },
            rtt: 0,
            advertised: Advertised::default(),
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
        (child.joined, child.reserved) = (true, None);
        child.since = now;
        child.advertised = Advertised::default();
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
    /// Returns its links.
    pub(crate) fn retire(&mut self, now: Time, peer: &PeerId) -> Vec<LinkId> {
        let child = self.children.shift_remove(peer);
        let links: Vec<_> =
            child.into_iter().flat_map(|c| [Some(c.link), c.incoming]).flatten().collect();
        self.retired.extend(links.iter().map(|link| (*link, now + limits::RETIRED)));
        links
    }

    /// A peer is sent away, as child and as one that keeps this peer as its standby. Returns its
    /// links, to be closed.
    pub(crate) fn expel(&mut self, peer: &PeerId) -> Vec<LinkId> {
        let child = self.children.shift_remove(peer);
        let standbys = self.standbys.iter().filter(|(_, of)| *of == peer).map(|(link, _)| *link);
        let mut links: Vec<_> = standbys.collect();
        links.extend(child.into_iter().flat_map(|c| [Some(c.link), c.incoming]).flatten());
        self.standbys.retain(|_, of| of != peer);
        links
    }

    /// How many peers are in a child's subtree, as far as it has told.
    pub(crate) fn size(&self, peer: &PeerId) -> u32 {
        self.children.get(peer).map_or(0, |child| child.summary.size)
    }

    /// Whether `peer` may be in a child's subtree, as far as is known.
    pub(crate) fn may_be_below(&self, child: &PeerId, peer: &PeerId) -> bool {
        child == peer || (self.size(child) > 1 && !self.has_joined(peer))
    }

    pub(crate) fn rename(&mut self, peer: &PeerId, name: String) {
        if let Some(child) = self.children.get_mut(peer) {
            child.name = name;
        }
    }

    pub(crate) fn summarise(&mut self, peer: &PeerId, summary: Summary) {
        if let Some(child) = self.children.get_mut(peer) {
            self.trust.told(peer, summary.size);
            child.summary = summary;
        }
    }

    /// The round trip to a child, as measured.
    pub(crate) fn measure(&mut self, peer: &PeerId, round_trip: Option<Duration>) {
        if let (Some(child), Some(rtt)) = (self.children.get_mut(peer), round_trip) {
            let millis =
                u32::try_from(rtt.as_millis()).unwrap_or(u32::MAX).clamp(8, limits::ROUND_TRIP);
            // Rounded, or every small change would be told to the whole path upwards.
            child.rtt = millis.next_power_of_two();
        }
    }

    /// The longest of the round trips to the children.
    pub(crate) fn slowest(&self) -> Duration {
        let slowest = self.children.values().map(|child| child.rtt).max().unwrap_or_default();
        Duration::from_millis(slowest.into())
    }

    /// How many levels of peers there are below, as far as they have told.
    pub(crate) fn height(&self) -> u32 {
        let joined = self.children.values().filter(|child| child.joined);
        joined.map(|child| child.summary.height.saturating_add(1)).max().unwrap_or_default()
    }

    /// Time has passed: children that were doubted are believed again.
    pub(crate) fn recover(&mut self, now: Time) {
        self.trust.recover(now);
    }

    /// Children that are too many under a limit of `slots`: those that `go_first`, then those with
    /// the least below them, the newest first.
    pub(crate) fn surplus(&self, slots: u32, go_first: impl Fn(&PeerId) -> bool) -> Vec<PeerId> {
        let joined = self.children.iter().rev().filter(|(_, child)| child.joined);
        let mut children: Vec<_> = joined.collect();
        children.sort_by_key(|(id, child)| (!go_first(id), child.summary.size));
        let surplus = children.len().saturating_sub(slots as usize);
        children.into_iter().take(surplus).map(|(id, _)| id.clone()).collect()
    }

    /// A peer will take a weak child's place over `link`. Returns whether it may wait for that, and
    /// the link of one that has waited long enough and gives way to it, to be closed.
    pub(crate) fn hold_displacement(&mut self, now: Time, link: LinkId) -> (bool, Option<LinkId>) {
        let mut gives_way = None;
        if self.displacements.len() >= DISPLACEMENTS {
            let first = self.displacements.first();
            gives_way = first.filter(|(_, at)| now.since(**at) >= RESERVED).map(|(link, _)| *link);
            let Some(gives_way) = gives_way else { return (false, None) };
            self.displacements.shift_remove(&gives_way);
        }
        self.displacements.insert(link, now);
        (true, gives_way)
    }

    /// The link waits no more; returns whether it did.
    pub(crate) fn end_displacement(&mut self, link: LinkId) -> bool {
        self.displacements.shift_remove(&link).is_some()
    }

    /// A peer keeps this one as its standby over `link`.
    pub(crate) fn hold_standby(&mut self, link: LinkId, peer: PeerId) {
        self.standbys.insert(link, peer);
    }

    /// How many peers keep this one as their standby.
    pub(crate) fn standbys(&self) -> usize {
        self.standbys.len()
    }

    /// The links on which this peer is somebody's standby.
    pub(crate) fn standby_links(&self) -> impl Iterator<Item = LinkId> {
        self.standbys.keys().copied()
    }

    /// The link is a standby no more: it is down, or its peer becomes a child. Returns whether it
    /// was one.
    pub(crate) fn end_standby(&mut self, link: LinkId) -> bool {
        self.standbys.shift_remove(&link).is_some()
    }

    /// Removes the newest standbys above the number of slots that no child has, and returns them.
    pub(crate) fn surplus_standbys(&mut self, limit: u32) -> Vec<(LinkId, PeerId)> {
        let free = self.vacant(limit) as usize;
        let surplus = self.standbys.len().saturating_sub(free);
        (0..surplus).filter_map(|_| self.standbys.pop()).collect()
    }

    /// When [`Children::expired`] or [`Children::lapse`] has something to say.
    pub(crate) fn deadline(&self) -> Option<Time> {
        let retired = self.retired.iter().map(|(_, until)| *until);
        retired.chain(self.children.values().filter_map(|child| child.reserved)).min()
    }

    /// Retired links that their child should have closed by now.
    pub(crate) fn expired(&mut self, now: Time) -> Vec<LinkId> {
        let due = self.retired.iter().filter(|(_, until)| now >= *until);
        let links = due.map(|(link, _)| *link).collect();
        self.retired.retain(|(_, until)| now < *until);
        links
    }

    /// Slots are no longer kept for those who could have joined by now; they may still come.
    /// Returns whether there are any.
    pub(crate) fn lapse(&mut self, now: Time) -> bool {
        let mut any = false;
        for (peer, child) in &mut self.children {
            let lapsed = child.reserved.take_if(|until| now >= *until).is_some();
            if lapsed && !child.joined {
                self.no_shows.note(now, peer.clone());
                any = true;
            }
        }
        any
    }
}

#[cfg(test)]
mod tests;
