//! JSON, as the signalling server and the browser's storage have it.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::codec::{Item, Sink, Wire};
use super::limits;
use super::value::Value;

/// Writes `value`. Bytes and fractions, of which none of our own texts has any, become null.
pub fn text(value: &impl Wire) -> String {
    let mut writer = Writer::default();
    value.write(&mut writer);
    writer.out
}

/// Reads untrusted text of any length into a type; `None` if it is not JSON or of another shape.
pub fn read<T: Wire>(text: &str) -> Option<T> {
    T::read(&mut parse(text)?)
}

/// Reads untrusted text, nested at most [`limits::DEPTH`] deep, with at most [`limits::VALUES`]
/// values. Fractions are right to fifteen digits or so.
pub fn parse(text: &str) -> Option<Value<'_>> {
    let mut parser = Parser::new(text);
    let value = parser.value(limits::DEPTH)?;
    parser.end()?;
    Some(value)
}

/// Reads a text that is one string.
pub fn string(text: &str) -> Option<Cow<'_, str>> {
    match parse(text)? {
        Value::Str(text) => Some(text),
        _ => None,
    }
}

/// The members of an object, the values as they are written, within the limits of [`parse`].
pub fn members(text: &str) -> Option<Vec<(Cow<'_, str>, &str)>> {
    let mut parser = Parser::new(text);
    let mut members = Vec::new();
    parser.list(b'{', b'}', |parser| {
        let key = parser.key()?;
        parser.space();
        let start = parser.at;
        parser.value(limits::DEPTH - 1)?;
        members.push((key, text.get(start..parser.at)?));
        Some(())
    })?;
    parser.end()?;
    Some(members)
}

impl Value<'_> {
    /// Writes the value as [`text`] does.
    pub fn to_json(&self) -> String {
        let mut writer = Writer::default();
        self.write(&mut writer);
        writer.out
    }
}

/// Writes a text with quotes and escapes behind what `out` holds already.
pub fn quote(out: &mut String, text: &str) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => {
                out.push('\\');
                out.push(char);
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\x1f' => {
                // Strings take everything.
                let _ = write!(out, "\\u{:04x}", u32::from(char));
            }
            _ => out.push(char),
        }
    }
    out.push('"');
}

#[derive(Default)]
struct Writer {
    out: String,
    /// How many items each open array or map still wants, and what closes it.
    open: Vec<(usize, char)>,
}

impl Sink for Writer {
    fn put(&mut self, item: Item<'_>) {
        match item {
            Item::Null | Item::Bytes(_) | Item::Float(_) => self.out.push_str("null"),
            Item::Bool(value) => self.out.push_str(if value { "true" } else { "false" }),
            Item::Int(value) => {
                let _ = write!(self.out, "{value}");
            }
            Item::Str(text) => quote(&mut self.out, text),
            Item::Array(0) => self.out.push_str("[]"),
            Item::Map(0) => self.out.push_str("{}"),
            Item::Array(len) => return self.begin('[', len, ']'),
            Item::Map(len) => return self.begin('{', 2 * len, '}'),
        }
        while let Some((left, end)) = self.open.last_mut() {
            *left -= 1;
            if *left > 0 {
                let after_key = *end == '}' && *left % 2 == 1;
                return self.out.push(if after_key { ':' } else { ',' });
            }
            self.out.push(*end);
            self.open.pop();
        }
    }
}

impl Writer {
    fn begin(&mut self, start: char, items: usize, end: char) {
        self.out.push(start);
        self.open.push((items, end));
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// How many more values there may be.
    values: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0, values: limits::VALUES }
    }

    /// Reads a value that may go so much deeper.
    fn value(&mut self, depth: usize) -> Option<Value<'a>> {
        self.values = self.values.checked_sub(1)?;
        self.space();
        Some(match self.peek()? {
            b'{' => {
                let depth = depth.checked_sub(1)?;
                let mut entries = Vec::new();
                self.list(b'{', b'}', |parser| {
                    entries.push((parser.key()?, parser.value(depth)?));
                    Some(())
                })?;
                Value::Map(entries)
            }
            b'[' => {
                let depth = depth.checked_sub(1)?;
                let mut elements = Vec::new();
                self.list(b'[', b']', |parser| {
                    elements.push(parser.value(depth)?);
                    Some(())
                })?;
                Value::Array(elements)
            }
            b'"' => Value::Str(self.string()?),
            b't' => self.word("true", Value::Bool(true))?,
            b'f' => self.word("false", Value::Bool(false))?,
            b'n' => self.word("null", Value::Null)?,
            _ => self.number()?,
        })
    }

    /// Reads what stands between `start` and `end`, with commas between.
    fn list(
        &mut self,
        start: u8,
        end: u8,
        mut element: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.expect(start)?;
        if self.skip(end) {
            return Some(());
        }
        loop {
            element(self)?;
            if self.skip(end) {
                return Some(());
            }
            self.expect(b',')?;
        }
    }

    fn key(&mut self) -> Option<Cow<'a, str>> {
        self.space();
        let key = self.string()?;
        self.expect(b':')?;
        Some(key)
    }

    fn string(&mut self) -> Option<Cow<'a, str>> {
        if self.next()? != b'"' {
            return None;
        }
        let mut text = Cow::Borrowed("");
        loop {
            let start = self.at;
            while !matches!(self.peek()?, b'"' | b'\\' | 0..=0x1f) {
                self.at += 1;
            }
            // All of these are ASCII, so no character is cut.
            let plain = self.text.get(start..self.at)?;
            if text.is_empty() {
                text = Cow::Borrowed(plain);
            } else {
                text.to_mut().push_str(plain);
            }
            match self.next()? {
                b'"' => return Some(text),
                b'\\' => {
                    let char = self.escape()?;
                    text.to_mut().push(char);
                }
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        Some(match self.next()? {
            byte @ (b'"' | b'\\' | b'/') => byte.into(),
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.hex()?;
                let code = match unit {
                    // A character beyond 16 bits is a pair; half of one is none.
                    0xd800..=0xdbff => {
                        if self.next()? != b'\\' || self.next()? != b'u' {
                            return None;
                        }
                        let low = self.hex()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                        0x1_0000 + ((unit - 0xd800) << 10) + low
                    }
                    unit => unit,
                };
                char::from_u32(code)?
            }
            _ => return None,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        (0..4).try_fold(0, |code, _| Some(code << 4 | char::from(self.next()?).to_digit(16)?))
    }

    fn number(&mut self) -> Option<Value<'a>> {
        let negative = self.eat(b'-');
        let start = self.at;
        let mut digits = 0_u64;
        // Of a long number the last digits do not matter, but how many they are.
        let mut exponent = self.digits(&mut digits)?;
        if self.at - start > 1 && self.text.as_bytes().get(start) == Some(&b'0') {
            return None;
        }
        let mut whole = exponent == 0;
        if self.eat(b'.') {
            whole = false;
            let start = self.at;
            exponent = exponent.checked_add(self.digits(&mut digits)?)?;
            exponent = exponent.checked_sub(i32::try_from(self.at - start).ok()?)?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            whole = false;
            let down = self.eat(b'-');
            let _ = !down && self.eat(b'+');
            let mut power = 0;
            let lost = self.digits(&mut power)?;
            let power = i32::try_from(power).ok().filter(|_| lost == 0).unwrap_or(i32::MAX / 2);
            exponent = exponent.saturating_add(if down { -power } else { power });
        }
        let int = i64::try_from(digits).ok().filter(|_| whole);
        if let Some(int) = int {
            return Some(Value::Int(if negative { -int } else { int }));
        }
        let mut float = digits as f64;
        // In steps, since 10^400 is not finite but 10^400 divided by 10^100 is.
        while exponent != 0 && float != 0.0 && float.is_finite() {
            let step = exponent.clamp(-300, 300);
            float *= 10_f64.powi(step);
            exponent -= step;
        }
        float.is_finite().then_some(Value::Float(if negative { -float } else { float }))
    }

    /// Reads at least one digit onto `number`; returns how many did not fit.
    fn digits(&mut self, number: &mut u64) -> Option<i32> {
        let (start, mut lost) = (self.at, 0);
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            self.at += 1;
            let longer = number.checked_mul(10).and_then(|n| n.checked_add((digit - b'0').into()));
            match longer {
                Some(longer) if lost == 0 => *number = longer,
                _ => lost += 1,
            }
        }
        (self.at > start).then_some(lost)
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Option<Value<'a>> {
        let rest = self.text.as_bytes().get(self.at..)?;
        self.at += word.len();
        rest.starts_with(word.as_bytes()).then_some(value)
    }

    fn end(&mut self) -> Option<()> {
        self.space();
        (self.at == self.text.len()).then_some(())
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.skip(byte).then_some(())
    }

    /// Skips spaces, and `byte` if it follows; says whether it did.
    fn skip(&mut self, byte: u8) -> bool {
        self.space();
        self.eat(byte)
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}
