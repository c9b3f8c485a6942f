#![allow(clippy::unwrap_used)]

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// A realm with what each socket was sent and which sockets were closed.
struct Server {
    realm: Realm,
    now: Time,
    sent: HashMap<u64, Vec<Value>>,
    closed: HashSet<u64>,
}

impl Server {
    fn new(options: Options) -> Self {
        Self {
            realm: Realm::new(options),
            now: Time::from_millis(0),
            sent: HashMap::new(),
            closed: HashSet::new(),
        }
    }

    fn handle(&mut self, input: Input<'_>) {
        self.realm.handle(self.now, input);
        while let Some(output) = self.realm.poll() {
            match output {
                Output::Send { socket, text } => {
                    let frame = serde_json::from_str(&text).unwrap();
                    self.sent.entry(socket.0).or_default().push(frame);
                }
                Output::Close { socket } => assert!(self.closed.insert(socket.0)),
            }
        }
    }

    fn connect(&mut self, socket: u64, id: &str, token: &str) -> Vec<Value> {
        self.handle(Input::Connect { socket: SocketId(socket), id, token, key: "peerjs" });
        self.sent(socket)
    }

    fn text(&mut self, socket: u64, text: &str) {
        let socket = SocketId(socket);
        self.handle(Input::Text { socket, text });
    }

    /// Sends a frame as a driver does that holds back what is above the rate.
    fn send_in_time(&mut self, socket: u64, frame: Value) {
        let text = frame.to_string();
        if let Some(time) = self.realm.hold_until(self.now, SocketId(socket), &text) {
            let wait = time.since(self.now);
            self.advance(wait.as_millis() as u64);
        }
        self.text(socket, &text);
    }

    fn send(&mut self, socket: u64, frame: Value) {
        self.text(socket, &frame.to_string());
    }

    fn advance(&mut self, millis: u64) {
        self.now = self.now + Duration::from_millis(millis);
        self.handle(Input::Tick);
    }

    /// What `socket` was sent since the last call.
    fn sent(&mut self, socket: u64) -> Vec<Value> {
        self.sent.remove(&socket).unwrap_or_default()
    }

    fn closed(&self, socket: u64) -> bool {
        self.closed.contains(&socket)
    }
}

fn pair() -> Server {
    let mut server = Server::new(Options::default());
    assert_eq!(server.connect(1, "a", "ta"), [json!({"type": "OPEN"})]);
    assert_eq!(server.connect(2, "b", "tb"), [json!({"type": "OPEN"})]);
    server
}

fn refusal(kind: &str, msg: &str) -> Vec<Value> {
    vec![json!({"type": kind, "payload": {"msg": msg}})]
}

fn offer(dst: &str) -> Value {
    json!({"type": "OFFER", "dst": dst, "payload": {"n": 1}})
}

#[test]
fn refuses_as_peerserver_does() {
    let mut server = Server::new(Options { concurrent_limit: 1, ..Options::default() });
    let missing = "No id, token, or key supplied to websocket server";
    assert_eq!(server.connect(1, "", "t"), refusal("ERROR", missing));
    assert_eq!(server.connect(2, "a", ""), refusal("ERROR", missing));
    server.handle(Input::Connect { socket: SocketId(3), id: "a", token: "t", key: "zzz" });
    assert_eq!(server.sent(3), refusal("ERROR", "Invalid key provided"));
    let invalid = refusal("ERROR", "Invalid id provided");
    assert_eq!(server.connect(4, "<b>", "t"), invalid);
    assert_eq!(server.connect(5, "a", "t"), [json!({"type": "OPEN"})]);
    let taken = refusal("ID-TAKEN", "ID is taken");
    assert_eq!(server.connect(6, "a", "other"), taken);
    let full = refusal("ERROR", "Server has reached its concurrent user limit");
    assert_eq!(server.connect(7, "b", "t"), full);
    for socket in [1, 2, 3, 4, 6, 7] {
        assert!(server.closed(socket), "{socket}");
    }
    assert!(!server.closed(5));
    assert_eq!(server.realm.stats().refused, 6);
    assert_eq!(server.realm.len(), 1);
}

#[test]
fn overwrites_the_source_and_leaves_the_payload_alone() {
    let mut server = pair();
    let text = r#"{"junk":1,"type":"OFFER","src":"spoof","dst":"b","payload":{"b": 1.0, "a":[ ]}}"#;
    server.realm.handle(server.now, Input::Text { socket: SocketId(1), text });
    let socket = SocketId(2);
    let text = r#"{"type":"OFFER","src":"a","dst":"b","payload":{"b": 1.0, "a":[ ]}}"#.into();
    assert_eq!(server.realm.poll(), Some(Output::Send { socket, text }));
    assert_eq!(server.realm.poll(), None);
}

#[test]
fn keeps_messages_for_a_receiver_that_comes_in_time() {
    let mut server = pair();
    server.send(1, offer("c"));
    server.send(1, json!({"type": "CANDIDATE", "dst": "c", "payload": 2}));
    server.advance(4_999);
    let got = server.connect(3, "c", "tc");
    assert_eq!(got.len(), 3);
    assert_eq!(got[0], json!({"type": "OPEN"}));
    assert_eq!(got[1]["type"], "OFFER");
    assert_eq!(got[2], json!({"type": "CANDIDATE", "src": "a", "dst": "c", "payload": 2}));
    server.advance(10_000);
    assert_eq!(server.sent(1), [] as [Value; 0]);
    assert_eq!(server.realm.queues(), 0);
}

#[test]
fn tells_each_sender_once_that_its_messages_expired() {
    let mut server = pair();
    server.send(1, offer("z"));
    server.send(1, json!({"type": "CANDIDATE", "dst": "z"}));
    server.advance(1_000);
    server.send(2, offer("z"));
    assert_eq!(server.realm.deadline(), Some(Time::from_millis(5_000)));
    // The queue's first message starts the time-out. Closed sockets get no `EXPIRE`.
    server.handle(Input::Closed { socket: SocketId(1) });
    server.advance(4_000);
    let expire = json!({"type": "EXPIRE", "src": "z", "dst": "b"});
    assert_eq!(server.sent(2), [expire]);
    assert_eq!(server.sent(1), [] as [Value; 0]);
    assert_eq!(server.realm.queues(), 0);
}

#[test]
fn the_same_token_takes_the_id_over() {
    let mut server = pair();
    assert_eq!(server.connect(3, "a", "ta"), [json!({"type": "OPEN"})]);
    assert!(server.closed(1));
    server.send(2, json!({"type": "ANSWER", "dst": "a"}));
    assert_eq!(server.sent(3), [json!({"type": "ANSWER", "src": "b", "dst": "a"})]);
    // The driver's word that the old socket is closed does not touch the new one.
    server.handle(Input::Closed { socket: SocketId(1) });
    assert_eq!(server.realm.len(), 2);
    server.handle(Input::Closed { socket: SocketId(3) });
    assert_eq!(server.realm.len(), 1);
}

#[test]
fn leave_and_expire_pass_only_between_contacts() {
    let mut server = pair();
    for kind in ["LEAVE", "EXPIRE"] {
        server.send(1, json!({"type": kind, "dst": "b"}));
        assert_eq!(server.sent(2), [] as [Value; 0], "{kind}");
    }
    server.send(2, offer("a"));
    for kind in ["LEAVE", "EXPIRE"] {
        server.send(1, json!({"type": kind, "dst": "b"}));
        let expected = json!({"type": kind, "src": "a", "dst": "b"});
        assert_eq!(server.sent(2), [expected]);
    }
}

#[test]
fn a_departed_peer_may_send_until_its_id_is_taken() {
    let mut server = pair();
    server.send(1, json!({"type": "LEAVE"}));
    let ids: Vec<_> = server.realm.ids().map(PeerId::as_str).collect();
    assert_eq!(ids, ["b"]);
    server.send(1, offer("b"));
    assert_eq!(server.sent(2)[0]["src"], "a");
    assert_eq!(server.connect(3, "a", "other"), [json!({"type": "OPEN"})]);
    assert!(server.closed(1));
}

#[test]
fn only_heartbeats_keep_a_socket() {
    let mut server = pair();
    server.advance(40_000);
    server.text(1, r#"{"type":"HEARTBEAT"}"#);
    server.send(2, offer("a"));
    server.advance(20_000);
    assert!(server.closed(2) && !server.closed(1));
    server.advance(39_999);
    assert!(!server.closed(1));
    server.advance(1);
    assert!(server.closed(1));
    assert_eq!(server.realm.deadline(), None);
    assert_eq!(server.realm.stats().timed_out, 2);
}

#[test]
fn ten_bad_frames_close_the_socket() {
    let mut server = pair();
    for text in ["notjson", "", "[]", "{}", r#"{"type":7}"#] {
        server.text(1, text);
    }
    for _ in 0..4 {
        server.text(1, "\u{0}");
    }
    for known_or_not in ["OPEN", "ERROR", "ID-TAKEN", "NEW"] {
        server.send(1, json!({"type": known_or_not, "dst": "b"}));
    }
    assert!(!server.closed(1));
    server.text(1, "again");
    assert!(server.closed(1));
    assert_eq!(server.sent(1)[0]["type"], "ERROR");
    assert_eq!(server.sent(2), [] as [Value; 0]);
}

#[test]
fn a_frame_has_at_most_64_kib() {
    let mut server = pair();
    let around = json!({"type": "OFFER", "dst": "b", "payload": ""}).to_string();
    let mut fits = json!({"type": "OFFER", "dst": "b",
        "payload": "x".repeat(limits::SIGNAL_FRAME - around.len())})
    .to_string();
    assert_eq!(fits.len(), limits::SIGNAL_FRAME);
    server.text(1, &fits);
    assert_eq!(server.sent(2).len(), 1);
    fits.push(' ');
    server.text(1, &fits);
    assert!(server.closed(1));
    assert_eq!(server.sent(2).len(), 0);
}

#[test]
fn a_flood_is_cut_down_to_the_rate() {
    let mut server = pair();
    for _ in 0..1_000 {
        server.send(1, offer("b"));
    }
    assert_eq!(server.sent(2).len(), 120);
    assert_eq!(server.realm.stats().throttled, 880);
    let hold = server.realm.hold_until(server.now, SocketId(1), &offer("b").to_string());
    assert_eq!(hold, Some(Time::from_millis(34)));
    server.advance(1_000);
    for _ in 0..100 {
        server.send(1, offer("b"));
    }
    assert_eq!(server.sent(2).len(), 30);
    // A driver that holds frames back loses nothing.
    for _ in 0..300 {
        server.send_in_time(1, offer("b"));
    }
    assert_eq!(server.sent(2).len(), 300);
    // Reconnecting does not reset the limit.
    server.connect(3, "a", "ta");
    server.send(3, offer("b"));
    assert_eq!(server.sent(2).len(), 0);
}

#[test]
fn replies_do_not_count_against_the_rate() {
    let mut server = pair();
    // The host's own frames have used up its burst.
    for _ in 0..120 {
        server.send(1, offer("b"));
    }
    let answer = |dst: &str| json!({"type": "ANSWER", "dst": dst});
    let candidate = |dst: &str| json!({"type": "CANDIDATE", "dst": dst});
    for n in 0..1_500 {
        let id = format!("newcomer-{n}");
        server.connect(10 + n, &id, "t");
        server.send(10 + n, offer("a"));
        server.send(1, answer(&id));
        server.send(1, candidate(&id));
        assert_eq!(server.sent(10 + n).len(), 2, "{id}");
    }
    assert_eq!(server.realm.stats().throttled, 0);
    // An offer credits one answer and a bounded number of candidates, nothing else.
    server.send(1, answer("newcomer-0"));
    server.send(1, offer("newcomer-0"));
    server.send(1, json!({"type": "LEAVE", "dst": "newcomer-0"}));
    assert_eq!(server.sent(10).len(), 0);
    assert_eq!(server.realm.stats().throttled, 3);
    for _ in 0..100 {
        server.send(1, candidate("newcomer-0"));
    }
    assert_eq!(server.sent(10).len(), usize::from(limits::SIGNAL_REPLY_CANDIDATES) - 1);
}

#[test]
fn two_peers_cannot_credit_each_other_without_limit() {
    let mut server = pair();
    let mut passed = 0;
    // Both send as much as they can for ten seconds.
    for _ in 0..10_000 {
        for (socket, dst) in [(1, "b"), (2, "a")] {
            for kind in ["OFFER", "ANSWER", "CANDIDATE"] {
                server.send(socket, json!({"type": kind, "dst": dst}));
            }
        }
        passed += server.sent(1).len() + server.sent(2).len();
        server.now = server.now + Duration::from_millis(1);
    }
    // An offer credits one answer, and both credit candidates.
    let offers = 2 * (limits::SIGNAL_BURST + 10 * limits::SIGNAL_RATE) as usize;
    let most = offers * 2 * (1 + usize::from(limits::SIGNAL_REPLY_CANDIDATES));
    assert!(passed <= most, "{passed}");
    assert!(server.realm.stats().throttled > 10_000);
}

#[test]
fn a_queued_offer_credits_its_answer() {
    let mut server = pair();
    server.send(1, offer("c"));
    server.connect(3, "c", "tc");
    for _ in 0..120 {
        server.send(3, offer("b"));
    }
    server.send(3, json!({"type": "ANSWER", "dst": "a"}));
    assert_eq!(server.sent(1).len(), 1);
}

#[test]
fn credit_expires() {
    let mut server = pair();
    let mut replies = |wait: Duration| {
        server.send_in_time(1, offer("b"));
        for _ in 0..4 {
            server.advance(wait.as_millis() as u64 / 4);
            for socket in [1, 2] {
                server.text(socket, r#"{"type":"HEARTBEAT"}"#);
            }
        }
        server.sent(1);
        for _ in 0..120 {
            server.send(2, offer("z"));
        }
        server.send(2, json!({"type": "ANSWER", "dst": "a"}));
        server.sent(1).len()
    };
    assert_eq!(replies(limits::SIGNAL_REPLY_TIME), 1);
    assert_eq!(replies(2 * limits::SIGNAL_REPLY_TIME), 0);
}

#[test]
fn a_socket_that_is_held_back_does_not_time_out() {
    let mut server = pair();
    while server.now < Time::from_millis(70_000) {
        server.send_in_time(1, offer("b"));
    }
    assert!(server.closed(2) && !server.closed(1));
}

#[test]
fn a_full_queue_expires_the_offer_at_once() {
    let mut options = Options::default();
    options.rate.burst = 5_000;
    let mut server = Server::new(options);
    server.connect(1, "a", "ta");
    for _ in 0..limits::SIGNAL_QUEUE {
        server.send(1, offer("z"));
    }
    assert_eq!(server.sent(1).len(), 0);
    server.send(1, json!({"type": "CANDIDATE", "dst": "z"}));
    assert_eq!(server.sent(1).len(), 0);
    server.send(1, offer("z"));
    let expire = |src: &str| json!({"type": "EXPIRE", "src": src, "dst": "a"});
    assert_eq!(server.sent(1), [expire("z")]);
    for n in 1..limits::SIGNAL_QUEUES {
        server.send(1, offer(&n.to_string()));
    }
    assert_eq!(server.sent(1).len(), 0);
    server.send(1, offer("one-too-many"));
    assert_eq!(server.sent(1), [expire("one-too-many")]);
    server.send(1, offer("<nobody's>"));
    assert_eq!(server.sent(1), [expire("<nobody's>")]);
    server.advance(5_000);
    assert_eq!(server.sent(1).len(), limits::SIGNAL_QUEUES);
    assert_eq!(server.realm.queued_bytes, 0);
}

/// What a proptest does; ids and sockets come from small sets so that they meet.
#[derive(Clone, Debug)]
enum Step {
    Connect(u8, u8),
    Frame(u64, String),
    Close(u64),
    Advance(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let kind = prop::sample::select(vec![
        "OFFER",
        "ANSWER",
        "CANDIDATE",
        "LEAVE",
        "EXPIRE",
        "HEARTBEAT",
        "OPEN",
        "?",
    ]);
    let frame = (kind, prop::option::of(0..12_u8)).prop_map(|(kind, dst)| match dst {
        Some(dst) => json!({"type": kind, "dst": format!("p{dst}"), "payload": dst}).to_string(),
        None => json!({"type": kind}).to_string(),
    });
    prop_oneof![
        3 => (0..8_u8, 0..3_u8).prop_map(|(id, token)| Step::Connect(id, token)),
        8 => (0..64_u64, frame).prop_map(|(socket, text)| Step::Frame(socket, text)),
        1 => (0..64_u64, any::<String>()).prop_map(|(socket, text)| Step::Frame(socket, text)),
        1 => (0..64_u64).prop_map(Step::Close),
        1 => (0..40_000_u64).prop_map(Step::Advance),
    ]
}

fn check(realm: &Realm) {
    assert!(realm.outputs.is_empty());
    for (id, socket) in realm.registered.iter().chain(&realm.departed) {
        assert_eq!(&realm.sockets[socket].id, id);
    }
    let owners = realm.registered.len() + realm.departed.len();
    assert_eq!(realm.sockets.len(), owners, "one socket per id");
    assert!(realm.registered.keys().all(|id| !realm.departed.contains_key(id)));
    assert!(realm.sockets.len() <= realm.options.concurrent_limit);
    assert_eq!(realm.liveness.len(), realm.sockets.len());
    assert_eq!(realm.expiry.len(), realm.queues.len());
    assert!(realm.reservations.len() <= 4, "only those of persons");
    let mut bytes = 0;
    for (dst, queue) in &realm.queues {
        assert!(!realm.registered.contains_key(dst));
        assert!((1..=limits::SIGNAL_QUEUE).contains(&queue.messages.len()));
        bytes += queue.messages.iter().map(|waiting| waiting.text.len()).sum::<usize>();
    }
    assert_eq!(bytes, realm.queued_bytes);
}

proptest! {
    #[test]
    fn any_sequence_keeps_the_invariants(steps in prop::collection::vec(step(), 0..200)) {
        let mut server = Server::new(Options { concurrent_limit: 6, ..Options::default() });
        let mut sockets = 0;
        for step in steps {
            match step {
                Step::Connect(id, token) => {
                    sockets += 1;
                    let person = format!("00000000-0000-4000-8000-00000000000{id}");
                    let id = if id < 4 { format!("p{id}") } else { person };
                    let got = server.connect(sockets, &id, &format!("t{token}"));
                    prop_assert!(got[0]["type"] == "OPEN" || server.closed(sockets));
                }
                Step::Frame(socket, text) => server.text(socket, &text),
                Step::Close(socket) => {
                    server.handle(Input::Closed { socket: SocketId(socket) });
                }
                Step::Advance(millis) => {
                    server.advance(millis);
                    prop_assert!(server.realm.deadline().is_none_or(|at| at > server.now));
                }
            }
            check(&server.realm);
        }
    }
}

const PERSON: &str = "0b0e3c9a-7a5e-4c2d-9e3f-0123456789ab";

fn is_open(got: &[Value]) -> bool {
    got == [json!({"type": "OPEN"})]
}

#[test]
fn a_persons_id_is_kept_for_its_token() {
    let derived = "pabcdefghijklmnopqrstuvwxyz234567";
    for id in [PERSON, derived] {
        // However the socket ends: closed by the client, by the server, or replaced.
        for end in ["closed", "silent", "expelled", "unregistered"] {
            let mut server = Server::new(Options::default());
            assert!(is_open(&server.connect(1, id, "secret")));
            match end {
                "closed" => server.handle(Input::Closed { socket: SocketId(1) }),
                "silent" => server.advance(60_000),
                "expelled" => server.text(1, &" ".repeat(limits::SIGNAL_FRAME + 1)),
                _ => server.send(1, json!({"type": "LEAVE"})),
            }
            assert!(!server.realm.contains(&PeerId::new(id).unwrap()), "{end}");
            assert_eq!(server.realm.reservations(), 1);
            server.advance(119_999);
            let before = server.realm.reservations();
            assert_eq!(server.connect(2, id, "other"), refusal("ID-TAKEN", "ID is taken"), "{end}");
            assert_eq!((before, server.realm.stats().reserved), (1, 1));
            assert!(is_open(&server.connect(3, id, "secret")), "{end}");
            assert_eq!(server.realm.reservations(), 0);
            assert_eq!(server.connect(4, id, "other"), refusal("ID-TAKEN", "ID is taken"));
        }
    }
}

#[test]
fn after_two_minutes_an_id_is_free_and_a_name_is_at_once() {
    let mut server = Server::new(Options::default());
    server.connect(1, PERSON, "secret");
    server.handle(Input::Closed { socket: SocketId(1) });
    server.advance(120_000);
    assert_eq!(server.realm.reservations(), 0);
    assert!(is_open(&server.connect(2, PERSON, "other")));

    // An index root that dies is followed by another at once.
    for id in ["P2P-Live-Web-Default-ID", "a"] {
        assert!(is_open(&server.connect(3, id, "one")));
        server.handle(Input::Closed { socket: SocketId(3) });
        assert!(is_open(&server.connect(4, id, "two")), "{id}");
        server.handle(Input::Closed { socket: SocketId(4) });
    }

    let mut server = Server::new(Options { reserve_time: Duration::ZERO, ..Options::default() });
    server.connect(1, PERSON, "secret");
    server.handle(Input::Closed { socket: SocketId(1) });
    assert!(is_open(&server.connect(2, PERSON, "other")), "switched off");
}

#[test]
fn a_hundred_thousand_peers() {
    let mut server = Server::new(Options { concurrent_limit: 100_000, ..Options::default() });
    for n in 0..100_000_u64 {
        let id = format!("p{n}");
        server.now = Time::from_millis(n / 10);
        server.realm.handle(
            server.now,
            Input::Connect { socket: SocketId(n), id: &id, token: "t", key: "peerjs" },
        );
        let text = format!(r#"{{"type":"OFFER","dst":"p{}","payload":1}}"#, n / 2);
        let socket = SocketId(n);
        server.realm.handle(server.now, Input::Text { socket, text: &text });
        while server.realm.poll().is_some() {}
    }
    assert_eq!(server.realm.stats().forwarded, 100_000);
    server.advance(55_000);
    assert_eq!(server.closed.len(), 50_000);
}
