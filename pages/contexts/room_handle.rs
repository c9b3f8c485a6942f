//! One node of the driver as signals: pages read parts of its view and send commands.

use core::mem::{replace, take};

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::identity::Identity;
use live_core::node::{Command, Config};
use live_core::view::{GatheringKind, View};
use live_web::call::{CallAction, OwnCall};
use live_web::capture::Capture;
use live_web::publish::{self, Target};
use live_web::signalling::Server;
use live_web::{LinkStats, Pending, SourceInfo};
use web_sys::MediaStream;

/// A handle to a node. The node starts once the signalling server is known, and leaves when the
/// handle's reactive owner (a page, or the app) is disposed of. Cheap to copy.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RoomHandle {
    view: RwSignal<View>,
    stream: RwSignal<Option<MediaStream>, LocalStorage>,
    source: RwSignal<Option<SourceInfo>, LocalStorage>,
    source_stream: RwSignal<Option<MediaStream>, LocalStorage>,
    publication: RwSignal<Option<publish::State>>,
    calls: RwSignal<Calls, LocalStorage>,
    speakers: RwSignal<Vec<(GatheringKind, PeerId)>>,
    stage: StoredValue<Stage, LocalStorage>,
    /// How many parts of the page show the whole tree.
    maps: StoredValue<u32>,
}

/// Who a page is, with the token of its id.
pub(crate) type Credentials = (Identity, String);

/// The media of conference and voice.
#[derive(Clone, Default, PartialEq)]
struct Calls {
    conference: Call,
    voice: Call,
}

#[derive(Clone, Default, PartialEq)]
struct Call {
    own: OwnCall,
    members: Vec<(PeerId, MediaStream)>,
}

impl Calls {
    fn of(node: &live_web::Driver) -> Self {
        let call = |kind| Call { own: node.own_call(kind), members: node.members(kind) };
        Self { conference: call(GatheringKind::Conference), voice: call(GatheringKind::Voice) }
    }

    fn get(&self, kind: GatheringKind) -> &Call {
        match kind {
            GatheringKind::Conference => &self.conference,
            GatheringKind::Voice => &self.voice,
        }
    }
}

enum Stage {
    Waiting(Pending),
    Running { node: live_web::Driver, _subscriptions: [live_web::Subscription; 3] },
    Left,
}

impl RoomHandle {
    /// A handle whose node is not [started](Self::start) yet; commands wait for it.
    pub(crate) fn waiting() -> Self {
        let room = Self {
            view: RwSignal::default(),
            stream: RwSignal::new_local(None),
            source: RwSignal::new_local(None),
            source_stream: RwSignal::new_local(None),
            publication: RwSignal::new(None),
            calls: RwSignal::new_local(Calls::default()),
            speakers: RwSignal::new(Vec::new()),
            stage: StoredValue::new_local(Stage::Waiting(Pending::default())),
            maps: StoredValue::new(0),
        };
        on_cleanup(move || room.leave());
        room
    }

    /// A memo of a part of the view. For shared parts (`Arc`) the comparison is one of pointers.
    pub fn select<T>(self, pick: fn(&View) -> T) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        Memo::new(move |_| self.view.with(pick))
    }

    /// The whole view.
    pub fn view(self) -> Signal<View> {
        self.view.into()
    }

    /// The stream for the player.
    pub fn stream(self) -> ReadSignal<Option<MediaStream>, LocalStorage> {
        self.stream.read_only()
    }

    /// Sends a command, now or as soon as the node runs.
    pub fn send(self, command: Command) {
        if let Some(node) = self.node() {
            node.send(command);
            return;
        }
        self.stage.try_update_value(|stage| {
            if let Stage::Waiting(pending) = stage {
                pending.send(command);
            }
        });
    }

    /// Counts the parts of the page that show the whole tree; the node follows it while any does.
    pub(crate) fn show_map(self, shown: bool) {
        let before = self.maps.get_value();
        let now = if shown { before + 1 } else { before.saturating_sub(1) };
        self.maps.set_value(now);
        if (before == 0) != (now == 0) {
            self.send(Command::Map(shown));
        }
    }

    /// The page's own source.
    pub fn source(self) -> ReadSignal<Option<SourceInfo>, LocalStorage> {
        self.source.read_only()
    }

    /// The stream of the page's own source, for a preview.
    pub(crate) fn source_stream(self) -> ReadSignal<Option<MediaStream>, LocalStorage> {
        self.source_stream.read_only()
    }

    /// Streams `capture` from now on, or as soon as the node runs; `None` stops.
    pub fn stream_from(self, capture: Option<Capture>) {
        if let Some(node) = self.node() {
            node.set_source(capture);
            return;
        }
        self.stage.try_update_value(|stage| {
            if let Stage::Waiting(pending) = stage {
                pending.set_source(capture);
            }
        });
    }

    /// The state of the publication on a stream server, if there is one.
    pub(crate) fn publication(self) -> Signal<Option<publish::State>> {
        self.publication.into()
    }

    /// Starts publishing the own stream on a stream server, or stops it (`None`); now or as soon as
    /// the node runs.
    pub(crate) fn publish(self, target: Option<Target>) {
        if let Some(node) = self.node() {
            node.publish(target);
            return;
        }
        self.stage.try_update_value(|stage| {
            if let Stage::Waiting(pending) = stage {
                self.publication.set(target.as_ref().map(|_| publish::State::Connecting));
                pending.publish(target);
            }
        });
    }

    /// Does something in a gathering, once the node runs.
    pub(crate) fn call(self, kind: GatheringKind, action: CallAction) {
        if let Some(node) = self.node() {
            node.call(kind, action);
        }
    }

    /// What this page sends to a gathering; tracks it.
    pub(crate) fn own_call(self, kind: GatheringKind) -> OwnCall {
        self.calls.with(|calls| calls.get(kind).own.clone())
    }

    /// What arrives from a member of a gathering; tracks it.
    pub(crate) fn member_stream(self, kind: GatheringKind, peer: &PeerId) -> Option<MediaStream> {
        self.calls.with(|calls| {
            let found = calls.get(kind).members.iter().find(|(member, _)| member == peer);
            found.map(|(_, stream)| Clone::clone(stream))
        })
    }

    /// Whether a person speaks in a gathering that this page is in.
    pub(crate) fn is_speaking(self, peer: PeerId, kind: Option<GatheringKind>) -> Memo<bool> {
        Memo::new(move |_| {
            let is_it = |(spoken, speaker): &(GatheringKind, PeerId)| {
                *speaker == peer && kind.is_none_or(|kind| kind == *spoken)
            };
            self.speakers.with(|speakers| speakers.iter().any(is_it))
        })
    }

    /// Whether anybody but this page's person speaks in a gathering that it is in.
    pub(crate) fn hears_speech(self) -> Memo<bool> {
        Memo::new(move |_| {
            let own = self.view.with(|view| view.id.clone());
            self.speakers.with(|all| all.iter().any(|(_, peer)| Some(peer) != own.as_ref()))
        })
    }

    /// The current media statistics of each link.
    pub(crate) async fn media_stats(self) -> Vec<LinkStats> {
        match self.node() {
            Some(node) => node.media_stats().await,
            None => Vec::new(),
        }
    }

    // Cloned: the node may call back, so no borrow may be held.
    fn node(self) -> Option<live_web::Driver> {
        self.stage.try_with_value(|stage| match stage {
            Stage::Running { node, .. } => Some(node.clone()),
            Stage::Waiting(_) | Stage::Left => None,
        })?
    }

    /// Starts the node of a room; does nothing a second time.
    pub(crate) fn start(self, config: Config, server: &Server) {
        self.begin(|| live_web::Driver::start(config, server));
    }

    /// Starts the node of a lobby; does nothing a second time.
    pub(crate) fn look(self, network: PeerId, server: &Server) {
        self.begin(|| live_web::Driver::lobby(network, server));
    }

    /// Starts the node of an exchange; does nothing a second time.
    pub(crate) fn exchange(self, (identity, token): Credentials, name: String, server: &Server) {
        self.begin(|| live_web::Driver::exchange(identity, token, name, server));
    }

    fn begin(self, start: impl FnOnce() -> live_web::Driver) {
        let waiting = self.stage.try_update_value(|stage| match stage {
            Stage::Waiting(pending) => Some(take(pending)),
            Stage::Running { .. } | Stage::Left => None,
        });
        if let Some(pending) = waiting.flatten() {
            self.run(start(), pending);
        }
    }

    fn run(self, node: live_web::Driver, pending: Pending) {
        let read = node.clone();
        let changed = node.on_change(move || {
            self.view.try_set(read.view());
            self.source.try_set(read.source());
            self.source_stream.try_set(read.source_stream());
            self.publication.try_set(read.publication());
            let calls = Calls::of(&read);
            if self.calls.try_with_untracked(|before| *before != calls) == Some(true) {
                self.calls.set(calls);
            }
        });
        let streamed = node.on_stream(move |stream| {
            self.stream.try_set(stream);
        });
        let spoke = node.on_speakers(move |speakers| {
            self.speakers.try_set(speakers);
        });
        self.view.set(node.view());
        pending.flush(&node);
        let _subscriptions = [changed, streamed, spoke];
        self.stage.set_value(Stage::Running { node, _subscriptions });
    }

    fn leave(self) {
        let stage = self.stage.try_update_value(|stage| replace(stage, Stage::Left));
        if let Some(Stage::Running { node, .. }) = stage {
            node.leave();
        }
    }
}

/// For tests of components, which need no node.
#[cfg(all(test, target_arch = "wasm32"))]
impl RoomHandle {
    /// A room that shows this view.
    pub(crate) fn with_view(view: View) -> Self {
        let room = Self::waiting();
        room.view.set(view);
        room
    }

    /// Changes who speaks as a node would.
    pub(crate) fn speak(self, speakers: Vec<(GatheringKind, PeerId)>) {
        self.speakers.set(speakers);
    }

    /// Changes the view as a node would.
    pub(crate) fn update_view(self, change: impl FnOnce(&mut View)) {
        self.view.update(change);
    }
}
