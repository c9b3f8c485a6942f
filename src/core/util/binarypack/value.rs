//! Values whose shape is not known before they are read.

use core::cell::Cell;
use core::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Budget, Error, from_slice, to_vec};

/// Anything that BinaryPack can say. Whatever format it is read from, the default [`Budget`]
/// bounds its depth and its number of values.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Null; JavaScript's undefined arrives as null too.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number. Beyond ±2^53 it is packed as the nearest double.
    Int(i64),
    /// A number with a fraction, or too large for [`Value::Int`]. Whole numbers up to ±2^53 are
    /// packed, and come back, as integers; what is not finite is packed as null.
    Float(f64),
    /// Text.
    Str(String),
    /// Raw bytes, in JavaScript an `ArrayBuffer`. JSON has none and gets null.
    Bytes(Vec<u8>),
    /// An array.
    Array(Vec<Value>),
    /// An object, its keys in the order of the wire.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// Reads one untrusted message within the default [`Budget`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        from_slice(bytes)
    }

    /// Packs the value; sizes are not checked.
    pub fn encode(&self) -> Vec<u8> {
        // Keys are texts, and nothing else can fail below the 4 GiB that a length can express.
        to_vec(self).unwrap_or_default()
    }

    /// The value of `key` if this is a map that has it; of repeated keys the last counts, as in
    /// JavaScript.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(entries) = self else {
            return None;
        };
        entries.iter().rev().find(|(k, _)| k == key).map(|(_, value)| value)
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
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Str(text)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Str(text) => serializer.serialize_str(text),
            Self::Bytes(_) if serializer.is_human_readable() => serializer.serialize_unit(),
            Self::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Self::Array(elements) => serializer.collect_seq(elements),
            Self::Map(entries) => {
                serializer.collect_map(entries.iter().map(|(key, value)| (key, value)))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let budget = Budget::default();
        let values = Cell::new(budget.values + 1);
        Reader { depth: budget.depth, values: &values }.deserialize(deserializer)
    }
}

/// Reads one value. BinaryPack's reader bounds depth and values itself; JSON's does not bound them
/// as we want it.
#[derive(Clone, Copy)]
struct Reader<'b> {
    /// How many more levels this value may have.
    depth: usize,
    /// How many more values there may be.
    values: &'b Cell<usize>,
}

impl Reader<'_> {
    fn count<E: serde::de::Error>(self) -> Result<(), E> {
        let left = self.values.get().checked_sub(1).ok_or_else(|| E::custom(Error::TooMany))?;
        self.values.set(left);
        Ok(())
    }

    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| E::custom(Error::TooDeep))?;
        Ok(Self { depth, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
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
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Value, E> {
        Ok(Value::Bytes(bytes.to_vec()))
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Value, E> {
        Ok(Value::Bytes(bytes))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        // BinaryPack's reader never announces more elements than bytes follow.
        let capacity = elements.size_hint().unwrap_or(0).min(self.values.get());
        let mut list = Vec::with_capacity(capacity);
        while let Some(element) = elements.next_element_seed(inner)? {
            list.push(element);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let capacity = members.size_hint().unwrap_or(0).min(self.values.get());
        let mut entries = Vec::with_capacity(capacity);
        while let Some(key) = members.next_key()? {
            self.count::<A::Error>()?;
            entries.push((key, members.next_value_seed(inner)?));
        }
        Ok(Value::Map(entries))
    }
}
