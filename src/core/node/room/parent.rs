//! Being a parent: adopting, redirecting, reporting what is below.

use rand_core::RngCore;

use super::{Place, Report, Room};
use crate::id::{LinkId, PeerId};
use crate::node::io::MediaRole;
use crate::node::net::Net;
use crate::signal::payload::Why;
use crate::view::Phase;
use crate::wire::limits;
use crate::wire::message::Message;

impl Room {
    pub(super) fn knock<R: RngCore>(&mut self, net: &mut Net<R>, link: LinkId, peer: PeerId) {
        let Some(path) = self.path_below(net) else {
            let ask = self.backups.clone();
            let why = if self.phase == Phase::Ended { Why::Elsewhere } else { Why::Adrift };
            return net.refuse(link, why, ask);
        };
        if path.contains(&peer) {
            return net.refuse(link, Why::Cycle, Vec::new());
        }
        let slots = self.max_children + net.reserve(link, self.max_children);
        if !self.children.contains(&peer) && self.children.free(slots) == 0 {
            let mut ask = self.children.redirect(net.now, &peer);
            ask.extend(self.backups.iter().filter(|b| **b != peer).cloned());
            ask.truncate(limits::CANDIDATE_PARENTS);
            return net.refuse(link, Why::Full, ask);
        }
        if let Some(obsolete) = self.children.reserve(peer, link) {
            net.close(obsolete);
        }
        net.accept(link, MediaRole::Send);
        let source = self.source();
        net.feed(link, source);
        self.drop_spares(net);
        self.report(net);
    }

    pub(super) fn joined<R: RngCore>(
        &mut self,
        net: &mut Net<R>,
        link: LinkId,
        peer: &PeerId,
        join: Message,
    ) {
        let Message::Join { name, summary, have } = join else {
            return;
        };
        if self.children.is_spare(link) {
            self.children.end_spare(link);
            if self.path_below(net).is_none() || self.children.free(self.max_children) == 0 {
                let mut ask: Vec<_> = self.children.alternatives(peer).collect();
                ask.truncate(limits::CANDIDATE_PARENTS);
                return net.send_and_close(link, &Message::Leave { ask });
            }
            self.children.reserve(peer.clone(), link);
            let source = self.source();
            net.feed(link, source);
        }
        let (joined, replaced) = self.children.join(net.now, peer, link, name, summary);
        let (true, Some(room)) = (joined, self.state.clone()) else {
            return net.close(link);
        };
        if let Some(replaced) = replaced {
            net.feed(replaced, None);
        }
        let Some(path) = self.path_below(net) else {
            // The way was lost while the child was connecting; it asks elsewhere.
            self.children.link_down(peer, link);
            return net.send_and_close(link, &Message::Leave { ask: self.backups.clone() });
        };
        net.send(link, &Message::Adopted { room, path, have: self.chat.have() });
        for message in self.chat.missing(&have) {
            net.send(link, &Message::Chat((*message).clone()));
        }
        self.report(net);
    }

    /// Something below or above has changed: say so to whom it concerns, each at its pace.
    pub(super) fn report<R: RngCore>(&mut self, net: &mut Net<R>) {
        let now = net.now;
        let summary = self.children.summary(net.id(), self.max_children);
        let size = summary.size;
        match self.parent().map(|parent| parent.link) {
            Some(link) => {
                if let Some(summary) = self.reported.say(now, summary) {
                    net.send(link, &Message::Summary(summary));
                }
            }
            // The next parent gets it with `Join`.
            None => self.reported = Report::new(),
        }
        if matches!(self.place, Place::Host { .. })
            && let Some(count) = self.counted.say(now, size)
        {
            if let Some(state) = &mut self.state {
                state.members = count;
            }
            net.dirty = true;
            self.tell_children(net, &Message::Members { count });
            self.announce(net);
        }
        self.backed.said = None;
        if self.backed.say(now, ()).is_some() {
            self.tell_backups(net);
        }
    }

    /// Tells every child of peers outside its subtree that could take it.
    pub(super) fn tell_backups<R: RngCore>(&mut self, net: &mut Net<R>) {
        let children: Vec<_> = self.children.iter().map(|(id, c)| (id.clone(), c.link)).collect();
        for (child, link) in children {
            // Those outside this peer's own subtree first: they do not go when it goes.
            let above = self.backups.iter().take(limits::CANDIDATE_PARENTS - 2).cloned();
            let mut peers: Vec<_> = above.filter(|peer| *peer != child).collect();
            peers.extend(self.children.alternatives(&child));
            peers.truncate(limits::CANDIDATE_PARENTS);
            if self.children.say_backups(&child, &peers) {
                net.send(link, &Message::Backups { peers });
            }
        }
    }

    pub(super) fn child_says<R: RngCore>(
        &mut self,
        net: &mut Net<R>,
        link: LinkId,
        peer: &PeerId,
        message: Message,
    ) {
        match message {
            Message::Summary(summary) => {
                self.children.summarise(peer, summary);
                self.report(net);
            }
            Message::Rename { name } => self.children.rename(peer, name),
            Message::Chat(message) => self.chat(net, link, message),
            Message::Leave { .. } => {
                // Its slot is free; it is fed until its own children have found another place.
                self.children.retire(net.now, peer);
                self.report(net);
            }
            _ => {}
        }
    }
}
