//! How often the guests of an index root are told of one room. What a host announces meanwhile
//! replaces what it has announced before, and is told as soon as it may.

use core::time::Duration;

use indexmap::IndexMap;

use crate::model::RoomCard;
use crate::model::picture::PictureId;
use crate::util::id::PeerId;
use crate::util::limits;
use crate::util::time::Time;

/// The shortest time between two cards of one room.
const PACE: Duration = Duration::from_secs(1);
/// The shortest time between two covers of one room: every guest fetches each.
const COVER_PACE: Duration = Duration::from_secs(30);

/// The rooms that were announced lately.
#[derive(Debug, Default)]
pub(crate) struct CardPace {
    rooms: IndexMap<PeerId, Announced>,
}

#[derive(Debug, Default)]
struct Announced {
    told_at: Option<Time>,
    /// The cover that guests were told of, and when they were told of a new one.
    cover: Option<PictureId>,
    cover_at: Option<Time>,
    /// What is still to be told, and from when on it may be.
    latest: Option<(RoomCard, Time)>,
}

impl CardPace {
    /// A host announces its room.
    pub(crate) fn announce(&mut self, now: Time, card: RoomCard) {
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
    pub(crate) fn due(&mut self, now: Time) -> Vec<RoomCard> {
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

    fn take_due(&mut self, now: Time) -> Option<RoomCard> {
        let (mut card, _) = self.latest.take_if(|(_, at)| now >= *at)?;
        self.told_at = Some(now);
        let new = card.meta.image.is_some() && card.meta.image != self.cover;
        if new && now < self.next_cover() {
            // The rest need not wait for it.
            self.latest = Some((card.clone(), self.next_cover()));
            card.meta.image = self.cover;
        } else if new {
            self.cover_at = Some(now);
        }
        self.cover = card.meta.image;
        Some(card)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::model::picture::Picture;
    use crate::model::{RoomMeta, extra::Extra};

    fn card(title: &str, cover: Option<u8>) -> RoomCard {
        let image = cover.map(|tag| {
            let bytes = [b"GIF89a\x01\0\x01\0\0\0\0;".as_slice(), &[tag]].concat();
            Picture::new(bytes).unwrap().id()
        });
        RoomCard {
            id: PeerId::new("r").unwrap(),
            meta: RoomMeta { title: title.to_owned(), image, ..RoomMeta::default() },
            host: String::new(),
            members: 1,
            live: false,
            since: 0,
            extra: Extra::default(),
        }
    }

    fn at(millis: u64) -> Time {
        Time::from_millis(1_000_000 + millis)
    }

    #[test]
    fn the_last_card_is_told_as_soon_as_it_may_be() {
        let mut pace = CardPace::default();
        pace.announce(at(0), card("one", None));
        assert_eq!(pace.due(at(0)), [card("one", None)]);
        assert_eq!(pace.deadline(), None);
        for title in ["two", "three"] {
            pace.announce(at(10), card(title, None));
            assert_eq!(pace.due(at(10)), []);
        }
        assert_eq!(pace.deadline(), Some(at(1_000)));
        assert_eq!(pace.due(at(1_000)), [card("three", None)]);
        pace.announce(at(1_100), card("four", None));
        pace.withdraw(&PeerId::new("r").unwrap());
        assert_eq!((pace.due(at(9_000)), pace.deadline()), (Vec::new(), None));
    }

    #[test]
    fn a_new_cover_waits_and_the_rest_does_not() {
        let mut pace = CardPace::default();
        let told = |pace: &mut CardPace, millis, title, cover| {
            pace.announce(at(millis), card(title, cover));
            pace.due(at(millis))
        };
        assert_eq!(told(&mut pace, 0, "a", Some(1)), [card("a", Some(1))]);
        assert_eq!(told(&mut pace, 2_000, "b", Some(2)), [card("b", Some(1))]);
        assert_eq!(told(&mut pace, 4_000, "c", Some(3)), [card("c", Some(1))]);
        assert_eq!(pace.deadline(), Some(at(30_000)));
        assert_eq!(pace.due(at(30_000)), [card("c", Some(3))]);
        assert_eq!(told(&mut pace, 40_000, "c", None), [card("c", None)], "nobody fetches that");
        assert_eq!(told(&mut pace, 42_000, "c", Some(4)), [card("c", None)]);
        assert_eq!(pace.due(at(60_000)), [card("c", Some(4))]);
    }
}
