//! What a peer knows of its room, and how it stands to it.

use rand_core::RngCore;

use super::viewer_source::{Shown, ViewerSource};
use crate::identity::Signed;
use crate::model::picture::PictureId;
use crate::model::{Phase, Problem, Profile, Tracks};
use crate::room::RoomRecord;
use crate::swarm::Swarm;
use crate::util::id::PeerId;
use crate::wire::message::RoomState;

pub(super) struct Standing {
    /// What the host says; `None` until a viewer has been adopted.
    pub(super) room: Option<RoomRecord>,
    pub(super) phase: Phase,
    /// What keeps the peer from its purpose.
    pub(super) problem: Option<Problem>,
    /// The person's name.
    pub(super) name: String,
    /// The person's own word for it, once the room is known.
    pub(super) profile: Option<Signed<Profile>>,
    /// What viewers show.
    pub(super) viewers: ViewerSource,
}

impl Standing {
    /// The room as its host describes it.
    pub(super) fn state(&self) -> Option<&RoomState> {
        self.room.as_ref().map(|room| room.state())
    }

    pub(super) fn host(&self) -> Option<&PeerId> {
        self.state().map(|state| &state.id)
    }

    /// Whether the host streams.
    pub(super) fn is_on_air(&self) -> bool {
        self.state().is_some_and(|state| state.on_air.is_some())
    }

    /// Whose stream is to be shown.
    pub(super) fn shown(&self) -> Shown {
        let allowed = self.room.as_ref().is_some_and(|room| room.rules().viewer_sources);
        let ended = self.phase == Phase::Ended;
        let host = self.state().and_then(|state| state.on_air);
        self.viewers.choose(host, allowed && !ended)
    }

    /// Whether this viewer's own source is shown.
    pub(super) fn shows_own(&self) -> bool {
        matches!(self.shown(), Shown::Own(_))
    }

    /// The tracks of what is shown.
    pub(super) fn on_air(&self) -> Option<Tracks> {
        self.shown().tracks()
    }

    /// Whether pictures are to be expected.
    pub(super) fn is_streaming(&self) -> bool {
        self.state().is_some_and(|state| state.on_air.is_some() && !state.source_stalled)
    }

    /// Signs the person's name for the room, in which it is shown to all.
    pub(super) fn sign_name<R: RngCore>(&mut self, swarm: &Swarm<R>) {
        let Some(room) = self.host() else { return };
        let at = swarm.now.as_millis();
        let profile = Profile { id: swarm.id().clone(), name: self.name.clone(), at };
        self.profile = swarm.say(profile, room).signed().cloned();
    }

    /// The cover that the host names.
    pub(super) fn cover(&self) -> Option<PictureId> {
        self.state()?.meta.image
    }

    pub(super) fn is_muted(&self, author: &PeerId) -> bool {
        self.room.as_ref().is_some_and(|room| room.rules().muted.contains(author))
    }

    pub(super) fn is_attached(&self) -> bool {
        self.phase == Phase::Attached
    }
}
