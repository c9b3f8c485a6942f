//! One connection's negotiation, from the first offer to the closed channel.
//!
//! Descriptions and candidates may arrive in any order; what comes too early waits. An offer has
//! [`PATIENCE`] to be answered and an answered one [`CONNECTING`] to connect; then the link is given
//! up, and the other side is told. An open link whose ICE fails restarts it, see [`restarts`].

mod authentication;
mod candidates;
pub mod io;
mod keepalive;
mod negotiation;
mod restarts;

use core::time::Duration;
use std::collections::VecDeque;

pub use keepalive::{Keepalive, KeepaliveAction};

use self::authentication::{Authentication, Ends};
use self::candidates::Candidates;
use self::io::{Channel, LinkAction, LinkEvent, MediaRole, Output};
use self::restarts::Restarts;
use crate::identity::Keypair;
use crate::model::Tracks;
use crate::signal::client::Client;
use crate::signal::envelope::kind;
use crate::signal::payload::{
    ConnectionKind, Handshake, Intent, Json, Offer, Refusal, Reply, Trickle, VERSION,
};
use crate::signal::sdp::Description;
use crate::util::binarypack::{self, Value};
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::chunk::{self, Reassembler, Received};
use crate::wire::message::Message;

/// How long an offer may stay unanswered.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// How long an answered offer may take to connect, on either side: the side that answers holds a
/// slot for it.
pub const CONNECTING: Duration = Duration::from_secs(8);
/// How long ICE may have no path to an legacy page. Browsers stay `disconnected` for a minute.
const LOST: Duration = Duration::from_secs(5);

/// What a link needs to act on the world.
pub(crate) struct LinkContext<'a> {
    pub(crate) now: Time,
    pub(crate) out: &'a mut VecDeque<Output>,
    pub(crate) signal: &'a mut Client,
    /// What this peer proves its id with.
    pub(crate) keypair: Option<&'a Keypair>,
}

/// One link.
#[derive(Debug)]
pub(crate) struct Link {
    id: LinkId,
    peer: PeerId,
    connection: String,
    kind: ConnectionKind,
    dialled: bool,
    /// Whether the other side is known to be one of ours.
    ours: bool,
    stage: Stage,
    candidates: Candidates,
    since: Time,
    deadline: Option<Time>,
    /// Until when the other side must say something.
    word_until: Option<Time>,
    restarts: Restarts,
    /// When ICE is restarted next.
    restart_at: Option<Time>,
    restarted: bool,
    handshake: Option<Handshake>,
    /// The other side is an legacy page, or anything else that speaks PeerJS and not our protocol.
    foreign: bool,
    /// It speaks JSON instead of BinaryPack.
    json: Option<Json>,
    /// How the stream that is sent is named, where that is not left to the browser.
    stream: Option<String>,
    /// Since when ICE has lost its path to an legacy page, which answers no pings.
    lost: Option<Time>,
    authentication: Authentication,
    reassembler: Reassembler,
    chunked: u32,
    keepalive: Keepalive,
}

#[derive(Debug)]
enum Stage {
    /// An offer came and waits for the owner to accept or refuse it.
    Offered(Description),
    /// Dialled; no answer yet.
    Waiting,
    /// Descriptions are exchanged or about to be; the channel is not open.
    Connecting,
    /// The channel is open.
    Open,
}

/// What a link tells its owner.
#[derive(Debug)]
// It is handled at once, so its size costs nothing.
#[allow(clippy::large_enum_variant)]
pub(crate) enum Event {
    /// The channel is open.
    Open,
    /// A message came.
    Message(Message),
    /// The other side answers but is not one of ours; the link goes on as an legacy page's.
    Foreign,
    /// A message came whose content is not allowed; it is dropped.
    Malformed,
    /// A message of an legacy page came.
    ForeignMessage(Vec<u8>),
    /// Media came over a call.
    Tracks(Tracks),
    /// The other side does not answer; the link may be about to go down.
    Unresponsive,
    /// The link is of no use any more and must be removed.
    Disconnected(DisconnectReason),
}

/// Why a link went down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DisconnectReason {
    /// The other side said no.
    Refused(Refusal),
    /// The signalling server knows nobody with that id.
    NotFound,
    /// The other side never answered.
    Unanswered,
    /// The two could not be connected.
    Unconnectable,
    /// The other side is not one of ours.
    Foreign,
    /// The other side has given the attempt up.
    Abandoned,
    /// The connection was open and is closed.
    Closed,
    /// The connection was open and nothing came over it for too long.
    Silent,
    /// The other side does not keep to the protocol.
    Broken,
    /// The other side is not who its id says: somebody is in between, or pretends.
    Unproven,
}

impl Link {
    /// Dials `peer`; the offer goes out as soon as the driver has made it.
    pub(crate) fn dial(
        ctx: &mut LinkContext<'_>,
        id: LinkId,
        peer: PeerId,
        connection: String,
        handshake: Handshake,
        media: MediaRole,
    ) -> Self {
        let channel = Channel { label: connection.clone(), ordered: true };
        let mut link = Self::new(ctx.now, id, peer, connection, ConnectionKind::Data, true);
        link.handshake = Some(handshake);
        link.act(ctx, LinkAction::Open { channel: Some(channel), media });
        link.act(ctx, LinkAction::Offer { restart: false });
        link
    }

    /// Calls `peer` as PeerJS does: with `media` of ours, and since PeerJS 1.5 with a `channel` that
    /// only tells the other side when the call is over. Those from before throw at one.
    pub(crate) fn call(
        ctx: &mut LinkContext<'_>,
        id: LinkId,
        peer: PeerId,
        connection: String,
        channel: bool,
        media: MediaRole,
    ) -> Self {
        let channel = channel.then(|| Channel { label: "undefined".to_owned(), ordered: false });
        let mut link = Self::new(ctx.now, id, peer, connection, ConnectionKind::Media, true);
        link.foreign = true;
        link.act(ctx, LinkAction::Open { channel, media });
        link.act(ctx, LinkAction::Offer { restart: false });
        link
    }

    /// A link for an offer that came; it does nothing until it is accepted or refused.
    pub(crate) fn incoming(now: Time, id: LinkId, peer: PeerId, offer: Offer) -> Self {
        let json = offer.json();
        let mut link = Self::new(now, id, peer, offer.connection_id, offer.kind, false);
        link.ours = offer.metadata.as_ref().is_some_and(|m| m.p2p_live.is_some());
        link.foreign = !link.ours;
        link.json = json.filter(|_| link.foreign);
        link.stage = Stage::Offered(offer.sdp);
        link
    }

    fn new(
        now: Time,
        id: LinkId,
        peer: PeerId,
        connection: String,
        kind: ConnectionKind,
        dialled: bool,
    ) -> Self {
        Self {
            id,
            peer,
            connection,
            kind,
            dialled,
            ours: false,
            stage: Stage::Waiting,
            candidates: Candidates::default(),
            since: now,
            deadline: Some(now + PATIENCE),
            word_until: None,
            restarts: Restarts::default(),
            restart_at: None,
            restarted: false,
            handshake: None,
            foreign: false,
            json: None,
            stream: None,
            lost: None,
            authentication: Authentication::default(),
            reassembler: Reassembler::new(limits::STRANGER_MESSAGE),
            chunked: 0,
            keepalive: Keepalive::new(now, dialled),
        }
    }

    /// Names the stream that is sent; before the offer is made.
    pub(crate) fn name_stream(&mut self, name: String) {
        self.stream = Some(name);
    }

    pub(crate) fn peer(&self) -> &PeerId {
        &self.peer
    }

    pub(crate) fn connection(&self) -> &str {
        &self.connection
    }

    /// When it was dialled, or its offer came.
    pub(crate) fn since(&self) -> Time {
        self.since
    }

    /// Whether one of ours has dialled it.
    pub(crate) fn is_incoming(&self) -> bool {
        !self.dialled && !self.foreign
    }

    /// The other side must say something until then, or need not any more.
    pub(crate) fn await_word(&mut self, until: Option<Time>) {
        self.word_until = until;
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Open)
    }

    /// Whether an answer (and be it a refusal) has come.
    pub(crate) fn is_answered(&self) -> bool {
        !matches!(self.stage, Stage::Waiting)
    }

    /// Takes messages of at least so many bytes from now on.
    pub(crate) fn allow(&mut self, size: usize) {
        self.reassembler.allow(size);
    }

    /// What has come of incomplete messages.
    pub(crate) fn incomplete(&self) -> &Reassembler {
        &self.reassembler
    }

    /// Gives the largest incomplete message up.
    pub(crate) fn drop_largest(&mut self) {
        self.reassembler.drop_largest();
    }

    /// The last measured round trip.
    pub(crate) fn round_trip(&self) -> Option<Duration> {
        self.keepalive.round_trip()
    }

    /// Whether the other side is suspected to be gone.
    pub(crate) fn is_suspect(&self) -> bool {
        self.keepalive.is_suspect()
    }

    /// What was wanted of the other side when it was dialled.
    pub(crate) fn want(&self) -> Option<Intent> {
        self.handshake.as_ref().map(|handshake| handshake.intent)
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        let deadline = match self.stage {
            Stage::Open if self.foreign => self.lost.map(|since| since + LOST),
            Stage::Open => Some(self.keepalive.deadline()),
            _ => self.deadline,
        };
        deadline.into_iter().chain(self.restart_at).chain(self.word_until).min()
    }

    /// Accepts the offer that came.
    pub(crate) fn accept(&mut self, ctx: &mut LinkContext<'_>, media: MediaRole) {
        let Stage::Offered(offer) = core::mem::replace(&mut self.stage, Stage::Connecting) else {
            return;
        };
        self.authentication.set_remote(&offer.sdp);
        self.act(ctx, LinkAction::Open { channel: None, media });
        self.set_remote(ctx, LinkAction::Accept(offer));
    }

    /// Refuses the offer that came. A stranger gets no answer: PeerJS has no word for no.
    pub(crate) fn refuse(&mut self, ctx: &mut LinkContext<'_>, refusal: Refusal) {
        if self.ours {
            let reply = Some(Reply { v: VERSION, refuse: Some(refusal) });
            self.answer(ctx, None, reply);
        }
    }

    /// Closes the link; it must be removed afterwards. The other side is told of an attempt that
    /// ends, unless it has ended it itself.
    pub(crate) fn close(&mut self, ctx: &mut LinkContext<'_>) {
        let announced = self.candidates.is_described() || self.restarted;
        if announced && !self.is_open() && !self.foreign {
            self.signal(ctx, kind::CANDIDATE, &Trickle::abandon(self.kind, &self.connection));
        }
        self.close_quietly(ctx);
    }

    /// Closes a link of which the other side knows that it has ended.
    pub(crate) fn close_quietly(&mut self, ctx: &mut LinkContext<'_>) {
        if !matches!(self.stage, Stage::Offered(_)) {
            self.act(ctx, LinkAction::Close);
        }
    }

    /// The other side is needed now: asks it for a sign of life, and gives it up if none comes soon.
    pub(crate) fn probe(&mut self, ctx: &mut LinkContext<'_>) {
        self.keepalive.probe(ctx.now);
        self.ping(ctx);
    }

    fn ping(&mut self, ctx: &mut LinkContext<'_>) {
        let at = ctx.now.as_millis();
        self.send(ctx, &Message::Ping { at });
    }

    /// Sends a message, if the channel is open.
    pub(crate) fn send(&mut self, ctx: &mut LinkContext<'_>, message: &Message) {
        if self.is_open() && !self.foreign {
            self.send_packed(ctx, message.encode());
        }
    }

    /// Sends what is packed already, if the channel is open.
    pub(crate) fn send_packed(&mut self, ctx: &mut LinkContext<'_>, packed: Vec<u8>) {
        if !self.is_open() {
            return;
        }
        self.keepalive.sent(ctx.now);
        if let Some(json) = self.json {
            return self.send_json(ctx, json, &packed);
        }
        if packed.len() > limits::CHUNK {
            self.chunked = self.chunked.wrapping_add(1).max(1);
        }
        for frame in chunk::split(packed, self.chunked) {
            self.act(ctx, LinkAction::Send(frame));
        }
    }

    /// JSON comes in one frame; what does not fit into it is not sent.
    fn send_json(&self, ctx: &mut LinkContext<'_>, json: Json, packed: &[u8]) {
        let value = Value::decode(packed).unwrap_or_default();
        let text = serde_json::to_string(&value).unwrap_or_default();
        match json {
            _ if text.is_empty() || text.len() > limits::JSON_FRAME => {}
            Json::Binary => self.act(ctx, LinkAction::Send(text.into_bytes())),
            Json::Text => self.act(ctx, LinkAction::SendText(text)),
        }
    }

    /// The driver reports.
    pub(crate) fn handle(&mut self, ctx: &mut LinkContext<'_>, event: LinkEvent) -> Option<Event> {
        match event {
            LinkEvent::Described(description) => self.described(ctx, description),
            LinkEvent::Candidate(candidate) => self.local_candidate(ctx, candidate),
            LinkEvent::ChannelOpen => {
                if self.is_open() {
                    return None;
                }
                self.stage = Stage::Open;
                self.deadline = None;
                self.introduce(ctx);
                // After that, for the first ping goes out at once.
                self.keepalive = Keepalive::new(ctx.now, self.dialled);
                return Some(Event::Open);
            }
            LinkEvent::Data(frame) => return self.data(ctx, frame),
            LinkEvent::ChannelClosed if self.is_open() => {
                return Some(Event::Disconnected(DisconnectReason::Closed));
            }
            LinkEvent::ChannelClosed | LinkEvent::Failed(_) => {
                return Some(Event::Disconnected(DisconnectReason::Unconnectable));
            }
            // Not every call has a data channel (PeerJS before 1.5.0).
            LinkEvent::Connected if self.kind == ConnectionKind::Media && !self.is_open() => {
                self.stage = Stage::Open;
                self.lost = None;
                return Some(Event::Open);
            }
            LinkEvent::Connected => (self.lost, self.restart_at) = (None, None),
            LinkEvent::Disconnected => self.lost = self.lost.or(Some(ctx.now)),
            LinkEvent::Tracks(tracks) if self.foreign => return Some(Event::Tracks(tracks)),
            LinkEvent::Stalled if self.is_open() && !self.foreign => {
                self.keepalive.suspect(ctx.now);
                self.ping(ctx);
            }
            LinkEvent::IceFailed => return self.ice_failed(ctx),
            LinkEvent::Stalled
            | LinkEvent::Flowing
            | LinkEvent::SendStats(_)
            | LinkEvent::Tracks(_) => {}
        }
        None
    }

    /// Time has passed. `late` says that this peer itself was held up, so that silence proves
    /// nothing.
    pub(crate) fn tick(&mut self, ctx: &mut LinkContext<'_>, late: bool) -> Option<Event> {
        if self.restart_at.is_some_and(|at| ctx.now >= at) {
            self.restart_at = None;
            self.begin_restart();
            self.act(ctx, LinkAction::Offer { restart: true });
        }
        if self.is_open() && self.foreign {
            let silent = self.lost.is_some_and(|since| ctx.now >= since + LOST);
            return silent.then_some(Event::Disconnected(DisconnectReason::Silent));
        }
        if self.is_open() {
            if late {
                self.keepalive.forgive(ctx.now);
                self.word_until = self.word_until.map(|_| ctx.now + limits::FIRST_WORD);
            }
            if self.word_until.is_some_and(|until| ctx.now >= until) {
                return Some(Event::Disconnected(DisconnectReason::Silent));
            }
            return match self.keepalive.tick(ctx.now) {
                KeepaliveAction::Fine => None,
                KeepaliveAction::Ping => {
                    self.ping(ctx);
                    None
                }
                KeepaliveAction::Unresponsive => Some(Event::Unresponsive),
                KeepaliveAction::Dead => Some(Event::Disconnected(DisconnectReason::Silent)),
            };
        }
        if self.deadline.is_none_or(|deadline| ctx.now < deadline) {
            return None;
        }
        Some(Event::Disconnected(match self.stage {
            Stage::Waiting => DisconnectReason::Unanswered,
            _ => DisconnectReason::Unconnectable,
        }))
    }

    fn data(&mut self, ctx: &mut LinkContext<'_>, frame: Vec<u8>) -> Option<Event> {
        if self.kind == ConnectionKind::Media {
            return None;
        }
        self.keepalive.heard(ctx.now);
        let frame = match self.json {
            Some(_) => from_json(&frame).map(|value| value.encode()),
            None => Some(frame),
        };
        let Some(frame) = frame else { return Some(Event::Disconnected(DisconnectReason::Broken)) };
        let message = match self.reassembler.accept(ctx.now, frame) {
            Ok(Some(Received::Message(bytes))) if self.foreign => {
                return Some(Event::ForeignMessage(bytes));
            }
            Ok(Some(Received::Message(bytes))) => Message::decode(&bytes),
            Ok(Some(Received::Close)) => {
                return Some(Event::Disconnected(DisconnectReason::Closed));
            }
            Ok(None) => return None,
            Err(error) => {
                tracing::debug!(peer = %self.peer, %error, "frame refused");
                return Some(Event::Disconnected(DisconnectReason::Broken));
            }
        };
        match message {
            Ok(Message::Hello(proof)) => {
                let ends = ends(ctx, &self.peer, &self.connection, self.dialled);
                let forged = self.authentication.check(&proof, ends).is_err();
                forged.then_some(Event::Disconnected(DisconnectReason::Unproven))
            }
            Ok(_) if !self.authentication.allows(&self.peer) => {
                Some(Event::Disconnected(DisconnectReason::Unproven))
            }
            Ok(Message::Ping { at }) => {
                self.send(ctx, &Message::Pong { at });
                None
            }
            Ok(Message::Pong { at }) => {
                self.keepalive.pong(ctx.now, Time::from_millis(at));
                None
            }
            Ok(Message::Unknown) => None,
            Ok(message) => Some(Event::Message(message)),
            Err(error) => {
                tracing::debug!(peer = %self.peer, %error, "message refused");
                // A neighbour has read what it passes on, so a message that cannot be read at all
                // is its own fault. The content may come from another peer.
                let broken = !matches!(error, binarypack::Error::Shape(_));
                Some(if broken {
                    Event::Disconnected(DisconnectReason::Broken)
                } else {
                    Event::Malformed
                })
            }
        }
    }

    fn act(&self, ctx: &mut LinkContext<'_>, action: LinkAction) {
        ctx.out.push_back(Output::Link(self.id, action));
    }
}

fn ends<'a>(
    ctx: &'a LinkContext<'_>,
    peer: &'a PeerId,
    connection: &'a str,
    dialled: bool,
) -> Ends<'a> {
    Ends { own: ctx.signal.id(), peer, connection, dialled }
}

/// A message in JSON.
fn from_json(frame: &[u8]) -> Option<Value> {
    serde_json::from_str(core::str::from_utf8(frame).ok()?).ok()
}
