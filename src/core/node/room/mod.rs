//! A peer in a room's tree: its host, or a viewer that may relay. The composition of what is above
//! it, what is below it and what it knows of the room; each part decides for itself, and this one
//! passes on what concerns several of them.

mod attendance;
mod borrowing;
mod context;
mod departure;
mod downstream;
mod game;
mod gatherings;
mod guests;
mod host;
mod lending;
mod mesh;
mod neighbours;
mod present;
#[cfg(feature = "sim")]
mod probe;
mod requests;
mod seat_leases;
mod seeker;
mod standby_keeper;
mod standing;
mod upstream;
mod viewer_source;
mod word;

use std::sync::Arc;

use rand_core::RngCore;

use crate::game::Action;
use crate::identity::{Keypair, Signed, Verified};
use crate::legacy::LegacySnapshot;
use crate::link::io::{Output, Source};
use crate::model::picture::Picture;
use crate::model::{ChatMessage, GatheringKind, Phase, Problem, RoomMeta, Tracks};
use crate::node::io::Command;
use crate::node::view::View;
use crate::node::{NodeRole, TimerKind};
use crate::room::map::Change;
use crate::room::{Admission, Conversation, Covers, MapExchange, MapPlace, RoomRecord};
use crate::swarm::{Event, LinkRole, Swarm};
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::util::time::Time;
use crate::util::timer::Timers;
use crate::wire::message::{Decision, Message, clamp_text};
use crate::wire::request::Act;
use borrowing::Borrowing;
use context::Context;
use departure::Departure;
use downstream::{Above, Downstream};
use game::RoomGame;
use gatherings::Gatherings;
use host::Host;
use lending::{Lending, Stream};
use requests::Requests;
use standing::Standing;
use upstream::Upstream;
use viewer_source::ViewerSource;

/// A peer in a room.
pub(crate) struct Room {
    standing: Standing,
    place: Place,
    below: Downstream,
    chat: Conversation,
    covers: Covers,
    admission: Admission,
    map: MapExchange,
    requests: Requests,
    borrowing: Borrowing,
    lending: Lending,
    game: RoomGame,
    gatherings: Gatherings,
    departure: Departure,
}

/// How a peer stands to the root.
enum Place {
    Host(Box<Host>),
    Viewer(Box<Upstream>),
}

impl Place {
    fn above(&self, standing: &Standing, below: &Downstream) -> Above<'_> {
        match self {
            Self::Viewer(upstream) => upstream.above(standing, below),
            Self::Host(host) => Above {
                path: (standing.phase != Phase::Ended).then_some(&[]),
                backups: &[],
                hint: None,
                source: host.source(),
            },
        }
    }

    fn is_host(&self) -> bool {
        matches!(self, Self::Host(_))
    }

    fn parent(&self) -> Option<LinkId> {
        match self {
            Self::Viewer(upstream) => upstream.parent().map(|parent| parent.link),
            Self::Host(_) => None,
        }
    }
}

impl Room {
    /// A host's room, announced in `network`. `since` is when a room was opened that is taken up
    /// again.
    pub(crate) fn host(
        now: Time,
        id: PeerId,
        (meta, network, since): (RoomMeta, Option<PeerId>, Option<u64>),
        name: String,
        max_children: u32,
        keypair: Option<&Keypair>,
    ) -> Self {
        let mut clamped = name.clone();
        clamp_text(&mut clamped, limits::NAME);
        let state = host::opened(now, id.clone(), meta, clamped, since);
        let version = state.version;
        let mut record = RoomRecord::new(Verified::own(state, &id, keypair), 1);
        let said = if since.is_some() { host::resume(&mut record, keypair) } else { version };
        let place = Place::Host(Box::new(Host::new(now, network, said)));
        let mut room = Self::new(place, name, max_children, Phase::Attached);
        if since.is_some() {
            room.chat.resume(version);
        }
        room.standing.room = Some(record);
        room
    }

    /// A viewer's room, to be found through `target`.
    pub(crate) fn viewer(target: PeerId, name: String, max_children: u32) -> Self {
        let place = Place::Viewer(Box::new(Upstream::new(target)));
        Self::new(place, name, max_children, Phase::Joining)
    }

    fn new(place: Place, mut name: String, max_children: u32, phase: Phase) -> Self {
        clamp_text(&mut name, limits::NAME);
        Self {
            standing: Standing {
                room: None,
                phase,
                problem: None,
                name,
                profile: None,
                viewers: ViewerSource::default(),
            },
            place,
            below: Downstream::new(max_children),
            chat: Conversation::default(),
            covers: Covers::default(),
            admission: Admission::default(),
            map: MapExchange::default(),
            requests: Requests::default(),
            borrowing: Borrowing::default(),
            lending: Lending::default(),
            game: RoomGame::default(),
            gatherings: Gatherings::default(),
            departure: Departure::default(),
        }
    }
}

impl<R: RngCore> NodeRole<R> for Room {
    fn show(&self, swarm: &Swarm<R>, view: &mut View) {
        present::show(self, swarm, view);
    }

    fn command(&mut self, swarm: &mut Swarm<R>, command: Command) {
        swarm.dirty = true;
        match command {
            Command::SendChat(text) => self.say(swarm, &text, None),
            Command::SendImage(text, image) => self.say(swarm, &text, Some(image)),
            Command::Avatar(avatar) => {
                self.chat.set_avatar(avatar);
                gatherings::avatar_changed(self, swarm);
            }
            Command::Gathering(kind, command) => {
                gatherings::command(self, swarm, kind, command);
            }
            Command::Moderate(order) => word::moderate(self, swarm, order),
            Command::Rename(name) => self.rename(swarm, name),
            Command::MaxChildren(most) => {
                let above = self.place.above(&self.standing, &self.below);
                self.below.set_limit(swarm, &above, most);
            }
            Command::Quality { most, adapts } => self.below.set_quality(swarm, most, adapts),
            Command::Edit(meta) => self.with_host(swarm, |host, cx| host.edit(cx, meta)),
            Command::Cover(cover) => self.with_host(swarm, |host, cx| host.set_cover(cx, cover)),
            Command::OnAir(tracks) => self.show_own(swarm, tracks),
            Command::Borrow(peer) => borrowing::ask(self, swarm, peer),
            Command::Game(command) => {
                let action = game::command(self, swarm, command);
                self.ask_at_table(swarm, action);
            }
            Command::Network(network) => {
                self.with_host(swarm, |host, cx| host.switch(cx.swarm, network));
            }
            Command::Refresh => self.with_upstream(swarm, |up, cx| up.refresh(cx)),
            Command::Reconnect => {
                swarm.reconnect();
                if self.standing.phase != Phase::Ended {
                    self.with_upstream(swarm, |up, cx| up.reconnect(cx));
                }
            }
            Command::JoinUnder(peer) => self.with_upstream(swarm, |up, cx| up.move_under(cx, peer)),
            Command::Map(shown) => {
                let place = self.map_place();
                self.map.show(swarm, place, self.below.children(), shown);
            }
            Command::Pause => self.pause(swarm),
            Command::Leave => self.leave(swarm),
            Command::AnswerStreamRequest { to, accept } => {
                let stream = self.stream().filter(|_| accept);
                if !self.lending.answer(swarm, &to, stream) {
                    swarm.answer_stream_request(&to, stream.map(|(source, _)| source));
                }
            }
            Command::ExtraNetworks(_)
            | Command::ObserveRoom(_)
            | Command::Call(_)
            | Command::HangUp => {}
        }
        self.settle(swarm);
    }

    fn event(&mut self, swarm: &mut Swarm<R>, event: Event, role: Option<LinkRole>) {
        match (event, role) {
            (Event::SignalOpen, _) => {
                self.with_upstream(swarm, |up, cx| up.server_changed(cx.swarm.now, true));
                let problem = &mut self.standing.problem;
                problem.take_if(|p| {
                    matches!(p, Problem::ServerUnreachable | Problem::ServerRefused(_))
                });
            }
            (Event::SignalLost, _) => self.signal_lost(swarm, Problem::ServerUnreachable),
            (Event::SignalRefused { reason, permanent: false }, _) => {
                self.signal_lost(swarm, Problem::ServerRefused(reason));
            }
            (Event::IdTaken, _) => self.standing.problem = Some(Problem::IdTaken),
            (Event::SignalRefused { reason, permanent: true }, _) => {
                self.standing.problem = Some(Problem::ServerRefused(reason));
            }
            (Event::IncomingOffer { link, peer, handshake }, _) => {
                neighbours::offered(self, swarm, link, peer, handshake);
            }
            (Event::Open { link }, Some(role)) => neighbours::opened(self, swarm, link, role),
            (Event::Message { link, peer, message }, Some(role)) => {
                neighbours::message(self, swarm, link, role, &peer, message);
            }
            // Gatherings share the uplink, but say nothing about what the tree may use of it.
            (Event::SendStats { link, .. }, _)
                if matches!(swarm.role(link), Some(LinkRole::Gathering(_))) => {}
            (Event::SendStats { link, sending }, _) => {
                let above = self.place.above(&self.standing, &self.below);
                self.below.sent(swarm, &above, link, sending);
                self.with_host(swarm, |host, cx| host.observe_source(cx));
            }
            (Event::Throttled, _) => {
                let above = self.place.above(&self.standing, &self.below);
                self.below.shed(swarm, &above);
            }
            (Event::Flow { link, flows }, Some(role)) => {
                self.with_upstream(swarm, |up, cx| up.flow_changed(cx, link, role, flows));
            }
            (Event::Unresponsive { .. }, Some(LinkRole::Parent)) => {
                self.with_upstream(swarm, |up, cx| up.parent_unresponsive(cx));
            }
            (Event::Disconnected { link, peer, reason }, Some(role)) => {
                neighbours::down(self, swarm, link, role, &peer, &reason);
            }
            _ => {}
        }
        swarm.dirty = true;
        self.settle(swarm);
    }

    fn arm(&self, swarm: &Swarm<R>, timers: &mut Timers) {
        match &self.place {
            Place::Host(host) => timers.set(TimerKind::Announce, host.deadline()),
            Place::Viewer(upstream) => upstream.arm(swarm, &self.standing, timers),
        }
        let seats = match &self.place {
            Place::Host(host) => host.seats_deadline(),
            Place::Viewer(_) => None,
        };
        timers.set(TimerKind::Gathering, self.gatherings.deadline().into_iter().chain(seats).min());
        timers.set(TimerKind::Leaving, self.departure.deadline());
        timers.set(TimerKind::Retire, self.below.children().deadline());
        timers.set(TimerKind::Uplink, self.below.uplink().deadline());
        timers.set(TimerKind::Pardon, self.admission.deadline());
        timers.set(TimerKind::Game, self.game.deadline());
        timers.set(TimerKind::Map, self.map.deadline());
        timers.set(TimerKind::RateLimited, self.below.report_deadline());
        timers.set(TimerKind::Borrow, self.borrowing.deadline());
    }

    fn expired(&mut self, swarm: &mut Swarm<R>, timer: TimerKind) {
        match timer {
            TimerKind::Retire => self.below.close_retired(swarm),
            TimerKind::RateLimited => self.below.touch(),
            TimerKind::Uplink => self.below.grow(swarm.now),
            TimerKind::Announce => self.with_host(swarm, |host, cx| host.tick(cx)),
            TimerKind::HostAway => self.end(swarm),
            TimerKind::Borrow => borrowing::expired(self, swarm),
            TimerKind::Game => {
                let action = game::tick(self, swarm);
                self.ask_at_table(swarm, action);
            }
            TimerKind::Gathering => self.with_host(swarm, |host, cx| host.free_seats(cx)),
            TimerKind::Pardon => self.with_host(swarm, |host, cx| host.pardon(cx)),
            TimerKind::Map => {
                if self.standing.profile.is_none() {
                    self.standing.sign_name(swarm);
                }
                let (place, own) = (self.map_place(), present::map_peer(self, swarm));
                self.map.tick(swarm, place, self.below.children(), |_| own);
            }
            _ => self.with_upstream(swarm, |up, cx| up.expired(cx, timer)),
        }
    }

    /// Goes on with what has become possible or due by what has happened.
    fn settle(&mut self, swarm: &mut Swarm<R>) {
        self.with_upstream(swarm, |up, cx| up.search(cx));
        if let Place::Viewer(upstream) = &mut self.place
            && let Some(permanent) = upstream.take_removed()
        {
            self.removed(swarm, permanent);
        }
        viewer_source::settle(self, swarm);
        let stream = self.stream();
        self.lending.follow(swarm, stream);
        game::settle(self, swarm);
        if self.below.take_changed() {
            self.report(swarm);
        }
        gatherings::settle(self, swarm);
        if self.departure.is_over(swarm.now, &self.below) {
            self.stop(swarm);
        }
    }

    fn gathering_link(&self, kind: GatheringKind, peer: &PeerId) -> Option<LinkId> {
        self.gatherings.link(kind, peer)
    }

    fn revision(&self, swarm: &Swarm<R>) -> u64 {
        present::legacy_revision(self, swarm)
    }

    fn snapshot(&self, swarm: &Swarm<R>) -> Option<LegacySnapshot> {
        present::legacy_snapshot(self, swarm)
    }

    #[cfg(feature = "sim")]
    fn room(&self) -> Option<&Self> {
        Some(self)
    }
}

impl Room {
    /// Has the way up of a viewer do something; a host has none.
    fn with_upstream<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        f: impl FnOnce(&mut Upstream, &mut Context<'_, R>),
    ) {
        let Self { place, standing, below, chat, admission, .. } = self;
        if let Place::Viewer(upstream) = place {
            f(upstream, &mut Context { swarm, standing, below, chat, admission });
        }
    }

    /// Has a host do something; a viewer does nothing.
    fn with_host<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        f: impl FnOnce(&mut Host, &mut host::Context<'_, R>),
    ) {
        let Self { place, standing, below, covers, admission, .. } = self;
        if let Place::Host(host) = place {
            f(host, &mut host::Context { swarm, standing, below, covers, admission });
        }
    }

    /// What is shown here.
    fn stream(&self) -> Option<Stream> {
        let source = self.place.above(&self.standing, &self.below).source;
        source.zip(self.standing.on_air())
    }

    /// The page has a source of its own, or none any more.
    fn show_own<R: RngCore>(&mut self, swarm: &mut Swarm<R>, tracks: Option<Tracks>) {
        match tracks {
            // The next stream takes its place without a gap.
            Some(_) => _ = borrowing::give_back(self, swarm),
            None if self.borrowing.is_lent() => return,
            None => {}
        }
        viewer_source::set_own(self, tracks);
        let stream = tracks.map(|tracks| (Source::Local, tracks));
        self.with_host(swarm, |host, cx| host.on_air(cx, stream));
    }

    fn ask_at_table<R: RngCore>(&mut self, swarm: &mut Swarm<R>, action: Option<Action>) {
        if let Some(action) = action {
            requests::ask(self, swarm, Act::Game(action));
        }
    }

    /// Something below or above has changed: tells the neighbours that it concerns, each at its
    /// pace.
    fn report<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        let (parent, is_host) = (self.place.parent(), self.place.is_host());
        if let Some((count, depth)) = self.below.report(swarm, parent, is_host) {
            self.with_host(swarm, |host, cx| host.count(cx, count, depth));
        }
        let place = self.map_place();
        self.map.children_changed(swarm, place, self.below.children());
        let above = self.place.above(&self.standing, &self.below);
        self.below.report_backups(swarm, &above);
    }

    fn say<R: RngCore>(&mut self, swarm: &mut Swarm<R>, text: &str, image: Option<Arc<Picture>>) {
        let Some(room) = self.standing.host().cloned() else { return };
        if !self.standing.is_muted(swarm.id()) {
            let neighbours = self.neighbours();
            self.chat.say(swarm, (&room, &neighbours), &self.standing.name, text, image);
        }
    }

    fn hear<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        from: LinkId,
        only: Option<&PeerId>,
        message: Signed<ChatMessage>,
    ) {
        let Some(room) = self.standing.host().cloned() else { return };
        if !self.standing.is_muted(&message.author) {
            let neighbours = self.neighbours();
            self.chat.hear(swarm, (&room, &neighbours), from, only, message);
        }
    }

    /// The parent sends a picture: the cover, or one that belongs to the chat.
    fn picture_came<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        picture: Arc<Picture>,
    ) {
        if self.covers.pass_on(swarm, link, &picture) {
            swarm.dirty = true;
        } else {
            self.chat.take_picture(swarm, link, picture);
        }
    }

    /// The links to children and parent.
    fn neighbours(&self) -> Vec<LinkId> {
        self.below.children().links().chain(self.place.parent()).collect()
    }

    fn rename<R: RngCore>(&mut self, swarm: &mut Swarm<R>, mut name: String) {
        clamp_text(&mut name, limits::NAME);
        self.standing.name.clone_from(&name);
        self.standing.sign_name(swarm);
        self.gatherings.say_again();
        self.map.changed(swarm.now);
        if let Some(parent) = self.place.parent() {
            swarm.send(parent, &Message::Rename { name });
        } else {
            self.with_host(swarm, |host, cx| host.change(cx, |state| state.host = name));
        }
    }

    /// The server is away; the node tries again by itself.
    fn signal_lost<R: RngCore>(&mut self, swarm: &mut Swarm<R>, problem: Problem) {
        self.with_upstream(swarm, |up, cx| up.server_changed(cx.swarm.now, false));
        // A peer that is in the tree stays in it without the server.
        let inside = self.standing.is_attached() && self.place.parent().is_some();
        self.standing.problem.get_or_insert(problem);
        if inside {
            self.standing.problem = None;
        }
    }

    fn map_place(&self) -> MapPlace {
        let members = self.standing.room.as_ref().map_or(0, |room| room.members);
        match &self.place {
            Place::Host(_) => MapPlace::Host { members },
            Place::Viewer(_) => MapPlace::Viewer { parent: self.place.parent() },
        }
    }

    fn watched<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId, levels: u8) {
        let place = self.map_place();
        self.map.watched(swarm, place, self.below.children(), link, levels);
    }

    fn map_told<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId, change: Change) {
        let (place, Some(room)) = (self.map_place(), self.standing.host()) else { return };
        self.map.hear(swarm, place, self.below.children(), (link, room), change);
    }

    /// The page goes: a host's room stays, for the page may come back.
    fn pause<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if self.place.is_host() {
            self.with_host(swarm, |host, cx| host.order(cx, Decision::Away));
            self.stop(swarm);
            return departure::hold_host_page(swarm);
        }
        self.leave(swarm);
        self.departure.hold_page(swarm, &self.below);
    }

    fn leave<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        gatherings::leave(self, swarm);
        match &mut self.place {
            Place::Host(_) => {
                self.with_host(swarm, |host, cx| host.order(cx, Decision::End));
                self.stop(swarm);
            }
            Place::Viewer(_) if self.standing.phase == Phase::Ended => {}
            Place::Viewer(upstream) => {
                self.departure.begin(swarm, upstream, &mut self.below);
                self.standing.phase = Phase::Ended;
                if !self.departure.is_on() {
                    self.stop(swarm);
                }
            }
        }
    }

    /// The host has sent this peer away.
    fn removed<R: RngCore>(&mut self, swarm: &mut Swarm<R>, permanent: bool) {
        if let Place::Viewer(upstream) = &mut self.place
            && let Some(link) = upstream.take_parent()
        {
            swarm.close(link);
        }
        self.standing.problem = Some(if permanent { Problem::Banned } else { Problem::Kicked });
        self.leave(swarm);
        swarm.dirty = true;
    }

    /// The host has ended the room, or does not come back.
    fn end<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        self.standing.problem = Some(Problem::RoomEnded);
        self.stop(swarm);
    }

    fn stop<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        self.standing.phase = Phase::Ended;
        if let Place::Viewer(upstream) = &mut self.place {
            upstream.clear();
        }
        self.map = MapExchange::default();
        self.admission = Admission::default();
        (self.borrowing, self.lending) = (Borrowing::default(), Lending::default());
        self.gatherings = Gatherings::default();
        self.below.clear();
        swarm.push(Output::Show(None));
        swarm.shut_down();
    }
}
