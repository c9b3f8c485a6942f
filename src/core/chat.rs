//! The chat: every message shown once, in order per author, however often the tree is repaired.
//!
//! Links keep order and every peer passes on all it accepts, so each neighbour's stream of one
//! author's messages is complete from where it began. A message is therefore new exactly if its
//! number is above the last one known of its author. After a repair both sides first send what
//! the other lacks of the last [`CHAT_HISTORY`](limits::CHAT_HISTORY) messages.

use std::collections::VecDeque;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::id::PeerId;
use crate::view::ChatMessage;
use crate::wire::limits;
use crate::wire::message::{Have, clamp_text};

/// What one peer knows of a room's chat.
#[derive(Debug, Default)]
pub struct Chat {
    history: VecDeque<Arc<ChatMessage>>,
    last: IndexMap<PeerId, u64>,
    /// Own messages are numbered above this.
    base: u64,
}

impl Chat {
    /// One's page was reloaded at this time, in milliseconds: nobody writes more often, so one's
    /// messages get numbers above all that one wrote before.
    pub fn resume(&mut self, at: u64) {
        self.base = at;
    }

    /// A message of one's own; `None` if there is nothing to say. The text is cut to
    /// [`CHAT_TEXT`](limits::CHAT_TEXT) characters.
    pub fn say(
        &mut self,
        author: &PeerId,
        name: &str,
        text: &str,
        at: u64,
    ) -> Option<Arc<ChatMessage>> {
        let mut text = text.trim().to_owned();
        if text.is_empty() {
            return None;
        }
        clamp_text(&mut text, limits::CHAT_TEXT);
        let number = self.last.get(author).copied().unwrap_or(0).max(self.base) + 1;
        let message =
            ChatMessage { author: author.clone(), number, name: name.to_owned(), text, at };
        self.accept(message)
    }

    /// Takes a message from a neighbour; `None` if it is known already.
    pub fn accept(&mut self, message: ChatMessage) -> Option<Arc<ChatMessage>> {
        let last = self.last.get(&message.author).copied().unwrap_or(0);
        if message.number <= last {
            return None;
        }
        if self.last.len() == limits::AUTHORS && last == 0 {
            self.last.shift_remove_index(0);
        }
        self.last.insert(message.author.clone(), message.number);
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

    /// The last known number of every author in the history.
    pub fn have(&self) -> Vec<Have> {
        let mut have: IndexMap<&PeerId, u64> = IndexMap::new();
        for message in &self.history {
            have.insert(&message.author, message.number);
        }
        have.into_iter().map(|(author, number)| Have { author: author.clone(), number }).collect()
    }

    /// What a neighbour lacks who has `have`, oldest first.
    pub fn missing(&self, have: &[Have]) -> Vec<Arc<ChatMessage>> {
        let known = |message: &ChatMessage| {
            have.iter().any(|h| h.author == message.author && h.number >= message.number)
        };
        self.history.iter().filter(|message| !known(message)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn id(text: &str) -> PeerId {
        PeerId::new(text).unwrap()
    }

    fn texts(chat: &Chat) -> Vec<&str> {
        chat.history().map(|message| message.text.as_str()).collect()
    }

    #[test]
    fn each_message_once_and_nothing_empty() {
        let (mut a, mut b) = (Chat::default(), Chat::default());
        assert!(a.say(&id("a"), "Ann", "  \n ", 0).is_none());
        let first = a.say(&id("a"), "Ann", "one", 1).unwrap();
        let second = a.say(&id("a"), "Ann", "two", 2).unwrap();
        for message in [&first, &second, &first, &second] {
            b.accept((**message).clone());
        }
        assert_eq!(texts(&b), ["one", "two"]);
    }

    #[test]
    fn two_sides_complete_each_other() {
        let (mut a, mut b) = (Chat::default(), Chat::default());
        let shared = a.say(&id("a"), "", "shared", 0).unwrap();
        b.accept((*shared).clone());
        a.say(&id("a"), "", "from a", 0);
        b.say(&id("b"), "", "from b", 0);
        let (to_a, to_b) = (b.missing(&a.have()), a.missing(&b.have()));
        to_a.into_iter().for_each(|m| drop(a.accept((*m).clone())));
        to_b.into_iter().for_each(|m| drop(b.accept((*m).clone())));
        assert_eq!(texts(&a), ["shared", "from a", "from b"]);
        assert_eq!(texts(&b), ["shared", "from b", "from a"]);
        assert!(a.missing(&b.have()).is_empty());
    }

    #[test]
    fn memory_is_bounded() {
        let mut chat = Chat::default();
        for i in 0..1_000 {
            chat.say(&id("a"), "", &format!("{i}"), 0);
        }
        assert_eq!(chat.history().count(), limits::CHAT_HISTORY);
        assert_eq!(chat.have().len(), 1);
    }
}
