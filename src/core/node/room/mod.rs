//! A peer in a room's tree: its host, or a viewer that may relay. The composition of what is above
//! it, what is below it and what it knows of the room; each part decides for itself, and this one
//! passes on what concerns several of them.

mod context;
mod departure;
mod downstream;
mod host;
mod present;
#[cfg(feature = "sim")]
mod probe;
mod seeker;
mod standby_keeper;
mod standing;
mod upstream;

use std::sync::Arc;

use rand_core::RngCore;

use crate::identity::{Keypair, Signed, Verified};
use crate::legacy::LegacySnapshot;
use crate::link::DisconnectReason;
use crate::link::io::{Output, Source};
use crate::model::picture::Picture;
use crate::model::{ChatMessage, Phase, Problem, RoomMeta, Tracks};
use crate::node::io::Command;
use crate::node::view::View;
use crate::node::{NodeRole, TimerKind};
use crate::room::admission::Moderation;
use crate::room::map::Change;
use crate::room::membership::{self, is_member};
use crate::room::{Admission, Conversation, Covers, MapExchange, MapPlace, RoomRecord, removed};
use crate::signal::payload::{Handshake, Intent, Membership, Refusal, RefusalReason};
use crate::swarm::{Event, LinkRole, Swarm};
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::util::time::Time;
use crate::util::timer::Timers;
use crate::wire::message::{
    AdmissionPolicy, Decision, Message, MessageId, Order, RoomState, Seat, Summary, Vouch,
    clamp_text,
};
use context::Context;
use departure::Departure;
use downstream::{Above, Downstream, Joined};
use host::Host;
use standing::Standing;
use upstream::Upstream;

/// A peer in a room.
pub(crate) struct Room {
    standing: Standing,
    place: Place,
    below: Downstream,
    chat: Conversation,
    covers: Covers,
    admission: Admission,
    map: MapExchange,
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
            Self::Host(_) => Above {
                path: (standing.phase != Phase::Ended).then_some(&[]),
                backups: &[],
                hint: None,
                source: standing.is_on_air().then_some(Source::Local),
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
        let place = Place::Host(Box::new(Host::new(now, network, version)));
        let mut room = Self::new(place, name, max_children, Phase::Attached);
        if since.is_some() {
            room.chat.resume(version);
        }
        room.standing.room = Some(RoomRecord::new(Verified::own(state, &id, keypair), 1));
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
            standing: Standing { room: None, phase, problem: None, name },
            place,
            below: Downstream::new(max_children),
            chat: Conversation::default(),
            covers: Covers::default(),
            admission: Admission::default(),
            map: MapExchange::default(),
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
            Command::Avatar(avatar) => self.chat.set_avatar(avatar),
            Command::Moderate(order) => self.moderate(swarm, order),
            Command::Rename(name) => self.rename(swarm, name),
            Command::MaxChildren(most) => {
                let above = self.place.above(&self.standing, &self.below);
                self.below.set_limit(swarm, &above, most);
            }
            Command::Quality { most, adapts } => self.below.set_quality(swarm, most, adapts),
            Command::Edit(meta) => self.with_host(swarm, |host, cx| host.edit(cx, meta)),
            Command::Cover(cover) => self.with_host(swarm, |host, cx| host.set_cover(cx, cover)),
            Command::OnAir(tracks) => self.with_host(swarm, |host, cx| host.on_air(cx, tracks)),
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
                let source = self.place.above(&self.standing, &self.below).source;
                let accept = accept && self.standing.is_on_air();
                swarm.answer_stream_request(&to, source.filter(|_| accept));
            }
            Command::ExtraNetworks(_) | Command::ObserveRoom(_) => {}
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
                self.offered(swarm, link, peer, handshake);
            }
            (Event::Open { link }, Some(role)) => self.opened(swarm, link, role),
            (Event::Message { link, peer, message }, Some(role)) => {
                self.message(swarm, link, role, &peer, message);
            }
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
                self.down(swarm, link, role, &peer, &reason);
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
        timers.set(TimerKind::Leaving, self.departure.deadline());
        timers.set(TimerKind::Retire, self.below.children().deadline());
        timers.set(TimerKind::Uplink, self.below.uplink().deadline());
        timers.set(TimerKind::Pardon, self.admission.deadline());
        timers.set(TimerKind::Map, self.map.deadline());
        timers.set(TimerKind::RateLimited, self.below.report_deadline());
    }

    fn expired(&mut self, swarm: &mut Swarm<R>, timer: TimerKind) {
        match timer {
            TimerKind::Retire => self.below.close_retired(swarm),
            TimerKind::RateLimited => self.below.touch(),
            TimerKind::Uplink => self.below.grow(swarm.now),
            TimerKind::Announce => self.with_host(swarm, |host, cx| host.tick(cx)),
            TimerKind::HostAway => self.end(swarm),
            TimerKind::Pardon => self.with_host(swarm, |host, cx| host.pardon(cx)),
            TimerKind::Map => {
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
        if self.below.take_changed() {
            self.report(swarm);
        }
        if self.departure.is_over(swarm.now, &self.below) {
            self.stop(swarm);
        }
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

    /// A peer has dialled.
    fn offered<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        peer: PeerId,
        handshake: Handshake,
    ) {
        let above = self.place.above(&self.standing, &self.below);
        let room = self.standing.room.as_ref();
        let barred = |membership| room?.barred(swarm.now, &peer, membership);
        match handshake.intent {
            Intent::Join | Intent::Reparent if self.standing.phase == Phase::Ended => {
                swarm.refuse(link, RefusalReason::NotInRoom, above.backups.to_vec());
            }
            Intent::Join | Intent::Reparent => {
                self.below.join_requested(swarm, &above, room, link, peer, handshake);
            }
            Intent::Standby => {
                let membership = &handshake.membership;
                self.below.standby_requested(swarm, &above, room, link, peer, membership);
            }
            Intent::Knock => match barred(&[]) {
                Some(refusal) if refusal.reason != RefusalReason::Knock => {
                    swarm.refuse_with(link, refusal);
                }
                Some(_) if self.place.is_host() => self.admission.apply(swarm, link, peer),
                _ => swarm.refuse(link, RefusalReason::NotInRoom, Vec::new()),
            },
            Intent::Browse => match barred(&[]) {
                _ if !self.place.is_host() => {
                    swarm.refuse(link, RefusalReason::NotInRoom, Vec::new());
                }
                Some(refusal) => swarm.refuse_with(link, refusal),
                None => self.map.admit(swarm, link),
            },
            _ => swarm.refuse(link, RefusalReason::NotInRoom, Vec::new()),
        }
    }

    fn opened<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId, role: LinkRole) {
        match role {
            LinkRole::StandbyFor => {
                let above = self.place.above(&self.standing, &self.below);
                let path = above.path_below(swarm.id());
                swarm.send(link, &Message::Path { path });
            }
            LinkRole::AdmissionRequest => {
                swarm.send(link, &Message::Knock(self.standing.name.clone()));
            }
            LinkRole::ParentAttempt => self.with_upstream(swarm, |up, cx| up.ask_to_join(cx, link)),
            LinkRole::AnnouncementTo => {
                self.with_host(swarm, |host, cx| host.announcement_opened(cx));
            }
            _ => {}
        }
    }

    /// A message came over a link whose role allows it.
    fn message<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        role: LinkRole,
        peer: &PeerId,
        message: Message,
    ) {
        match (role, message) {
            (LinkRole::Parent, message) => self.parent_says(swarm, link, message),
            (LinkRole::Child, message) => self.child_says(swarm, link, peer, message),
            (LinkRole::ParentAttempt, message) => self.attempt_says(swarm, link, peer, message),
            (LinkRole::PreviousParent | LinkRole::Standby, message) => {
                self.with_upstream(swarm, |up, cx| up.other_says(cx, role, link, message));
            }
            (_, Message::Join { name, summary, high_water }) => {
                self.joined(swarm, link, peer, (name, summary), &high_water);
            }
            (LinkRole::StandbyFor, message) => {
                let above = self.place.above(&self.standing, &self.below);
                self.below.standby_says(swarm, &above, link, &message);
            }
            (LinkRole::Observer, Message::Watch { levels }) => self.watched(swarm, link, levels),
            (LinkRole::AnnouncementTo, Message::RequestBlob(id)) => {
                self.covers.give(swarm, link, self.standing.cover(), id);
            }
            (LinkRole::Applicant, Message::Knock(name)) => self.admission.named(link, name),
            (LinkRole::AdmissionRequest, Message::Admission(word)) => {
                self.admission_answered(swarm, link, word);
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
            Message::Adopted { room, orders, membership, members, path, high_water } => {
                let Some(room) = self.proven_room(swarm, link, room) else {
                    if swarm.role(link).is_some() {
                        swarm.close(link);
                        let reason = DisconnectReason::Unproven;
                        self.with_upstream(swarm, |up, cx| up.attempt_failed(cx, peer, &reason));
                    }
                    return;
                };
                self.with_upstream(swarm, |up, cx| up.adopted(cx, link, peer));
                self.below.reports().forget_parent();
                self.room_changed(swarm, room, members);
                self.let_in(swarm, membership);
                for order in orders {
                    self.ordered(swarm, link, order);
                }
                self.with_upstream(swarm, |up, cx| up.settle(cx, path));
                let place = self.map_place();
                self.map.parent_changed(swarm, place, self.below.children());
                self.below.touch();
                self.chat.adopted(swarm, link, peer, &high_water);
            }
            // It shows why it does not take this peer.
            Message::Order(order) => {
                swarm.close(link);
                let reason =
                    removed(&order.decision).map_or(RefusalReason::Other, |(_, permanent)| {
                        if permanent { RefusalReason::Banned } else { RefusalReason::Kicked }
                    });
                let refusal = Refusal { order: Some(order), ..Refusal::new(reason, Vec::new()) };
                let reason = DisconnectReason::Refused(refusal);
                self.with_upstream(swarm, |up, cx| up.attempt_failed(cx, peer, &reason));
            }
            Message::Leave { ask } => {
                swarm.close(link);
                self.with_upstream(swarm, |up, cx| up.sent_on(cx, ask));
            }
            _ => {}
        }
    }

    fn parent_says<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId, message: Message) {
        match message {
            Message::Room(room) => {
                if let Some(room) = self.proven_room(swarm, link, room) {
                    let members = self.standing.room.as_ref().map_or(0, |room| room.members);
                    self.room_changed(swarm, room, members);
                }
            }
            Message::Order(order) => self.ordered(swarm, link, order),
            Message::Members { count, depth } => {
                if let Some(room) = &mut self.standing.room {
                    room.members = count;
                    self.below.tell(swarm, &Message::Members { count, depth });
                    self.with_upstream(swarm, |up, cx| up.depth_changed(cx, depth));
                }
            }
            Message::Backups { peers, hint } => {
                self.with_upstream(swarm, |up, cx| up.backups_named(cx, peers, hint));
                self.below.touch();
            }
            Message::Chat(message) => self.hear(swarm, link, None, message),
            Message::Picture(picture) => self.picture_came(swarm, link, picture),
            Message::Watch { levels } => self.watched(swarm, link, levels),
            Message::Map { put, gone } => self.map_told(swarm, link, Change { put, gone }),
            message => self.with_upstream(swarm, |up, cx| up.parent_says(cx, message)),
        }
    }

    fn child_says<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        peer: &PeerId,
        message: Message,
    ) {
        match message {
            Message::Summary(summary) => self.below.summarise(peer, summary),
            // It has been elsewhere for a moment and wants to know what it missed.
            Message::Join { name, summary, high_water }
                if self.below.children().may_rejoin(swarm.now, peer) =>
            {
                self.joined(swarm, link, peer, (name, summary), &high_water);
            }
            Message::Rename { name } => self.below.children_mut().rename(peer, name),
            Message::Chat(message) if self.below.may_speak(&self.standing, peer) => {
                let only = self.below.is_leaf(peer).then_some(peer);
                if let Some(parent) = self.place.parent() {
                    self.below.report_first_child(swarm, parent);
                }
                self.hear(swarm, link, only, message);
            }
            Message::Picture(picture) => self.chat.take_picture(swarm, link, picture),
            Message::RequestBlob(id) => self.covers.give(swarm, link, self.standing.cover(), id),
            Message::Watch { levels } => self.watched(swarm, link, levels),
            Message::Map { put, gone } => self.map_told(swarm, link, Change { put, gone }),
            Message::MediaTimeout => self.media_missed(swarm, link),
            Message::ConferenceUpdate { id, name, join, stream } => match self.place.parent() {
                Some(parent) => {
                    swarm.send(parent, &Message::ConferenceUpdate { id, name, join, stream });
                }
                // That is the host's to decide.
                None => {
                    let seat = Seat { id, name, stream };
                    self.with_host(swarm, |host, cx| host.update_seat(cx, seat, join));
                }
            },
            Message::Leave { .. } => self.below.child_leaves(swarm, peer),
            _ => {}
        }
    }

    fn joined<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        peer: &PeerId,
        newcomer: (String, Summary),
        high_water: &[MessageId],
    ) {
        let above = self.place.above(&self.standing, &self.below);
        let room = self.standing.room.as_ref();
        let joined = self.below.joined(swarm, &above, room, link, peer, newcomer);
        let (Joined::Child(path), Some(room)) = (joined, room) else { return };
        let adopted = self.adoption(swarm, room, peer, path);
        swarm.send(link, &adopted);
        self.chat.joined(swarm, link, peer, high_water);
        let place = self.map_place();
        self.map.child_joined(swarm, place, link);
        // There may be fewer slots by now than when this one was given.
        let above = self.place.above(&self.standing, &self.below);
        self.below.shed(swarm, &above);
    }

    /// A child gets nothing.
    fn media_missed<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        let has_media = self.standing.is_streaming()
            && match &self.place {
                // A source that stands still sends nothing, which is nobody's fault.
                Place::Host(_) => self.below.uplink().carries(swarm.now),
                Place::Viewer(upstream) => !upstream.is_dry(),
            };
        let above = self.place.above(&self.standing, &self.below);
        self.below.media_missed(swarm, &above, link, has_media);
    }

    fn down<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        role: LinkRole,
        peer: &PeerId,
        reason: &DisconnectReason,
    ) {
        match role {
            LinkRole::ParentAttempt => {
                self.with_upstream(swarm, |up, cx| up.attempt_failed(cx, peer, reason));
            }
            LinkRole::Standby => self.with_upstream(swarm, |up, cx| up.standby_down(cx, reason)),
            LinkRole::PreviousParent => self.with_upstream(swarm, |up, cx| up.end_handover(cx)),
            LinkRole::Parent => {
                self.with_upstream(swarm, |up, cx| up.parent_lost(cx, Vec::new()));
            }
            LinkRole::Observer => {
                let place = self.map_place();
                self.map.observer_down(swarm, place, self.below.children(), link);
            }
            LinkRole::Applicant | LinkRole::AdmissionRequest => self.admission.link_down(link),
            LinkRole::StandbyFor
            | LinkRole::Displacing
            | LinkRole::Child
            | LinkRole::JoiningChild
            | LinkRole::RetiredChild => self.below.link_down(role, peer, link),
            LinkRole::AnnouncementTo => {
                self.with_host(swarm, |host, cx| host.announcement_down(cx.swarm));
            }
            _ => {}
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

    /// What a new child is told.
    fn adoption<R: RngCore>(
        &self,
        swarm: &Swarm<R>,
        room: &RoomRecord,
        child: &PeerId,
        path: Vec<PeerId>,
    ) -> Message {
        let state = room.state();
        let own = self.admission.membership();
        let say = |word| swarm.say(word, &state.id);
        let vouch = membership::vouch((state, swarm.now), swarm.id(), own, child.clone(), say);
        Message::Adopted {
            // A legacy page is told in its own words, whatever can be proven.
            room: room.signed().cloned().unwrap_or_else(|| Signed::unproven(state.clone())),
            orders: room.orders().for_newcomer(),
            membership: vouch.unwrap_or_default(),
            members: room.members,
            path,
            high_water: self.chat.log().high_water(),
        }
    }

    /// This peer has been let into the room, if the word for it can be followed up to the host.
    fn let_in<R: RngCore>(&mut self, swarm: &Swarm<R>, shown: Membership) {
        if let Some(room) = &self.standing.room
            && is_member((room.state(), room.rules()), swarm.now, swarm.id(), &shown)
        {
            self.admission.let_in(shown);
        }
    }

    /// Checks that the host says this of its room, and that it is this room.
    fn proven_room<R: RngCore>(
        &self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        room: Signed<RoomState>,
    ) -> Option<Verified<RoomState>> {
        if self.standing.room.as_ref().is_some_and(|known| known.is_foreign(&room)) {
            swarm.note_forgery(link);
            return None;
        }
        let id = room.id.clone();
        swarm.verify(link, &id, room)
    }

    /// The host says what the room is, and the parent how many people are in it.
    fn room_changed<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        state: Verified<RoomState>,
        members: u32,
    ) {
        let (was_on_air, was_streaming) =
            (self.standing.state().and_then(|state| state.on_air), self.standing.is_streaming());
        let is_news = match &mut self.standing.room {
            Some(room) => {
                room.members = members;
                room.update(state)
            }
            none => {
                *none = Some(RoomRecord::new(state, members));
                true
            }
        };
        if is_news {
            let is_on_air = self.standing.state().and_then(|state| state.on_air);
            if has_sound(was_on_air) != has_sound(is_on_air) {
                swarm.push(Output::Sound(has_sound(is_on_air)));
            }
            let streaming = self.standing.is_streaming();
            self.with_upstream(swarm, |up, cx| {
                if was_streaming != streaming {
                    up.expect_pictures(cx);
                }
                if was_on_air.is_some() != is_on_air.is_some() {
                    up.show_parent(cx);
                }
            });
            self.tell_room(swarm);
        }
        self.covers.fetch(swarm, self.place.parent(), self.standing.cover());
    }

    /// Passes on what the host says of its room.
    fn tell_room<R: RngCore>(&self, swarm: &mut Swarm<R>) {
        let Some(room) = &self.standing.room else { return };
        let signed = room.signed().cloned();
        // Among the children of a peer that cannot prove the room, there are legacy pages only.
        let signed = signed.unwrap_or_else(|| Signed::unproven(room.state().clone()));
        self.below.tell(swarm, &Message::Room(signed));
    }

    /// The host has decided something, as a neighbour passes it on.
    fn ordered<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId, order: Signed<Order>) {
        let Some(room) = &mut self.standing.room else { return };
        let id = room.state().id.clone();
        let Some(order) = swarm.verify(link, &id, order) else { return };
        if !room.order(order.clone()) {
            return;
        }
        self.below.enforce(swarm, room);
        if let Some(signed) = order.signed() {
            self.below.tell(swarm, &Message::Order(signed.clone()));
        }
        swarm.dirty = true;
        match &order.decision {
            Decision::Delete(message) => self.chat.delete(message.clone()),
            Decision::Away => self.with_upstream(swarm, |up, cx| up.host_goes(cx)),
            Decision::End => self.end(swarm),
            decision => {
                if let Some((peer, permanent)) = removed(decision)
                    && peer == swarm.id()
                {
                    self.removed(swarm, permanent);
                }
            }
        }
    }

    fn moderate<R: RngCore>(&mut self, swarm: &mut Swarm<R>, wish: Moderation) {
        let mut policy = None;
        match wish {
            Moderation::Admit(peer, admit) => {
                return self.with_host(swarm, |host, cx| host.answer(cx, &peer, admit));
            }
            wish => {
                if let (Moderation::Delete(message), true) = (&wish, self.place.is_host()) {
                    self.chat.delete(message.clone());
                }
                self.with_host(swarm, |host, cx| policy = host.moderate(cx, wish));
            }
        }
        if policy.is_some_and(|policy| policy != AdmissionPolicy::Open) {
            let place = self.map_place();
            self.map.turn_observers_away(swarm, place, self.below.children());
        }
    }

    /// The host has answered whether this peer is let in.
    fn admission_answered<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        word: Option<Signed<Vouch>>,
    ) {
        match self.admission.answered(swarm, link, word) {
            Some(true) => self.with_upstream(swarm, |up, cx| up.admitted(cx)),
            Some(false) => {
                self.standing.problem = Some(Problem::Denied);
                self.stop(swarm);
            }
            None => {}
        }
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
        let place = self.map_place();
        self.map.hear(swarm, place, self.below.children(), link, change);
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
        self.below.clear();
        swarm.push(Output::Show(None));
        swarm.shut_down();
    }
}

fn has_sound(tracks: Option<Tracks>) -> bool {
    tracks.is_some_and(|tracks| tracks.audio)
}
