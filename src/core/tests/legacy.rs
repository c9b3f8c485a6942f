//! Old pages as neighbours of one node: the traces that were captured from them, replayed, and
//! what a hostile one can try. The test plays the browser, the server and the old page.
#![allow(clippy::unwrap_used)]

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use live_core::id::{LinkId, PeerId};
use live_core::node::{
    Command, Config, Description, Input, LinkAction, LinkEvent, MediaRole, Node, Order, Output,
    Role, SdpKind, SocketAction, SocketEvent, Source,
};
use live_core::picture::{Picture, PictureId};
use live_core::time::Time;
use live_core::view::{Phase, Problem, RoomKind, RoomMeta, Tracks, View};
use live_core::wire::message::Door;
use live_core::wire::value::Value as Unpacked;
use live_core::wire::{chunk, json as wire_json, limits};
use rand_core::{RngCore, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::{Value, json};

const BOTH: Tracks = Tracks { audio: true, video: true };

fn packed(message: &Value) -> Vec<u8> {
    wire_json::parse(&message.to_string()).unwrap().encode()
}

fn unpacked(bytes: &[u8]) -> Value {
    serde_json::from_str(&Unpacked::decode(bytes).unwrap().to_json()).unwrap()
}

struct Rig {
    node: Node<Pcg64Mcg>,
    now: Time,
    links: BTreeMap<LinkId, End>,
    /// What the player shows.
    shown: Option<Source>,
    serial: u32,
    /// Frames sent over data channels.
    frames: usize,
}

/// The node's end of a connection.
struct End {
    peer: String,
    connection: String,
    channel: Option<String>,
    media: MediaRole,
    feed: Option<Source>,
    inbox: chunk::Reassembler,
    /// Candidates of the old page that the browser was given.
    candidates: usize,
    /// What the old page has heard and the test has not looked at.
    heard: Vec<Value>,
    /// The same, of text frames.
    texts: Vec<Value>,
    closed: bool,
}

const NOW: Time = Time::from_millis(1_000_000);

impl Rig {
    fn new(role: Role, id: &str) -> Self {
        let (id, name) = (Some(peer(id)), "UN".to_owned());
        let config = Config { role, id, token: None, name, max_children: 4 };
        Self::begin(Node::new(config, NOW, Pcg64Mcg::seed_from_u64(1)))
    }

    fn lobby() -> Self {
        Self::begin(Node::lobby(peer("NET"), NOW, Pcg64Mcg::seed_from_u64(1)))
    }

    fn begin(node: Node<Pcg64Mcg>) -> Self {
        let (links, shown) = (BTreeMap::new(), None);
        let mut rig = Self { node, now: NOW, links, shown, serial: 0, frames: 0 };
        rig.drain();
        rig.socket(SocketEvent::Opened);
        rig.text(&json!({ "type": "OPEN" }));
        rig
    }

    fn host() -> Self {
        let meta =
            RoomMeta { title: "T".to_owned(), summary: "S".to_owned(), ..RoomMeta::default() };
        Self::new(Role::Host { meta, network: None, since: None }, "H")
    }

    fn viewer(target: &str) -> Self {
        Self::new(Role::Viewer { target: peer(target) }, "A")
    }

    fn view(&self) -> &View {
        self.node.view()
    }

    fn handle(&mut self, input: Input) {
        self.node.handle(self.now, input);
        self.drain();
    }

    fn socket(&mut self, event: SocketEvent) {
        self.handle(Input::Socket(event));
    }

    fn text(&mut self, frame: &Value) {
        self.socket(SocketEvent::Text(frame.to_string()));
    }

    /// Lets time pass.
    fn run(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        while let Some((deadline, _)) = self.node.deadline().filter(|(at, _)| *at <= end) {
            self.now = self.now.max(deadline);
            self.handle(Input::Tick);
        }
        self.now = end;
    }

    fn drain(&mut self) {
        let mut described = Vec::new();
        while let Some(output) = self.node.poll() {
            match output {
                Output::Socket(SocketAction::Send(text)) => self.signalled(&text),
                Output::Socket(_) | Output::Encode(_) | Output::Changed => {}
                Output::Show(source) => self.shown = source,
                Output::Link(link, action) => match action {
                    LinkAction::Open { channel, media } => {
                        let end = self.links.entry(link).or_insert_with(End::new);
                        end.channel = channel.map(|channel| channel.label);
                        end.media = media;
                    }
                    LinkAction::Offer { restart } => {
                        assert!(!restart, "PeerJS would take it for a new connection");
                        described.push((link, SdpKind::Offer));
                    }
                    LinkAction::Accept(_) => described.push((link, SdpKind::Answer)),
                    LinkAction::Send(frame) => {
                        self.frames += 1;
                        let end = self.links.get_mut(&link).unwrap();
                        // JSON: no packed message begins so.
                        if frame.first() == Some(&b'[') {
                            end.heard.push(serde_json::from_slice(&frame).unwrap());
                            continue;
                        }
                        let Some(chunk::Received::Message(bytes)) =
                            end.inbox.accept(self.now, frame).unwrap()
                        else {
                            continue;
                        };
                        end.heard.push(unpacked(&bytes));
                    }
                    LinkAction::SendText(text) => {
                        let heard = serde_json::from_str(&text).unwrap();
                        self.links.get_mut(&link).unwrap().texts.push(heard);
                    }
                    LinkAction::Feed(source) => {
                        self.links.entry(link).or_insert_with(End::new).feed = source;
                    }
                    LinkAction::AddCandidate(_) => {
                        self.links.get_mut(&link).unwrap().candidates += 1;
                    }
                    LinkAction::Close => {
                        let end = self.links.get_mut(&link).unwrap();
                        assert!(!end.closed, "closed twice");
                        end.closed = true;
                    }
                    _ => {}
                },
            }
        }
        for (link, kind) in described {
            // The driver says so later; the offer then names the connection.
            self.serial = link.0;
            let description = Description { kind, sdp: "v=0".to_owned() };
            self.handle(Input::Link(link, LinkEvent::Described(description)));
        }
    }

    /// What the node sends through the server: the old page answers at once, as PeerJS does.
    fn signalled(&mut self, text: &str) {
        let frame: Value = serde_json::from_str(text).unwrap();
        if frame["type"] != "OFFER" {
            return;
        }
        let payload = &frame["payload"];
        let link = LinkId(self.serial);
        let end = self.links.get_mut(&link).unwrap();
        end.peer = frame["dst"].as_str().unwrap().to_owned();
        end.connection = payload["connectionId"].as_str().unwrap().to_owned();
        if payload["type"] == "media" {
            assert!(end.connection.starts_with("mc_"));
            assert_eq!(payload.get("metadata"), None);
        }
    }

    /// The old page answers what the node has dialled, and the channel opens.
    fn answer(&mut self, link: LinkId) {
        let end = &self.links[&link];
        let kind = if end.connection.starts_with("mc_") { "media" } else { "data" };
        let answer = json!({ "type": "ANSWER", "src": end.peer, "dst": "x", "payload": {
            "sdp": { "type": "answer", "sdp": "v=0" }, "type": kind, "connectionId": end.connection,
        }});
        self.text(&answer);
        self.handle(Input::Link(link, LinkEvent::ChannelOpen));
    }

    /// Answers all calls that nobody has answered yet.
    fn pick_up(&mut self) {
        let calls: Vec<_> = self.open_calls().collect();
        calls.into_iter().for_each(|call| self.answer(call));
    }

    /// Connections that are calls of the node's, and open.
    fn open_calls(&self) -> impl Iterator<Item = LinkId> {
        let calls = self.links.iter().filter(|(_, end)| !end.closed && end.is_call());
        calls.map(|(link, _)| *link)
    }

    /// Calls that the node has placed so far.
    fn placed(&self) -> usize {
        self.links.values().filter(|end| end.is_call()).count()
    }

    fn offer(&mut self, from: &str, kind: &str, connection: &str) -> Option<LinkId> {
        self.offer_of(
            from,
            json!({
                "sdp": { "type": "offer", "sdp": "v=0" }, "type": kind, "connectionId": connection,
                "label": connection, "reliable": false, "serialization": "binary",
            }),
        )
    }

    fn offer_of(&mut self, from: &str, payload: Value) -> Option<LinkId> {
        let before = self.links.keys().max().copied();
        let connection = payload["connectionId"].as_str().unwrap().to_owned();
        self.text(&json!({ "type": "OFFER", "src": from, "dst": "x", "payload": payload }));
        let link = self.links.keys().max().copied().filter(|link| Some(*link) != before)?;
        let end = self.links.get_mut(&link).unwrap();
        end.peer = from.to_owned();
        end.connection = connection;
        Some(link)
    }

    /// An old page dials.
    fn dialled_by(&mut self, from: &str) -> LinkId {
        let connection = format!("dc_{from}{}", self.links.len());
        let link = self.offer(from, "data", &connection).expect("is let in");
        self.handle(Input::Link(link, LinkEvent::ChannelOpen));
        link
    }

    /// An old page joins below the node, with what it heard about it.
    fn joined_by(&mut self, id: &str) -> LinkId {
        let link = self.dialled_by(id);
        self.says(link, json!([1, 0, 0, [], id, id, []]));
        self.run(300);
        link
    }

    /// An old page sends something.
    fn says(&mut self, link: LinkId, message: Value) {
        for frame in chunk::split(packed(&message), 1) {
            self.raw(link, frame);
        }
    }

    fn raw(&mut self, link: LinkId, frame: Vec<u8>) {
        self.handle(Input::Link(link, LinkEvent::Data(frame)));
    }

    /// What an old page has heard since the test asked last.
    fn heard(&mut self, link: LinkId) -> Vec<Value> {
        core::mem::take(&mut self.links.get_mut(&link).unwrap().heard)
    }

    /// The connection that the node has dialled last.
    fn dialled(&self) -> LinkId {
        *self.links.iter().rfind(|(_, end)| end.channel.is_some()).unwrap().0
    }

    /// The viewer joins below an old host or an old viewer.
    fn joins(target: &str, map: Value) -> (Self, LinkId) {
        let mut rig = Self::viewer(target);
        let link = rig.dialled();
        rig.answer(link);
        assert_eq!(rig.heard(link), [json!([1, 0, 0, [], "A", "UN", []])]);
        rig.says(link, map);
        (rig, link)
    }

    fn is_closed(&self, link: LinkId) -> bool {
        self.links[&link].closed
    }

    fn texts(&self) -> Vec<(String, String)> {
        self.view().chat.iter().map(|said| (said.name.clone(), said.text.clone())).collect()
    }
}

impl End {
    fn new() -> Self {
        Self {
            peer: String::new(),
            connection: String::new(),
            channel: None,
            media: MediaRole::None,
            feed: None,
            inbox: chunk::Reassembler::default(),
            candidates: 0,
            heard: Vec::new(),
            texts: Vec::new(),
            closed: false,
        }
    }

    fn is_call(&self) -> bool {
        self.channel.as_deref() == Some("undefined")
    }
}

fn peer(id: &str) -> PeerId {
    PeerId::new(id).unwrap()
}

/// A host's map with these members, and `A` as the host's only child.
fn map(members: Value, children: Value) -> Value {
    json!([1, 1, members, 0, "T", "S", "", "H", "UN", children, "NET", false])
}

fn lone_host() -> Value {
    map(json!(["H"]), json!([1, 1, 0, [], "H", "UN", []]))
}

fn tuple(name: &str, text: &str) -> (String, String) {
    (name.to_owned(), text.to_owned())
}

// Golden traces, our node as the host.

#[test]
fn an_old_viewer_joins_our_host() {
    let mut rig = Rig::host();
    let a = rig.dialled_by("A");
    // Unlisted, and with the conference that an old host opens by hand.
    let private = |mut map: Value| {
        map[10] = json!("");
        map[11] = json!([[0], [0], [0], [0]]);
        map
    };
    assert_eq!(rig.heard(a), [private(lone_host())]);
    rig.says(a, json!([1, 0, 0, [], "A", "Ann", []]));
    rig.run(300);
    let with_a = json!([1, 1, 1, [], "H", "UN", [], "A", "Ann", [1, 0, 0, [], "A", "Ann", []]]);
    rig.run(1_000);
    assert_eq!(rig.heard(a).pop().unwrap(), private(map(json!(["A", "H"]), with_a)));
    assert_eq!(rig.view().tree.children, [(peer("A"), "Ann".to_owned())]);
    assert_eq!(rig.view().room.as_ref().unwrap().members, 2);

    // B joins A, chats, renames, and closes its link.
    let b =
        |name: &str| json!([1, 0, 1, [], "A", "Ann", [], "B", name, [1, 0, 0, [], "B", name, []]]);
    rig.says(a, b("Bob"));
    rig.run(1_000);
    let told = rig.heard(a).pop().unwrap();
    assert_eq!((&told[2], &told[9][9]), (&json!(["A", "B", "H"]), &b("Bob")));
    rig.says(a, json!([0, "A", "Bob", "hi", null, ""]));
    assert_eq!(rig.texts(), [tuple("Bob", "hi")]);
    assert_eq!(rig.heard(a), Vec::<Value>::new(), "no echo");
    rig.says(a, b("Bob2"));
    rig.run(1_000);
    assert_eq!(rig.heard(a).pop().unwrap()[9][9], b("Bob2"));
    rig.says(a, json!([1, 0, 0, [], "A", "Ann2", []]));
    rig.run(1_000);
    assert_eq!(rig.heard(a).pop().unwrap()[2], json!(["A", "H"]));
    assert_eq!(rig.view().tree.children, [(peer("A"), "Ann2".to_owned())]);

    rig.handle(Input::Command(Command::Say("welcome".to_owned())));
    assert_eq!(rig.heard(a), [json!([0, "H", "UN", "welcome", null, ""])]);
    rig.handle(Input::Link(a, LinkEvent::ChannelClosed));
    rig.run(1_000);
    assert_eq!(rig.view().room.as_ref().unwrap().members, 1);
}

#[test]
fn a_newcomer_hears_what_is_said_from_now_on_only() {
    let mut rig = Rig::host();
    rig.handle(Input::Command(Command::Say("before".to_owned())));
    let a = rig.joined_by("A");
    rig.handle(Input::Command(Command::Say("after".to_owned())));
    let said: Vec<_> = rig.heard(a).into_iter().filter(|message| message[0] == 0).collect();
    assert_eq!(said, [json!([0, "H", "UN", "after", null, ""])]);
}

#[test]
fn images_cross_to_old_pages_and_back() {
    let mut rig = Rig::host();
    let (a, b) = (rig.joined_by("A"), rig.joined_by("B"));
    rig.run(1_000);
    rig.heard(b);
    let (image, avatar) = ("data:image/png;base64,iVBORw0KGgoA", "data:image/gif;base64,R0lGODlh");
    rig.says(a, json!([0, "A", "Ann", "look", image, avatar]));
    assert_eq!(rig.heard(b), [json!([0, "H", "Ann", "look", image, avatar])]);
    rig.says(a, json!([0, "A", "Ann", "", image, ""]));
    assert_eq!(rig.heard(b)[0][4], json!(image));
    rig.says(a, json!([0, "A", "Ann", "", null, ""]));
    assert_eq!(rig.heard(b), Vec::<Value>::new());
    rig.says(a, json!([0, "A", "Ann", "x", "javascript:alert(1)", "http://tracker/x.png"]));
    assert_eq!(rig.heard(b), [json!([0, "H", "Ann", "x", null, ""])]);
    assert_eq!(rig.texts().len(), 3);
    let view = rig.view();
    let known = |id: Option<PictureId>| {
        let picture = view.pictures.iter().find(|picture| Some(picture.id()) == id).unwrap();
        picture.to_data_url()
    };
    assert_eq!(known(view.chat[0].image), image);
    assert_eq!(known(view.chat[0].avatar), avatar);
    // Ours goes out as old pages have it, every time.
    rig.heard(a);
    let own = |address| Arc::new(Picture::from_data_url(address).unwrap());
    rig.handle(Input::Command(Command::Avatar(Some(own(avatar)))));
    for text in ["one", "two"] {
        rig.handle(Input::Command(Command::Post(text.to_owned(), own(image))));
        let said = json!([0, "H", "UN", text, image, avatar]);
        assert_eq!((rig.heard(a), rig.heard(b)), (vec![said.clone()], vec![said]));
    }
}

#[test]
fn the_rules_hold_for_old_pages_too() {
    let mut rig = Rig::host();
    let (a, b) = (rig.joined_by("A"), rig.joined_by("B"));
    rig.run(1_000);
    let order = |rig: &mut Rig, order| rig.handle(Input::Command(Command::Order(order)));
    order(&mut rig, Order::Mute(peer("A"), true));
    rig.heard(b);
    rig.says(a, json!([0, "A", "Ann", "unheard", null, ""]));
    assert!(rig.texts().is_empty() && rig.heard(b).is_empty());
    order(&mut rig, Order::Ban(peer("A")));
    assert!(rig.is_closed(a) && !rig.is_closed(b));
    let again = rig.dialled_by("A");
    rig.says(again, json!([1, 0, 0, [], "A", "Ann", []]));
    assert!(rig.is_closed(again));
    order(&mut rig, Order::Door(Door::Locked));
    let late = rig.dialled_by("C");
    rig.says(late, json!([1, 0, 0, [], "C", "Cat", []]));
    assert!(rig.is_closed(late) && !rig.is_closed(b));
}

#[test]
fn going_live_places_one_call_per_edge_however_often_it_is_asked_for() {
    let mut rig = Rig::host();
    let a = rig.joined_by("A");
    rig.heard(a);
    assert_eq!(rig.placed(), 0, "no call without a picture");
    rig.handle(Input::Command(Command::OnAir(Some(BOTH))));
    rig.run(50);
    assert_eq!(rig.heard(a).first(), Some(&json!([4, "H"])));
    for _ in 0..4 {
        rig.says(a, json!([4, "A"]));
        rig.run(40);
    }
    rig.run(2_000);
    rig.pick_up();
    assert_eq!(rig.placed(), 1);
    let call = rig.open_calls().next().unwrap();
    assert_eq!(rig.links[&call].feed, Some(Source::Local));
    rig.handle(Input::Command(Command::OnAir(None)));
    assert_eq!(rig.links[&call].feed, None);
    rig.handle(Input::Command(Command::OnAir(Some(BOTH))));
    rig.run(3_000);
    assert_eq!((rig.links[&call].feed, rig.placed()), (Some(Source::Local), 1), "by replaceTrack");
}

#[test]
fn who_joins_late_or_refreshes_is_called_once() {
    let mut rig = Rig::host();
    rig.handle(Input::Command(Command::OnAir(Some(BOTH))));
    let a = rig.joined_by("A");
    rig.pick_up();
    assert_eq!(rig.placed(), 1);
    rig.run(5_000);
    rig.says(a, json!([4, "A"]));
    rig.run(2_000);
    rig.pick_up();
    assert_eq!((rig.placed(), rig.open_calls().count()), (2, 1), "the new one replaces the old");
    // C-8: the count stays however often somebody refreshes.
    for _ in 0..20 {
        rig.says(a, json!([4, "A"]));
        rig.run(500);
        rig.pick_up();
    }
    assert_eq!(rig.open_calls().count(), 1);
    assert!(rig.placed() <= 6, "{} calls in ten seconds", rig.placed());
    rig.handle(Input::Link(a, LinkEvent::ChannelClosed));
    assert_eq!(rig.open_calls().count(), 0, "the call goes with the child");
}

#[test]
fn off_air_the_old_loop_ends_at_once() {
    // C-6: every answer makes an old relay's child ask again.
    let mut rig = Rig::host();
    let a = rig.joined_by("A");
    rig.heard(a);
    let before = rig.frames;
    for _ in 0..100 {
        rig.says(a, json!([4, "A"]));
        if rig.heard(a).contains(&json!([4, 0])) {
            rig.says(a, json!([4, "A"]));
            rig.says(a, json!([4, "A"]));
        }
        rig.run(40);
    }
    assert!(rig.frames - before <= 4, "{} answers to a storm", rig.frames - before);
    assert_eq!(rig.placed(), 0);
}

#[test]
fn an_old_child_beyond_the_limit_uses_the_reserve_and_then_waits() {
    let mut rig = Rig::host();
    let most = 4 + limits::OLD_RESERVE as usize;
    let links: Vec<_> = (0..=most).map(|i| rig.joined_by(&format!("V{i}"))).collect();
    assert_eq!(rig.view().tree.children.len(), most);
    rig.heard(links[most]);
    rig.handle(Input::Link(links[0], LinkEvent::ChannelClosed));
    rig.run(6_000);
    assert_eq!(rig.view().tree.children.len(), most, "the one that waited has moved up");
    assert!(rig.view().tree.children.iter().any(|(id, _)| *id == peer(&format!("V{most}"))));
}

// Golden traces, our node as a viewer.

#[test]
fn our_viewer_joins_an_old_host() {
    let (mut rig, h) = Rig::joins("H", lone_host());
    let room = rig.view().room.clone().unwrap();
    assert_eq!((room.id, room.meta.title.as_str(), room.phase), (peer("H"), "T", Phase::Attached));
    assert_eq!((rig.view().tree.parent.clone(), rig.view().tree.depth), (Some(peer("H")), 1));
    let children = json!([1, 1, 1, [], "H", "Hal", [], "A", "UN", [1, 0, 0, [], "A", "UN", []]]);
    let mut renamed = map(json!(["A", "H"]), children);
    renamed[4] = json!("New title");
    renamed[8] = json!("Hal");
    rig.says(h, renamed);
    let room = rig.view().room.clone().unwrap();
    assert_eq!((room.meta.title.as_str(), room.host.as_str()), ("New title", "Hal"));
    assert_eq!(room.members, 2);

    rig.says(h, json!([0, "H", "Hal", "hello", null, ""]));
    assert_eq!(rig.texts(), [tuple("Hal", "hello")]);
    rig.handle(Input::Command(Command::Say("hi".to_owned())));
    assert_eq!(rig.heard(h), [json!([0, "A", "UN", "hi", null, ""])], "and no echo of the other");
    rig.run(1_000);
    rig.handle(Input::Command(Command::Rename("Ann".to_owned())));
    rig.run(300);
    assert_eq!(rig.heard(h), [json!([1, 0, 0, [], "A", "Ann", []])]);

    // B, an old page too, joins this viewer.
    let b = rig.dialled_by("B");
    let told = rig.heard(b).pop().unwrap();
    assert_eq!((&told[1], &told[7]), (&json!(-1), &json!("H")), "second hand");
    rig.says(b, json!([1, 0, 0, [], "B", "Bob", []]));
    rig.run(1_000);
    let here = json!([1, 0, 1, [], "A", "Ann", [], "B", "Bob", [1, 0, 0, [], "B", "Bob", []]]);
    assert_eq!(rig.heard(h), [here]);
    assert_eq!(rig.heard(b).pop().unwrap()[1], json!(1));
    rig.says(b, json!([0, "B", "Bob", "from below", null, ""]));
    assert_eq!(rig.heard(h), [json!([0, "A", "Bob", "from below", null, ""])]);
    assert_eq!(rig.heard(b), Vec::<Value>::new());
}

#[test]
fn the_call_of_an_old_host_is_answered_shown_and_passed_on() {
    let (mut rig, h) = Rig::joins("H", lone_host());
    let b = rig.joined_by("B");
    rig.heard(b);
    rig.says(h, json!([4, "H"]));
    rig.says(h, json!([4, "H"]));
    let asked = rig.heard(h);
    assert_eq!(asked.iter().filter(|said| **said == json!([4, "A"])).count(), 1, "{asked:?}");
    let call = rig.offer("H", "media", "mc_1").unwrap();
    assert_eq!(rig.links[&call].media, MediaRole::Receive);
    rig.handle(Input::Link(call, LinkEvent::Tracks(BOTH)));
    rig.handle(Input::Link(call, LinkEvent::ChannelOpen));
    assert_eq!(rig.shown, Some(Source::Link(call)));
    assert_eq!(rig.view().room.as_ref().unwrap().on_air, Some(BOTH));
    rig.run(2_000);
    rig.pick_up();
    assert_eq!(rig.placed(), 1, "the old child gets one call");
    let down = rig.open_calls().next().unwrap();
    assert_eq!(rig.links[&down].feed, Some(Source::Link(call)));

    // The host changes its source: it calls again, the child keeps its call.
    let again = rig.offer("H", "media", "mc_2").unwrap();
    rig.handle(Input::Link(again, LinkEvent::Tracks(BOTH)));
    assert_eq!(rig.shown, Some(Source::Link(call)), "until the new one is up");
    rig.handle(Input::Link(again, LinkEvent::ChannelOpen));
    assert_eq!(rig.shown, Some(Source::Link(again)));
    assert!(rig.is_closed(call));
    rig.run(5_000);
    assert_eq!((rig.placed(), rig.links[&down].feed), (1, Some(Source::Link(again))));
    rig.handle(Input::Command(Command::Refresh));
    assert_eq!(rig.heard(h).pop(), Some(json!([4, "A"])));
}

#[test]
fn the_call_may_come_before_the_map() {
    let mut rig = Rig::viewer("H");
    let h = rig.dialled();
    rig.answer(h);
    let call = rig.offer("H", "media", "mc_1").unwrap();
    rig.handle(Input::Link(call, LinkEvent::Tracks(BOTH)));
    rig.handle(Input::Link(call, LinkEvent::ChannelOpen));
    rig.says(h, lone_host());
    assert_eq!(rig.shown, Some(Source::Link(call)));
    assert_eq!(rig.view().room.as_ref().unwrap().on_air, Some(BOTH));
}

#[test]
fn our_viewer_joins_an_old_viewer_and_comes_back_to_the_host() {
    let children = json!([1, 1, 1, [], "H", "UN", [], "C", "Cy", [1, 0, 0, [], "C", "Cy", []]]);
    let mut second_hand = map(json!(["C", "H"]), children);
    second_hand[1] = json!(-1);
    let (mut rig, c) = Rig::joins("C", second_hand);
    assert_eq!((rig.view().tree.depth, rig.view().room.as_ref().unwrap().members), (2, 2));
    rig.handle(Input::Link(c, LinkEvent::ChannelClosed));
    assert_eq!(rig.view().room.as_ref().unwrap().phase, Phase::Repairing);
    let next = rig.dialled();
    assert_eq!(rig.links[&next].peer, "H");
    rig.answer(next);
    rig.says(next, lone_host());
    assert_eq!(rig.view().tree.depth, 1);
}

#[test]
fn the_shapes_of_the_first_version_are_understood() {
    // Eleven slots, the greeting with -1 where the members are, members in the place of the kind.
    let nodes = json!([1, 1, 0, [], "H", "UN", []]);
    let greeting = json!([1, 1, -1, 0, "T", "S", null, "H", "UN", nodes, "NET"]);
    let (mut rig, h) = Rig::joins("H", greeting);
    assert_eq!(rig.view().room.as_ref().unwrap().phase, Phase::Attached);
    rig.says(h, json!([1, 1, ["A", "B", "H"], ["A", "H"], "T", "S", null, "H", "UN", nodes, "N"]));
    assert_eq!(rig.view().room.as_ref().unwrap().members, 3);
}

#[test]
fn a_dead_old_parent_is_noticed_though_it_answers_no_pings() {
    let (mut rig, h) = Rig::joins("H", lone_host());
    rig.run(60_000);
    assert!(!rig.is_closed(h), "silence alone means nothing");
    rig.handle(Input::Link(h, LinkEvent::Disconnected));
    rig.run(2_000);
    rig.handle(Input::Link(h, LinkEvent::Connected));
    rig.run(10_000);
    assert!(!rig.is_closed(h), "it was found again");
    rig.handle(Input::Link(h, LinkEvent::Disconnected));
    rig.run(6_000);
    assert!(rig.is_closed(h));
    assert_eq!(rig.view().room.as_ref().unwrap().phase, Phase::Repairing);
}

#[test]
fn a_stream_is_lent_to_whom_the_person_allows_it() {
    let mut rig = Rig::host();
    rig.handle(Input::Command(Command::OnAir(Some(BOTH))));
    let (q, x) = (rig.dialled_by("Q"), rig.dialled_by("X"));
    rig.says(q, json!([2, "Q", "Quinn"]));
    rig.says(x, json!([2, "Y", "somebody else"]));
    rig.run(5_000);
    assert_eq!(rig.view().borrowers, [(peer("Q"), "Quinn".to_owned())]);
    assert_eq!(rig.placed(), 0, "nobody is called without being allowed to");
    rig.handle(Input::Command(Command::Lend { to: peer("X"), yes: true }));
    rig.handle(Input::Command(Command::Lend { to: peer("Q"), yes: false }));
    assert_eq!((rig.placed(), rig.view().borrowers.len()), (0, 0));
    rig.says(q, json!([2, "Q", "Quinn"]));
    assert_eq!(rig.view().borrowers.len(), 0, "whoever was refused does not insist");
    rig.run(31_000);
    rig.says(q, json!([2, "Q", "Quinn"]));
    rig.handle(Input::Command(Command::Lend { to: peer("Q"), yes: true }));
    rig.pick_up();
    assert_eq!(rig.placed(), 1);
    let call = rig.open_calls().next().unwrap();
    assert_eq!(rig.links[&call].feed, Some(Source::Local));
    rig.handle(Input::Link(call, LinkEvent::ChannelClosed));
    rig.run(10_000);
    assert_eq!(rig.placed(), 1);
    assert!(rig.heard(q).iter().all(|said| said[0] == 1), "and is told nothing but the map");
}

// The conference.

#[test]
fn old_members_confer_in_our_room() {
    let mut rig = Rig::host();
    let (a, c) = (rig.joined_by("A"), rig.joined_by("C"));
    let below = |kids: Value| {
        let mut here = json!([1, 0, 1, [], "A", "A", []]);
        here.as_array_mut().unwrap().extend(kids.as_array().unwrap().iter().cloned());
        here
    };
    rig.says(a, below(json!(["B", "Bob", [1, 0, 0, [], "B", "Bob", []]])));
    rig.run(1_000);
    rig.heard(a);
    rig.heard(c);
    let rows = |heard: Vec<Value>| heard.last().unwrap()[11].clone();
    rig.says(a, json!([5, 0, [null, "A", "Ann"]]));
    rig.run(300);
    let heard = rig.heard(c);
    assert_eq!(heard[0], json!([5, 1, [1, "A", "Ann"]]), "before the map shows it");
    assert_eq!(rows(heard), json!([[0, 1], [0, "A"], [0, "Ann"], [0, null]]));
    rig.says(a, json!([5, 0, [null, "B", "Bob"]]));
    rig.run(300);
    assert!(rig.heard(c).contains(&json!([5, 1, [2, "B", "Bob"]])));
    // By what the map says of a stream the others know whose call it is.
    rig.says(a, json!([5, 3, 1, "{stream}", null, "Ann"]));
    rig.run(300);
    let heard = rig.heard(c);
    assert_eq!(heard.len(), 1, "the map alone");
    assert_eq!(rows(heard)[3], json!([0, "{stream}", null]));
    // Nobody but those behind a link is believed about themselves.
    rig.says(c, json!([5, 2, 0, 1, "A"]));
    rig.says(c, json!([5, 3, 1, "forged", null, "not Ann"]));
    rig.says(c, json!([5, 3, 0, "forged", null, ""]));
    rig.says(c, json!([5, 0, [null, "Z", "nobody"]]));
    rig.run(300);
    assert_eq!(rig.heard(c), Vec::<Value>::new());
    rig.says(a, json!([5, 2, 0, 1, "A"]));
    rig.run(300);
    let heard = rig.heard(c);
    assert_eq!(heard[0], json!([5, 2, 1, 1, "A"]));
    let second = json!([[0, null, 2], [0, null, "B"], [0, null, "Bob"], [0, null, null]]);
    assert_eq!(rows(heard), second);
    // Whoever goes leaves its seat.
    rig.says(a, below(json!([])));
    rig.run(300);
    assert!(rig.heard(c).contains(&json!([5, 2, 1, 2, "B"])));
    rig.says(c, json!([5, 0, [null, "C", "Cy"]]));
    rig.run(300);
    rig.handle(Input::Link(c, LinkEvent::ChannelClosed));
    rig.run(300);
    assert!(rig.heard(a).contains(&json!([5, 2, 1, 1, "C"])));
}

/// Whoever takes a seat dials those who sit, and is let in only if their map has it already.
#[test]
fn a_seat_is_in_the_map_as_soon_as_it_is_told() {
    let mut rig = Rig::host();
    let (a, c) = (rig.joined_by("A"), rig.joined_by("C"));
    rig.run(1_000);
    rig.heard(c);
    for (link, id, column) in [(a, "A", 1), (c, "C", 2)] {
        rig.says(link, json!([5, 0, [null, id, id]]));
        let heard = rig.heard(c);
        assert_eq!(heard[0], json!([5, 1, [column, id, id]]));
        assert_eq!(heard[1][11][1][column], id, "without waiting for the next round");
        assert!(heard[1][2].as_array().unwrap().contains(&json!(id)));
    }
}

/// Old members who sit nowhere read no map any more after one without seats (C-12).
#[test]
fn a_conference_that_ends_leaves_empty_seats() {
    let (mut rig, h) = Rig::joins("H", lone_host());
    let b = rig.joined_by("B");
    let mut told = lone_host();
    told[11] = json!([[0, 1], [0, "H"], [0, "Hal"], [0, null]]);
    rig.says(h, told);
    rig.run(300);
    rig.heard(b);
    rig.heard(h);
    rig.says(h, lone_host());
    rig.run(300);
    let heard = rig.heard(b);
    assert_eq!(heard[0], json!([5, 2, 1, 1, "H"]));
    assert_eq!(heard[1][11], json!([[0], [0], [0], [0]]));
    rig.says(b, json!([5, 0, [null, "B", "Bob"]]));
    rig.run(300);
    assert_eq!(rig.heard(h), Vec::<Value>::new(), "nobody gives seats any more");
}

/// PeerJS before 1.5 reads JSON in text frames only, later ones in binary frames only.
#[test]
fn json_is_spoken_with_whoever_speaks_it() {
    let mut rig = Rig::host();
    rig.handle(Input::Command(Command::OnAir(Some(BOTH))));
    for (from, browser) in [("T", Some("chrome")), ("B", None)] {
        let mut payload = json!({
            "sdp": { "type": "offer", "sdp": "v=0" }, "type": "data", "connectionId": from,
            "serialization": "json",
        });
        if let Some(browser) = browser {
            payload["browser"] = json!(browser);
        }
        let link = rig.offer_of(from, payload).expect("is let in");
        rig.handle(Input::Link(link, LinkEvent::ChannelOpen));
        let says = |rig: &mut Rig, text: &str| rig.raw(link, text.as_bytes().to_vec());
        says(&mut rig, &json!([1, 0, 0, [], from, "Jo", []]).to_string());
        rig.run(300);
        says(&mut rig, &json!([0, from, "Jo", "héllo", null, ""]).to_string());
        rig.handle(Input::Command(Command::Say(format!("hello {from}"))));
        rig.run(300);
        let end = &rig.links[&link];
        let (heard, other) = match browser {
            Some(_) => (&end.texts, end.heard.len()),
            None => (&end.heard, end.texts.len()),
        };
        assert_eq!(heard[0][7], "H", "the map");
        assert_eq!(heard.last().unwrap()[3], json!(format!("hello {from}")));
        assert_eq!(other, 0, "the other kind of frame");
        // The same versions throw at a channel in a call.
        let call = rig.links.values().find(|end| end.peer == from && end.connection != from);
        assert_eq!(call.unwrap().channel.is_some(), browser.is_none());
        assert!(rig.view().chat.iter().any(|said| said.text == "héllo"));
        says(&mut rig, "[0,");
        assert!(rig.is_closed(link), "not JSON");
    }
}

#[test]
fn our_relay_carries_the_conference_of_an_old_host() {
    let (mut rig, h) = Rig::joins("H", lone_host());
    let b = rig.joined_by("B");
    rig.run(1_000);
    rig.heard(h);
    rig.says(b, json!([5, 0, [null, "B", "Bob"]]));
    assert_eq!(rig.heard(h), [json!([5, 0, [null, "B", "Bob"]])]);
    rig.heard(b);
    let mut told = lone_host();
    told[11] = json!([[0, null, 2], [0, null, "B"], [0, null, "Bob"], [0, null, null]]);
    rig.says(h, told.clone());
    rig.run(300);
    let heard = rig.heard(b);
    assert_eq!(heard[0], json!([5, 1, [2, "B", "Bob"]]));
    assert_eq!(heard[1][11], told[11]);
    for stream in [json!("{stream}"), json!(null)] {
        let shows = json!([5, 3, 2, stream, null, "Bob"]);
        rig.says(b, shows.clone());
        assert_eq!(rig.heard(h), [shows]);
        told[11][3][2] = stream;
        rig.says(h, told.clone());
        rig.run(300);
        if told[11][3][2] != json!(null) {
            assert_eq!(rig.heard(b).pop().unwrap()[11], told[11]);
        }
    }
    rig.heard(b);
    rig.says(b, json!([5, 2, 0, 2, "B"]));
    assert_eq!(rig.heard(h), [json!([5, 2, 0, 2, "B"])]);
}

#[test]
fn an_old_host_that_takes_us_for_a_conferee_is_asked_again() {
    let mut rig = Rig::viewer("H");
    for _ in 0..3 {
        let link = rig.dialled();
        rig.answer(link);
        rig.says(link, json!([5, 3, 1, null, null, "UN"]));
        assert!(rig.is_closed(link), "no map will come over it");
        assert_ne!(rig.view().problem, Some(Problem::NotARoom));
        rig.run(10_000);
        assert_ne!(rig.dialled(), link, "it is tried again");
    }
    let link = rig.dialled();
    rig.answer(link);
    rig.says(link, lone_host());
    assert_eq!(
        (rig.view().tree.parent.clone(), rig.view().problem.clone()),
        (Some(peer("H")), None)
    );
}

// The index.

#[test]
fn old_hosts_and_guests_at_our_index_root() {
    let mut rig = Rig::lobby();
    let g = rig.dialled_by("G");
    assert_eq!(rig.heard(g), [json!([])]);
    let h = rig.dialled_by("H");
    assert_eq!(rig.heard(h), [json!([])]);
    rig.says(h, lone_host());
    rig.run(1_100);
    let listed = rig.heard(g);
    assert_eq!(listed.len(), 1);
    let mut expected = lone_host();
    expected[10] = json!("");
    assert_eq!(listed[0], json!([expected]));
    assert_eq!(rig.heard(h), Vec::<Value>::new(), "hosts are not told");
    assert_eq!(rig.view().rooms.len(), 1);
    rig.handle(Input::Link(h, LinkEvent::ChannelClosed));
    rig.run(1_100);
    assert_eq!(rig.heard(g), [json!([])]);
}

/// A cover as old pages have it.
fn cover(size: usize) -> (Arc<Picture>, Value) {
    let mut bytes = b"GIF89a".to_vec();
    bytes.resize(size, 7);
    let cover = Arc::new(Picture::new(bytes).unwrap());
    let address = json!(cover.to_data_url());
    (cover, address)
}

#[test]
fn covers_cross_to_old_pages_and_back() {
    let (own, address) = cover(30_000);
    let mut rig = Rig::host();
    rig.handle(Input::Command(Command::Cover(Some(own.clone()))));
    let viewer = rig.dialled_by("A");
    assert_eq!(rig.heard(viewer)[0][6], address);

    // An old host's at our index root, and from there to an old guest.
    let mut rig = Rig::lobby();
    let (g, h) = (rig.dialled_by("G"), rig.dialled_by("H"));
    let mut map = lone_host();
    map[6] = address.clone();
    rig.says(h, map.clone());
    assert_eq!(rig.view().covers.first(), Some(&own));
    assert_eq!(rig.view().rooms[0].meta.image, Some(own.id()));
    rig.run(1_100);
    assert_eq!(rig.heard(g).pop().unwrap()[0][6], address);
    let (_, too_large) = cover(limits::COVER + 1);
    for bad in [too_large, json!("data:image/svg+xml;base64,PHN2Zz4="), json!({ "length": 1 })] {
        let mut rig = Rig::lobby();
        let h = rig.dialled_by("H");
        let mut map = lone_host();
        map[6] = bad;
        rig.says(h, map.clone());
        assert_eq!(rig.view().covers, [], "{:.40}", map[6].to_string());
        assert_eq!(rig.view().rooms[0].meta.image, None);
    }

    // An old host's in its own room.
    map[6] = address;
    let (rig, _) = Rig::joins("H", map);
    assert_eq!(rig.view().covers, [own]);
}

#[test]
fn our_guest_at_an_old_index_root() {
    let mut rig = Rig::lobby();
    rig.text(&json!({ "type": "ID-TAKEN", "payload": { "msg": "ID is taken" } }));
    rig.socket(SocketEvent::Opened);
    rig.text(&json!({ "type": "OPEN" }));
    let root = rig.dialled();
    rig.answer(root);
    rig.says(root, json!([lone_host(), null, [1, 1, null], lone_host()]));
    assert_eq!(rig.view().rooms.len(), 1, "senseless entries hide nobody");
    let card = &rig.view().rooms[0];
    assert_eq!((&card.id, card.meta.title.as_str(), card.members), (&peer("H"), "T", 1));
    rig.says(root, json!([]));
    assert_eq!(rig.view().rooms.len(), 0);
    assert_eq!(rig.heard(root), Vec::<Value>::new());
}

#[test]
fn our_host_at_an_old_index_root() {
    let meta = RoomMeta { title: "T".to_owned(), summary: "S".to_owned(), ..RoomMeta::default() };
    let mut rig = Rig::new(Role::Host { meta, network: Some(peer("NET")), since: None }, "H");
    rig.run(10);
    let root = rig.dialled();
    rig.answer(root);
    rig.says(root, json!([]));
    let mut told = lone_host();
    told[11] = json!([[0], [0], [0], [0]]);
    assert_eq!(rig.heard(root), [told]);
    rig.joined_by("A");
    rig.run(2_000);
    assert_eq!(rig.heard(root).pop().unwrap()[2], json!(["A", "H"]));

    // The room moves: old pages notice by the link that closes, and in the map's network.
    let viewer = rig.joined_by("B");
    rig.heard(viewer);
    rig.handle(Input::Command(Command::Network(Some(peer("OTHER")))));
    rig.run(2_000);
    assert!(rig.is_closed(root));
    assert_eq!(rig.heard(viewer).pop().unwrap()[10], json!("OTHER"));
    let other = rig.dialled();
    assert_eq!(rig.links[&other].peer, "OTHER");
    rig.answer(other);
    rig.says(other, json!([]));
    assert_eq!(rig.heard(other).pop().unwrap()[10], json!("OTHER"));
    rig.handle(Input::Command(Command::Network(None)));
    rig.run(2_000);
    assert!(rig.is_closed(other));
    assert_eq!(rig.heard(viewer).pop().unwrap()[10], json!(""));
}

#[test]
fn kinds_are_told_to_old_pages_as_far_as_they_know_them() {
    for (kind, number) in [(RoomKind::Live, 0), (RoomKind::Music, 0), (RoomKind::Other, 1)] {
        let meta = RoomMeta { kind, ..RoomMeta::default() };
        let mut rig = Rig::new(Role::Host { meta, network: None, since: None }, "H");
        let guest = rig.dialled_by("G");
        assert_eq!(rig.heard(guest)[0][3], json!(number), "{kind:?}");
    }
    let mut rig = Rig::lobby();
    let h = rig.dialled_by("H");
    let mut game = lone_host();
    game[3] = json!(1);
    rig.says(h, game);
    assert_eq!(rig.view().rooms[0].meta.kind, RoomKind::Other);
}

#[test]
fn other_spellings_of_the_network_are_looked_in_too() {
    let mut rig = Rig::lobby();
    let also = vec![peer("net"), peer("Net"), peer("NET")];
    rig.handle(Input::Command(Command::Also(also)));
    let names: Vec<_> = rig.links.values().map(|end| end.peer.clone()).collect();
    assert_eq!(names, ["net", "Net"], "and not itself");
    let (first, _) = rig.links.first_key_value().unwrap();
    let first = *first;
    rig.answer(first);
    rig.says(first, json!([lone_host()]));
    assert_eq!(rig.view().rooms.len(), 1);
    rig.text(&json!({ "type": "EXPIRE", "src": "Net", "dst": "NET" }));
    let dialled = rig.links.len();
    rig.run(60_000);
    assert_eq!(rig.links.len(), dialled + 1, "the one without a root is looked for again");
    rig.handle(Input::Link(first, LinkEvent::ChannelClosed));
    assert_eq!(rig.view().rooms.len(), 0);
    // Whoever is the root of one network does not list another's rooms to its guests.
    let guest = rig.dialled_by("G");
    assert_eq!(rig.heard(guest), [json!([])]);
}

#[test]
fn a_lobby_sees_the_tree_of_an_old_host() {
    let mut rig = Rig::lobby();
    rig.handle(Input::Command(Command::Look(Some(peer("H")))));
    let host = rig.dialled();
    rig.answer(host);
    assert_eq!(rig.view().map.as_deref(), Some(&[][..]));
    let below = json!([1, 0, 1, [], "A", "Ann", [], "B", "Bob", [1, 0, 0, [], "B", "Bob", []]]);
    let nodes = json!([1, 1, 1, [], "H", "UN", [], "A", "Ann", below]);
    rig.says(host, map(json!(["B", "A", "H"]), nodes));
    let seen = rig.view().map.clone().unwrap();
    let seen: Vec<_> = seen.into_iter().map(|peer| (peer.id, peer.parent, peer.name)).collect();
    assert_eq!(
        seen,
        [
            (peer("H"), None, "UN".to_owned()),
            (peer("A"), Some(peer("H")), "Ann".to_owned()),
            (peer("B"), Some(peer("A")), "Bob".to_owned()),
        ]
    );
    assert_eq!(rig.heard(host), Vec::<Value>::new(), "it says nothing");
    rig.handle(Input::Command(Command::Look(None)));
    assert!(rig.is_closed(host));
}

#[test]
fn an_old_index_root_is_no_room() {
    let mut rig = Rig::viewer("NET");
    let root = rig.dialled();
    rig.answer(root);
    rig.says(root, json!([]));
    assert_eq!(rig.view().problem, Some(Problem::NotARoom));
}

// Hostile pages. The numbers are those of the list of the old pages' defects.

#[test]
fn c27_only_the_parent_may_call() {
    let (mut rig, _) = Rig::joins("H", lone_host());
    rig.joined_by("B");
    for stranger in ["X", "B", "A"] {
        assert_eq!(rig.offer(stranger, "media", "mc_x"), None, "{stranger} calls");
    }
    let mut host = Rig::host();
    let child = host.joined_by("A");
    assert_eq!(host.offer("A", "media", "mc_x"), None, "nobody calls a host");
    assert!(!host.is_closed(child));
}

#[test]
fn c27_a_parent_has_one_call_at_a_time() {
    let (mut rig, _) = Rig::joins("H", lone_host());
    let mut open = Vec::new();
    for i in 0..50 {
        open.extend(rig.offer("H", "media", &format!("mc_{i}")));
    }
    let closed = open.iter().filter(|call| rig.is_closed(**call)).count();
    assert!(open.len() - closed <= 2, "{} calls are open", open.len() - closed);
}

#[test]
fn c30_a_map_from_anyone_but_the_parent_changes_nothing() {
    let (mut rig, h) = Rig::joins("H", lone_host());
    let b = rig.joined_by("B");
    let x = rig.dialled_by("X");
    let mut forged = lone_host();
    forged[4] = json!("HIJACKED");
    for link in [b, x] {
        rig.says(link, forged.clone());
    }
    assert_eq!(rig.view().room.as_ref().unwrap().meta.title, "T");
    // And the parent cannot turn the room into another one.
    forged[7] = json!("Other");
    rig.says(h, forged);
    let room = rig.view().room.as_ref().unwrap();
    assert_eq!((room.id.as_str(), room.meta.title.as_str()), ("H", "T"));
}

#[test]
fn c30_a_child_speaks_only_for_itself() {
    let mut rig = Rig::host();
    let a = rig.joined_by("A");
    rig.joined_by("B");
    rig.says(a, json!([1, 0, 0, [], "B", "renamed", []]));
    let x = rig.dialled_by("X");
    rig.says(x, json!([1, 0, 0, [], "B", "taken over", []]));
    rig.run(1_000);
    let children = [(peer("A"), "A".to_owned()), (peer("B"), "B".to_owned())];
    assert_eq!(rig.view().tree.children, children);
    rig.handle(Input::Command(Command::OnAir(Some(BOTH))));
    rig.run(3_000);
    rig.pick_up();
    let placed = rig.placed();
    rig.says(x, json!([4, "B"]));
    rig.says(a, json!([4, "B"]));
    rig.run(3_000);
    assert_eq!(rig.placed(), placed, "nobody asks for another one's call");
}

#[test]
fn c30_a_host_announces_only_its_own_room() {
    let mut rig = Rig::lobby();
    let h = rig.dialled_by("H");
    rig.says(h, lone_host());
    let x = rig.dialled_by("X");
    let mut forged = lone_host();
    forged[4] = json!("HIJACKED");
    rig.says(x, forged);
    let titles: Vec<_> = rig.view().rooms.iter().map(|card| card.meta.title.as_str()).collect();
    assert_eq!(titles, ["T"]);
}

#[test]
fn c30_names_that_are_ids_do_not_shift_the_map() {
    let mut rig = Rig::host();
    let a = rig.dialled_by("A");
    rig.says(a, json!([1, 0, 0, [], "A", "B", []]));
    rig.joined_by("B");
    rig.run(1_000);
    let told = rig.heard(a).pop().unwrap();
    assert_eq!(told[2], json!(["A", "B", "H"]));
    assert_eq!(rig.view().tree.children.len(), 2);
}

#[test]
fn c30_a_line_reaches_everyone_whoever_it_names() {
    let mut rig = Rig::host();
    let (a, c) = (rig.joined_by("A"), rig.joined_by("C"));
    rig.run(1_000);
    rig.heard(c);
    rig.says(a, json!([0, "C", "A", "not for C", null, ""]));
    assert_eq!(rig.heard(c), [json!([0, "H", "A", "not for C", null, ""])]);
    assert_eq!(rig.view().chat[0].author, peer("A"));
}

#[test]
fn c31_malformed_arrays_are_overlooked() {
    let mut rig = Rig::host();
    let a = rig.joined_by("A");
    for nonsense in [
        json!([]),
        json!([null]),
        json!([1]),
        json!([1, 0]),
        json!([1, 1, null]),
        json!([1, 0, 0, [], { "a": 1 }, 5, []]),
        json!([1, 0, 0, [], "A", null, [], 1, 2, 3, 4]),
        json!([0]),
        json!([0, 1, { "x": 1 }, [], 3, 4]),
        json!([2]),
        json!([3, "x"]),
        json!([4]),
        json!([4, {}]),
        json!([5, 2]),
        json!([5, 0, "x"]),
        json!([1e300, "x"]),
        json!(["x"]),
        json!({ "a": 1 }),
        json!(null),
        json!("text"),
        json!(7),
    ] {
        rig.says(a, nonsense);
    }
    assert!(!rig.is_closed(a));
    assert_eq!(rig.view().tree.children.len(), 1);
    assert_eq!(rig.texts(), []);
    rig.says(a, json!([0, "A", "Ann", "still here", null, ""]));
    assert_eq!(rig.texts().len(), 1);
}

/// A value that an old page might send, or that somebody who knows its arrays might.
fn random(rng: &mut Pcg64Mcg, depth: u32) -> Value {
    let ids = ["A", "B", "H", "X", "", "no id!", "data:image/png;base64,A"];
    match rng.next_u32() % if depth == 0 { 5 } else { 8 } {
        0 => json!(null),
        1 => json!(rng.next_u32() % 7),
        2 => json!(-1),
        3 | 4 => json!(ids[rng.next_u32() as usize % ids.len()]),
        5 => json!([1, 0, 0, [], "A", "A", [], "B", "B", random(rng, depth - 1)]),
        _ => Value::Array((0..rng.next_u32() % 13).map(|_| random(rng, depth - 1)).collect()),
    }
}

#[test]
fn c31_random_messages_break_nothing() {
    for seed in 0..60 {
        let rng = &mut Pcg64Mcg::seed_from_u64(seed);
        let mut rig = match seed % 3 {
            0 => Rig::host(),
            1 => Rig::joins("H", lone_host()).0,
            _ => Rig::lobby(),
        };
        let mut links: Vec<_> = rig.links.keys().copied().collect();
        for step in 0..150 {
            links.retain(|link| !rig.is_closed(*link));
            match rng.next_u32() % 12 {
                0 => links.extend(rig.offer(["A", "B"][step % 2], "data", &format!("dc_{step}"))),
                1 => drop(rig.offer("H", "media", &format!("mc_{step}"))),
                2 => rig.handle(Input::Command(Command::OnAir((step % 2 == 0).then_some(BOTH)))),
                3 => rig.pick_up(),
                4 => rig.run(700),
                _ if links.is_empty() => {}
                which => {
                    let link = links[rng.next_u32() as usize % links.len()];
                    if which == 5 {
                        rig.handle(Input::Link(link, LinkEvent::ChannelOpen));
                        continue;
                    }
                    let mut message = random(rng, 4);
                    if let Some(first) = message.as_array_mut().and_then(|array| array.first_mut())
                    {
                        *first = json!(rng.next_u32() % 6);
                    }
                    rig.says(link, message);
                }
            }
            assert!(rig.open_calls().count() <= 2 * limits::OLD_CALLS, "seed {seed}");
        }
        rig.run(60_000);
        assert!(rig.view().rooms.len() <= 3 && rig.view().tree.children.len() <= 2);
    }
}

#[test]
fn c31_one_bad_entry_does_not_blank_the_list() {
    let mut rig = Rig::lobby();
    let h = rig.dialled_by("H");
    rig.says(h, lone_host());
    let bad = rig.dialled_by("Bad");
    rig.says(bad, json!([1, 1, null, null, null, null, null, "Bad", null, null, null]));
    rig.run(1_100);
    let ids: Vec<_> = rig.view().rooms.iter().map(|card| card.id.as_str()).collect();
    assert_eq!(ids, ["H", "Bad"]);
    let guest = rig.dialled_by("G");
    let list = rig.heard(guest).pop().unwrap();
    for room in list.as_array().unwrap() {
        assert!(room[2].is_array() && room[4].is_string(), "what old guests read: {room}");
    }
}

#[test]
fn c32_an_array_of_four_billion_elements_costs_only_its_sender() {
    let mut rig = Rig::host();
    let a = rig.joined_by("A");
    let b = rig.joined_by("B");
    rig.raw(a, vec![0xdd, 0xff, 0xff, 0xff, 0xff]);
    assert!(rig.is_closed(a));
    assert!(!rig.is_closed(b));
}

#[test]
fn c32_depth_is_bounded() {
    let mut rig = Rig::host();
    let a = rig.joined_by("A");
    let mut deep = vec![0x91; 100_000];
    deep.push(0);
    rig.raw(a, deep);
    assert!(rig.is_closed(a));
}

#[test]
fn c32_a_child_with_more_below_it_than_can_be_is_not_believed() {
    let mut rig = Rig::host();
    let a = rig.joined_by("A");
    let mut here = vec![json!(1), json!(0), json!(9), json!([]), json!("A"), json!("A"), json!([])];
    for i in 0..limits::OLD_NODES + 5 {
        here.extend([json!(format!("x{i}")), json!("x"), json!([])]);
    }
    rig.says(a, Value::Array(here));
    rig.run(2_000);
    assert_eq!(rig.view().room.as_ref().unwrap().members, 2);
}

#[test]
fn c32_fifty_links_of_one_page_are_not_fifty_members() {
    let mut rig = Rig::host();
    let mut links = Vec::new();
    for i in 0..50 {
        links.extend(rig.offer("A", "data", &format!("dc_{i}")));
    }
    assert_eq!(links.len(), limits::OLD_LINKS_OF_ONE);
    for link in &links {
        rig.handle(Input::Link(*link, LinkEvent::ChannelOpen));
        rig.says(*link, json!([1, 0, 0, [], "A", "Ann", []]));
        rig.says(*link, json!([1, 0, 0, [], "A", "Ann", []]));
    }
    rig.run(5_000);
    assert_eq!(rig.view().tree.children.len(), 1);
    assert_eq!(rig.view().room.as_ref().unwrap().members, 2);
}

#[test]
fn c32_links_of_many_pages_are_bounded() {
    let mut rig = Rig::host();
    let a = rig.joined_by("A");
    for i in 0..500 {
        rig.offer(&format!("X{i}"), "data", "dc");
    }
    let open = rig.links.values().filter(|end| !end.closed).count();
    assert_eq!(open, limits::OLD_LINKS);
    assert!(!rig.is_closed(a), "members do not make way for strangers");
}

#[test]
fn c33_oversized_images_and_texts_are_cut_or_dropped() {
    let mut rig = Rig::host();
    let (a, b) = (rig.joined_by("A"), rig.joined_by("B"));
    rig.heard(b);
    let image = format!("data:image/png;base64,{}", "A".repeat(limits::OLD_COVERS));
    rig.says(a, json!([0, "A", "N".repeat(500), "t".repeat(10_000), image, image]));
    assert!(!rig.is_closed(a));
    let said = rig.heard(b).pop().unwrap();
    assert_eq!(said[2].as_str().unwrap().len(), limits::NAME);
    assert_eq!(said[3].as_str().unwrap().len(), limits::CHAT_TEXT);
    assert!(said[4].is_null() && said[5] == "");
    let mut cover = vec![0xd9];
    cover.extend_from_slice(&(limits::MESSAGE as u32 + 1).to_be_bytes());
    cover.resize(limits::MESSAGE + 6, b'x');
    rig.raw(a, cover);
    assert!(rig.is_closed(a), "nothing that large is a message");
}

#[test]
fn c33_a_flood_is_dropped_and_then_its_link() {
    let mut rig = Rig::host();
    let (a, b) = (rig.joined_by("A"), rig.joined_by("B"));
    rig.heard(b);
    for i in 0..200 {
        rig.says(a, json!([0, "A", "Ann", format!("spam {i}"), null, ""]));
    }
    let passed = rig.heard(b).iter().filter(|said| said[0] == 0).count();
    assert!(passed <= limits::OLD_BURST as usize, "{passed} were passed on");
    assert!(!rig.is_closed(a));
    for i in 0..1_000 {
        if rig.is_closed(a) {
            break;
        }
        rig.says(a, json!([0, "A", "Ann", format!("spam {i}"), null, ""]));
    }
    assert!(rig.is_closed(a));
    assert!(!rig.is_closed(b));
}

#[test]
fn c5_a_child_is_never_moved_by_what_an_old_parent_says() {
    // Type 3 makes old pages dial the host again, all at once.
    let (mut rig, h) = Rig::joins("H", lone_host());
    let links = rig.links.len();
    for _ in 0..20 {
        rig.says(h, json!([3, "H", 0, false]));
        rig.run(200);
    }
    assert_eq!(rig.links.len(), links);
    assert!(!rig.is_closed(h));
    assert_eq!(rig.heard(h), Vec::<Value>::new());
}

#[test]
fn c6_a_parent_without_a_picture_is_not_asked_again_and_again() {
    let (mut rig, h) = Rig::joins("H", lone_host());
    let before = rig.frames;
    rig.handle(Input::Command(Command::Refresh));
    for _ in 0..50 {
        rig.says(h, json!([4]));
        rig.says(h, json!([4, 0]));
        rig.run(20);
    }
    assert_eq!(rig.frames - before, 1);
}

/// What PeerJS sends about a connection.
fn about(kind: &str, from: &str, connection: &str) -> Value {
    let (candidate, answer) =
        (json!({ "candidate": "x", "sdpMid": "0" }), json!({ "type": "answer", "sdp": "v=0" }));
    json!({ "type": kind, "src": from, "dst": "x", "payload": {
        "candidate": candidate, "sdp": answer, "type": "data", "connectionId": connection,
    }})
}

#[test]
fn what_comes_out_of_order_is_bounded_and_quiet() {
    let mut rig = Rig::host();
    // The offer may come after its candidates; of what has no offer, little is kept.
    for connection in 0..10_000 {
        rig.text(&about("CANDIDATE", &format!("X{connection}"), "dc_none"));
        rig.text(&about("ANSWER", &format!("X{connection}"), "dc_none"));
    }
    assert_eq!((rig.links.len(), rig.frames), (0, 0));
    rig.run(60_000);
    for _ in 0..1_000 {
        rig.text(&about("CANDIDATE", "A", "dc_1"));
    }
    let first = rig.offer("A", "data", "dc_1").unwrap();
    assert_eq!(rig.links[&first].candidates, limits::CANDIDATES);
    // The same connection once more takes the place of the first.
    let second = rig.offer("A", "data", "dc_1").unwrap();
    assert!(rig.is_closed(first) && !rig.is_closed(second));
    rig.handle(Input::Link(second, LinkEvent::ChannelOpen));
    rig.handle(Input::Link(second, LinkEvent::ChannelClosed));
    assert!(rig.is_closed(second));
    let frames = rig.frames;
    for kind in ["ANSWER", "CANDIDATE", "EXPIRE", "LEAVE"] {
        rig.text(&about(kind, "A", "dc_1"));
    }
    rig.run(60_000);
    assert_eq!((rig.links.len(), rig.frames), (2, frames), "all is over");
    assert_eq!(rig.view().problem, None);
}

#[test]
fn a_stranger_who_goes_at_once_leaves_nothing_to_do() {
    let mut rig = Rig::host();
    let x = rig.dialled_by("X");
    rig.run(100);
    rig.handle(Input::Command(Command::Say("anything".to_owned())));
    rig.handle(Input::Link(x, LinkEvent::ChannelClosed));
    let mut ticks = 0;
    let end = rig.now + Duration::from_secs(4);
    while let Some((at, _)) = rig.node.deadline().filter(|(at, _)| *at <= end) {
        rig.now = rig.now.max(at);
        rig.handle(Input::Tick);
        ticks += 1;
        assert!(ticks < 100, "{:?}", rig.node.deadline());
    }
}

#[test]
fn strangers_who_say_nothing_get_the_map_and_nothing_else() {
    let mut rig = Rig::host();
    let x = rig.dialled_by("X");
    rig.says(x, json!([0, "X", "Mallory", "spam", null, ""]));
    rig.says(x, json!([2, "X", "Mallory"]));
    rig.says(x, json!([5, 2, 0, 1, "X"]));
    rig.handle(Input::Command(Command::Say("for members".to_owned())));
    assert_eq!(rig.texts(), [tuple("UN", "for members")]);
    let heard = rig.heard(x);
    assert!(heard.iter().all(|message| message[0] == 1), "{heard:?}");
    assert_eq!(rig.view().tree.children, []);
}
