//! What crosses between the core and the driver that owns the connections.

use core::time::Duration;

use crate::model::quality::Quality;
use crate::model::{GatheringKind, Tracks};
use crate::signal::sdp::{Candidate, Description};
use crate::signal::socket::SocketAction;
use crate::util::id::LinkId;

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
    /// Whether the host has taken this person's sound in a gathering: send none then.
    GatheringMuted(GatheringKind, bool),
    /// The view has changed. Comes at most once per drain.
    Changed,
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
    /// Offers one audio and one video transceiver `sendrecv`, or answers an offer of tracks with
    /// `sendrecv`; [`LinkAction::Feed`] sets the tracks.
    Both,
    /// Both ways between two members of a gathering. The side that dials offers for each kind of
    /// track, audio alone in a voice channel, one `sendonly` and one `recvonly` transceiver, never
    /// `sendrecv` ones; the other side answers the mirror image. [`LinkAction::Feed`] sets the
    /// tracks, so nothing is ever negotiated again. A legacy page receives only what is offered to
    /// it, and what it offers itself is only received.
    Call(GatheringKind),
}

/// Where media comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The own screen, camera, file…, whatever the page has chosen.
    Local,
    /// What arrives over this link.
    Link(LinkId),
    /// The own camera and microphone, as this gathering is shown them.
    Gathering(GatheringKind),
}
