//! What a page holds.

use std::rc::Rc;

use live_core::id::PeerId;
use live_core::node::{Command, Config, Input, Node};
use live_core::view::View;
use web_sys::MediaStream;

use crate::capture::{Capture, Kind, Sound};
use crate::connection::stats::{self, LinkStats};
use crate::engine::{Engine, Event};
use crate::platform::clock;
use crate::platform::random::BrowserRng;
use crate::platform::subscribers::Subscription;
use crate::signalling::Server;
use crate::whip::publish::{self, Start, Target};

/// How long a session that was dropped lives on; the node closes everything before that.
const HANDOVER_MILLIS: u32 = 2_000;

/// A running node. Clones are the same session; dropping the last one leaves the room and closes
/// everything. When the page goes (`pagehide`), the session leaves by itself.
#[derive(Clone)]
pub struct Driver(Rc<Owner>);

/// What the page's own source is, for showing it.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceInfo {
    /// Its kind.
    pub kind: Kind,
    /// The device, window or file, as the browser names it; may be empty.
    pub label: String,
    /// What is to be heard of it, each by itself.
    pub sounds: Vec<Sound>,
}

/// Its callbacks hold the engine weakly, so this is all that keeps it.
struct Owner(Rc<Engine>);

impl Driver {
    /// Starts the node of a room on `server`.
    pub fn start(config: Config, server: &Server) -> Self {
        Self::run(Node::new(config, clock::now(), BrowserRng), server)
    }

    /// Starts a node that looks at the rooms of a network. A page that starts no other carries
    /// nothing for rooms, and the other way round.
    pub fn lobby(network: PeerId, server: &Server) -> Self {
        Self::run(Node::lobby(network, clock::now(), BrowserRng), server)
    }

    fn run(node: Node<BrowserRng>, server: &Server) -> Self {
        Self(Rc::new(Owner(Engine::start(node, server.clone()))))
    }

    /// Hands a command to the node, after those that were sent before.
    pub fn send(&self, command: Command) {
        self.engine().push(Event::Input(Input::Command(command)));
    }

    /// What there is to show. The value never changes; ask again after
    /// [`on_change`](Self::on_change).
    pub fn view(&self) -> Rc<View> {
        self.engine().view()
    }

    /// Calls back whenever [`view`](Self::view), [`source`](Self::source) or
    /// [`publication`](Self::publication) may have changed.
    pub fn on_change(&self, callback: impl Fn() + 'static) -> Subscription {
        self.engine().changes.subscribe(move |()| callback())
    }

    /// What the player shows. It is one object for the whole session: its tracks are swapped, so
    /// a `<video>` is given it once and never starts over. `None` while there is nothing to show.
    ///
    /// Beware of `MediaStream::clone`: it is the browser's own and makes another stream.
    ///
    /// A viewer has it as soon as it is linked with its parent, with tracks that stay muted until
    /// the host streams; `view().room.on_air` says whether it does.
    pub fn stream(&self) -> Option<MediaStream> {
        self.engine().stream()
    }

    /// Calls back when [`stream`](Self::stream) appears or disappears.
    pub fn on_stream(&self, callback: impl Fn(Option<MediaStream>) + 'static) -> Subscription {
        self.engine().streams.subscribe(callback)
    }

    /// Streams `capture` from now on in place of the source before, or nothing. Those who watch
    /// keep their connections. The node is told by [`Command::OnAir`]. A source that ends by
    /// itself (the browser's own "stop sharing") is taken away the same way.
    pub fn set_source(&self, capture: Option<Capture>) {
        self.engine().push(Event::Source(capture));
    }

    /// What is being streamed.
    pub fn source(&self) -> Option<SourceInfo> {
        self.engine().source()
    }

    /// Publishes the own stream on a stream server, too, or ends that.
    pub fn publish(&self, target: Option<Target>) {
        let start = target.map(|target| -> Start {
            Box::new(move |tracks, quality, changed| {
                publish::start(target, tracks, quality, changed)
            })
        });
        self.engine().push(Event::Publish(start));
    }

    /// How the publication stands, if there is one.
    pub fn publication(&self) -> Option<publish::State> {
        self.engine().publication()
    }

    /// Says good-bye to everyone before it returns. The session is of no use afterwards.
    pub fn leave(&self) {
        self.engine().leave();
    }

    /// How media does on each link, right now.
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
    /// Whether both are the same session.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.leave();
        // A relay that leaves feeds its children until they have found another place.
        let engine = self.0.clone();
        wasm_bindgen_futures::spawn_local(async move {
            gloo_timers::future::TimeoutFuture::new(HANDOVER_MILLIS).await;
            drop(engine);
        });
    }
}
