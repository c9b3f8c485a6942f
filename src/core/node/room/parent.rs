//! Being a parent: adopting, redirecting, reporting what is below.

use rand_core::RngCore;

use super::rate_limited::{COUNT_PACES, PACE, PLACE_PACES, RateLimited, SUMMARY_PACES, pace};
use super::{Place, Room};
use crate::link::io::MediaRole;
use crate::model::Phase;
use crate::room::map::Change;
use crate::signal::payload::{Handshake, Intent, RefusalReason};
use crate::swarm::{LinkRole, Swarm};
use crate::tree::AdvertiseDecision;
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::message::{Message, Summary};

impl Room {
    /// A peer asks to become a child.
    pub(super) fn on_join_request<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        peer: PeerId,
        handshake: Handshake,
    ) {
        let Some(path) = self.path_below(swarm) else {
            let ask = self.backups.clone();
            let reason = if self.phase == Phase::Ended {
                RefusalReason::NotInRoom
            } else {
                RefusalReason::Detached
            };
            return swarm.refuse(link, reason, ask);
        };
        if path.contains(&peer) {
            return swarm.refuse(link, RefusalReason::Cycle, Vec::new());
        }
        if let Some((reason, ask)) = self.bars(&peer, handshake.admission_token) {
            return swarm.refuse(link, reason, ask);
        }
        let slots = self.slots(swarm);
        let slots = slots + swarm.reserve(link, slots);
        let full = self.children.free(slots) == 0
            && (handshake.intent != Intent::Join || self.last_resort(swarm) == 0);
        if full && !self.children.contains(&peer) {
            return self.on_join_request_full(swarm, link, &peer, handshake);
        }
        if let Some(obsolete) = self.children.reserve(peer, link) {
            swarm.close(obsolete);
        }
        swarm.accept(link, LinkRole::JoiningChild, MediaRole::Send);
        let source = self.source();
        swarm.feed(link, source);
        self.drop_standbys(swarm);
        self.report(swarm);
    }

    pub(super) fn joined<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        peer: &PeerId,
        join: Message,
    ) {
        let Message::Join { name, summary, high_water } = join else {
            return;
        };
        if self.removes(swarm, link, peer) {
            return;
        }
        let displaces = self.children.end_displacement(link);
        if self.children.end_standby(link) || displaces {
            let lost = self.path_below(swarm).is_none();
            if lost || !(if displaces { self.displace(swarm, peer) } else { self.free(swarm) > 0 })
            {
                let mut ask: Vec<_> = self.children.alternatives(peer).collect();
                ask.truncate(limits::CANDIDATE_PARENTS);
                return swarm.send_and_close(link, &Message::Leave { ask });
            }
            self.children.reserve(peer.clone(), link);
            let source = self.source();
            swarm.feed(link, source);
        }
        let (joined, replaced) = self.children.join(swarm.now, peer, link, name, summary);
        let (true, Some(room)) = (joined, self.state.clone()) else {
            return swarm.close(link);
        };
        swarm.set_role(link, LinkRole::Child);
        if let Some(replaced) = replaced {
            swarm.set_role(replaced, LinkRole::RetiredChild);
            swarm.feed(replaced, None);
        }
        let Some(path) = self.path_below(swarm) else {
            // The way was lost while the child was connecting; it asks elsewhere.
            self.children.link_down(peer, link);
            return swarm.send_and_close(link, &Message::Leave { ask: self.backups.clone() });
        };
        swarm.send(link, &Message::Adopted { room, path, high_water: self.chat.high_water() });
        self.catch_up(swarm, link, &high_water);
        self.map_child(swarm, link);
        // There may be fewer slots by now than when this one was given.
        self.shed_children(swarm);
    }

    /// A child's slot is free; its links stay open until it has moved, or for a while.
    pub(super) fn retire_child<R: RngCore>(&mut self, swarm: &mut Swarm<R>, child: &PeerId) {
        for link in self.children.retire(swarm.now, child) {
            swarm.set_role(link, LinkRole::RetiredChild);
        }
    }

    /// What this peer tells its parent of its subtree.
    pub(super) fn summary<R: RngCore>(&self, swarm: &Swarm<R>) -> Summary {
        self.children.summary(swarm.id(), self.slots(swarm), self.last_resort(swarm))
    }

    /// Something below or above has changed: say so to whom it concerns, each at its pace.
    pub(super) fn report<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        let now = swarm.now;
        let links: Vec<_> = self.children.iter().map(|(id, c)| (id.clone(), c.link)).collect();
        for (child, link) in links {
            self.children.measure(&child, swarm.round_trip(link));
        }
        let summary = self.summary(swarm);
        let (size, depth) = (summary.size, summary.best_depth());
        match self.parent().map(|parent| parent.link) {
            Some(link) => {
                let same_places = |said: &Summary| {
                    (&said.free_slots, &said.displaceable)
                        == (&summary.free_slots, &summary.displaceable)
                };
                let same = self.reported.said.as_ref().is_some_and(same_places);
                let paces = if same { &SUMMARY_PACES[..] } else { &PLACE_PACES };
                let pace = pace(paces, size);
                if let Some(summary) = self.reported.say(now, pace, summary) {
                    swarm.send(link, &Message::Summary(summary));
                }
            }
            // The next parent gets it with `Join`.
            None => self.reported = RateLimited::new(),
        }
        // Everyone is told; in a large room the number changes all the time.
        if matches!(self.place, Place::Host { .. })
            && let Some((count, depth)) =
                self.counted.say(now, pace(&COUNT_PACES, size), (size, depth))
        {
            if let Some(state) = &mut self.state {
                state.members = count;
            }
            swarm.dirty = true;
            self.tell_children(swarm, &Message::Members { count, depth });
            self.announce(swarm);
        }
        self.map_changed(swarm);
        self.backed.said = None;
        if self.backed.say(now, PACE, ()).is_some() {
            self.tell_backups(swarm);
        }
    }

    /// Tells every child of peers outside its subtree that could take it.
    pub(super) fn tell_backups<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        let mut later: Option<Time> = None;
        let hint = self.hint_for_child(swarm);
        let children: Vec<_> = self.children.iter().map(|(id, c)| (id.clone(), c.link)).collect();
        for (child, link) in children {
            // Those outside this peer's own subtree first: they do not go when it goes.
            let above = self.backups.iter().take(limits::CANDIDATE_PARENTS - 2).cloned();
            let mut peers: Vec<_> = above.filter(|peer| *peer != child).collect();
            peers.extend(self.children.alternatives(&child));
            peers.truncate(limits::CANDIDATE_PARENTS);
            let hint = hint.as_ref().filter(|(highest, _)| *highest == child).map(|(_, r)| r);
            match self.children.advertise(swarm.now, &child, &peers, hint) {
                AdvertiseDecision::Now => {
                    swarm.send(link, &Message::Backups { peers, hint: hint.cloned() })
                }
                AdvertiseDecision::At(time) => {
                    later = Some(later.map_or(time, |later| time.min(later)))
                }
                AdvertiseDecision::Nothing => {}
            }
        }
        self.backed.due = later;
    }

    pub(super) fn child_says<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        peer: &PeerId,
        message: Message,
    ) {
        match message {
            Message::Summary(summary) => {
                self.children.summarise(peer, summary);
                self.report(swarm);
            }
            // It has been elsewhere for a moment and wants to know what it missed.
            join @ Message::Join { .. } if self.children.may_rejoin(swarm.now, peer) => {
                self.joined(swarm, link, peer, join);
            }
            Message::Rename { name } => self.children.rename(peer, name),
            Message::Chat(message) if self.may_speak(peer) => self.chat(swarm, link, message),
            Message::Picture(picture) => self.pictures.take(swarm.now, link, picture),
            Message::RequestBlob(id) => self.cover_wanted(swarm, link, id),
            Message::Watch { levels } => self.map_wanted(swarm, link, levels),
            Message::Map { put, gone } => self.map_told(swarm, link, Change { put, gone }),
            Message::MediaTimeout => self.child_media_timeout(swarm, link),
            message @ Message::ConferenceUpdate { .. } => self.update_conference(swarm, message),
            Message::Leave { .. } => {
                // Its slot is free; it is fed until its own children have found another place.
                self.retire_child(swarm, peer);
                self.report(swarm);
            }
            _ => {}
        }
    }
}
