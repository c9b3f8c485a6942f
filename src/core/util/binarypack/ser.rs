//! Writing.

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::{Error, MAX_SAFE};

/// Most messages are shorter.
const CAPACITY: usize = 128;

/// Packs values one after the other.
#[derive(Debug)]
pub struct Serializer {
    out: Vec<u8>,
}

/// The marks of what has a length: one that holds a length up to 15, and the one before a 16-bit
/// length, which the mark before a 32-bit length follows.
#[derive(Clone, Copy, Debug)]
struct Marks(u8, u8);

const MAP: Marks = Marks(0x80, 0xde);
const ARRAY: Marks = Marks(0x90, 0xdc);
const BYTES: Marks = Marks(0xa0, 0xda);
const TEXT: Marks = Marks(0xb0, 0xd8);

impl Default for Serializer {
    fn default() -> Self {
        Self { out: Vec::with_capacity(CAPACITY) }
    }
}

impl Serializer {
    /// What was packed.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// PeerJS's order of choice, except that what JavaScript would misread travels as a double.
    fn int(&mut self, value: i64) {
        let bytes = value.to_be_bytes();
        let (mark, width) = match value {
            -0x20..=0x7f => return self.out.push(bytes[7]),
            0x80..=0xff => (0xcc, 1),
            -0x80..-0x20 => (0xd0, 1),
            0x100..=0xffff => (0xcd, 2),
            -0x8000..-0x80 => (0xd1, 2),
            0x1_0000..=0xffff_ffff => (0xce, 4),
            -0x8000_0000..-0x8000 => (0xd2, 4),
            0x1_0000_0000..=MAX_SAFE => (0xd3, 8),
            _ => return self.double(value as f64),
        };
        self.out.push(mark);
        self.out.extend_from_slice(&bytes[8 - width..]);
    }

    fn double(&mut self, value: f64) {
        self.out.push(0xcb);
        self.out.extend_from_slice(&value.to_be_bytes());
    }

    fn sized(&mut self, marks: Marks, bytes: &[u8]) -> Result<(), Error> {
        self.head(marks, bytes.len())?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn head(&mut self, Marks(short, long): Marks, len: usize) -> Result<(), Error> {
        let [a, b, c, d] = u32::try_from(len).map_err(|_| Error::TooLarge)?.to_be_bytes();
        match len {
            0..=15 => self.out.push(short | d),
            16..=0xffff => self.out.extend_from_slice(&[long, c, d]),
            _ => self.out.extend_from_slice(&[long + 1, a, b, c, d]),
        }
        Ok(())
    }

    /// Begins a variant that has content.
    fn variant(&mut self, name: &str) -> Result<(), Error> {
        self.head(MAP, 1)?;
        self.sized(TEXT, name.as_bytes())
    }

    fn compound(&mut self, marks: Marks, len: Option<usize>) -> Result<Compound<'_>, Error> {
        let start = self.out.len();
        if let Some(len) = len {
            self.head(marks, len)?;
        }
        let unsized_at = len.is_none().then_some((start, marks));
        Ok(Compound { serializer: self, unsized_at, count: 0 })
    }
}

/// An array or a map whose elements follow.
#[derive(Debug)]
pub struct Compound<'a> {
    serializer: &'a mut Serializer,
    /// Where the head goes once the length is known, if it was not known at the start.
    unsized_at: Option<(usize, Marks)>,
    count: usize,
}

impl Compound<'_> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.count += 1;
        value.serialize(&mut *self.serializer)
    }

    fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        let start = self.serializer.out.len();
        key.serialize(&mut *self.serializer)?;
        match self.serializer.out.get(start) {
            Some(0xb0..=0xbf | 0xd8 | 0xd9) => Ok(()),
            _ => Err(Error::Key),
        }
    }

    fn finish(self) -> Result<(), Error> {
        if let Some((at, marks)) = self.unsized_at {
            let mut head = Serializer { out: Vec::new() };
            head.head(marks, self.count)?;
            self.serializer.out.splice(at..at, head.out);
        }
        Ok(())
    }
}

macro_rules! integers {
    ($($method:ident($type:ty))*) => {$(
        fn $method(self, value: $type) -> Result<(), Error> {
            self.serialize_i64(value.into())
        }
    )*};
}

impl<'a> serde::Serializer for &'a mut Serializer {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Compound<'a>;
    type SerializeTuple = Compound<'a>;
    type SerializeTupleStruct = Compound<'a>;
    type SerializeTupleVariant = Compound<'a>;
    type SerializeMap = Compound<'a>;
    type SerializeStruct = Compound<'a>;
    type SerializeStructVariant = Compound<'a>;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        self.out.push(0xc2 + u8::from(value));
        Ok(())
    }

    integers! {
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32)
    }

    fn serialize_i64(self, value: i64) -> Result<(), Error> {
        self.int(value);
        Ok(())
    }

    fn serialize_u64(self, value: u64) -> Result<(), Error> {
        match i64::try_from(value) {
            Ok(value) => self.int(value),
            Err(_) => self.double(value as f64),
        }
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), Error> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Error> {
        if !value.is_finite() {
            return self.serialize_unit();
        }
        match super::de::whole(value) {
            Some(int) => self.int(int),
            None => self.double(value),
        }
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Error> {
        self.sized(TEXT, value.as_bytes())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        self.sized(BYTES, value)
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.out.push(0xc0);
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.variant(variant)?;
        value.serialize(self)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Compound<'a>, Error> {
        self.compound(ARRAY, len)
    }

    fn serialize_tuple(self, len: usize) -> Result<Compound<'a>, Error> {
        self.compound(ARRAY, Some(len))
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Compound<'a>, Error> {
        self.compound(ARRAY, Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Compound<'a>, Error> {
        self.variant(variant)?;
        self.compound(ARRAY, Some(len))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Compound<'a>, Error> {
        self.compound(MAP, len)
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Compound<'a>, Error> {
        self.compound(MAP, Some(len))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Compound<'a>, Error> {
        self.variant(variant)?;
        self.compound(MAP, Some(len))
    }
}

macro_rules! arrays {
    ($($trait:ident $method:ident),*) => {$(
        impl $trait for Compound<'_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.element(value)
            }

            fn end(self) -> Result<(), Error> {
                self.finish()
            }
        }
    )*};
}

arrays!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);

macro_rules! structs {
    ($($trait:ident),*) => {$(
        impl $trait for Compound<'_> {
            type Ok = ();
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), Error> {
                self.serializer.sized(TEXT, key.as_bytes())?;
                self.element(value)
            }

            fn end(self) -> Result<(), Error> {
                self.finish()
            }
        }
    )*};
}

structs!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}
