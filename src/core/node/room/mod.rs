//! A peer in a room's tree: its host, or a viewer that may relay.

mod away;
mod child;
mod cover;
mod flow;
mod leave;
mod lift;
mod map;
mod old;
mod overlap;
mod parent;
#[cfg(feature = "sim")]
mod probe;
mod report;
mod rules;
mod say;
mod slots;
mod spare;
mod still;

use core::time::Duration;
use std::sync::Arc;

use rand_core::RngCore;

use crate::chat::Chat;
use crate::id::{LinkId, PeerId};
use crate::link::Down;
use crate::node::announce::Announcer;
use crate::node::io::{Command, Output, Source};
use crate::node::legacy::Outline;
use crate::node::net::{Event, Net};
use crate::node::{Part, Reason};
use crate::picture::{Covers, Picture, Pictures};
use crate::quality::Outgoing;
use crate::signal::payload::{Refusal, Want, Why};
use crate::time::Time;
use crate::tree::{Children, Map, Seek, Spare, Uplink};
use crate::view::{self, Phase, Problem, RoomCard, RoomMeta, Tracks, View};
use crate::wire::limits;
use crate::wire::message::{Message, RoomState, Rules, Summary, clamp_meta, clamp_text};
use report::Report;
pub(crate) use rules::ticket;

/// How long a peer whose parent has lost its way waits before it looks for another by itself.
const ADRIFT: Duration = Duration::from_secs(8);

/// The part.
pub(crate) struct Room {
    /// What the host says; `None` until a viewer has been adopted.
    state: Option<RoomState>,
    place: Place,
    children: Children,
    uplink: Uplink,
    outgoing: Outgoing,
    climb: slots::Climb,
    lift: lift::Lift,
    flow: flow::Flow,
    overlap: overlap::Overlap,
    still: still::Still,
    away: away::Away,
    map: Map,
    map_due: Option<Time>,
    map_said: Time,
    doors: rules::Doors,
    name: String,
    avatar: Option<Arc<Picture>>,
    chat: Chat,
    pictures: Pictures,
    covers: Covers,
    phase: Phase,
    problem: Option<Problem>,
    seek: Seek,
    spare: Spare,
    /// How many levels the room needs below the host.
    best_depth: Option<u32>,
    /// Until when a peer that leaves goes on feeding its children.
    leaving: Option<Time>,
    /// Peers that could be the parent, outside the own subtree.
    backups: Vec<PeerId>,
    /// What was said last to the parent, and to the children.
    reported: Report<Summary>,
    counted: Report<(u32, Option<u32>)>,
    backed: Report<()>,
}

/// How a peer stands to the root.
enum Place {
    Host { announcer: Announcer },
    Viewer { target: PeerId, parent: Option<Parent> },
}

struct Parent {
    link: LinkId,
    peer: PeerId,
    /// From the host to the parent; `None` while the parent has no way to the host.
    path: Option<Vec<PeerId>>,
    adrift: Option<Time>,
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
        ticket: u64,
    ) -> Self {
        clamp_meta(&mut meta);
        let announcer = Announcer::new(now, network);
        let mut room = Self::new(Place::Host { announcer }, name, max_children, Phase::Attached);
        room.state = Some(RoomState {
            // Above every version of the same room before a reload.
            version: now.as_millis() + 1,
            id,
            meta,
            host: room.name.clone(),
            since: now.as_millis(),
            on_air: None,
            still: false,
            members: 1,
            seats: Some(Vec::new()),
            rules: Arc::new(Rules { ticket, ..Rules::default() }),
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
        let mut seek = Seek::new();
        seek.begin([target.clone()]);
        let place = Place::Viewer { target, parent: None };
        Self { seek, ..Self::new(place, name, max_children, Phase::Joining) }
    }

    fn new(place: Place, mut name: String, max_children: u32, phase: Phase) -> Self {
        clamp_text(&mut name, limits::NAME);
        Self {
            state: None,
            place,
            children: Children::default(),
            uplink: Uplink::new(max_children.min(limits::CHILDREN as u32)),
            outgoing: Outgoing::new(),
            climb: slots::Climb::new(),
            lift: lift::Lift::default(),
            flow: flow::Flow::new(),
            overlap: overlap::Overlap::default(),
            still: still::Still::default(),
            away: away::Away::default(),
            map: Map::default(),
            map_due: None,
            map_said: Time::default(),
            doors: rules::Doors::default(),
            name,
            avatar: None,
            chat: Chat::default(),
            pictures: Pictures::default(),
            covers: Covers::default(),
            phase,
            problem: None,
            seek: Seek::new(),
            spare: Spare::new(),
            best_depth: None,
            leaving: None,
            backups: Vec::new(),
            reported: Report::new(),
            counted: Report::new(),
            backed: Report::new(),
        }
    }
}

impl<R: RngCore> Part<R> for Room {
    fn show(&self, net: &Net<R>, view: &mut View) {
        view.problem = self.problem.clone();
        view.borrowers = net.borrowers();
        view.chat = self.chat.history().cloned().collect();
        view.deleted = self.chat.deleted();
        view.pictures = self.pictures.iter().cloned().collect();
        view.covers = self.covers.all();
        view.knocks = self.doors.knocks();
        view.quality = self.outgoing.quality();
        view.room = self.state.as_ref().map(|state| view::Room {
            id: state.id.clone(),
            meta: state.meta.clone(),
            host: state.host.clone(),
            members: state.members,
            since: state.since,
            on_air: state.on_air,
            still: state.still,
            phase: self.phase,
            rules: state.rules.clone(),
        });
        let children = self.children.iter().filter(|(_, child)| child.joined);
        view.tree = view::Tree {
            parent: self.parent().map(|parent| parent.peer.clone()),
            depth: self.path().map_or(0, |path| u32::try_from(path.len()).unwrap_or(u32::MAX)),
            children: children.map(|(id, child)| (id.clone(), child.name.clone())).collect(),
            max_children: self.slots(net),
            carrier: "rtp",
            round_trip: self.parent().and_then(|parent| net.round_trip(parent.link)),
        };
        view.map = self.map.shown.then(|| self.map.whole().cloned().collect());
        if let Place::Host { announcer } = &self.place {
            view.network = announcer.view();
        }
    }

    fn command(&mut self, net: &mut Net<R>, command: Command) {
        net.dirty = true;
        match command {
            Command::Say(text) => self.say(net, &text, None),
            Command::Post(text, image) => self.say(net, &text, Some(image)),
            Command::Avatar(avatar) => self.avatar = avatar,
            Command::Order(order) => self.order(net, order),
            Command::Rename(name) => self.rename(net, name),
            Command::MaxChildren(most) => self.set_limit(net, most),
            Command::Quality { most, adapts } => self.want_quality(net, most, adapts),
            Command::Edit(mut meta) => {
                clamp_meta(&mut meta);
                meta.image = self.cover();
                self.change(net, |state| state.meta = meta);
            }
            Command::Cover(cover) => self.set_cover(net, cover),
            Command::OnAir(tracks) => self.on_air(net, tracks),
            Command::Network(network) => {
                if let Place::Host { announcer } = &mut self.place {
                    announcer.switch(net, network);
                }
            }
            Command::Refresh => self.refresh(net),
            Command::Reconnect => {
                net.reconnect();
                if matches!(self.place, Place::Viewer { .. }) && self.phase != Phase::Ended {
                    self.problem = None;
                    self.seek.hurry();
                    self.begin_seek(net, Vec::new());
                }
            }
            Command::JoinUnder(peer) => self.move_under(net, peer),
            Command::Map(shown) => self.show_map(net, shown),
            Command::Pause => self.pause(net),
            Command::Leave => self.leave(net),
            Command::Lend { to, yes } => {
                let on_air = self.state.as_ref().is_some_and(|state| state.on_air.is_some());
                net.lend(&to, self.source().filter(|_| yes && on_air));
            }
            Command::Also(_) | Command::Look(_) => {}
        }
    }

    fn event(&mut self, net: &mut Net<R>, event: Event) {
        match event {
            Event::SignalOpen => {
                if self.problem == Some(Problem::ServerUnreachable) {
                    self.problem = None;
                }
            }
            Event::SignalLost => {
                // Whoever is in the tree stays in it without the server.
                let inside = self.phase == Phase::Attached && self.parent().is_some();
                self.problem.get_or_insert(Problem::ServerUnreachable);
                if inside {
                    self.problem = None;
                }
            }
            Event::IdTaken => self.problem = Some(Problem::IdTaken),
            Event::SignalRefused(why) => self.problem = Some(Problem::ServerRefused(why)),
            Event::Knock { link, peer, hello } => match hello.want {
                Want::Join | Want::Climb => self.knock(net, link, peer, hello),
                Want::Spare => self.spare_knocks(net, link, peer, hello.ticket),
                Want::Knock => self.newcomer_knocks(net, link, peer),
                Want::Browse => self.looker_knocks(net, link, &peer),
                _ => net.refuse(link, Why::Elsewhere, Vec::new()),
            },
            Event::Open { link } => self.opened(net, link),
            Event::Message { link, peer, message } => self.message(net, link, &peer, message),
            Event::Sending { link, sending } => self.sending(net, link, sending),
            Event::Throttled => self.give_back(net),
            Event::Flow { link, flows } => self.flow_changed(net, link, flows),
            Event::Doubt { link } => self.doubt(net, link),
            Event::Down { link, peer, why } => self.down(net, link, &peer, &why),
        }
        net.dirty = true;
        self.search(net);
        self.finish_leaving(net);
    }

    fn deadline(&self, net: &Net<R>) -> Option<(Time, Reason)> {
        let announce = match &self.place {
            Place::Host { announcer } => announcer.deadline(),
            Place::Viewer { .. } => None,
        };
        let adrift = self.parent().and_then(|parent| Some(parent.adrift? + ADRIFT));
        [
            (self.seek.deadline(|link| net.is_answered(link)), Reason::Seek),
            (announce, Reason::Announce),
            (self.leaving, Reason::Leaving),
            (adrift.filter(|_| !self.seek.is_busy() && !self.away.is_on()), Reason::Adrift),
            (self.spare.deadline().filter(|_| self.phase == Phase::Attached), Reason::Spare),
            (self.spare.roused(), Reason::Spare),
            (self.children.deadline(), Reason::Retire),
            (self.uplink.deadline(), Reason::Uplink),
            (self.climb.deadline(), Reason::Climb),
            (self.lift.deadline(), Reason::Climb),
            (self.flow.deadline(), Reason::Dry),
            (self.overlap.deadline(), Reason::Overlap),
            (self.away.deadline(), Reason::HostAway),
            (self.doors.deadline(), Reason::Pardon),
            (self.map_due, Reason::Report),
            (self.reported.due, Reason::Report),
            (self.counted.due, Reason::Report),
            (self.backed.due, Reason::Report),
        ]
        .into_iter()
        .filter_map(|(time, reason)| Some((time?, reason)))
        .min()
    }

    fn tick(&mut self, net: &mut Net<R>) {
        for link in self.children.expired(net.now) {
            net.close(link);
        }
        let due = |due: Option<Time>| due.is_some_and(|due| net.now >= due);
        if due(self.reported.due) || due(self.counted.due) || due(self.backed.due) {
            self.report(net);
        }
        let lost = self.parent().and_then(|parent| parent.adrift);
        let searches = self.seek.is_busy() || self.away.is_on();
        if lost.is_some_and(|since| net.now >= since + ADRIFT) && !searches {
            if let Some(parent) = self.parent_mut() {
                parent.adrift = Some(net.now);
            }
            self.begin_seek(net, Vec::new());
        }
        if let (Place::Host { announcer }, Some(state)) = (&mut self.place, &self.state) {
            announcer.tick(net, || card(state));
        }
        self.try_more(net);
        self.climb(net);
        self.move_up(net);
        self.thirst(net);
        self.end_overlap_in_time(net);
        self.give_host_up(net);
        self.pardon_in_time(net);
        self.tell_map(net);
        self.look_for_spare(net);
        self.let_spare_rest(net);
        self.search(net);
        self.finish_leaving(net);
    }

    fn outline(&self, net: &Net<R>) -> Option<Outline> {
        self.told_to_old(net)
    }

    #[cfg(feature = "sim")]
    fn room(&self) -> Option<&Self> {
        Some(self)
    }
}

impl Room {
    fn message<R: RngCore>(
        &mut self,
        net: &mut Net<R>,
        link: LinkId,
        peer: &PeerId,
        message: Message,
    ) {
        if self.seek.is_attempt(link) {
            match message {
                Message::Adopted { room, path, have } => {
                    self.adopted(net, link, peer, room, path);
                    self.catch_up(net, link, &have);
                }
                Message::Out(banned) => {
                    net.close(link);
                    self.sent_away(net, banned);
                }
                Message::Leave { ask } => {
                    net.close(link);
                    let why = Refusal { why: Why::Adrift, ask };
                    self.seek.failed(&Down::Refused(why));
                    self.show_parent(net);
                }
                _ => {}
            }
        } else if self.parent().is_some_and(|parent| parent.link == link) {
            self.parent_says(net, link, message);
        } else if self.children.is_joined(peer, link) {
            self.child_says(net, link, peer, message);
        } else if self.overlap.owns(link) {
            self.overlap.hears(&message);
        } else if self.spare.owns(link) {
            self.spare_says(net, link, message);
        } else if matches!(message, Message::Join { .. }) {
            self.joined(net, link, peer, message);
        } else if self.children.is_spare(link) {
            self.roused(net, link, &message);
        } else if let (true, Message::Watch { levels }) = (self.map.looks(link), &message) {
            self.map_wanted(net, link, *levels);
        } else if let Message::Want(id) = message {
            self.wanted_by_root(net, link, id);
        } else {
            self.said_at_the_door(net, link, message);
        }
    }

    fn room_changed<R: RngCore>(&mut self, net: &mut Net<R>, room: RoomState) {
        let known = self.state.as_ref().is_some_and(|state| {
            state.id == room.id && state.since == room.since && state.version >= room.version
        });
        if !known {
            let was_on_air = self.state.as_ref().and_then(|state| state.on_air);
            let was_streaming = self.is_streaming();
            let changes = was_on_air.is_some() != room.on_air.is_some();
            self.state = Some(room.clone());
            if has_sound(was_on_air) != has_sound(room.on_air) {
                net.push(Output::Sound(has_sound(room.on_air)));
            }
            if was_streaming != self.is_streaming() {
                self.expect_flow(net);
            }
            if changes {
                self.show_parent(net);
            }
            self.enforce(net);
            self.tell_children(net, &Message::Room(room));
        }
        self.fetch_cover(net);
    }

    fn down<R: RngCore>(&mut self, net: &mut Net<R>, link: LinkId, peer: &PeerId, why: &Down) {
        if self.seek.is_attempt(link) {
            self.attempt_failed(Some(peer), why);
            self.show_parent(net);
        } else if self.spare.owns(link) {
            let ask = if let Down::Refused(refusal) = why { &refusal.ask[..] } else { &[] };
            self.spare_elsewhere(net, ask.to_vec());
        } else if self.overlap.owns(link) {
            self.end_overlap(net);
        } else if self.map.end_look(link) {
            self.ask_for_map(net);
        } else if self.doors.left(link) {
            // Who waited at the door, on either side of it, waits no more.
        } else if self.children.end_spare(link) || self.children.end_swap(link) {
            // Somebody had this peer in reserve.
        } else if self.parent().is_some_and(|parent| parent.link == link) {
            self.orphaned(net, Vec::new());
        } else if self.children.link_down(peer, link) {
            self.report(net);
        } else if let Place::Host { announcer } = &mut self.place
            && announcer.owns(link)
        {
            announcer.down(net);
        }
    }

    fn rename<R: RngCore>(&mut self, net: &mut Net<R>, mut name: String) {
        clamp_text(&mut name, limits::NAME);
        self.name.clone_from(&name);
        self.map_due(net.now);
        if matches!(self.place, Place::Host { .. }) {
            self.change(net, |state| state.host = name);
        } else if let Some(parent) = self.parent() {
            net.send(parent.link, &Message::Rename { name });
        }
    }

    fn on_air<R: RngCore>(&mut self, net: &mut Net<R>, tracks: Option<Tracks>) {
        if !matches!(self.place, Place::Host { .. }) {
            return;
        }
        net.push(Output::Show(tracks.map(|_| Source::Local)));
        for link in self.children.fed_links() {
            net.feed(link, tracks.map(|_| Source::Local));
        }
        self.still = still::Still::default();
        self.change(net, |state| (state.on_air, state.still) = (tracks, false));
    }

    /// The host changes what it says about the room.
    fn change<R: RngCore>(&mut self, net: &mut Net<R>, change: impl FnOnce(&mut RoomState)) {
        let (Place::Host { .. }, Some(state)) = (&self.place, &mut self.state) else {
            return;
        };
        change(state);
        state.version += 1;
        let message = Message::Room(state.clone());
        self.tell_children(net, &message);
        self.announce(net);
    }

    fn announce<R: RngCore>(&mut self, net: &mut Net<R>) {
        if let (Some(state), Place::Host { announcer }) = (&self.state, &mut self.place) {
            announcer.update(net, || card(state));
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

    fn tell_children<R: RngCore>(&self, net: &mut Net<R>, message: &Message) {
        self.children.links().for_each(|link| net.send(link, message));
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
    fn path_below<R>(&self, net: &Net<R>) -> Option<Vec<PeerId>>
    where
        R: RngCore,
    {
        let mut path = match &self.place {
            _ if self.phase == Phase::Ended => return None,
            Place::Host { .. } => Vec::new(),
            Place::Viewer { .. } => self.path()?.clone(),
        };
        path.push(net.id().clone());
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
    }
}
