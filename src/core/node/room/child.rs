//! Being a child: finding a parent, keeping it, replacing it.

use core::time::Duration;

use rand_core::RngCore;

use super::rate_limited::RateLimited;
use super::{Parent, Place, Room, card};
use crate::link::DisconnectReason;
use crate::link::io::{Output, Source};
use crate::model::{Phase, Problem, Status};
use crate::room::map::Change;
use crate::signal::payload::Intent;
use crate::swarm::{LinkRole, Swarm};
use crate::tree::{Outcome, Step};
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::wire::message::{Message, RoomState};

/// A picture that stays away for so long makes a peer ask whether its parent still lives.
pub(super) const STALL: Duration = Duration::from_millis(250);

impl Room {
    /// Goes on with the search for a parent, as far as it can go now.
    pub(super) fn search<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if let Some((peer, link)) =
            self.parent_search.overdue(swarm.now, |link| swarm.is_answered(link))
        {
            swarm.close(link);
            self.attempt_failed(swarm, Some(&peer), &DisconnectReason::Unanswered);
        }
        loop {
            let own = swarm.id().clone();
            match self.parent_search.step(swarm.now, &own, &mut swarm.rng) {
                Step::Wait => return,
                // At the door, nothing is found until the host answers.
                Step::Again if self.admission.waits() => {
                    self.parent_search.back_off(swarm.now, &mut swarm.rng)
                }
                Step::Again => self.begin_search(swarm, Vec::new()),
                Step::Dial(peer) => {
                    let intent = if self.parent_search.is_single() {
                        Intent::Reparent
                    } else {
                        Intent::Join
                    };
                    match swarm.dial_with(
                        &peer,
                        intent,
                        LinkRole::ParentAttempt,
                        self.slots(swarm),
                        self.admission_token(),
                    ) {
                        Some(link) => self.parent_search.dialled(swarm.now, peer, link),
                        None => self.parent_search.failed(&DisconnectReason::Unconnectable),
                    }
                }
                Step::Exhausted(outcome) => {
                    if self.misses_host(swarm) {
                        // It is called again and again until it is back.
                        self.parent_search.reset_backoff();
                    } else if let Outcome::Kicked | Outcome::Banned = outcome {
                        return self.sent_away(swarm, outcome == Outcome::Banned);
                    } else if self.path().is_none() {
                        if outcome == Outcome::Knock {
                            self.request_admission(swarm);
                        }
                        self.problem = Some(match outcome {
                            // Without the server nobody can be asked.
                            _ if swarm.status() != Status::Open => Problem::ServerUnreachable,
                            Outcome::Full | Outcome::Detached => Problem::RoomFull,
                            Outcome::Unconnectable => Problem::Unconnectable,
                            Outcome::Elsewhere => Problem::NotARoom,
                            Outcome::NotFound => Problem::RoomNotFound,
                            Outcome::Version => Problem::OtherVersion,
                            Outcome::Knock => Problem::Knocking,
                            _ => Problem::Locked,
                        });
                    }
                    // A peer that has a parent was only trying to find a better one.
                    if self.parent().is_some() {
                        self.parent_search.stop();
                    }
                    swarm.dirty = true;
                }
            }
        }
    }

    /// Begins to look for a parent: first where a leaving parent pointed, then at the backups,
    /// then up the path, then where the room was found first.
    pub(super) fn begin_search<R: RngCore>(&mut self, swarm: &mut Swarm<R>, first: Vec<PeerId>) {
        let seeds = self.seeds(first);
        self.parent_search.begin(seeds);
        self.search(swarm);
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

    pub(super) fn opened<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        role: Option<LinkRole>,
    ) {
        match role {
            Some(LinkRole::StandbyFor) => self.greet_standby(swarm, link),
            Some(LinkRole::AdmissionRequest) => {
                swarm.send(link, &Message::Knock(self.name.clone()));
            }
            Some(LinkRole::ParentAttempt) => self.ask_to_join(swarm, link),
            Some(LinkRole::AnnouncementTo) => {
                if let (Some(state), Place::Host { announcer }) = (&self.state, &mut self.place) {
                    announcer.opened();
                    announcer.update(swarm, || card(state));
                }
            }
            _ => {}
        }
    }

    pub(super) fn ask_to_join<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        let summary = self.summary(swarm);
        let join =
            Message::Join { name: self.name.clone(), summary, high_water: self.chat.high_water() };
        swarm.send(link, &join);
    }

    /// Shows what comes over a link, and passes it on. It is shown from when the host streams on:
    /// a browser that is given tracks keeps its sound running, whether there is any or not.
    pub(super) fn show_from<R: RngCore>(&self, swarm: &mut Swarm<R>, link: LinkId) {
        if self.is_on_air() {
            swarm.push(Output::Show(Some(Source::Link(link))));
        }
        for child in self.children.fed_links() {
            swarm.feed(child, Some(Source::Link(link)));
        }
    }

    /// A move has failed whose pictures may have been shown already.
    pub(super) fn show_parent<R: RngCore>(&self, swarm: &mut Swarm<R>) {
        if let Some(parent) = self.parent() {
            self.show_from(swarm, parent.link);
        }
    }

    pub(super) fn adopted<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
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
        swarm.set_role(link, LinkRole::Parent);
        self.set_parent(Parent {
            link,
            peer: peer.clone(),
            path: Some(Vec::new()),
            detached: None,
            leaves: false,
        });
        self.parent_search.stop();
        self.problem = None;
        self.phase = Phase::Attached;
        self.host_is_back();
        self.backups.clear();
        self.on_attached();
        self.reported = RateLimited::new();
        swarm.watch(link, STALL);
        self.hand_over_to(swarm, link, old, flowed);
        self.room_changed(swarm, room);
        self.flow_begins(swarm);
        self.path_changed(swarm, Some(path));
        self.check_standby(swarm);
        self.map_parent(swarm);
        self.report(swarm);
    }

    pub(super) fn path_changed<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        path: Option<Vec<PeerId>>,
    ) {
        let (own, now) = (swarm.id().clone(), swarm.now);
        let Some(parent) = self.parent_mut() else {
            return;
        };
        if path.as_ref().is_some_and(|path| path.contains(&own) || path.len() >= limits::PATH) {
            // Two subtrees have adopted each other; whoever notices leaves the circle.
            let link = parent.link;
            swarm.close(link);
            self.on_parent_lost(swarm, Vec::new());
            return;
        }
        if path.is_some() && parent.path == path {
            return;
        }
        let returns = path.is_some();
        parent.detached = if path.is_some() { None } else { parent.detached.or(Some(now)) };
        parent.path = path;
        if returns {
            self.problem = None;
        }
        if returns && self.away.is_on() {
            self.host_is_back();
            self.phase = Phase::Attached;
        }
        self.replace_low_standby(swarm);
        self.weigh_standby(swarm);
        let path = self.path_below(swarm);
        self.tell_path(swarm, path);
    }

    fn tell_path<R: RngCore>(&mut self, swarm: &mut Swarm<R>, path: Option<Vec<PeerId>>) {
        let message = Message::Path { path };
        self.tell_children(swarm, &message);
        self.children.standby_links().for_each(|link| swarm.send(link, &message));
    }

    /// The parent is gone; the children stay.
    pub(super) fn on_parent_lost<R: RngCore>(&mut self, swarm: &mut Swarm<R>, ask: Vec<PeerId>) {
        let Some(lost) = self.take_parent() else {
            return;
        };
        self.tell_path(swarm, None);
        if !self.away.is_on() {
            self.phase = Phase::Repairing;
            self.take_standby(swarm);
        }
        self.backups.retain(|peer| *peer != lost.peer);
        let up = lost.path.into_iter().flatten().rev().filter(|peer| *peer != lost.peer);
        let first = ask.into_iter().chain(self.backups.clone()).chain(up).collect();
        self.begin_search(swarm, first);
    }

    pub(super) fn refresh<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        // A fresh link to the same parent replaces the old one without a gap.
        let Some(peer) = self.parent().map(|parent| parent.peer.clone()) else {
            self.parent_search.reset_backoff();
            return self.begin_search(swarm, Vec::new());
        };
        if let Some(parent) = self.parent().filter(|parent| swarm.is_legacy(parent.link)) {
            return swarm.ask_for_picture(parent.link);
        }
        if !self.parent_search.is_busy() {
            self.parent_search.begin([peer]);
            self.search(swarm);
        }
    }

    pub(super) fn parent_says<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        message: Message,
    ) {
        match message {
            Message::Room(room) => self.room_changed(swarm, room),
            Message::Members { count, depth } => {
                if let Some(state) = &mut self.state {
                    state.members = count;
                    self.best_depth = depth;
                    self.tell_children(swarm, &Message::Members { count, depth });
                    self.replace_low_standby(swarm);
                }
            }
            Message::Path { path } => self.path_changed(swarm, path),
            Message::Backups { peers, hint } => {
                self.backups = peers;
                self.on_reparent_hint(swarm, hint);
                self.standby.news(swarm.now, &mut swarm.rng);
                self.report(swarm);
            }
            Message::Chat(message) => self.chat(swarm, link, message),
            Message::Picture(picture) => self.picture_comes(swarm, link, picture),
            Message::Delete(messages) => self.delete(swarm, messages),
            Message::Removed { permanent: banned } => self.sent_away(swarm, banned),
            // It goes on sending until this peer has found another place, or for a while.
            Message::Leave { ask } => {
                if let Some(parent) = self.parent_mut() {
                    parent.leaves = true;
                }
                if !self.take_standby(swarm) {
                    self.begin_search(swarm, ask);
                }
            }
            Message::Watch { levels } => self.map_wanted(swarm, link, levels),
            Message::Map { put, gone } => self.map_told(swarm, link, Change { put, gone }),
            Message::MediaStatus { available } => self.parent_media_status(swarm, available),
            Message::Away => self.host_goes(swarm),
            Message::End => self.end(swarm),
            _ => {}
        }
    }
}
