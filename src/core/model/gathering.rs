//! Conference and voice: people of a room who see or hear each other.

use serde::{Deserialize, Serialize};

use crate::model::Tracks;
use crate::model::picture::PictureId;
use crate::util::id::PeerId;

/// A way to be together in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GatheringKind {
    /// With pictures and sound.
    Conference,
    /// With sound only.
    Voice,
}

/// A gathering as pages see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatheringView {
    /// Whether it can be joined.
    pub open: bool,
    /// How this peer stands to it.
    pub own: OwnSeat,
    /// How many can take part.
    pub seats: u32,
    /// Those who take part, this peer included.
    pub members: Vec<GatheringMember>,
}

/// How a peer stands to a gathering.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OwnSeat {
    /// It takes no part.
    #[default]
    None,
    /// It has asked for a seat.
    Asked,
    /// It takes part.
    Taken,
    /// There was no free seat.
    Full,
    /// The host has said no.
    Refused,
}

/// Somebody who takes part in a gathering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatheringMember {
    /// Who.
    pub peer: PeerId,
    /// Their name; may be empty.
    pub name: String,
    /// Their picture.
    pub avatar: Option<PictureId>,
    /// What they send.
    pub tracks: Tracks,
    /// Whether the host has muted them.
    pub muted: bool,
    /// Whether there is a connection to them.
    pub connected: bool,
    /// Whether theirs is an original page.
    pub legacy: bool,
}
