//! Settings in the browser's storage, as JSON below one versioned prefix, so other programs on the
//! same origin are left alone.
//!
//! Private windows and blocked cookies make storage unavailable or read-only. Then nothing is
//! found and nothing is saved; [`is_available`] tells the page.

use gloo_storage::Storage;
use serde::Serialize;
use serde::de::DeserializeOwned;

const PREFIX: &str = "p2p-live/1/";

/// Reads what was [saved](save) under `key`; `None` if there is nothing of that type.
pub fn load<T: DeserializeOwned>(key: &str) -> Option<T> {
    local()?;
    gloo_storage::LocalStorage::get(full(key)).ok()
}

/// Saves `value` under `key`. Returns whether the browser did.
pub fn save<T: Serialize>(key: &str, value: &T) -> bool {
    local().is_some() && gloo_storage::LocalStorage::set(full(key), value).is_ok()
}

/// Removes what is under `key`.
pub fn remove(key: &str) {
    if local().is_some() {
        gloo_storage::LocalStorage::delete(full(key));
    }
}

/// Removes everything that was [saved](save).
pub fn clear() {
    let Some(storage) = local() else {
        return;
    };
    let count = storage.length().unwrap_or(0);
    // Collected first, because removing an entry shifts the others.
    let keys: Vec<String> = (0..count).filter_map(|at| storage.key(at).ok().flatten()).collect();
    for key in keys.iter().filter(|key| key.starts_with(PREFIX)) {
        gloo_storage::LocalStorage::delete(key);
    }
}

/// Whether the browser saves anything; it may be told not to, or be out of space.
pub fn is_available() -> bool {
    let available = save("test", &String::new());
    remove("test");
    available
}

/// Storage of one tab, which survives a reload of its page.
pub struct SessionStorage;

impl SessionStorage {
    /// Reads what was [saved](Self::save) under `key`.
    pub fn load<T: DeserializeOwned>(key: &str) -> Option<T> {
        session()?;
        gloo_storage::SessionStorage::get(full(key)).ok()
    }

    /// Saves `value` under `key`, if the browser allows it.
    pub fn save<T: Serialize>(key: &str, value: &T) {
        if session().is_some() {
            // Without storage, a reload starts afresh.
            let _ = gloo_storage::SessionStorage::set(full(key), value);
        }
    }

    /// Removes what is under `key`.
    pub fn remove(key: &str) {
        if session().is_some() {
            gloo_storage::SessionStorage::delete(full(key));
        }
    }
}

/// `gloo_storage` panics where storage is blocked, so every call checks this first.
fn local() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

fn session() -> Option<web_sys::Storage> {
    web_sys::window()?.session_storage().ok()?
}

fn full(key: &str) -> String {
    format!("{PREFIX}{key}")
}
