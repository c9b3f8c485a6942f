//! What a room has for old pages, apart from what it has for everyone.

use rand_core::RngCore;

use super::{Place, Room};
use crate::node::legacy::{Outline, RoomOutline};
use crate::node::net::Net;
use crate::view::Phase;
use crate::wire::message::{Message, Seat};

impl Room {
    /// What this peer tells to old pages.
    pub(super) fn told_to_old<R: RngCore>(&self, net: &Net<R>) -> Option<Outline> {
        if self.phase == Phase::Ended {
            return None;
        }
        let children = self.children.iter().filter(|(_, child)| child.joined);
        Some(Outline::Room(Box::new(RoomOutline {
            state: self.state.clone(),
            cover: self.cover().and_then(|id| self.covers.get(id).cloned()),
            name: self.name.clone(),
            path: self.path_below(net),
            children: children.map(|(id, child)| (id.clone(), child.name.clone())).collect(),
            network: match &self.place {
                Place::Host { announcer } => announcer.view().name,
                Place::Viewer { .. } => None,
            },
        })))
    }

    /// Somebody below takes a seat in the conference, shows something else there or leaves it; that
    /// is the host's to decide.
    pub(super) fn confer<R: RngCore>(&mut self, net: &mut Net<R>, message: Message) {
        match (self.parent().map(|parent| parent.link), message) {
            (Some(parent), message) => net.send(parent, &message),
            (None, Message::Confer { id, name, join, stream }) => {
                self.change(net, |state| state.confer(Seat { id, name, stream }, join));
            }
            _ => {}
        }
    }
}
