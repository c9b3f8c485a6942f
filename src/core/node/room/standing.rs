//! What a peer knows of its room, and how it stands to it.

use crate::model::picture::PictureId;
use crate::model::{Phase, Problem};
use crate::util::id::PeerId;
use crate::wire::message::RoomState;

pub(super) struct Standing {
    /// What the host says; `None` until a viewer has been adopted.
    pub(super) state: Option<RoomState>,
    pub(super) phase: Phase,
    /// What keeps the peer from its purpose.
    pub(super) problem: Option<Problem>,
    /// The person's name.
    pub(super) name: String,
}

impl Standing {
    pub(super) fn host(&self) -> Option<&PeerId> {
        self.state.as_ref().map(|state| &state.id)
    }

    /// Whether the host streams.
    pub(super) fn is_on_air(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.on_air.is_some())
    }

    /// Whether pictures are to be expected.
    pub(super) fn is_streaming(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.on_air.is_some() && !state.source_stalled)
    }

    /// The cover that the host names.
    pub(super) fn cover(&self) -> Option<PictureId> {
        self.state.as_ref()?.meta.image
    }

    pub(super) fn is_muted(&self, author: &PeerId) -> bool {
        self.state.as_ref().is_some_and(|state| state.rules.muted.contains(author))
    }

    pub(super) fn is_attached(&self) -> bool {
        self.phase == Phase::Attached
    }
}
