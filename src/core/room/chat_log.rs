//! The chat: every message shown once, in order per author, however often the tree is repaired.
//!
//! Links keep order and every peer passes on all it accepts, so each neighbour's stream of one
//! author's messages is complete from where it began. A message is therefore new exactly if its
//! number is above the last one known of its author. After a repair both sides first send what
//! the other lacks of the last [`CHAT_HISTORY`](limits::CHAT_HISTORY) messages. What the host has
//! deleted is known by number, so that it stays away however late it arrives.
//!
//! A number far above the last one would silence its author, whose next messages would count as
//! known. Authors count, but a page that was reloaded and a gateway number by their clocks, so a
//! number is believed if it is either close to the last one or not far ahead of the clock.

use std::collections::VecDeque;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::model::ChatMessage;
use crate::model::extra::Extra;
use crate::model::picture::PictureId;
use crate::util::id::PeerId;
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::message::{MessageId, clamp_text};

/// What one peer knows of a room's chat.
#[derive(Debug, Default)]
pub struct Chat {
    history: VecDeque<Arc<ChatMessage>>,
    last: IndexMap<PeerId, Last>,
    /// Counts the messages that were accepted.
    accepted: u64,
    /// What the host has deleted, the latest last.
    deleted: VecDeque<MessageId>,
    /// Own messages are numbered above this.
    base: u64,
}

/// What becomes of a message from a neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is new.
    New,
    /// It is known already, or older than what is known of its author.
    Known,
    /// Its number cannot be right.
    Implausible,
}

/// The last message that is known of an author.
#[derive(Clone, Copy, Debug)]
struct Last {
    number: u64,
    /// How many messages had been accepted by then.
    accepted: u64,
}

impl Chat {
    /// One's page was reloaded at this time, in milliseconds: nobody writes more often, so one's
    /// messages get numbers above all that one wrote before.
    pub fn resume(&mut self, at: u64) {
        self.base = at;
    }

    /// A message of one's own at the time `at`; `None` if there is neither text nor image, or no
    /// number left. The text is cut to [`CHAT_TEXT`](limits::CHAT_TEXT) characters.
    pub fn say(
        &mut self,
        author: &PeerId,
        name: &str,
        text: &str,
        image: Option<PictureId>,
        avatar: Option<PictureId>,
        at: Time,
    ) -> Option<Arc<ChatMessage>> {
        let mut text = text.trim().to_owned();
        if text.is_empty() && image.is_none() {
            return None;
        }
        clamp_text(&mut text, limits::CHAT_TEXT);
        let number = self.last_number(author).max(self.base) + 1;
        let (author, name) = (author.clone(), name.to_owned());
        let message = ChatMessage {
            author,
            number,
            name,
            text,
            at: at.as_millis(),
            image,
            avatar,
            extra: Extra::default(),
        };
        (number <= limits::CHAT_NUMBER).then(|| self.insert(message)).flatten()
    }

    /// What becomes of a message from a neighbour that comes at this moment.
    pub fn judge(&self, now: Time, message: &ChatMessage) -> Verdict {
        let last = self.last_number(&message.author);
        let close = last.saturating_add(if last == 0 { 0 } else { limits::CHAT_WINDOW });
        let ahead = now.as_millis().saturating_add(limits::CHAT_AHEAD);
        match message.number {
            number if number > close.max(ahead).min(limits::CHAT_NUMBER) => Verdict::Implausible,
            number if number <= last => Verdict::Known,
            _ => Verdict::New,
        }
    }

    /// Takes a message from a neighbour; `None` if it is not new, or deleted.
    pub fn accept(&mut self, now: Time, message: ChatMessage) -> Option<Arc<ChatMessage>> {
        (self.judge(now, &message) == Verdict::New).then(|| self.insert(message)).flatten()
    }

    fn insert(&mut self, message: ChatMessage) -> Option<Arc<ChatMessage>> {
        if self.last.len() == limits::AUTHORS && self.last_number(&message.author) == 0 {
            // The one who has been silent for longest.
            let silent = self.last.values().enumerate().min_by_key(|(_, last)| last.accepted);
            silent.map(|(at, _)| at).and_then(|at| self.last.swap_remove_index(at));
        }
        self.accepted += 1;
        let last = Last { number: message.number, accepted: self.accepted };
        self.last.insert(message.author.clone(), last);
        if self.is_deleted(&message) {
            return None;
        }
        if self.history.len() == limits::CHAT_HISTORY {
            self.history.pop_front();
        }
        let message = Arc::new(message);
        self.history.push_back(message.clone());
        Some(message)
    }

    /// The messages that are kept, oldest first.
    pub fn history(&self) -> impl Iterator<Item = &Arc<ChatMessage>> {
        self.history.iter()
    }

    /// Takes messages out of the history, for good. Returns those of which that is news.
    pub fn delete(&mut self, messages: Vec<MessageId>) -> Vec<MessageId> {
        let mut news = messages;
        news.retain(|message| !self.deleted.contains(message));
        for message in &news {
            if self.deleted.len() == limits::DELETED {
                self.deleted.pop_front();
            }
            self.deleted.push_back(message.clone());
        }
        let mut history = core::mem::take(&mut self.history);
        history.retain(|message| !self.is_deleted(message));
        self.history = history;
        news
    }

    /// What was deleted last, oldest first.
    pub fn deleted(&self) -> Vec<MessageId> {
        self.deleted.iter().cloned().collect()
    }

    /// The last known number of every author in the history, deleted messages included.
    pub fn high_water(&self) -> Vec<MessageId> {
        let mut high_water: IndexMap<&PeerId, u64> = IndexMap::new();
        let history = self.history.iter().map(|message| (&message.author, message.number));
        let deleted = self.deleted.iter().map(|message| (&message.author, message.number));
        for (author, number) in history.chain(deleted) {
            let last = high_water.entry(author).or_insert(number);
            *last = number.max(*last);
        }
        high_water
            .into_iter()
            .map(|(author, number)| MessageId { author: author.clone(), number })
            .collect()
    }

    /// What a neighbour lacks who has `high_water`, oldest first.
    pub fn missing(&self, high_water: &[MessageId]) -> Vec<Arc<ChatMessage>> {
        let known = |message: &ChatMessage| {
            high_water.iter().any(|h| h.author == message.author && h.number >= message.number)
        };
        self.history.iter().filter(|message| !known(message)).cloned().collect()
    }

    fn last_number(&self, author: &PeerId) -> u64 {
        self.last.get(author).map_or(0, |last| last.number)
    }

    fn is_deleted(&self, message: &ChatMessage) -> bool {
        let same = |d: &MessageId| d.author == message.author && d.number == message.number;
        self.deleted.iter().any(same)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const NOW: Time = Time::from_millis(1_000_000);

    fn id(text: &str) -> PeerId {
        PeerId::new(text).unwrap()
    }

    fn say(chat: &mut Chat, author: &str, text: &str) -> Option<Arc<ChatMessage>> {
        chat.say(&id(author), "", text, None, None, NOW)
    }

    fn texts(chat: &Chat) -> Vec<&str> {
        chat.history().map(|message| message.text.as_str()).collect()
    }

    #[test]
    fn each_message_once_and_nothing_empty() {
        let (mut a, mut b) = (Chat::default(), Chat::default());
        assert!(say(&mut a, "a", "  \n ").is_none());
        let first = say(&mut a, "a", "one").unwrap();
        let second = say(&mut a, "a", "two").unwrap();
        for message in [&first, &second, &first, &second] {
            b.accept(NOW, (**message).clone());
        }
        assert_eq!(texts(&b), ["one", "two"]);
    }

    #[test]
    fn two_sides_complete_each_other() {
        let (mut a, mut b) = (Chat::default(), Chat::default());
        let shared = say(&mut a, "a", "shared").unwrap();
        b.accept(NOW, (*shared).clone());
        say(&mut a, "a", "from a");
        say(&mut b, "b", "from b");
        let (to_a, to_b) = (b.missing(&a.high_water()), a.missing(&b.high_water()));
        to_a.into_iter().for_each(|m| drop(a.accept(NOW, (*m).clone())));
        to_b.into_iter().for_each(|m| drop(b.accept(NOW, (*m).clone())));
        assert_eq!(texts(&a), ["shared", "from a", "from b"]);
        assert_eq!(texts(&b), ["shared", "from b", "from a"]);
        assert!(a.missing(&b.high_water()).is_empty());
    }

    #[test]
    fn what_is_deleted_stays_away() {
        let (mut a, mut b, mut c) = (Chat::default(), Chat::default(), Chat::default());
        let bad = say(&mut a, "a", "bad").unwrap();
        let good = say(&mut a, "a", "good").unwrap();
        b.accept(NOW, (*bad).clone());
        let order = vec![MessageId { author: id("a"), number: bad.number }];
        assert_eq!(b.delete(order.clone()), order);
        assert_eq!(b.delete(order.clone()), [], "no news");
        assert!(texts(&b).is_empty());
        // It counts as known, so that nobody says it again.
        assert_eq!(b.high_water(), order);
        // The order may come before the message.
        c.delete(order);
        assert!(c.accept(NOW, (*bad).clone()).is_none());
        c.accept(NOW, (*good).clone());
        assert_eq!(texts(&c), ["good"]);
        assert_eq!(c.high_water()[0].number, good.number);
        let many = |from| (from..from + 70).map(|number| MessageId { author: id("x"), number });
        c.delete(many(0).collect());
        c.delete(many(70).collect());
        assert_eq!(c.deleted().len(), limits::DELETED);
    }

    fn message(author: &str, number: u64) -> ChatMessage {
        ChatMessage {
            author: id(author),
            number,
            name: String::new(),
            text: "text".to_owned(),
            at: 0,
            image: None,
            avatar: None,
            extra: Extra::default(),
        }
    }

    #[test]
    fn the_author_who_is_silent_for_longest_is_forgotten_first() {
        let mut chat = Chat::default();
        chat.accept(NOW, message("first", 1)).unwrap();
        for i in 0..limits::AUTHORS {
            chat.accept(NOW, message(&format!("x{i}"), 1)).unwrap();
            if i % 1_000 == 0 {
                chat.accept(NOW, message("first", 2 + i as u64)).unwrap();
            }
        }
        assert!(chat.accept(NOW, message("first", 1)).is_none(), "it speaks and is not forgotten");
        assert!(chat.accept(NOW, message("x0", 1)).is_some(), "it has said nothing for long");
        assert_eq!(chat.last.len(), limits::AUTHORS);
    }

    #[test]
    fn numbers_end_before_javascript_cannot_count_on() {
        let mut chat = Chat::default();
        let late = Time::from_millis(limits::CHAT_NUMBER);
        assert!(chat.accept(late, message("a", limits::CHAT_NUMBER + 1)).is_none());
        chat.accept(late, message("a", limits::CHAT_NUMBER)).unwrap();
        assert!(say(&mut chat, "a", "one more").is_none());
    }

    #[test]
    fn a_number_is_close_to_the_last_one_or_to_the_clock() {
        let mut chat = Chat::default();
        let most = NOW.as_millis() + limits::CHAT_AHEAD;
        assert_eq!(chat.judge(NOW, &message("a", most + 1)), Verdict::Implausible);
        for number in [1, 2, NOW.as_millis(), most, most + 1, most + 1 + limits::CHAT_WINDOW] {
            assert!(chat.accept(NOW, message("a", number)).is_some(), "{number}");
        }
        let last = most + 1 + limits::CHAT_WINDOW;
        let far = message("a", last + limits::CHAT_WINDOW + 1);
        assert_eq!(chat.judge(NOW, &far), Verdict::Implausible);
        assert_eq!(chat.judge(NOW, &message("a", last)), Verdict::Known);
        // An author in whose name the highest number was used goes on above it.
        assert_eq!(say(&mut chat, "a", "still here").unwrap().number, last + 1);
    }

    #[test]
    fn memory_is_bounded() {
        let mut chat = Chat::default();
        for i in 0..1_000 {
            say(&mut chat, "a", &format!("{i}"));
        }
        assert_eq!(chat.history().count(), limits::CHAT_HISTORY);
        assert_eq!(chat.high_water().len(), 1);
    }
}
