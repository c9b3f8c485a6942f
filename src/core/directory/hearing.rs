//! How much a guest hears of an index root. Whoever holds the network's name may say what it likes
//! of rooms that nobody has opened; it must not keep its guests busy with them.

use core::time::Duration;

use crate::util::bucket::{Bucket, Rate};
use crate::util::id::{LinkId, LinkMap};
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::message::Message;

const CARDS: Rate = Rate {
    interval: Duration::from_millis(1_000 / limits::CARD_RATE as u64),
    burst: limits::ROOMS as u32,
};
/// Legacy roots send all rooms whenever one has changed.
const LISTS: Rate = Rate { interval: Duration::from_millis(500), burst: 20 };
const COVERS: Rate =
    Rate { interval: Duration::from_secs(limits::COVER_INTERVAL), burst: limits::COVER_BURST };

/// What has come from index roots.
#[derive(Debug, Default)]
pub(crate) struct Hearing {
    links: LinkMap<Heard>,
}

#[derive(Debug, Default)]
struct Heard {
    cards: Bucket,
    lists: Bucket,
    covers: Bucket,
}

impl Hearing {
    /// Whether what a root says of its rooms is listened to. That a room is gone always is.
    pub(crate) fn takes(&mut self, now: Time, link: LinkId, message: &Message) -> bool {
        let heard = self.of(now, link);
        match message {
            Message::Card(_) => heard.cards.take(now, CARDS),
            Message::Rooms { .. } => heard.lists.take(now, LISTS),
            _ => true,
        }
    }

    /// Whether one more cover may be fetched that a root names.
    pub(crate) fn may_fetch(&self, now: Time, link: LinkId) -> bool {
        self.links.get(&link).is_none_or(|heard| heard.covers.ready_at(COVERS) <= now)
    }

    /// A cover is fetched that a root names.
    pub(crate) fn note_fetched(&mut self, now: Time, link: LinkId) {
        self.of(now, link).covers.take(now, COVERS);
    }

    fn of(&mut self, now: Time, link: LinkId) -> &mut Heard {
        self.links.retain(|of, heard| *of == link || !heard.is_full(now));
        self.links.entry(link).or_default()
    }
}

impl Heard {
    fn is_full(&self, now: Time) -> bool {
        [self.cards, self.lists, self.covers].iter().all(|bucket| bucket.is_full(now))
    }
}
