//! The event queue and everybody in it.

use core::cmp::Reverse;
use core::time::Duration;
use std::collections::BinaryHeap;

use indexmap::IndexMap;
use rand_core::SeedableRng;
use rand_pcg::Pcg64Mcg;

use super::net::Model;
use crate::id::{LinkId, PeerId};
use crate::node::{
    Command, Config, Description, Input, LinkAction, LinkEvent, Node, Output, Role, SdpKind,
    SocketAction, SocketEvent, Source,
};
use crate::signal::realm::{self, Realm, SocketId};
use crate::time::Time;
use crate::view::View;

/// A peer of a [`World`]; counts from 0 in the order of [`World::add`].
pub type PeerIndex = u32;

/// Everybody, and all that is under way between them.
pub struct World {
    model: Model,
    seed: u64,
    now: Time,
    queue: BinaryHeap<Reverse<(Time, u64, Due)>>,
    events: IndexMap<u64, Happening>,
    sequence: u64,
    realm: Realm,
    realm_wake: Option<Time>,
    sockets: IndexMap<SocketId, PeerIndex>,
    peers: Vec<Peer>,
    trace: u64,
    /// Frames delivered over data channels.
    pub frames: u64,
}

struct Peer {
    id: PeerId,
    node: Option<Node<Pcg64Mcg>>,
    socket: Option<SocketId>,
    links: IndexMap<LinkId, End>,
    wake: Option<Time>,
    /// How often in a row it has wanted to be woken at once; a node that always does is stuck.
    idle: u32,
}

/// One end of a link.
#[derive(Default)]
struct End {
    other: Option<(PeerIndex, LinkId)>,
    open: bool,
    feed: Option<Source>,
    watch: Option<Duration>,
    /// Media comes in at this end.
    flows: bool,
    /// When the last frame that was sent arrives: frames of one link keep their order.
    busy: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Wake(PeerIndex),
    RealmWake,
    Event,
}

enum Happening {
    Node(PeerIndex, Input),
    Socket(SocketId, PeerIndex, SocketEvent),
    Frame(SocketId, String),
    Connect(SocketId, PeerIndex, PeerId, String),
    Disconnect(SocketId),
    /// Both descriptions are set; the pair connects if it can.
    Pair((PeerIndex, LinkId), (PeerIndex, LinkId)),
}

impl World {
    /// An empty world. The realm takes any number of peers.
    pub fn new(seed: u64, model: Model) -> Self {
        let rate = realm::Rate { interval: Duration::from_millis(1), burst: u32::MAX };
        let options =
            realm::Options { concurrent_limit: usize::MAX, rate, ..realm::Options::default() };
        Self {
            model,
            seed,
            now: Time::default(),
            queue: BinaryHeap::new(),
            events: IndexMap::new(),
            sequence: 0,
            realm: Realm::new(options),
            realm_wake: None,
            sockets: IndexMap::new(),
            peers: Vec::new(),
            trace: 0xcbf2_9ce4_8422_2325,
            frames: 0,
        }
    }

    /// Virtual time.
    pub fn now(&self) -> Time {
        self.now
    }

    /// A hash of everything that has happened.
    pub fn trace(&self) -> u64 {
        self.trace
    }

    /// The id that the peer with this index has or will have.
    pub fn id_of(index: PeerIndex) -> PeerId {
        PeerId::new(&format!("p{index}")).unwrap_or_else(|_| unreachable!("p and digits"))
    }

    /// A new peer comes.
    pub fn add(&mut self, role: Role, max_children: u32) -> PeerIndex {
        let index = self.peers.len() as PeerIndex;
        self.peers.push(Peer {
            id: Self::id_of(index),
            node: None,
            socket: None,
            links: IndexMap::new(),
            wake: None,
            idle: 0,
        });
        self.load(index, role, max_children);
        index
    }

    /// The page of a peer that is gone is loaded again, with the id and the secret that it had.
    pub fn load(&mut self, peer: PeerIndex, role: Role, max_children: u32) {
        let seed = self.seed ^ u64::from(peer) << 20 ^ self.now.as_millis() << 44;
        let config = Config {
            role,
            id: Some(Self::id_of(peer)),
            token: Some(format!("secret of {peer}")),
            name: format!("Peer {peer}"),
            max_children,
        };
        let node = Node::new(config, self.now, Pcg64Mcg::seed_from_u64(seed));
        self.peers[peer as usize].node = Some(node);
        self.drain(peer);
    }

    /// The user of a peer wants something.
    pub fn command(&mut self, peer: PeerIndex, command: Command) {
        self.handle(peer, Input::Command(command));
    }

    /// A peer vanishes without a word. Its socket closes, its links fall silent.
    pub fn kill(&mut self, peer: PeerIndex) {
        let dead = &mut self.peers[peer as usize];
        dead.node = None;
        let links = core::mem::take(&mut dead.links);
        for (below, link) in links.values().filter(|end| end.open).filter_map(|end| end.other) {
            self.set_flow(below, link, false, Duration::ZERO);
        }
        let dead = &mut self.peers[peer as usize];
        if let Some(socket) = dead.socket.take() {
            self.after(self.model.signalling, Happening::Disconnect(socket));
        }
    }

    /// Brings up to date what flows over every link of `peer`, and further down.
    fn flow(&mut self, peer: PeerIndex) {
        let ends: Vec<_> = self.peers[peer as usize].links.keys().copied().collect();
        for link in ends {
            self.flow_over(peer, link);
        }
    }

    fn flow_over(&mut self, peer: PeerIndex, link: LinkId) {
        let Some(end) = self.peers[peer as usize].links.get(&link) else { return };
        let Some((below, other)) = end.other.filter(|_| end.open) else { return };
        let flows = match end.feed {
            None => false,
            Some(Source::Local) => true,
            Some(Source::Link(from)) => {
                self.peers[peer as usize].links.get(&from).is_some_and(|end| end.flows)
            }
        };
        self.set_flow(below, other, flows, self.model.between(peer, below));
    }

    fn set_flow(&mut self, peer: PeerIndex, link: LinkId, flows: bool, latency: Duration) {
        let Some(end) = self.peers[peer as usize].links.get_mut(&link) else { return };
        if core::mem::replace(&mut end.flows, flows) == flows {
            return;
        }
        if let Some(patience) = end.watch {
            let (event, after) =
                if flows { (LinkEvent::Flowing, latency) } else { (LinkEvent::Stalled, patience) };
            self.after(after, Happening::Node(peer, Input::Link(link, event)));
        }
        self.flow(peer);
    }

    /// Peers that live.
    pub fn alive(&self) -> impl Iterator<Item = (PeerIndex, &View)> {
        let nodes = self.peers.iter().enumerate();
        nodes.filter_map(|(i, peer)| Some((i as PeerIndex, peer.node.as_ref()?.view())))
    }

    /// What a living peer shows.
    pub fn view(&self, peer: PeerIndex) -> Option<&View> {
        self.peers[peer as usize].node.as_ref().map(Node::view)
    }

    /// Open links of a peer.
    pub fn open_links(&self, peer: PeerIndex) -> usize {
        self.peers[peer as usize].links.values().filter(|end| end.open).count()
    }

    /// From the host to `peer` along parents that live and agree; `None` if there is no such way.
    pub fn path(&self, peer: PeerIndex) -> Option<Vec<PeerIndex>> {
        let mut path = vec![peer];
        let mut at = peer;
        while let Some(parent) = self.view(at)?.tree.parent.as_ref() {
            let above: PeerIndex = parent.as_str().get(1..)?.parse().ok()?;
            let tree = &self.view(above)?.tree;
            let own = &self.peers[at as usize].id;
            if path.contains(&above) || !tree.children.iter().any(|(child, _)| child == own) {
                return None;
            }
            path.push(above);
            at = above;
        }
        path.reverse();
        Some(path)
    }

    /// Whether media from the host reaches `peer` along what its ancestors feed their links with.
    pub fn is_fed(&self, peer: PeerIndex) -> bool {
        let Some(path) = self.path(peer) else { return false };
        path.windows(2).all(|pair| {
            let (above, below) = (&self.peers[pair[0] as usize], pair[1]);
            let feeds = |end: &End| {
                end.open && end.feed.is_some() && end.other.is_some_and(|(peer, _)| peer == below)
            };
            above.links.values().any(feeds)
        })
    }

    /// Lets virtual time pass.
    pub fn run(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(&Reverse((time, sequence, due))) = self.queue.peek() {
            if time > end {
                break;
            }
            self.queue.pop();
            self.now = time;
            match due {
                Due::Wake(peer) => self.wake(peer),
                Due::RealmWake => {
                    if self.realm_wake == Some(time) {
                        self.realm_wake = None;
                        self.realm.handle(self.now, realm::Input::Tick);
                        self.drain_realm();
                    }
                }
                Due::Event => {
                    if let Some(event) = self.events.swap_remove(&sequence) {
                        self.happen(event);
                    }
                }
            }
        }
        self.now = end;
    }

    fn wake(&mut self, index: PeerIndex) {
        let peer = &mut self.peers[index as usize];
        if peer.wake == Some(self.now) {
            peer.wake = None;
            self.handle(index, Input::Tick);
        }
    }

    fn happen(&mut self, event: Happening) {
        match event {
            Happening::Node(peer, input) => {
                if let Input::Link(link, event) = &input {
                    if !self.peers[peer as usize].links.contains_key(link) {
                        return;
                    }
                    self.frames += u64::from(matches!(event, LinkEvent::Data(_)));
                }
                self.handle(peer, input);
            }
            Happening::Socket(socket, peer, event) => {
                if self.peers[peer as usize].socket == Some(socket) {
                    self.handle(peer, Input::Socket(event));
                }
            }
            Happening::Frame(socket, text) => {
                self.realm.handle(self.now, realm::Input::Text { socket, text: &text });
                self.drain_realm();
            }
            Happening::Connect(socket, peer, id, token) => {
                self.sockets.insert(socket, peer);
                let opened = Happening::Socket(socket, peer, SocketEvent::Opened);
                self.after(self.model.signalling, opened);
                let (id, token, key) = (id.as_str(), token.as_str(), "peerjs");
                self.realm.handle(self.now, realm::Input::Connect { socket, id, token, key });
                self.drain_realm();
            }
            Happening::Disconnect(socket) => {
                self.sockets.swap_remove(&socket);
                self.realm.handle(self.now, realm::Input::Closed { socket });
                self.drain_realm();
            }
            Happening::Pair(a, b) => self.pair(a, b),
        }
    }

    fn handle(&mut self, index: PeerIndex, input: Input) {
        let kind = match &input {
            Input::Tick => 1,
            Input::Command(_) => 2,
            Input::Socket(_) => 3,
            Input::Link(link, LinkEvent::Data(bytes)) => {
                4 + u64::from(link.0) + ((bytes.len() as u64) << 32)
            }
            Input::Link(link, _) => 5 + u64::from(link.0),
        };
        let Some(node) = &mut self.peers[index as usize].node else { return };
        node.handle(self.now, input);
        for word in [self.now.as_millis(), u64::from(index), kind] {
            self.trace = (self.trace ^ word).wrapping_mul(0x0100_0000_01b3);
        }
        self.drain(index);
    }

    fn drain(&mut self, index: PeerIndex) {
        while let Some(output) = self.peers[index as usize].node.as_mut().and_then(Node::poll) {
            match output {
                Output::Socket(action) => self.socket(index, action),
                Output::Link(link, action) => self.link(index, link, action),
                Output::Show(_) | Output::Changed => {}
            }
        }
        let peer = &mut self.peers[index as usize];
        let deadline = peer.node.as_ref().and_then(Node::deadline).map(|(time, _)| time);
        let deadline = deadline.map(|time| time.max(self.now));
        peer.idle = if deadline == Some(self.now) { peer.idle + 1 } else { 0 };
        assert!(
            peer.idle < 1_000,
            "{} does not get on: {:?}",
            peer.id,
            peer.node.as_ref().map(Node::deadline)
        );
        if let Some(time) = deadline
            && peer.wake.is_none_or(|wake| time < wake)
        {
            peer.wake = Some(time);
            self.push(time, Due::Wake(index));
        }
    }

    fn socket(&mut self, peer: PeerIndex, action: SocketAction) {
        let current = self.peers[peer as usize].socket;
        match action {
            SocketAction::Open { id, token } => {
                self.sequence += 1;
                let socket = SocketId(self.sequence);
                self.peers[peer as usize].socket = Some(socket);
                if let Some(old) = current {
                    self.after(self.model.signalling, Happening::Disconnect(old));
                }
                self.after(self.model.signalling, Happening::Connect(socket, peer, id, token));
            }
            SocketAction::Send(text) => {
                if let Some(socket) = current {
                    self.after(self.model.signalling, Happening::Frame(socket, text));
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

    fn link(&mut self, index: PeerIndex, link: LinkId, action: LinkAction) {
        let describing = self.model.describing;
        match action {
            LinkAction::Open { .. } => {
                self.peers[index as usize].links.insert(link, End::default());
            }
            LinkAction::Offer { .. } => {
                let event = LinkEvent::Described(describe(SdpKind::Offer, index, link));
                self.after(describing, Happening::Node(index, Input::Link(link, event)));
            }
            LinkAction::Accept(offer) => {
                if let Some(other) = read(&offer) {
                    self.end(index, link).other = Some(other);
                }
                let event = LinkEvent::Described(describe(SdpKind::Answer, index, link));
                self.after(describing, Happening::Node(index, Input::Link(link, event)));
            }
            LinkAction::Answered(answer) => {
                if let Some(other) = read(&answer) {
                    self.end(index, link).other = Some(other);
                    let pair = Happening::Pair((index, link), other);
                    // ICE, DTLS and SCTP take two round trips together.
                    self.after(self.model.between(index, other.0) * 4, pair);
                }
            }
            LinkAction::AddCandidate(_) => {}
            LinkAction::Send(frame) => self.send(index, link, frame),
            LinkAction::Watch(patience) => {
                let end = self.end(index, link);
                end.watch = Some(patience);
                if end.flows {
                    let flowing = Input::Link(link, LinkEvent::Flowing);
                    self.after(Duration::ZERO, Happening::Node(index, flowing));
                }
            }
            LinkAction::Feed(source) => {
                self.end(index, link).feed = source;
                self.flow_over(index, link);
            }
            LinkAction::Close => self.close(index, link),
        }
    }

    fn send(&mut self, index: PeerIndex, link: LinkId, frame: Vec<u8>) {
        let (model, now) = (self.model.clone(), self.now);
        let end = self.end(index, link);
        let (true, Some((peer, other))) = (end.open, end.other) else { return };
        let arrival = (now + model.between(index, peer)).max(end.busy);
        end.busy = arrival;
        let event = Input::Link(other, LinkEvent::Data(frame));
        self.schedule(arrival, Happening::Node(peer, event));
    }

    fn close(&mut self, index: PeerIndex, link: LinkId) {
        let Some(end) = self.peers[index as usize].links.swap_remove(&link) else { return };
        if let (true, Some((peer, other))) = (end.open, end.other) {
            self.set_flow(peer, other, false, Duration::ZERO);
            self.flow(index);
            let arrival = (self.now + self.model.between(index, peer)).max(end.busy);
            let event = Input::Link(other, LinkEvent::ChannelClosed);
            self.schedule(arrival, Happening::Node(peer, event));
        }
    }

    fn pair(&mut self, a: (PeerIndex, LinkId), b: (PeerIndex, LinkId)) {
        let is_here =
            |(peer, link): (PeerIndex, LinkId)| self.peers[peer as usize].links.contains_key(&link);
        let possible = self.model.connectable(a.0, b.0) && is_here(a) && is_here(b);
        for ((peer, link), other) in [(a, b), (b, a)] {
            if possible {
                let end = self.end(peer, link);
                end.open = true;
                end.other = Some(other);
                self.handle(peer, Input::Link(link, LinkEvent::ChannelOpen));
                self.flow_over(peer, link);
            } else {
                let failed = Input::Link(link, LinkEvent::IceFailed);
                self.after(Duration::from_secs(10), Happening::Node(peer, failed));
            }
        }
    }

    fn end(&mut self, index: PeerIndex, link: LinkId) -> &mut End {
        self.peers[index as usize].links.entry(link).or_default()
    }

    fn drain_realm(&mut self) {
        while let Some(output) = self.realm.poll() {
            let (socket, event) = match output {
                realm::Output::Send { socket, text } => (socket, SocketEvent::Text(text)),
                realm::Output::Close { socket } => (socket, SocketEvent::Closed),
            };
            if let Some(peer) = self.sockets.get(&socket) {
                self.after(self.model.signalling, Happening::Socket(socket, *peer, event));
            }
        }
        let deadline = self.realm.deadline().map(|time| time.max(self.now));
        if let Some(time) = deadline
            && self.realm_wake.is_none_or(|wake| time < wake)
        {
            self.realm_wake = Some(time);
            self.push(time, Due::RealmWake);
        }
    }

    fn after(&mut self, span: Duration, event: Happening) {
        self.schedule(self.now + span, event);
    }

    fn schedule(&mut self, time: Time, event: Happening) {
        self.push(time, Due::Event);
        self.events.insert(self.sequence, event);
    }

    fn push(&mut self, time: Time, due: Due) {
        self.sequence += 1;
        self.queue.push(Reverse((time, self.sequence, due)));
    }
}

/// The simulated SDP names its end of the link.
fn describe(kind: SdpKind, peer: PeerIndex, link: LinkId) -> Description {
    Description { kind, sdp: format!("{peer} {}", link.0) }
}

fn read(description: &Description) -> Option<(PeerIndex, LinkId)> {
    let (peer, link) = description.sdp.split_once(' ')?;
    Some((peer.parse().ok()?, LinkId(link.parse().ok()?)))
}
