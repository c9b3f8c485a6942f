//! BinaryPack, the encoding of PeerJS's data channels: MessagePack with other marks for text and
//! bytes, and JavaScript's idea of numbers.
//!
//! A whole number is an integer whatever its type was, so `1.0` arrives as `1`; integers that
//! JavaScript would not read back exactly travel as doubles; numbers that are not finite are
//! written as null and never read.

mod de;
mod ser;

pub use de::from_slice;
pub(crate) use ser::append;
pub use ser::to_vec;

use core::fmt;

use serde::de::{Expected, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The largest whole number up to which a double, and so JavaScript, tells all of them apart.
const MAX_SAFE: i64 = 1 << 53;

/// A message whose shape is not known before it is read, such as the old pages' arrays.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Null; JavaScript's undefined arrives as null too.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number. Beyond ±2^53 it is written as the nearest double.
    Int(i64),
    /// A number with a fraction, or too large for [`Value::Int`]. Whole numbers up to ±2^53 are
    /// written, and come back, as integers; what is not finite is written as null.
    Float(f64),
    /// Text.
    Str(String),
    /// Raw bytes, in JavaScript an `ArrayBuffer`.
    Bytes(Vec<u8>),
    /// An array.
    Array(Vec<Value>),
    /// An object, its keys in the order of the wire.
    Map(Vec<(String, Value)>),
}

/// Why bytes are not a message, or a message cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The input is shorter than it says.
    #[error("the message ends too early")]
    Truncated,
    /// The input is longer than one value.
    #[error("bytes follow the end of the message")]
    Trailing,
    /// Longer than [`limits::MESSAGE`](super::limits::MESSAGE).
    #[error("the message is too large")]
    TooLarge,
    /// More than [`limits::VALUES`](super::limits::VALUES) values.
    #[error("the message has too many values")]
    TooMany,
    /// Nested deeper than [`limits::DEPTH`](super::limits::DEPTH).
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
    /// A typed integer that JavaScript, and the other side, would read as another one.
    #[error("an integer is beyond 2^53")]
    Integer,
    /// A value is of another type than is wanted, or a member is missing.
    #[error("the message is not of the expected shape")]
    Shape,
    /// A variant that the type does not have.
    #[error("the message is of an unknown kind")]
    Variant,
    /// The value is well formed but the type refuses it.
    #[error("{0}")]
    Data(String),
}

impl Value {
    /// Reads one message.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        from_slice(bytes)
    }

    /// Writes one message; sizes are not checked.
    pub fn encode(&self) -> Vec<u8> {
        let mut encoder = ser::Encoder::default();
        encoder.value(self);
        encoder.out
    }

    /// The value of `key` if this is a map that has it; of repeated keys the last counts, as in
    /// JavaScript.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let Self::Map(entries) = self else {
            return None;
        };
        entries.iter().rev().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, if this is an array.
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Self::Array(elements) => Some(elements),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(text.into())
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) if value.unsigned_abs() > MAX_SAFE as u64 => {
                serializer.serialize_f64(*value as f64)
            }
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Str(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Self::Array(elements) => serializer.collect_seq(elements),
            Self::Map(entries) => serializer.collect_map(entries.iter().map(|(k, v)| (k, v))),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or(Value::Float(value as f64), Value::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Str(text.into()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Str(text))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Value, E> {
        Ok(Value::Bytes(bytes.into()))
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Value, E> {
        Ok(Value::Bytes(bytes))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = access.next_element()? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Value::Map(entries))
    }
}

impl serde::ser::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Data(message.to_string())
    }
}

impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Data(message.to_string())
    }

    // Without these, serde writes out what it expected: kilobytes of code for texts that nobody
    // reads.

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::Shape
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::Shape
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self::Shape
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::Variant
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self::Shape
    }

    fn missing_field(_: &'static str) -> Self {
        Self::Shape
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self::Shape
    }
}
