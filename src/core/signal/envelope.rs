//! The JSON frames between a peer and the signalling server.

use std::borrow::Cow;

use crate::wire::json;

/// One frame in either direction. The server overwrites `src` and never reads `payload`.
#[derive(Debug, Default)]
pub struct Envelope<'a> {
    /// What the frame is.
    pub kind: Cow<'a, str>,
    /// The sender, as the server knows it.
    pub src: Option<Cow<'a, str>>,
    /// The receiver.
    pub dst: Option<Cow<'a, str>>,
    /// JSON, passed through untouched.
    pub payload: Option<&'a str>,
}

impl<'a> Envelope<'a> {
    /// Reads an untrusted frame; `None` if it is none.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut envelope = Self::default();
        let mut kind = None;
        for (name, value) in json::members(text)? {
            match &*name {
                "type" => kind = Some(json::string(value)?),
                "src" => envelope.src = optional(value)?,
                "dst" => envelope.dst = optional(value)?,
                "payload" => envelope.payload = Some(value).filter(|value| *value != "null"),
                _ => {}
            }
        }
        Some(Self { kind: kind?, ..envelope })
    }

    /// The frame as it goes into the socket.
    pub fn text(&self) -> String {
        let mut text = String::from("{\"type\":");
        json::quote(&mut text, &self.kind);
        for (name, value) in [(",\"src\":", &self.src), (",\"dst\":", &self.dst)] {
            if let Some(value) = value {
                text.push_str(name);
                json::quote(&mut text, value);
            }
        }
        if let Some(payload) = self.payload {
            text.push_str(",\"payload\":");
            text.push_str(payload);
        }
        text.push('}');
        text
    }
}

/// A text, or null.
fn optional(value: &str) -> Option<Option<Cow<'_, str>>> {
    if value == "null" { Some(None) } else { json::string(value).map(Some) }
}

/// The values of [`Envelope::kind`].
pub mod kind {
    /// The server has registered the peer.
    pub const OPEN: &str = "OPEN";
    /// The server refuses the peer.
    pub const ERROR: &str = "ERROR";
    /// The peer's id belongs to somebody else.
    pub const ID_TAKEN: &str = "ID-TAKEN";
    /// The key is not the server's (in PeerJS's client; PeerServer sends `ERROR`).
    pub const INVALID_KEY: &str = "INVALID-KEY";
    /// The peer lives.
    pub const HEARTBEAT: &str = "HEARTBEAT";
    /// A connection is offered.
    pub const OFFER: &str = "OFFER";
    /// An offer is answered.
    pub const ANSWER: &str = "ANSWER";
    /// A candidate for a connection.
    pub const CANDIDATE: &str = "CANDIDATE";
    /// The sender is gone.
    pub const LEAVE: &str = "LEAVE";
    /// A message waited too long for its receiver.
    pub const EXPIRE: &str = "EXPIRE";
}
