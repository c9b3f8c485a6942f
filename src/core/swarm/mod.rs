//! What the parts of a node share: the signalling connection and the table of links.

mod distrust;
mod early;
mod events;
mod gateway;
mod half_open;
mod role;
mod signalling;
mod table;
mod throttle;

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use rand_core::RngCore;

pub(crate) use events::Event;
pub(crate) use gateway::{GatewayTask, MediaEvent};
pub(crate) use role::LinkRole;

use crate::identity::{Identity, Keypair, Signed, Statement, Verified};
use crate::link::io::{LinkAction, LinkEvent, MediaRole, Output, Source};
use crate::link::{self, DisconnectReason, Link, LinkContext};
use crate::model::{GatheringKind, Status};
use crate::signal::client::Client;
use crate::signal::payload::{Handshake, Intent, Membership, Refusal, RefusalReason};
use crate::signal::socket::SocketAction;
use crate::util::id::{LinkId, LinkMap, PeerId, random_token};
use crate::util::limits;
use crate::util::time::Time;
use crate::util::timer::TimerKind;
use crate::wire::message::Message;
use distrust::Distrust;
use early::EarlyCandidates;
use gateway::{Foreign, ForeignLinks};
use table::Table;
use throttle::Throttle;

/// A tick that comes so much after its deadline means that this peer itself was held up.
const LATE: Duration = Duration::from_millis(1_500);

/// The shared part of a node.
pub(crate) struct Swarm<R> {
    pub(crate) now: Time,
    pub(crate) rng: R,
    /// The view must be made anew.
    pub(crate) dirty: bool,
    pub(crate) out: VecDeque<Output>,
    events: VecDeque<Event>,
    pub(crate) signal: Client,
    /// The key that the own id names, if it names one.
    keypair: Option<Arc<Keypair>>,
    pub(crate) links: Table,
    /// A role outlives its link until the owner has heard that the link is down.
    roles: LinkMap<LinkRole>,
    /// Messages that were not allowed.
    refused: u64,
    foreign: ForeignLinks,
    early: EarlyCandidates,
    throttle: Throttle,
    distrust: Distrust,
}

impl<R: RngCore> Swarm<R> {
    /// Begins to register the id of this identity.
    pub(crate) fn new(now: Time, identity: Identity, token: Option<String>, mut rng: R) -> Self {
        let mut out = VecDeque::new();
        let (id, keypair) = match identity {
            Identity::Key(keypair) => (keypair.id().clone(), Some(Arc::new(keypair))),
            Identity::Name(id) => (id, None),
        };
        let signal = Client::new(now, id, token, &mut rng, &mut push_socket(&mut out));
        Self {
            now,
            rng,
            dirty: true,
            out,
            events: VecDeque::new(),
            signal,
            keypair,
            links: Table::default(),
            roles: LinkMap::default(),
            refused: 0,
            foreign: ForeignLinks::default(),
            early: EarlyCandidates::default(),
            throttle: Throttle::default(),
            distrust: Distrust::default(),
        }
    }

    pub(crate) fn id(&self) -> &PeerId {
        self.signal.id()
    }

    /// The key that the own id names, if it names one.
    pub(crate) fn keypair(&self) -> Option<&Keypair> {
        self.keypair.as_deref()
    }

    /// What this peer itself says about a room, signed if it can be.
    pub(crate) fn say<T: Statement>(&self, value: T, about: &PeerId) -> Verified<T> {
        Verified::own(value, about, self.keypair())
    }

    /// Checks who has made a statement about a room that has come over a link. One that is forged is
    /// counted, and a neighbour that passes on several is left: it should have checked them itself.
    pub(crate) fn verify<T: Statement>(
        &mut self,
        link: LinkId,
        about: &PeerId,
        signed: Signed<T>,
    ) -> Option<Verified<T>> {
        // The gateway translates what was never signed.
        if self.is_legacy(link) {
            return Some(Verified::hearsay(signed, about));
        }
        match signed.verify(about) {
            Ok(verified) => Some(verified),
            Err(_) => {
                self.note_forgery(link);
                None
            }
        }
    }

    /// Something came over a link that no honest neighbour passes on.
    pub(crate) fn note_forgery(&mut self, link: LinkId) {
        self.note_refused(link);
        let Some(peer) = self.links.get(link).map(|link| link.peer().clone()) else { return };
        if self.distrust.note(&peer) {
            self.step(link, |_, _| Some(link::Event::Disconnected(DisconnectReason::Unproven)));
        }
    }

    /// Whether a peer has passed on forgeries, so that it is not dealt with any more.
    pub(crate) fn is_distrusted(&self, peer: &PeerId) -> bool {
        self.distrust.contains(peer)
    }

    pub(crate) fn status(&self) -> Status {
        self.signal.status()
    }

    /// Gives up the registered id and registers another one. Links stay.
    pub(crate) fn register(&mut self, id: PeerId) {
        self.dirty = true;
        let out = &mut push_socket(&mut self.out);
        self.signal.close(out);
        self.keypair = None;
        self.signal = Client::new(self.now, id, None, &mut self.rng, out);
    }

    /// Opens the signalling connection again at once.
    pub(crate) fn reconnect(&mut self) {
        self.dirty = true;
        self.signal.reconnect(self.now, &mut push_socket(&mut self.out));
    }

    /// Closes everything.
    pub(crate) fn shut_down(&mut self) {
        for link in self.links.iter().map(|(link, _)| link).collect::<Vec<_>>() {
            self.close(link);
        }
        self.signal.close(&mut push_socket(&mut self.out));
        self.dirty = true;
    }

    /// Dials a peer; an [`Event::Open`] or [`Event::Disconnected`] follows. `None` when there are
    /// too many links already.
    pub(crate) fn dial(&mut self, peer: &PeerId, intent: Intent, role: LinkRole) -> Option<LinkId> {
        let handshake = Handshake::new(intent);
        self.greet(peer, handshake, role, MediaRole::None)
    }

    /// Dials a peer to which media goes, or from which it comes.
    pub(crate) fn dial_for_media(
        &mut self,
        peer: &PeerId,
        intent: Intent,
        role: LinkRole,
        media: MediaRole,
    ) -> Option<LinkId> {
        self.greet(peer, Handshake::new(intent), role, media)
    }

    /// Dials a peer of a room: says how many children this peer could feed, and what lets it into
    /// the room.
    pub(crate) fn dial_with(
        &mut self,
        peer: &PeerId,
        intent: Intent,
        role: LinkRole,
        slots: u32,
        membership: Membership,
    ) -> Option<LinkId> {
        let handshake = Handshake { slots, membership, ..Handshake::new(intent) };
        self.greet(peer, handshake, role, MediaRole::Receive)
    }

    /// Dials a member of a gathering.
    pub(crate) fn dial_member(
        &mut self,
        peer: &PeerId,
        kind: GatheringKind,
        media: MediaRole,
    ) -> Option<LinkId> {
        self.greet(peer, Handshake::new(Intent::of(kind)), LinkRole::Gathering(kind), media)
    }

    fn greet(
        &mut self,
        peer: &PeerId,
        handshake: Handshake,
        role: LinkRole,
        media: MediaRole,
    ) -> Option<LinkId> {
        let is_foreign = handshake.intent == Intent::Standby && self.foreign.knows(peer);
        if is_foreign || self.is_distrusted(peer) {
            return None;
        }
        let id = self.links.fresh()?;
        let connection = format!("dc_{}", random_token(&mut self.rng, 12));
        let ctx = &mut LinkContext {
            now: self.now,
            out: &mut self.out,
            signal: &mut self.signal,
            keypair: self.keypair.as_deref(),
        };
        let link = Link::dial(ctx, id, peer.clone(), connection, handshake, media);
        self.links.insert(id, link);
        self.set_role(id, role);
        Some(id)
    }

    /// What a link is for.
    pub(crate) fn role(&self, link: LinkId) -> Option<LinkRole> {
        self.roles.get(&link).copied()
    }

    /// Gives a link another role.
    pub(crate) fn set_role(&mut self, link: LinkId, role: LinkRole) {
        if self.links.contains(link) {
            self.roles.insert(link, role);
            let legacy = self.foreign.contains(link);
            self.links.allow(link, if legacy { limits::MESSAGE } else { role.message_size() });
        }
    }

    /// The bytes of messages that have come in part.
    pub(crate) fn buffered(&self) -> usize {
        self.links.incomplete()
    }

    /// How many messages were refused: their link's role, or a limit, did not allow them.
    pub(crate) fn refused(&self) -> u64 {
        self.refused
    }

    /// A message over a link is not allowed for another reason than the link's role.
    pub(crate) fn note_refused(&mut self, link: LinkId) {
        self.refused += 1;
        tracing::debug!(?link, "message refused");
    }

    /// Accepts what another peer has dialled for.
    pub(crate) fn accept(&mut self, link: LinkId, role: LinkRole, media: MediaRole) {
        self.set_role(link, role);
        if self.foreign.contains(link) {
            return self.foreign.push(GatewayTask::Accept(link));
        }
        self.with(link, |link, ctx| link.accept(ctx, media));
    }

    /// Refuses what another peer has dialled for.
    pub(crate) fn refuse(&mut self, link: LinkId, reason: RefusalReason, ask: Vec<PeerId>) {
        self.refuse_with(link, Refusal::new(reason, ask));
    }

    /// Refuses what another peer has dialled for, and says more about it.
    pub(crate) fn refuse_with(&mut self, link: LinkId, refusal: Refusal) {
        if self.foreign.contains(link) {
            return self.foreign.push(GatewayTask::Refuse(link, refusal.reason));
        }
        self.with(link, |link, ctx| link.refuse(ctx, refusal));
        self.remove(link);
    }

    /// Sends a message over an open link; over another one it is lost.
    pub(crate) fn send(&mut self, link: LinkId, message: &Message) {
        if self.foreign.contains(link) {
            return self.foreign.push(GatewayTask::Send(link, message.clone()));
        }
        self.with(link, |link, ctx| link.send(ctx, message));
    }

    /// The other side of a link is needed now: it is given up if it gives no sign of life soon.
    pub(crate) fn probe(&mut self, link: LinkId) {
        self.with(link, |link, ctx| link.probe(ctx));
    }

    /// Sets what a link sends.
    pub(crate) fn feed(&mut self, link: LinkId, source: Option<Source>) {
        if self.foreign.is_empty() {
            return self.out.push_back(Output::Link(link, LinkAction::Feed(source)));
        }
        self.foreign.push(GatewayTask::Feed(link, source));
    }

    /// Has the driver say when the pictures of a link stop; see [`LinkAction::Watch`].
    pub(crate) fn watch(&mut self, link: LinkId, patience: Duration) {
        if self.foreign.contains(link) {
            return self.foreign.push(GatewayTask::Watch(link, patience));
        }
        self.out.push_back(Output::Link(link, LinkAction::Watch(patience)));
    }

    /// Closes a link; no event follows.
    pub(crate) fn close(&mut self, link: LinkId) {
        if !self.foreign.contains(link) {
            return self.disconnect(link);
        }
        self.roles.swap_remove(&link);
        self.foreign.push(GatewayTask::Close(link));
    }

    /// Sends over a link for the last time and closes it. The driver lets a closing channel
    /// deliver what was sent before.
    pub(crate) fn send_and_close(&mut self, link: LinkId, message: &Message) {
        self.send(link, message);
        self.close(link);
    }

    /// Whether an answer has come over a link that was dialled.
    pub(crate) fn is_answered(&self, link: LinkId) -> bool {
        self.links.get(link).is_some_and(|link| link.is_answered())
    }

    /// Whether a link is open.
    pub(crate) fn is_open(&self, link: LinkId) -> bool {
        self.links.get(link).is_some_and(|link| link.is_open())
    }

    /// Whether a link is not open although it has had the time, so that it gives way to a newer one.
    pub(crate) fn gives_way(&self, link: LinkId) -> bool {
        let late = |link: &Link| self.now.since(link.since()) >= limits::OPENING;
        self.links.get(link).is_some_and(|link| !link.is_open() && late(link))
    }

    /// The smoothed round trip of a link.
    pub(crate) fn round_trip(&self, link: LinkId) -> Option<Duration> {
        self.links.get(link)?.round_trip()
    }

    /// Whether the other side of a link is suspected to be gone.
    pub(crate) fn is_suspect(&self, link: LinkId) -> bool {
        self.links.get(link).is_some_and(|link| link.is_suspect())
    }

    /// Whether a gateway translates for the other side of a link.
    pub(crate) fn is_legacy(&self, link: LinkId) -> bool {
        self.foreign.contains(link)
    }

    /// How many children may be adopted above the own `limit` for the one behind `link`: a legacy
    /// page cannot be sent to another parent.
    pub(crate) fn reserve(&self, link: LinkId, limit: u32) -> u32 {
        if limit > 0 && self.is_legacy(link) { limits::OLD_RESERVE } else { 0 }
    }

    /// Asks the other side of a foreign link for its media once more.
    pub(crate) fn ask_for_picture(&mut self, link: LinkId) {
        self.foreign.push(GatewayTask::AskForPicture(link));
    }

    /// Answers a peer that has asked for this peer's stream: with `source`, or `None` for no.
    pub(crate) fn answer_stream_request(&mut self, to: &PeerId, source: Option<Source>) {
        self.foreign.push(GatewayTask::AnswerStreamRequest { to: to.clone(), source });
    }

    pub(crate) fn push(&mut self, output: Output) {
        match output {
            Output::Show(source) if !self.foreign.is_empty() => {
                self.foreign.push(GatewayTask::Show(source))
            }
            output => self.out.push_back(output),
        }
    }

    pub(crate) fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// The next event for the node, with the role of the link that it is about. This is the one
    /// place where messages are held to the role of their link.
    pub(crate) fn event(&mut self) -> Option<(Event, Option<LinkRole>)> {
        while let Some(event) = self.events.pop_front() {
            let Some(link) = event.link() else { return Some((event, None)) };
            let role = self.role(link);
            match &event {
                Event::Disconnected { .. } => drop(self.roles.swap_remove(&link)),
                Event::Message { message, peer, .. }
                    if !role.is_some_and(|role| role.allows(message)) =>
                {
                    self.refused += 1;
                    tracing::debug!(%peer, ?role, "message refused");
                    continue;
                }
                Event::Message { .. } if role.is_some_and(LinkRole::speaks_first) => {
                    self.with(link, |link, _| link.await_word(None));
                }
                _ => {}
            }
            return Some((event, role));
        }
        None
    }

    pub(crate) fn deadline(&self) -> Option<(Time, TimerKind)> {
        let signal = self.signal.deadline().map(|time| (time, TimerKind::Signalling));
        let links = self.links.due().map(|time| (time, TimerKind::Link));
        signal.into_iter().chain(links).min()
    }

    /// Time has passed. `due` is when the gateway wanted to be woken; like the own deadline it tells
    /// how late this is.
    pub(crate) fn tick(&mut self, due: Option<Time>) {
        let deadline = self.deadline().map(|(deadline, _)| deadline).into_iter().chain(due).min();
        let delay = deadline.map(|deadline| self.now.since(deadline)).unwrap_or_default();
        let late = delay >= LATE;
        if self.throttle.note_delay(self.now, delay) {
            self.events.push_back(Event::Throttled);
        }
        let event = self.signal.tick(self.now, &mut self.rng, &mut push_socket(&mut self.out));
        if let Some(event) = event {
            self.signalled(event);
        }
        if late || self.links.due().is_some_and(|due| self.now >= due) {
            self.tick_links(late);
        }
        if !self.foreign.is_empty() {
            self.foreign.push(GatewayTask::Tick);
        }
    }

    fn tick_links(&mut self, late: bool) {
        let due = self.links.look_up_due();
        if !late && due.is_none_or(|due| self.now < due) {
            return;
        }
        self.links.clear_due();
        for index in (0..self.links.len()).rev() {
            let Some(id) = self.links.id_at(index) else { continue };
            self.step(id, |link, ctx| link.tick(ctx, late));
        }
    }

    /// The page comes into view, or goes out of it.
    pub(crate) fn set_hidden(&mut self, hidden: bool) {
        if self.throttle.set_hidden(hidden) {
            self.events.push_back(Event::Throttled);
        }
    }

    /// Whether the browser holds this page's timers back, so that others should not rely on it.
    pub(crate) fn is_throttled(&self) -> bool {
        self.throttle.is_throttled()
    }

    pub(crate) fn link(&mut self, id: LinkId, event: LinkEvent) {
        if !self.links.contains(id) {
            return;
        }
        // The media of a foreign link comes over a link of its own.
        let owner = |swarm: &Self| swarm.foreign.owner(id);
        match event {
            LinkEvent::SendStats(sending) => {
                self.events.push_back(Event::SendStats { link: owner(self), sending });
            }
            LinkEvent::Flowing => {
                self.events.push_back(Event::Flow { link: owner(self), flows: true });
            }
            LinkEvent::Stalled => {
                self.events.push_back(Event::Flow { link: owner(self), flows: false });
            }
            _ => {}
        }
        self.step(id, |link, ctx| link.handle(ctx, event));
        self.links.shed_incomplete();
    }

    /// The link is gone. Its role stays for the event that says so.
    fn remove(&mut self, link: LinkId) {
        self.links.remove(link);
        self.foreign.remove(link);
    }

    fn with(&mut self, id: LinkId, f: impl FnOnce(&mut Link, &mut LinkContext<'_>)) {
        let ctx = &mut LinkContext {
            now: self.now,
            out: &mut self.out,
            signal: &mut self.signal,
            keypair: self.keypair.as_deref(),
        };
        self.links.update(id, ctx, f);
    }

    fn step(
        &mut self,
        id: LinkId,
        f: impl FnOnce(&mut Link, &mut LinkContext<'_>) -> Option<link::Event>,
    ) {
        let ctx = &mut LinkContext {
            now: self.now,
            out: &mut self.out,
            signal: &mut self.signal,
            keypair: self.keypair.as_deref(),
        };
        let Some((link, Some(event))) = self.links.update(id, ctx, f) else { return };
        let peer = link.peer().clone();
        let foreign = self.foreign.get(id);
        if let link::Event::Disconnected(reason) = &event {
            tracing::debug!(%peer, ?reason, "link down");
            match reason {
                DisconnectReason::Refused(_)
                | DisconnectReason::NotFound
                | DisconnectReason::Abandoned => link.close_quietly(ctx),
                _ => link.close(ctx),
            }
            self.remove(id);
            if *reason == DisconnectReason::Foreign {
                self.foreign.note_peer(peer.clone());
            }
        }
        match foreign {
            None => self.report(id, peer, event),
            Some(Foreign::Messages) => self.report_foreign(id, peer, event),
            Some(Foreign::Media { owner }) => self.report_media(id, owner, event),
        }
    }

    fn report(&mut self, link: LinkId, peer: PeerId, event: link::Event) {
        let event = match event {
            link::Event::Open => {
                if self.role(link).is_some_and(LinkRole::speaks_first) {
                    let until = self.now + limits::FIRST_WORD;
                    self.with(link, |link, _| link.await_word(Some(until)));
                }
                Event::Open { link }
            }
            link::Event::Message(message) => Event::Message { link, peer, message },
            link::Event::Unresponsive => Event::Unresponsive { link },
            link::Event::Disconnected(reason) => Event::Disconnected { link, peer, reason },
            link::Event::Foreign => {
                let intent = self.links.get(link).and_then(|link| link.want());
                self.foreign.note_peer(peer.clone());
                return self.foreign.push(GatewayTask::Answered { link, peer, intent });
            }
            link::Event::Malformed => {
                self.refused += 1;
                return;
            }
            link::Event::ForeignMessage(_) | link::Event::Tracks(_) => return,
        };
        self.events.push_back(event);
    }

    fn report_foreign(&mut self, link: LinkId, peer: PeerId, event: link::Event) {
        self.foreign.push(match event {
            link::Event::Open => GatewayTask::Opened(link),
            link::Event::ForeignMessage(bytes) => GatewayTask::Received { link, bytes },
            link::Event::Disconnected(reason) => GatewayTask::Disconnected { link, peer, reason },
            _ => return,
        });
    }

    fn report_media(&mut self, link: LinkId, owner: LinkId, event: link::Event) {
        let event = match event {
            link::Event::Open => MediaEvent::Open,
            link::Event::Tracks(tracks) => MediaEvent::Tracks(tracks),
            link::Event::Disconnected(_) => MediaEvent::Closed,
            _ => return,
        };
        self.foreign.push(GatewayTask::Media { owner, link, event });
    }
}

fn push_socket(out: &mut VecDeque<Output>) -> impl FnMut(SocketAction) {
    |action| out.push_back(Output::Socket(action))
}
