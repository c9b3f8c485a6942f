//! Being a parent: adopting, redirecting, reporting what is below.

use rand_core::RngCore;

use super::report::{COUNT_PACES, PACE, PLACE_PACES, Report, SUMMARY_PACES, pace};
use super::{Place, Room};
use crate::id::{LinkId, PeerId};
use crate::node::io::MediaRole;
use crate::node::net::Net;
use crate::signal::payload::{Hello, Want, Why};
use crate::time::Time;
use crate::tree::{Change, Telling};
use crate::view::Phase;
use crate::wire::limits;
use crate::wire::message::{Message, Summary};

impl Room {
    pub(super) fn knock<R: RngCore>(
        &mut self,
        net: &mut Net<R>,
        link: LinkId,
        peer: PeerId,
        hello: Hello,
    ) {
        let Some(path) = self.path_below(net) else {
            let ask = self.backups.clone();
            let why = if self.phase == Phase::Ended { Why::Elsewhere } else { Why::Adrift };
            return net.refuse(link, why, ask);
        };
        if path.contains(&peer) {
            return net.refuse(link, Why::Cycle, Vec::new());
        }
        if let Some((why, ask)) = self.bars(&peer, hello.ticket) {
            return net.refuse(link, why, ask);
        }
        let slots = self.slots(net);
        let slots = slots + net.reserve(link, slots);
        let full = self.children.free(slots) == 0
            && (hello.want != Want::Join || self.last_resort(net) == 0);
        if full && !self.children.contains(&peer) {
            return self.knocks_in_vain(net, link, &peer, hello);
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
        if self.turns_away(net, link, peer) {
            return;
        }
        let swaps = self.children.end_swap(link);
        if self.children.end_spare(link) || swaps {
            let lost = self.path_below(net).is_none();
            if lost || !(if swaps { self.displace(net, peer) } else { self.free(net) > 0 }) {
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
        self.catch_up(net, link, &have);
        self.map_child(net, link);
        // There may be fewer slots by now than when this one was given.
        self.give_back(net);
    }

    /// What this peer tells its parent of its subtree.
    pub(super) fn summary<R: RngCore>(&self, net: &Net<R>) -> Summary {
        self.children.summary(net.id(), self.slots(net), self.last_resort(net))
    }

    /// Something below or above has changed: say so to whom it concerns, each at its pace.
    pub(super) fn report<R: RngCore>(&mut self, net: &mut Net<R>) {
        let now = net.now;
        let links: Vec<_> = self.children.iter().map(|(id, c)| (id.clone(), c.link)).collect();
        for (child, link) in links {
            self.children.measure(&child, net.round_trip(link));
        }
        let summary = self.summary(net);
        let (size, depth) = (summary.size, summary.best_depth());
        match self.parent().map(|parent| parent.link) {
            Some(link) => {
                let same_places =
                    |said: &Summary| (&said.open, &said.weak) == (&summary.open, &summary.weak);
                let same = self.reported.said.as_ref().is_some_and(same_places);
                let paces = if same { &SUMMARY_PACES[..] } else { &PLACE_PACES };
                let pace = pace(paces, size);
                if let Some(summary) = self.reported.say(now, pace, summary) {
                    net.send(link, &Message::Summary(summary));
                }
            }
            // The next parent gets it with `Join`.
            None => self.reported = Report::new(),
        }
        // Everyone is told; in a large room the number changes all the time.
        if matches!(self.place, Place::Host { .. })
            && let Some((count, depth)) =
                self.counted.say(now, pace(&COUNT_PACES, size), (size, depth))
        {
            if let Some(state) = &mut self.state {
                state.members = count;
            }
            net.dirty = true;
            self.tell_children(net, &Message::Members { count, depth });
            self.announce(net);
        }
        self.map_changed(net);
        self.backed.said = None;
        if self.backed.say(now, PACE, ()).is_some() {
            self.tell_backups(net);
        }
    }

    /// Tells every child of peers outside its subtree that could take it.
    pub(super) fn tell_backups<R: RngCore>(&mut self, net: &mut Net<R>) {
        let mut later: Option<Time> = None;
        let rise = self.rise_below(net);
        let children: Vec<_> = self.children.iter().map(|(id, c)| (id.clone(), c.link)).collect();
        for (child, link) in children {
            // Those outside this peer's own subtree first: they do not go when it goes.
            let above = self.backups.iter().take(limits::CANDIDATE_PARENTS - 2).cloned();
            let mut peers: Vec<_> = above.filter(|peer| *peer != child).collect();
            peers.extend(self.children.alternatives(&child));
            peers.truncate(limits::CANDIDATE_PARENTS);
            let rise = rise.as_ref().filter(|(highest, _)| *highest == child).map(|(_, r)| r);
            match self.children.tell(net.now, &child, &peers, rise) {
                Telling::Now => net.send(link, &Message::Backups { peers, rise: rise.cloned() }),
                Telling::At(time) => later = Some(later.map_or(time, |later| time.min(later))),
                Telling::Nothing => {}
            }
        }
        self.backed.due = later;
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
            // It has been elsewhere for a moment and wants to know what it missed.
            join @ Message::Join { .. } if self.children.may_rejoin(net.now, peer) => {
                self.joined(net, link, peer, join);
            }
            Message::Rename { name } => self.children.rename(peer, name),
            Message::Chat(message) if self.may_speak(peer) => self.chat(net, link, message),
            Message::Picture(picture) => self.pictures.take(net.now, link, picture),
            Message::Want(id) => self.cover_wanted(net, link, id),
            Message::Watch { levels } => self.map_wanted(net, link, levels),
            Message::Map { put, gone } => self.map_told(net, link, Change { put, gone }),
            Message::Dry => self.child_is_dry(net, link),
            message @ Message::Confer { .. } => self.confer(net, message),
            Message::Leave { .. } => {
                // Its slot is free; it is fed until its own children have found another place.
                self.children.retire(net.now, peer);
                self.report(net);
            }
            _ => {}
        }
    }
}
