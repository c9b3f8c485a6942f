//! A peer that looks at the rooms of a network: the index root, or a guest of it.
//!
//! The root is whoever has registered the network's name as its peer id; the signalling server
//! sees to it that this is one peer. When a guest loses the root it tries to become it.

use core::time::Duration;
use std::sync::Arc;

use rand_core::RngCore;

use super::io::{Command, MediaRole};
use super::legacy::Outline;
use super::net::{Event, Net};
#[cfg(feature = "sim")]
use super::room::Room;
use super::{Part, Reason};
use crate::id::{LinkId, PeerId};
use crate::link::Down;
use crate::picture::{Covers, Picture};
use crate::random::{Backoff, jitter};
use crate::rooms::Directory;
use crate::signal::payload::{Want, Why};
use crate::small::{self, Set};
use crate::time::Time;
use crate::tree::{Change, Map};
use crate::view::{Network, NetworkState, Problem, RoomCard, View};
use crate::wire::message::Message;

/// How soon after losing the root a guest tries to take the name, at the most. Guests that lose
/// it together try at different moments.
const TAKE_OVER: Duration = Duration::from_millis(600);
/// The waits between further attempts.
const RETRY: (Duration, Duration) = (Duration::from_millis(600), Duration::from_secs(4));

/// How often another network is looked for that has no root.
const ELSEWHERE: Duration = Duration::from_secs(45);
/// How often a room is called that does not show its tree.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// Other networks that are looked at.
const ALSO: usize = 4;

/// The part.
pub(crate) struct Lobby {
    network: PeerId,
    state: State,
    rooms: Directory,
    also: Vec<Also>,
    covers: Covers,
    look: Option<Look>,
    backoff: Backoff,
    problem: Option<Problem>,
}

/// Another network whose rooms are shown, and of which this peer never becomes the root.
struct Also {
    network: PeerId,
    link: Option<LinkId>,
    rooms: Directory,
    next: Option<Time>,
}

/// A room whose tree is shown.
struct Look {
    room: PeerId,
    link: Option<LinkId>,
    map: Map,
    /// It did not answer, or went.
    lost: bool,
    next: Option<Time>,
}

enum State {
    /// Trying to register the network's name.
    Taking,
    /// It is registered.
    Root { guests: Set<LinkId>, hosts: small::Map<LinkId, PeerId> },
    /// The name is taken; registering an id of one's own.
    Yielding,
    /// Dialling the root, or linked with it.
    Guest { root: Option<LinkId>, open: bool },
    /// The root is lost; trying to take the name at this time.
    Resting(Time),
    /// The user has left, or the server refuses.
    Stopped,
}

impl Lobby {
    pub(crate) fn new(network: PeerId) -> Self {
        Self {
            network,
            state: State::Taking,
            rooms: Directory::default(),
            also: Vec::new(),
            covers: Covers::default(),
            look: None,
            backoff: Backoff::new(RETRY.0, RETRY.1),
            problem: None,
        }
    }
}

impl<R: RngCore> Part<R> for Lobby {
    fn show(&self, _: &Net<R>, view: &mut View) {
        let state = match self.state {
            State::Root { .. } => NetworkState::Root,
            State::Guest { open: true, .. } => NetworkState::Guest,
            _ => NetworkState::Seeking,
        };
        view.network = Network { name: Some(self.network.clone()), state };
        view.rooms = self.rooms.cards();
        for card in self.also.iter().flat_map(|also| also.rooms.cards()) {
            if view.rooms.iter().all(|known| known.id != card.id) {
                view.rooms.push(card);
            }
        }
        let look = self.look.as_ref().filter(|look| !look.lost);
        view.map = look.map(|look| look.map.whole().cloned().collect());
        view.covers = self.covers.all();
        view.problem = self.problem.clone();
    }

    fn outline(&self, _: &Net<R>) -> Option<Outline> {
        let root = matches!(self.state, State::Root { .. });
        root.then(|| Outline::Index { cards: self.rooms.cards(), covers: self.covers.all() })
    }

    fn command(&mut self, net: &mut Net<R>, command: Command) {
        match command {
            Command::Network(Some(network)) if network != self.network => {
                self.drop_links(net);
                self.also.iter().filter_map(|also| also.link).for_each(|link| net.close(link));
                self.stop_looking(net);
                *self = Self::new(network);
                net.register(self.network.clone());
            }
            Command::Also(networks) => {
                let others = networks.into_iter().filter(|network| *network != self.network);
                let also = |network| Also {
                    network,
                    link: None,
                    rooms: Directory::default(),
                    next: Some(net.now),
                };
                self.also = others.take(ALSO).map(also).collect();
                self.look_elsewhere(net);
            }
            Command::Look(room) => {
                self.stop_looking(net);
                let next = Some(net.now);
                self.look = room.map(|room| Look {
                    room,
                    link: None,
                    map: Map::default(),
                    lost: false,
                    next,
                });
                self.look_at_room(net);
                net.dirty = true;
            }
            Command::Reconnect => {
                self.backoff.reset();
                match self.state {
                    State::Resting(_) | State::Stopped => self.take(net),
                    _ => net.reconnect(),
                }
            }
            Command::Leave | Command::Pause => {
                self.state = State::Stopped;
                net.shut_down();
            }
            _ => {}
        }
    }

    fn event(&mut self, net: &mut Net<R>, event: Event) {
        match event {
            Event::SignalOpen => self.registered(net),
            Event::SignalLost => {
                // As long as a link to the root lives, the list does too.
                let guest = matches!(self.state, State::Guest { open: true, .. });
                self.problem = (!guest).then_some(Problem::ServerUnreachable);
            }
            Event::IdTaken => match self.state {
                State::Taking | State::Root { .. } => {
                    self.drop_links(net);
                    self.state = State::Yielding;
                    let id = PeerId::random(&mut net.rng);
                    net.register(id);
                }
                _ => self.rest(net),
            },
            Event::SignalRefused(why) => {
                self.state = State::Stopped;
                self.problem = Some(Problem::ServerRefused(why));
            }
            Event::Knock { link, hello, .. } => {
                let want = hello.want;
                let welcome = matches!(want, Want::Announce | Want::Browse);
                match &mut self.state {
                    State::Root { guests, .. } if welcome => {
                        if want == Want::Browse {
                            guests.insert(link);
                        }
                        net.accept(link, MediaRole::None);
                    }
                    _ => net.refuse(link, Why::Elsewhere, Vec::new()),
                }
            }
            Event::Open { link } => self.opened(net, link),
            Event::Message { link, peer, message } => self.message(net, link, &peer, message),
            Event::Down { link, why, .. } => self.down(net, link, &why),
            Event::Flow { .. } | Event::Sending { .. } | Event::Doubt { .. } | Event::Throttled => {
            }
        }
        net.dirty = true;
    }

    fn deadline(&self, _: &Net<R>) -> Option<(Time, Reason)> {
        let take = match self.state {
            State::Resting(until) => Some((until, Reason::TakeOver)),
            _ => None,
        };
        let expire = self.rooms.deadline().map(|time| (time, Reason::RoomExpiry));
        let also = self.also.iter().filter_map(|also| also.next).min();
        let also = also.map(|time| (time, Reason::Elsewhere));
        let look = self.look.as_ref().and_then(|look| look.next);
        let look = look.map(|time| (time, Reason::Elsewhere));
        take.into_iter().chain(expire).chain(also).chain(look).min()
    }

    fn tick(&mut self, net: &mut Net<R>) {
        if let State::Resting(until) = self.state
            && net.now >= until
        {
            self.take(net);
        }
        self.look_elsewhere(net);
        self.look_at_room(net);
        for id in self.rooms.expire(net.now) {
            net.dirty = true;
            self.tell_guests(net, &Message::Gone { id });
        }
    }

    #[cfg(feature = "sim")]
    fn room(&self) -> Option<&Room> {
        None
    }
}

impl Lobby {
    fn look_elsewhere<R: RngCore>(&mut self, net: &mut Net<R>) {
        for also in &mut self.also {
            if also.next.is_none_or(|next| net.now < next) {
                continue;
            }
            also.link = net.dial(&also.network, Want::Browse, MediaRole::None);
            also.next = also.link.is_none().then(|| net.now + ELSEWHERE);
        }
    }

    /// Calls the host of the room that is looked at.
    fn look_at_room<R: RngCore>(&mut self, net: &mut Net<R>) {
        let Some(look) = &mut self.look else { return };
        if look.next.is_some_and(|next| net.now >= next) {
            look.link = net.dial(&look.room, Want::Browse, MediaRole::None);
            look.next = look.link.is_none().then(|| net.now + LOOK_AGAIN);
        }
    }

    fn stop_looking<R: RngCore>(&mut self, net: &mut Net<R>) {
        if let Some(link) = self.look.take().and_then(|look| look.link) {
            net.close(link);
        }
    }

    fn take<R: RngCore>(&mut self, net: &mut Net<R>) {
        self.state = State::Taking;
        net.register(self.network.clone());
    }

    fn rest<R: RngCore>(&mut self, net: &mut Net<R>) {
        self.state = State::Resting(net.now + self.backoff.wait(&mut net.rng));
        net.dirty = true;
    }

    fn registered<R: RngCore>(&mut self, net: &mut Net<R>) {
        // That the server answers does not help with a root that does not.
        self.problem.take_if(|problem| *problem != Problem::NetworkUnreachable);
        match self.state {
            State::Taking => {
                self.problem = None;
                self.backoff.reset();
                self.rooms.inherit(net.now);
                self.state = State::Root { guests: Set::new(), hosts: small::Map::new() };
            }
            State::Yielding => {
                let root = net.dial(&self.network, Want::Browse, MediaRole::None);
                self.state = State::Guest { root, open: false };
            }
            _ => {}
        }
    }

    fn opened<R: RngCore>(&mut self, net: &mut Net<R>, link: LinkId) {
        if self.look.as_ref().is_some_and(|look| look.link == Some(link)) {
            return net.send(link, &Message::Watch { levels: 1 });
        }
        match &mut self.state {
            State::Root { guests, .. } if guests.contains(&link) => {
                net.send(link, &Message::Rooms { cards: self.rooms.cards() });
            }
            State::Guest { root, open } if *root == Some(link) => {
                *open = true;
                self.problem = None;
                self.backoff.reset();
            }
            _ => {}
        }
    }

    fn message<R: RngCore>(
        &mut self,
        net: &mut Net<R>,
        link: LinkId,
        peer: &PeerId,
        message: Message,
    ) {
        if let Some(look) = self.look.as_mut().filter(|look| look.link == Some(link)) {
            if let Message::Map { put, gone } = message {
                look.lost = false;
                look.map.hear_above(Change { put, gone });
            }
            return;
        }
        match message {
            Message::Picture(picture) => return self.cover_comes(net, link, picture),
            Message::Want(id) => {
                if let (State::Root { .. }, Some(cover)) = (&self.state, self.covers.want(link, id))
                {
                    net.send(link, &Message::Picture(cover));
                }
                return;
            }
            _ => {}
        }
        if let Some(also) = self.also.iter_mut().find(|also| also.link == Some(link)) {
            listed(&mut also.rooms, message);
            return self.fetch_covers(net, link);
        }
        match (&mut self.state, message) {
            // A host speaks for its own room only.
            (State::Root { hosts, .. }, Message::Announce(card)) if card.id == *peer => {
                hosts.insert(link, peer.clone());
                if self.rooms.put(card.clone()) {
                    self.tell_guests(net, &Message::Card(card));
                }
                self.fetch_covers(net, link);
            }
            (State::Guest { root, .. }, message) if *root == Some(link) => {
                listed(&mut self.rooms, message);
                self.fetch_covers(net, link);
            }
            _ => {}
        }
    }

    fn down<R: RngCore>(&mut self, net: &mut Net<R>, link: LinkId, why: &Down) {
        if let Some(look) = self.look.as_mut().filter(|look| look.link == Some(link)) {
            look.map.forget_above();
            (look.link, look.lost, look.next) = (None, true, Some(net.now + LOOK_AGAIN));
            return;
        }
        if let Some(also) = self.also.iter_mut().find(|also| also.link == Some(link)) {
            also.rooms = Directory::default();
            (also.link, also.next) = (None, Some(net.now + ELSEWHERE));
            return;
        }
        match &mut self.state {
            State::Root { guests, hosts } => {
                guests.remove(&link);
                let Some(id) = hosts.remove(&link) else {
                    return;
                };
                // A host that has dialled again already keeps its room.
                let elsewhere = hosts.values().any(|host| *host == id);
                if !elsewhere && self.rooms.remove(&id) {
                    self.tell_guests(net, &Message::Gone { id });
                }
            }
            State::Guest { root, open } if *root == Some(link) => {
                if let Down::Unconnectable | Down::Unanswered = why {
                    self.problem = Some(Problem::NetworkUnreachable);
                }
                if *open {
                    let wait = jitter(&mut net.rng, TAKE_OVER);
                    self.state = State::Resting(net.now + wait);
                } else {
                    self.rest(net);
                }
            }
            _ => {}
        }
    }

    /// The rooms of which the other side of `link` tells.
    fn told_by(&self, link: LinkId) -> impl Iterator<Item = &RoomCard> {
        let also = self.also.iter().find(|also| also.link == Some(link));
        let host = match &self.state {
            State::Root { hosts, .. } => hosts.get(&link),
            _ => None,
        };
        let rooms = also.map_or(&self.rooms, |also| &also.rooms);
        rooms.iter().filter(move |card| host.is_none_or(|host| card.id == *host))
    }

    /// Asks for the covers that are missing, and forgets those that no room has any more.
    fn fetch_covers<R: RngCore>(&mut self, net: &mut Net<R>, link: LinkId) {
        let all = || self.also.iter().map(|also| &also.rooms).chain([&self.rooms]);
        let named: Vec<_> = all().flat_map(|r| r.iter().filter_map(|c| c.meta.image)).collect();
        let wanted: Vec<_> = self.told_by(link).filter_map(|card| card.meta.image).collect();
        self.covers.retain(|id| named.contains(&id));
        for id in wanted {
            if self.covers.lacks(link, id) {
                net.send(link, &Message::Want(id));
            }
        }
    }

    fn cover_comes<R: RngCore>(&mut self, net: &mut Net<R>, link: LinkId, cover: Arc<Picture>) {
        let waiting = self.covers.take(link, &cover);
        let message = Message::Picture(cover);
        waiting.into_iter().flatten().for_each(|link| net.send(link, &message));
    }

    fn tell_guests<R: RngCore>(&self, net: &mut Net<R>, message: &Message) {
        if let State::Root { guests, .. } = &self.state {
            guests.iter().for_each(|guest| net.send(*guest, message));
        }
    }

    fn drop_links<R: RngCore>(&mut self, net: &mut Net<R>) {
        let links: Vec<_> = match &self.state {
            State::Root { guests, hosts } => guests.iter().chain(hosts.keys()).copied().collect(),
            State::Guest { root, .. } => root.iter().copied().collect(),
            _ => Vec::new(),
        };
        links.into_iter().for_each(|link| net.close(link));
    }
}

/// What an index root says to its guest.
fn listed(rooms: &mut Directory, message: Message) {
    match message {
        Message::Rooms { cards } => rooms.replace(cards),
        Message::Card(card) => drop(rooms.put(card)),
        Message::Gone { id } => drop(rooms.remove(&id)),
        _ => {}
    }
}
