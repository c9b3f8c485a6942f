//! The file in which a host takes the key of its room elsewhere.

use live_core::id::PeerId;
use serde::{Deserialize, Serialize};

use super::seed::Seed;

/// The name that is proposed for the file.
pub const FILE_NAME: &str = "p2p-live-room.json";
/// The largest file that is read, in bytes.
pub(super) const FILE_LIMIT: usize = 4 * 1024;

const KIND: &str = "p2p-live-room-key";
const VERSION: u32 = 1;

/// The key of a room, which makes whoever has it the room's host.
#[derive(Clone)]
pub struct RoomKey(pub(super) Seed);

/// Why a file gives no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// It is something else.
    #[error("the file holds no key of a room")]
    Foreign,
    /// A later version of the app has written it.
    #[error("the file is of a newer version")]
    Newer,
    /// Its key is incomplete, or does not fit to the id beside it.
    #[error("the key in the file is damaged")]
    Damaged,
}

/// What every version of the file says.
#[derive(Deserialize)]
struct Header {
    #[serde(rename = "type")]
    kind: String,
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct KeyFile {
    #[serde(rename = "type")]
    kind: String,
    version: u32,
    /// The room's id, for whoever reads the file, and to notice damage.
    id: PeerId,
    seed: Seed,
}

impl RoomKey {
    /// The id of the room.
    pub fn id(&self) -> PeerId {
        self.0.keypair().id().clone()
    }

    /// The content of a file with this key.
    pub(super) fn to_file(&self) -> String {
        let (id, seed) = (self.id(), self.0.clone());
        let file = KeyFile { kind: KIND.to_owned(), version: VERSION, id, seed };
        // Fails only for maps whose keys are no texts.
        serde_json::to_string_pretty(&file).unwrap_or_default()
    }

    /// Reads the content of a file.
    pub(super) fn from_file(content: &[u8]) -> Result<Self, KeyFileError> {
        if content.len() > FILE_LIMIT {
            return Err(KeyFileError::Foreign);
        }
        let header: Header = serde_json::from_slice(content).map_err(|_| KeyFileError::Foreign)?;
        if header.kind != KIND {
            return Err(KeyFileError::Foreign);
        }
        if header.version != VERSION {
            return Err(KeyFileError::Newer);
        }
        let file: KeyFile = serde_json::from_slice(content).map_err(|_| KeyFileError::Damaged)?;
        let key = Self(file.seed);
        if key.id() == file.id { Ok(key) } else { Err(KeyFileError::Damaged) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::testing::test;

    fn key(byte: &str) -> RoomKey {
        RoomKey(Seed::try_from(byte.repeat(32)).unwrap())
    }

    fn refusal(content: &str) -> Option<KeyFileError> {
        RoomKey::from_file(content.as_bytes()).err()
    }

    #[test]
    fn an_exported_key_is_the_same_when_it_is_imported() {
        let key = key("5a");
        let content = key.to_file();
        let file: serde_json::Value = serde_json::from_str(&content).unwrap();
        assert_eq!(file["type"], "p2p-live-room-key");
        assert_eq!(file["version"], 1);
        assert_eq!(file["id"], key.id().as_str());
        assert_eq!(file["seed"], "5a".repeat(32));
        let read = RoomKey::from_file(content.as_bytes()).ok().unwrap();
        assert!(read.0 == key.0 && read.id() == key.id());
    }

    #[test]
    fn a_file_of_something_else_is_no_key() {
        let foreign = r#"{"type":"another","version":1,"id":"a","seed":"00"}"#;
        for content in ["", "\u{0}", "[]", "{}", "null", foreign, &"[".repeat(4_000)] {
            assert_eq!(refusal(content), Some(KeyFileError::Foreign), "{content}");
        }
        let large = key("5a").to_file() + &" ".repeat(FILE_LIMIT);
        assert_eq!(refusal(&large), Some(KeyFileError::Foreign));
    }

    #[test]
    fn damage_is_told_from_a_later_version() {
        let good = key("5a").to_file();
        let id = key("5a").id().to_string();
        let other = good.replace(&id, key("5b").id().as_str());
        for content in [
            good.replace("5a5a", "5a5"),
            good.replace("5a5a", "5a5x"),
            good.replace(&id, ""),
            other,
        ] {
            assert_eq!(refusal(&content), Some(KeyFileError::Damaged), "{content}");
        }
        let later = good.replace("\"version\": 1", "\"version\": 2").replace("seed", "secret");
        assert_eq!(refusal(&later), Some(KeyFileError::Newer));
    }
}
