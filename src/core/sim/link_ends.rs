//! The ends of links that one peer has.

use core::time::Duration;

use super::PeerIndex;
use crate::model::GatheringKind;
use crate::node::{MediaRole, Source};
use crate::util::id::LinkId;
use crate::util::time::Time;

/// One end of a link.
#[derive(Default)]
pub(super) struct End {
    /// The other end.
    pub(super) other: Option<(PeerIndex, LinkId)>,
    /// The gathering whose members it links.
    pub(super) call: Option<GatheringKind>,
    /// Whether the data channel is open.
    pub(super) open: bool,
    /// What is sent over it.
    pub(super) feed: Option<Source>,
    /// Since when, or from when on, what is sent can be seen: an encoder needs time to start.
    pub(super) warm: Option<Time>,
    /// How long its picture may stay away before the peer wants to know.
    pub(super) watch: Option<Duration>,
    /// Whether pictures arrive.
    pub(super) flows: bool,
    /// Since when that is so.
    pub(super) since: Time,
    /// The other side has died: what it sent for the last time is here by then, and what was lost
    /// is not sent again.
    pub(super) cut: Option<Time>,
    /// When the last frame that was sent arrives: frames of one link keep their order.
    pub(super) busy: Time,
}

impl End {
    pub(super) fn is_warm(&self, now: Time) -> bool {
        self.warm.is_some_and(|warm| warm <= now)
    }
}

/// The ends of one peer; few, so that searching them one by one is quickest.
#[derive(Default)]
pub(super) struct LinkEnds(Vec<(LinkId, End)>);

impl LinkEnds {
    pub(super) fn iter(&self) -> impl Iterator<Item = (LinkId, &End)> {
        self.0.iter().map(|(link, end)| (*link, end))
    }

    pub(super) fn get(&self, link: LinkId) -> Option<&End> {
        self.0.iter().find(|(id, _)| *id == link).map(|(_, end)| end)
    }

    pub(super) fn get_mut(&mut self, link: LinkId) -> Option<&mut End> {
        self.0.iter_mut().find(|(id, _)| *id == link).map(|(_, end)| end)
    }

    pub(super) fn insert(&mut self, link: LinkId, media: MediaRole) {
        let call = match media {
            MediaRole::Call(kind) => Some(kind),
            _ => None,
        };
        self.0.push((link, End { call, ..End::default() }));
    }

    pub(super) fn remove(&mut self, link: LinkId) -> Option<End> {
        let at = self.0.iter().position(|(id, _)| *id == link)?;
        Some(self.0.swap_remove(at).1)
    }
}
