//! The places in the subtree: what is told of them, and who is sent to which.

use core::cmp::Reverse;
use core::time::Duration;

use super::{Advertised, Child, Children};
use crate::tree::recent_redirects::{Claim, Redirect};
use crate::util::id::PeerId;
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::message::{FreeSlot, LAST_RESORT, ReparentHint, Summary};

/// So many backups are enough for a while.
const ENOUGH: usize = 4;
/// How long a child may do with what it was told of backups and better places.
const STALE: Duration = Duration::from_secs(15);
/// How long before it hears of a free place further up, which only one child does.
const NEWS: Duration = Duration::from_secs(2);

/// Whether to tell a child of backups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AdvertiseDecision {
    /// It knows.
    Nothing,
    /// Now.
    Now,
    /// Not before this time.
    At(Time),
}

/// A place below, seen from here.
struct Place<'a> {
    /// The child that names it.
    child: &'a PeerId,
    /// How often the trust in it, or in that child, was halved.
    halvings: u8,
    slot: FreeSlot,
}

impl Place<'_> {
    /// How many of its slots are believed to be free.
    fn believed(&self) -> u32 {
        self.slot.free >> self.halvings
    }
}

impl Children {
    /// This peer's own summary: itself, with `slots` of them, and all below. If it has no free
    /// slots, it takes so many more as a `last_resort`.
    pub(crate) fn summary(&self, own: &PeerId, slots: u32, last_resort: u32) -> Summary {
        let height = self.height();
        let mut open = Self::believed(self.open(None));
        let free = self.free(slots);
        if free > 0 {
            open.insert(0, FreeSlot { id: own.clone(), distance: 0, free, rtt: 0 });
        } else if last_resort > 0 {
            open.truncate(limits::FREE_SLOTS - 1);
            let own =
                FreeSlot { id: own.clone(), distance: LAST_RESORT, free: last_resort, rtt: 0 };
            let at = open.partition_point(|open| !open.is_last_resort());
            open.insert(at, own);
        }
        let mut displaceable = Self::believed(self.displaceable(None));
        let leaves = self.children.values().filter(|child| child.is_displaceable()).count();
        if free == 0 && leaves > 0 {
            let free = u32::try_from(leaves).unwrap_or(u32::MAX);
            displaceable.insert(0, FreeSlot { id: own.clone(), distance: 0, free, rtt: 0 });
        }
        let joined = || self.children.iter().filter(|(_, child)| child.joined);
        let below = joined().map(|(id, child)| self.trust.believed(id, child.summary.free));
        let free = below.fold(free, u32::saturating_add);
        let sizes = joined().map(|(_, child)| child.summary.size);
        let size = sizes.fold(1, u32::saturating_add);
        let mut summary = Summary { size, height, slots, free, free_slots: open, displaceable };
        summary.clamp();
        summary
    }

    /// What is passed on of places that children name.
    fn believed(places: Vec<Place<'_>>) -> Vec<FreeSlot> {
        // The last one is not hidden from those who find no other.
        let believed = |place: Place<'_>| FreeSlot { free: place.believed().max(1), ..place.slot };
        places.into_iter().map(believed).collect()
    }

    /// Where to send a peer that finds no slot here, the best place first. A place to which others
    /// were sent lately comes last, so that a crowd is spread before the next summaries come, and so
    /// does one of a child that was believed in vain. A peer that is `able` to feed children may also
    /// displace one that is not.
    pub(crate) fn redirect(&mut self, now: Time, joiner: &PeerId, able: bool) -> Vec<PeerId> {
        self.recover(now);
        let returned = self.returned(now, joiner);
        self.recent_redirects.forget(now);
        let mut open = self.open(Some(joiner));
        let resorts = open.split_off(open.partition_point(|open| !open.slot.is_last_resort()));
        let left = |place: &Place<'_>| {
            let coming = self.recent_redirects.count(&place.slot.id);
            (place.believed() as usize).saturating_sub(coming)
        };
        open.sort_by_cached_key(|open| {
            let (left, again) = (left(open), returned.as_ref() == Some(&open.slot.id));
            let FreeSlot { distance, rtt, .. } = open.slot;
            (again, open.halvings, left == 0, distance, Reverse(left), rtt)
        });
        if able {
            open.extend(self.displaceable(Some(joiner)));
        }
        open.extend(resorts);
        let spent = open.first().is_some_and(|open| left(open) == 0);
        let mut ask = if spent { self.descents(joiner) } else { Vec::new() };
        let claim = open.first().filter(|_| ask.is_empty());
        let claim = claim.map(|open| Claim { child: open.child.clone(), free: open.slot.free });
        ask.extend(open.into_iter().map(|open| open.slot.id));
        ask.truncate(limits::CANDIDATE_PARENTS);
        if let Some(first) = ask.first() {
            let redirect = Redirect { place: first.clone(), claim };
            self.recent_redirects.note(now, joiner, redirect);
        }
        ask
    }

    /// A joiner asks. If it was sent to a place that is still said to have as many free slots, that
    /// place is believed less, and so is the child that names nothing but such places. Returns where
    /// the joiner was sent.
    fn returned(&mut self, now: Time, joiner: &PeerId) -> Option<PeerId> {
        let Redirect { place, claim } = self.recent_redirects.take_returned(now, joiner)?;
        let claim = claim.and_then(|claim| Some((self.children.get(&claim.child)?, claim)));
        let Some((child, Claim { child: id, free })) = claim else { return Some(place) };
        if child.names().any(|named| named.id == place && named.free >= free) {
            let size = if place == id { child.summary.size } else { u32::MAX };
            self.trust.halve(now, &place, size);
            if place != id && child.names().all(|named| self.trust.halvings(&named.id) > 0) {
                self.trust.halve(now, &id, child.summary.size);
            }
        }
        Some(place)
    }

    /// Whether [`Children::redirect`] knows more than last resorts and what nobody believes.
    pub(crate) fn has_room(&self, joiner: &PeerId, able: bool) -> bool {
        let mut places = self.open(Some(joiner));
        places.extend(able.then(|| self.displaceable(Some(joiner))).into_iter().flatten());
        places.iter().any(|place| place.halvings == 0 && !place.slot.is_last_resort())
    }

    /// The children that know further places below them. More peers come than places are known
    /// here, so each child gets its share, and passes them on in turn.
    fn descents(&self, joiner: &PeerId) -> Vec<PeerId> {
        let knows = |(id, child): &(&PeerId, &Child)| {
            child.joined && child.summary.height > 0 && *id != joiner
        };
        let mut children: Vec<_> = self.children.iter().filter(knows).collect();
        children.sort_by_cached_key(|(id, child)| {
            (self.trust.halvings(id), self.recent_redirects.count(id), child.summary.size)
        });
        children.into_iter().map(|(id, _)| id.clone()).collect()
    }

    /// The child that a peer which could feed others may displace.
    pub(crate) fn displaceable_leaf(&self) -> Option<PeerId> {
        self.children
            .iter()
            .rev()
            .find(|(_, child)| child.is_displaceable())
            .map(|(id, _)| id.clone())
    }

    /// The child with the most levels below it, and the best place outside its subtree that this
    /// peer knows for one further down in it. `depth` is this peer's own, `above` the best place
    /// that it was told of.
    pub(crate) fn reparent_hint(
        &self,
        own: &PeerId,
        slots: u32,
        depth: u32,
        above: Option<&ReparentHint>,
    ) -> Option<(PeerId, ReparentHint)> {
        let by_height = |(_, child): &(&PeerId, &Child)| child.summary.height;
        let joined = self.children.iter().filter(|(_, child)| child.joined);
        let (highest, child) = joined.max_by_key(by_height)?;
        let below = |places: Vec<Place<'_>>, displaces: bool| {
            let Place { slot, .. } = places.into_iter().find(|place| place.halvings == 0)?;
            let depth = depth.saturating_add(slot.distance).saturating_add(1);
            Some(ReparentHint { id: slot.id, depth, displaces })
        };
        let here =
            |displaces| ReparentHint { id: own.clone(), depth: depth.saturating_add(1), displaces };
        let mut places: Vec<_> = above.cloned().into_iter().collect();
        if self.free(slots) > 0 {
            places.push(here(false));
        } else if self.displaceable_leaf().is_some() {
            places.push(here(true));
        }
        places.extend(below(self.open(Some(highest)), false));
        places.extend(below(self.displaceable(Some(highest)), true));
        let best = places.into_iter().min_by_key(|hint| (hint.depth, hint.displaces))?;
        let deepest = depth.saturating_add(1).saturating_add(child.summary.height);
        best.is_above(deepest).then(|| (highest.clone(), best))
    }

    /// Peers outside `child`'s subtree that could take it, from this peer's other children.
    pub(crate) fn alternatives(&self, child: &PeerId) -> impl Iterator<Item = PeerId> {
        self.open(Some(child)).into_iter().map(|open| open.slot.id)
    }

    /// Whether to tell a child of these backups and this better place, which are noted if so.
    ///
    /// What it was told last is good enough for a while as long as half of it still holds: news
    /// of every slot that comes and goes would flood the room.
    pub(crate) fn advertise(
        &mut self,
        now: Time,
        child: &PeerId,
        backups: &[PeerId],
        hint: Option<&ReparentHint>,
    ) -> AdvertiseDecision {
        let Some(child) = self.children.get_mut(child).filter(|child| child.joined) else {
            return AdvertiseDecision::Nothing;
        };
        let Advertised { peers, hint: advertised_hint, at } = &child.advertised;
        if peers == backups && advertised_hint.as_ref() == hint {
            return AdvertiseDecision::Nothing;
        }
        let valid = peers.iter().filter(|peer| backups.contains(peer)).count();
        let poor = valid * 2 < backups.len().min(ENOUGH);
        let news = advertised_hint.as_ref() != hint && hint.is_some_and(|hint| !hint.displaces);
        let due = *at + if news { NEWS } else { STALE };
        if !poor && now < due {
            return AdvertiseDecision::At(due);
        }
        child.advertised = Advertised { peers: backups.to_vec(), hint: hint.cloned(), at: now };
        AdvertiseDecision::Now
    }

    /// Peers below with free slots, the shallowest first and those with most slots first among
    /// them, leaving out the subtree of `except`. Those that children name who were believed in vain
    /// come later, and sleeping pages last.
    fn open(&self, except: Option<&PeerId>) -> Vec<Place<'_>> {
        self.places(except, |summary| &summary.free_slots)
    }

    /// Peers below with children to displace, likewise.
    fn displaceable(&self, except: Option<&PeerId>) -> Vec<Place<'_>> {
        self.places(except, |summary| &summary.displaceable)
    }

    fn places(
        &self,
        except: Option<&PeerId>,
        of: fn(&Summary) -> &Vec<FreeSlot>,
    ) -> Vec<Place<'_>> {
        let mut places: Vec<_> = self
            .children
            .iter()
            .filter(|(peer, child)| child.joined && Some(*peer) != except)
            .flat_map(|(peer, child)| {
                of(&child.summary).iter().map(move |open| (peer, child, open))
            })
            .filter(|(_, _, open)| open.free > 0 && Some(&open.id) != except)
            // A child has moved up here, or another one speaks for it.
            .filter(|(peer, _, open)| open.id == **peer || !self.children.contains_key(&open.id))
            .map(|(peer, child, open)| Place {
                child: peer,
                halvings: self.trust.halvings(peer).max(self.trust.halvings(&open.id)),
                slot: FreeSlot {
                    distance: open.distance.saturating_add(1),
                    rtt: open.rtt.saturating_add(child.rtt),
                    ..open.clone()
                },
            })
            .collect();
        places.sort_by_key(|Place { halvings, slot, .. }| {
            let is_last = slot.is_last_resort();
            (is_last, *halvings, slot.distance, Reverse(slot.free), slot.rtt)
        });
        places
    }
}
