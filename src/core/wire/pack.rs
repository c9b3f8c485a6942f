//! BinaryPack, the encoding of PeerJS's data channels: MessagePack with other marks for text and
//! bytes, and JavaScript's idea of numbers.
//!
//! A whole number is an integer whatever its type was, so `1.0` arrives as `1`; integers that
//! JavaScript would not read back exactly travel as doubles; numbers that are not finite are
//! written as null and never read.

use super::codec::{Item, Sink, Wire};
use super::limits;
use super::value::{MAX_SAFE, Value};

/// Why bytes are not a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The input is shorter than it says.
    #[error("the message ends too early")]
    Truncated,
    /// The input is longer than one value.
    #[error("bytes follow the end of the message")]
    Trailing,
    /// Longer than [`limits::MESSAGE`].
    #[error("the message is too large")]
    TooLarge,
    /// More than [`limits::VALUES`] values.
    #[error("the message has too many values")]
    TooMany,
    /// Nested deeper than [`limits::DEPTH`].
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
    /// A value is of another type than is wanted, or a member is missing.
    #[error("the message is not of the expected shape")]
    Shape,
}

/// Writes one message; sizes are not checked.
pub fn bytes(value: &impl Wire) -> Vec<u8> {
    let mut packer = Packer::default();
    value.write(&mut packer);
    packer.out
}

/// Reads one message into its type, within the limits of [`Value::decode`].
pub fn read<T: Wire>(bytes: &[u8]) -> Result<T, Error> {
    T::read(&mut Value::decode(bytes)?).ok_or(Error::Shape)
}

impl<'a> Value<'a> {
    /// Reads one message of at most [`limits::MESSAGE`] bytes, nested at most [`limits::DEPTH`]
    /// deep, with at most [`limits::VALUES`] values. The work and the memory are bounded by its
    /// real size, whatever lengths it declares.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, Error> {
        if bytes.len() > limits::MESSAGE {
            return Err(Error::TooLarge);
        }
        let mut unpacker = Unpacker { input: bytes, values: limits::VALUES };
        let value = unpacker.value(limits::DEPTH)?;
        if !unpacker.input.is_empty() {
            return Err(Error::Trailing);
        }
        Ok(value)
    }

    /// Writes one message; sizes are not checked.
    pub fn encode(&self) -> Vec<u8> {
        let mut packer = Packer::default();
        self.write(&mut packer);
        packer.out
    }
}

/// Writes a number behind what `out` holds already.
pub(crate) fn append(out: &mut Vec<u8>, number: u64) {
    let mut packer = Packer { out: core::mem::take(out) };
    number.write(&mut packer);
    *out = packer.out;
}

/// Reads bytes that are one number and nothing else.
pub(crate) fn number(bytes: &[u8]) -> Option<u64> {
    let mut unpacker = Unpacker { input: bytes, values: 0 };
    match unpacker.item() {
        Ok(Item::Int(int)) if unpacker.input.is_empty() => u64::read(&mut Value::Int(int)),
        _ => None,
    }
}

#[derive(Default)]
struct Packer {
    out: Vec<u8>,
}

impl Sink for Packer {
    fn put(&mut self, item: Item<'_>) {
        match item {
            Item::Null => self.out.push(0xc0),
            Item::Bool(value) => self.out.push(0xc2 + u8::from(value)),
            Item::Int(value) => self.int(value),
            Item::Float(value) => self.float(value),
            Item::Str(text) => self.sized(0xb0, 0xd8, text.as_bytes()),
            Item::Bytes(bytes) => self.sized(0xa0, 0xda, bytes),
            Item::Array(len) => self.head(0x90, 0xdc, len),
            Item::Map(len) => self.head(0x80, 0xde, len),
        }
    }
}

impl Packer {
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
            self.put(Item::Null);
        } else if is_whole(value) {
            self.int(value as i64);
        } else {
            self.double(value);
        }
    }

    fn double(&mut self, value: f64) {
        self.out.push(0xcb);
        self.out.extend_from_slice(&value.to_be_bytes());
    }

    fn sized(&mut self, short: u8, long: u8, bytes: &[u8]) {
        self.head(short, long, bytes.len());
        self.out.extend_from_slice(bytes);
    }

    /// What has a length: `short` is the mark that holds one up to 15, `long` the mark before a
    /// 16-bit length, which the one before a 32-bit length follows.
    fn head(&mut self, short: u8, long: u8, len: usize) {
        // Longer things do not fit in a message anyway.
        let [a, b, c, d] = u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes();
        match len {
            0..=15 => self.out.push(short | d),
            16..=0xffff => self.out.extend_from_slice(&[long, c, d]),
            _ => self.out.extend_from_slice(&[long + 1, a, b, c, d]),
        }
    }
}

/// One pass over the bytes, which trusts no length and borrows texts and bytes.
struct Unpacker<'a> {
    input: &'a [u8],
    /// How many more values arrays and maps may announce.
    values: usize,
}

impl<'a> Unpacker<'a> {
    /// Reads a value that may go so much deeper.
    fn value(&mut self, depth: usize) -> Result<Value<'a>, Error> {
        let inner = depth.checked_sub(1).ok_or(Error::TooDeep);
        Ok(match self.item()? {
            Item::Null => Value::Null,
            Item::Bool(value) => Value::Bool(value),
            Item::Int(value) => Value::Int(value),
            Item::Float(value) => Value::Float(value),
            Item::Str(text) => text.into(),
            Item::Bytes(bytes) => Value::Bytes(bytes.into()),
            Item::Array(len) => {
                let inner = inner?;
                let mut elements = Vec::with_capacity(len);
                for _ in 0..len {
                    elements.push(self.value(inner)?);
                }
                Value::Array(elements)
            }
            Item::Map(len) => {
                let inner = inner?;
                let mut entries = Vec::with_capacity(len);
                for _ in 0..len {
                    let Item::Str(key) = self.item()? else {
                        return Err(Error::Key);
                    };
                    entries.push((key.into(), self.value(inner)?));
                }
                Value::Map(entries)
            }
        })
    }

    fn item(&mut self) -> Result<Item<'a>, Error> {
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
            0xca => number_of(f32::from_be_bytes(self.take()?).into())?,
            0xcb => number_of(f64::from_be_bytes(self.take()?))?,
            0xcc => Item::Int(u8::from_be_bytes(self.take()?).into()),
            0xcd => Item::Int(u16::from_be_bytes(self.take()?).into()),
            0xce => Item::Int(u32::from_be_bytes(self.take()?).into()),
            0xcf => {
                let value = u64::from_be_bytes(self.take()?);
                i64::try_from(value).map_or(Item::Float(value as f64), Item::Int)
            }
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

    fn slice(&mut self, len: usize) -> Result<&'a [u8], Error> {
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

    fn str(&mut self, len: usize) -> Result<Item<'a>, Error> {
        let text = core::str::from_utf8(self.slice(len)?).map_err(|_| Error::Utf8)?;
        Ok(Item::Str(text))
    }

    fn array(&mut self, len: usize) -> Result<Item<'a>, Error> {
        self.announce(len)?;
        Ok(Item::Array(len))
    }

    fn map(&mut self, len: usize) -> Result<Item<'a>, Error> {
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
}

/// JavaScript does not tell 1.0 from 1, so neither does what is read.
fn number_of(value: f64) -> Result<Item<'static>, Error> {
    if !value.is_finite() {
        return Err(Error::NotFinite);
    }
    Ok(if is_whole(value) { Item::Int(value as i64) } else { Item::Float(value) })
}

fn is_whole(value: f64) -> bool {
    value.fract() == 0.0 && value.abs() <= MAX_SAFE as f64
}
