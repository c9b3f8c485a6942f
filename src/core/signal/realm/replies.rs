//! The replies that a socket may send in addition to its rate.
//!
//! A host must answer every newcomer at once and does not control their number. Each offer or
//! answer that is delivered to a socket therefore credits it with the frames of the reply. Offers
//! always count against the rate, so two peers cannot grant each other unlimited credit.

use core::mem;

use indexmap::IndexMap;

use crate::signal::envelope::{Envelope, kind};
use crate::util::id::PeerId;
use crate::util::limits;
use crate::util::time::Time;

/// Frames that a socket may send to one peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Credit {
    answers: u8,
    candidates: u8,
}

/// The credits of a socket, by receiver.
///
/// They are kept in two generations. The older one is dropped when the recent one is full or older
/// than [`limits::SIGNAL_REPLY_TIME`]: this bounds memory and age in constant time.
#[derive(Debug, Default)]
pub(super) struct Replies {
    recent: IndexMap<PeerId, Credit>,
    older: IndexMap<PeerId, Credit>,
    /// When the recent generation began.
    began: Time,
}

impl Credit {
    /// The replies to a frame of this kind.
    pub(super) fn of(kind: &str) -> Self {
        let candidates = limits::SIGNAL_REPLY_CANDIDATES;
        match kind {
            kind::OFFER => Self { answers: 1, candidates },
            kind::ANSWER => Self { answers: 0, candidates },
            _ => Self::default(),
        }
    }

    fn count(&mut self, kind: &str) -> Option<&mut u8> {
        let count = match kind {
            kind::ANSWER => &mut self.answers,
            kind::CANDIDATE => &mut self.candidates,
            _ => return None,
        };
        (*count > 0).then_some(count)
    }
}

impl Replies {
    /// Adds credit for replies to `peer`.
    pub(super) fn grant(&mut self, now: Time, peer: &PeerId, credit: Credit) {
        if credit == Credit::default() {
            return;
        }
        self.age(now);
        if self.recent.len() >= limits::SIGNAL_REPLIES / 2 && !self.recent.contains_key(peer) {
            self.begin(now);
        }
        let held = self.recent.entry(peer.clone()).or_default();
        held.answers = held.answers.saturating_add(credit.answers);
        held.candidates = held.candidates.saturating_add(credit.candidates);
    }

    /// Whether there is credit for `message`.
    pub(super) fn cover(&mut self, now: Time, message: &Envelope<'_>) -> bool {
        self.count(now, message).is_some()
    }

    /// Uses credit for `message`; false if there is none.
    pub(super) fn spend(&mut self, now: Time, message: &Envelope<'_>) -> bool {
        self.count(now, message).map(|count| *count -= 1).is_some()
    }

    fn count(&mut self, now: Time, message: &Envelope<'_>) -> Option<&mut u8> {
        self.age(now);
        let peer = message.dst.as_deref()?;
        let generations = [&mut self.recent, &mut self.older].into_iter();
        let mut credits = generations.filter_map(|credits| credits.get_mut(peer));
        credits.find_map(|credit| credit.count(&message.kind))
    }

    fn age(&mut self, now: Time) {
        let age = now.since(self.began);
        if age >= limits::SIGNAL_REPLY_TIME {
            self.begin(now);
            if age >= 2 * limits::SIGNAL_REPLY_TIME {
                self.older.clear();
            }
        }
    }

    fn begin(&mut self, now: Time) {
        self.older = mem::take(&mut self.recent);
        self.began = now;
    }
}
