//! What is kept of a peer: in the tab's storage until its page is loaded again, and of a host's room
//! also in the browser's.

use core::time::Duration;

use live_core::id::{PeerId, random_token};
use live_core::view::RoomMeta;
use live_core::wire::message::Rules;
use serde::{Deserialize, Serialize};

use super::seed::Seed;
use crate::platform::clock;
use crate::platform::random::BrowserRng;

/// Hexadecimal digits of the token.
const TOKEN: usize = 32;
/// How long the people in a room wait for its host.
const AWAY: Duration = Duration::from_secs(120);

/// A peer.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) seed: Seed,
    /// The secret that lets only this peer register its id again.
    pub(super) token: String,
    /// When its room was opened, in Unix milliseconds.
    pub(super) since: u64,
    /// When its page was left, in Unix milliseconds; `None` while it is open. A duplicated tab finds
    /// a record that is still in use.
    pub(super) left: Option<u64>,
    /// What its room is about.
    pub(super) about: Option<About>,
    /// Its room's rules.
    pub(super) rules: Rules,
}

/// What a room is about, and where it is listed.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct About {
    pub(super) meta: RoomMeta,
    pub(super) network: Option<PeerId>,
    /// The uploaded cover, as a `data:` address.
    pub(super) cover: Option<String>,
}

impl Record {
    /// A new peer.
    pub(super) fn new() -> Self {
        Self::of(Seed::random())
    }

    /// A peer with this secret, of which nothing else is known.
    pub(super) fn of(seed: Seed) -> Self {
        Self {
            seed,
            token: random_token(&mut BrowserRng, TOKEN),
            since: clock::now().as_millis(),
            left: None,
            about: None,
            rules: Rules::default(),
        }
    }

    /// Takes a record up again that was kept for another day: a room whose people are gone is opened
    /// anew. Returns whether they still wait.
    pub(super) fn reopen(&mut self) -> bool {
        let now = clock::now().as_millis();
        let waited = self.left.map(|left| now.saturating_sub(left));
        self.left = None;
        if waited.is_some_and(|waited| u128::from(waited) < AWAY.as_millis()) {
            return true;
        }
        self.since = now;
        self.rules.kicked.clear();
        false
    }
}
