//! What a member asks of its host.

use serde::{Deserialize, Serialize};

use crate::game::Action;
use crate::model::picture::PictureId;
use crate::model::{GatheringKind, Tracks};
use crate::util::id::PeerId;

/// What a member asks of its host. It goes up the tree as its author has signed it, so that a peer at
/// any depth can ask, and nobody on the way can ask in its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The room's [`since`](super::message::RoomState::since): in a room that is opened later it is
    /// void.
    pub since: u64,
    /// Rises with each of the author's requests; the host acts on none twice.
    pub number: u64,
    /// Who asks.
    pub author: PeerId,
    /// The person's name.
    pub name: String,
    /// What for.
    pub act: Act,
}

/// The content of a [`Request`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// About the author's seat in a gathering.
    Seat(GatheringKind, SeatRequest),
    /// About the game in the room.
    Game(Action),
    /// Something of a later version: it is passed on and has no effect.
    #[serde(other)]
    Unknown,
}

/// A seat is taken, shows something else, is still in use, or is given back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatRequest {
    /// Whether a seat is wanted; otherwise one is given back.
    pub join: bool,
    /// What is shown there.
    #[serde(default)]
    pub tracks: Tracks,
    /// The author's picture; it need not be at hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<PictureId>,
    /// Whether the author is a legacy page, whose media crosses in calls.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub legacy: bool,
    /// What a legacy page shows, as it names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
}
