//! Order in the room. The host makes the rules; they come down the tree with what else the room
//! is, so nobody but a parent can tell them, and every peer holds those who ask it to them.

use core::time::Duration;
use std::sync::Arc;

use rand_core::RngCore;

use super::{Place, Room};
use crate::link::DisconnectReason;
use crate::link::io::MediaRole;
use crate::model::Problem;
use crate::node::io::Moderation;
use crate::signal::payload::{Intent, Refusal, RefusalReason};
use crate::swarm::{LinkRole, Swarm};
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::message::{AdmissionPolicy, Message, Rules};

/// How long somebody who was kicked is kept out, so that the order has reached everyone.
const KICK: Duration = Duration::from_secs(60);

/// What goes on at the door, on either side of it.
#[derive(Debug, Default)]
pub(super) struct Admission {
    /// Those who ask this host to be let in, and their names once they have said them.
    knocks: Vec<(LinkId, PeerId, Option<String>)>,
    /// Until when those are kept out whom this host has kicked.
    kicks: Vec<(PeerId, Time)>,
    /// Whom to ask to be let in.
    host: Option<PeerId>,
    /// The link over which this newcomer asks.
    asks: Option<LinkId>,
    /// What the host has answered.
    admission_token: Option<u64>,
}

impl Admission {
    /// Who waits for this host's answer.
    pub(super) fn knocks(&self) -> Vec<(PeerId, String)> {
        let named = self.knocks.iter().map(|(_, peer, name)| Some((peer.clone(), name.clone()?)));
        named.flatten().collect()
    }

    /// When somebody who was kicked may come back.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.kicks.iter().map(|(_, until)| *until).min()
    }

    /// Whether this newcomer waits for the host's answer.
    pub(super) fn waits(&self) -> bool {
        self.asks.is_some()
    }

    /// An attempt to join failed; whoever keeps the door says whom to ask.
    pub(super) fn failed(&mut self, reason: &DisconnectReason) {
        if let DisconnectReason::Refused(Refusal { reason: RefusalReason::Knock, ask }) = reason {
            self.host = ask.first().cloned();
        }
    }

    /// A link is down. Returns whether it was one at the door.
    pub(super) fn left(&mut self, link: LinkId) -> bool {
        let before = self.knocks.len();
        self.knocks.retain(|(of, ..)| *of != link);
        let asked = self.asks.take_if(|asks| *asks == link).is_some();
        asked || self.knocks.len() < before
    }
}

/// A new secret of those in a room. As large as numbers on the wire may be.
pub(crate) fn admission_token(rng: &mut impl RngCore) -> u64 {
    (rng.next_u64() >> 11).max(1)
}

impl Room {
    /// What this peer shows to be let in as one of the room.
    pub(super) fn admission_token(&self) -> Option<u64> {
        let known = self.state.as_ref().map(|state| state.rules.admission_token);
        known.or(self.admission.admission_token)
    }

    pub(super) fn is_muted(&self, author: &PeerId) -> bool {
        self.state.as_ref().is_some_and(|state| state.rules.muted.contains(author))
    }

    /// Whether what comes from a child is listened to. One that is muted and has nobody below it
    /// can only speak for itself, whoever it says has spoken.
    pub(super) fn may_speak(&self, child: &PeerId) -> bool {
        !self.is_muted(child) || self.children.size(child) > 1
    }

    /// Why a peer may not come in, and whom to ask instead.
    pub(super) fn bars(
        &self,
        peer: &PeerId,
        admission_token: Option<u64>,
    ) -> Option<(RefusalReason, Vec<PeerId>)> {
        let state = self.state.as_ref()?;
        let rules = &state.rules;
        let reason = match rules.admission {
            _ if rules.banned.contains(peer) => RefusalReason::Banned,
            _ if rules.kicked.contains(peer) => RefusalReason::Kicked,
            AdmissionPolicy::Open => return None,
            _ if admission_token == Some(rules.admission_token) => return None,
            AdmissionPolicy::Knock => return Some((RefusalReason::Knock, vec![state.id.clone()])),
            AdmissionPolicy::Locked => RefusalReason::Locked,
        };
        Some((reason, Vec::new()))
    }

    /// Whether somebody who is about to become a child has been sent away meanwhile.
    pub(super) fn removes<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        peer: &PeerId,
    ) -> bool {
        let Some(state) = self.state.as_ref().filter(|state| state.rules.is_out(peer)) else {
            return false;
        };
        let banned = state.rules.banned.contains(peer);
        self.children.expel(peer);
        swarm.send_and_close(link, &Message::Removed { permanent: banned });
        true
    }

    /// The host gives an order.
    pub(super) fn order<R: RngCore>(&mut self, swarm: &mut Swarm<R>, order: Moderation) {
        let (Place::Host { .. }, Some(state)) = (&self.place, &self.state) else { return };
        let mut rules = (*state.rules).clone();
        match order {
            Moderation::Delete(message) => return self.delete(swarm, vec![message]),
            Moderation::Admit(peer, yes) => return self.answer(swarm, Some(&peer), yes),
            Moderation::SetAdmission(door) => rules.admission = door,
            Moderation::Kick(peer) if peer != state.id => {
                self.admission.kicks.push((peer.clone(), swarm.now + KICK));
                add(&mut rules.kicked, peer);
            }
            Moderation::Ban(peer) if peer != state.id => add(&mut rules.banned, peer),
            Moderation::Kick(_) | Moderation::Ban(_) => return,
            Moderation::Unban(peer) => rules.banned.retain(|banned| *banned != peer),
            Moderation::Mute(peer, true) => add(&mut rules.muted, peer),
            Moderation::Mute(peer, false) => rules.muted.retain(|muted| *muted != peer),
            Moderation::Restore(before) => {
                let until = swarm.now + KICK;
                self.admission.kicks.extend(before.kicked.iter().map(|peer| (peer.clone(), until)));
                rules = before;
            }
        }
        self.set_rules(swarm, rules);
    }

    /// The host changes the rules.
    fn set_rules<R: RngCore>(&mut self, swarm: &mut Swarm<R>, mut rules: Rules) {
        let Some(state) = &mut self.state else { return };
        let out = |rules: &Rules| rules.banned.len() + rules.kicked.len();
        if out(&rules) > out(&state.rules) {
            rules.admission_token = admission_token(&mut swarm.rng);
        }
        let door = rules.admission;
        state.rules = Arc::new(rules);
        // Those who are sent away are not to learn the new ticket.
        self.enforce(swarm);
        self.change(swarm, |_| {});
        if door != AdmissionPolicy::Open {
            self.turn_observers_away(swarm);
        }
        match door {
            AdmissionPolicy::Open => self.answer(swarm, None, true),
            AdmissionPolicy::Knock => {}
            AdmissionPolicy::Locked => {
                for (link, ..) in core::mem::take(&mut self.admission.knocks) {
                    swarm.close(link);
                }
            }
        }
    }

    /// Those who were kicked long enough ago may come back.
    pub(super) fn pardon_in_time<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if self.admission.deadline().is_none_or(|until| swarm.now < until) {
            return;
        }
        self.admission.kicks.retain(|(_, until)| swarm.now < *until);
        let kicks = self.admission.kicks.clone();
        self.change(swarm, |state| {
            let kicked = &mut Arc::make_mut(&mut state.rules).kicked;
            kicked.retain(|peer| kicks.iter().any(|(kicked, _)| kicked == peer));
        });
    }

    /// Sends away those of the neighbours whom the rules send away.
    pub(super) fn enforce<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        let Some(rules) = self.state.as_ref().map(|state| state.rules.clone()) else { return };
        let mut gone = false;
        for (peers, banned) in [(&rules.banned, true), (&rules.kicked, false)] {
            for peer in peers {
                for link in self.children.expel(peer) {
                    swarm.send_and_close(link, &Message::Removed { permanent: banned });
                    gone = true;
                }
            }
        }
        if gone {
            self.report(swarm);
        }
    }

    /// The host has sent this peer away.
    pub(super) fn sent_away<R: RngCore>(&mut self, swarm: &mut Swarm<R>, banned: bool) {
        if let Some(parent) = self.take_parent() {
            swarm.close(parent.link);
        }
        self.problem = Some(if banned { Problem::Banned } else { Problem::Kicked });
        self.leave(swarm);
        swarm.dirty = true;
    }

    /// A newcomer asks the host to be let in.
    pub(super) fn on_admission_request<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        peer: PeerId,
    ) {
        let reason = match self.bars(&peer, None) {
            Some((reason, _)) if reason != RefusalReason::Knock => reason,
            Some(_) if matches!(self.place, Place::Host { .. }) => {
                if self.admission.knocks.len() < limits::KNOCKS {
                    self.admission.knocks.push((link, peer, None));
                    return swarm.accept(link, LinkRole::Applicant, MediaRole::None);
                }
                RefusalReason::Full
            }
            _ => RefusalReason::NotInRoom,
        };
        swarm.refuse(link, reason, Vec::new());
    }

    /// Somebody who is neither parent nor child says something.
    pub(super) fn on_admission_message<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        message: Message,
    ) {
        match message {
            Message::Knock(name) => {
                if let Some(knock) = self.admission.knocks.iter_mut().find(|(of, ..)| *of == link) {
                    knock.2 = Some(name);
                }
            }
            Message::Admission(admission_token) if self.admission.asks == Some(link) => {
                self.admission.asks = None;
                swarm.close(link);
                let Some(admission_token) = admission_token else {
                    self.problem = Some(Problem::Denied);
                    return self.stop(swarm);
                };
                self.admission.admission_token = Some(admission_token);
                // One of the room who was locked out has an old one.
                if let Some(state) = &mut self.state {
                    Arc::make_mut(&mut state.rules).admission_token = admission_token;
                }
                self.parent_search.reset_backoff();
                self.begin_search(swarm, Vec::new());
            }
            _ => {}
        }
    }

    /// Asks the host to be let in.
    pub(super) fn request_admission<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if let (None, Some(host)) = (self.admission.asks, self.admission.host.clone()) {
            self.admission.asks = swarm.dial(&host, Intent::Knock, LinkRole::AdmissionRequest);
        }
    }

    /// Answers those who knock: one of them, or all.
    fn answer<R: RngCore>(&mut self, swarm: &mut Swarm<R>, to: Option<&PeerId>, yes: bool) {
        let Some(state) = &self.state else { return };
        let admission_token = yes.then_some(state.rules.admission_token);
        self.admission.knocks.retain(|(link, peer, _)| {
            let stays = to.is_some_and(|to| to != peer);
            if !stays {
                swarm.send_and_close(*link, &Message::Admission(admission_token));
            }
            stays
        });
    }
}

fn add(list: &mut Vec<PeerId>, peer: PeerId) {
    if !list.contains(&peer) {
        if list.len() == limits::BANNED {
            list.remove(0);
        }
        list.push(peer);
    }
}
