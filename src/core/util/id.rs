//! Identifiers that cross module borders, each its own type.

use core::borrow::Borrow;
use core::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use rand_core::RngCore;
use rustc_hash::FxBuildHasher;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::util::limits;

/// A peer's id on the signalling server; a room's id is its host's.
///
/// Valid ids match PeerJS's rule `^[A-Za-z0-9]+(?:[ _-][A-Za-z0-9]+)*$` and have at most
/// [`limits::ID`] characters. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(Arc<str>);

/// Characters in an id that names a key.
const DERIVED: usize = 33;
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Why a text is not a [`PeerId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("ids are letters and digits, separated by single spaces, hyphens or underscores")]
pub struct InvalidId;

impl PeerId {
    /// Checks `text` against the rule above.
    pub fn new(text: &str) -> Result<Self, InvalidId> {
        // At the start and after a separator there must be a letter or a digit.
        let mut separated = true;
        for byte in text.bytes() {
            match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => separated = false,
                b' ' | b'_' | b'-' if !separated => separated = true,
                _ => return Err(InvalidId),
            }
        }
        if separated || text.len() > limits::ID { Err(InvalidId) } else { Ok(Self(text.into())) }
    }

    /// A random id of the form that PeerServer hands out (UUID version 4).
    pub fn random(rng: &mut impl RngCore) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let mut text = String::with_capacity(36);
        for (i, byte) in bytes.iter().enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            push_hex(&mut text, *byte);
        }
        Self(text.into())
    }

    /// The id that names a key: `p` and the base32 (RFC 4648, in lower case) of a digest of it.
    pub fn derived(digest: &[u8; 20]) -> Self {
        let mut text = String::with_capacity(DERIVED);
        text.push('p');
        // Each five bytes are eight characters.
        for bytes in digest.chunks_exact(5) {
            let bits = bytes.iter().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
            for at in (0..8).rev() {
                text.push(char::from(BASE32[(bits >> (5 * at)) as usize & 31]));
            }
        }
        Self(text.into())
    }

    /// Whether the id has the form of one that names a key. Only the owner of that key can prove
    /// that the id is its own; other ids are anybody's who has registered them.
    pub fn is_derived(&self) -> bool {
        let digits = self.0.strip_prefix('p').filter(|_| self.0.len() == DERIVED);
        digits.is_some_and(|digits| {
            digits.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
        })
    }

    /// Whether the id is one person's alone: a random one as PeerServer and [`PeerId::random`] make
    /// them (a UUID, version 4), or one that names a key. All others are names, which anyone may take
    /// when they are free.
    pub fn is_personal(&self) -> bool {
        let text = self.0.as_bytes();
        let is_uuid = text.len() == 36
            && text.iter().enumerate().all(|(at, byte)| match at {
                8 | 13 | 18 | 23 => *byte == b'-',
                14 => *byte == b'4',
                19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
                _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            });
        is_uuid || self.is_derived()
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for PeerId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for PeerId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PeerId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = PeerId;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a peer id")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<PeerId, E> {
                PeerId::new(text).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Text)
    }
}

/// The local handle of a [`link`](crate::link); never on the wire, never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u32);

/// A map by link, in the order of insertion. Links are looked up with every frame, and their ids
/// are local, so a fast hash without a secret will do.
pub(crate) type LinkMap<V> = IndexMap<LinkId, V, FxBuildHasher>;

/// A map by peer that never has many entries: ids that are chosen to have equal hashes cost nothing.
pub(crate) type SmallPeerMap<V> = IndexMap<PeerId, V, FxBuildHasher>;

/// `length` random lower-case hexadecimal digits, for tokens and connection ids.
pub fn random_token(rng: &mut impl RngCore, length: usize) -> String {
    let mut text = String::with_capacity(length + 1);
    while text.len() < length {
        push_hex(&mut text, (rng.next_u32() & 0xff) as u8);
    }
    text.truncate(length);
    text
}

fn push_hex(text: &mut String, byte: u8) {
    for nibble in [byte >> 4, byte & 15] {
        text.push(char::from(b"0123456789abcdef"[usize::from(nibble)]));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rand_core::SeedableRng;
    use rand_pcg::Pcg64Mcg;

    use super::*;

    #[test]
    fn an_id_that_names_a_key_is_a_valid_one() {
        let mut digest = [0; 20];
        assert_eq!(PeerId::derived(&digest).as_str(), format!("p{}", "a".repeat(32)));
        digest[0] = 0xff;
        digest[19] = 1;
        let id = PeerId::derived(&digest);
        assert_eq!(id.as_str(), "p74aaaaaaaaaaaaaaaaaaaaaaaaaaaaab");
        assert!(PeerId::new(id.as_str()).is_ok_and(|id| id.is_derived()));
        for other in
            ["p1", "p74AAAAAAAAAAAAAAAAAAAAAAAAAAAAAB", "x74aaaaaaaaaaaaaaaaaaaaaaaaaaaaab"]
        {
            assert!(!PeerId::new(other).is_ok_and(|id| id.is_derived()), "{other}");
        }
    }

    #[test]
    fn ids_of_persons_are_told_from_names() {
        let is_personal = |text: &str| PeerId::new(text).unwrap().is_personal();
        let rng = &mut Pcg64Mcg::seed_from_u64(1);
        (0..100).for_each(|_| assert!(PeerId::random(rng).is_personal()));
        let key = "abcdefghijklmnopqrstuvwxyz234567";
        assert!(is_personal(&format!("p{key}")));
        for name in [
            "P2P-Live-Web-Default-ID",
            "p",
            &format!("q{key}"),
            &format!("P{key}"),
            &format!("p{key}a"),
            &format!("p{}1", &key[1..]),
            "0b0e3c9a-7a5e-1c2d-9e3f-0123456789ab",
            "0b0e3c9a-7a5e-4c2d-ce3f-0123456789ab",
            "0b0e3c9a-7a5e-4c2d-9e3f-0123456789a",
            "0B0E3C9A-7A5E-4C2D-9E3F-0123456789AB",
        ] {
            assert!(!is_personal(name), "{name}");
        }
    }

    #[test]
    fn the_rule_of_peerjs() {
        for good in ["a", "A-1", "P2P-Live-Web-Default-ID", "two words", "a_b-c"] {
            assert!(PeerId::new(good).is_ok(), "{good}");
        }
        let long = "a".repeat(limits::ID + 1);
        for bad in ["", "-a", "a-", "a--b", "a/b", "中文", "<b>", long.as_str()] {
            assert!(PeerId::new(bad).is_err(), "{bad}");
        }
    }
}
