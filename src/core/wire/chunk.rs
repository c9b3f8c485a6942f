//! PeerJS's way to send a message that is too large for one data-channel frame: slices of the
//! packed message, each in a map `{__peerData: id, n, data, total}`.

use std::collections::VecDeque;
use std::iter;

use super::pack;
use super::value::Value;
use crate::small::Map;
use crate::time::Time;
use crate::wire::limits;

const MARK: &str = "__peerData";
/// Ids of messages that are over; their late chunks are ignored.
const OVER: usize = 16;

/// The frames that carry `message`, a packed value: itself if it is at most [`limits::CHUNK`]
/// bytes long, otherwise its chunks. `id` tells the message from the others of its connection.
pub fn split(mut message: Vec<u8>, id: u32) -> impl Iterator<Item = Vec<u8>> {
    let total = message.len().div_ceil(limits::CHUNK);
    let mut n = 0;
    iter::from_fn(move || {
        if n == total.max(1) {
            return None;
        }
        let frame = if total <= 1 {
            core::mem::take(&mut message)
        } else {
            let rest = &message[n * limits::CHUNK..];
            chunk(id, n, &rest[..rest.len().min(limits::CHUNK)], total)
        };
        n += 1;
        Some(frame)
    })
}

fn chunk(id: u32, n: usize, data: &[u8], total: usize) -> Vec<u8> {
    Value::Map(vec![
        (MARK.into(), Value::Int(id.into())),
        ("n".into(), Value::Int(n as i64)),
        ("data".into(), Value::Bytes(data.into())),
        ("total".into(), Value::Int(total as i64)),
    ])
    .encode()
}

/// The frame that asks the other side to close the connection.
pub fn close() -> Vec<u8> {
    let reason = Value::Map(vec![("type".into(), "close".into())]);
    Value::Map(vec![(MARK.into(), reason)]).encode()
}

/// What one connection has received of messages that come in chunks.
#[derive(Debug, Default)]
pub struct Reassembler {
    assemblies: Map<i64, Assembly>,
    over: VecDeque<i64>,
}

#[derive(Debug)]
struct Assembly {
    since: Time,
    size: usize,
    /// How many parts there are yet to come.
    missing: usize,
    parts: Vec<Option<Vec<u8>>>,
}

/// What a frame completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// A packed message, not read yet.
    Message(Vec<u8>),
    /// The other side wants the connection closed.
    Close,
}

/// Why a frame was refused; a message that it belongs to is given up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The frame looks like a chunk but cannot be read.
    #[error("a chunk cannot be read: {0}")]
    Pack(#[from] pack::Error),
    /// A field is missing or of the wrong type.
    #[error("a chunk lacks its id, number, data or total")]
    Malformed,
    /// The total is zero or more than [`limits::CHUNKS`], or the number is not below it.
    #[error("a chunk's number or total is out of range")]
    OutOfRange,
    /// Chunks of one message do not agree on its total.
    #[error("the chunks of a message contradict each other")]
    Contradiction,
    /// The message is larger than [`limits::MESSAGE`].
    #[error("a chunked message is too large")]
    TooLarge,
    /// More than [`limits::REASSEMBLIES`] messages are incomplete.
    #[error("too many messages are incomplete at once")]
    TooMany,
}

impl Reassembler {
    /// Takes a data-channel frame at the moment `now`. Chunks may come in any order and more than
    /// once; messages that stay incomplete for [`limits::REASSEMBLY_TIME`] are given up.
    pub fn accept(&mut self, now: Time, frame: Vec<u8>) -> Result<Option<Received>, Error> {
        self.expire(now);
        if frame.len() > limits::MESSAGE {
            return Err(Error::TooLarge);
        }
        if !is_marked(&frame) {
            return Ok(Some(Received::Message(frame)));
        }
        let frame = Value::decode(&frame)?;
        let id = match frame.get(MARK) {
            Some(Value::Int(id)) => *id,
            Some(Value::Map(_)) if is_close(&frame) => return Ok(Some(Received::Close)),
            _ => return Err(Error::Malformed),
        };
        if self.over.contains(&id) {
            return Ok(None);
        }
        let message = self.add(now, id, frame);
        if !matches!(message, Ok(None) | Err(Error::TooMany)) {
            self.end(id);
        }
        Ok(message?.map(Received::Message))
    }

    fn add(&mut self, now: Time, id: i64, mut chunk: Value<'_>) -> Result<Option<Vec<u8>>, Error> {
        let n = count(&chunk, "n")?;
        let total = count(&chunk, "total")?;
        let data = data(&mut chunk)?;
        if n >= total || total > limits::CHUNKS {
            return Err(Error::OutOfRange);
        }
        if !self.assemblies.contains_key(&id) && self.assemblies.len() == limits::REASSEMBLIES {
            return Err(Error::TooMany);
        }
        let assembly = self.assemblies.get_or_insert(id, || Assembly {
            since: now,
            size: 0,
            missing: total,
            parts: vec![None; total],
        });
        if assembly.parts.len() != total {
            return Err(Error::Contradiction);
        }
        let part = &mut assembly.parts[n];
        if part.is_some() {
            return Ok(None);
        }
        assembly.size += data.len();
        if assembly.size > limits::MESSAGE {
            return Err(Error::TooLarge);
        }
        *part = Some(data);
        assembly.missing -= 1;
        if assembly.missing > 0 {
            return Ok(None);
        }
        Ok(Some(assembly.parts.drain(..).flatten().flatten().collect()))
    }

    fn expire(&mut self, now: Time) {
        let late = |assembly: &Assembly| now.since(assembly.since) >= limits::REASSEMBLY_TIME;
        loop {
            let id = self.assemblies.iter().find(|(_, a)| late(a)).map(|(id, _)| *id);
            let Some(id) = id else { return };
            self.end(id);
        }
    }

    fn end(&mut self, id: i64) {
        self.assemblies.remove(&id);
        if self.over.len() == OVER {
            self.over.pop_front();
        }
        self.over.push_back(id);
    }
}

/// Whether a packed value is a map whose first key is [`MARK`], where PeerJS puts it.
fn is_marked(frame: &[u8]) -> bool {
    let [0x81..=0x8f, 0xba, rest @ ..] = frame else {
        return false;
    };
    rest.starts_with(MARK.as_bytes())
}

fn is_close(frame: &Value<'_>) -> bool {
    let kind = frame.get(MARK).and_then(|reason| reason.get("type"));
    kind.and_then(Value::as_str) == Some("close")
}

fn count(chunk: &Value<'_>, key: &str) -> Result<usize, Error> {
    match chunk.get(key) {
        Some(Value::Int(count)) => usize::try_from(*count).map_err(|_| Error::OutOfRange),
        _ => Err(Error::Malformed),
    }
}

fn data(chunk: &mut Value<'_>) -> Result<Vec<u8>, Error> {
    match chunk.get_mut("data") {
        Some(Value::Bytes(data)) => Ok(core::mem::take(data).into_owned()),
        _ => Err(Error::Malformed),
    }
}
