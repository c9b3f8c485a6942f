//! The conference and the voice channel of a room.

use serde::{Deserialize, Serialize};

use super::Tracks;
use super::picture::PictureId;
use crate::util::id::PeerId;
use crate::util::limits;

/// A gathering: members of a room who are shown to each other, each over a link of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GatheringKind {
    /// With pictures and sound. The host opens it.
    Conference,
    /// With sound only. It is open unless the host has ended it.
    Voice,
}

impl GatheringKind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Conference, Self::Voice];

    /// How many members have room in it.
    pub fn seats(self) -> u32 {
        match self {
            Self::Conference => limits::CONFERENCE_SEATS,
            Self::Voice => limits::VOICE_SEATS,
        }
    }
}

/// How a node itself stands to a gathering.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OwnSeat {
    /// It takes no part.
    #[default]
    None,
    /// It has asked for a seat.
    Asked,
    /// It has one.
    Taken,
    /// It has asked, and all seats are taken.
    Full,
    /// The gathering is not open, or the host has sent this peer away.
    Refused,
}

/// A gathering as everybody in the room sees it, whether they take part or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatheringView {
    /// Whether members may take seats.
    pub open: bool,
    /// How this node stands to it.
    pub own: OwnSeat,
    /// How many seats there are.
    pub seats: u32,
    /// Who has one, in the order of the seats; this node included.
    pub members: Vec<GatheringMember>,
}

/// Somebody in a gathering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatheringMember {
    /// Who.
    pub peer: PeerId,
    /// The person's name.
    pub name: String,
    /// The person's picture; it need not be at hand.
    pub avatar: Option<PictureId>,
    /// What is shown.
    pub tracks: Tracks,
    /// Whether the host has taken the member's sound.
    pub muted: bool,
    /// Whether the link with this node is open; always so for this node itself.
    pub connected: bool,
    /// Whether it is an original page.
    pub legacy: bool,
}
