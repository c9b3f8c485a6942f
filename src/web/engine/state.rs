//! What the loop mutates: the node and the browser objects that it asked for.

use core::time::Duration;
use std::rc::Weak;

use gloo_timers::callback::Timeout;
use gloo_timers::future::TimeoutFuture;
use indexmap::IndexMap;
use live_core::id::{LinkId, PeerId};
use live_core::node::{
    Command, GatheringCommand, Input, LinkAction, LinkEvent, MediaRole, Node, Output, SocketAction,
    SocketEvent, Source,
};
use live_core::quality::Quality;
use live_core::view::{GatheringKind, Tracks};
use web_sys::RtcPeerConnection;

use super::source::LocalSource;
use super::{Engine, Event, Speakers, push};
use crate::call::{self, CallAction, Calls};
use crate::capture::Capture;
use crate::connection::link::Link;
use crate::media::{Error, Player, Routes, TrackPair};
use crate::platform::random::BrowserRng;
use crate::platform::task::Task;
use crate::platform::{clock, js};
use crate::signalling::Server;
use crate::signalling::socket::Socket;
use crate::whip::publish::{self, Publication, Target};

/// How often it is sampled who speaks.
const SAMPLE_MILLIS: u32 = 200;

pub(super) struct State {
    engine: Weak<Engine>,
    pub(super) node: Node<BrowserRng>,
    server: Server,
    socket: Option<Socket>,
    socket_generation: u32,
    links: IndexMap<LinkId, Link>,
    routes: Routes,
    pub(super) player: Player,
    pub(super) source: LocalSource,
    quality: Quality,
    /// Whether the audio of links is used.
    sound: bool,
    /// How long `pagehide` blocks.
    hold: Duration,
    publication: Option<Result<Publication, Error>>,
    pub(super) calls: Calls,
    /// Samples who speaks, while this peer is in a gathering.
    sampler: Option<Task>,
    timer: Option<Timeout>,
    changes: Changes,
}

/// What the pages have to be notified of.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) view: bool,
    pub(super) stream: bool,
    /// The user of this page waits for it.
    pub(super) urgent: bool,
}

impl State {
    pub(super) fn new(engine: Weak<Engine>, node: Node<BrowserRng>, server: Server) -> Self {
        Self {
            engine,
            node,
            server,
            socket: None,
            socket_generation: 0,
            links: IndexMap::new(),
            routes: Routes::default(),
            player: Player::new(),
            source: LocalSource::default(),
            quality: Quality::BEST,
            sound: false,
            hold: Duration::ZERO,
            publication: None,
            calls: Calls::default(),
            sampler: None,
            timer: None,
            changes: Changes { view: true, stream: false, urgent: true },
        }
    }

    /// Applies one event and feeds the node; [`drain`](Self::drain) follows.
    pub(super) fn handle(&mut self, event: Event) {
        self.changes.urgent |= !event.is_remote();
        let input = match event {
            Event::Input(input) => input,
            Event::Socket(generation, event) => {
                // Late events of a socket that was replaced.
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
                    // The page asks for the members' media when the view has changed.
                    self.changes.view |= self.links.get(&id).is_some_and(Link::is_call);
                }
                Input::Link(id, event)
            }
            Event::Source(capture) => self.set_source(capture),
            Event::SourceEnded(generation) if generation == self.source.generation() => {
                self.source_ended()
            }
            Event::SourceEnded(_) => return,
            Event::Publish(target) => return self.publish(target),
            Event::PublicationChanged => {
                self.changes.view = true;
                return;
            }
            Event::Call(kind, action) => match self.call(kind, action) {
                Some(command) => Input::Command(Command::Gathering(kind, command)),
                None => return,
            },
            Event::CallDeviceEnded(kind) => match self.call_device_ended(kind) {
                Some(command) => Input::Command(Command::Gathering(kind, command)),
                None => return,
            },
        };
        self.node.handle(clock::now(), input);
    }

    /// Performs everything that the node asked for.
    pub(super) fn drain(&mut self) {
        while let Some(output) = self.node.poll() {
            match output {
                Output::Socket(action) => self.perform_socket(action),
                Output::Link(id, action) => self.perform_link(id, action),
                Output::Show(source) => self.show(source),
                Output::Sound(sound) => self.set_sound(sound),
                Output::Hold(time) => self.hold = time,
                Output::Encode(quality) => self.encode(quality),
                Output::GatheringMuted(kind, muted) => {
                    self.calls.get_mut(kind).silence(muted);
                    self.reroute(Source::Gathering(kind));
                }
                Output::Changed => self.changes.view = true,
            }
        }
    }

    /// Sets the one timer to the node's next deadline.
    pub(super) fn set_timer(&mut self) {
        self.timer = self.node.deadline().map(|(at, reason)| {
            let wait = at.since(clock::now()).as_millis();
            tracing::trace!("waiting {wait} ms for {reason:?}");
            let engine = self.engine.clone();
            // Browsers keep the delay in 32 bits and treat larger ones as zero.
            let wait = u32::try_from(wait).unwrap_or(u32::MAX).clamp(1, 1 << 30);
            Timeout::new(wait, move || push(&engine, Event::Input(Input::Tick)))
        });
    }

    pub(super) fn take_changes(&mut self) -> Changes {
        core::mem::take(&mut self.changes)
    }

    pub(super) fn take_hold(&mut self) -> Duration {
        core::mem::take(&mut self.hold)
    }

    pub(super) fn publication_state(&self) -> Option<publish::State> {
        Some(match self.publication.as_ref()? {
            Ok(publication) => publication.state(),
            Err(error) => publish::State::Failed(error.clone()),
        })
    }

    pub(super) fn connections(&self) -> Vec<(RtcPeerConnection, bool)> {
        let shown = self.player.source();
        let connection = |(id, link): (&LinkId, &Link)| {
            (link.connection().clone(), shown == Some(Source::Link(*id)))
        };
        self.links.iter().filter(|(_, link)| !link.is_call()).map(connection).collect()
    }

    /// Whether this peer takes part in a gathering.
    pub(super) fn is_in_call(&self) -> bool {
        let view = self.node.view();
        GatheringKind::ALL.into_iter().any(|kind| call::is_in(call::gathering(view, kind)))
    }

    /// Lets the calls follow the view.
    pub(super) fn follow_calls(&mut self) {
        for kind in GatheringKind::ALL {
            let (node, links) = (&self.node, &self.links);
            let view = node.view();
            let link_of = |peer: &PeerId| {
                let id = node.gathering_link(kind, peer)?;
                Some((id, links.get(&id)?))
            };
            let gathering = call::gathering(view, kind);
            let quality = call::quality(gathering.members.len());
            // Not only the links over which members show themselves: what goes to an original page
            // goes over another one.
            for link in self.routes.sinks(Source::Gathering(kind)) {
                if let Some(link) = links.get(&link) {
                    link.encode(quality);
                }
            }
            if self.calls.get_mut(kind).follow(gathering, view.id.as_ref(), link_of) {
                self.reroute(Source::Gathering(kind));
            }
        }
        if !self.is_in_call() {
            self.sampler = None;
        } else if self.sampler.is_none() {
            let engine = self.engine.clone();
            self.sampler = Some(Task::spawn(async move {
                loop {
                    TimeoutFuture::new(SAMPLE_MILLIS).await;
                    let Some(engine) = engine.upgrade() else { return };
                    engine.sample_speakers();
                }
            }));
        }
    }

    pub(super) fn sample_speakers(&mut self) -> Speakers {
        let Some(own) = self.node.view().id.clone() else {
            return Speakers::new();
        };
        let mut speakers = Speakers::new();
        for kind in GatheringKind::ALL {
            let links = &self.links;
            let speaking = self.calls.get_mut(kind).sample(clock::now(), &own, |id| links.get(&id));
            speakers.extend(speaking.into_iter().map(|peer| (kind, peer)));
        }
        speakers
    }

    /// Does what the page wants in a gathering. Returns what the node has to know of it.
    fn call(&mut self, kind: GatheringKind, action: CallAction) -> Option<GatheringCommand> {
        let joins = matches!(action, CallAction::Join(_));
        let engine = self.engine.clone();
        let on_end = move || push(&engine, Event::CallDeviceEnded(kind));
        let before = self.calls.get(kind).presence();
        self.calls.get_mut(kind).apply(action, on_end);
        if joins {
            self.changes.view = true;
            return Some(GatheringCommand::Join(self.calls.get(kind).presence()));
        }
        self.call_changed(kind, before)
    }

    fn call_device_ended(&mut self, kind: GatheringKind) -> Option<GatheringCommand> {
        let before = self.calls.get(kind).presence();
        self.calls.get_mut(kind).refresh();
        self.call_changed(kind, before)
    }

    fn call_changed(&mut self, kind: GatheringKind, before: Tracks) -> Option<GatheringCommand> {
        self.reroute(Source::Gathering(kind));
        self.changes.view = true;
        let tracks = self.calls.get(kind).presence();
        let is_in = call::is_in(call::gathering(self.node.view(), kind));
        (is_in && tracks != before).then_some(GatheringCommand::Show(tracks))
    }

    fn perform_socket(&mut self, action: SocketAction) {
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
                    // The address is malformed, or the Content-Security-Policy forbids it.
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

    fn perform_link(&mut self, id: LinkId, action: LinkAction) {
        match action {
            LinkAction::Open { channel, media } => {
                let engine = self.engine.clone();
                let emit = move |event| push(&engine, Event::Link(id, event));
                let servers = &self.server.ice_servers;
                let quality = match media {
                    MediaRole::Call(kind) => {
                        call::quality(call::gathering(self.node.view(), kind).members.len())
                    }
                    _ => self.quality,
                };
                match Link::open(servers, channel.as_ref(), media, quality, emit) {
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
                if let Some(link) = self.links.shift_remove(&id) {
                    // A member may go on without a call, or with another one.
                    self.changes.view |= link.is_call();
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
        for link in self.links.values().filter(|link| !link.is_call()) {
            link.encode(quality);
        }
        self.feed_publication();
    }

    fn show(&mut self, source: Option<Source>) {
        let tracks = self.tracks(source);
        self.changes.stream |= self.player.show(source, &tracks);
    }

    /// The tracks of `source` have changed: applies them to every sink.
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
            Some(Source::Local) => self.source.tracks().clone(),
            Some(Source::Gathering(kind)) => self.calls.get(kind).outgoing(),
            Some(Source::Link(id)) => {
                // What comes in a call is for its tile alone.
                let link = self.links.get(&id).filter(|link| !link.is_call());
                let mut tracks = link.map(Link::remote_tracks).unwrap_or_default();
                tracks.audio = tracks.audio.filter(|_| self.sound);
                tracks
            }
        }
    }

    fn set_source(&mut self, capture: Option<Capture>) -> Input {
        let new = LocalSource::new(capture, &self.source, &self.engine);
        // Dropped only after the new tracks have replaced its own, so that the player never has
        // none.
        let _previous = core::mem::replace(&mut self.source, new);
        self.source_changed()
    }

    /// The user pressed the browser's own "stop sharing", or a device was unplugged.
    fn source_ended(&mut self) -> Input {
        self.source.refresh();
        if self.source.tracks().is_empty() {
            return self.set_source(None);
        }
        self.source_changed()
    }

    fn source_changed(&mut self) -> Input {
        self.reroute(Source::Local);
        self.feed_publication();
        self.changes.view = true;
        let tracks = self.source.tracks().presence();
        let on_air = self.source.capture().is_some().then_some(tracks);
        Input::Command(Command::OnAir(on_air))
    }

    fn publish(&mut self, target: Option<Target>) {
        // Ended before the next one starts: servers accept one publication per stream.
        self.publication = None;
        self.publication = target.map(|target| {
            let engine = self.engine.clone();
            let on_change = move || push(&engine, Event::PublicationChanged);
            Publication::start(&target, self.source.tracks(), self.quality, on_change)
        });
        self.changes.view = true;
    }

    fn feed_publication(&self) {
        if let Some(Ok(publication)) = &self.publication {
            publication.feed(self.source.tracks(), self.quality);
        }
    }
}
