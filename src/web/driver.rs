//! The handle that a page holds.

use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use live_core::id::PeerId;
use live_core::identity::Identity;
use live_core::node::{Command, Config, Input, Node};
use live_core::view::{GatheringKind, View};
use wasm_bindgen_futures::spawn_local;
use web_sys::MediaStream;

use crate::call::{CallAction, OwnCall};
use crate::capture::{Capture, Kind, Sound};
use crate::connection::stats::{self, LinkStats};
use crate::engine::{Engine, Event};
use crate::platform::clock;
use crate::platform::random::BrowserRng;
use crate::platform::subscribers::Subscription;
use crate::signalling::Server;
use crate::whip::publish::{self, Target};

/// How long the node of a dropped driver still runs; it closes everything before that.
const SHUTDOWN_MILLIS: u32 = 2_000;

/// A running node. Clones share it; dropping the last one leaves the room and closes everything.
/// On `pagehide` it leaves by itself.
#[derive(Clone)]
pub struct Driver(Rc<Owner>);

/// The page's own source, for display.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceInfo {
    /// Its kind.
    pub kind: Kind,
    /// The device, window or file, as the browser names it; may be empty.
    pub label: String,
    /// Its audio sources, each with its own volume.
    pub sounds: Vec<Sound>,
}

/// The only strong reference to the engine; its callbacks hold weak ones.
struct Owner(Rc<Engine>);

impl Driver {
    /// Starts the node of a room on `server`.
    pub fn start(config: Config, server: &Server) -> Self {
        Self::run(Node::new(config, clock::now(), BrowserRng), server)
    }

    /// Starts a node that reads the rooms of a network.
    pub fn lobby(network: PeerId, server: &Server) -> Self {
        Self::run(Node::lobby(network, clock::now(), BrowserRng), server)
    }

    /// Starts a node that exchanges streams and texts with one other person at a time.
    pub fn exchange(identity: Identity, token: String, name: String, server: &Server) -> Self {
        let node = Node::exchange(identity, Some(token), name, clock::now(), BrowserRng);
        Self::run(node, server)
    }

    fn run(node: Node<BrowserRng>, server: &Server) -> Self {
        Self(Rc::new(Owner(Engine::start(node, server.clone()))))
    }

    /// Queues a command for the node.
    pub fn send(&self, command: Command) {
        self.engine().push(Event::Input(Input::Command(command)));
    }

    /// The current view. The value never changes; read it again after
    /// [`on_change`](Self::on_change).
    pub fn view(&self) -> View {
        self.engine().view()
    }

    /// Calls back whenever [`view`](Self::view), [`source`](Self::source) or
    /// [`publication`](Self::publication) may have changed.
    pub fn on_change(&self, callback: impl Fn() + 'static) -> Subscription {
        self.engine().on_change.subscribe(move |()| callback())
    }

    /// The stream for the player; `None` while there is nothing to show. It is one object for the
    /// driver's lifetime: its tracks are replaced, so a `<video>` keeps it and never restarts.
    ///
    /// `MediaStream::clone` is the browser's method, which creates another stream.
    ///
    /// A viewer has it once linked with its parent, with tracks that stay muted until the host
    /// streams; `view().room.on_air` tells whether it does.
    pub fn stream(&self) -> Option<MediaStream> {
        self.engine().stream()
    }

    /// Calls back when [`stream`](Self::stream) appears or disappears.
    pub fn on_stream(&self, callback: impl Fn(Option<MediaStream>) + 'static) -> Subscription {
        self.engine().on_stream.subscribe(callback)
    }

    /// Streams `capture` in place of the previous source, or nothing. Viewers keep their
    /// connections. The node receives [`Command::OnAir`]. A source that ends by itself (the
    /// browser's own "stop sharing") is removed the same way.
    pub fn set_source(&self, capture: Option<Capture>) {
        self.engine().push(Event::Source(capture));
    }

    /// The current source.
    pub fn source(&self) -> Option<SourceInfo> {
        self.engine().with_source(|capture| SourceInfo {
            kind: capture.kind(),
            label: capture.label().to_owned(),
            sounds: capture.sounds(),
        })
    }

    /// The stream of the current source, for a preview.
    pub fn source_stream(&self) -> Option<MediaStream> {
        self.engine().with_source(|capture| capture.stream().clone())
    }

    /// Also publishes the stream on a stream server, or ends that.
    pub fn publish(&self, target: Option<Target>) {
        self.engine().push(Event::Publish(target));
    }

    /// The state of the publication, if there is one.
    pub fn publication(&self) -> Option<publish::State> {
        self.engine().publication()
    }

    /// Does something in a gathering of the room; the node is told what the others have to know.
    /// To leave it, [send](Self::send) the command; the devices are released with the seat.
    pub fn call(&self, kind: GatheringKind, action: CallAction) {
        self.engine().push(Event::Call(kind, action));
    }

    /// What this page sends to a gathering; may have changed with [`on_change`](Self::on_change).
    pub fn own_call(&self, kind: GatheringKind) -> OwnCall {
        self.engine().own_call(kind)
    }

    /// What arrives from the other members of a gathering, likewise. A member keeps its stream as
    /// long as its connection lasts; only the tracks in it change.
    pub fn members(&self, kind: GatheringKind) -> Vec<(PeerId, MediaStream)> {
        self.engine().members(kind)
    }

    /// Calls back when somebody begins or ceases to speak in a gathering that this page is in,
    /// with all who speak.
    pub fn on_speakers(
        &self,
        callback: impl Fn(Vec<(GatheringKind, PeerId)>) + 'static,
    ) -> Subscription {
        self.engine().on_speakers.subscribe(callback)
    }

    /// Leaves the room before it returns. The driver is of no use afterwards.
    pub fn leave(&self) {
        self.engine().leave();
    }

    /// Current media statistics of each link.
    pub async fn media_stats(&self) -> Vec<LinkStats> {
        let mut all = Vec::new();
        for (connection, shown) in self.engine().connections() {
            all.extend(stats::read(&connection, shown).await);
        }
        all
    }

    fn engine(&self) -> &Engine {
        &self.0.0
    }
}

impl PartialEq for Driver {
    /// Whether both are handles to the same node.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.leave();
        // A leaving relay feeds its children until they have found another parent.
        let engine = self.0.clone();
        spawn_local(async move {
            TimeoutFuture::new(SHUTDOWN_MILLIS).await;
            drop(engine);
        });
    }
}
