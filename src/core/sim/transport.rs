//! What crosses the network: signalling, negotiation, frames.

use core::time::Duration;
use std::collections::VecDeque;

use super::fault::Fault;
use super::link_ends::LinkEnds;
use super::world::{Connection, Event, Happening, World, new_realm};
use super::{PeerIndex, fault};
use crate::node::{Description, Input, LinkAction, LinkEvent, SdpKind, SocketAction, SocketEvent};
use crate::signal::realm::{self, SocketId};
use crate::util::id::{LinkId, PeerId};

/// How long ICE looks for a way before it gives up.
const ICE_FAILS: Duration = Duration::from_secs(10);

impl World {
    /// The signalling server stops (all sockets close, no peer can connect), or starts again
    /// without any peer.
    pub fn server(&mut self, up: bool) {
        self.server_down = !up;
        self.realm = new_realm();
        self.realm_wake = None;
        for (socket, connection) in core::mem::take(&mut self.sockets) {
            let closed = Happening::Socket(socket, connection.peer, SocketEvent::Closed);
            self.after(self.model.signalling, closed);
        }
    }

    pub(super) fn socket(&mut self, peer: PeerIndex, action: SocketAction) {
        let current = self.peers[peer as usize].socket;
        match action {
            SocketAction::Open { id, token } => {
                self.next_socket += 1;
                let socket = SocketId(self.next_socket);
                self.peers[peer as usize].socket = Some(socket);
                if let Some(old) = current {
                    self.after(self.model.signalling, Happening::Disconnect(old));
                }
                self.after(self.model.signalling, Happening::Connect(socket, peer, id, token));
            }
            SocketAction::Send(text) => {
                if let Some(socket) = current {
                    let text = fault::tamper_signal(self.peers[peer as usize].fault, text);
                    self.peers[peer as usize].traffic.signalled(&text);
                    self.after(self.model.signalling, Happening::Signal(socket, text));
                }
            }
            SocketAction::Close => {
                self.peers[peer as usize].socket = None;
                if let Some(old) = current {
                    self.after(self.model.signalling, Happening::Disconnect(old));
                }
            }
        }
    }

    pub(super) fn socket_event(&mut self, socket: SocketId, peer: PeerIndex, event: SocketEvent) {
        if self.peers[peer as usize].socket == Some(socket) {
            self.handle(peer, Input::Socket(event));
        }
    }

    /// A frame reaches the server, which reads one after the other as the realm lets it.
    pub(super) fn signal(&mut self, socket: SocketId, text: String) {
        let Some(connection) = self.sockets.get_mut(&socket) else { return };
        if connection.held.is_empty() {
            self.pass_on(socket, text);
        } else {
            connection.held.push_back(text);
        }
    }

    pub(super) fn release(&mut self, socket: SocketId) {
        while let Some(connection) = self.sockets.get_mut(&socket)
            && let Some(text) = connection.held.pop_front()
        {
            if !self.pass_on(socket, text) {
                return;
            }
        }
    }

    /// Gives a frame to the realm, or holds it and what follows it; returns whether it passed.
    fn pass_on(&mut self, socket: SocketId, text: String) -> bool {
        if let Some(release) = self.realm.hold_until(self.now, socket, &text) {
            if let Some(connection) = self.sockets.get_mut(&socket) {
                connection.held.push_front(text);
            }
            self.schedule(release, Happening::Release(socket));
            return false;
        }
        self.realm.handle(self.now, realm::Input::Text { socket, text: &text });
        self.drain_realm();
        true
    }

    pub(super) fn connect(&mut self, socket: SocketId, peer: PeerIndex, id: &PeerId, token: &str) {
        let signalling = self.model.signalling;
        if self.server_down {
            return self.after(signalling, Happening::Socket(socket, peer, SocketEvent::Closed));
        }
        self.sockets.insert(socket, Connection { peer, held: VecDeque::new() });
        self.after(signalling, Happening::Socket(socket, peer, SocketEvent::Opened));
        let (id, key) = (id.as_str(), "peerjs");
        self.realm.handle(self.now, realm::Input::Connect { socket, id, token, key });
        self.drain_realm();
    }

    pub(super) fn disconnect(&mut self, socket: SocketId) {
        self.sockets.swap_remove(&socket);
        self.realm.handle(self.now, realm::Input::Closed { socket });
        self.drain_realm();
    }

    pub(super) fn drain_realm(&mut self) {
        while let Some(output) = self.realm.poll() {
            let (socket, event) = match output {
                realm::Output::Send { socket, text } => (socket, SocketEvent::Text(text)),
                realm::Output::Close { socket } => (socket, SocketEvent::Closed),
            };
            if let Some(connection) = self.sockets.get(&socket) {
                let happening = Happening::Socket(socket, connection.peer, event);
                self.after(self.model.signalling, happening);
            }
        }
        let deadline = self.realm.deadline().map(|time| time.max(self.now));
        if let Some(time) = deadline
            && self.realm_wake.is_none_or(|wake| time < wake)
        {
            self.realm_wake = Some(time);
            self.queue.push(time, Event::RealmWake);
        }
    }

    pub(super) fn link(&mut self, index: PeerIndex, link: LinkId, action: LinkAction) {
        let describing = self.model.describing;
        match action {
            LinkAction::Open { media, .. } => {
                self.peers[index as usize].ends.insert(link, media);
            }
            LinkAction::Offer { .. } => {
                let event = LinkEvent::Described(describe(SdpKind::Offer, index, link));
                self.after(describing, Happening::Link(index, link, event));
            }
            LinkAction::Accept(offer) => {
                self.meet(index, link, &offer);
                let event = LinkEvent::Described(describe(SdpKind::Answer, index, link));
                self.after(describing, Happening::Link(index, link, event));
            }
            LinkAction::Answered(answer) => {
                if let Some(other) = self.meet(index, link, &answer) {
                    let pair = Happening::Pair((index, link), other);
                    // ICE, DTLS and SCTP take two round trips together.
                    self.after(self.model.between(index, other.0) * 4, pair);
                }
            }
            LinkAction::AddCandidate(_) => {}
            LinkAction::Send(frame) => self.send(index, link, frame),
            LinkAction::SendText(text) => self.send(index, link, text.into_bytes()),
            LinkAction::Watch(patience) => self.watch(index, link, patience),
            LinkAction::Feed(source) => self.feed(index, link, source),
            LinkAction::Close => self.close(index, link),
        }
    }

    /// A description names the other end of a link.
    fn meet(
        &mut self,
        index: PeerIndex,
        link: LinkId,
        description: &Description,
    ) -> Option<(PeerIndex, LinkId)> {
        let other = read(description)?;
        self.peers[index as usize].ends.get_mut(link)?.other = Some(other);
        Some(other)
    }

    fn send(&mut self, index: PeerIndex, link: LinkId, frame: Vec<u8>) {
        let peer = &self.peers[index as usize];
        if let Some(fault) = peer.fault {
            let frames = fault::tamper(fault, &self.keypair(index), frame);
            frames.into_iter().for_each(|frame| self.transmit(index, link, frame));
        } else {
            self.transmit(index, link, frame);
        }
    }

    /// A frame goes out as it is.
    fn transmit(&mut self, index: PeerIndex, link: LinkId, frame: Vec<u8>) {
        let chance = if self.model.is_steady() { 0 } else { self.random() };
        let peer = &mut self.peers[index as usize];
        let Some(end) = peer.ends.get_mut(link) else { return };
        let (true, Some((to, other))) = (end.open, end.other) else { return };
        let arrival = (self.now + self.model.frame(index, to, chance)).max(end.busy);
        end.busy = arrival;
        let kind = peer.traffic.sent(&frame);
        self.counts.add(kind);
        self.queue.push(arrival, Event::Frame(to, other, frame));
    }

    /// A peer has died, and its links with it.
    pub(super) fn cut(&mut self, dead: PeerIndex, ends: &LinkEnds) {
        for (peer, link) in ends.iter().filter_map(|(_, end)| end.other) {
            let last = self.now + self.model.between(dead, peer) + self.model.jitter;
            if let Some(end) = self.peers[peer as usize].ends.get_mut(link) {
                end.cut = Some(last);
            }
        }
    }

    fn close(&mut self, index: PeerIndex, link: LinkId) {
        let Some(end) = self.peers[index as usize].ends.remove(link) else { return };
        if let (true, Some((peer, other))) = (end.open, end.other) {
            let arrival = (self.now + self.model.between(index, peer)).max(end.busy);
            self.schedule(arrival, Happening::Link(peer, other, LinkEvent::ChannelClosed));
            self.refresh_flow(peer, other);
            // What came in over the link and was passed on comes in no more.
            self.source_changed(index, link);
        }
    }

    pub(super) fn pair(&mut self, a: (PeerIndex, LinkId), b: (PeerIndex, LinkId)) {
        let is_here =
            |(peer, link): (PeerIndex, LinkId)| self.peers[peer as usize].ends.get(link).is_some();
        let connects =
            |peer: PeerIndex| self.peers[peer as usize].fault != Some(Fault::NeverConnects);
        let possible = self.model.connectable(a.0, b.0)
            && [a, b].into_iter().all(|end| is_here(end) && connects(end.0));
        if !possible {
            for (peer, link) in [a, b] {
                self.after(ICE_FAILS, Happening::Link(peer, link, LinkEvent::IceFailed));
            }
            return;
        }
        for ((peer, link), other) in [(a, b), (b, a)] {
            if let Some(end) = self.peers[peer as usize].ends.get_mut(link) {
                end.open = true;
                end.other = Some(other);
            }
        }
        for (peer, link) in [a, b] {
            self.warm_up(peer, link);
            self.refresh_flow(peer, link);
            if self.peers[peer as usize].ends.get(link).is_some() {
                self.handle(peer, Input::Link(link, LinkEvent::ChannelOpen));
            }
        }
    }
}

/// The simulated SDP names its end of the link, also as its fingerprint.
fn describe(kind: SdpKind, peer: PeerIndex, link: LinkId) -> Description {
    let end = format!("{peer} {}", link.0);
    Description { kind, sdp: format!("{end}\na=fingerprint:sim {end}") }
}

fn read(description: &Description) -> Option<(PeerIndex, LinkId)> {
    let (peer, link) = description.sdp.lines().next()?.split_once(' ')?;
    Some((peer.parse().ok()?, LinkId(link.parse().ok()?)))
}
