//! See [`Probe`](crate::node::Probe).

use std::sync::Arc;

use super::Room;
use crate::model::{ChatMessage, Phase, Problem};
use crate::util::id::PeerId;

impl Room {
    pub(crate) fn probe_parent(&self) -> Option<&PeerId> {
        self.parent().map(|parent| &parent.peer)
    }

    pub(crate) fn probe_path(&self) -> Option<&[PeerId]> {
        self.path().map(Vec::as_slice)
    }

    pub(crate) fn probe_children(&self) -> impl Iterator<Item = &PeerId> {
        self.children.iter().filter(|(_, child)| child.joined).map(|(id, _)| id)
    }

    pub(crate) fn probe_slots(&self) -> (usize, u32) {
        (self.children.iter().count(), self.uplink.slots())
    }

    pub(crate) fn probe_phase(&self) -> Phase {
        self.phase
    }

    pub(crate) fn probe_problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }

    pub(crate) fn probe_chat(&self) -> impl Iterator<Item = &Arc<ChatMessage>> {
        self.chat.history()
    }

    pub(crate) fn probe_backlog(&self) -> usize {
        self.parent_search.backlog().max(self.backups.len())
    }

    pub(crate) fn probe_standby(&self) -> Option<&PeerId> {
        self.standby.path()?.last()
    }
}
