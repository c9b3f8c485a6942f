//! Reading: one pass over the bytes, which trusts no length and borrows texts and bytes.

use serde::de::{
    DeserializeOwned, DeserializeSeed, EnumAccess, Error as _, IntoDeserializer, MapAccess,
    SeqAccess, VariantAccess, Visitor,
};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};

use super::{Error, MAX_SAFE};
use crate::wire::limits;

/// Reads one message of at most [`limits::MESSAGE`] bytes, nested at most [`limits::DEPTH`] deep,
/// with at most [`limits::VALUES`] values. The work and the memory are bounded by its real size,
/// whatever lengths it declares.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    if bytes.len() > limits::MESSAGE {
        return Err(Error::TooLarge);
    }
    let mut decoder = Decoder { input: bytes, depth: limits::DEPTH, values: limits::VALUES };
    let value = T::deserialize(&mut decoder)?;
    if !decoder.input.is_empty() {
        return Err(Error::Trailing);
    }
    Ok(value)
}

struct Decoder<'de> {
    input: &'de [u8],
    /// How much deeper it may go.
    depth: usize,
    /// How many more values arrays and maps may announce.
    values: usize,
}

/// A value, or the beginning of one that has elements.
enum Item<'de> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Str(&'de str),
    Bytes(&'de [u8]),
    Array(usize),
    Map(usize),
}

impl<'de> Decoder<'de> {
    fn item(&mut self) -> Result<Item<'de>, Error> {
        let [mark] = self.take()?;
        let short = usize::from(mark & 15);
        Ok(match mark {
            0x00..=0x7f => Item::Int(mark.into()),
            0x80..=0x8f => self.map(short)?,
            0x90..=0x9f => self.array(short)?,
            0xa0..=0xaf => Item::Bytes(self.slice(short)?),
            0xb0..=0xbf => self.str(short)?,
            0xc0 | 0xc1 => Item::Null,
            0xc2 => Item::Bool(false),
            0xc3 => Item::Bool(true),
            0xca => number(f32::from_be_bytes(self.take()?).into())?,
            0xcb => number(f64::from_be_bytes(self.take()?))?,
            0xcc => Item::Int(u8::from_be_bytes(self.take()?).into()),
            0xcd => Item::Int(u16::from_be_bytes(self.take()?).into()),
            0xce => Item::Int(u32::from_be_bytes(self.take()?).into()),
            0xcf => Item::Uint(u64::from_be_bytes(self.take()?)),
            0xd0 => Item::Int(i8::from_be_bytes(self.take()?).into()),
            0xd1 => Item::Int(i16::from_be_bytes(self.take()?).into()),
            0xd2 => Item::Int(i32::from_be_bytes(self.take()?).into()),
            0xd3 => Item::Int(i64::from_be_bytes(self.take()?)),
            0xd8 | 0xd9 => {
                let len = self.length(mark)?;
                self.str(len)?
            }
            0xda | 0xdb => {
                let len = self.length(mark)?;
                Item::Bytes(self.slice(len)?)
            }
            0xdc | 0xdd => {
                let len = self.length(mark)?;
                self.array(len)?
            }
            0xde | 0xdf => {
                let len = self.length(mark)?;
                self.map(len)?
            }
            0xc4..=0xc9 | 0xd4..=0xd7 => return Err(Error::Mark(mark)),
            0xe0..=0xff => Item::Int(i8::from_be_bytes([mark]).into()),
        })
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (bytes, rest) = self.input.split_first_chunk().ok_or(Error::Truncated)?;
        self.input = rest;
        Ok(*bytes)
    }

    fn slice(&mut self, len: usize) -> Result<&'de [u8], Error> {
        let (bytes, rest) = self.input.split_at_checked(len).ok_or(Error::Truncated)?;
        self.input = rest;
        Ok(bytes)
    }

    /// The length after a mark that announces 16 bits if it is even, 32 if it is odd.
    fn length(&mut self, mark: u8) -> Result<usize, Error> {
        if mark & 1 == 0 {
            return Ok(u16::from_be_bytes(self.take()?).into());
        }
        let len = u32::from_be_bytes(self.take()?);
        usize::try_from(len).map_err(|_| Error::Truncated)
    }

    fn str(&mut self, len: usize) -> Result<Item<'de>, Error> {
        let text = core::str::from_utf8(self.slice(len)?).map_err(|_| Error::Utf8)?;
        Ok(Item::Str(text))
    }

    fn array(&mut self, len: usize) -> Result<Item<'de>, Error> {
        self.announce(len)?;
        Ok(Item::Array(len))
    }

    fn map(&mut self, len: usize) -> Result<Item<'de>, Error> {
        self.announce(len.checked_mul(2).ok_or(Error::Truncated)?)?;
        Ok(Item::Map(len))
    }

    /// Every value takes at least a byte.
    fn announce(&mut self, values: usize) -> Result<(), Error> {
        if values > self.input.len() {
            return Err(Error::Truncated);
        }
        self.values = self.values.checked_sub(values).ok_or(Error::TooMany)?;
        Ok(())
    }

    fn visit<V: Visitor<'de>>(&mut self, item: Item<'de>, visitor: V) -> Result<V::Value, Error> {
        match item {
            Item::Null => visitor.visit_unit(),
            Item::Bool(value) => visitor.visit_bool(value),
            Item::Int(value) => visitor.visit_i64(value),
            Item::Uint(value) => visitor.visit_u64(value),
            Item::Float(value) => visitor.visit_f64(value),
            Item::Str(text) => visitor.visit_borrowed_str(text),
            Item::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Item::Array(left) => self.nested(left, |elements| visitor.visit_seq(elements)),
            Item::Map(left) => self.nested(left, |elements| visitor.visit_map(elements)),
        }
    }

    fn nested<T>(
        &mut self,
        left: usize,
        visit: impl FnOnce(&mut Elements<'_, 'de>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.depth = self.depth.checked_sub(1).ok_or(Error::TooDeep)?;
        let mut elements = Elements { decoder: self, left };
        let value = visit(&mut elements)?;
        let left = elements.left;
        self.depth += 1;
        if left > 0 {
            return Err(Error::custom("an array or map has more elements than wanted"));
        }
        Ok(value)
    }
}

/// JavaScript does not tell 1.0 from 1, so neither does what is read.
fn number(value: f64) -> Result<Item<'static>, Error> {
    if !value.is_finite() {
        return Err(Error::NotFinite);
    }
    if value.fract() == 0.0 && value.abs() <= MAX_SAFE as f64 {
        return Ok(Item::Int(value as i64));
    }
    Ok(Item::Float(value))
}

impl<'de> Deserializer<'de> for &mut Decoder<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let item = self.item()?;
        self.visit(item, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if let [0xc0 | 0xc1, rest @ ..] = self.input {
            self.input = rest;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.item()? {
            Item::Str(variant) => visitor.visit_enum(variant.into_deserializer()),
            Item::Map(1) => self.nested(1, |elements| visitor.visit_enum(elements)),
            _ => Err(Error::custom("a variant is a text or a map with one key")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// What is left of an array or a map.
struct Elements<'a, 'de> {
    decoder: &'a mut Decoder<'de>,
    left: usize,
}

impl<'de> SeqAccess<'de> for &mut Elements<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(&mut *self.decoder).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> MapAccess<'de> for &mut Elements<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let Item::Str(key) = self.decoder.item()? else {
            return Err(Error::Key);
        };
        seed.deserialize(serde::de::value::BorrowedStrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(&mut *self.decoder)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> EnumAccess<'de> for &mut Elements<'_, 'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let mut access = self;
        match MapAccess::next_key_seed(&mut access, seed)? {
            Some(variant) => Ok((variant, access)),
            None => Err(Error::Truncated),
        }
    }
}

impl<'de> VariantAccess<'de> for &mut Elements<'_, 'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Deserialize::deserialize(&mut *self.decoder)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(&mut *self.decoder)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Error> {
        self.decoder.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.decoder.deserialize_any(visitor)
    }
}
