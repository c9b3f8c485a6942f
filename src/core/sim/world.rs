//! All peers, and all that is under way between them.

mod media;

use core::time::Duration;
use std::collections::{HashMap, VecDeque};

use indexmap::IndexMap;
use rand_core::SeedableRng;
use rand_pcg::Pcg64Mcg;
use rustc_hash::FxBuildHasher;

use super::PeerIndex;
use super::event_log::EventLog;
use super::fault::Fault;
use super::link_ends::LinkEnds;
use super::net::{Model, mix};
use super::queue::Queue;
use super::traffic::{Counts, Traffic};
use crate::identity::{Identity, Keypair};
use crate::model::GatheringKind;
use crate::node::view::View;
use crate::node::{Command, Config, Input, LinkEvent, Node, Output, Probe, Role, SocketEvent};
use crate::signal::realm::{self, Realm, SocketId};
use crate::util::id::{LinkId, PeerId};
use crate::util::time::Time;
pub use media::Gap;
use media::{Media, Picture};

/// How often a browser lets the timers of a hidden page run.
const THROTTLED: u64 = 1_000;

/// All peers, and all that is under way between them.
pub struct World {
    pub(super) model: Model,
    pub(super) seed: u64,
    pub(super) now: Time,
    pub(super) queue: Queue<Event>,
    /// Events for which [`World::prefetch`] has read what they need.
    prepared: usize,
    /// Counts the random numbers that were drawn.
    draws: u64,
    pub(super) realm: Realm,
    pub(super) realm_wake: Option<Time>,
    pub(super) server_down: bool,
    pub(super) sockets: IndexMap<SocketId, Connection>,
    pub(super) next_socket: u64,
    pub(super) peers: Vec<Peer>,
    /// Where to find them by their ids.
    ids: HashMap<PeerId, PeerIndex, FxBuildHasher>,
    trace: u64,
    /// Frames delivered over data channels.
    pub frames: u64,
    /// Messages sent, by their kind.
    pub counts: Counts,
    pub(super) media: Media,
    /// Peers that something has happened to since the last check; `None` if nothing checks.
    pub(super) touched: Option<Vec<PeerIndex>>,
    pub(super) event_log: EventLog,
}

/// The server's end of a socket.
pub(super) struct Connection {
    pub(super) peer: PeerIndex,
    /// Frames above the socket's rate, which wait in the order in which they came.
    pub(super) held: VecDeque<String>,
}

/// One peer and what the simulation knows of it.
pub(super) struct Peer {
    pub(super) id: PeerId,
    /// Not behind a pointer: what is looked up for every event should be found at once.
    pub(super) node: Option<Node<Pcg64Mcg>>,
    pub(super) socket: Option<SocketId>,
    pub(super) ends: LinkEnds,
    /// When it is woken next; never later than it wants to be.
    wake: Time,
    /// How often in a row it has wanted to be woken at once; a node that always does is stuck.
    idle: u32,
    limit: u32,
    pub(super) throttled: bool,
    pub(super) fault: Option<Fault>,
    pub(super) traffic: Traffic,
    pub(super) picture: Picture,
}

/// What is to happen.
pub(super) enum Event {
    Wake(PeerIndex),
    /// A frame arrives over a data channel.
    Frame(PeerIndex, LinkId, Vec<u8>),
    /// The picture of a link may have been away for long enough to be missed.
    Stall(PeerIndex, LinkId),
    /// The first picture of a link is ready to be sent.
    Warm(PeerIndex, LinkId),
    /// The driver of a peer reports what its links carry.
    SendStats(PeerIndex),
    RealmWake,
    Other(Box<Happening>),
}

/// What happens less often.
pub(super) enum Happening {
    Link(PeerIndex, LinkId, LinkEvent),
    Socket(SocketId, PeerIndex, SocketEvent),
    Signal(SocketId, String),
    /// The first frame that the server holds back for a socket may pass.
    Release(SocketId),
    Connect(SocketId, PeerIndex, PeerId, String),
    Disconnect(SocketId),
    /// Both descriptions are set; the pair connects if it can.
    Pair((PeerIndex, LinkId), (PeerIndex, LinkId)),
}

impl Peer {
    /// Reads some of what an event needs; see [`World::prefetch`].
    pub(super) fn prefetch(&self) -> u64 {
        let node = self.node.as_ref().map_or(0, Node::prefetch);
        self.wake.as_millis() ^ u64::from(self.traffic.messages) ^ node
    }

    /// Likewise what the first has found the address of.
    pub(super) fn prefetch_links(&self) -> u64 {
        let ends = self.ends.iter().fold(0, |sum, (link, end)| sum ^ link.0 ^ u32::from(end.open));
        u64::from(ends) ^ self.node.as_ref().map_or(0, Node::prefetch_ids)
    }
}

impl World {
    /// An empty world. The realm takes any number of peers.
    pub fn new(seed: u64, model: Model) -> Self {
        Self {
            model,
            seed,
            now: Time::default(),
            queue: Queue::new(),
            prepared: 0,
            draws: 0,
            realm: new_realm(),
            realm_wake: None,
            server_down: false,
            sockets: IndexMap::new(),
            next_socket: 0,
            peers: Vec::new(),
            ids: HashMap::default(),
            trace: 0xcbf2_9ce4_8422_2325,
            frames: 0,
            counts: Counts::default(),
            media: Media::default(),
            touched: None,
            event_log: EventLog::default(),
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

    /// A random number of the world's own.
    pub fn random(&mut self) -> u64 {
        self.draws += 1;
        mix(self.seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ self.draws)
    }

    /// The id that the peer with this index has or will have.
    pub fn id_of(&self, index: PeerIndex) -> PeerId {
        self.keypair(index).id().clone()
    }

    /// The key of the peer with this index.
    pub fn keypair(&self, index: PeerIndex) -> Keypair {
        if self.model.real_signatures {
            return Keypair::generate(&mut Pcg64Mcg::seed_from_u64(self.seed ^ u64::from(index)));
        }
        Keypair::simulated(index)
    }

    /// The peer with this id, if there has been one.
    pub fn index_of(&self, id: &PeerId) -> Option<PeerIndex> {
        self.ids.get(id).copied()
    }

    /// A new peer comes into a room.
    pub fn add(&mut self, role: Role, max_children: u32) -> PeerIndex {
        let index = self.arrive();
        self.load(index, role, max_children);
        index
    }

    /// A new peer comes that looks at the rooms of a network.
    pub fn add_lobby(&mut self, network: PeerId) -> PeerIndex {
        let index = self.arrive();
        let rng = self.rng_of(index);
        self.start(index, Node::lobby(network, self.now, rng), 0);
        index
    }

    fn arrive(&mut self) -> PeerIndex {
        let index = self.peers.len() as PeerIndex;
        let id = self.id_of(index);
        self.ids.insert(id.clone(), index);
        self.peers.push(Peer {
            id,
            node: None,
            socket: None,
            ends: LinkEnds::default(),
            wake: Time::MAX,
            idle: 0,
            limit: 0,
            throttled: false,
            fault: None,
            traffic: Traffic::default(),
            picture: Picture::new(self.now),
        });
        index
    }

    /// The page of a peer that is gone is loaded again, with the id and the secret that it had.
    pub fn load(&mut self, peer: PeerIndex, role: Role, max_children: u32) {
        let config = Config {
            role,
            identity: Some(Identity::Key(self.keypair(peer))),
            token: Some(format!("secret of {peer}")),
            name: format!("Peer {peer}"),
            max_children,
        };
        let node = Node::new(config, self.now, self.rng_of(peer));
        self.start(peer, node, max_children);
    }

    fn rng_of(&self, peer: PeerIndex) -> Pcg64Mcg {
        let seed = self.seed ^ u64::from(peer) << 20 ^ self.now.as_millis() << 44;
        Pcg64Mcg::seed_from_u64(seed)
    }

    fn start(&mut self, peer: PeerIndex, node: Node<Pcg64Mcg>, max_children: u32) {
        let picture = Picture::new(self.now);
        let this = &mut self.peers[peer as usize];
        (this.node, this.limit, this.picture) = (Some(node), max_children, picture);
        self.drain(peer);
        self.sleep(peer);
    }

    /// How many peers there have been.
    pub fn len(&self) -> u32 {
        self.peers.len() as u32
    }

    /// Whether there has been no peer yet.
    pub fn is_empty(&self) -> bool {
        self.peers.is_empty()
    }

    /// The timers of this peer run at most once a second from now on: its page is hidden.
    pub fn throttle(&mut self, peer: PeerIndex) {
        self.peers[peer as usize].throttled = true;
        self.handle(peer, Input::Hidden(true));
    }

    /// This peer does not keep to the protocol from now on.
    pub fn corrupt(&mut self, peer: PeerIndex, fault: Fault) {
        self.peers[peer as usize].fault = Some(fault);
        if fault == Fault::RefusesAll {
            self.command(peer, Command::MaxChildren(0));
        }
    }

    /// The user of a peer wants something.
    pub fn command(&mut self, peer: PeerIndex, command: Command) {
        match command {
            Command::Leave => self.peers[peer as usize].picture.leave(),
            Command::MaxChildren(limit) => self.peers[peer as usize].limit = limit,
            _ => {}
        }
        self.handle(peer, Input::Command(command));
    }

    /// A peer vanishes without a word. Its socket closes, its links fall silent.
    pub fn kill(&mut self, peer: PeerIndex) {
        let dead = &mut self.peers[peer as usize];
        dead.node = None;
        dead.picture.leave();
        let ends = core::mem::take(&mut dead.ends);
        if let Some(socket) = dead.socket.take() {
            self.after(self.model.signalling, Happening::Disconnect(socket));
        }
        self.cut(peer, &ends);
        self.darken(&ends);
    }

    /// Peers that live.
    pub fn alive(&self) -> impl Iterator<Item = (PeerIndex, View)> {
        self.indices().filter_map(|peer| Some((peer, self.view(peer)?)))
    }

    /// The indices of peers that live; cheaper than [`World::alive`].
    pub fn indices(&self) -> impl Iterator<Item = PeerIndex> {
        (0..self.len()).filter(|peer| self.peers[*peer as usize].node.is_some())
    }

    /// What a living peer shows.
    pub fn view(&self, peer: PeerIndex) -> Option<View> {
        self.peers[peer as usize].node.as_ref().map(|node| node.make_view())
    }

    /// What a living peer has decided; cheaper than [`World::view`].
    pub fn probe(&self, peer: PeerIndex) -> Option<Probe<'_>> {
        self.peers.get(peer as usize)?.node.as_ref()?.probe()
    }

    /// What a peer has sent and received.
    pub fn traffic(&self, peer: PeerIndex) -> &Traffic {
        &self.peers[peer as usize].traffic
    }

    /// How many children a peer was allowed last.
    pub fn limit(&self, peer: PeerIndex) -> u32 {
        self.peers[peer as usize].limit
    }

    /// Whether a peer does not keep to the protocol.
    pub fn has_vice(&self, peer: PeerIndex) -> bool {
        self.peers[peer as usize].fault.is_some()
    }

    /// Whether a peer attacks others, so that nobody owes it a place.
    pub fn is_attacker(&self, peer: PeerIndex) -> bool {
        self.peers[peer as usize].fault.is_some_and(Fault::attacks)
    }

    /// Links of a peer, whatever their state.
    pub fn links(&self, peer: PeerIndex) -> usize {
        self.peers[peer as usize].ends.iter().count()
    }

    /// Open links of a peer.
    pub fn open_links(&self, peer: PeerIndex) -> usize {
        self.peers[peer as usize].ends.iter().filter(|(_, end)| end.open).count()
    }

    /// The pairs that are linked as members of a gathering, once for each link that is open at
    /// both ends.
    pub fn calls(&self, kind: GatheringKind) -> Vec<(PeerIndex, PeerIndex)> {
        let ends = self.indices().flat_map(|peer| {
            let calls = self.peers[peer as usize].ends.iter();
            let calls = calls.filter(move |(_, end)| end.open && end.call == Some(kind));
            calls.filter_map(move |(_, end)| Some((peer, end.other?.0)))
        });
        let mut pairs: Vec<_> = ends.filter(|(peer, other)| peer < other).collect();
        pairs.sort_unstable();
        pairs
    }

    /// The link that a peer has with another as a member of a gathering.
    pub fn call(&self, peer: PeerIndex, kind: GatheringKind, other: PeerIndex) -> Option<LinkId> {
        let node = self.peers[peer as usize].node.as_ref()?;
        node.gathering_link(kind, &self.peers[other as usize].id)
    }

    /// Lets virtual time pass.
    pub fn run(&mut self, span: Duration) {
        let end = self.now + span;
        while self.step(end) {}
    }

    /// Lets the next thing happen that does so before `end`. Returns whether there was any;
    /// if not, it is `end` now.
    pub fn step(&mut self, end: Time) -> bool {
        if self.prepared == 0 {
            self.prepared = self.prefetch();
        }
        self.prepared = self.prepared.saturating_sub(1);
        let Some((time, event)) = self.queue.pop(end) else {
            self.now = end;
            return false;
        };
        self.now = time;
        match event {
            Event::Wake(peer) => self.wake(peer),
            Event::Frame(peer, link, frame) => self.frame(peer, link, frame),
            Event::Stall(peer, link) => self.stall(peer, link),
            Event::Warm(peer, link) => self.warm(peer, link),
            Event::SendStats(peer) => self.report_sending(peer),
            Event::RealmWake => {
                if self.realm_wake == Some(time) {
                    self.realm_wake = None;
                    self.realm.handle(self.now, realm::Input::Tick);
                    self.drain_realm();
                }
            }
            Event::Other(happening) => self.happen(*happening),
        }
        true
    }

    fn wake(&mut self, index: PeerIndex) {
        let peer = &mut self.peers[index as usize];
        if peer.wake != self.now {
            return;
        }
        peer.wake = Time::MAX;
        let due = peer.node.as_ref().and_then(|node| node.deadline());
        if due.is_some_and(|(time, _)| time <= self.now) {
            self.handle(index, Input::Tick);
        } else {
            // It has been put off since.
            self.sleep(index);
        }
    }

    fn frame(&mut self, index: PeerIndex, link: LinkId, frame: Vec<u8>) {
        let peer = &mut self.peers[index as usize];
        match peer.ends.get(link) {
            Some(end) if end.cut.is_none_or(|cut| self.now <= cut) => {}
            _ => return,
        }
        self.frames += 1;
        let is_heartbeat = peer.traffic.received(&frame);
        self.receive(index, Input::Link(link, LinkEvent::Data(frame)));
        if is_heartbeat {
            // It can only have put off the deadline, and most frames are heartbeats: it is
            // enough to look at the deadline when the peer would have been woken.
            let peer = &self.peers[index as usize];
            let deadline = || peer.node.as_ref()?.deadline();
            let never_earlier = || deadline().is_none_or(|(time, _)| time >= peer.wake);
            debug_assert!(peer.throttled || never_earlier());
        } else {
            self.sleep(index);
        }
    }

    /// Something happens to a peer.
    pub(super) fn handle(&mut self, index: PeerIndex, input: Input) {
        self.receive(index, input);
        self.sleep(index);
    }

    /// Passes something on to a peer and does what it wants done.
    fn receive(&mut self, index: PeerIndex, input: Input) {
        let kind = match &input {
            Input::Tick => 1,
            Input::Command(_) => 2,
            Input::Socket(_) => 3,
            Input::Link(link, LinkEvent::Data(bytes)) => {
                4 + u64::from(link.0) + ((bytes.len() as u64) << 32)
            }
            Input::Link(link, _) => 5 + u64::from(link.0),
            Input::Hidden(_) => 6,
        };
        self.event_log.happens(self.now, index, &input);
        let Some(node) = &mut self.peers[index as usize].node else { return };
        node.handle(self.now, input);
        for word in [self.now.as_millis(), u64::from(index), kind] {
            self.trace = (self.trace ^ word).wrapping_mul(0x0100_0000_01b3);
        }
        if let Some(touched) = &mut self.touched {
            touched.push(index);
        }
        self.drain(index);
    }

    fn drain(&mut self, index: PeerIndex) {
        loop {
            let node = self.peers[index as usize].node.as_mut();
            let Some(output) = node.and_then(|node| node.act()) else { break };
            self.event_log.wants(self.now, index, &output);
            match output {
                Output::Socket(action) => self.socket(index, action),
                Output::Link(link, action) => self.link(index, link, action),
                Output::Show(source) => self.show(index, source),
                Output::Sound(sound) => self.peers[index as usize].picture.sound = sound,
                Output::Hold(time) => self.peers[index as usize].picture.hold = Some(time),
                Output::Encode(_) | Output::GatheringMuted(..) | Output::Changed => {}
            }
        }
    }

    /// Sees to it that a peer is woken at its deadline. One that has been called for an earlier
    /// moment is asked again then.
    fn sleep(&mut self, index: PeerIndex) {
        let peer = &mut self.peers[index as usize];
        let deadline = peer.node.as_ref().and_then(|node| node.deadline());
        let Some(time) = deadline.map(|(time, _)| time.max(self.now)) else { return };
        peer.idle = if time == self.now { peer.idle + 1 } else { 0 };
        assert!(peer.idle < 1_000, "{} does not get on: {deadline:?}", peer.id);
        let time = if peer.throttled { throttled(time, index) } else { time };
        if time < peer.wake {
            peer.wake = time;
            self.queue.push(time, Event::Wake(index));
        }
    }

    /// Lets something happen after a while.
    pub(super) fn after(&mut self, span: Duration, happening: Happening) {
        self.schedule(self.now + span, happening);
    }

    /// Lets something happen at a moment.
    pub(super) fn schedule(&mut self, time: Time, happening: Happening) {
        self.queue.push(time, Event::Other(Box::new(happening)));
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Link(peer, link, event) => {
                if self.peers[peer as usize].ends.get(link).is_some() {
                    self.handle(peer, Input::Link(link, event));
                }
            }
            Happening::Socket(socket, peer, event) => self.socket_event(socket, peer, event),
            Happening::Signal(socket, text) => self.signal(socket, text),
            Happening::Release(socket) => self.release(socket),
            Happening::Connect(socket, peer, id, token) => {
                self.connect(socket, peer, &id, &token);
            }
            Happening::Disconnect(socket) => self.disconnect(socket),
            Happening::Pair(a, b) => self.pair(a, b),
        }
    }
}

/// A realm with the server's own limits, but for the number of peers.
pub(super) fn new_realm() -> Realm {
    Realm::new(realm::Options { concurrent_limit: usize::MAX, ..realm::Options::default() })
}

/// When the timer of a hidden page runs that was due at `time`; every page has its own second.
fn throttled(time: Time, peer: PeerIndex) -> Time {
    let phase = mix(u64::from(peer)) % THROTTLED;
    Time::from_millis(
        (time.as_millis() + THROTTLED - phase).div_ceil(THROTTLED) * THROTTLED - THROTTLED + phase,
    )
}
