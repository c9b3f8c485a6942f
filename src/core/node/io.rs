//! Everything that goes into a node and comes out of it.

use std::sync::Arc;

use crate::game::{Action, GameState, Settings};
use crate::identity::Identity;
use crate::link::io::LinkEvent;
use crate::signal::socket::SocketEvent;

use crate::model::picture::Picture;
use crate::model::quality::Quality;
use crate::model::{GatheringKind, RoomMeta, Tracks};
pub use crate::room::admission::Moderation;
use crate::util::id::{LinkId, PeerId};

/// What the node of a room is for, and its limits.
#[derive(Clone, Debug)]
pub struct Config {
    /// What the node is for.
    pub role: Role,
    /// Who the node is; a new key is made when `None`, for which the node's source of randomness
    /// must be one of secrets.
    pub identity: Option<Identity>,
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

/// What the user wants in a gathering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GatheringCommand {
    /// Let members take seats (host).
    Open,
    /// Send everybody away and let nobody in (host).
    End,
    /// Take a seat and show this. Without tracks the person only listens and looks.
    Join(Tracks),
    /// Show this from now on: the camera or the microphone was switched.
    Show(Tracks),
    /// Give the seat back.
    Leave,
    /// Take a member's sound, or give it back (host). It holds until the gathering is ended, also
    /// if the member leaves and comes back.
    Mute(PeerId, bool),
    /// Send a member away, for as long as the gathering lasts (host).
    Remove(PeerId),
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
    /// Give the own room this cover, of at most [`COVER`](crate::util::limits::COVER) bytes (host).
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
    /// Play in the game of the room, or set it up (host).
    Game(GameCommand),
    /// The local source has these tracks now; `None` when there is no source. A viewer's is shown
    /// where the host allows it, while nothing comes from above.
    OnAir(Option<Tracks>),
    /// Ask this peer for its stream, and show it in the own room as soon as it comes; `None` gives
    /// it back (host).
    Borrow(Option<PeerId>),
    /// Call this peer, in place of whoever is on the line (exchange).
    Call(PeerId),
    /// End the call (exchange).
    HangUp,
    /// Answer a peer that asks for the stream that is shown here.
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
    /// Do something in the conference or the voice channel.
    Gathering(GatheringKind, GatheringCommand),
    /// The page goes, and may come back: a host keeps its room for a while.
    Pause,
    /// Say good-bye to everyone; the node does nothing afterwards.
    Leave,
}

/// What the user wants of the game in the room.
#[derive(Clone, Debug)]
pub enum GameCommand {
    /// Set the number of seats and the rules for the next round (host).
    SetUp {
        /// How many may play.
        seats: u8,
        /// The game and its rules.
        settings: Settings,
    },
    /// Take up what was on the table before the page was loaded again (host).
    Restore(Box<GameState>),
    /// Begin a round (host).
    Start,
    /// Clear the board for another round (host).
    Again,
    /// Send a player away from the table (host).
    Kick(PeerId),
    /// Take a seat, make a move and so on.
    Act(Action),
}
