//! Writing: the primitives, and serde's data model on top of them.

use serde::{Serialize, Serializer, ser};

use super::{Error, MAX_SAFE, Value};
use crate::wire::limits;

/// Writes `value`: structs as maps, tuples as arrays, unit variants as texts, none as null.
///
/// Fails if it is larger than [`limits::MESSAGE`], if an integer is beyond ±2^53, or if a map has
/// keys that are not texts. Numbers that are not finite become null.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Error> {
    let mut encoder = Encoder::default();
    value.serialize(&mut encoder)?;
    if encoder.out.len() > limits::MESSAGE {
        return Err(Error::TooLarge);
    }
    Ok(encoder.out)
}

/// Writes a number behind what `out` holds already, as [`to_vec`] would; `false` if it cannot.
pub(crate) fn append(out: &mut Vec<u8>, number: u64) -> bool {
    let mut encoder = Encoder { out: core::mem::take(out) };
    let done = number.serialize(&mut encoder).is_ok();
    *out = encoder.out;
    done
}

#[derive(Default)]
pub(super) struct Encoder {
    pub(super) out: Vec<u8>,
}

/// What has a length: the mark that holds a length up to 15, and the mark before a 16-bit length,
/// which the one before a 32-bit length follows.
#[derive(Clone, Copy)]
struct Kind {
    short: u8,
    long: u8,
}

const MAP: Kind = Kind { short: 0x80, long: 0xde };
const ARRAY: Kind = Kind { short: 0x90, long: 0xdc };
const BYTES: Kind = Kind { short: 0xa0, long: 0xda };
const STR: Kind = Kind { short: 0xb0, long: 0xd8 };

impl Encoder {
    pub(super) fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.null(),
            Value::Bool(value) => self.bool(*value),
            Value::Int(value) => self.int(*value),
            Value::Float(value) => self.float(*value),
            Value::Str(text) => self.str(text),
            Value::Bytes(bytes) => self.bytes(bytes),
            Value::Array(elements) => {
                self.head(ARRAY, elements.len());
                elements.iter().for_each(|element| self.value(element));
            }
            Value::Map(entries) => {
                self.head(MAP, entries.len());
                for (key, value) in entries {
                    self.str(key);
                    self.value(value);
                }
            }
        }
    }

    fn null(&mut self) {
        self.out.push(0xc0);
    }

    fn bool(&mut self, value: bool) {
        self.out.push(0xc2 + u8::from(value));
    }

    /// PeerJS's order of choice, except that what it would not read back travels as a double.
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

    fn float(&mut self, value: f64) {
        if !value.is_finite() {
            self.null();
        } else if value.fract() == 0.0 && value.abs() <= MAX_SAFE as f64 {
            self.int(value as i64);
        } else {
            self.double(value);
        }
    }

    fn double(&mut self, value: f64) {
        self.out.push(0xcb);
        self.out.extend_from_slice(&value.to_be_bytes());
    }

    fn str(&mut self, text: &str) {
        self.head(STR, text.len());
        self.out.extend_from_slice(text.as_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.head(BYTES, bytes.len());
        self.out.extend_from_slice(bytes);
    }

    fn head(&mut self, kind: Kind, len: usize) {
        let (bytes, width) = head(kind, len);
        self.out.extend_from_slice(&bytes[..width]);
    }
}

/// The first bytes of something with a length, and how many of the five they are.
fn head(kind: Kind, len: usize) -> ([u8; 5], usize) {
    // Longer things do not fit in a message anyway.
    let [a, b, c, d] = u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes();
    match len {
        0..=15 => ([kind.short | d, 0, 0, 0, 0], 1),
        16..=0xffff => ([kind.long, c, d, 0, 0], 3),
        _ => ([kind.long + 1, a, b, c, d], 5),
    }
}

/// An array or a map in the making.
pub(super) struct Compound<'a> {
    encoder: &'a mut Encoder,
    kind: Kind,
    start: usize,
    declared: Option<usize>,
    count: usize,
}

impl<'a> Compound<'a> {
    fn new(encoder: &'a mut Encoder, kind: Kind, declared: Option<usize>) -> Self {
        let start = encoder.out.len();
        if let Some(len) = declared {
            encoder.head(kind, len);
        }
        Self { encoder, kind, start, declared, count: 0 }
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.count += 1;
        value.serialize(&mut *self.encoder)
    }

    fn field<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), Error> {
        self.encoder.str(key);
        self.element(value)
    }

    fn finish(self) -> Result<(), Error> {
        match self.declared {
            Some(len) if len == self.count => {}
            Some(_) => return Err(ser::Error::custom("a length was announced wrongly")),
            None => {
                let (bytes, width) = head(self.kind, self.count);
                let head = bytes.into_iter().take(width);
                self.encoder.out.splice(self.start..self.start, head);
            }
        }
        Ok(())
    }
}

impl<'a> Serializer for &'a mut Encoder {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Compound<'a>;
    type SerializeTuple = Compound<'a>;
    type SerializeTupleStruct = Compound<'a>;
    type SerializeTupleVariant = Compound<'a>;
    type SerializeMap = Compound<'a>;
    type SerializeStruct = Compound<'a>;
    type SerializeStructVariant = Compound<'a>;

    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        self.bool(value);
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), Error> {
        if value.unsigned_abs() > MAX_SAFE as u64 {
            return Err(Error::Integer);
        }
        self.int(value);
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), Error> {
        self.serialize_i64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<(), Error> {
        self.serialize_i64(i64::try_from(value).map_err(|_| Error::Integer)?)
    }

    fn serialize_f32(self, value: f32) -> Result<(), Error> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Error> {
        self.float(value);
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Result<(), Error> {
        self.str(text);
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Error> {
        self.bytes(bytes);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.null();
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.head(MAP, 1);
        self.str(variant);
        value.serialize(self)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Compound<'a>, Error> {
        Ok(Compound::new(self, ARRAY, len))
    }

    fn serialize_tuple(self, len: usize) -> Result<Compound<'a>, Error> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        len: usize,
    ) -> Result<Compound<'a>, Error> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Compound<'a>, Error> {
        self.head(MAP, 1);
        self.str(variant);
        self.serialize_seq(Some(len))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Compound<'a>, Error> {
        Ok(Compound::new(self, MAP, len))
    }

    fn serialize_struct(self, _name: &'static str, len: usize) -> Result<Compound<'a>, Error> {
        self.serialize_map(Some(len))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Compound<'a>, Error> {
        self.head(MAP, 1);
        self.str(variant);
        self.serialize_map(Some(len))
    }
}

impl ser::SerializeSeq for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl ser::SerializeTuple for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl ser::SerializeTupleStruct for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl ser::SerializeTupleVariant for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl ser::SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        let start = self.encoder.out.len();
        key.serialize(&mut *self.encoder)?;
        match self.encoder.out.get(start) {
            Some(0xb0..=0xbf | 0xd8 | 0xd9) => Ok(()),
            _ => Err(Error::Key),
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.element(value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl ser::SerializeStruct for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.field(key, value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}

impl ser::SerializeStructVariant for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.field(key, value)
    }

    fn end(self) -> Result<(), Error> {
        self.finish()
    }
}
