//! What the way up works with besides its own state.

use super::downstream::Downstream;
use super::standing::Standing;
use crate::room::{Admission, Conversation};
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
    /// What lets this peer into the room.
    pub(super) fn admission_token(&self) -> Option<u64> {
        let state = self.standing.state.as_ref();
        state.map(|state| state.rules.admission_token).or(self.admission.token())
    }
}
