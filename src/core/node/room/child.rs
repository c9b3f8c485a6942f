//! Being a child: finding a parent, keeping it, replacing it.

use core::time::Duration;

use rand_core::RngCore;

use super::report::Report;
use super::{Parent, Place, Room, card};
use crate::id::{LinkId, PeerId};
use crate::link::Down;
use crate::node::io::{Output, Source};
use crate::node::net::Net;
use crate::signal::payload::Want;
use crate::tree::{Change, Outcome, Step};
use crate::view::{Phase, Problem};
use crate::wire::limits;
use crate::wire::message::{Message, RoomState};

/// A picture that stays away for so long makes a peer ask whether its parent still lives.
pub(super) const STALL: Duration = Duration::from_millis(250);

impl Room {
    /// Goes on with the search for a parent, as far as it can go now.
    pub(super) fn search<R: RngCore>(&mut self, net: &mut Net<R>) {
        if let Some((peer, link)) = self.seek.overdue(net.now, |link| net.is_answered(link)) {
            net.close(link);
            self.attempt_failed(Some(&peer), &Down::Unanswered);
        }
        loop {
            let own = net.id().clone();
            match self.seek.step(net.now, &own, &mut net.rng) {
                Step::Wait => return,
                // At the door, nothing is found until the host answers.
                Step::Again if self.doors.waits() => self.seek.nap(net.now, &mut net.rng),
                Step::Again => self.begin_seek(net, Vec::new()),
                Step::Dial(peer) => {
                    let want = if self.seek.is_single() { Want::Climb } else { Want::Join };
                    match net.dial_with(&peer, want, self.slots(net), self.ticket()) {
                        Some(link) => self.seek.dialled(net.now, peer, link),
                        None => self.seek.failed(&Down::Unconnectable),
                    }
                }
                Step::Exhausted(outcome) => {
                    if self.misses_host(net) {
                        // It is called again and again until it is back.
                        self.seek.hurry();
                    } else if let Outcome::Kicked | Outcome::Banned = outcome {
                        return self.sent_away(net, outcome == Outcome::Banned);
                    } else if self.path().is_none() {
                        if outcome == Outcome::Knock {
                            self.knock_at_the_door(net);
                        }
                        self.problem = Some(match outcome {
                            Outcome::Full | Outcome::Adrift => Problem::RoomFull,
                            Outcome::Unconnectable => Problem::Unconnectable,
                            Outcome::Elsewhere => Problem::NotARoom,
                            Outcome::NotFound => Problem::RoomNotFound,
                            Outcome::Knock => Problem::Knocking,
                            _ => Problem::Locked,
                        });
                    }
                    // A peer that has a parent was only trying to find a better one.
                    if self.parent().is_some() {
                        self.seek.stop();
                    }
                    net.dirty = true;
                }
            }
        }
    }

    /// Begins to look for a parent: first where a leaving parent pointed, then at the backups,
    /// then up the path, then where the room was found first.
    pub(super) fn begin_seek<R: RngCore>(&mut self, net: &mut Net<R>, first: Vec<PeerId>) {
        let seeds = self.seeds(first);
        self.seek.begin(seeds);
        self.search(net);
    }

    fn seeds(&self, first: Vec<PeerId>) -> Vec<PeerId> {
        let Place::Viewer { target, .. } = &self.place else {
            return Vec::new();
        };
        let mut seeds = first;
        if self.away.is_on() {
            // Nobody else has a way to the host.
            seeds.clear();
            seeds.extend(self.state.iter().map(|state| state.id.clone()));
            return seeds;
        }
        seeds.extend(self.backups.iter().cloned());
        seeds.extend(self.state.iter().map(|state| state.id.clone()));
        seeds.push(target.clone());
        seeds.retain(|peer| !self.children.contains(peer));
        seeds
    }

    pub(super) fn opened<R: RngCore>(&mut self, net: &mut Net<R>, link: LinkId) {
        self.greet_spare(net, link);
        self.greet_at_the_door(net, link);
        if self.seek.is_attempt(link) {
            self.ask_to_join(net, link);
        } else if let (Some(state), Place::Host { announcer }) = (&self.state, &mut self.place)
            && announcer.owns(link)
        {
            announcer.opened();
            announcer.update(net, || card(state));
        }
    }

    pub(super) fn ask_to_join<R: RngCore>(&mut self, net: &mut Net<R>, link: LinkId) {
        let summary = self.summary(net);
        let join = Message::Join { name: self.name.clone(), summary, have: self.chat.have() };
        net.send(link, &join);
    }

    /// Shows what comes over a link, and passes it on. It is shown from when the host streams on:
    /// a browser that is given tracks keeps its sound running, whether there is any or not.
    pub(super) fn show_from<R: RngCore>(&self, net: &mut Net<R>, link: LinkId) {
        if self.is_on_air() {
            net.push(Output::Show(Some(Source::Link(link))));
        }
        for child in self.children.fed_links() {
            net.feed(child, Some(Source::Link(link)));
        }
    }

    /// A move has failed whose pictures may have been shown already.
    pub(super) fn show_parent<R: RngCore>(&self, net: &mut Net<R>) {
        if let Some(parent) = self.parent() {
            self.show_from(net, parent.link);
        }
    }

    pub(super) fn adopted<R: RngCore>(
        &mut self,
        net: &mut Net<R>,
        link: LinkId,
        peer: &PeerId,
        room: RoomState,
        path: Vec<PeerId>,
    ) {
        let flowed = self.flow.flows_now();
        if matches!(self.place, Place::Host { .. }) {
            return;
        }
        let old = self.take_parent();
        self.set_parent(Parent {
            link,
            peer: peer.clone(),
            path: Some(Vec::new()),
            adrift: None,
            leaves: false,
        });
        self.seek.stop();
        self.problem = None;
        self.phase = Phase::Attached;
        self.host_is_back();
        self.backups.clear();
        self.settled();
        self.reported = Report::new();
        net.watch(link, STALL);
        self.change_over(net, link, old, flowed);
        self.room_changed(net, room);
        self.flow_begins(net);
        self.path_changed(net, Some(path));
        self.check_spare(net);
        self.map_parent(net);
        self.report(net);
    }

    pub(super) fn path_changed<R: RngCore>(&mut self, net: &mut Net<R>, path: Option<Vec<PeerId>>) {
        let (own, now) = (net.id().clone(), net.now);
        let Some(parent) = self.parent_mut() else {
            return;
        };
        if path.as_ref().is_some_and(|path| path.contains(&own) || path.len() >= limits::PATH) {
            // Two subtrees have adopted each other; whoever notices leaves the circle.
            let link = parent.link;
            net.close(link);
            self.orphaned(net, Vec::new());
            return;
        }
        if path.is_some() && parent.path == path {
            return;
        }
        let returns = path.is_some();
        parent.adrift = if path.is_some() { None } else { parent.adrift.or(Some(now)) };
        parent.path = path;
        if returns {
            self.problem = None;
        }
        if returns && self.away.is_on() {
            self.host_is_back();
            self.phase = Phase::Attached;
        }
        self.replace_low_spare(net);
        self.weigh_spare(net);
        let path = self.path_below(net);
        self.tell_path(net, path);
    }

    fn tell_path<R: RngCore>(&mut self, net: &mut Net<R>, path: Option<Vec<PeerId>>) {
        let message = Message::Path { path };
        self.tell_children(net, &message);
        self.children.spare_links().for_each(|link| net.send(link, &message));
    }

    /// The parent is gone; the children stay.
    pub(super) fn orphaned<R: RngCore>(&mut self, net: &mut Net<R>, ask: Vec<PeerId>) {
        let Some(lost) = self.take_parent() else {
            return;
        };
        self.tell_path(net, None);
        if !self.away.is_on() {
            self.phase = Phase::Repairing;
            self.take_spare(net);
        }
        self.backups.retain(|peer| *peer != lost.peer);
        let up = lost.path.into_iter().flatten().rev().filter(|peer| *peer != lost.peer);
        let first = ask.into_iter().chain(self.backups.clone()).chain(up).collect();
        self.begin_seek(net, first);
    }

    pub(super) fn refresh<R: RngCore>(&mut self, net: &mut Net<R>) {
        // A fresh link to the same parent replaces the old one without a gap.
        let Some(peer) = self.parent().map(|parent| parent.peer.clone()) else {
            self.seek.hurry();
            return self.begin_seek(net, Vec::new());
        };
        if let Some(parent) = self.parent().filter(|parent| net.is_legacy(parent.link)) {
            return net.ask_for_picture(parent.link);
        }
        if !self.seek.is_busy() {
            self.seek.begin([peer]);
            self.search(net);
        }
    }

    pub(super) fn parent_says<R: RngCore>(
        &mut self,
        net: &mut Net<R>,
        link: LinkId,
        message: Message,
    ) {
        match message {
            Message::Room(room) => self.room_changed(net, room),
            Message::Members { count, depth } => {
                if let Some(state) = &mut self.state {
                    state.members = count;
                    self.best_depth = depth;
                    self.tell_children(net, &Message::Members { count, depth });
                    self.replace_low_spare(net);
                }
            }
            Message::Path { path } => self.path_changed(net, path),
            Message::Backups { peers, rise } => {
                self.backups = peers;
                self.hear_of_rise(net, rise);
                self.spare.news(net.now, &mut net.rng);
                self.report(net);
            }
            Message::Chat(message) => self.chat(net, link, message),
            Message::Picture(picture) => self.picture_comes(net, link, picture),
            Message::Delete(messages) => self.delete(net, messages),
            Message::Out(banned) => self.sent_away(net, banned),
            // It goes on sending until this peer has found another place, or for a while.
            Message::Leave { ask } => {
                if let Some(parent) = self.parent_mut() {
                    parent.leaves = true;
                }
                if !self.take_spare(net) {
                    self.begin_seek(net, ask);
                }
            }
            Message::Watch { levels } => self.map_wanted(net, link, levels),
            Message::Map { put, gone } => self.map_told(net, link, Change { put, gone }),
            Message::Flows { flows } => self.parent_flows(net, flows),
            Message::Away => self.host_goes(net),
            Message::End => self.end(net),
            _ => {}
        }
    }
}
