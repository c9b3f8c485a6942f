//! What the parts of a node share: the signalling connection and the table of links.

mod role;

use core::time::Duration;
use std::collections::VecDeque;

use indexmap::IndexMap;
use rand_core::RngCore;

pub(crate) use role::LinkRole;

use crate::legacy::Legacy;
use crate::link::io::{LinkAction, LinkEvent, MediaRole, Output, SendStats, Source};
use crate::link::{self, DisconnectReason, Link, LinkContext};
use crate::model::Status;
use crate::signal::client::{self, Client, Frame};
use crate::signal::envelope::kind;
use crate::signal::payload::{
    Answer, ConnectionKind, Handshake, Intent, Offer, Refusal, RefusalReason, Trickle, VERSION,
};
use crate::signal::sdp::Candidate;
use crate::signal::socket::{SocketAction, SocketEvent};
use crate::util::id::{LinkId, LinkMap, PeerId, random_token};
use crate::util::limits;
use crate::util::time::Time;
use crate::util::timer::TimerKind;
use crate::wire::message::Message;

/// A tick that comes so much after its deadline means that this peer itself was held up.
const LATE: Duration = Duration::from_millis(1_500);
/// A timer that is so late is one of a page that the browser throttles.
const THROTTLED: Duration = Duration::from_millis(400);
/// So many late timers of a hidden page, each soon after the last one, show that it is throttled,
/// and will be until it is in view: those that are late no more may only have fallen into step with
/// the browser. A page that plays sound is not throttled.
const STRIKES: u32 = 3;
/// How soon.
const CALM: Duration = Duration::from_secs(60);
/// How long candidates wait for the offer that they belong to.
const EARLY: Duration = Duration::from_secs(30);
/// Connections whose candidates may wait.
const EARLY_CONNECTIONS: usize = 64;

/// The shared part of a node.
pub(crate) struct Swarm<R> {
    pub(crate) now: Time,
    pub(crate) rng: R,
    /// The view must be made anew.
    pub(crate) dirty: bool,
    pub(crate) out: VecDeque<Output>,
    pub(crate) events: VecDeque<Event>,
    pub(crate) signal: Client,
    pub(crate) links: LinkMap<Box<Link>>,
    /// The links by peer and connection id, as signalling names them.
    connections: IndexMap<(PeerId, String), LinkId>,
    /// A role outlives its link until the owner has heard that the link is down.
    roles: LinkMap<LinkRole>,
    /// Messages that the role of their link did not allow.
    refused: u64,
    /// No link wants to be called before that. What happens mostly puts a link's deadline off, so
    /// this is looked up anew only when it is reached.
    links_due: Option<Time>,
    /// The neighbours that are old pages.
    pub(crate) legacy: Legacy,
    early: IndexMap<(PeerId, String), (Time, Vec<Candidate>)>,
    next: u32,
    hidden: bool,
    /// Late timers while hidden, and when the last one came.
    late: (u32, Time),
    throttled: bool,
}

/// What the network tells a node's part.
#[derive(Debug)]
// It is handled at once, so its size costs nothing.
#[allow(clippy::large_enum_variant)]
pub(crate) enum Event {
    /// The id is registered.
    SignalOpen,
    /// The server is away.
    SignalLost,
    /// The id is somebody else's.
    IdTaken,
    /// The server refuses, for good if `permanent`.
    SignalRefused { reason: String, permanent: bool },
    /// One of ours wants something; to be answered by [`Swarm::accept`] or [`Swarm::refuse`].
    IncomingOffer { link: LinkId, peer: PeerId, handshake: Handshake },
    /// A link is open.
    Open { link: LinkId },
    /// A message came.
    Message { link: LinkId, peer: PeerId, message: Message },
    /// Media flows on a link, or stays away.
    Flow { link: LinkId, flows: bool },
    /// The other side of a link does not answer; it may be about to go down.
    Unresponsive { link: LinkId },
    /// What a fed link carries.
    SendStats { link: LinkId, sending: SendStats },
    /// [`Swarm::is_throttled`] says something else now.
    Throttled,
    /// A link is gone; it is no longer in the table.
    Disconnected { link: LinkId, peer: PeerId, reason: DisconnectReason },
}

impl Event {
    fn link(&self) -> Option<LinkId> {
        match self {
            Self::Open { link }
            | Self::Message { link, .. }
            | Self::Flow { link, .. }
            | Self::Unresponsive { link }
            | Self::Disconnected { link, .. } => Some(*link),
            _ => None,
        }
    }
}

impl<R: RngCore> Swarm<R> {
    /// Begins to register `id`.
    pub(crate) fn new(now: Time, id: PeerId, token: Option<String>, mut rng: R) -> Self {
        let mut out = VecDeque::new();
        let signal = Client::new(now, id, token, &mut rng, &mut push_socket(&mut out));
        Self {
            now,
            rng,
            dirty: true,
            out,
            events: VecDeque::new(),
            signal,
            links: LinkMap::default(),
            connections: IndexMap::new(),
            roles: LinkMap::default(),
            refused: 0,
            links_due: None,
            legacy: Legacy::default(),
            early: IndexMap::new(),
            next: 0,
            hidden: false,
            late: (0, Time::default()),
            throttled: false,
        }
    }

    pub(crate) fn id(&self) -> &PeerId {
        self.signal.id()
    }

    pub(crate) fn status(&self) -> Status {
        self.signal.status()
    }

    /// Gives up the registered id and registers another one. Links stay.
    pub(crate) fn register(&mut self, id: PeerId) {
        self.dirty = true;
        let out = &mut push_socket(&mut self.out);
        self.signal.close(out);
        self.signal = Client::new(self.now, id, None, &mut self.rng, out);
    }

    /// Opens the signalling connection again at once.
    pub(crate) fn reconnect(&mut self) {
        self.dirty = true;
        self.signal.reconnect(self.now, &mut push_socket(&mut self.out));
    }

    /// Closes everything.
    pub(crate) fn shut_down(&mut self) {
        for link in self.links.keys().copied().collect::<Vec<_>>() {
            self.close(link);
        }
        self.signal.close(&mut push_socket(&mut self.out));
        self.dirty = true;
    }

    /// Dials a peer; an [`Event::Open`] or [`Event::Disconnected`] follows. `None` when there are
    /// too many links already.
    pub(crate) fn dial(&mut self, peer: &PeerId, intent: Intent, role: LinkRole) -> Option<LinkId> {
        let handshake = Handshake { v: VERSION, intent, slots: 0, admission_token: None };
        self.greet(peer, handshake, role, MediaRole::None)
    }

    /// Dials a peer of a room: says how many children this peer could feed, and what lets it into
    /// the room.
    pub(crate) fn dial_with(
        &mut self,
        peer: &PeerId,
        intent: Intent,
        role: LinkRole,
        slots: u32,
        admission_token: Option<u64>,
    ) -> Option<LinkId> {
        let handshake = Handshake { v: VERSION, intent, slots, admission_token };
        self.greet(peer, handshake, role, MediaRole::Receive)
    }

    fn greet(
        &mut self,
        peer: &PeerId,
        handshake: Handshake,
        role: LinkRole,
        media: MediaRole,
    ) -> Option<LinkId> {
        if handshake.intent == Intent::Standby && self.legacy.is_foreign(peer) {
            return None;
        }
        let id = self.fresh()?;
        let connection = format!("dc_{}", random_token(&mut self.rng, 12));
        let ctx = &mut LinkContext { now: self.now, out: &mut self.out, signal: &mut self.signal };
        let link = Link::dial(ctx, id, peer.clone(), connection, handshake, media);
        self.keep(id, link);
        self.roles.insert(id, role);
        Some(id)
    }

    /// What a link is for.
    pub(crate) fn role(&self, link: LinkId) -> Option<LinkRole> {
        self.roles.get(&link).copied()
    }

    /// Gives a link another role.
    pub(crate) fn set_role(&mut self, link: LinkId, role: LinkRole) {
        if self.links.contains_key(&link) {
            self.roles.insert(link, role);
        }
    }

    /// How many messages were refused because the role of their link did not allow them.
    pub(crate) fn refused(&self) -> u64 {
        self.refused
    }

    /// The link is gone. Its role stays for the event that says so.
    pub(crate) fn remove(&mut self, id: LinkId) {
        if let Some(link) = self.links.shift_remove(&id) {
            self.connections.swap_remove(&(link.peer().clone(), link.connection().to_owned()));
        }
    }

    /// Accepts what another peer has dialled for.
    pub(crate) fn accept(&mut self, link: LinkId, role: LinkRole, media: MediaRole) {
        self.set_role(link, role);
        if self.legacy.owns(link) {
            return self.accept_old(link);
        }
        self.with(link, |link, ctx| link.accept(ctx, media));
    }

    /// Refuses what another peer has dialled for.
    pub(crate) fn refuse(&mut self, link: LinkId, reason: RefusalReason, ask: Vec<PeerId>) {
        if self.legacy.owns(link) {
            return self.refuse_old(link, reason);
        }
        self.with(link, |link, ctx| link.refuse(ctx, Refusal { reason, ask }));
        self.remove(link);
    }

    /// Sends a message over an open link; over another one it is lost.
    pub(crate) fn send(&mut self, link: LinkId, message: &Message) {
        self.with(link, |link, ctx| link.send(ctx, message));
        self.say_old(link, message);
    }

    /// The other side of a link is needed now: it is given up if it gives no sign of life soon.
    pub(crate) fn probe(&mut self, link: LinkId) {
        self.with(link, |link, ctx| link.probe(ctx));
    }

    /// Sets what a link sends.
    pub(crate) fn feed(&mut self, link: LinkId, source: Option<Source>) {
        if self.legacy.owns(link) {
            return self.feed_old(link, source);
        }
        self.route(link, source);
    }

    /// Has the driver say when the pictures of a link stop; see [`LinkAction::Watch`].
    pub(crate) fn watch(&mut self, link: LinkId, patience: Duration) {
        if !self.legacy.owns(link) {
            return self.push(Output::Link(link, LinkAction::Watch(patience)));
        }
        self.legacy.patience = patience;
        self.watch_calls(link);
    }

    /// Closes a link; no event follows.
    pub(crate) fn close(&mut self, link: LinkId) {
        self.with(link, |link, ctx| link.close(ctx));
        self.remove(link);
        self.forget_old(link);
        self.roles.swap_remove(&link);
    }

    /// Sends over a link for the last time and closes it. The driver lets a closing channel
    /// deliver what was sent before.
    pub(crate) fn send_and_close(&mut self, link: LinkId, message: &Message) {
        self.send(link, message);
        self.close(link);
    }

    /// Whether an answer has come over a link that was dialled.
    pub(crate) fn is_answered(&self, link: LinkId) -> bool {
        self.links.get(&link).is_some_and(|link| link.is_answered())
    }

    /// Whether a link is open.
    pub(crate) fn is_open(&self, link: LinkId) -> bool {
        self.links.get(&link).is_some_and(|link| link.is_open())
    }

    /// The smoothed round trip of a link.
    pub(crate) fn round_trip(&self, link: LinkId) -> Option<Duration> {
        self.links.get(&link)?.round_trip()
    }

    /// Whether the other side of a link is suspected to be gone.
    pub(crate) fn is_suspect(&self, link: LinkId) -> bool {
        self.links.get(&link).is_some_and(|link| link.is_suspect())
    }

    pub(crate) fn push(&mut self, output: Output) {
        match output {
            Output::Show(source) => self.show_old(source),
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
                _ => {}
            }
            return Some((event, role));
        }
        None
    }

    pub(crate) fn deadline(&self) -> Option<(Time, TimerKind)> {
        let signal = self.signal.deadline().map(|time| (time, TimerKind::Signalling));
        let links = self.links_due.map(|time| (time, TimerKind::Link));
        signal.into_iter().chain(links).chain(self.legacy.deadline()).min()
    }

    pub(crate) fn tick(&mut self) {
        let deadline = self.deadline().map(|(deadline, _)| deadline);
        let delay = deadline.map(|deadline| self.now.since(deadline)).unwrap_or_default();
        let late = delay >= LATE;
        self.note_delay(delay);
        let event = self.signal.tick(self.now, &mut self.rng, &mut push_socket(&mut self.out));
        if let Some(event) = event {
            self.signalled(event);
        }
        if late || self.links_due.is_some_and(|due| self.now >= due) {
            self.tick_links(late);
        }
        self.tick_old();
    }

    fn note_delay(&mut self, delay: Duration) {
        if delay < THROTTLED || !self.hidden {
            return;
        }
        let (strikes, last) = self.late;
        let soon = self.now.since(last).saturating_sub(delay) < CALM;
        self.late = (if soon { strikes.saturating_add(1) } else { 1 }, self.now);
        if self.late.0 >= STRIKES {
            self.set_throttled(true);
        }
    }

    fn set_throttled(&mut self, throttled: bool) {
        if core::mem::replace(&mut self.throttled, throttled) != throttled {
            self.events.push_back(Event::Throttled);
        }
    }

    fn tick_links(&mut self, late: bool) {
        self.links_due = self.links.values().filter_map(|link| link.deadline()).min();
        if !late && self.links_due.is_none_or(|due| self.now < due) {
            return;
        }
        self.links_due = None;
        for index in (0..self.links.len()).rev() {
            let Some((&id, _)) = self.links.get_index(index) else { continue };
            self.step(id, |link, ctx| link.tick(ctx, late));
        }
    }

    /// Puts a link into the table.
    pub(crate) fn keep(&mut self, id: LinkId, link: Link) {
        put_forward(&mut self.links_due, link.deadline());
        self.connections.insert((link.peer().clone(), link.connection().to_owned()), id);
        self.links.insert(id, Box::new(link));
    }

    /// The page comes into view, or goes out of it.
    pub(crate) fn set_hidden(&mut self, hidden: bool) {
        self.hidden = hidden;
        self.late = (0, Time::default());
        self.set_throttled(false);
    }

    /// Whether the browser holds this page's timers back, so that others should not rely on it.
    pub(crate) fn is_throttled(&self) -> bool {
        self.throttled
    }

    pub(crate) fn socket(&mut self, event: &SocketEvent) {
        let event = {
            let out = &mut push_socket(&mut self.out);
            self.signal.handle(self.now, event, &mut self.rng, out)
        };
        match event {
            Some(client::Event::Frame(frame)) => self.frame(frame),
            Some(event) => self.signalled(event),
            None => {}
        }
    }

    pub(crate) fn link(&mut self, id: LinkId, event: LinkEvent) {
        if !self.links.contains_key(&id) {
            return;
        }
        // What a call carries is the business of the link to the same old page.
        let link = self.legacy.owner(id);
        match event {
            LinkEvent::SendStats(sending) => {
                self.events.push_back(Event::SendStats { link, sending })
            }
            LinkEvent::Flowing => self.events.push_back(Event::Flow { link, flows: true }),
            LinkEvent::Stalled => self.events.push_back(Event::Flow { link, flows: false }),
            _ => {}
        }
        self.step(id, |link, ctx| link.handle(ctx, event));
    }

    fn signalled(&mut self, event: client::Event<'_>) {
        self.dirty = true;
        self.events.push_back(match event {
            client::Event::Opened => Event::SignalOpen,
            client::Event::Lost => Event::SignalLost,
            client::Event::IdTaken => Event::IdTaken,
            client::Event::Refused { reason, permanent } => {
                Event::SignalRefused { reason, permanent }
            }
            client::Event::Frame(_) => return,
        });
    }

    fn frame(&mut self, frame: Frame<'_>) {
        let Frame { kind, peer, payload } = frame;
        match kind.as_str() {
            kind::OFFER => {
                if let Some(offer) = Offer::parse(payload) {
                    self.offered(peer, offer);
                }
            }
            kind::ANSWER => {
                let Some(answer) = Answer::parse(payload) else {
                    return;
                };
                if let Some(link) = self.find(&peer, &answer.connection_id) {
                    self.step(link, |link, ctx| link.answered(ctx, answer));
                }
            }
            kind::CANDIDATE => {
                if let Some(trickle) = Trickle::parse(payload) {
                    self.trickled(peer, trickle);
                }
            }
            // Only what was never answered can have expired; an open link speaks for itself.
            kind::EXPIRE => self.fail_unanswered(&peer),
            _ => {}
        }
    }

    fn offered(&mut self, peer: PeerId, offer: Offer) {
        if let Some(link) = self.find(&peer, &offer.connection_id) {
            if offer.restart {
                self.with(link, |link, ctx| link.restarted(ctx, offer.sdp));
                return;
            }
            // PeerJS: an offer for a known connection replaces it.
            self.step(link, |_, _| Some(link::Event::Disconnected(DisconnectReason::Closed)));
        }
        match (offer.handshake().copied(), offer.kind) {
            (None, ConnectionKind::Data) => self.stranger(peer, offer),
            (None, ConnectionKind::Media) => self.called(peer, offer),
            (Some(handshake), ConnectionKind::Data) if !offer.restart => {
                let Some(link) = self.incoming_offer(&peer, offer) else { return };
                if handshake.v == VERSION {
                    self.events.push_back(Event::IncomingOffer { link, peer, handshake });
                } else {
                    self.refuse(link, RefusalReason::Version, Vec::new());
                }
            }
            _ => {}
        }
    }

    /// A link for an offer that came, to be accepted or refused.
    pub(crate) fn incoming_offer(&mut self, peer: &PeerId, offer: Offer) -> Option<LinkId> {
        let id = self.fresh()?;
        let key = (peer.clone(), offer.connection_id.clone());
        let mut link = Link::incoming(self.now, id, peer.clone(), offer);
        let ctx = &mut LinkContext { now: self.now, out: &mut self.out, signal: &mut self.signal };
        if let Some((_, candidates)) = self.early.shift_remove(&key) {
            candidates.into_iter().for_each(|c| link.remote_candidate(ctx, c));
        }
        self.keep(id, link);
        Some(id)
    }

    fn trickled(&mut self, peer: PeerId, trickle: Trickle) {
        let link = self.find(&peer, &trickle.connection_id);
        if trickle.abandoned {
            self.early.shift_remove(&(peer, trickle.connection_id));
            if let Some(link) = link {
                let reason = DisconnectReason::Abandoned;
                self.step(link, |_, _| Some(link::Event::Disconnected(reason)));
            }
            return;
        }
        if let Some(link) = link {
            self.with(link, |link, ctx| link.remote_candidate(ctx, trickle.candidate));
            return;
        }
        let now = self.now;
        self.early.retain(|_, (since, _)| now.since(*since) < EARLY);
        let key = (peer, trickle.connection_id);
        if self.early.len() >= EARLY_CONNECTIONS && !self.early.contains_key(&key) {
            return;
        }
        let (_, candidates) = self.early.entry(key).or_insert_with(|| (now, Vec::new()));
        if candidates.len() < limits::CANDIDATES {
            candidates.push(trickle.candidate);
        }
    }

    fn fail_unanswered(&mut self, peer: &PeerId) {
        let waiting =
            self.links.iter().filter(|(_, link)| link.peer() == peer && !link.is_answered());
        for id in waiting.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.step(id, |_, _| Some(link::Event::Disconnected(DisconnectReason::NotFound)));
        }
    }

    fn find(&self, peer: &PeerId, connection: &str) -> Option<LinkId> {
        self.connections.get(&(peer.clone(), connection.to_owned())).copied()
    }

    pub(crate) fn fresh(&mut self) -> Option<LinkId> {
        (self.links.len() < limits::LINKS).then(|| {
            self.next += 1;
            LinkId(self.next)
        })
    }

    pub(crate) fn with(&mut self, id: LinkId, f: impl FnOnce(&mut Link, &mut LinkContext<'_>)) {
        if let Some(link) = self.links.get_mut(&id) {
            let ctx =
                &mut LinkContext { now: self.now, out: &mut self.out, signal: &mut self.signal };
            f(link, ctx);
            put_forward(&mut self.links_due, link.deadline());
        }
    }

    pub(crate) fn step(
        &mut self,
        id: LinkId,
        f: impl FnOnce(&mut Link, &mut LinkContext<'_>) -> Option<link::Event>,
    ) {
        let Some(link) = self.links.get_mut(&id) else {
            return;
        };
        let ctx = &mut LinkContext { now: self.now, out: &mut self.out, signal: &mut self.signal };
        let event = f(link, ctx);
        put_forward(&mut self.links_due, link.deadline());
        let Some(event) = event else { return };
        let peer = link.peer().clone();
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
                self.legacy.note_foreign(peer.clone());
            }
        }
        if self.legacy.owns_call(id) {
            return self.call_event(id, event);
        }
        let event = match event {
            link::Event::Open if !self.opened_old(id) => return,
            link::Event::Open => Event::Open { link: id },
            link::Event::Message(message) => Event::Message { link: id, peer, message },
            link::Event::Old => return self.answered_old(id, peer),
            link::Event::OldMessage(bytes) => return self.heard_old(id, &bytes),
            link::Event::Tracks(_) => return,
            link::Event::Unresponsive => Event::Unresponsive { link: id },
            link::Event::Disconnected(reason) => {
                self.forget_old(id);
                Event::Disconnected { link: id, peer, reason }
            }
        };
        self.events.push_back(event);
    }
}

/// Makes `due` no later than `deadline`.
fn put_forward(due: &mut Option<Time>, deadline: Option<Time>) {
    *due = due.take().into_iter().chain(deadline).min();
}

fn push_socket(out: &mut VecDeque<Output>) -> impl FnMut(SocketAction) {
    |action| out.push_back(Output::Socket(action))
}
