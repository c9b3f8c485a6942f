//! Everything that goes into a node and comes out of it.

use core::time::Duration;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::{LinkId, PeerId};
use crate::picture::Picture;
use crate::quality::Quality;
use crate::view::{RoomMeta, Tracks};
use crate::wire::message::{AdmissionPolicy, MessageId, Rules};

/// What the node of a room is for, and its limits.
#[derive(Clone, Debug)]
pub struct Config {
    /// What the node is for.
    pub role: Role,
    /// The id to register; a random one when `None`.
    pub id: Option<PeerId>,
    /// The secret that keeps the id this peer's own while its page is reloaded; a random one when
    /// `None`.
    pub token: Option<String>,
    /// The person's name; may be empty.
    pub name: String,
    /// How many children the node takes at most (it may be 0).
    pub max_children: u32,
}

/// What a node is for.
#[derive(Clone, Debug)]
pub enum Role {
    /// Be the root of a room.
    Host {
        /// What the room is about.
        meta: RoomMeta,
        /// Where to announce it; `None` keeps it private.
        network: Option<PeerId>,
        /// When a room that is taken up again was opened, in Unix milliseconds.
        since: Option<u64>,
    },
    /// Join a room.
    Viewer {
        /// Any peer of the room.
        target: PeerId,
    },
}

/// What happens to a node.
#[derive(Debug)]
pub enum Input {
    /// Time has passed; see `Node::deadline`.
    Tick,
    /// The page is hidden now, or in view: browsers hold the timers of hidden pages back. Time has
    /// passed as well.
    Hidden(bool),
    /// The user wants something.
    Command(Command),
    /// The signalling socket.
    Socket(SocketEvent),
    /// A link that an [`Output::Link`] opened.
    Link(LinkId, LinkEvent),
}

/// What the user wants.
#[derive(Clone, Debug)]
pub enum Command {
    /// Change what the own room is about, but for the cover that was uploaded (host).
    Edit(RoomMeta),
    /// Give the own room this cover, of at most [`COVER`](crate::wire::limits::COVER) bytes (host).
    Cover(Option<Arc<Picture>>),
    /// Change network: the one looked at (lobby), the one announced in (host; `None` withdraws).
    Network(Option<PeerId>),
    /// Show the rooms of these networks, too, as a guest of each (lobby).
    ExtraNetworks(Vec<PeerId>),
    /// Change the own name.
    Rename(String),
    /// Say something in the chat.
    SendChat(String),
    /// Show an image in the chat, with a text or without.
    SendImage(String, Arc<Picture>),
    /// Change the own picture that stands beside the name.
    Avatar(Option<Arc<Picture>>),
    /// Keep order in the own room (host).
    Moderate(Moderation),
    /// The local source has these tracks now; `None` when there is no source (host).
    OnAir(Option<Tracks>),
    /// Answer somebody who asks for the stream that is shown here.
    AnswerStreamRequest {
        /// Who asks.
        to: PeerId,
        /// Whether it gets the stream.
        accept: bool,
    },
    /// Send pictures of at most this quality from now on, and less where the uplink does not carry
    /// that to everyone if it `adapts`.
    Quality {
        /// What is wanted.
        most: Quality,
        /// Whether less is sent if the uplink is small.
        adapts: bool,
    },
    /// Take at most so many children from now on.
    MaxChildren(u32),
    /// Ask the parent for the media again.
    Refresh,
    /// Look for a parent (and a server) again, at once; the children stay.
    Reconnect,
    /// Move under this peer of the room, if it has a place.
    JoinUnder(PeerId),
    /// Follow the whole tree from now on, or no longer.
    Map(bool),
    /// Follow the whole tree of this room without being in it, or no longer (lobby).
    ObserveRoom(Option<PeerId>),
    /// The page goes, and may come back: a host keeps its room for a while.
    Pause,
    /// Say good-bye to everyone; the node does nothing afterwards.
    Leave,
}

/// How a host keeps order in its room. Every peer of the room sees to it.
#[derive(Clone, Debug)]
pub enum Moderation {
    /// Who may come in from now on.
    SetAdmission(AdmissionPolicy),
    /// Lets in somebody who knocks, or does not.
    Admit(PeerId, bool),
    /// Sends somebody away, who may come back.
    Kick(PeerId),
    /// Sends somebody away for good.
    Ban(PeerId),
    /// Takes a ban back.
    Unban(PeerId),
    /// Takes somebody's voice in the chat, or gives it back.
    Mute(PeerId, bool),
    /// Deletes a chat message for everyone.
    Delete(MessageId),
    /// Takes up the rules from before a reload.
    Restore(Rules),
}

/// What happens to the signalling socket.
#[derive(Debug)]
pub enum SocketEvent {
    /// It is open.
    Opened,
    /// A text frame came.
    Text(String),
    /// It is closed, or could not be opened.
    Closed,
}

/// What happens to a link.
#[derive(Debug)]
pub enum LinkEvent {
    /// The description that was asked for is made and set locally.
    Described(Description),
    /// A local candidate was found.
    Candidate(Candidate),
    /// An operation failed; the link is of no use any more.
    Failed(String),
    /// The data channel is open.
    ChannelOpen,
    /// The data channel or the whole connection is closed.
    ChannelClosed,
    /// ICE and DTLS are up.
    Connected,
    /// ICE has lost its path but may find it again.
    Disconnected,
    /// ICE has given up.
    IceFailed,
    /// A frame came over the data channel; a text one comes as its UTF-8.
    Data(Vec<u8>),
    /// Media comes in: for the first time, or again after [`LinkEvent::Stalled`]. Only on links
    /// with [`LinkAction::Watch`].
    Flowing,
    /// The media that was coming in stays away; see [`LinkAction::Watch`].
    Stalled,
    /// How the media does that goes out; every few seconds while a link is fed.
    SendStats(SendStats),
    /// The other side's tracks are here.
    Tracks(Tracks),
}

/// What a link carries of the media that it is fed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SendStats {
    /// What went out, in kbit/s.
    pub sent_bitrate: u32,
    /// What would go out if nothing but the source limited it, in kbit/s.
    pub target_bitrate: u32,
    /// What the browser believes that the path carries, in kbit/s, if it says so.
    pub available_bitrate: Option<u32>,
    /// How many packets of a thousand were lost lately.
    pub lost: u32,
    /// Whether the browser reduces the picture because it may not send more.
    pub bandwidth_limited: bool,
}

/// An SDP with its kind, as `RTCSessionDescription` has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Offer or answer.
    #[serde(rename = "type")]
    pub kind: SdpKind,
    /// The SDP.
    pub sdp: String,
}

/// The kinds of [`Description`] that PeerJS exchanges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SdpKind {
    /// Made by the side that dials.
    Offer,
    /// Made by the side that is dialled.
    Answer,
}

/// An ICE candidate, as `RTCIceCandidateInit` has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// The `candidate:` line.
    pub candidate: String,
    /// The media section it belongs to, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdp_mid: Option<String>,
    /// The media section it belongs to, by position.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdp_m_line_index: Option<u16>,
    /// The ICE user name of the generation it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username_fragment: Option<String>,
}

/// What a node wants done, in this order.
#[derive(Debug)]
pub enum Output {
    /// Do this with the signalling socket.
    Socket(SocketAction),
    /// Do this with a link.
    Link(LinkId, LinkAction),
    /// Show this in the player; `None` shows nothing.
    Show(Option<Source>),
    /// Whether the stream has sound; it has none before this is said. Of one without, show and pass
    /// on only the pictures: browsers decode, play and encode silence like any sound.
    Sound(bool),
    /// The page goes: stay for so long and pass on what comes, for the children are moving.
    Hold(Duration),
    /// Send pictures of at most this quality, over all links.
    Encode(Quality),
    /// The view has changed. Comes at most once per drain.
    Changed,
}

/// What to do with the signalling socket. A node has at most one.
#[derive(Debug)]
pub enum SocketAction {
    /// Open it, replacing the one there is. The driver knows server and key.
    Open {
        /// The id to register.
        id: PeerId,
        /// The secret that lets this node, and nobody else, open the id again.
        token: String,
    },
    /// Send a text frame.
    Send(String),
    /// Close it; no [`SocketEvent::Closed`] is expected.
    Close,
}

/// What to do with a link, which is one `RTCPeerConnection`. The operations on one link are
/// carried out in order, each after the one before has ended.
#[derive(Debug)]
pub enum LinkAction {
    /// Create it. Comes first, once per link id.
    Open {
        /// The data channel to create. The side that is dialled has none, and takes the one that
        /// comes.
        channel: Option<Channel>,
        /// What the link does with media.
        media: MediaRole,
    },
    /// Make an offer and set it locally; answered by [`LinkEvent::Described`].
    Offer {
        /// Gather new candidates (an ICE restart).
        restart: bool,
    },
    /// Set the other side's offer, make an answer and set it locally; answered by
    /// [`LinkEvent::Described`].
    Accept(Description),
    /// Set the other side's answer.
    Answered(Description),
    /// Add the other side's candidate; comes only after a remote description.
    AddCandidate(Candidate),
    /// Send a binary frame over the data channel.
    Send(Vec<u8>),
    /// Send a text frame over it.
    SendText(String),
    /// Send this source's tracks over the link from now on, by `replaceTrack`; `None` sends
    /// nothing. May come at any time after `Open`; holds for tracks that come later, too.
    Feed(Option<Source>),
    /// Report [`LinkEvent::Flowing`] when media begins to come in, and [`LinkEvent::Stalled`]
    /// whenever it has stayed away for so long after that, once each time. Zero ends that.
    Watch(Duration),
    /// Close it and forget it; no event is expected any more.
    Close,
}

/// The data channel of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its label.
    pub label: String,
    /// Whether it keeps the order of messages.
    pub ordered: bool,
}

/// What a link does with media. The roles of the two sides mirror each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaRole {
    /// Carries no media.
    None,
    /// Offers one audio and one video transceiver `recvonly` (a child that dials), or answers an
    /// offer of tracks with `recvonly`.
    Receive,
    /// Answers such an offer with `sendonly`, or offers two `sendonly` transceivers, whose tracks
    /// [`LinkAction::Feed`] sets.
    Send,
}

/// Where media comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The own screen, camera, file…, whatever the page has chosen.
    Local,
    /// What arrives over this link.
    Link(LinkId),
}
