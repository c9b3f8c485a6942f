//! Reading untrusted bytes in one pass, which trusts no length.

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    DeserializeSeed, EnumAccess, Error as _, Expected, IgnoredAny, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};

use super::{Budget, Error, MAX_SAFE};

/// Reads one value after the other.
#[derive(Debug)]
pub struct Deserializer<'de> {
    input: &'de [u8],
    /// How many more levels arrays and maps may be nested.
    depth: usize,
    /// How many more values arrays and maps may announce.
    values: usize,
}

/// A value, or the head of one that has elements.
enum Token<'de> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(&'de str),
    Bytes(&'de [u8]),
    Array(usize),
    Map(usize),
}

impl<'de> Deserializer<'de> {
    /// Reads `input`, whose length is not checked against the budget.
    pub fn new(input: &'de [u8], budget: Budget) -> Self {
        Self { input, depth: budget.depth, values: budget.values }
    }

    /// Fails unless everything was read.
    pub fn end(&self) -> Result<(), Error> {
        if self.input.is_empty() { Ok(()) } else { Err(Error::Trailing) }
    }

    fn token(&mut self) -> Result<Token<'de>, Error> {
        let [mark] = self.take()?;
        let short = usize::from(mark & 15);
        Ok(match mark {
            0x00..=0x7f => Token::Int(mark.into()),
            0x80..=0x8f => self.map(short)?,
            0x90..=0x9f => self.array(short)?,
            0xa0..=0xaf => Token::Bytes(self.slice(short)?),
            0xb0..=0xbf => self.str(short)?,
            0xc0 | 0xc1 => Token::Null,
            0xc2 => Token::Bool(false),
            0xc3 => Token::Bool(true),
            0xca => number(f32::from_be_bytes(self.take()?).into())?,
            0xcb => number(f64::from_be_bytes(self.take()?))?,
            0xcc => Token::Int(u8::from_be_bytes(self.take()?).into()),
            0xcd => Token::Int(u16::from_be_bytes(self.take()?).into()),
            0xce => Token::Int(u32::from_be_bytes(self.take()?).into()),
            0xcf => {
                let value = u64::from_be_bytes(self.take()?);
                i64::try_from(value).map_or(Token::Float(value as f64), Token::Int)
            }
            0xd0 => Token::Int(i8::from_be_bytes(self.take()?).into()),
            0xd1 => Token::Int(i16::from_be_bytes(self.take()?).into()),
            0xd2 => Token::Int(i32::from_be_bytes(self.take()?).into()),
            0xd3 => Token::Int(i64::from_be_bytes(self.take()?)),
            0xd8 | 0xd9 => {
                let len = self.length(mark)?;
                self.str(len)?
            }
            0xda | 0xdb => {
                let len = self.length(mark)?;
                Token::Bytes(self.slice(len)?)
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
            0xe0..=0xff => Token::Int(i8::from_be_bytes([mark]).into()),
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

    fn str(&mut self, len: usize) -> Result<Token<'de>, Error> {
        core::str::from_utf8(self.slice(len)?).map(Token::Str).map_err(|_| Error::Utf8)
    }

    fn array(&mut self, len: usize) -> Result<Token<'de>, Error> {
        self.announce(len)?;
        Ok(Token::Array(len))
    }

    fn map(&mut self, len: usize) -> Result<Token<'de>, Error> {
        self.announce(len.checked_mul(2).ok_or(Error::Truncated)?)?;
        Ok(Token::Map(len))
    }

    /// Every value takes at least a byte.
    fn announce(&mut self, values: usize) -> Result<(), Error> {
        if values > self.input.len() {
            return Err(Error::Truncated);
        }
        self.values = self.values.checked_sub(values).ok_or(Error::TooMany)?;
        Ok(())
    }

    fn key(&mut self) -> Result<BorrowedStrDeserializer<'de, Error>, Error> {
        match self.token()? {
            Token::Str(key) => Ok(BorrowedStrDeserializer::new(key)),
            _ => Err(Error::Key),
        }
    }

    /// Enters an array or a map; [`leave`](Self::leave) follows its last element.
    fn enter(&mut self) -> Result<(), Error> {
        self.depth = self.depth.checked_sub(1).ok_or(Error::TooDeep)?;
        Ok(())
    }

    fn leave(&mut self) {
        self.depth += 1;
    }

    fn array_of<V: Visitor<'de>>(&mut self, len: usize, visitor: V) -> Result<V::Value, Error> {
        let mut elements = Elements::of(self, len)?;
        let value = visitor.visit_seq(&mut elements)?;
        elements.end()?;
        Ok(value)
    }

    fn map_of<V: Visitor<'de>>(&mut self, len: usize, visitor: V) -> Result<V::Value, Error> {
        let mut elements = Elements::of(self, len)?;
        let value = visitor.visit_map(&mut elements)?;
        elements.end()?;
        Ok(value)
    }

    fn any<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        match self.token()? {
            Token::Null => visitor.visit_unit(),
            Token::Bool(value) => visitor.visit_bool(value),
            Token::Int(value) => visitor.visit_i64(value),
            Token::Float(value) => visitor.visit_f64(value),
            Token::Str(text) => visitor.visit_borrowed_str(text),
            Token::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Token::Array(len) => self.array_of(len, visitor),
            Token::Map(len) => self.map_of(len, visitor),
        }
    }

    fn boolean<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        match self.token()? {
            Token::Bool(value) => visitor.visit_bool(value),
            token => Err(token.mismatch(&visitor)),
        }
    }

    /// A typed integer. One that JavaScript would read as another number is refused, because it
    /// could not be passed on.
    fn integer<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        match self.token()? {
            Token::Int(int) if int.unsigned_abs() <= MAX_SAFE.unsigned_abs() => {
                visitor.visit_i64(int)
            }
            token => Err(token.mismatch(&visitor)),
        }
    }

    /// Bytes are never a text.
    fn text<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        match self.token()? {
            Token::Str(text) => visitor.visit_borrowed_str(text),
            token => Err(token.mismatch(&visitor)),
        }
    }

    /// A text is never bytes.
    fn bytes<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        match self.token()? {
            Token::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            token => Err(token.mismatch(&visitor)),
        }
    }

    fn list<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        match self.token()? {
            Token::Array(len) => self.array_of(len, visitor),
            token => Err(token.mismatch(&visitor)),
        }
    }

    fn members<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        match self.token()? {
            Token::Map(len) => self.map_of(len, visitor),
            token => Err(token.mismatch(&visitor)),
        }
    }
}

impl Token<'_> {
    fn mismatch(&self, expected: &dyn Expected) -> Error {
        let found = match *self {
            Self::Null => Unexpected::Unit,
            Self::Bool(value) => Unexpected::Bool(value),
            Self::Int(value) => Unexpected::Signed(value),
            Self::Float(value) => Unexpected::Float(value),
            // Not the content, which may be long.
            Self::Str(_) => Unexpected::Other("a text"),
            Self::Bytes(_) => Unexpected::Other("bytes"),
            Self::Array(_) => Unexpected::Seq,
            Self::Map(_) => Unexpected::Map,
        };
        Error::invalid_type(found, expected)
    }
}

/// JavaScript does not tell 1.0 from 1, so neither does what is read.
fn number(value: f64) -> Result<Token<'static>, Error> {
    if !value.is_finite() {
        return Err(Error::NotFinite);
    }
    Ok(whole(value).map_or(Token::Float(value), Token::Int))
}

/// The integer that a double is, if it is one.
pub(super) fn whole(value: f64) -> Option<i64> {
    (value.fract() == 0.0 && value.abs() <= MAX_SAFE as f64).then_some(value as i64)
}

/// Serde's methods for the types that are read alike. Each refuses other tokens itself, so that a
/// type's visitor is compiled for its own tokens only.
macro_rules! read {
    ($($read:ident: $($method:ident)*;)*) => {$($(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.$read(visitor)
        }
    )*)*};
}

impl<'de> serde::Deserializer<'de> for &mut Deserializer<'de> {
    type Error = Error;

    fn is_human_readable(&self) -> bool {
        false
    }

    read! {
        any: deserialize_any;
        boolean: deserialize_bool;
        integer: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
            deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64;
        text: deserialize_char deserialize_str deserialize_string deserialize_identifier;
        bytes: deserialize_bytes deserialize_byte_buf;
        list: deserialize_seq;
        members: deserialize_map;
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.input {
            [0xc0 | 0xc1, rest @ ..] => {
                self.input = rest;
                visitor.visit_none()
            }
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    /// A struct is always a map, never an array.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.members(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.token()? {
            Token::Str(name) => visitor.visit_enum(BorrowedStrDeserializer::new(name)),
            Token::Map(1) => {
                self.enter()?;
                let value = visitor.visit_enum(Variant(self))?;
                self.leave();
                Ok(value)
            }
            token => Err(token.mismatch(&visitor)),
        }
    }

    forward_to_deserialize_any! {
        f32 f64 unit unit_struct tuple tuple_struct ignored_any
    }
}

/// The rest of an array or a map.
struct Elements<'d, 'de> {
    deserializer: &'d mut Deserializer<'de>,
    left: usize,
}

impl<'d, 'de> Elements<'d, 'de> {
    fn of(deserializer: &'d mut Deserializer<'de>, len: usize) -> Result<Self, Error> {
        deserializer.enter()?;
        Ok(Self { deserializer, left: len })
    }

    /// Whether there is another element, which then counts as read.
    fn advance(&mut self) -> bool {
        let left = self.left.checked_sub(1);
        self.left = left.unwrap_or(0);
        left.is_some()
    }

    /// Fails if the visitor left something, since the bytes that follow would be misread.
    fn end(&mut self) -> Result<(), Error> {
        if self.left > 0 {
            return Err(Error::Shape("too many elements".to_owned()));
        }
        self.deserializer.leave();
        Ok(())
    }
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        if !self.advance() {
            return Ok(None);
        }
        seed.deserialize(&mut *self.deserializer).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> MapAccess<'de> for Elements<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        if !self.advance() {
            return Ok(None);
        }
        seed.deserialize(self.deserializer.key()?).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(&mut *self.deserializer)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

/// A variant with content: the only member of a map.
struct Variant<'d, 'de>(&'d mut Deserializer<'de>);

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let name = seed.deserialize(self.0.key()?)?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Error;

    /// Skips the content, which only a later version knows.
    fn unit_variant(self) -> Result<(), Error> {
        IgnoredAny::deserialize(self.0).map(|_| ())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        serde::Deserializer::deserialize_any(self.0, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        serde::Deserializer::deserialize_struct(self.0, "", fields, visitor)
    }
}
