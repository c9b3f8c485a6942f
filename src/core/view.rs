//! What the pages see: plain data, no SDP, no link ids.

use core::time::Duration;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::PeerId;
use crate::picture::{Picture, PictureId};
use crate::quality::Quality;
use crate::wire::extra::Extra;
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
    /// most [`MAP_PEERS`](crate::wire::limits::MAP_PEERS). `None` in a lobby if the room that it
    /// [looks at](crate::node::Command::Look) does not answer.
    pub map: Option<Vec<MapPeer>>,
    /// Who asks for the stream that is shown here, to use it as their own, and their names; to be
    /// answered by [`Command::AnswerStreamRequest`](crate::node::Command::Lend).
    pub stream_requests: Vec<(PeerId, String)>,
    /// The chat, oldest first, at most [`CHAT_HISTORY`](crate::wire::limits::CHAT_HISTORY)
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

/// The connection to the signalling server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Not open yet.
    #[default]
    Connecting,
    /// Registered; others can reach this peer.
    Open,
    /// Was open, is being opened again; links live on.
    Reconnecting,
    /// Given up until the user acts.
    Failed,
}

impl Status {
    /// The word for the `data-state` attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Open => "open",
            Self::Reconnecting => "reconnecting",
            Self::Failed => "failed",
        }
    }
}

/// What a user can act on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// No signalling server answers; the node keeps trying.
    #[error("the signalling server cannot be reached")]
    ServerUnreachable,
    /// The server answered with a refusal, such as a wrong key or too many users.
    #[error("the signalling server refuses: {0}")]
    ServerRefused(String),
    /// The peer id that was asked for is in use.
    #[error("the id is taken")]
    IdTaken,
    /// Nobody has the id that the link names; the node looks again from time to time.
    #[error("no room with this id")]
    RoomNotFound,
    /// The peer exists but is in no room.
    #[error("that peer is not in a room")]
    NotARoom,
    /// Nobody in the room has a free slot; the node asks again from time to time.
    #[error("the room is full")]
    RoomFull,
    /// Peers were found but no connection to any of them came up (NAT, firewall).
    #[error("no connection to the room's peers could be made")]
    Unconnectable,
    /// Nobody could be connected with whoever keeps the network's list of rooms; the node tries
    /// again from time to time.
    #[error("no connection to the network's index root could be made")]
    NetworkUnreachable,
    /// The host ended the room.
    #[error("the host has ended the room")]
    RoomEnded,
    /// The host lets nobody in at present; the node asks again from time to time.
    #[error("the room is locked")]
    Locked,
    /// The host has been asked to open the door.
    #[error("waiting to be let in")]
    Knocking,
    /// The host does not let this peer in.
    #[error("the host has said no")]
    Denied,
    /// The host has sent this peer away; it may come back.
    #[error("removed by the host")]
    Kicked,
    /// The host has sent this peer away for good.
    #[error("banned by the host")]
    Banned,
}

/// The network of rooms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Its name; `None` where the node has no network (a private room, a viewer).
    pub name: Option<PeerId>,
    /// How the node stands to it.
    pub state: NetworkState,
}

/// How a node stands to its network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NetworkState {
    /// In no network.
    #[default]
    None,
    /// Looking for the index root.
    Seeking,
    /// This node is the index root.
    Root,
    /// Linked with the index root.
    Guest,
}

/// What kind of room it is; [`RoomMeta`] carries it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// Something is shown live.
    #[default]
    Live,
    /// People talk.
    Talk,
    /// Somebody plays, or plays records.
    Music,
    /// A game is played.
    Game,
    /// Something is taught.
    Class,
    /// Anything that this version does not know, such as the games of old pages.
    #[serde(other)]
    Other,
}

impl RoomKind {
    /// All kinds; a host can choose any but the last.
    pub const ALL: [Self; 6] =
        [Self::Live, Self::Talk, Self::Music, Self::Game, Self::Class, Self::Other];

    /// Its name on the wire and in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Talk => "talk",
            Self::Music => "music",
            Self::Game => "game",
            Self::Class => "class",
            Self::Other => "other",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name).unwrap_or(Self::Other)
    }
}

/// What a host says about its room. Texts are within the limits of
/// [`limits`](crate::wire::limits) once they are in a view.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomMeta {
    /// One line.
    pub title: String,
    /// A few lines, or empty.
    pub summary: String,
    /// An `https:`, `http:` or `data:image/` address, or empty.
    pub cover: String,
    /// The kind of room.
    #[serde(default)]
    pub kind: RoomKind,
    /// A cover that the host has uploaded, which is shown in place of `cover`; it need not be at
    /// hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<PictureId>,
}

/// A room in the index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoomCard {
    /// The room's id, which is its host's peer id.
    pub id: PeerId,
    /// What the host says about it.
    pub meta: RoomMeta,
    /// The host's name.
    pub host: String,
    /// How many people are in it, the host included.
    pub members: u32,
    /// Whether the host streams right now.
    pub live: bool,
    /// When it was opened, in Unix milliseconds by the host's clock.
    pub since: u64,
    /// Members of a later version, to be passed on.
    #[serde(flatten)]
    pub extra: Extra,
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

/// The tracks of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracks {
    /// It has sound.
    pub audio: bool,
    /// It has a picture.
    pub video: bool,
}

/// How a node stands to its room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Looking for a parent for the first time.
    #[default]
    Joining,
    /// In the tree (a host always is).
    Attached,
    /// The parent is lost; looking for another.
    Repairing,
    /// The host's page is gone and may come back; everyone keeps their place.
    HostAway,
    /// The host ended the room, or the user left.
    Ended,
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

/// A peer in the map of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapPeer {
    /// Its id.
    pub id: PeerId,
    /// Its parent; `None` for the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<PeerId>,
    /// The person's name; may be empty.
    pub name: String,
    /// The round trip to its parent in milliseconds, rounded; 0 while it is unknown.
    pub rtt: u32,
    /// Peers below it that the map does not show.
    pub below: u32,
}

/// A chat message, or a line that the room itself says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Who wrote it.
    pub author: PeerId,
    /// Rises with each of the author's messages; author and number name the message.
    pub number: u64,
    /// The author's name at the time.
    pub name: String,
    /// Plain text, line breaks allowed; empty only beside an image.
    pub text: String,
    /// When it was written, in Unix milliseconds by the author's clock.
    pub at: u64,
    /// An image that belongs to it; it need not be at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<PictureId>,
    /// The author's picture; it need not be at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<PictureId>,
    /// Members of a later version, to be passed on.
    #[serde(flatten)]
    pub extra: Extra,
}
