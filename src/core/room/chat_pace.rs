//! How much neighbours may say, and how much history they get.
//!
//! Nobody can be sure yet who wrote a message, so what is limited is what comes over one link, and
//! what comes over one link in one author's name: a neighbour that floods the chat in another's name
//! takes nothing from what that author says over other links. The history that follows `Join` and
//! `Adopted` is not limited by these rates, but by what they name.

use core::time::Duration;

use indexmap::IndexMap;

use crate::model::ChatMessage;
use crate::util::bucket::{Bucket, Rate};
use crate::util::id::{LinkId, LinkMap, PeerId};
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::message::MessageId;

const LINK: Rate = Rate {
    interval: Duration::from_millis(1_000 / limits::CHAT_LINK_RATE as u64),
    burst: limits::CHAT_LINK_BURST,
};
const AUTHOR: Rate = Rate {
    interval: Duration::from_millis(1_000 / limits::CHAT_AUTHOR_RATE as u64),
    burst: limits::CHAT_AUTHOR_BURST,
};
const PICTURES: Rate = Rate {
    interval: Duration::from_secs(60 / limits::PICTURES_A_MINUTE as u64),
    burst: limits::PICTURES_A_MINUTE,
};
/// How often a neighbour may repeat history, a message each.
const REPEATED: Rate = Rate {
    interval: Duration::from_millis(60_000 / limits::CHAT_HISTORY as u64),
    burst: limits::CHAT_HISTORY as u32,
};
/// How often a peer gets all the history that it asks for. The second time is for a peer whose link
/// broke before the first was delivered.
const FULL: Rate = Rate { interval: Duration::from_secs(60), burst: 2 };

/// What has come from neighbours, and what they got.
#[derive(Debug, Default)]
pub(crate) struct ChatPace {
    links: LinkMap<LinkPace>,
    /// The one that was introduced last at the end.
    introduced: IndexMap<PeerId, Introduced>,
}

#[derive(Debug, Default)]
struct LinkPace {
    messages: Bucket,
    authors: IndexMap<PeerId, AuthorPace>,
}

#[derive(Debug, Default)]
struct AuthorPace {
    messages: Bucket,
    pictures: Bucket,
}

/// A neighbour that has said `Join` or `Adopted`.
#[derive(Debug)]
struct Introduced {
    link: LinkId,
    /// The history that it has named.
    named: Vec<MessageId>,
    repeated: Bucket,
    /// The history that it was sent.
    sent: Vec<MessageId>,
    full: Bucket,
}

impl ChatPace {
    /// A neighbour names the history that it knows, and may repeat from now on.
    pub(crate) fn introduce(&mut self, link: LinkId, peer: &PeerId, named: &[MessageId]) {
        let named = named.to_vec();
        let known = match self.introduced.shift_remove(peer) {
            Some(known) => Introduced { link, named, ..known },
            None => {
                if self.introduced.len() == limits::INTRODUCED {
                    self.introduced.shift_remove_index(0);
                }
                let (repeated, full) = (Bucket::default(), Bucket::default());
                Introduced { link, named, repeated, sent: Vec::new(), full }
            }
        };
        self.introduced.insert(peer.clone(), known);
    }

    /// A child asks for history and knows `high_water`. Returns what it is believed to know, because
    /// it named it or because it was sent before. `own` is what it knows afterwards.
    pub(crate) fn history(
        &mut self,
        now: Time,
        link: LinkId,
        peer: &PeerId,
        high_water: &[MessageId],
        own: Vec<MessageId>,
    ) -> Vec<MessageId> {
        let before = self.introduced.get(peer).map(|known| known.link);
        self.introduce(link, peer, high_water);
        let mut known = high_water.to_vec();
        if let Some(introduced) = self.introduced.get_mut(peer) {
            // What was sent over a link arrives as long as the link lives.
            if before == Some(link) || !introduced.full.take(now, FULL) {
                known.append(&mut introduced.sent);
            }
            introduced.sent = own;
        }
        known
    }

    /// Whether a message that came over `link` belongs to the history that the neighbour has named,
    /// and the neighbour has not repeated too much.
    pub(crate) fn is_history(&mut self, now: Time, link: LinkId, message: &ChatMessage) -> bool {
        let known = self.introduced.values_mut().rev().find(|known| known.link == link);
        known.is_some_and(|known| {
            let covers =
                |of: &MessageId| of.author == message.author && message.number <= of.number;
            known.named.iter().any(covers) && known.repeated.take(now, REPEATED)
        })
    }

    /// Whether the rates allow one more message over `link`. What is above an author's rate takes
    /// nothing from the link's.
    pub(crate) fn allows(&mut self, now: Time, link: LinkId, author: &PeerId) -> bool {
        let pace = self.links.entry(link).or_default();
        pace.author(now, author).messages.take(now, AUTHOR) && pace.messages.take(now, LINK)
    }

    /// Whether they allow one more picture.
    pub(crate) fn allows_picture(&mut self, now: Time, link: LinkId, author: &PeerId) -> bool {
        let pace = self.links.entry(link).or_default();
        pace.author(now, author).pictures.take(now, PICTURES)
    }

    /// Forgets the links that are gone, if there are many.
    pub(crate) fn retain(&mut self, neighbours: &[LinkId]) {
        if self.links.len() > 2 * neighbours.len() {
            self.links.retain(|link, _| neighbours.contains(link));
        }
    }
}

impl LinkPace {
    fn author(&mut self, now: Time, author: &PeerId) -> &mut AuthorPace {
        if self.authors.len() >= limits::CHAT_AUTHORS && !self.authors.contains_key(author) {
            self.authors.retain(|_, pace| !pace.is_full(now));
            if self.authors.len() >= limits::CHAT_AUTHORS {
                self.authors.shift_remove_index(0);
            }
        }
        self.authors.entry(author.clone()).or_default()
    }
}

impl AuthorPace {
    /// Whether nothing is lost if it is forgotten.
    fn is_full(&self, now: Time) -> bool {
        self.messages.is_full(now) && self.pictures.is_full(now)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn id(text: &str) -> PeerId {
        PeerId::new(text).unwrap()
    }

    fn mark(author: &str, number: u64) -> MessageId {
        MessageId { author: id(author), number }
    }

    #[test]
    fn memory_is_bounded() {
        let (mut pace, now) = (ChatPace::default(), Time::from_millis(1_000_000));
        for at in 0..1_000 {
            let peer = id(&format!("x{at}"));
            pace.introduce(LinkId(at), &peer, &[mark("a", 1)]);
            pace.allows(now, LinkId(1), &peer);
            pace.allows_picture(now, LinkId(1), &peer);
            pace.allows(now, LinkId(at), &peer);
            pace.retain(&[LinkId(1), LinkId(at)]);
        }
        assert_eq!(pace.introduced.len(), limits::INTRODUCED);
        assert!(pace.links.len() <= 5);
        assert!(pace.links[&LinkId(1)].authors.len() <= limits::CHAT_AUTHORS);
    }

    #[test]
    fn a_link_that_broke_during_the_history_may_be_replaced_once() {
        let (mut pace, now) = (ChatPace::default(), Time::from_millis(1_000_000));
        let mut ask = |now, link| {
            pace.history(now, LinkId(link), &id("a"), &[mark("b", 1)], vec![mark("b", 9)])
        };
        assert_eq!(ask(now, 1), [mark("b", 1)]);
        assert_eq!(ask(now, 1), [mark("b", 1), mark("b", 9)], "nothing is lost on a link");
        assert_eq!(ask(now, 2), [mark("b", 1)]);
        assert_eq!(ask(now, 3), [mark("b", 1), mark("b", 9)]);
        assert_eq!(ask(now + Duration::from_secs(60), 4), [mark("b", 1)]);
    }
}
