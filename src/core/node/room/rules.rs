//! Order in the room. The host makes the rules; they come down the tree with what else the room
//! is, so nobody but a parent can tell them, and every peer holds those who ask it to them.

use core::time::Duration;
use std::sync::Arc;

use rand_core::RngCore;

use super::{Place, Room};
use crate::id::{LinkId, PeerId};
use crate::link::Down;
use crate::node::io::{MediaRole, Order};
use crate::node::net::Net;
use crate::signal::payload::{Refusal, Want, Why};
use crate::time::Time;
use crate::view::Problem;
use crate::wire::limits;
use crate::wire::message::{Door, Message, Rules};

/// How long somebody who was kicked is kept out, so that the order has reached everyone.
const KICK: Duration = Duration::from_secs(60);

/// What goes on at the door, on either side of it.
#[derive(Debug, Default)]
pub(super) struct Doors {
    /// Those who ask this host to be let in, and their names once they have said them.
    knocks: Vec<(LinkId, PeerId, Option<String>)>,
    /// Until when those are kept out whom this host has kicked.
    kicks: Vec<(PeerId, Time)>,
    /// Whom to ask to be let in.
    host: Option<PeerId>,
    /// The link over which this newcomer asks.
    asks: Option<LinkId>,
    /// What the host has answered.
    ticket: Option<u64>,
}

impl Doors {
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
    pub(super) fn failed(&mut self, why: &Down) {
        if let Down::Refused(Refusal { why: Why::Knock, ask }) = why {
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
pub(crate) fn ticket(rng: &mut impl RngCore) -> u64 {
    (rng.next_u64() >> 11).max(1)
}

impl Room {
    /// What this peer shows to be let in as one of the room.
    pub(super) fn ticket(&self) -> Option<u64> {
        let known = self.state.as_ref().map(|state| state.rules.ticket);
        known.or(self.doors.ticket)
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
    pub(super) fn bars(&self, peer: &PeerId, ticket: Option<u64>) -> Option<(Why, Vec<PeerId>)> {
        let state = self.state.as_ref()?;
        let rules = &state.rules;
        let why = match rules.door {
            _ if rules.banned.contains(peer) => Why::Banned,
            _ if rules.kicked.contains(peer) => Why::Kicked,
            Door::Open => return None,
            _ if ticket == Some(rules.ticket) => return None,
            Door::Knock => return Some((Why::Knock, vec![state.id.clone()])),
            Door::Locked => Why::Locked,
        };
        Some((why, Vec::new()))
    }

    /// Whether somebody who is about to become a child has been sent away meanwhile.
    pub(super) fn turns_away<R: RngCore>(
        &mut self,
        net: &mut Net<R>,
        link: LinkId,
        peer: &PeerId,
    ) -> bool {
        let Some(state) = self.state.as_ref().filter(|state| state.rules.is_out(peer)) else {
            return false;
        };
        let banned = state.rules.banned.contains(peer);
        self.children.expel(peer);
        net.send_and_close(link, &Message::Out(banned));
        true
    }

    /// The host gives an order.
    pub(super) fn order<R: RngCore>(&mut self, net: &mut Net<R>, order: Order) {
        let (Place::Host { .. }, Some(state)) = (&self.place, &self.state) else { return };
        let mut rules = (*state.rules).clone();
        match order {
            Order::Delete(message) => return self.delete(net, vec![message]),
            Order::Admit(peer, yes) => return self.answer(net, Some(&peer), yes),
            Order::Door(door) => rules.door = door,
            Order::Kick(peer) if peer != state.id => {
                self.doors.kicks.push((peer.clone(), net.now + KICK));
                add(&mut rules.kicked, peer);
            }
            Order::Ban(peer) if peer != state.id => add(&mut rules.banned, peer),
            Order::Kick(_) | Order::Ban(_) => return,
            Order::Pardon(peer) => rules.banned.retain(|banned| *banned != peer),
            Order::Mute(peer, true) => add(&mut rules.muted, peer),
            Order::Mute(peer, false) => rules.muted.retain(|muted| *muted != peer),
            Order::Restore(before) => {
                let until = net.now + KICK;
                self.doors.kicks.extend(before.kicked.iter().map(|peer| (peer.clone(), until)));
                rules = before;
            }
        }
        self.set_rules(net, rules);
    }

    /// The host changes the rules.
    fn set_rules<R: RngCore>(&mut self, net: &mut Net<R>, mut rules: Rules) {
        let Some(state) = &mut self.state else { return };
        let out = |rules: &Rules| rules.banned.len() + rules.kicked.len();
        if out(&rules) > out(&state.rules) {
            rules.ticket = ticket(&mut net.rng);
        }
        let door = rules.door;
        state.rules = Arc::new(rules);
        // Those who are sent away are not to learn the new ticket.
        self.enforce(net);
        self.change(net, |_| {});
        if door != Door::Open {
            self.turn_lookers_away(net);
        }
        match door {
            Door::Open => self.answer(net, None, true),
            Door::Knock => {}
            Door::Locked => {
                for (link, ..) in core::mem::take(&mut self.doors.knocks) {
                    net.close(link);
                }
            }
        }
    }

    /// Those who were kicked long enough ago may come back.
    pub(super) fn pardon_in_time<R: RngCore>(&mut self, net: &mut Net<R>) {
        if self.doors.deadline().is_none_or(|until| net.now < until) {
            return;
        }
        self.doors.kicks.retain(|(_, until)| net.now < *until);
        let kicks = self.doors.kicks.clone();
        self.change(net, |state| {
            let kicked = &mut Arc::make_mut(&mut state.rules).kicked;
            kicked.retain(|peer| kicks.iter().any(|(kicked, _)| kicked == peer));
        });
    }

    /// Sends away those of the neighbours whom the rules send away.
    pub(super) fn enforce<R: RngCore>(&mut self, net: &mut Net<R>) {
        let Some(rules) = self.state.as_ref().map(|state| state.rules.clone()) else { return };
        let mut gone = false;
        for (peers, banned) in [(&rules.banned, true), (&rules.kicked, false)] {
            for peer in peers {
                for link in self.children.expel(peer) {
                    net.send_and_close(link, &Message::Out(banned));
                    gone = true;
                }
            }
        }
        if gone {
            self.report(net);
        }
    }

    /// The host has sent this peer away.
    pub(super) fn sent_away<R: RngCore>(&mut self, net: &mut Net<R>, banned: bool) {
        if let Some(parent) = self.take_parent() {
            net.close(parent.link);
        }
        self.problem = Some(if banned { Problem::Banned } else { Problem::Kicked });
        self.leave(net);
        net.dirty = true;
    }

    /// A newcomer asks the host to be let in.
    pub(super) fn newcomer_knocks<R: RngCore>(
        &mut self,
        net: &mut Net<R>,
        link: LinkId,
        peer: PeerId,
    ) {
        let why = match self.bars(&peer, None) {
            Some((why, _)) if why != Why::Knock => why,
            Some(_) if matches!(self.place, Place::Host { .. }) => {
                if self.doors.knocks.len() < limits::KNOCKS {
                    self.doors.knocks.push((link, peer, None));
                    return net.accept(link, MediaRole::None);
                }
                Why::Full
            }
            _ => Why::Elsewhere,
        };
        net.refuse(link, why, Vec::new());
    }

    /// Somebody who is neither parent nor child says something.
    pub(super) fn said_at_the_door<R: RngCore>(
        &mut self,
        net: &mut Net<R>,
        link: LinkId,
        message: Message,
    ) {
        match message {
            Message::Knock(name) => {
                if let Some(knock) = self.doors.knocks.iter_mut().find(|(of, ..)| *of == link) {
                    knock.2 = Some(name);
                }
            }
            Message::Door(ticket) if self.doors.asks == Some(link) => {
                self.doors.asks = None;
                net.close(link);
                let Some(ticket) = ticket else {
                    self.problem = Some(Problem::Denied);
                    return self.stop(net);
                };
                self.doors.ticket = Some(ticket);
                // One of the room who was locked out has an old one.
                if let Some(state) = &mut self.state {
                    Arc::make_mut(&mut state.rules).ticket = ticket;
                }
                self.seek.hurry();
                self.begin_seek(net, Vec::new());
            }
            _ => {}
        }
    }

    /// Asks the host to be let in.
    pub(super) fn knock_at_the_door<R: RngCore>(&mut self, net: &mut Net<R>) {
        if let (None, Some(host)) = (self.doors.asks, self.doors.host.clone()) {
            self.doors.asks = net.dial(&host, Want::Knock, MediaRole::None);
        }
    }

    /// The link to the host at the door is open.
    pub(super) fn greet_at_the_door<R: RngCore>(&mut self, net: &mut Net<R>, link: LinkId) {
        if self.doors.asks == Some(link) {
            net.send(link, &Message::Knock(self.name.clone()));
        }
    }

    /// Answers those who knock: one of them, or all.
    fn answer<R: RngCore>(&mut self, net: &mut Net<R>, to: Option<&PeerId>, yes: bool) {
        let Some(state) = &self.state else { return };
        let ticket = yes.then_some(state.rules.ticket);
        self.doors.knocks.retain(|(link, peer, _)| {
            let stays = to.is_some_and(|to| to != peer);
            if !stays {
                net.send_and_close(*link, &Message::Door(ticket));
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
