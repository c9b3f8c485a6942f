//! The secret of a key as text.

use core::fmt::Write as _;

use live_core::identity::{Keypair, SEED};
use serde::{Deserialize, Serialize};

use crate::platform::random::BrowserRng;

/// The secret that a key pair is made from; as text, two hexadecimal digits a byte. It has no
/// `Debug`, so that it gets into no log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Seed([u8; SEED]);

impl Seed {
    /// A new one.
    pub(super) fn random() -> Self {
        Self(Keypair::generate(&mut BrowserRng).seed())
    }

    /// The key pair that it makes.
    pub(super) fn keypair(&self) -> Keypair {
        Keypair::from_seed(&self.0)
    }
}

impl TryFrom<String> for Seed {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let byte = |pair: &[u8]| match *pair {
            [high, low] => u8::try_from(digit(high)? * 16 + digit(low)?).ok(),
            _ => None,
        };
        let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(byte).collect();
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or("a secret is 64 hexadecimal digits")
    }
}

impl From<Seed> for String {
    fn from(seed: Seed) -> Self {
        seed.0.iter().fold(Self::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    #[test]
    fn a_secret_is_read_back_and_nothing_else_is_one() {
        let text = "00017f80ff".to_owned() + &"ab".repeat(SEED - 5);
        let seed = Seed::try_from(text.clone()).unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(seed.0[..5], [0, 1, 0x7f, 0x80, 0xff]);
        assert_eq!(String::from(seed), text);
        for bad in ["", "0", "ab", &"ab".repeat(SEED + 1), &"ag".repeat(SEED), &"é".repeat(SEED)] {
            assert!(Seed::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
