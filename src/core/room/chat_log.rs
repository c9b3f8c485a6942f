//! The chat: every message shown once, in order per author, however often the tree is repaired.
//!
//! Links keep order and every peer passes on all it accepts, so each neighbour's stream of one
//! author's messages is complete from where it began. A message is therefore new if its number is
//! above the last one known of its author. While a peer has two ways to the host, messages may
//! overtake each other; one that is missing among the last [`WINDOW`] of its author is new, too, and
//! takes its place before the later ones. After a repair both sides first send what the other lacks
//! of the last [`CHAT_HISTORY`](limits::CHAT_HISTORY) messages. What the host has deleted is known by
//! number, so that it stays away however late it arrives.
//!
//! A number far above the last one would silence its author, whose next messages would count as
//! known. Authors count, but a page that was reloaded and a gateway number by their clocks, so a
//! number is believed if it is either close to the last one or not far ahead of the clock.

use std::collections::VecDeque;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::identity::Verified;
use crate::model::picture::PictureId;
use crate::model::{ChatMessage, MessageId};
use crate::util::id::PeerId;
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::message::clamp_text;

/// Numbers below the last one of an author of which it is known whether they have come.
const WINDOW: u64 = u64::BITS as u64;

/// What one peer knows of a room's chat.
#[derive(Debug, Default)]
pub struct Chat {
    history: VecDeque<Verified<ChatMessage>>,
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
    /// Which of the numbers below have come, the nearest in the lowest bit. What was before the
    /// first message that came here counts as come.
    seen: u64,
    /// How many messages had been accepted by then.
    accepted: u64,
}

impl Last {
    fn has_seen(&self, number: u64) -> bool {
        match self.number.checked_sub(number) {
            None => false,
            Some(0) => true,
            Some(back) => back > WINDOW || self.seen >> (back - 1) & 1 == 1,
        }
    }

    fn see(&mut self, number: u64) {
        match self.number.checked_sub(number) {
            Some(0) => {}
            Some(back) if back > WINDOW => {}
            Some(back) => self.seen |= 1 << (back - 1),
            None => {
                let ahead = number - self.number;
                let before = if ahead < WINDOW { self.seen << ahead } else { 0 };
                let last = if ahead <= WINDOW { 1 << (ahead - 1) } else { 0 };
                self.seen = before | last;
                self.number = number;
            }
        }
    }
}

impl Chat {
    /// One's page was reloaded at this time, in milliseconds: nobody writes more often, so one's
    /// messages get numbers above all that one wrote before.
    pub fn resume(&mut self, at: u64) {
        self.base = at;
    }

    /// A message of one's own at the time `at`, for [`keep`](Self::keep); `None` if there is neither
    /// text nor image, or no number left. The text is cut to [`CHAT_TEXT`](limits::CHAT_TEXT)
    /// characters.
    pub fn write(
        &self,
        author: &PeerId,
        name: &str,
        text: &str,
        image: Option<PictureId>,
        avatar: Option<PictureId>,
        at: Time,
    ) -> Option<ChatMessage> {
        let mut text = text.trim().to_owned();
        if text.is_empty() && image.is_none() {
            return None;
        }
        clamp_text(&mut text, limits::CHAT_TEXT);
        let number = self.last_number(author).max(self.base) + 1;
        let (author, name) = (author.clone(), name.to_owned());
        let at = at.as_millis();
        let message = ChatMessage { author, number, name, text, at, image, avatar };
        (number <= limits::CHAT_NUMBER).then_some(message)
    }

    /// Keeps a message of one's own.
    pub fn keep(&mut self, message: Verified<ChatMessage>) {
        self.insert(message);
    }

    /// What becomes of a message from a neighbour that comes at this moment.
    pub fn judge(&self, now: Time, message: &ChatMessage) -> Verdict {
        let known = self.last.get(&message.author);
        let last = known.map_or(0, |last| last.number);
        let close = last.saturating_add(if last == 0 { 0 } else { limits::CHAT_WINDOW });
        let ahead = now.as_millis().saturating_add(limits::CHAT_AHEAD);
        match message.number {
            number if number > close.max(ahead).min(limits::CHAT_NUMBER) => Verdict::Implausible,
            number if known.is_some_and(|last| last.has_seen(number)) => Verdict::Known,
            0 => Verdict::Known,
            _ => Verdict::New,
        }
    }

    /// Takes a message from a neighbour. Returns whether it is shown: it is new, and not deleted.
    pub fn accept(&mut self, now: Time, message: Verified<ChatMessage>) -> bool {
        self.judge(now, &message) == Verdict::New && self.insert(message)
    }

    fn insert(&mut self, message: Verified<ChatMessage>) -> bool {
        if self.last.len() == limits::AUTHORS && self.last_number(&message.author) == 0 {
            // The one who has been silent for longest.
            let silent = self.last.values().enumerate().min_by_key(|(_, last)| last.accepted);
            silent.map(|(at, _)| at).and_then(|at| self.last.swap_remove_index(at));
        }
        self.accepted += 1;
        let first = Last { number: message.number, seen: u64::MAX, accepted: 0 };
        let last = self.last.entry(message.author.clone()).or_insert(first);
        last.accepted = self.accepted;
        last.see(message.number);
        if self.is_deleted(&message) {
            return false;
        }
        if self.history.len() == limits::CHAT_HISTORY {
            self.history.pop_front();
        }
        let is_later =
            |of: &Verified<ChatMessage>| of.author == message.author && of.number > message.number;
        let at = self.history.iter().position(is_later).unwrap_or(self.history.len());
        self.history.insert(at, message);
        true
    }

    /// The messages that are kept, oldest first.
    pub fn history(&self) -> impl Iterator<Item = &Arc<ChatMessage>> {
        self.history.iter().map(Verified::value)
    }

    /// The picture of this author, as the latest message has it.
    pub(crate) fn avatar_of(&self, author: &PeerId) -> Option<PictureId> {
        let said = self.history.iter().rev().find(|message| message.author == *author);
        said.and_then(|message| message.avatar)
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
    pub fn missing(&self, high_water: &[MessageId]) -> Vec<Verified<ChatMessage>> {
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

    fn own(message: ChatMessage) -> Verified<ChatMessage> {
        Verified::own(message, &id("ROOM"), None)
    }

    fn say(chat: &mut Chat, author: &str, text: &str) -> Option<Verified<ChatMessage>> {
        let message = own(chat.write(&id(author), "", text, None, None, NOW)?);
        chat.keep(message.clone());
        Some(message)
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
            b.accept(NOW, message.clone());
        }
        assert_eq!(texts(&b), ["one", "two"]);
    }

    #[test]
    fn two_sides_complete_each_other() {
        let (mut a, mut b) = (Chat::default(), Chat::default());
        let shared = say(&mut a, "a", "shared").unwrap();
        b.accept(NOW, shared);
        say(&mut a, "a", "from a");
        say(&mut b, "b", "from b");
        let (to_a, to_b) = (b.missing(&a.high_water()), a.missing(&b.high_water()));
        to_a.into_iter().for_each(|message| assert!(a.accept(NOW, message)));
        to_b.into_iter().for_each(|message| assert!(b.accept(NOW, message)));
        assert_eq!(texts(&a), ["shared", "from a", "from b"]);
        assert_eq!(texts(&b), ["shared", "from b", "from a"]);
        assert!(a.missing(&b.high_water()).is_empty());
    }

    #[test]
    fn what_is_deleted_stays_away() {
        let (mut a, mut b, mut c) = (Chat::default(), Chat::default(), Chat::default());
        let bad = say(&mut a, "a", "bad").unwrap();
        let good = say(&mut a, "a", "good").unwrap();
        b.accept(NOW, bad.clone());
        let order = vec![MessageId { author: id("a"), number: bad.number }];
        assert_eq!(b.delete(order.clone()), order);
        assert_eq!(b.delete(order.clone()), [], "no news");
        assert!(texts(&b).is_empty());
        // It counts as known, so that nobody says it again.
        assert_eq!(b.high_water(), order);
        // The order may come before the message.
        c.delete(order);
        assert!(!c.accept(NOW, bad));
        c.accept(NOW, good.clone());
        assert_eq!(texts(&c), ["good"]);
        assert_eq!(c.high_water()[0].number, good.number);
        let many = |from| (from..from + 70).map(|number| MessageId { author: id("x"), number });
        c.delete(many(0).collect());
        c.delete(many(70).collect());
        assert_eq!(c.deleted().len(), limits::DELETED);
    }

    fn message(author: &str, number: u64) -> Verified<ChatMessage> {
        own(ChatMessage {
            author: id(author),
            number,
            name: String::new(),
            text: format!("{number}"),
            at: 0,
            image: None,
            avatar: None,
        })
    }

    #[test]
    fn what_comes_over_two_ways_is_complete_and_in_order() {
        let mut chat = Chat::default();
        for number in [10, 13, 12, 12, 11, 14, 9, 8] {
            chat.accept(NOW, message("a", number));
        }
        assert_eq!(texts(&chat), ["10", "11", "12", "13", "14"], "what was before is not awaited");
        chat.accept(NOW, message("a", 14 + WINDOW + 1));
        assert_eq!(chat.judge(NOW, &message("a", 15)), Verdict::New);
        assert_eq!(chat.judge(NOW, &message("a", 14)), Verdict::Known, "too far back");
        chat.accept(NOW, message("a", 14 + 3 * WINDOW));
        assert_eq!(chat.judge(NOW, &message("a", 15 + WINDOW)), Verdict::Known);
    }

    #[test]
    fn the_author_who_is_silent_for_longest_is_forgotten_first() {
        let mut chat = Chat::default();
        assert!(chat.accept(NOW, message("first", 1)));
        for i in 0..limits::AUTHORS {
            assert!(chat.accept(NOW, message(&format!("x{i}"), 1)));
            if i % 1_000 == 0 {
                assert!(chat.accept(NOW, message("first", 2 + i as u64)));
            }
        }
        assert!(!chat.accept(NOW, message("first", 1)), "it speaks and is not forgotten");
        assert!(chat.accept(NOW, message("x0", 1)), "it has said nothing for long");
        assert_eq!(chat.last.len(), limits::AUTHORS);
    }

    #[test]
    fn numbers_end_before_javascript_cannot_count_on() {
        let mut chat = Chat::default();
        let late = Time::from_millis(limits::CHAT_NUMBER);
        assert!(!chat.accept(late, message("a", limits::CHAT_NUMBER + 1)));
        assert!(chat.accept(late, message("a", limits::CHAT_NUMBER)));
        assert!(say(&mut chat, "a", "one more").is_none());
    }

    #[test]
    fn a_number_is_close_to_the_last_one_or_to_the_clock() {
        let mut chat = Chat::default();
        let most = NOW.as_millis() + limits::CHAT_AHEAD;
        assert_eq!(chat.judge(NOW, &message("a", most + 1)), Verdict::Implausible);
        for number in [1, 2, NOW.as_millis(), most, most + 1, most + 1 + limits::CHAT_WINDOW] {
            assert!(chat.accept(NOW, message("a", number)), "{number}");
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
