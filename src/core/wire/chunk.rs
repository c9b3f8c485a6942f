//! PeerJS's way to send a message that is too large for one data-channel frame: slices of the
//! packed message, each in a map `{__peerData: id, n, data, total}`.

use std::collections::VecDeque;
use std::iter;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{binarypack, limits};
use crate::util::time::Time;

const MARK: &[u8] = b"__peerData";
const CLOSE: &str = "close";
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
    pack(&Chunk { id: id.into(), n: n as i64, data, total: total as i64 })
}

/// The frame that asks the other side to close the connection.
pub fn close() -> Vec<u8> {
    pack(&Control { mark: Request { kind: CLOSE } })
}

/// Neither of the two frames can fail to be packed.
fn pack(frame: &impl Serialize) -> Vec<u8> {
    binarypack::to_vec(frame).unwrap_or_default()
}

/// A slice of a packed message.
#[derive(Serialize, Deserialize)]
struct Chunk<'a> {
    #[serde(rename = "__peerData")]
    id: i64,
    n: i64,
    #[serde(borrow, with = "serde_bytes")]
    data: &'a [u8],
    total: i64,
}

/// Something that PeerJS says about the connection itself.
#[derive(Serialize, Deserialize)]
struct Control<'a> {
    #[serde(rename = "__peerData", borrow)]
    mark: Request<'a>,
}

#[derive(Serialize, Deserialize)]
struct Request<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
}

/// What one connection has received of messages that come in chunks.
#[derive(Debug)]
pub struct Reassembler {
    /// The size of the largest message that is taken.
    most: usize,
    assemblies: IndexMap<i64, Assembly>,
    over: VecDeque<i64>,
    /// The bytes that all of them take.
    size: usize,
}

impl Default for Reassembler {
    fn default() -> Self {
        Self::new(limits::MESSAGE)
    }
}

#[derive(Debug)]
struct Assembly {
    since: Time,
    /// The bytes that it takes.
    size: usize,
    /// The bytes of the message that have come.
    data: usize,
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

/// Why a frame was refused; a message that it belongs to is given up if it can be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The frame looks like a chunk but cannot be read.
    #[error("a chunk cannot be read: {0}")]
    Pack(binarypack::Error),
    /// A field is missing or of the wrong type.
    #[error("a chunk lacks its id, number, data or total")]
    Malformed,
    /// The total is zero or more than the largest message needs, or the number is not below it.
    #[error("a chunk's number or total is out of range")]
    OutOfRange,
    /// Chunks of one message do not agree on its total.
    #[error("the chunks of a message contradict each other")]
    Contradiction,
    /// The message is larger than is allowed.
    #[error("a chunked message is too large")]
    TooLarge,
    /// More than [`limits::REASSEMBLIES`] messages are incomplete.
    #[error("too many messages are incomplete at once")]
    TooMany,
}

impl Reassembler {
    /// Takes messages of at most so many bytes.
    pub fn new(most: usize) -> Self {
        Self { most, assemblies: IndexMap::new(), over: VecDeque::new(), size: 0 }
    }

    /// Takes messages of at least so many bytes from now on. It is never less than before, because a
    /// message may have begun.
    pub fn allow(&mut self, most: usize) {
        self.most = self.most.max(most);
    }

    /// The bytes that incomplete messages take.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The bytes of the largest incomplete message.
    pub fn largest(&self) -> usize {
        self.assemblies.values().map(|assembly| assembly.size).max().unwrap_or(0)
    }

    /// Gives the largest incomplete message up. What still comes of it is ignored.
    pub fn drop_largest(&mut self) {
        let largest = self.assemblies.iter().max_by_key(|(_, assembly)| assembly.size);
        if let Some(id) = largest.map(|(id, _)| *id) {
            self.end(id);
        }
    }

    /// Takes a data-channel frame at the moment `now`. Chunks may come in any order and more than
    /// once; messages that stay incomplete for [`limits::REASSEMBLY_TIME`] are given up.
    pub fn accept(&mut self, now: Time, frame: Vec<u8>) -> Result<Option<Received>, Error> {
        self.expire(now);
        if frame.len() > self.most {
            return Err(Error::TooLarge);
        }
        if !is_marked(&frame) {
            return Ok(Some(Received::Message(frame)));
        }
        let chunk: Chunk<'_> = match binarypack::from_slice(&frame) {
            Ok(chunk) => chunk,
            Err(binarypack::Error::Shape(_)) if is_close(&frame) => {
                return Ok(Some(Received::Close));
            }
            Err(binarypack::Error::Shape(_)) => return Err(Error::Malformed),
            Err(error) => return Err(Error::Pack(error)),
        };
        let id = chunk.id;
        if self.over.contains(&id) {
            return Ok(None);
        }
        let message = self.add(now, chunk);
        if !matches!(message, Ok(None) | Err(Error::TooMany)) {
            self.end(id);
        }
        Ok(message?.map(Received::Message))
    }

    fn add(&mut self, now: Time, chunk: Chunk<'_>) -> Result<Option<Vec<u8>>, Error> {
        let Chunk { id, data, .. } = chunk;
        let count = |count| usize::try_from(count).map_err(|_| Error::OutOfRange);
        let (n, total) = (count(chunk.n)?, count(chunk.total)?);
        // Twice as many as PeerJS makes, since others may make smaller ones.
        let chunks = (2 * self.most.div_ceil(limits::CHUNK)).min(limits::CHUNKS);
        if n >= total || total > chunks {
            return Err(Error::OutOfRange);
        }
        if !self.assemblies.contains_key(&id) {
            if self.assemblies.len() == limits::REASSEMBLIES {
                return Err(Error::TooMany);
            }
            let (size, parts) = (total * size_of::<Option<Vec<u8>>>(), vec![None; total]);
            self.assemblies
                .insert(id, Assembly { since: now, size, data: 0, missing: total, parts });
            self.size += size;
        }
        let Some(assembly) = self.assemblies.get_mut(&id) else { return Ok(None) };
        if assembly.parts.len() != total {
            return Err(Error::Contradiction);
        }
        let part = &mut assembly.parts[n];
        if part.is_some() {
            return Ok(None);
        }
        assembly.data += data.len();
        if assembly.data > self.most {
            return Err(Error::TooLarge);
        }
        assembly.size += data.len();
        self.size += data.len();
        *part = Some(data.to_vec());
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
        if let Some(assembly) = self.assemblies.shift_remove(&id) {
            self.size -= assembly.size;
        }
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
    rest.starts_with(MARK)
}

fn is_close(frame: &[u8]) -> bool {
    binarypack::from_slice(frame).is_ok_and(|Control { mark }| mark.kind == CLOSE)
}
