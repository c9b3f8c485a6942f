//! The room that this browser keeps for its host.

use live_core::id::PeerId;

use super::key_file::RoomKey;
use super::record::Record;
use super::seed::Seed;
use crate::platform::storage;

const KEY: &str = "kept-room";

/// The room that this browser keeps, so that its link holds from one day to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRoom {
    /// Its id.
    pub id: PeerId,
    /// Its title; may be empty.
    pub title: String,
}

impl KeptRoom {
    /// The room that is kept, if there is one.
    pub fn load() -> Option<Self> {
        let record = load()?;
        let id = RoomKey(record.seed).id();
        Some(Self { id, title: record.about.map(|about| about.meta.title).unwrap_or_default() })
    }
}

pub(super) fn load() -> Option<Record> {
    storage::load(KEY)
}

/// Whether it is the room of this secret.
pub(super) fn is(seed: &Seed) -> bool {
    load().is_some_and(|kept| kept.seed == *seed)
}

/// Keeps this room, in place of another. Returns whether the browser does.
pub(super) fn save(record: &Record) -> bool {
    storage::save(KEY, record)
}

pub(super) fn remove() {
    storage::remove(KEY);
}
