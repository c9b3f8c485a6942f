//! What is known of one legacy page that this peer is linked with.

use std::sync::Arc;

use crate::game::GameState;
use crate::util::bucket::Bucket;
use crate::util::id::PeerId;
use crate::util::time::Time;
use crate::wire::legacy::Node;
use crate::wire::message::RoomState;

pub(super) struct Neighbour {
    pub(super) peer: PeerId,
    /// It runs a PeerJS from before 1.5.
    pub(super) early: bool,
    pub(super) role: Role,
    pub(super) open: bool,
    /// Nothing of the chat is passed on until the next round: what comes at once after a join is
    /// the history, which legacy pages would show again after every repair.
    pub(super) muted: bool,
    /// A hash of what it was told last.
    pub(super) told: Option<u64>,
    pub(super) rate: Bucket,
    pub(super) faults: u32,
    /// The game, as a child was told of it.
    pub(super) game: Option<Arc<GameState>>,
    /// It asks for the stream that is shown here, and this is its name.
    pub(super) asks_for_stream: Option<String>,
    /// When it was last answered.
    pub(super) answered: Option<Time>,
    /// It was considered once whether it has dialled for the conference.
    pub(super) was_noticed: bool,
}

/// What a neighbour is.
pub(super) enum Role {
    /// It has dialled and not said what for: it looks at the room, or at the list.
    Guest,
    /// It has dialled, and has a seat in the conference. If it says nothing else until then, it is
    /// taken for a member of the conference.
    Silent(Time),
    /// It confers with this peer.
    Conferee,
    /// It wants to be a child and is being considered.
    Asking(Node),
    /// There was no slot; it is considered again then.
    Waiting(Node, Time),
    /// A child, with all that is below it.
    Child(Node),
    /// A host that has announced its room here.
    Host,
    /// Dialled to become the parent; it must show a room until then.
    Joining(Time),
    /// The parent, with what it said last: the room, how many people are in it, and the way to it.
    Parent(Box<RoomState>, u32, Vec<PeerId>),
    /// An index root that this host announces its room to.
    Root,
    /// Asked for its stream; it calls if its person agrees.
    Lender,
    /// An index root whose rooms are looked at, or a host whose tree is.
    Index,
}

impl Neighbour {
    pub(super) fn new(peer: PeerId, role: Role) -> Self {
        Self {
            peer,
            early: false,
            role,
            open: false,
            muted: false,
            told: None,
            rate: Bucket::default(),
            faults: 0,
            game: None,
            asks_for_stream: None,
            answered: None,
            was_noticed: false,
        }
    }

    /// All that is below a child, itself included.
    pub(super) fn child(&self) -> Option<&Node> {
        match &self.role {
            Role::Child(node) => Some(node),
            _ => None,
        }
    }

    /// Whether it is the parent, or about to be.
    pub(super) fn is_above(&self) -> bool {
        matches!(self.role, Role::Parent(..) | Role::Joining(_))
    }

    /// Whether it may call.
    pub(super) fn gives_media(&self) -> bool {
        self.is_above() || matches!(self.role, Role::Lender)
    }

    /// Whether it is linked with as a member of the conference.
    pub(super) fn confers(&self) -> bool {
        matches!(self.role, Role::Conferee)
    }

    /// Whether it is told anything at all.
    pub(super) fn listens(&self) -> bool {
        !matches!(
            self.role,
            Role::Index | Role::Host | Role::Lender | Role::Silent(_) | Role::Conferee
        )
    }

    /// Whether it came on its own and is no part of the room.
    pub(super) fn is_stranger(&self) -> bool {
        matches!(
            self.role,
            Role::Guest | Role::Silent(_) | Role::Asking(_) | Role::Waiting(..) | Role::Host
        )
    }

    /// When something must be decided about it.
    pub(super) fn deadline(&self) -> Option<Time> {
        match self.role {
            Role::Waiting(_, until) | Role::Joining(until) | Role::Silent(until) => Some(until),
            _ => None,
        }
    }
}
