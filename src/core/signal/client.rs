//! The peer's side of the signalling connection: register an id, stay registered, come back.
//!
//! The machine never gives up on a server that is merely away; links between peers live on
//! meanwhile, and frames to send wait (bounded) until the id is open again.

use core::time::Duration;
use std::collections::VecDeque;

use rand_core::RngCore;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::envelope::{Envelope, kind};
use super::socket::{SocketAction, SocketEvent};
use crate::model::Status;
use crate::util::id::{PeerId, random_token};
use crate::util::limits;
use crate::util::random::Backoff;
use crate::util::time::Time;

/// PeerJS's `pingInterval`.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How long a socket may take to open and to be answered.
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);
/// A PeerServer says nothing when a token opens its id again; silence this long means welcome.
const SILENT_WELCOME: Duration = Duration::from_secs(1);
/// The range of waits between attempts.
const RETRY: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(15));
/// Frames kept while the socket is not open.
const WAITING_FRAMES: usize = 64;

/// The machine.
#[derive(Debug)]
pub struct Client {
    id: PeerId,
    token: String,
    state: State,
    was_open: bool,
    /// The server has refused, and the next attempt has not proved yet that it does so no more.
    refused: bool,
    backoff: Backoff,
    waiting: VecDeque<String>,
}

#[derive(Debug)]
enum State {
    /// The socket was asked for; `deadline` ends the patience.
    Opening {
        deadline: Time,
    },
    /// The socket is open, the id not confirmed; `welcome` is when silence counts as yes.
    Greeting {
        deadline: Time,
        welcome: Option<Time>,
    },
    Open {
        heartbeat: Time,
    },
    Waiting {
        until: Time,
    },
    Failed,
    Closed,
}

/// What the machine tells its owner.
#[derive(Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// The id is registered.
    Opened,
    /// The server is away; the machine tries again by itself.
    Lost,
    /// The id belongs to another peer; the machine has stopped.
    IdTaken,
    /// The server refuses for another reason.
    Refused {
        /// What it says.
        reason: String,
        /// Whether the machine has stopped; otherwise it tries again by itself.
        permanent: bool,
    },
    /// A frame from another peer, or about one.
    Frame(Frame<'a>),
}

/// A routed frame: its kind, the peer it is from or about, and the unread payload.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// One of [`kind`].
    pub kind: String,
    /// The other peer.
    pub peer: PeerId,
    /// The payload's JSON text; empty where there is none.
    pub payload: &'a str,
}

impl Client {
    /// A machine that opens `id` at once, with this secret or a random one; drain `out`
    /// afterwards.
    pub fn new(
        now: Time,
        id: PeerId,
        token: Option<String>,
        rng: &mut impl RngCore,
        out: &mut impl FnMut(SocketAction),
    ) -> Self {
        let token = token.unwrap_or_else(|| random_token(rng, 16));
        let mut client = Self {
            id,
            token,
            state: State::Closed,
            was_open: false,
            refused: false,
            backoff: Backoff::new(RETRY.0, RETRY.1),
            waiting: VecDeque::new(),
        };
        client.open(now, out);
        client
    }

    /// The id that is or will be registered.
    pub fn id(&self) -> &PeerId {
        &self.id
    }

    /// What to show.
    pub fn status(&self) -> Status {
        match self.state {
            State::Open { .. } => Status::Open,
            State::Failed | State::Closed => Status::Failed,
            _ if self.was_open => Status::Reconnecting,
            _ => Status::Connecting,
        }
    }

    /// Opens the socket again at once, unless it is open.
    pub fn reconnect(&mut self, now: Time, out: &mut impl FnMut(SocketAction)) {
        if !matches!(self.state, State::Open { .. }) {
            self.backoff.reset();
            self.open(now, out);
        }
    }

    /// Closes the socket for good.
    pub fn close(&mut self, out: &mut impl FnMut(SocketAction)) {
        self.state = State::Closed;
        out(SocketAction::Close);
    }

    /// Sends a frame now, or as soon as the id is open.
    pub fn send(&mut self, text: String, out: &mut impl FnMut(SocketAction)) {
        match self.state {
            State::Open { .. } => out(SocketAction::Send(text)),
            State::Failed | State::Closed => {}
            _ => {
                if self.waiting.len() == WAITING_FRAMES {
                    self.waiting.pop_front();
                }
                self.waiting.push_back(text);
            }
        }
    }

    /// When to call [`Client::tick`] next.
    pub fn deadline(&self) -> Option<Time> {
        match self.state {
            State::Opening { deadline } => Some(deadline),
            State::Greeting { deadline, welcome } => Some(welcome.unwrap_or(deadline)),
            State::Open { heartbeat } => Some(heartbeat),
            State::Waiting { until } => Some(until),
            State::Failed | State::Closed => None,
        }
    }

    /// Time has passed.
    pub fn tick(
        &mut self,
        now: Time,
        rng: &mut impl RngCore,
        out: &mut impl FnMut(SocketAction),
    ) -> Option<Event<'static>> {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return None;
        }
        match self.state {
            State::Greeting { welcome: Some(_), .. } => Some(self.opened(now, out)),
            State::Opening { .. } | State::Greeting { .. } => {
                out(SocketAction::Close);
                self.lost(now, rng)
            }
            State::Open { .. } => {
                out(SocketAction::Send(format!(r#"{{"type":"{}"}}"#, kind::HEARTBEAT)));
                self.state = State::Open { heartbeat: now + HEARTBEAT };
                self.refused = false;
                self.backoff.reset();
                None
            }
            State::Waiting { .. } => {
                self.open(now, out);
                None
            }
            State::Failed | State::Closed => None,
        }
    }

    /// Something happened to the socket.
    pub fn handle<'a>(
        &mut self,
        now: Time,
        event: &'a SocketEvent,
        rng: &mut impl RngCore,
        out: &mut impl FnMut(SocketAction),
    ) -> Option<Event<'a>> {
        if matches!(self.state, State::Failed | State::Closed) {
            return None;
        }
        match event {
            SocketEvent::Opened => {
                let welcome = self.was_open.then(|| now + SILENT_WELCOME);
                self.state = State::Greeting { deadline: now + OPEN_TIMEOUT, welcome };
                None
            }
            SocketEvent::Closed if matches!(self.state, State::Waiting { .. }) => None,
            SocketEvent::Closed => self.lost(now, rng),
            SocketEvent::Text(text) => self.frame(now, text, rng, out),
        }
    }

    fn frame<'a>(
        &mut self,
        now: Time,
        text: &'a str,
        rng: &mut impl RngCore,
        out: &mut impl FnMut(SocketAction),
    ) -> Option<Event<'a>> {
        if text.len() > limits::SIGNAL_FRAME {
            return None;
        }
        let envelope = Envelope::parse(text)?;
        let payload = envelope.payload.map_or("", RawValue::get);
        match &*envelope.kind {
            kind::OPEN => Some(self.opened(now, out)),
            kind::ID_TAKEN => self.refuse(Event::IdTaken, out),
            kind::INVALID_KEY => {
                let reason = "invalid API key".to_owned();
                self.refuse(Event::Refused { reason, permanent: true }, out)
            }
            // A server's own error has no sender; anything else called ERROR is a peer's.
            kind::ERROR if envelope.src.is_none() => {
                let reason = server_message(payload);
                if is_permanent(&reason) {
                    return self.refuse(Event::Refused { reason, permanent: true }, out);
                }
                out(SocketAction::Close);
                self.refused = true;
                self.state = State::Waiting { until: now + self.backoff.wait(rng) };
                Some(Event::Refused { reason, permanent: false })
            }
            kind::OFFER | kind::ANSWER | kind::CANDIDATE | kind::LEAVE | kind::EXPIRE => {
                let peer = PeerId::new(envelope.src.as_deref()?).ok()?;
                Some(Event::Frame(Frame { kind: envelope.kind.into_owned(), peer, payload }))
            }
            _ => None,
        }
    }

    fn open(&mut self, now: Time, out: &mut impl FnMut(SocketAction)) {
        self.state = State::Opening { deadline: now + OPEN_TIMEOUT };
        out(SocketAction::Open { id: self.id.clone(), token: self.token.clone() });
    }

    fn opened(&mut self, now: Time, out: &mut impl FnMut(SocketAction)) -> Event<'static> {
        self.state = State::Open { heartbeat: now + HEARTBEAT };
        self.was_open = true;
        if !self.refused {
            self.backoff.reset();
        }
        self.waiting.drain(..).for_each(|text| out(SocketAction::Send(text)));
        Event::Opened
    }

    fn lost(&mut self, now: Time, rng: &mut impl RngCore) -> Option<Event<'static>> {
        self.state = State::Waiting { until: now + self.backoff.wait(rng) };
        Some(Event::Lost)
    }

    fn refuse(
        &mut self,
        event: Event<'static>,
        out: &mut impl FnMut(SocketAction),
    ) -> Option<Event<'static>> {
        self.state = State::Failed;
        out(SocketAction::Close);
        Some(event)
    }
}

/// Whether a server's error would be the same again: it does not accept the key, the id or the
/// token. Everything else can pass, such as too many users.
fn is_permanent(reason: &str) -> bool {
    let reason = reason.to_ascii_lowercase();
    reason.contains("invalid") || reason.starts_with("no id, token, or key")
}

/// The `msg` of a server's error, cut to what a page can show.
fn server_message(payload: &str) -> String {
    #[derive(Deserialize)]
    struct Complaint {
        msg: String,
    }

    let complaint = serde_json::from_str(payload);
    complaint.map_or_else(|_| String::new(), |Complaint { msg }| msg.chars().take(200).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rand_core::SeedableRng;
    use rand_pcg::Pcg64Mcg;

    use super::*;

    struct Lab {
        rng: Pcg64Mcg,
        out: Vec<SocketAction>,
        client: Client,
    }

    fn at(millis: u64) -> Time {
        Time::from_millis(millis)
    }

    impl Lab {
        fn new() -> Self {
            let (mut rng, mut out) = (Pcg64Mcg::seed_from_u64(1), Vec::new());
            let id = PeerId::new("me").unwrap();
            let client = Client::new(at(0), id, None, &mut rng, &mut |action| out.push(action));
            Self { rng, out, client }
        }

        fn handle(&mut self, now: u64, event: SocketEvent) -> String {
            let out = &mut self.out;
            let event =
                self.client.handle(at(now), &event, &mut self.rng, &mut |action| out.push(action));
            format!("{event:?}")
        }

        fn text(&mut self, now: u64, text: &str) -> String {
            self.handle(now, SocketEvent::Text(text.to_owned()))
        }

        fn tick(&mut self, now: u64) -> Option<Event<'static>> {
            let out = &mut self.out;
            self.client.tick(at(now), &mut self.rng, &mut |action| out.push(action))
        }

        fn opened(&self) -> usize {
            self.out.iter().filter(|a| matches!(a, SocketAction::Open { .. })).count()
        }
    }

    #[test]
    fn opens_sends_what_waited_and_beats() {
        let mut lab = Lab::new();
        let out = &mut lab.out;
        lab.client.send("early".to_owned(), &mut |action| out.push(action));
        lab.handle(10, SocketEvent::Opened);
        assert_eq!(lab.client.status(), Status::Connecting);
        assert_eq!(lab.text(20, r#"{"type":"OPEN"}"#), "Some(Opened)");
        assert!(matches!(lab.out.last(), Some(SocketAction::Send(text)) if text == "early"));
        assert_eq!(lab.client.deadline(), Some(at(5_020)));
        lab.tick(5_020);
        assert!(matches!(lab.out.last(), Some(SocketAction::Send(t)) if t.contains("HEARTBEAT")));
    }

    #[test]
    fn comes_back_with_the_same_token_and_takes_silence_for_welcome() {
        let mut lab = Lab::new();
        lab.handle(0, SocketEvent::Opened);
        lab.text(0, r#"{"type":"OPEN"}"#);
        assert_eq!(lab.handle(100, SocketEvent::Closed), "Some(Lost)");
        assert_eq!(lab.client.status(), Status::Reconnecting);
        let retry = lab.client.deadline().unwrap();
        assert!((350..=600).contains(&retry.as_millis()), "{retry:?}");
        lab.tick(retry.as_millis());
        assert_eq!(lab.opened(), 2);
        lab.handle(1_000, SocketEvent::Opened);
        assert_eq!(lab.tick(2_000), Some(Event::Opened));
        assert_eq!(lab.client.status(), Status::Open);
    }

    #[test]
    fn refusals_stop_it() {
        for (text, event) in [
            (r#"{"type":"ID-TAKEN","payload":{"msg":"ID is taken"}}"#, "Some(IdTaken)"),
            (
                r#"{"type":"ERROR","payload":{"msg":"Invalid key provided"}}"#,
                "Some(Refused { reason: \"Invalid key provided\", permanent: true })",
            ),
        ] {
            let mut lab = Lab::new();
            lab.handle(0, SocketEvent::Opened);
            assert_eq!(lab.text(1, text), event);
            assert_eq!(lab.handle(2, SocketEvent::Closed), "None");
            assert_eq!(lab.client.deadline(), None);
        }
    }

    #[test]
    fn an_error_that_can_pass_is_retried_with_backoff() {
        let mut lab = Lab::new();
        lab.handle(0, SocketEvent::Opened);
        lab.text(0, r#"{"type":"OPEN"}"#);
        let mut now = 10_000;
        let mut waits = Vec::new();
        for _ in 0..4 {
            let full = r#"{"type":"ERROR","payload":{"msg":"Server has reached its concurrent user limit"}}"#;
            assert!(lab.text(now, full).contains("concurrent user limit"));
            assert!(matches!(lab.out.last(), Some(SocketAction::Close)));
            assert_eq!(lab.client.status(), Status::Reconnecting);
            let retry = lab.client.deadline().expect("tries again").as_millis();
            waits.push(retry - now);
            now = retry;
            lab.tick(now);
            assert!(matches!(lab.out.last(), Some(SocketAction::Open { .. })));
            // A server may register the id first and refuse its frames afterwards.
            lab.handle(now, SocketEvent::Opened);
            lab.text(now, r#"{"type":"OPEN"}"#);
        }
        assert!(waits[3] >= 2 * waits[0], "{waits:?}");
        lab.tick(now + 5_000);
        lab.handle(now + 5_000, SocketEvent::Closed);
        let retry = lab.client.deadline().unwrap().as_millis();
        assert!(retry <= now + 5_500, "what worked for a while begins anew");
    }

    #[test]
    fn nonsense_is_ignored() {
        let mut lab = Lab::new();
        for text in [
            "",
            "{",
            "[]",
            r#"{"type":1}"#,
            r#"{"type":"OFFER"}"#,
            r#"{"type":"X"}"#,
            r#"{"type":"OFFER","src":"<b>"}"#,
            r#"{"type":"ERROR","src":"a"}"#,
        ] {
            assert_eq!(lab.text(1, text), "None", "{text}");
        }
    }
}
