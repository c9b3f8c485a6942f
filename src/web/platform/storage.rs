//! Small settings in the browser's local storage, where it lets us.
//!
//! Everything is JSON below one versioned prefix, so other programs on the same origin are left
//! alone. Private windows and blocked cookies make storage throw or vanish; then nothing is found
//! and nothing is kept, which is all that a page can do about it, but for saying so.

use live_core::wire::codec::Wire;
use live_core::wire::json;
use web_sys::Storage;

const PREFIX: &str = "p2p-live/1/";

/// What was [saved](save) under `key`; `None` if there is nothing, or nothing of that type.
pub fn load<T: Wire>(key: &str) -> Option<T> {
    let text = storage()?.get_item(&full(key)).ok()??;
    json::read(&text)
}

/// Keeps `value` under `key`. Says whether the browser did.
pub fn save<T: Wire>(key: &str, value: &T) -> bool {
    storage().is_some_and(|storage| storage.set_item(&full(key), &json::text(value)).is_ok())
}

/// Forgets what is under `key`.
pub fn remove(key: &str) {
    if let Some(storage) = storage() {
        // Fails only where nothing could have been kept either.
        let _ = storage.remove_item(&full(key));
    }
}

/// Forgets everything that was [saved](save).
pub fn clear() {
    let Some(storage) = storage() else {
        return;
    };
    let count = storage.length().unwrap_or(0);
    // Collected first: the others move up when one goes.
    let keys: Vec<String> = (0..count).filter_map(|at| storage.key(at).ok().flatten()).collect();
    for key in keys.iter().filter(|key| key.starts_with(PREFIX)) {
        let _ = storage.remove_item(key);
    }
}

/// Whether the browser keeps anything: it may be told not to, or have no room left.
pub fn is_available() -> bool {
    let works = save("test", &String::new());
    remove("test");
    works
}

/// What one tab of the browser keeps while its page is reloaded.
pub struct SessionStorage;

impl SessionStorage {
    /// What was [saved](Self::save) under `key`.
    pub fn load<T: Wire>(key: &str) -> Option<T> {
        json::read(&Self::storage()?.get_item(&full(key)).ok()??)
    }

    /// Keeps `value` under `key`, where the browser lets it.
    pub fn save<T: Wire>(key: &str, value: &T) {
        if let Some(storage) = Self::storage() {
            // Where nothing may be kept, a reload begins anew.
            let _ = storage.set_item(&full(key), &json::text(value));
        }
    }

    /// Forgets what is under `key`.
    pub fn remove(key: &str) {
        if let Some(storage) = Self::storage() {
            let _ = storage.remove_item(&full(key));
        }
    }

    fn storage() -> Option<Storage> {
        web_sys::window()?.session_storage().ok()?
    }
}

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

fn full(key: &str) -> String {
    format!("{PREFIX}{key}")
}
