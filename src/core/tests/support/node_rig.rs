//! One node, and a test that plays everybody else: the server, the browser and all other peers.
#![allow(clippy::unwrap_used, dead_code)]

use core::time::Duration;

use live_core::id::{LinkId, PeerId};
use live_core::identity::{Identity, Signed};
use live_core::node::{
    Command, Config, Description, Input, LinkAction, LinkEvent, Node, Output, Role, SdpKind,
    SocketAction, SocketEvent, Source,
};
use live_core::time::Time;
use live_core::view::{RoomMeta, View};
use live_core::wire::message::{Message, MessageId, Order, RoomState, Summary};
use rand_core::SeedableRng;
use rand_pcg::Pcg64Mcg;
use serde_json::{Value, json};

/// One node, and what it wants of the server and of the browser.
pub(crate) struct Rig {
    pub(crate) node: Node<Pcg64Mcg>,
    pub(crate) id: PeerId,
    pub(crate) now: Time,
    pub(crate) signalled: Vec<Value>,
    pub(crate) actions: Vec<(LinkId, LinkAction)>,
    /// What the player shows.
    pub(crate) shown: Option<Source>,
}

const NOW: Time = Time::from_millis(1_000_000);

/// How the node describes itself, and how all others do.
pub(crate) const OWN_SDP: &str = "v=0\r\na=fingerprint:sha-256 AA\r\n";
pub(crate) const PEER_SDP: &str = "v=0\r\na=fingerprint:sha-256 BB\r\n";

pub(crate) fn peer(id: &str) -> PeerId {
    PeerId::new(id).unwrap()
}

impl Rig {
    pub(crate) fn new(role: Role, max_children: u32) -> Self {
        Self::with(role, max_children, Identity::Name(peer("N")))
    }

    /// A node with this identity.
    pub(crate) fn with(role: Role, max_children: u32, identity: Identity) -> Self {
        let name = String::new();
        let id = identity.id().clone();
        let config = Config { role, identity: Some(identity), token: None, name, max_children };
        Self::begin(Node::new(config, NOW, Pcg64Mcg::seed_from_u64(1)), id)
    }

    /// A lobby that becomes the index root of the network `N`.
    pub(crate) fn lobby() -> Self {
        Self::begin(Node::lobby(peer("N"), NOW, Pcg64Mcg::seed_from_u64(1)), peer("N"))
    }

    /// A node that exchanges streams, under the id `N`.
    pub(crate) fn exchange() -> Self {
        let (identity, name) = (Identity::Name(peer("N")), "Nia".to_owned());
        let node = Node::exchange(identity, None, name, NOW, Pcg64Mcg::seed_from_u64(1));
        Self::begin(node, peer("N"))
    }

    fn begin(node: Node<Pcg64Mcg>, id: PeerId) -> Self {
        let (signalled, actions) = (Vec::new(), Vec::new());
        let mut rig = Self { node, id, now: NOW, signalled, actions, shown: None };
        rig.drain();
        rig.socket(SocketEvent::Opened);
        rig.text(&json!({ "type": "OPEN" }));
        rig
    }

    pub(crate) fn host(max_children: u32) -> Self {
        let role = Role::Host { meta: RoomMeta::default(), network: None, since: None };
        Self::new(role, max_children)
    }

    pub(crate) fn viewer() -> Self {
        Self::new(Role::Viewer { target: peer("H") }, 2)
    }

    pub(crate) fn view(&self) -> &View {
        self.node.view()
    }

    pub(crate) fn handle(&mut self, input: Input) {
        self.node.handle(self.now, input);
        self.drain();
    }

    pub(crate) fn drain(&mut self) {
        let mut describes = Vec::new();
        while let Some(output) = self.node.poll() {
            match output {
                Output::Socket(SocketAction::Send(text)) => {
                    self.signalled.push(serde_json::from_str(&text).unwrap());
                }
                Output::Link(link, action) => {
                    match action {
                        LinkAction::Offer { .. } => describes.push((link, SdpKind::Offer)),
                        LinkAction::Accept(_) => describes.push((link, SdpKind::Answer)),
                        _ => {}
                    }
                    self.actions.push((link, action));
                }
                Output::Show(source) => self.shown = source,
                _ => {}
            }
        }
        for (link, kind) in describes {
            let description = Description { kind, sdp: OWN_SDP.to_owned() };
            self.link(link, LinkEvent::Described(description));
        }
    }

    pub(crate) fn socket(&mut self, event: SocketEvent) {
        self.handle(Input::Socket(event));
    }

    pub(crate) fn text(&mut self, frame: &Value) {
        self.socket(SocketEvent::Text(frame.to_string()));
    }

    pub(crate) fn link(&mut self, link: LinkId, event: LinkEvent) {
        self.handle(Input::Link(link, event));
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

    /// Lets time pass, in which the other side of an open link pings.
    pub(crate) fn run_alive(&mut self, link: LinkId, seconds: u64) {
        for _ in 0..seconds {
            self.run(1_000);
            let ping = Message::Ping { at: self.now.as_millis() };
            self.link(link, LinkEvent::Data(ping.encode()));
        }
    }

    /// A peer dials with this version and wants to join; returns the link that answers, if any.
    pub(crate) fn offered_by(&mut self, from: &str, version: u16) -> Option<LinkId> {
        let handshake = json!({ "v": version, "intent": "join", "slots": 1 });
        self.offered_with(from, &format!("dc_{from}"), &handshake)
    }

    /// A peer dials for something; returns the link that answers, if any.
    pub(crate) fn offered_for(
        &mut self,
        from: &str,
        connection: &str,
        intent: &str,
    ) -> Option<LinkId> {
        self.offered_with(from, connection, &json!({ "v": 1, "intent": intent, "slots": 1 }))
    }

    fn offered_with(&mut self, from: &str, connection: &str, handshake: &Value) -> Option<LinkId> {
        let before = self.actions.len();
        self.text(&json!({ "type": "OFFER", "src": from, "dst": "N", "payload": {
            "sdp": { "type": "offer", "sdp": PEER_SDP }, "type": "data",
            "connectionId": connection, "metadata": { "p2pLive": handshake },
            "label": "x", "reliable": true, "serialization": "binary",
        }}));
        let accepts = |(_, action): &&(LinkId, LinkAction)| matches!(action, LinkAction::Accept(_));
        self.actions[before..].iter().find(accepts).map(|(link, _)| *link)
    }

    /// What the node has signalled of this type since the test asked last.
    pub(crate) fn signalled(&mut self, kind: &str) -> Vec<Value> {
        let all = core::mem::take(&mut self.signalled);
        all.into_iter().filter(|frame| frame["type"] == kind).collect()
    }

    /// The peer that was dialled last answers with this version.
    pub(crate) fn answer(&mut self, offer: &Value, version: u16) {
        self.text(&json!({ "type": "ANSWER", "src": offer["dst"], "dst": "N", "payload": {
            "sdp": { "type": "answer", "sdp": PEER_SDP }, "type": "data",
            "connectionId": offer["payload"]["connectionId"], "p2pLive": { "v": version },
        }}));
    }

    /// The offers for links that the node has begun to dial since the test asked last.
    pub(crate) fn offers(&mut self) -> Vec<Value> {
        self.signalled("OFFER")
    }

    /// A peer joins as a child and has this subtree below it. Returns its link.
    pub(crate) fn child(&mut self, from: &str, summary: Summary) -> LinkId {
        let link = self.offered_by(from, 1).expect("there is a slot");
        self.link(link, LinkEvent::ChannelOpen);
        let join = Message::Join { name: from.to_owned(), summary, high_water: Vec::new() };
        self.says(link, &join);
        link
    }

    /// The peer that a viewer has dialled adopts it into the room of `host`, which it reaches by
    /// `path`, itself included. Returns its link.
    pub(crate) fn adopted(&mut self, offer: &Value, room: RoomState, path: &[&str]) -> LinkId {
        self.answer(offer, 1);
        let link = self.dialled();
        self.link(link, LinkEvent::ChannelOpen);
        let path = path.iter().map(|id| peer(id)).collect();
        self.says(link, &adopted(room, path, Vec::new()));
        link
    }

    /// A viewer in the room of `H`, whose child it is. Returns the link to `H`, too.
    pub(crate) fn attached() -> (Self, LinkId) {
        let mut viewer = Self::viewer();
        let offer = viewer.offers().pop().unwrap();
        let link = viewer.adopted(&offer, room_of("H"), &["H"]);
        assert_eq!(viewer.view().tree.parent, Some(peer("H")));
        (viewer, link)
    }

    /// The other side of a link says something.
    pub(crate) fn says(&mut self, link: LinkId, message: &Message) {
        self.link(link, LinkEvent::Data(message.encode()));
    }

    /// What the node has sent over a link since the test asked last; heartbeats are left out.
    pub(crate) fn sent(&mut self, link: LinkId) -> Vec<Message> {
        let mut messages = Vec::new();
        self.actions.retain(|(of, action)| match action {
            LinkAction::Send(bytes) if *of == link => {
                messages.push(Message::decode(bytes).unwrap());
                false
            }
            _ => true,
        });
        messages.retain(|m| !matches!(m, Message::Ping { .. } | Message::Pong { .. }));
        messages
    }

    /// The dialled peer refuses for this reason and names these to ask.
    pub(crate) fn refuse(&mut self, offer: &Value, reason: &str, ask: &[&str]) {
        self.text(&json!({ "type": "ANSWER", "src": offer["dst"], "dst": "N", "payload": {
            "sdp": { "type": "answer", "sdp": "" }, "type": "data",
            "connectionId": offer["payload"]["connectionId"],
            "p2pLive": { "v": 1, "refuse": { "reason": reason, "ask": ask } },
        }}));
    }

    /// The dialled peer refuses and shows an order of the host.
    pub(crate) fn refuse_with(
        &mut self,
        offer: &Value,
        reason: &str,
        order: Option<Signed<Order>>,
    ) {
        use base64::Engine;

        let mut refusal = json!({ "reason": reason });
        if let Some(order) = order {
            let packed = live_core::wire::binarypack::to_vec(&order).unwrap();
            let text = base64::engine::general_purpose::STANDARD_NO_PAD.encode(packed);
            refusal["order"] = json!(text);
        }
        self.text(&json!({ "type": "ANSWER", "src": offer["dst"], "dst": "N", "payload": {
            "type": "data", "connectionId": offer["payload"]["connectionId"],
            "p2pLive": { "v": 1, "refuse": refusal },
        }}));
    }

    /// What a link is fed with.
    pub(crate) fn fed(&self, link: LinkId) -> Option<Source> {
        let feed = |(of, action): &(LinkId, LinkAction)| match action {
            LinkAction::Feed(source) if *of == link => Some(*source),
            _ => None,
        };
        self.actions.iter().rev().find_map(feed).flatten()
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.handle(Input::Command(command));
    }

    pub(crate) fn dialled(&self) -> LinkId {
        let offers =
            |(_, action): &&(LinkId, LinkAction)| matches!(action, LinkAction::Offer { .. });
        self.actions.iter().rfind(offers).unwrap().0
    }

    pub(crate) fn is_closed(&self, link: LinkId) -> bool {
        self.actions.iter().any(|(of, action)| *of == link && matches!(action, LinkAction::Close))
    }

    pub(crate) fn restarts(&self) -> usize {
        let restart = |(_, action): &&(LinkId, LinkAction)| {
            matches!(action, LinkAction::Offer { restart: true })
        };
        self.actions.iter().filter(restart).count()
    }
}

/// What a host with this id says of its room.
pub(crate) fn room_of(id: &str) -> RoomState {
    RoomState {
        version: 1,
        id: peer(id),
        meta: RoomMeta::default(),
        host: "host".to_owned(),
        since: 1_000,
        on_air: None,
        source_stalled: false,
        seats: None,
    }
}

/// What a parent says to a new child in a room of two people in which nothing was decided.
pub(crate) fn adopted(room: RoomState, path: Vec<PeerId>, high_water: Vec<MessageId>) -> Message {
    Message::Adopted {
        room: Signed::unproven(room),
        orders: Vec::new(),
        membership: Vec::new(),
        members: 2,
        path,
        high_water,
    }
}
