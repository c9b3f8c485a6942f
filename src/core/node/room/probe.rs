//! See [`Probe`](crate::node::Probe).

use std::sync::Arc;

use super::{Place, Room};
use crate::model::{ChatMessage, Phase, Problem};
use crate::util::id::PeerId;

impl Room {
    fn upstream(&self) -> Option<&super::Upstream> {
        match &self.place {
            Place::Viewer(upstream) => Some(upstream),
            Place::Host(_) => None,
        }
    }

    pub(crate) fn probe_parent(&self) -> Option<&PeerId> {
        Some(&self.upstream()?.parent()?.peer)
    }

    pub(crate) fn probe_path(&self) -> Option<&[PeerId]> {
        self.upstream()?.path()
    }

    pub(crate) fn probe_children(&self) -> impl Iterator<Item = &PeerId> {
        self.below.children().iter().filter(|(_, child)| child.joined).map(|(id, _)| id)
    }

    pub(crate) fn probe_slots(&self) -> (usize, u32) {
        (self.below.children().iter().count(), self.below.uplink().slots())
    }

    pub(crate) fn probe_phase(&self) -> Phase {
        self.standing.phase
    }

    pub(crate) fn probe_problem(&self) -> Option<&Problem> {
        self.standing.problem.as_ref()
    }

    pub(crate) fn probe_title(&self) -> Option<&str> {
        Some(&self.standing.state()?.meta.title)
    }

    pub(crate) fn probe_chat(&self) -> impl Iterator<Item = &Arc<ChatMessage>> {
        self.chat.log().history()
    }

    pub(crate) fn probe_backlog(&self) -> usize {
        self.upstream().map_or(0, super::Upstream::backlog)
    }

    pub(crate) fn probe_standby(&self) -> Option<&PeerId> {
        self.upstream()?.standby_path()?.last()
    }
}
