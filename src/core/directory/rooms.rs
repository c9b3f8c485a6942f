//! The room directory, as the index root keeps it and its guests copy it.

use core::time::Duration;

use indexmap::IndexMap;

use crate::identity::{Signed, Verified};
use crate::model::RoomCard;
use crate::util::id::PeerId;
use crate::util::limits;
use crate::util::time::Time;

/// How long a room that was inherited from the last index root may stay without being announced.
const UNCONFIRMED: Duration = Duration::from_secs(10);

/// The rooms of one network, in the order in which they were announced.
#[derive(Debug, Default)]
pub struct Directory {
    rooms: IndexMap<PeerId, Entry>,
    /// Counts the changes of what is listed.
    changes: u64,
}

#[derive(Debug)]
struct Entry {
    card: Verified<RoomCard>,
    expires: Option<Time>,
}

impl Directory {
    /// All rooms that others would believe in.
    pub fn cards(&self) -> Vec<Signed<RoomCard>> {
        self.iter().filter_map(|card| card.signed().cloned()).collect()
    }

    /// All rooms, as they are kept.
    pub fn iter(&self) -> impl Iterator<Item = &Verified<RoomCard>> {
        self.rooms.values().map(|entry| &entry.card)
    }

    /// How often the list has changed.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// A room is announced or has changed. Returns whether anything did change: what the host has
    /// said later stays, and a new room is refused when there are [`ROOMS`](limits::ROOMS) already.
    pub fn put(&mut self, card: Verified<RoomCard>) -> bool {
        if let Some(entry) = self.rooms.get_mut(&card.id) {
            entry.expires = None;
            let changed = entry.card != card && !outranks(&entry.card, &card);
            if changed {
                entry.card = card;
                self.changes += 1;
            }
            return changed;
        }
        if self.rooms.len() >= limits::ROOMS {
            return false;
        }
        self.rooms.insert(card.id.clone(), Entry { card, expires: None });
        self.changes += 1;
        true
    }

    /// A room is gone. Returns whether it was there.
    pub fn remove(&mut self, id: &PeerId) -> bool {
        let was_there = self.rooms.shift_remove(id).is_some();
        self.changes += u64::from(was_there);
        was_there
    }

    /// Replaces everything by another root's list.
    pub fn replace(&mut self, cards: impl IntoIterator<Item = Verified<RoomCard>>) {
        let mut before = core::mem::take(&mut self.rooms);
        self.changes += 1;
        for card in cards {
            let known = before.swap_remove(&card.id).map(|entry| entry.card);
            let newest = known.filter(|known| outranks(known, &card));
            self.put(newest.unwrap_or(card));
        }
    }

    /// This peer becomes the root: the rooms it knows from the last one stay visible, but must be
    /// announced again soon.
    pub fn inherit(&mut self, now: Time) {
        for entry in self.rooms.values_mut() {
            entry.expires = Some(now + UNCONFIRMED);
        }
    }

    /// When to call [`Directory::expire`] next.
    pub fn deadline(&self) -> Option<Time> {
        self.rooms.values().filter_map(|entry| entry.expires).min()
    }

    /// Removes rooms that were not announced again in time, and returns their ids.
    pub fn expire(&mut self, now: Time) -> Vec<PeerId> {
        let expired = |entry: &Entry| entry.expires.is_some_and(|expires| now >= expires);
        let gone: Vec<_> =
            self.rooms.iter().filter(|(_, e)| expired(e)).map(|(id, _)| id.clone()).collect();
        self.rooms.retain(|_, entry| !expired(entry));
        self.changes += u64::from(!gone.is_empty());
        gone
    }
}

/// Whether what is known of a room is worth more than what is told of it now.
fn outranks(known: &Verified<RoomCard>, told: &Verified<RoomCard>) -> bool {
    if known.is_hearsay() != told.is_hearsay() {
        return told.is_hearsay();
    }
    told.is_older_than(known)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::identity::{Keypair, SEED};

    fn card(id: &str) -> Verified<RoomCard> {
        version(id, 1)
    }

    fn version(id: &str, version: u64) -> Verified<RoomCard> {
        let id = PeerId::new(id).unwrap();
        let card = RoomCard {
            id: id.clone(),
            meta: Default::default(),
            host: String::new(),
            members: 1,
            live: false,
            since: 0,
            version,
        };
        Verified::own(card, &id, None)
    }

    #[test]
    fn a_root_cannot_bring_back_what_a_host_has_changed() {
        let mut rooms = Directory::default();
        assert!(rooms.put(version("a", 5)));
        assert!(!rooms.put(version("a", 4)));
        rooms.replace(vec![version("a", 3), version("b", 1)]);
        assert_eq!(rooms.iter().map(|card| card.version).collect::<Vec<_>>(), [5, 1]);
        assert!(rooms.put(version("a", 6)));
    }

    #[test]
    fn inherited_rooms_stay_only_if_they_are_announced_again() {
        let mut rooms = Directory::default();
        rooms.replace(vec![card("a"), card("b")]);
        rooms.inherit(Time::from_millis(1_000));
        assert!(!rooms.put(card("b")), "nothing changed");
        assert_eq!(rooms.deadline(), Some(Time::from_millis(11_000)));
        assert_eq!(rooms.expire(Time::from_millis(11_000)), [PeerId::new("a").unwrap()]);
        assert_eq!((rooms.cards().len(), rooms.deadline()), (1, None));
    }

    #[test]
    fn the_list_is_bounded() {
        let mut rooms = Directory::default();
        for i in 0..limits::ROOMS + 10 {
            rooms.put(card(&format!("r{i}")));
        }
        assert_eq!(rooms.cards().len(), limits::ROOMS);
    }

    #[test]
    fn what_a_host_has_signed_is_not_replaced_by_hearsay() {
        let host = Keypair::from_seed(&[1; SEED]);
        let card = |version| RoomCard {
            id: host.id().clone(),
            version,
            ..RoomCard::clone(&self::version("a", version))
        };
        let mut rooms = Directory::default();
        assert!(rooms.put(Verified::hearsay(Signed::unproven(card(9)), host.id())));
        assert!(rooms.put(Verified::own(card(1), host.id(), Some(&host))), "it is the host's word");
        assert!(!rooms.put(Verified::hearsay(Signed::unproven(card(8)), host.id())));
    }
}
