//! How often the guests of an index root are told of one room. What a host announces meanwhile
//! replaces what it has announced before, and is told as soon as it may.

use core::time::Duration;

use indexmap::IndexMap;

use crate::identity::Verified;
use crate::model::RoomCard;
use crate::model::picture::PictureId;
use crate::util::id::PeerId;
use crate::util::limits;
use crate::util::time::Time;

/// The shortest time between two cards of one room.
const PACE: Duration = Duration::from_secs(1);
/// The shortest time between two covers that are fetched of one room: every guest fetches each.
const COVER_PACE: Duration = Duration::from_secs(30);

/// The rooms that were announced lately.
#[derive(Debug, Default)]
pub(crate) struct CardPace {
    rooms: IndexMap<PeerId, Announced>,
}

#[derive(Debug, Default)]
struct Announced {
    told_at: Option<Time>,
    /// The cover that was fetched last, and when.
    cover: Option<PictureId>,
    cover_at: Option<Time>,
    /// What is still to be told, or whose cover is still to be fetched, and from when on.
    latest: Option<(Verified<RoomCard>, Time)>,
}

/// A card that may be told now.
#[derive(Debug, PartialEq)]
pub(crate) struct Due {
    pub(crate) card: Verified<RoomCard>,
    /// Its cover may be fetched, too.
    pub(crate) fetches_cover: bool,
}

impl CardPace {
    /// A host announces its room.
    pub(crate) fn announce(&mut self, now: Time, card: Verified<RoomCard>) {
        self.rooms.retain(|_, known| known.latest.is_some() || !known.is_old(now));
        if self.rooms.len() >= limits::ROOMS && !self.rooms.contains_key(&card.id) {
            self.rooms.shift_remove_index(0);
        }
        let known = self.rooms.entry(card.id.clone()).or_default();
        known.latest = Some((card, known.next()));
    }

    /// A host is gone. Should it come back, its room still has to wait.
    pub(crate) fn withdraw(&mut self, id: &PeerId) {
        if let Some(known) = self.rooms.get_mut(id) {
            known.latest = None;
        }
    }

    /// The cards that may be told now.
    pub(crate) fn due(&mut self, now: Time) -> Vec<Due> {
        self.rooms.values_mut().filter_map(|known| known.take_due(now)).collect()
    }

    /// When to call [`CardPace::due`] next.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.rooms.values().filter_map(|known| Some(known.latest.as_ref()?.1)).min()
    }
}

impl Announced {
    fn next(&self) -> Time {
        self.told_at.map_or(Time::default(), |at| at + PACE)
    }

    fn next_cover(&self) -> Time {
        self.cover_at.map_or(Time::default(), |at| at + COVER_PACE)
    }

    fn is_old(&self, now: Time) -> bool {
        now >= self.next() && now >= self.next_cover()
    }

    fn take_due(&mut self, now: Time) -> Option<Due> {
        let (card, _) = self.latest.take_if(|(_, at)| now >= *at)?;
        self.told_at = Some(now);
        let is_new = card.meta.image.is_some() && card.meta.image != self.cover;
        let fetches_cover = !is_new || now >= self.next_cover();
        if !fetches_cover {
            // The rest need not wait for it.
            self.latest = Some((card.clone(), self.next_cover()));
        } else if is_new {
            (self.cover, self.cover_at) = (card.meta.image, Some(now));
        }
        Some(Due { card, fetches_cover })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::model::RoomMeta;
    use crate::model::picture::Picture;

    fn card(title: &str, cover: Option<u8>) -> Verified<RoomCard> {
        let image = cover.map(|tag| {
            let bytes = [b"GIF89a\x01\0\x01\0\0\0\0;".as_slice(), &[tag]].concat();
            Picture::new(bytes).unwrap().id()
        });
        let id = PeerId::new("r").unwrap();
        let card = RoomCard {
            id: id.clone(),
            meta: RoomMeta { title: title.to_owned(), image, ..RoomMeta::default() },
            host: String::new(),
            members: 1,
            live: false,
            since: 0,
            version: 1,
        };
        Verified::own(card, &id, None)
    }

    fn due(title: &str, cover: Option<u8>, fetches_cover: bool) -> Due {
        Due { card: card(title, cover), fetches_cover }
    }

    fn at(millis: u64) -> Time {
        Time::from_millis(1_000_000 + millis)
    }

    #[test]
    fn the_last_card_is_told_as_soon_as_it_may_be() {
        let mut pace = CardPace::default();
        pace.announce(at(0), card("one", None));
        assert_eq!(pace.due(at(0)), [due("one", None, true)]);
        assert_eq!(pace.deadline(), None);
        for title in ["two", "three"] {
            pace.announce(at(10), card(title, None));
            assert_eq!(pace.due(at(10)), []);
        }
        assert_eq!(pace.deadline(), Some(at(1_000)));
        assert_eq!(pace.due(at(1_000)), [due("three", None, true)]);
        pace.announce(at(1_100), card("four", None));
        pace.withdraw(&PeerId::new("r").unwrap());
        assert_eq!((pace.due(at(9_000)), pace.deadline()), (Vec::new(), None));
    }

    #[test]
    fn a_new_cover_is_fetched_later_and_the_rest_is_told_at_once() {
        let mut pace = CardPace::default();
        let told = |pace: &mut CardPace, millis, title, cover| {
            pace.announce(at(millis), card(title, cover));
            pace.due(at(millis))
        };
        assert_eq!(told(&mut pace, 0, "a", Some(1)), [due("a", Some(1), true)]);
        assert_eq!(told(&mut pace, 2_000, "b", Some(2)), [due("b", Some(2), false)]);
        assert_eq!(told(&mut pace, 4_000, "c", Some(3)), [due("c", Some(3), false)]);
        assert_eq!(pace.deadline(), Some(at(30_000)));
        assert_eq!(pace.due(at(30_000)), [due("c", Some(3), true)]);
        assert_eq!(told(&mut pace, 40_000, "c", None), [due("c", None, true)]);
        assert_eq!(told(&mut pace, 42_000, "c", Some(4)), [due("c", Some(4), false)]);
        assert_eq!(pace.due(at(60_000)), [due("c", Some(4), true)]);
    }

    #[test]
    fn a_crowd_of_rooms_takes_no_more_memory() {
        let mut pace = CardPace::default();
        for number in 0..limits::ROOMS + 100 {
            let id = PeerId::new(&format!("r{number}")).unwrap();
            let card = RoomCard { id: id.clone(), ..RoomCard::clone(&card("title", None)) };
            pace.announce(at(0), Verified::own(card, &id, None));
        }
        assert_eq!(pace.rooms.len(), limits::ROOMS);
    }
}
