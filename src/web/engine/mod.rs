//! The queue and the loop: events in, the node's wishes out.

use core::time::Duration;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use live_core::id::LinkId;
use live_core::node::{
    Command, Input, LinkAction, LinkEvent, Node, Output, SocketAction, SocketEvent, Source,
};
use live_core::quality::Quality;
use live_core::small::Map;
use live_core::time::Time;
use live_core::view::View;
use wasm_bindgen::JsCast;
use web_sys::{MediaStream, MediaStreamTrack, PageTransitionEvent, RtcPeerConnection};

use crate::capture::{Capture, Error};
use crate::connection::link::Link;
use crate::driver::SourceInfo;
use crate::media;
use crate::media::{Player, Routes, TrackPair};
use crate::platform::random::BrowserRng;
use crate::platform::subscribers::Subscribers;
use crate::platform::{clock, js};
use crate::signalling::Server;
use crate::signalling::socket::Socket;
use crate::whip::publish::{self, Outlet, Start};

/// How often the pages are told of what others do, at the most.
const PACE: Duration = Duration::from_millis(100);

/// What waits in the queue.
pub(crate) enum Event {
    /// For the node as it is.
    Input(Input),
    /// From the socket of that generation.
    Socket(u32, SocketEvent),
    Link(LinkId, LinkEvent),
    /// The page has chosen another source.
    Source(Option<Capture>),
    /// A track of the source of that generation has ended by itself.
    SourceEnded(u32),
    /// The page wants the stream on a stream server, or not any more.
    Publish(Option<Start>),
    /// The publication stands otherwise.
    Published,
}

impl Event {
    /// Whether it comes from elsewhere, not from somebody at this page.
    fn is_from_outside(&self) -> bool {
        let own = matches!(self, Self::Input(Input::Command(_)));
        matches!(self, Self::Input(_) | Self::Socket(..) | Self::Link(..)) && !own
    }
}

/// Owns the node and every browser object that it asked for.
pub(crate) struct Engine {
    this: Weak<Engine>,
    queue: RefCell<VecDeque<Event>>,
    /// Whether the loop is going to run.
    scheduled: Cell<bool>,
    state: RefCell<State>,
    /// What the pages read; replaced, never changed, so a page may hold it as long as it likes.
    view: RefCell<Rc<View>>,
    pub(crate) changes: Subscribers<()>,
    pub(crate) streams: Subscribers<Option<MediaStream>>,
    /// When the pages were told of changes last, and the timer for those that wait.
    told: Cell<Time>,
    news: RefCell<Option<Timeout>>,
    listeners: RefCell<Vec<EventListener>>,
}

struct State {
    engine: Weak<Engine>,
    node: Node<BrowserRng>,
    server: Server,
    socket: Option<Socket>,
    socket_generation: u32,
    links: Map<LinkId, Link>,
    routes: Routes,
    player: Player,
    local: Local,
    quality: Quality,
    /// Whether what comes over links has sound.
    sound: bool,
    /// How long a page that goes stays.
    hold: Duration,
    publication: Option<Result<Box<dyn Outlet>, Error>>,
    timer: Option<Timeout>,
    changed: bool,
    /// Somebody at this page waits for what has changed.
    prompt: bool,
    stream_changed: bool,
}

/// The page's own source.
#[derive(Default)]
struct Local {
    capture: Option<Capture>,
    tracks: TrackPair,
    generation: u32,
    _listeners: Vec<EventListener>,
}

impl Engine {
    pub(crate) fn start(node: Node<BrowserRng>, server: Server) -> Rc<Self> {
        let engine = Rc::new_cyclic(|this: &Weak<Self>| Self {
            this: this.clone(),
            queue: RefCell::default(),
            scheduled: Cell::new(false),
            state: RefCell::new(State {
                engine: this.clone(),
                node,
                server,
                socket: None,
                socket_generation: 0,
                links: Map::new(),
                routes: Routes::default(),
                player: Player::new(),
                local: Local::default(),
                quality: Quality::BEST,
                sound: false,
                hold: Duration::ZERO,
                publication: None,
                timer: None,
                changed: true,
                prompt: true,
                stream_changed: false,
            }),
            view: RefCell::default(),
            changes: Subscribers::new(),
            streams: Subscribers::new(),
            told: Cell::new(Time::from_millis(0)),
            news: RefCell::default(),
            listeners: RefCell::default(),
        });
        engine.listen();
        engine.pump();
        engine
    }

    /// Queues an event; the loop runs with the next microtask.
    pub(crate) fn push(&self, event: Event) {
        self.queue.borrow_mut().push_back(event);
        if self.scheduled.replace(true) {
            return;
        }
        let this = self.this.clone();
        wasm_bindgen_futures::spawn_local(async move {
            if let Some(engine) = this.upgrade() {
                engine.pump();
            }
        });
    }

    /// Leaves for good, before it returns.
    pub(crate) fn leave(&self) {
        self.push(Event::Publish(None));
        self.now(Command::Leave);
    }

    /// The page goes: there is no later, but perhaps a coming back. While this waits, the
    /// browser's own threads still pass pictures on, so that children move without a gap.
    fn pause(&self) {
        self.push(Event::Publish(None));
        self.now(Command::Pause);
        let hold = self.state.try_borrow_mut().map(|mut state| core::mem::take(&mut state.hold));
        let until = clock::now() + hold.unwrap_or_default();
        while clock::now() < until {}
    }

    /// Runs the loop at once.
    fn now(&self, command: Command) {
        self.push(Event::Input(Input::Command(command)));
        self.pump();
    }

    pub(crate) fn view(&self) -> Rc<View> {
        self.view.borrow().clone()
    }

    pub(crate) fn stream(&self) -> Option<MediaStream> {
        self.state.try_borrow().ok()?.player.stream()
    }

    pub(crate) fn source(&self) -> Option<SourceInfo> {
        let state = self.state.try_borrow().ok()?;
        let capture = state.local.capture.as_ref()?;
        Some(SourceInfo {
            kind: capture.kind(),
            label: capture.label().to_owned(),
            sounds: capture.sounds(),
        })
    }

    /// How the publication stands, if there is one.
    pub(crate) fn publication(&self) -> Option<publish::State> {
        let state = self.state.try_borrow().ok()?;
        Some(match state.publication.as_ref()? {
            Ok(publication) => publication.state(),
            Err(error) => publish::State::Failed(error.clone()),
        })
    }

    /// The connections that carry media, and whether the player shows what arrives there.
    pub(crate) fn connections(&self) -> Vec<(RtcPeerConnection, bool)> {
        let Ok(state) = self.state.try_borrow() else {
            return Vec::new();
        };
        let shown = state.player.source();
        state
            .links
            .iter()
            .map(|(id, link)| {
                let shown = shown == Some(Source::Link(*id));
                (link.connection().clone(), shown)
            })
            .collect()
    }

    /// The loop: feeds the node everything that waits, drained after each.
    fn pump(&self) {
        let (changed, prompt, stream) = {
            // Busy means that this is called from inside the loop, which will get there.
            let Ok(mut state) = self.state.try_borrow_mut() else {
                return;
            };
            self.scheduled.set(false);
            state.drain();
            while let Some(event) = self.next() {
                state.take(event);
                state.drain();
            }
            state.arm();
            let changed = core::mem::take(&mut state.changed);
            if changed {
                *self.view.borrow_mut() = Rc::new(state.node.view().clone());
            }
            let stream = core::mem::take(&mut state.stream_changed).then(|| state.player.stream());
            (changed, core::mem::take(&mut state.prompt), stream)
        };
        if let Some(stream) = stream {
            self.streams.notify(&stream);
        }
        if changed && prompt {
            self.tell();
        } else if changed {
            self.tell_soon();
        }
    }

    /// Tells the pages that the view has changed.
    fn tell(&self) {
        self.told.set(clock::now());
        *self.news.borrow_mut() = None;
        self.changes.notify(&());
    }

    /// Tells them at once unless they have just been told: when much happens at a time, as when a
    /// relay goes, the processor is needed for pictures.
    fn tell_soon(&self) {
        let wait = (self.told.get() + PACE).since(clock::now());
        if wait.is_zero() {
            return self.tell();
        }
        self.news.borrow_mut().get_or_insert_with(|| {
            let this = self.this.clone();
            Timeout::new(wait.as_millis() as u32, move || {
                if let Some(engine) = this.upgrade() {
                    engine.tell();
                }
            })
        });
    }

    fn next(&self) -> Option<Event> {
        self.queue.borrow_mut().pop_front()
    }

    /// What the page as a whole goes through.
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
        let restored = EventListener::new(&window, "pageshow", |event| {
            // The back-forward cache brings back a page that has left its room: start over.
            let persisted =
                event.dyn_ref::<PageTransitionEvent>().is_some_and(PageTransitionEvent::persisted);
            if let Some(window) = web_sys::window().filter(|_| persisted) {
                let _ = window.location().reload();
            }
        });
        self.listeners.borrow_mut().push(restored);
        // Timers of hidden pages are late and those of sleeping machines stand still.
        on(&window, "online", |engine| engine.push(Event::Input(Input::Tick)));
        if let Some(document) = window.document() {
            on(&document, "visibilitychange", Self::look);
        }
        self.look();
    }

    fn look(&self) {
        let document = web_sys::window().and_then(|window| window.document());
        let hidden = document.is_some_and(|document| document.hidden());
        self.push(Event::Input(Input::Hidden(hidden)));
    }
}

impl State {
    fn take(&mut self, event: Event) {
        self.prompt |= !event.is_from_outside();
        let input = match event {
            Event::Input(input) => input,
            Event::Socket(generation, event) => {
                // What a socket said before it was replaced is not about the new one.
                if generation != self.socket_generation || self.socket.is_none() {
                    return;
                }
                if matches!(event, SocketEvent::Closed) {
                    self.socket = None;
                }
                Input::Socket(event)
            }
            Event::Link(id, event) => {
                if !self.links.contains_key(&id) {
                    return;
                }
                if matches!(event, LinkEvent::Tracks(_)) {
                    self.reroute(Source::Link(id));
                }
                Input::Link(id, event)
            }
            Event::Source(capture) => self.set_source(capture),
            Event::Publish(start) => return self.publish(start),
            Event::Published => {
                self.changed = true;
                return;
            }
            Event::SourceEnded(generation) => {
                if generation != self.local.generation {
                    return;
                }
                self.source_ended()
            }
        };
        self.node.handle(clock::now(), input);
    }

    fn drain(&mut self) {
        while let Some(output) = self.node.poll() {
            match output {
                Output::Socket(action) => self.socket(action),
                Output::Link(id, action) => self.link(id, action),
                Output::Show(source) => self.show(source),
                Output::Sound(sound) => self.set_sound(sound),
                Output::Hold(time) => self.hold = time,
                Output::Encode(quality) => self.encode(quality),
                Output::Changed => self.changed = true,
            }
        }
    }

    fn socket(&mut self, action: SocketAction) {
        match action {
            SocketAction::Open { id, token } => {
                self.socket_generation += 1;
                let generation = self.socket_generation;
                let engine = self.engine.clone();
                let emit = move |event| push(&engine, Event::Socket(generation, event));
                let url = self.server.socket_url(id.as_str(), &token);
                self.socket = None;
                match Socket::open(&url, emit) {
                    Ok(socket) => self.socket = Some(socket),
                    // The address is malformed, or the page's policy forbids it.
                    Err(error) => {
                        tracing::warn!("no signalling socket: {}", js::message(&error));
                        let closed = Input::Socket(SocketEvent::Closed);
                        push(&self.engine, Event::Input(closed));
                    }
                }
            }
            SocketAction::Send(text) => {
                if let Some(socket) = &self.socket {
                    socket.send(&text);
                }
            }
            SocketAction::Close => self.socket = None,
        }
    }

    fn link(&mut self, id: LinkId, action: LinkAction) {
        match action {
            LinkAction::Open { channel, media } => {
                let engine = self.engine.clone();
                let emit = move |event| push(&engine, Event::Link(id, event));
                let servers = &self.server.ice_servers;
                match Link::open(servers, channel.as_ref(), media, self.quality, emit) {
                    Ok(link) => {
                        self.links.insert(id, link);
                    }
                    Err(error) => {
                        let failed = LinkEvent::Failed(js::message(&error));
                        push(&self.engine, Event::Input(Input::Link(id, failed)));
                    }
                }
            }
            LinkAction::Feed(source) => {
                self.routes.set(id, source);
                let tracks = self.tracks(source);
                if let Some(link) = self.links.get(&id) {
                    link.feed(tracks);
                }
            }
            LinkAction::Close => {
                self.routes.set(id, None);
                if let Some(link) = self.links.remove(&id) {
                    link.close();
                }
                self.reroute(Source::Link(id));
            }
            action => {
                if let Some(link) = self.links.get(&id) {
                    link.perform(action);
                }
            }
        }
    }

    fn set_sound(&mut self, sound: bool) {
        self.sound = sound;
        let links: Vec<_> = self.links.keys().copied().collect();
        for link in links {
            self.reroute(Source::Link(link));
        }
    }

    fn encode(&mut self, quality: Quality) {
        self.quality = quality;
        for link in self.links.values() {
            link.encode(quality);
        }
        self.feed_publication();
    }

    fn publish(&mut self, start: Option<Start>) {
        // The one before ends before the next one begins: servers take one of a stream.
        self.publication = None;
        self.publication = start.map(|start| {
            let engine = self.engine.clone();
            let changed = move || push(&engine, Event::Published);
            start(&self.local.tracks, self.quality, Box::new(changed))
        });
        self.changed = true;
    }

    fn feed_publication(&self) {
        if let Some(Ok(publication)) = &self.publication {
            publication.feed(&self.local.tracks, self.quality);
        }
    }

    fn show(&mut self, source: Option<Source>) {
        let tracks = self.tracks(source);
        self.stream_changed |= self.player.show(source, &tracks);
    }

    /// The tracks of `source` have changed: applies them wherever it goes.
    fn reroute(&mut self, source: Source) {
        let tracks = self.tracks(Some(source));
        for link in self.routes.sinks(source) {
            if let Some(link) = self.links.get(&link) {
                link.feed(tracks.clone());
            }
        }
        if self.player.source() == Some(source) {
            self.show(Some(source));
        }
    }

    fn tracks(&self, source: Option<Source>) -> TrackPair {
        match source {
            None => TrackPair::default(),
            Some(Source::Local) => self.local.tracks.clone(),
            Some(Source::Link(id)) => {
                let mut tracks = self.links.get(&id).map(Link::remote_tracks).unwrap_or_default();
                tracks.audio = tracks.audio.filter(|_| self.sound);
                tracks
            }
        }
    }

    fn set_source(&mut self, capture: Option<Capture>) -> Input {
        let generation = self.local.generation + 1;
        let mut listeners = Vec::new();
        let streams = capture.iter().map(Capture::stream);
        for track in streams.flat_map(media::tracks) {
            listeners.push(ended(&track, self.engine.clone(), generation));
        }
        // Kept until the new tracks have taken over, so that the player never stands without.
        let _old = core::mem::replace(
            &mut self.local,
            Local {
                tracks: capture
                    .as_ref()
                    .map(|capture| TrackPair::of(capture.stream()))
                    .unwrap_or_default(),
                capture,
                generation,
                _listeners: listeners,
            },
        );
        self.source_changed()
    }

    /// The user pressed the browser's own "stop sharing", or a device was unplugged.
    fn source_ended(&mut self) -> Input {
        if let Some(capture) = &self.local.capture {
            self.local.tracks = TrackPair::of(capture.stream());
        }
        if self.local.tracks.is_empty() {
            return self.set_source(None);
        }
        self.source_changed()
    }

    fn source_changed(&mut self) -> Input {
        self.reroute(Source::Local);
        self.feed_publication();
        self.changed = true;
        let tracks = self.local.tracks.presence();
        let on_air = self.local.capture.is_some().then_some(tracks);
        Input::Command(Command::OnAir(on_air))
    }

    /// One timer, for the node's next deadline.
    fn arm(&mut self) {
        self.timer = self.node.deadline().map(|(at, reason)| {
            let wait = at.since(clock::now()).as_millis();
            tracing::trace!("waiting {wait} ms for {reason:?}");
            let engine = self.engine.clone();
            // Browsers count the delay in 32 bits and take a larger one for zero.
            let wait = u32::try_from(wait).unwrap_or(u32::MAX).clamp(1, 1 << 30);
            Timeout::new(wait, move || push(&engine, Event::Input(Input::Tick)))
        });
    }
}

fn push(engine: &Weak<Engine>, event: Event) {
    if let Some(engine) = engine.upgrade() {
        engine.push(event);
    }
}

fn ended(track: &MediaStreamTrack, engine: Weak<Engine>, generation: u32) -> EventListener {
    EventListener::once(track, "ended", move |_| {
        push(&engine, Event::SourceEnded(generation));
    })
}
