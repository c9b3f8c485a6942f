//! What the pages see: plain data, no SDP, no link ids.

use core::time::Duration;
use std::sync::Arc;

use crate::model::picture::Picture;
use crate::model::quality::Quality;
pub use crate::model::*;
use crate::util::id::PeerId;
use crate::wire::message::{MessageId, Rules};

/// Everything a page shows about one node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// The own peer id, from the moment it is chosen.
    pub id: Option<PeerId>,
    /// The connection to the signalling server.
    pub status: Status,
    /// What keeps the node from its purpose, if anything does; gone when it is solved.
    pub problem: Option<Problem>,
    /// The network of rooms that the node belongs to or looks at.
    pub network: Network,
    /// The rooms of that network, in the order in which they were announced.
    pub rooms: Vec<RoomCard>,
    /// The room that the node hosts or has joined.
    pub room: Option<Room>,
    /// The node's place in the room's tree.
    pub tree: Tree,
    /// The whole tree while the page looks at it, the host first and nobody before its parent; at
    /// most [`MAP_PEERS`](crate::util::limits::MAP_PEERS). `None` in a lobby if the room that it
    /// [looks at](crate::node::Command::Look) does not answer.
    pub map: Option<Vec<MapPeer>>,
    /// Who asks for the stream that is shown here, to use it as their own, and their names; to be
    /// answered by [`Command::AnswerStreamRequest`](crate::node::Command::Lend).
    pub stream_requests: Vec<(PeerId, String)>,
    /// The chat, oldest first, at most [`CHAT_HISTORY`](crate::util::limits::CHAT_HISTORY)
    /// messages.
    pub chat: Vec<Arc<ChatMessage>>,
    /// Messages that the host has deleted, the latest last; some were never in the chat here.
    pub deleted: Vec<MessageId>,
    /// The pictures that are at hand of those that the chat refers to, in no order.
    pub pictures: Vec<Arc<Picture>>,
    /// What the pictures that go out may be at most now.
    pub quality: Quality,
    /// The covers that are at hand of those that hosts have uploaded, in no order.
    pub covers: Vec<Arc<Picture>>,
    /// Who asks the host to be let in, and their names; to be answered by
    /// [`Moderation::Admit`](crate::node::Order::Admit).
    pub join_requests: Vec<(PeerId, String)>,
}

/// The room that a node hosts or has joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The room's id once it is known: a viewer may have joined by any peer's id.
    pub id: PeerId,
    /// What the host says about it.
    pub meta: RoomMeta,
    /// The host's name.
    pub host: String,
    /// How many people are in it, the host included.
    pub members: u32,
    /// When it was opened, in Unix milliseconds by the host's clock.
    pub since: u64,
    /// Which tracks the host streams right now; `None` when it streams nothing.
    pub on_air: Option<Tracks>,
    /// Whether that stands still: no pictures come from the source. Known some seconds later.
    pub source_stalled: bool,
    /// How the node stands to the room.
    pub phase: Phase,
    /// Who may come in, and who may speak.
    pub rules: Arc<Rules>,
}

/// A node's place in the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// The parent; `None` for a host and while seeking.
    pub parent: Option<PeerId>,
    /// Distance to the host; 0 for the host itself, and while it is unknown.
    pub depth: u32,
    /// The children in the order in which they came, with their names.
    pub children: Vec<(PeerId, String)>,
    /// How many children this node takes.
    pub max_children: u32,
    /// How media comes in (or, for a host, goes out): `rtp`.
    pub carrier: &'static str,
    /// The round trip to the parent, once it is measured.
    pub round_trip: Option<Duration>,
}
