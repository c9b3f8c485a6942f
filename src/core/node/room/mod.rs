//! A peer in a room's tree: its host, or a viewer that may relay.

mod away;
mod chat;
mod child;
mod cover;
mod flow;
mod handover;
mod leave;
mod legacy;
mod map;
mod parent;
#[cfg(feature = "sim")]
mod probe;
mod promotion;
mod rate_limited;
mod rules;
mod slots;
mod source;
mod standby;

use core::time::Duration;
use std::sync::Arc;

use rand_core::RngCore;

use crate::directory::announcer::Announcer;
use crate::legacy::LegacySnapshot;
use crate::link::DisconnectReason;
use crate::link::io::{Output, Source};
use crate::media::encoder::EncoderController;
use crate::model::extra::Extra;
use crate::model::picture::Picture;
use crate::model::{Phase, Problem, RoomCard, RoomMeta, Tracks};
use crate::node::io::Command;
use crate::node::view::{self, View};
use crate::node::{NodeRole, TimerKind};
use crate::room::chat_log::Chat;
use crate::room::map::Map;
use crate::room::{Covers, Pictures};
use crate::signal::payload::{Intent, Refusal, RefusalReason};
use crate::swarm::{Event, LinkRole, Swarm};
use crate::tree::{Children, ParentSearch, Standby, Uplink};
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::message::{Message, RoomState, Rules, Summary, clamp_meta, clamp_text};
use rate_limited::RateLimited;
pub(crate) use rules::admission_token;

/// How long a peer whose parent has lost its way waits before it looks for another by itself.
const DETACHED: Duration = Duration::from_secs(8);

/// The part.
pub(crate) struct Room {
    /// What the host says; `None` until a viewer has been adopted.
    state: Option<RoomState>,
    place: Place,
    children: Children,
    uplink: Uplink,
    encoder: EncoderController,
    reparenting: slots::Reparenting,
    promotion: promotion::Promotion,
    flow: flow::Flow,
    handover: handover::Handover,
    source_monitor: source::SourceMonitor,
    away: away::Away,
    map: Map,
    map_due: Option<Time>,
    map_said: Time,
    admission: rules::Admission,
    name: String,
    avatar: Option<Arc<Picture>>,
    chat: Chat,
    pictures: Pictures,
    covers: Covers,
    phase: Phase,
    problem: Option<Problem>,
    parent_search: ParentSearch,
    standby: Standby,
    /// How many levels the room needs below the host.
    best_depth: Option<u32>,
    /// Until when a peer that leaves goes on feeding its children.
    leaving: Option<Time>,
    /// Peers that could be the parent, outside the own subtree.
    backups: Vec<PeerId>,
    /// What was said last to the parent, and to the children.
    reported: RateLimited<Summary>,
    counted: RateLimited<(u32, Option<u32>)>,
    backed: RateLimited<()>,
}

/// How a peer stands to the root.
enum Place {
    Host { announcer: Box<Announcer> },
    Viewer { target: PeerId, parent: Option<Parent> },
}

struct Parent {
    link: LinkId,
    peer: PeerId,
    /// From the host to the parent; `None` while the parent has no way to the host.
    path: Option<Vec<PeerId>>,
    detached: Option<Time>,
    /// It has said that it goes.
    leaves: bool,
}

impl Room {
    /// A host's room.
    pub(crate) fn host(
        now: Time,
        id: PeerId,
        mut meta: RoomMeta,
        network: Option<PeerId>,
        name: String,
        max_children: u32,
        admission_token: u64,
    ) -> Self {
        clamp_meta(&mut meta);
        let announcer = Box::new(Announcer::new(now, network));
        let mut room = Self::new(Place::Host { announcer }, name, max_children, Phase::Attached);
        room.state = Some(RoomState {
            // Above every version of the same room before a reload.
            version: now.as_millis() + 1,
            id,
            meta,
            host: room.name.clone(),
            since: now.as_millis(),
            on_air: None,
            source_stalled: false,
            members: 1,
            seats: Some(Vec::new()),
            rules: Arc::new(Rules { admission_token, ..Rules::default() }),
            extra: Extra::default(),
        });
        room
    }

    /// The room is taken up again and was opened before.
    pub(crate) fn opened_at(&mut self, since: Option<u64>) {
        if let (Some(state), Some(since)) = (&mut self.state, since) {
            self.chat.resume(state.version);
            state.since = since;
        }
    }

    /// A viewer's room, to be found through `target`.
    pub(crate) fn viewer(target: PeerId, name: String, max_children: u32) -> Self {
        let mut parent_search = ParentSearch::new();
        parent_search.begin([target.clone()]);
        let place = Place::Viewer { target, parent: None };
        Self { parent_search, ..Self::new(place, name, max_children, Phase::Joining) }
    }

    fn new(place: Place, mut name: String, max_children: u32, phase: Phase) -> Self {
        clamp_text(&mut name, limits::NAME);
        Self {
            state: None,
            place,
            children: Children::default(),
            uplink: Uplink::new(max_children.min(limits::CHILDREN as u32)),
            encoder: EncoderController::new(),
            reparenting: slots::Reparenting::new(),
            promotion: promotion::Promotion::default(),
            flow: flow::Flow::new(),
            handover: handover::Handover::default(),
            source_monitor: source::SourceMonitor::default(),
            away: away::Away::default(),
            map: Map::default(),
            map_due: None,
            map_said: Time::default(),
            admission: rules::Admission::default(),
            name,
            avatar: None,
            chat: Chat::default(),
            pictures: Pictures::default(),
            covers: Covers::default(),
            phase,
            problem: None,
            parent_search: ParentSearch::new(),
            standby: Standby::new(),
            best_depth: None,
            leaving: None,
            backups: Vec::new(),
            reported: RateLimited::new(),
            counted: RateLimited::new(),
            backed: RateLimited::new(),
        }
    }
}

impl<R: RngCore> NodeRole<R> for Room {
    fn show(&self, swarm: &Swarm<R>, view: &mut View) {
        view.problem = self.problem.clone();
        view.chat = self.chat.history().cloned().collect();
        view.deleted = self.chat.deleted().into();
        view.pictures = self.pictures.iter().cloned().collect();
        view.covers = self.covers.all().into();
        view.join_requests = self.admission.knocks().into();
        view.quality = self.encoder.quality();
        view.room = self.state.as_ref().map(|state| {
            Arc::new(view::Room {
                id: state.id.clone(),
                meta: state.meta.clone(),
                host: state.host.clone(),
                members: state.members,
                since: state.since,
                on_air: state.on_air,
                source_stalled: state.source_stalled,
                phase: self.phase,
                rules: state.rules.clone(),
            })
        });
        let children = self.children.iter().filter(|(_, child)| child.joined);
        view.tree = view::Tree {
            parent: self.parent().map(|parent| parent.peer.clone()),
            depth: self.path().map_or(0, |path| u32::try_from(path.len()).unwrap_or(u32::MAX)),
            children: children.map(|(id, child)| (id.clone(), child.name.clone())).collect(),
            max_children: self.slots(swarm),
            carrier: "rtp",
            round_trip: self.parent().and_then(|parent| swarm.round_trip(parent.link)),
        };
        view.map = self.map.shown.then(|| self.map.whole().cloned().collect());
        if let Place::Host { announcer } = &self.place {
            view.network = announcer.view();
        }
    }

    fn command(&mut self, swarm: &mut Swarm<R>, command: Command) {
        swarm.dirty = true;
        match command {
            Command::SendChat(text) => self.say(swarm, &text, None),
            Command::SendImage(text, image) => self.say(swarm, &text, Some(image)),
            Command::Avatar(avatar) => self.avatar = avatar,
            Command::Moderate(order) => self.order(swarm, order),
            Command::Rename(name) => self.rename(swarm, name),
            Command::MaxChildren(most) => self.set_limit(swarm, most),
            Command::Quality { most, adapts } => self.want_quality(swarm, most, adapts),
            Command::Edit(mut meta) => {
                clamp_meta(&mut meta);
                meta.image = self.cover();
                self.change(swarm, |state| state.meta = meta);
            }
            Command::Cover(cover) => self.set_cover(swarm, cover),
            Command::OnAir(tracks) => self.on_air(swarm, tracks),
            Command::Network(network) => {
                if let Place::Host { announcer } = &mut self.place {
                    announcer.switch(swarm, network);
                }
            }
            Command::Refresh => self.refresh(swarm),
            Command::Reconnect => {
                swarm.reconnect();
                if matches!(self.place, Place::Viewer { .. }) && self.phase != Phase::Ended {
                    self.problem = None;
                    self.parent_search.reset_backoff();
                    self.begin_search(swarm, Vec::new());
                }
            }
            Command::JoinUnder(peer) => self.move_under(swarm, peer),
            Command::Map(shown) => self.show_map(swarm, shown),
            Command::Pause => self.pause(swarm),
            Command::Leave => self.leave(swarm),
            Command::AnswerStreamRequest { to, accept } => {
                let on_air = self.state.as_ref().is_some_and(|state| state.on_air.is_some());
                swarm.answer_stream_request(&to, self.source().filter(|_| accept && on_air));
            }
            Command::ExtraNetworks(_) | Command::ObserveRoom(_) => {}
        }
    }

    fn event(&mut self, swarm: &mut Swarm<R>, event: Event, role: Option<LinkRole>) {
        match event {
            Event::SignalOpen => {
                self.resume_wait_for_host(swarm.now);
                if let Some(Problem::ServerUnreachable | Problem::ServerRefused(_)) = self.problem {
                    self.problem = None;
                }
            }
            Event::SignalLost => self.signal_lost(swarm, Problem::ServerUnreachable),
            Event::SignalRefused { reason, permanent: false } => {
                self.signal_lost(swarm, Problem::ServerRefused(reason));
            }
            Event::IdTaken => self.problem = Some(Problem::IdTaken),
            Event::SignalRefused { reason, permanent: true } => {
                self.problem = Some(Problem::ServerRefused(reason));
            }
            Event::IncomingOffer { link, peer, handshake } => match handshake.intent {
                Intent::Join | Intent::Reparent => {
                    self.on_join_request(swarm, link, peer, handshake)
                }
                Intent::Standby => {
                    self.standby_knocks(swarm, link, peer, handshake.admission_token)
                }
                Intent::Knock => self.on_admission_request(swarm, link, peer),
                Intent::Browse => self.observer_knocks(swarm, link, &peer),
                _ => swarm.refuse(link, RefusalReason::NotInRoom, Vec::new()),
            },
            Event::Open { link } => self.opened(swarm, link, role),
            Event::Message { link, peer, message } => {
                self.message(swarm, link, role, &peer, message);
            }
            Event::SendStats { link, sending } => self.sending(swarm, link, sending),
            Event::Throttled => self.shed_children(swarm),
            Event::Flow { link, flows } => self.flow_changed(swarm, link, role, flows),
            Event::Unresponsive { .. } => self.on_unresponsive(swarm, role),
            Event::Disconnected { link, peer, reason } => {
                self.down(swarm, link, role, &peer, &reason);
            }
        }
        swarm.dirty = true;
        self.search(swarm);
        self.finish_leaving(swarm);
    }

    fn deadline(&self, swarm: &Swarm<R>) -> Option<(Time, TimerKind)> {
        let announce = match &self.place {
            Place::Host { announcer } => announcer.deadline(),
            Place::Viewer { .. } => None,
        };
        let detached = self.parent().and_then(|parent| Some(parent.detached? + DETACHED));
        [
            (self.parent_search.deadline(|link| swarm.is_answered(link)), TimerKind::ParentSearch),
            (announce, TimerKind::Announce),
            (self.leaving, TimerKind::Leaving),
            (
                detached.filter(|_| !self.parent_search.is_busy() && !self.away.is_on()),
                TimerKind::Detached,
            ),
            (self.standby.deadline().filter(|_| self.phase == Phase::Attached), TimerKind::Standby),
            (self.standby.activated(), TimerKind::Standby),
            (self.children.deadline(), TimerKind::Retire),
            (self.uplink.deadline(), TimerKind::Uplink),
            (self.reparenting.deadline(), TimerKind::Reparenting),
            (self.promotion.deadline(), TimerKind::Reparenting),
            (self.flow.deadline(), TimerKind::Dry),
            (self.handover.deadline(), TimerKind::Handover),
            (self.away.deadline(), TimerKind::HostAway),
            (self.admission.deadline(), TimerKind::Pardon),
            (self.map_due, TimerKind::RateLimited),
            (self.reported.due, TimerKind::RateLimited),
            (self.counted.due, TimerKind::RateLimited),
            (self.backed.due, TimerKind::RateLimited),
        ]
        .into_iter()
        .filter_map(|(time, reason)| Some((time?, reason)))
        .min()
    }

    fn tick(&mut self, swarm: &mut Swarm<R>) {
        for link in self.children.expired(swarm.now) {
            swarm.close(link);
        }
        let due = |due: Option<Time>| due.is_some_and(|due| swarm.now >= due);
        if due(self.reported.due) || due(self.counted.due) || due(self.backed.due) {
            self.report(swarm);
        }
        let lost = self.parent().and_then(|parent| parent.detached);
        let searches = self.parent_search.is_busy() || self.away.is_on();
        if lost.is_some_and(|since| swarm.now >= since + DETACHED) && !searches {
            if let Some(parent) = self.parent_mut() {
                parent.detached = Some(swarm.now);
            }
            self.begin_search(swarm, Vec::new());
        }
        if let (Place::Host { announcer }, Some(state)) = (&mut self.place, &self.state) {
            announcer.tick(swarm, || card(state));
        }
        self.try_more(swarm);
        self.reparent(swarm);
        self.promote_to_standby(swarm);
        self.on_media_timeout(swarm);
        self.end_handover_in_time(swarm);
        self.give_host_up(swarm);
        self.pardon_in_time(swarm);
        self.tell_map(swarm);
        self.look_for_standby(swarm);
        self.let_standby_rest(swarm);
        self.search(swarm);
        self.finish_leaving(swarm);
    }

    fn revision(&self, swarm: &Swarm<R>) -> u64 {
        self.legacy_revision(swarm)
    }

    fn snapshot(&self, swarm: &Swarm<R>) -> Option<LegacySnapshot> {
        self.legacy_snapshot(swarm)
    }

    #[cfg(feature = "sim")]
    fn room(&self) -> Option<&Self> {
        Some(self)
    }
}

impl Room {
    fn message<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        role: Option<LinkRole>,
        peer: &PeerId,
        message: Message,
    ) {
        let Some(role) = role else { return };
        match (role, message) {
            (LinkRole::Parent, message) => self.parent_says(swarm, link, message),
            (LinkRole::Child, message) => self.child_says(swarm, link, peer, message),
            (LinkRole::ParentAttempt, message) => self.attempt_says(swarm, link, peer, message),
            (LinkRole::PreviousParent, message) => self.handover.hears(&message),
            (LinkRole::Standby, message) => self.standby_says(swarm, link, message),
            (_, message @ Message::Join { .. }) => self.joined(swarm, link, peer, message),
            (LinkRole::StandbyFor, message) => self.activated(swarm, link, &message),
            (LinkRole::Observer, Message::Watch { levels }) => {
                self.map_wanted(swarm, link, levels);
            }
            (LinkRole::AnnouncementTo, Message::RequestBlob(id)) => {
                self.cover_wanted(swarm, link, id);
            }
            (LinkRole::Applicant | LinkRole::AdmissionRequest, message) => {
                self.on_admission_message(swarm, link, message);
            }
            _ => {}
        }
    }

    /// The peer that may become the parent answers.
    fn attempt_says<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        peer: &PeerId,
        message: Message,
    ) {
        match message {
            Message::Adopted { room, path, high_water } => {
                self.adopted(swarm, link, peer, room, path);
                self.catch_up(swarm, link, &high_water);
            }
            Message::Removed { permanent } => {
                swarm.close(link);
                self.sent_away(swarm, permanent);
            }
            Message::Leave { ask } => {
                swarm.close(link);
                let refusal = Refusal { reason: RefusalReason::Detached, ask };
                self.parent_search.failed(&DisconnectReason::Refused(refusal));
                self.show_parent(swarm);
            }
            _ => {}
        }
    }

    fn room_changed<R: RngCore>(&mut self, swarm: &mut Swarm<R>, room: RoomState) {
        let known = self.state.as_ref().is_some_and(|state| state.covers(&room));
        if !known {
            let was_on_air = self.state.as_ref().and_then(|state| state.on_air);
            let was_streaming = self.is_streaming();
            let changes = was_on_air.is_some() != room.on_air.is_some();
            self.state = Some(room.clone());
            if has_sound(was_on_air) != has_sound(room.on_air) {
                swarm.push(Output::Sound(has_sound(room.on_air)));
            }
            if was_streaming != self.is_streaming() {
                self.expect_flow(swarm);
            }
            if changes {
                self.show_parent(swarm);
            }
            self.enforce(swarm);
            self.tell_children(swarm, &Message::Room(room));
        }
        self.fetch_cover(swarm);
    }

    fn down<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        role: Option<LinkRole>,
        peer: &PeerId,
        reason: &DisconnectReason,
    ) {
        match role {
            Some(LinkRole::ParentAttempt) => {
                self.attempt_failed(swarm, Some(peer), reason);
                self.show_parent(swarm);
            }
            Some(LinkRole::Standby) => {
                let refusal = match reason {
                    DisconnectReason::Refused(refusal) => &refusal.ask[..],
                    _ => &[],
                };
                self.standby_elsewhere(swarm, refusal.to_vec());
            }
            Some(LinkRole::PreviousParent) => self.end_handover(swarm),
            Some(LinkRole::Parent) => self.on_parent_lost(swarm, Vec::new()),
            Some(LinkRole::Observer) => {
                self.map.end_look(link);
                self.ask_for_map(swarm);
            }
            Some(LinkRole::Applicant | LinkRole::AdmissionRequest) => {
                self.admission.left(link);
            }
            Some(LinkRole::StandbyFor) => drop(self.children.end_standby(link)),
            Some(LinkRole::Displacing) => drop(self.children.end_displacement(link)),
            Some(LinkRole::Child | LinkRole::JoiningChild | LinkRole::RetiredChild)
                if self.children.link_down(peer, link) =>
            {
                self.report(swarm);
            }
            Some(LinkRole::AnnouncementTo) => {
                if let Place::Host { announcer } = &mut self.place {
                    announcer.down(swarm);
                }
            }
            _ => {}
        }
    }

    /// The server is away; the node tries again by itself.
    fn signal_lost<R: RngCore>(&mut self, swarm: &Swarm<R>, problem: Problem) {
        self.pause_wait_for_host(swarm.now);
        // A peer that is in the tree stays in it without the server.
        let inside = self.phase == Phase::Attached && self.parent().is_some();
        self.problem.get_or_insert(problem);
        if inside {
            self.problem = None;
        }
    }

    fn rename<R: RngCore>(&mut self, swarm: &mut Swarm<R>, mut name: String) {
        clamp_text(&mut name, limits::NAME);
        self.name.clone_from(&name);
        self.map_due(swarm.now);
        if matches!(self.place, Place::Host { .. }) {
            self.change(swarm, |state| state.host = name);
        } else if let Some(parent) = self.parent() {
            swarm.send(parent.link, &Message::Rename { name });
        }
    }

    fn on_air<R: RngCore>(&mut self, swarm: &mut Swarm<R>, tracks: Option<Tracks>) {
        if !matches!(self.place, Place::Host { .. }) {
            return;
        }
        swarm.push(Output::Show(tracks.map(|_| Source::Local)));
        for link in self.children.fed_links() {
            swarm.feed(link, tracks.map(|_| Source::Local));
        }
        self.source_monitor = source::SourceMonitor::default();
        self.change(swarm, |state| (state.on_air, state.source_stalled) = (tracks, false));
    }

    /// The host changes what it says about the room.
    fn change<R: RngCore>(&mut self, swarm: &mut Swarm<R>, change: impl FnOnce(&mut RoomState)) {
        let (Place::Host { .. }, Some(state)) = (&self.place, &mut self.state) else {
            return;
        };
        change(state);
        state.version += 1;
        let message = Message::Room(state.clone());
        self.tell_children(swarm, &message);
        self.announce(swarm);
    }

    fn announce<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if let (Some(state), Place::Host { announcer }) = (&self.state, &mut self.place) {
            announcer.update(swarm, || card(state));
        }
    }

    /// What the children are fed with.
    fn source(&self) -> Option<Source> {
        match &self.place {
            Place::Host { .. } => {
                self.state.as_ref().and_then(|state| state.on_air).map(|_| Source::Local)
            }
            Place::Viewer { parent, .. } => parent.as_ref().map(|parent| Source::Link(parent.link)),
        }
    }

    fn tell_children<R: RngCore>(&self, swarm: &mut Swarm<R>, message: &Message) {
        self.children.links().for_each(|link| swarm.send(link, message));
    }

    fn parent(&self) -> Option<&Parent> {
        match &self.place {
            Place::Host { .. } => None,
            Place::Viewer { parent, .. } => parent.as_ref(),
        }
    }

    fn parent_mut(&mut self) -> Option<&mut Parent> {
        match &mut self.place {
            Place::Host { .. } => None,
            Place::Viewer { parent, .. } => parent.as_mut(),
        }
    }

    fn take_parent(&mut self) -> Option<Parent> {
        match &mut self.place {
            Place::Host { .. } => None,
            Place::Viewer { parent, .. } => parent.take(),
        }
    }

    fn set_parent(&mut self, new: Parent) {
        if let Place::Viewer { parent, .. } = &mut self.place {
            *parent = Some(new);
        }
    }

    /// From the host to the parent; `None` while there is no way.
    fn path(&self) -> Option<&Vec<PeerId>> {
        self.parent()?.path.as_ref()
    }

    /// From the host to this peer, both included; `None` while there is no way.
    fn path_below<R>(&self, swarm: &Swarm<R>) -> Option<Vec<PeerId>>
    where
        R: RngCore,
    {
        let mut path = match &self.place {
            _ if self.phase == Phase::Ended => return None,
            Place::Host { .. } => Vec::new(),
            Place::Viewer { .. } => self.path()?.clone(),
        };
        path.push(swarm.id().clone());
        Some(path)
    }
}

fn has_sound(tracks: Option<Tracks>) -> bool {
    tracks.is_some_and(|tracks| tracks.audio)
}

fn card(state: &RoomState) -> RoomCard {
    RoomCard {
        id: state.id.clone(),
        meta: state.meta.clone(),
        host: state.host.clone(),
        members: state.members,
        live: state.on_air.is_some(),
        since: state.since,
        extra: Extra::default(),
    }
}
