//! The event loop: callbacks enqueue events, the loop feeds the node and performs its outputs.

mod source;
mod state;

use core::time::Duration;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use live_core::id::{LinkId, PeerId};
use live_core::node::{Command, Input, LinkEvent, Node, SocketEvent};
use live_core::time::Time;
use live_core::view::{GatheringKind, View};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{MediaStream, PageTransitionEvent, RtcPeerConnection};

use self::state::State;
use crate::call::{CallAction, OwnCall};
use crate::capture::Capture;
use crate::platform::clock;
use crate::platform::random::BrowserRng;
use crate::platform::subscribers::Subscribers;
use crate::signalling::Server;
use crate::whip::publish::{self, Target};

/// Minimum interval between notifications of remote events.
const NOTIFY_INTERVAL: Duration = Duration::from_millis(100);

/// Who speaks in which gathering.
pub(crate) type Speakers = Vec<(GatheringKind, PeerId)>;

/// An entry of the queue.
pub(crate) enum Event {
    /// For the node, unchanged.
    Input(Input),
    /// From the socket of that generation.
    Socket(u32, SocketEvent),
    Link(LinkId, LinkEvent),
    /// The page chose another source.
    Source(Option<Capture>),
    /// A track of the source of that generation ended by itself.
    SourceEnded(u32),
    /// The page starts a WHIP publication, or ends it.
    Publish(Option<Target>),
    /// The WHIP publication's state changed.
    PublicationChanged,
    /// The page does something in a gathering.
    Call(GatheringKind, CallAction),
    /// A device that is used in that gathering was unplugged.
    CallDeviceEnded(GatheringKind),
}

impl Event {
    /// Whether it comes from the network or a timer, not from the user of this page.
    fn is_remote(&self) -> bool {
        match self {
            Self::Input(input) => !matches!(input, Input::Command(_)),
            Self::Socket(..) | Self::Link(..) => true,
            Self::Source(_)
            | Self::SourceEnded(_)
            | Self::Publish(_)
            | Self::PublicationChanged
            | Self::Call(..)
            | Self::CallDeviceEnded(_) => false,
        }
    }
}

/// Owns the node and every browser object that it asked for.
pub(crate) struct Engine {
    this: Weak<Engine>,
    queue: RefCell<VecDeque<Event>>,
    /// Whether a run of the loop is scheduled.
    scheduled: Cell<bool>,
    state: RefCell<State>,
    /// The published view.
    view: RefCell<View>,
    pub(crate) on_change: Subscribers<()>,
    pub(crate) on_stream: Subscribers<Option<MediaStream>>,
    pub(crate) on_speakers: Subscribers<Speakers>,
    speakers: RefCell<Speakers>,
    last_notified: Cell<Time>,
    pending_notification: RefCell<Option<Timeout>>,
    listeners: RefCell<Vec<EventListener>>,
}

impl Engine {
    pub(crate) fn start(node: Node<BrowserRng>, server: Server) -> Rc<Self> {
        let engine = Rc::new_cyclic(|this: &Weak<Self>| Self {
            this: this.clone(),
            queue: RefCell::default(),
            scheduled: Cell::new(false),
            state: RefCell::new(State::new(this.clone(), node, server)),
            view: RefCell::default(),
            on_change: Subscribers::new(),
            on_stream: Subscribers::new(),
            on_speakers: Subscribers::new(),
            speakers: RefCell::default(),
            last_notified: Cell::new(Time::from_millis(0)),
            pending_notification: RefCell::default(),
            listeners: RefCell::default(),
        });
        engine.listen();
        engine.run();
        engine
    }

    /// Queues an event; the loop runs in the next microtask.
    pub(crate) fn push(&self, event: Event) {
        self.queue.borrow_mut().push_back(event);
        if self.scheduled.replace(true) {
            return;
        }
        let this = self.this.clone();
        spawn_local(async move {
            if let Some(engine) = this.upgrade() {
                engine.run();
            }
        });
    }

    /// Leaves the room before it returns.
    pub(crate) fn leave(&self) {
        self.push(Event::Publish(None));
        self.run_command(Command::Leave);
    }

    pub(crate) fn view(&self) -> View {
        self.view.borrow().clone()
    }

    /// Reads the state; `None` while the loop runs.
    fn read<T>(&self, read: impl FnOnce(&State) -> Option<T>) -> Option<T> {
        read(&*self.state.try_borrow().ok()?)
    }

    pub(crate) fn stream(&self) -> Option<MediaStream> {
        self.read(|state| state.player.stream())
    }

    /// Calls `read` with the current source, if there is one.
    pub(crate) fn with_source<T>(&self, read: impl FnOnce(&Capture) -> T) -> Option<T> {
        self.read(|state| state.source.capture().map(read))
    }

    pub(crate) fn publication(&self) -> Option<publish::State> {
        self.read(State::publication_state)
    }

    /// What the page itself sends to a gathering.
    pub(crate) fn own_call(&self, kind: GatheringKind) -> OwnCall {
        self.read(|state| Some(state.calls.get(kind).own())).unwrap_or_default()
    }

    /// The media of those members of a gathering whom this peer is linked with.
    pub(crate) fn members(&self, kind: GatheringKind) -> Vec<(PeerId, MediaStream)> {
        // The method `clone` of a stream would make another one.
        let owned = |(peer, stream): (&PeerId, &MediaStream)| (peer.clone(), Clone::clone(stream));
        self.read(|state| Some(state.calls.get(kind).members().map(owned).collect()))
            .unwrap_or_default()
    }

    /// Samples who speaks.
    fn sample_speakers(&self) {
        let Ok(mut state) = self.state.try_borrow_mut() else {
            return;
        };
        let speakers = state.sample_speakers();
        drop(state);
        self.set_speakers(speakers);
    }

    fn set_speakers(&self, speakers: Speakers) {
        if *self.speakers.borrow() != speakers {
            *self.speakers.borrow_mut() = speakers.clone();
            self.on_speakers.notify(&speakers);
        }
    }

    /// Every link's connection, and whether the player shows its media.
    pub(crate) fn connections(&self) -> Vec<(RtcPeerConnection, bool)> {
        self.read(|state| Some(state.connections())).unwrap_or_default()
    }

    /// The loop: feeds the node each queued event and drains it after each.
    fn run(&self) {
        // Busy means a call from inside the loop, which handles the queue anyway.
        let Ok(mut state) = self.state.try_borrow_mut() else {
            return;
        };
        self.scheduled.set(false);
        state.drain();
        while let Some(event) = self.next() {
            state.handle(event);
            state.drain();
        }
        state.set_timer();
        let changes = state.take_changes();
        if changes.view {
            state.follow_calls();
            *self.view.borrow_mut() = state.node.view().clone();
        }
        let stream = changes.stream.then(|| state.player.stream());
        let is_quiet = !state.is_in_call();
        drop(state);

        if is_quiet {
            self.set_speakers(Speakers::new());
        }

        if let Some(stream) = stream {
            self.on_stream.notify(&stream);
        }
        if changes.view && changes.urgent {
            self.notify();
        } else if changes.view {
            self.notify_soon();
        }
    }

    fn run_command(&self, command: Command) {
        self.push(Event::Input(Input::Command(command)));
        self.run();
    }

    fn next(&self) -> Option<Event> {
        self.queue.borrow_mut().pop_front()
    }

    /// Notifies the pages of a new view.
    fn notify(&self) {
        self.last_notified.set(clock::now());
        *self.pending_notification.borrow_mut() = None;
        self.on_change.notify(&());
    }

    /// Notifies at once, but at most once per [`NOTIFY_INTERVAL`]: when a relay fails, many events
    /// arrive together, and the processor is needed for video.
    fn notify_soon(&self) {
        let wait = (self.last_notified.get() + NOTIFY_INTERVAL).since(clock::now());
        if wait.is_zero() {
            return self.notify();
        }
        self.pending_notification.borrow_mut().get_or_insert_with(|| {
            let this = self.this.clone();
            Timeout::new(wait.as_millis() as u32, move || {
                if let Some(engine) = this.upgrade() {
                    engine.notify();
                }
            })
        });
    }

    /// Listens to the life cycle of the page.
    fn listen(&self) {
        let Some(window) = web_sys::window() else {
            return;
        };
        let on = |target: &web_sys::EventTarget, kind: &'static str, handle: fn(&Self)| {
            let this = self.this.clone();
            let listener = EventListener::new(target, kind, move |_| {
                if let Some(engine) = this.upgrade() {
                    handle(&engine);
                }
            });
            self.listeners.borrow_mut().push(listener);
        };
        on(&window, "pagehide", Self::pause);
        // The timers of a hidden page or a sleeping machine are late.
        on(&window, "online", |engine| engine.push(Event::Input(Input::Tick)));
        if let Some(document) = window.document() {
            on(&document, "visibilitychange", Self::report_visibility);
        }
        let restored = EventListener::new(&window, "pageshow", reload_if_restored);
        self.listeners.borrow_mut().push(restored);
        self.report_visibility();
    }

    /// `pagehide`: no asynchronous work runs after this; the back/forward cache may restore the
    /// page. While this blocks, the browser's own threads still forward video, so children move
    /// to another parent without a gap.
    fn pause(&self) {
        self.push(Event::Publish(None));
        self.run_command(Command::Pause);
        let hold = self.state.try_borrow_mut().map(|mut state| state.take_hold());
        let until = clock::now() + hold.unwrap_or_default();
        while clock::now() < until {}
    }

    fn report_visibility(&self) {
        let document = web_sys::window().and_then(|window| window.document());
        let hidden = document.is_some_and(|document| document.hidden());
        self.push(Event::Input(Input::Hidden(hidden)));
    }
}

/// The back/forward cache restored a page that had left its room: start over.
fn reload_if_restored(event: &web_sys::Event) {
    let persisted =
        event.dyn_ref::<PageTransitionEvent>().is_some_and(PageTransitionEvent::persisted);
    if let Some(window) = web_sys::window().filter(|_| persisted) {
        // Fails only for a sandboxed frame.
        let _ = window.location().reload();
    }
}

fn push(engine: &Weak<Engine>, event: Event) {
    if let Some(engine) = engine.upgrade() {
        engine.push(event);
    }
}
