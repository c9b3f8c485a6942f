//! What the browser remembers between visits, by key.

use live_web::storage;

/// The colour scheme that the user has chosen.
pub(crate) const THEME: &str = "theme";
/// The language that the user has chosen.
pub(crate) const LANGUAGE: &str = "language";
/// The person's name.
pub(crate) const NAME: &str = "name";
/// The network name joined last.
pub(crate) const NETWORK: &str = "network";
/// The room created last: its title.
pub(crate) const TITLE: &str = "room-title";
/// Its summary.
pub(crate) const SUMMARY: &str = "room-summary";
/// The address of its cover.
pub(crate) const COVER: &str = "room-cover";

/// The player's volume, from 0 to 100.
pub(crate) const VOLUME: &str = "volume";
/// There if the player is large.
pub(crate) const THEATRE: &str = "theatre";
/// There if single keys do nothing.
pub(crate) const KEYS: &str = "no-keys";

/// What was saved under `key`.
pub(crate) fn load(key: &str) -> Option<String> {
    storage::load::<String>(key).filter(|value| !value.is_empty())
}

/// Remembers `value`. A browser that forbids it forgets, which harms nothing that is on the page.
pub(crate) fn save(key: &str, value: &str) {
    let _kept = storage::save(key, &value);
}

/// Remembers that something is so, or forgets it.
pub(crate) fn mark(key: &str, on: bool) {
    if on { save(key, "1") } else { storage::remove(key) }
}
