//! What the way up works with besides its own state.

use super::downstream::Downstream;
use super::standing::Standing;
use crate::room::{Admission, Conversation};
use crate::signal::payload::Membership;
use crate::swarm::Swarm;

/// The rest of the peer, which the way up reads, tells and asks.
pub(super) struct Context<'a, R> {
    pub(super) swarm: &'a mut Swarm<R>,
    pub(super) standing: &'a mut Standing,
    pub(super) below: &'a Downstream,
    pub(super) chat: &'a Conversation,
    pub(super) admission: &'a mut Admission,
}

impl<R> Context<'_, R> {
    /// What this peer shows where it asks for a place.
    pub(super) fn membership(&self) -> Membership {
        let room = self.standing.room.as_ref();
        self.admission.shown(room.map(|room| room.rules().admission))
    }
}
