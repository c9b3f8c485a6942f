//! The browser, the server and the old page around one node.

pub(crate) use core::time::Duration;
pub(crate) use std::collections::BTreeMap;
pub(crate) use std::sync::Arc;

pub(crate) use live_core::id::{LinkId, PeerId};
use live_core::identity::Identity;
pub(crate) use live_core::node::{
    Command, Config, Description, GatheringCommand, Input, LinkAction, LinkEvent, MediaRole,
    Moderation, Node, Output, Role, SdpKind, SocketAction, SocketEvent, Source,
};
pub(crate) use live_core::picture::{Picture, PictureId};
pub(crate) use live_core::time::Time;
pub(crate) use live_core::view::{GatheringKind, Phase, Problem, RoomKind, RoomMeta, Tracks, View};
pub(crate) use live_core::wire::binarypack::Value as Unpacked;
pub(crate) use live_core::wire::message::{AdmissionPolicy, Message};
pub(crate) use live_core::wire::{chunk, limits};
pub(crate) use rand_core::{RngCore, SeedableRng};
pub(crate) use rand_pcg::Pcg64Mcg;
pub(crate) use serde_json::{Value, json};

pub(crate) const BOTH: Tracks = Tracks { audio: true, video: true };

pub(crate) fn packed(message: &Value) -> Vec<u8> {
    serde_json::from_value::<Unpacked>(message.clone()).unwrap().encode()
}

pub(crate) fn unpacked(bytes: &[u8]) -> Value {
    serde_json::to_value(Unpacked::decode(bytes).unwrap()).unwrap()
}

pub(crate) struct Rig {
    pub(crate) node: Node<Pcg64Mcg>,
    pub(crate) now: Time,
    pub(crate) links: BTreeMap<LinkId, End>,
    /// What the player shows.
    pub(crate) shown: Option<Source>,
    pub(crate) sound: bool,
    pub(crate) serial: u32,
    /// Frames sent over data channels.
    pub(crate) frames: usize,
}

/// The node's end of a connection.
pub(crate) struct End {
    pub(crate) peer: String,
    pub(crate) connection: String,
    pub(crate) channel: Option<String>,
    pub(crate) media: MediaRole,
    /// What the node has offered.
    pub(crate) sdp: String,
    pub(crate) feed: Option<Source>,
    pub(crate) inbox: chunk::Reassembler,
    /// Candidates of the old page that the browser was given.
    pub(crate) candidates: usize,
    /// What the old page has heard and the test has not looked at.
    pub(crate) heard: Vec<Value>,
    /// The same, of text frames.
    pub(crate) texts: Vec<Value>,
    /// What of it one of ours would read.
    pub(crate) ours: Vec<Message>,
    pub(crate) closed: bool,
}

pub(crate) const NOW: Time = Time::from_millis(1_000_000);

impl Rig {
    pub(crate) fn new(role: Role, id: &str) -> Self {
        let (identity, name) = (Some(Identity::Name(peer(id))), "UN".to_owned());
        let config = Config { role, identity, token: None, name, max_children: 4 };
        Self::begin(Node::new(config, NOW, Pcg64Mcg::seed_from_u64(1)))
    }

    pub(crate) fn lobby() -> Self {
        Self::begin(Node::lobby(peer("NET"), NOW, Pcg64Mcg::seed_from_u64(1)))
    }

    pub(crate) fn begin(node: Node<Pcg64Mcg>) -> Self {
        let (links, shown) = (BTreeMap::new(), None);
        let mut rig = Self { node, now: NOW, links, shown, sound: false, serial: 0, frames: 0 };
        rig.drain();
        rig.socket(SocketEvent::Opened);
        rig.text(&json!({ "type": "OPEN" }));
        rig
    }

    pub(crate) fn host() -> Self {
        let meta =
            RoomMeta { title: "T".to_owned(), summary: "S".to_owned(), ..RoomMeta::default() };
        Self::new(Role::Host { meta, network: None, since: None }, "H")
    }

    /// A host that has opened the conference.
    pub(crate) fn conference() -> Self {
        let mut rig = Self::host();
        let open = Command::Gathering(GatheringKind::Conference, GatheringCommand::Open);
        rig.handle(Input::Command(open));
        rig
    }

    pub(crate) fn viewer(target: &str) -> Self {
        Self::new(Role::Viewer { target: peer(target) }, "A")
    }

    pub(crate) fn view(&self) -> &View {
        self.node.view()
    }

    pub(crate) fn handle(&mut self, input: Input) {
        self.node.handle(self.now, input);
        self.drain();
    }

    pub(crate) fn socket(&mut self, event: SocketEvent) {
        self.handle(Input::Socket(event));
    }

    pub(crate) fn text(&mut self, frame: &Value) {
        self.socket(SocketEvent::Text(frame.to_string()));
    }

    /// Lets time pass.
    pub(crate) fn run(&mut self, millis: u64) {
        let end = self.now + Duration::from_millis(millis);
        while let Some((deadline, _)) = self.node.deadline().filter(|(at, _)| *at <= end) {
            self.now = self.now.max(deadline);
            self.handle(Input::Tick);
        }
        self.now = end;
    }

    pub(crate) fn drain(&mut self) {
        let mut described = Vec::new();
        while let Some(output) = self.node.poll() {
            match output {
                Output::Socket(SocketAction::Send(text)) => self.signalled(&text),
                Output::Socket(_)
                | Output::Encode(_)
                | Output::GatheringMuted(..)
                | Output::Hold(_)
                | Output::Changed => {}
                Output::Sound(sound) => self.sound = sound,
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
                        assert!(!end.closed, "sent after the link was closed");
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
                        end.ours.extend(Message::decode(&bytes));
                    }
                    LinkAction::SendText(text) => {
                        let heard = serde_json::from_str(&text).unwrap();
                        self.links.get_mut(&link).unwrap().texts.push(heard);
                    }
                    LinkAction::Feed(source) => {
                        let end = self.links.entry(link).or_insert_with(End::new);
                        assert!(!end.closed, "fed after the link was closed");
                        end.feed = source;
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
            let sdp = "v=0\r\na=msid:browser track\r\n".to_owned();
            let description = Description { kind, sdp };
            self.handle(Input::Link(link, LinkEvent::Described(description)));
        }
    }

    /// What the node sends through the server: the old page answers at once, as PeerJS does.
    pub(crate) fn signalled(&mut self, text: &str) {
        let frame: Value = serde_json::from_str(text).unwrap();
        if frame["type"] != "OFFER" {
            return;
        }
        let payload = &frame["payload"];
        let link = LinkId(self.serial);
        let end = self.links.get_mut(&link).unwrap();
        end.peer = frame["dst"].as_str().unwrap().to_owned();
        end.connection = payload["connectionId"].as_str().unwrap().to_owned();
        end.sdp = payload["sdp"]["sdp"].as_str().unwrap().to_owned();
        if payload["type"] == "media" {
            assert!(end.connection.starts_with("mc_"));
            assert_eq!(payload.get("metadata"), None);
        }
    }

    /// The old page answers what the node has dialled, and the channel opens.
    pub(crate) fn answer(&mut self, link: LinkId) {
        let end = &self.links[&link];
        let kind = if end.connection.starts_with("mc_") { "media" } else { "data" };
        let answer = json!({ "type": "ANSWER", "src": end.peer, "dst": "x", "payload": {
            "sdp": { "type": "answer", "sdp": "v=0" }, "type": kind, "connectionId": end.connection,
        }});
        self.text(&answer);
        self.handle(Input::Link(link, LinkEvent::ChannelOpen));
    }

    /// Answers all calls that nobody has answered yet.
    pub(crate) fn pick_up(&mut self) {
        let calls: Vec<_> = self.open_calls().collect();
        calls.into_iter().for_each(|call| self.answer(call));
    }

    /// Connections that are calls of the node's, and open.
    pub(crate) fn open_calls(&self) -> impl Iterator<Item = LinkId> {
        let calls = self.links.iter().filter(|(_, end)| !end.closed && end.is_call());
        calls.map(|(link, _)| *link)
    }

    /// Calls that the node has placed so far.
    pub(crate) fn placed(&self) -> usize {
        self.links.values().filter(|end| end.is_call()).count()
    }

    pub(crate) fn offer(&mut self, from: &str, kind: &str, connection: &str) -> Option<LinkId> {
        self.offer_of(
            from,
            json!({
                "sdp": { "type": "offer", "sdp": "v=0" }, "type": kind, "connectionId": connection,
                "label": connection, "reliable": false, "serialization": "binary",
            }),
        )
    }

    pub(crate) fn offer_of(&mut self, from: &str, payload: Value) -> Option<LinkId> {
        let before = self.links.keys().max().copied();
        let connection = payload["connectionId"].as_str().unwrap().to_owned();
        self.text(&json!({ "type": "OFFER", "src": from, "dst": "x", "payload": payload }));
        let link = self.links.keys().max().copied().filter(|link| Some(*link) != before)?;
        let end = self.links.get_mut(&link).unwrap();
        end.peer = from.to_owned();
        end.connection = connection;
        Some(link)
    }

    /// An old page calls with this stream. Returns the call, if it is answered.
    pub(crate) fn call_of(&mut self, from: &str, stream: &str) -> Option<LinkId> {
        let connection = format!("mc_{from}{}", self.links.len());
        self.offer_of(
            from,
            json!({
                "sdp": { "type": "offer", "sdp": format!("v=0\r\na=msid:{stream} t\r\n") },
                "type": "media", "connectionId": connection,
            }),
        )
    }

    /// An old page calls, and its stream arrives.
    pub(crate) fn called_by(&mut self, from: &str, stream: &str) -> LinkId {
        let call = self.call_of(from, stream).expect("the call is answered");
        self.arrive(call);
        call
    }

    /// A call is up, and its stream arrives.
    pub(crate) fn arrive(&mut self, call: LinkId) {
        self.handle(Input::Link(call, LinkEvent::Tracks(BOTH)));
        self.handle(Input::Link(call, LinkEvent::Connected));
    }

    /// An old page dials.
    pub(crate) fn dialled_by(&mut self, from: &str) -> LinkId {
        let connection = format!("dc_{from}{}", self.links.len());
        let link = self.offer(from, "data", &connection).expect("is let in");
        self.handle(Input::Link(link, LinkEvent::ChannelOpen));
        link
    }

    /// An old page joins below the node, with what it heard about it.
    pub(crate) fn joined_by(&mut self, id: &str) -> LinkId {
        let link = self.dialled_by(id);
        self.says(link, json!([1, 0, 0, [], id, id, []]));
        self.run(300);
        link
    }

    /// An old page sends something.
    pub(crate) fn says(&mut self, link: LinkId, message: Value) {
        for frame in chunk::split(packed(&message), 1) {
            self.raw(link, frame);
        }
    }

    pub(crate) fn raw(&mut self, link: LinkId, frame: Vec<u8>) {
        self.handle(Input::Link(link, LinkEvent::Data(frame)));
    }

    /// What an old page has heard since the test asked last.
    pub(crate) fn heard(&mut self, link: LinkId) -> Vec<Value> {
        core::mem::take(&mut self.links.get_mut(&link).unwrap().heard)
    }

    /// The connection that the node has dialled last.
    pub(crate) fn dialled(&self) -> LinkId {
        *self.links.iter().rfind(|(_, end)| end.channel.is_some()).unwrap().0
    }

    /// The viewer joins below an old host or an old viewer.
    pub(crate) fn joins(target: &str, map: Value) -> (Self, LinkId) {
        let mut rig = Self::viewer(target);
        let link = rig.dialled();
        rig.answer(link);
        assert_eq!(rig.heard(link), [json!([1, 0, 0, [], "A", "UN", []])]);
        rig.says(link, map);
        (rig, link)
    }

    pub(crate) fn is_closed(&self, link: LinkId) -> bool {
        self.links[&link].closed
    }

    pub(crate) fn texts(&self) -> Vec<(String, String)> {
        self.view().chat.iter().map(|said| (said.name.clone(), said.text.clone())).collect()
    }
}

impl End {
    pub(crate) fn new() -> Self {
        Self {
            peer: String::new(),
            connection: String::new(),
            channel: None,
            media: MediaRole::None,
            sdp: String::new(),
            feed: None,
            inbox: chunk::Reassembler::default(),
            candidates: 0,
            heard: Vec::new(),
            texts: Vec::new(),
            ours: Vec::new(),
            closed: false,
        }
    }

    pub(crate) fn is_call(&self) -> bool {
        self.channel.as_deref() == Some("undefined")
    }
}

pub(crate) fn peer(id: &str) -> PeerId {
    PeerId::new(id).unwrap()
}

/// A host's map with these members, and `A` as the host's only child.
pub(crate) fn map(members: Value, children: Value) -> Value {
    json!([1, 1, members, 0, "T", "S", "", "H", "UN", children, "NET", false])
}

pub(crate) fn lone_host() -> Value {
    map(json!(["H"]), json!([1, 1, 0, [], "H", "UN", []]))
}

pub(crate) fn tuple(name: &str, text: &str) -> (String, String) {
    (name.to_owned(), text.to_owned())
}
