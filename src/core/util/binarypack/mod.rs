//! BinaryPack, the encoding of PeerJS's data channels, as a serde format: MessagePack with other
//! marks for text and bytes, and JavaScript's idea of numbers.
//!
//! - A whole number is an integer whatever its type was, so `1.0` arrives as `1`.
//! - Integers that JavaScript would not read back exactly travel as doubles, and a typed integer
//!   beyond ±2^53 is refused when it is read.
//! - Numbers that are not finite are written as null and never read.
//! - JavaScript's undefined arrives as null.
//! - Enums are externally tagged: a unit variant is its name, any other variant a map with the name
//!   as its only key. The content of an unknown variant is skipped, so `#[serde(other)]` works
//!   whatever the content is.
//!
//! Texts and bytes are borrowed from the input where the type allows it.

mod de;
mod ser;
mod value;

use core::fmt::Display;

use serde::{Deserialize, Serialize};

use super::limits;
pub use de::Deserializer;
pub use ser::Serializer;
pub use value::Value;

/// The largest whole number up to which a double, and so JavaScript, tells all of them apart.
pub const MAX_SAFE: i64 = 1 << 53;

/// What a message may cost. Work and memory are bounded by the message's real size, whatever
/// lengths it declares.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Length of the packed message.
    pub bytes: usize,
    /// Nested arrays and maps.
    pub depth: usize,
    /// Elements of all arrays, and keys and values of all maps, together.
    pub values: usize,
}

impl Default for Budget {
    /// The limits for any message: [`limits::MESSAGE`], [`limits::DEPTH`], [`limits::VALUES`].
    fn default() -> Self {
        Self { bytes: limits::MESSAGE, depth: limits::DEPTH, values: limits::VALUES }
    }
}

/// Why a message cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The input is shorter than it says.
    #[error("the message ends too early")]
    Truncated,
    /// The input is longer than one value.
    #[error("bytes follow the end of the message")]
    Trailing,
    /// More than [`Budget::bytes`], or a length that the format cannot express.
    #[error("the message is too large")]
    TooLarge,
    /// More than [`Budget::values`].
    #[error("the message has too many values")]
    TooMany,
    /// Nested deeper than [`Budget::depth`].
    #[error("the message is nested too deeply")]
    TooDeep,
    /// A byte that begins no value in BinaryPack.
    #[error("no value begins with the byte {0:#04x}")]
    Mark(u8),
    /// Text in another encoding.
    #[error("a text is not UTF-8")]
    Utf8,
    /// A map's key is no text.
    #[error("a key is not a text")]
    Key,
    /// NaN or infinite.
    #[error("a number is not finite")]
    NotFinite,
    /// A value of another type than expected, or a missing member; the text says which.
    #[error("the message is not of the expected shape: {0}")]
    Shape(String),
}

impl serde::de::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        Self::Shape(message.to_string())
    }
}

impl serde::ser::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        Self::Shape(message.to_string())
    }
}

/// Packs `value`. Fails if a map's key is no text, or if a `Serialize` implementation fails; sizes
/// are not checked.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Error> {
    let mut serializer = Serializer::default();
    value.serialize(&mut serializer)?;
    Ok(serializer.into_bytes())
}

/// Reads one untrusted message within the default [`Budget`].
pub fn from_slice<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, Error> {
    from_slice_within(bytes, Budget::default())
}

/// Reads one untrusted message within `budget`.
pub fn from_slice_within<'de, T: Deserialize<'de>>(
    bytes: &'de [u8],
    budget: Budget,
) -> Result<T, Error> {
    if bytes.len() > budget.bytes {
        return Err(Error::TooLarge);
    }
    let mut deserializer = Deserializer::new(bytes, budget);
    let value = T::deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}
