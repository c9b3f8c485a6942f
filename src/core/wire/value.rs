//! Values whose shape is not known before they are read.

use std::borrow::Cow;

use super::codec::{Item, Sink, Wire};

/// The largest whole number up to which a double, and so JavaScript, tells all of them apart.
pub const MAX_SAFE: i64 = 1 << 53;

/// Anything that BinaryPack or JSON can say. Texts and bytes are borrowed where that is possible.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Null; JavaScript's undefined arrives as null too.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number. Beyond ±2^53 it is packed as the nearest double.
    Int(i64),
    /// A number with a fraction, or too large for [`Value::Int`]. Whole numbers up to ±2^53 are
    /// packed, and come back, as integers; what is not finite is packed as null.
    Float(f64),
    /// Text.
    Str(Cow<'a, str>),
    /// Raw bytes, in JavaScript an `ArrayBuffer`.
    Bytes(Cow<'a, [u8]>),
    /// An array.
    Array(Vec<Value<'a>>),
    /// An object, its keys in the order of the wire.
    Map(Vec<(Cow<'a, str>, Value<'a>)>),
}

impl<'a> Value<'a> {
    /// The value of `key` if this is a map that has it; of repeated keys the last counts, as in
    /// JavaScript.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(entries) = self else {
            return None;
        };
        entries.iter().rev().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    /// As [`get`](Self::get), to take something out of it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        let Self::Map(entries) = self else {
            return None;
        };
        entries.iter_mut().rev().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    /// Takes the member `key` out of a map; `None` if it is missing or of another type.
    pub fn member<T: Wire>(&mut self, key: &str) -> Option<T> {
        match self.get_mut(key) {
            Some(value) => T::read(value),
            None => T::missing(),
        }
    }

    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, if this is an array.
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// Writes the value, whatever it is.
    pub fn write(&self, out: &mut dyn Sink) {
        match self {
            Self::Null => out.put(Item::Null),
            Self::Bool(value) => out.put(Item::Bool(*value)),
            Self::Int(value) => out.put(Item::Int(*value)),
            Self::Float(value) => out.put(Item::Float(*value)),
            Self::Str(text) => out.put(Item::Str(text)),
            Self::Bytes(bytes) => out.put(Item::Bytes(bytes)),
            Self::Array(elements) => {
                out.put(Item::Array(elements.len()));
                elements.iter().for_each(|element| element.write(out));
            }
            Self::Map(entries) => {
                out.put(Item::Map(entries.len()));
                for (key, value) in entries {
                    out.put(Item::Str(key));
                    value.write(out);
                }
            }
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Str(text.into())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Str(text.into())
    }
}
