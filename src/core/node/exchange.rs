//! A peer with which one other person at a time can exchange streams and texts.
//!
//! Either side may call. If both do, the call of the one with the smaller id counts. A connection
//! that is lost is looked for again by both for a while; the place on the line is kept meanwhile.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use rand_core::RngCore;

#[cfg(feature = "sim")]
use super::room::Room;
use super::{NodeRole, TimerKind};
use crate::legacy::{ExchangeAdapter, LegacySnapshot, Translator};
use crate::link::DisconnectReason;
use crate::link::io::{MediaRole, Output, Source};
use crate::model::{ChatMessage, Line, LineState, Problem, Tracks};
use crate::node::io::Command;
use crate::node::view::View;
use crate::signal::payload::{Intent, RefusalReason};
use crate::swarm::{Event, GatewayTask, LinkRole, Swarm};
use crate::util::bucket::{Bucket, Rate};
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::util::random::Backoff;
use crate::util::time::Time;
use crate::util::timer::Timers;
use crate::wire::message::{Message, clamp_text};

/// The waits before a lost connection is looked for again.
const RETRY: (Duration, Duration) = (Duration::from_millis(600), Duration::from_secs(4));
/// How much longer the side that was called waits the first time, so that two rarely dial at once.
const CALLED_WAITS: Duration = Duration::from_millis(800);
/// How long a lost connection is looked for.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a peer cannot call again after this side has hung up on it.
const REST: Duration = Duration::from_secs(10);
/// How fast the other side may send texts.
const TEXT_RATE: Rate = Rate {
    interval: Duration::from_millis(1_000 / limits::EXCHANGE_RATE as u64),
    burst: limits::EXCHANGE_BURST,
};

/// The part.
pub(crate) struct Exchange {
    name: String,
    /// The own tracks, while something is shown.
    own: Option<Tracks>,
    call: Option<Call>,
    /// How the last call ended, while there is no other.
    last: Line,
    /// On whom this side has hung up, and when.
    declined: Option<(PeerId, Time)>,
    texts: VecDeque<Arc<ChatMessage>>,
    /// The number of the last text.
    number: u64,
    problem: Option<Problem>,
    adapter: ExchangeAdapter,
}

/// Somebody is on the line, or being connected.
struct Call {
    peer: PeerId,
    name: String,
    /// The open connection.
    link: Option<LinkId>,
    /// A connection that is not open yet.
    attempt: Option<Attempt>,
    /// Whether this side called in the beginning.
    called: bool,
    /// The other side has said something.
    heard: bool,
    /// The other side is a legacy page, which hangs up by closing the connection.
    legacy: bool,
    /// Since when the connection is lost.
    lost: Option<Time>,
    /// When to dial next.
    redial: Option<Time>,
    backoff: Backoff,
    on_air: Option<Tracks>,
    rate: Bucket,
}

struct Attempt {
    link: LinkId,
    dialled: bool,
}

impl Exchange {
    pub(crate) fn new(mut name: String) -> Self {
        clamp_text(&mut name, limits::NAME);
        Self {
            name,
            own: None,
            call: None,
            last: Line::default(),
            declined: None,
            texts: VecDeque::new(),
            number: 0,
            problem: None,
            adapter: ExchangeAdapter::default(),
        }
    }
}

impl<R: RngCore> NodeRole<R> for Exchange {
    fn show(&self, _: &Swarm<R>, view: &mut View) {
        view.line = self.call.as_ref().map_or_else(|| self.last.clone(), Call::line);
        view.chat = self.texts.iter().cloned().collect();
        view.problem = self.problem.clone();
    }

    fn command(&mut self, swarm: &mut Swarm<R>, command: Command) {
        swarm.dirty = true;
        match command {
            Command::Call(peer) => self.dial(swarm, peer),
            Command::HangUp => self.hang_up(swarm),
            Command::SendChat(text) => self.say(swarm, text),
            Command::OnAir(tracks) => {
                self.own = tracks;
                if let Some(link) = self.link() {
                    swarm.feed(link, tracks.map(|_| Source::Local));
                    self.tell(swarm, link);
                }
            }
            Command::Quality { most, .. } => swarm.push(Output::Encode(most)),
            Command::Rename(mut name) => {
                clamp_text(&mut name, limits::NAME);
                self.name = name;
                if let Some(link) = self.link() {
                    self.tell(swarm, link);
                }
            }
            Command::Reconnect => {
                swarm.reconnect();
                if let Some(call) = &mut self.call {
                    call.redial = call.redial.and(Some(swarm.now));
                } else if let Some(peer) = self.last.peer.clone() {
                    self.dial(swarm, peer);
                }
            }
            Command::Leave => {
                self.hang_up(swarm);
                swarm.shut_down();
            }
            // The page may be loaded again; the other side looks for it.
            Command::Pause => swarm.shut_down(),
            _ => {}
        }
    }

    fn event(&mut self, swarm: &mut Swarm<R>, event: Event, _: Option<LinkRole>) {
        match event {
            Event::SignalOpen => {
                self.problem.take_if(|problem| {
                    matches!(problem, Problem::ServerUnreachable | Problem::ServerRefused(_))
                });
            }
            Event::SignalLost if self.link().is_none() => {
                self.problem = Some(Problem::ServerUnreachable);
            }
            Event::IdTaken => self.problem = Some(Problem::IdTaken),
            Event::SignalRefused { reason, .. } => {
                self.problem = Some(Problem::ServerRefused(reason));
            }
            Event::IncomingOffer { link, peer, handshake } => {
                self.offered(swarm, link, peer, handshake.intent);
            }
            Event::Open { link } => self.opened(swarm, link),
            Event::Message { link, message, .. } if self.link() == Some(link) => {
                self.told(swarm, link, message);
            }
            Event::Disconnected { link, reason, .. } => self.down(swarm, link, &reason),
            Event::SignalLost
            | Event::Message { .. }
            | Event::Flow { .. }
            | Event::SendStats { .. }
            | Event::Unresponsive { .. }
            | Event::Throttled => {}
        }
        swarm.dirty = true;
    }

    fn arm(&self, _: &Swarm<R>, timers: &mut Timers) {
        let redial = self.call.as_ref().and_then(|call| call.redial);
        timers.set(TimerKind::Exchange, redial.into_iter().chain(self.adapter.deadline()).min());
    }

    fn expired(&mut self, swarm: &mut Swarm<R>, _: TimerKind) {
        let Some(call) = &mut self.call else { return };
        if call.redial.is_none_or(|at| swarm.now < at) {
            return;
        }
        call.redial = None;
        swarm.dirty = true;
        if call.lost.is_some_and(|since| swarm.now.since(since) >= PATIENCE) {
            return self.end(swarm, LineState::Idle, Some(Problem::PeerUnreachable));
        }
        match connect(swarm, &call.peer) {
            Some(attempt) => call.attempt = Some(attempt),
            None => call.redial = Some(swarm.now + call.backoff.wait(&mut swarm.rng)),
        }
    }

    fn settle(&mut self, _: &mut Swarm<R>) {}

    fn translate(&mut self, swarm: &mut Swarm<R>, task: GatewayTask) -> Option<GatewayTask> {
        self.adapter.handle(swarm, task);
        None
    }

    fn revision(&self, _: &Swarm<R>) -> u64 {
        0
    }

    fn snapshot(&self, _: &Swarm<R>) -> Option<LegacySnapshot> {
        None
    }

    #[cfg(feature = "sim")]
    fn room(&self) -> Option<&Room> {
        None
    }
}

impl Exchange {
    fn link(&self) -> Option<LinkId> {
        self.call.as_ref()?.link
    }

    /// The person calls somebody.
    fn dial<R: RngCore>(&mut self, swarm: &mut Swarm<R>, peer: PeerId) {
        // The other side was faster.
        if self.call.as_ref().is_some_and(|call| call.peer == peer && call.lost.is_none()) {
            return;
        }
        self.hang_up(swarm);
        (self.declined, self.problem) = (None, None);
        let attempt = Some(&peer).filter(|peer| *peer != swarm.id());
        let attempt = attempt.and_then(|peer| connect(swarm, peer));
        self.last = Line { peer: Some(peer.clone()), ..Line::default() };
        match attempt {
            Some(attempt) => self.call = Some(Call::new(peer, attempt)),
            None => self.problem = Some(Problem::PeerNotFound),
        }
    }

    fn hang_up<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        let Some(call) = &self.call else { return };
        self.declined = Some((call.peer.clone(), swarm.now));
        if let Some(link) = call.link {
            swarm.send(link, &Message::Leave { ask: Vec::new() });
        }
        self.end(swarm, LineState::Idle, None);
    }

    /// Nobody is on the line any more.
    fn end<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        state: LineState,
        problem: Option<Problem>,
    ) {
        self.problem = problem;
        let Some(call) = self.call.take() else { return };
        let attempt = call.attempt.as_ref().map(|attempt| attempt.link);
        attempt.into_iter().chain(call.link).for_each(|link| swarm.close(link));
        self.last = Line { state, on_air: None, ..call.line() };
        swarm.push(Output::Show(None));
        swarm.dirty = true;
    }

    /// A peer calls.
    fn offered<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        peer: PeerId,
        intent: Intent,
    ) {
        if intent != Intent::Exchange {
            return swarm.refuse(link, RefusalReason::NotInRoom, Vec::new());
        }
        let declined = self
            .declined
            .as_ref()
            .is_some_and(|(declined, since)| *declined == peer && swarm.now.since(*since) < REST);
        let attempt = Attempt { link, dialled: false };
        match &mut self.call {
            None if !declined => {
                self.problem = None;
                self.call = Some(Call::new(peer, attempt));
            }
            Some(call) if call.peer == peer => {
                let both = call.attempt.as_ref().is_some_and(|attempt| attempt.dialled);
                if both && *swarm.id() < peer {
                    return swarm.refuse(link, RefusalReason::Other, Vec::new());
                }
                call.redial = None;
                if let Some(obsolete) = call.attempt.replace(attempt) {
                    swarm.close(obsolete.link);
                }
            }
            _ => return swarm.refuse(link, RefusalReason::Busy, Vec::new()),
        }
        swarm.accept(link, LinkRole::Exchange, MediaRole::Both);
    }

    fn opened<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        let Some(call) = &mut self.call else { return };
        if call.attempt.take_if(|attempt| attempt.link == link).is_none() {
            return;
        }
        // The other side has come again, and its end of the old connection is gone.
        if let Some(old) = call.link.replace(link) {
            swarm.close(old);
            call.on_air = None;
            swarm.push(Output::Show(None));
        }
        call.legacy = swarm.is_legacy(link);
        (call.lost, call.redial) = (None, None);
        call.backoff.reset();
        self.problem = None;
        swarm.feed(link, self.own.map(|_| Source::Local));
        self.tell(swarm, link);
    }

    fn told<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId, message: Message) {
        let Some(call) = &mut self.call else { return };
        call.heard = true;
        match message {
            Message::OnAir { name, tracks, .. } => {
                if !name.is_empty() {
                    call.name = name;
                }
                call.on_air = tracks;
                swarm.push(Output::Sound(tracks.is_some_and(|tracks| tracks.audio)));
                swarm.push(Output::Show(tracks.map(|_| Source::Link(link))));
            }
            Message::Text { name, text } => {
                if !call.rate.take(swarm.now, TEXT_RATE) {
                    return swarm.note_refused(link);
                }
                call.name.clone_from(&name);
                let author = call.peer.clone();
                self.keep(swarm.now, author, name, text);
            }
            Message::Leave { .. } => self.end(swarm, LineState::Ended, None),
            _ => {}
        }
    }

    fn down<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId, reason: &DisconnectReason) {
        let Some(call) = &mut self.call else { return };
        if call.link == Some(link) {
            call.link = None;
            call.on_air = None;
            swarm.push(Output::Show(None));
            let is_over = match reason {
                DisconnectReason::Broken | DisconnectReason::Unproven => true,
                // An original page does not wait to be called again.
                _ if call.legacy => true,
                // It only keeps the line.
                _ => !call.heard,
            };
            if is_over {
                return self.end(swarm, LineState::Ended, None);
            }
            call.lost = Some(swarm.now);
            let patience = if call.called { Duration::ZERO } else { CALLED_WAITS };
            let wait = call.backoff.wait(&mut swarm.rng) + patience;
            call.redial = call.attempt.is_none().then(|| swarm.now + wait);
            return;
        }
        let Some(attempt) = call.attempt.take_if(|attempt| attempt.link == link) else { return };
        if call.lost.is_some() {
            call.redial = Some(swarm.now + call.backoff.wait(&mut swarm.rng));
        } else if call.link.is_none() {
            let problem = attempt.dialled.then(|| failure(reason));
            self.end(swarm, LineState::Idle, problem);
        }
    }

    /// Tells the other side what is shown here.
    fn tell<R: RngCore>(&self, swarm: &mut Swarm<R>, link: LinkId) {
        swarm.send(link, &Message::OnAir { name: self.name.clone(), by: None, tracks: self.own });
    }

    fn say<R: RngCore>(&mut self, swarm: &mut Swarm<R>, mut text: String) {
        clamp_text(&mut text, limits::CHAT_TEXT);
        let Some(link) = self.link().filter(|_| !text.trim().is_empty()) else { return };
        let name = self.name.clone();
        swarm.send(link, &Message::Text { name: name.clone(), text: text.clone() });
        self.keep(swarm.now, swarm.id().clone(), name, text);
    }

    fn keep(&mut self, now: Time, author: PeerId, name: String, text: String) {
        self.number += 1;
        if self.texts.len() >= limits::CHAT_HISTORY {
            self.texts.pop_front();
        }
        self.texts.push_back(Arc::new(ChatMessage {
            author,
            number: self.number,
            name,
            text,
            at: now.as_millis(),
            image: None,
            avatar: None,
        }));
    }
}

impl Call {
    fn new(peer: PeerId, attempt: Attempt) -> Self {
        Self {
            peer,
            name: String::new(),
            link: None,
            called: attempt.dialled,
            heard: false,
            legacy: false,
            attempt: Some(attempt),
            lost: None,
            redial: None,
            backoff: Backoff::new(RETRY.0, RETRY.1),
            on_air: None,
            rate: Bucket::default(),
        }
    }

    fn line(&self) -> Line {
        let state = match (self.link, self.lost) {
            (Some(_), _) => LineState::Open,
            (None, Some(_)) => LineState::Reconnecting,
            (None, None) => LineState::Calling,
        };
        let (peer, name) = (Some(self.peer.clone()), self.name.clone());
        Line { state, peer, name, on_air: self.on_air }
    }
}

fn connect<R: RngCore>(swarm: &mut Swarm<R>, peer: &PeerId) -> Option<Attempt> {
    let (intent, role) = (Intent::Exchange, LinkRole::Exchange);
    let link = swarm.dial_for_media(peer, intent, role, MediaRole::Both)?;
    Some(Attempt { link, dialled: true })
}

/// Why a call did not come about.
fn failure(reason: &DisconnectReason) -> Problem {
    match reason {
        DisconnectReason::Refused(refusal) => match refusal.reason {
            RefusalReason::Busy => Problem::LineBusy,
            RefusalReason::Version => Problem::OtherVersion,
            _ => Problem::PeerNotFound,
        },
        DisconnectReason::NotFound | DisconnectReason::Unanswered => Problem::PeerNotFound,
        _ => Problem::PeerUnreachable,
    }
}
