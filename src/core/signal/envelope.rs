//! The JSON frames between a peer and the signalling server.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// One frame in either direction. The server overwrites `src` and never reads `payload`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Envelope<'a> {
    /// What the frame is.
    #[serde(rename = "type", borrow)]
    pub kind: Cow<'a, str>,
    /// The sender, as the server knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src: Option<Cow<'a, str>>,
    /// The receiver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst: Option<Cow<'a, str>>,
    /// JSON, passed through untouched.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub payload: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    /// Reads an untrusted frame; `None` if it is none.
    pub fn parse(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The frame as it goes into the socket.
    pub fn text(&self) -> String {
        // Texts and JSON that was read before cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The values of [`Envelope::kind`].
pub mod kind {
    /// The server has registered the peer.
    pub const OPEN: &str = "OPEN";
    /// The server refuses the peer.
    pub const ERROR: &str = "ERROR";
    /// The id belongs to another peer.
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
