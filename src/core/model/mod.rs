//! Plain data that the wire and the pages share.

mod gathering;
pub mod picture;
pub mod quality;

use serde::{Deserialize, Serialize};

pub use gathering::{GatheringKind, GatheringMember, GatheringView, OwnSeat};

use crate::identity::Signed;
use crate::model::picture::PictureId;
use crate::util::id::PeerId;

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
    /// Whoever answers in the name of the room's peers is somebody else: the signalling server, or
    /// somebody on the way to it, has put itself there.
    #[error("somebody else answers in the name of the room's peers")]
    Intercepted,
    /// No connection to the peer that keeps the network's list of rooms came up; the node tries
    /// again from time to time.
    #[error("no connection to the network's index root could be made")]
    NetworkUnreachable,
    /// The host ended the room.
    #[error("the host has ended the room")]
    RoomEnded,
    /// The peers of the room, or of the network, speak another version of the protocol.
    #[error("the other side speaks another version of the protocol")]
    OtherVersion,
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
    /// Nobody with the id that was called is there, or not on an exchange page.
    #[error("nobody with this id is there")]
    PeerNotFound,
    /// The peer that was called is occupied with somebody else.
    #[error("the line is busy")]
    LineBusy,
    /// No connection to the peer came up, or it is lost and does not come back.
    #[error("no connection to that peer")]
    PeerUnreachable,
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
    /// A game, or a recording of one.
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

/// A stream that a host has asked another peer for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Borrowed {
    /// Whose it is.
    pub from: PeerId,
    /// What has come of it.
    pub state: BorrowedState,
}

/// What has come of the question for a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BorrowedState {
    /// The other person has not answered yet.
    Asking,
    /// The room shows it.
    Lent,
    /// The other person has said no, or nothing.
    Refused,
    /// There is no peer with that id, or it is in no room.
    NotFound,
    /// Too many ask that peer at the moment.
    Busy,
    /// The peer shows nothing.
    NotStreaming,
    /// No connection to the peer came up.
    Unreachable,
    /// The other person has stopped it.
    Ended,
}

impl BorrowedState {
    /// The word for the `data-state` attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asking => "asking",
            Self::Lent => "lent",
            Self::Refused => "refused",
            Self::NotFound => "not-found",
            Self::Busy => "busy",
            Self::NotStreaming => "not-streaming",
            Self::Unreachable => "unreachable",
            Self::Ended => "ended",
        }
    }
}

/// The line between two people who exchange streams and texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// How it stands.
    pub state: LineState,
    /// Who is on the other end, or was last.
    pub peer: Option<PeerId>,
    /// That person's name; may be empty.
    pub name: String,
    /// Which tracks come from there; `None` while nothing does.
    pub on_air: Option<Tracks>,
}

/// How a [`Line`] stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineState {
    /// Nobody is there.
    #[default]
    Idle,
    /// Two peers are being connected for the first time.
    Calling,
    /// They are connected.
    Open,
    /// The connection is lost and looked for again.
    Reconnecting,
    /// The other side has hung up.
    Ended,
}

impl LineState {
    /// The word for the `data-state` attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Calling => "calling",
            Self::Open => "open",
            Self::Reconnecting => "reconnecting",
            Self::Ended => "ended",
        }
    }

    /// Whether the line is taken.
    pub fn is_taken(self) -> bool {
        matches!(self, Self::Calling | Self::Open | Self::Reconnecting)
    }
}

/// What a host says about its room. Texts are within the limits of
/// [`limits`](crate::util::limits) once they are in a view.
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Counts the host's changes; an older card never replaces a newer one.
    pub version: u64,
}

impl RoomCard {
    /// Whether this is what the host said before it said `other`.
    pub fn is_older_than(&self, other: &Self) -> bool {
        (self.since, self.version) < (other.since, other.version)
    }
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
    /// The person's own word for the name; nobody else's is believed if the id names a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Signed<Profile>>,
}

/// What a person is called in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Whose name it is.
    pub id: PeerId,
    /// The name; may be empty.
    pub name: String,
    /// When it was given, in Unix milliseconds by that person's clock.
    pub at: u64,
}

impl MapPeer {
    /// Whether the map names this peer only to tell it from the others: peers outside the room do
    /// not learn ids.
    pub fn is_anonymous(id: &PeerId) -> bool {
        let number = id.as_str().strip_prefix('p');
        number
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
    }
}

/// What names a chat message.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MessageId {
    /// The author.
    pub author: PeerId,
    /// The message's number.
    pub number: u64,
}

/// One peer's word that another one has been let into the room. The host's word needs no further
/// proof; that of a member needs the word of somebody for that member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vouch {
    /// Who vouches.
    pub by: PeerId,
    /// Who was let in.
    pub member: PeerId,
    /// The room's [`since`](crate::wire::message::RoomState::since).
    pub since: u64,
    /// Until when it holds, in Unix milliseconds by the clock of who vouches.
    pub until: u64,
}

/// A chat message, or a line that the room itself says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
}
