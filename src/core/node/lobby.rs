//! A peer that looks at the rooms of a network: the index root, or a guest of it.
//!
//! The root is whoever has registered the network's name as its peer id; the signalling server
//! sees to it that this is one peer. When a guest loses the root it tries to become it.

use core::hash::{Hash, Hasher};
use core::time::Duration;
use std::sync::Arc;

use indexmap::IndexSet;
use rand_core::RngCore;

#[cfg(feature = "sim")]
use super::room::Room;
use super::{NodeRole, TimerKind};
use crate::directory::rooms::Directory;
use crate::identity::Signed;
use crate::legacy::LegacySnapshot;
use crate::link::DisconnectReason;
use crate::link::io::MediaRole;
use crate::model::picture::Picture;
use crate::model::{Network, NetworkState, Problem, RoomCard};
use crate::node::io::Command;
use crate::node::view::View;
use crate::room::Covers;
use crate::room::map::{Change, Map};
use crate::signal::payload::{Intent, RefusalReason};
use crate::swarm::{Event, LinkRole, Swarm};
use crate::util::id::{LinkId, LinkMap, PeerId};
use crate::util::random::{Backoff, jitter};
use crate::util::time::Time;
use crate::util::timer::Timers;
use crate::wire::message::Message;

/// How soon after losing the root a guest tries to take the name, at the most. Guests that lose
/// it together try at different moments.
const TAKE_OVER: Duration = Duration::from_millis(600);
/// The waits between further attempts.
const RETRY: (Duration, Duration) = (Duration::from_millis(600), Duration::from_secs(4));

/// How often another network is looked for that has no root.
const EXTRA_RETRY: Duration = Duration::from_secs(45);
/// How often a room is called that does not show its tree.
const OBSERVE_RETRY: Duration = Duration::from_secs(5);
/// Other networks that are looked at.
const EXTRA_NETWORKS: usize = 4;

/// The part.
pub(crate) struct Lobby {
    network: PeerId,
    state: State,
    rooms: Directory,
    extra: Vec<ExtraNetwork>,
    covers: Covers,
    observed: Option<Observed>,
    backoff: Backoff,
    problem: Option<Problem>,
}

/// Another network whose rooms are shown, and of which this peer never becomes the root.
struct ExtraNetwork {
    network: PeerId,
    link: Option<LinkId>,
    rooms: Directory,
    next: Option<Time>,
}

/// A room whose tree is shown.
struct Observed {
    room: PeerId,
    link: Option<LinkId>,
    map: Map,
    /// It did not answer, or went.
    lost: bool,
    next: Option<Time>,
}

enum State {
    /// Trying to register the network's name.
    RegisteringName,
    /// It is registered.
    Root { guests: IndexSet<LinkId>, hosts: LinkMap<PeerId> },
    /// The name is taken; registering an id of one's own.
    RegisteringOwnId,
    /// Dialling the root, or linked with it.
    Guest { root: Option<LinkId>, open: bool },
    /// The root is lost; trying to take the name at this time.
    Backoff(Time),
    /// The user has left, or the server refuses.
    Stopped,
}

impl Lobby {
    pub(crate) fn new(network: PeerId) -> Self {
        Self {
            network,
            state: State::RegisteringName,
            rooms: Directory::default(),
            extra: Vec::new(),
            covers: Covers::default(),
            observed: None,
            backoff: Backoff::new(RETRY.0, RETRY.1),
            problem: None,
        }
    }
}

impl<R: RngCore> NodeRole<R> for Lobby {
    fn show(&self, _: &Swarm<R>, view: &mut View) {
        let state = match self.state {
            State::Root { .. } => NetworkState::Root,
            State::Guest { open: true, .. } => NetworkState::Guest,
            _ => NetworkState::Seeking,
        };
        view.network = Network { name: Some(self.network.clone()), state };
        let extra = self.extra.iter().flat_map(|extra| extra.rooms.iter());
        let cards = first_of_each(self.rooms.iter().chain(extra), |card| card.id.as_str());
        view.rooms = cards.map(|card| card.value().clone()).collect();
        let observed = self.observed.as_ref().filter(|observed| !observed.lost);
        view.map = observed.map(|observed| observed.map.whole().cloned().collect());
        view.covers = self.covers.all().into();
        view.problem = self.problem.clone();
    }

    fn revision(&self, _: &Swarm<R>) -> u64 {
        let root = matches!(self.state, State::Root { .. });
        let mut hasher = std::hash::DefaultHasher::new();
        (root, self.rooms.changes(), self.covers.fingerprint()).hash(&mut hasher);
        hasher.finish()
    }

    fn snapshot(&self, _: &Swarm<R>) -> Option<LegacySnapshot> {
        let root = matches!(self.state, State::Root { .. });
        let cards = || self.rooms.iter().map(|card| card.value().clone()).collect();
        root.then(|| LegacySnapshot::Index { cards: cards(), covers: self.covers.all() })
    }

    fn command(&mut self, swarm: &mut Swarm<R>, command: Command) {
        match command {
            Command::Network(Some(network)) if network != self.network => {
                self.drop_links(swarm);
                self.extra.iter().filter_map(|extra| extra.link).for_each(|link| swarm.close(link));
                self.stop_observing(swarm);
                *self = Self::new(network);
                swarm.register(self.network.clone());
            }
            Command::ExtraNetworks(networks) => {
                let others = networks.into_iter().filter(|network| *network != self.network);
                let extra = |network| ExtraNetwork {
                    network,
                    link: None,
                    rooms: Directory::default(),
                    next: Some(swarm.now),
                };
                self.extra = others.take(EXTRA_NETWORKS).map(extra).collect();
                self.dial_extra_networks(swarm);
            }
            Command::ObserveRoom(room) => {
                self.stop_observing(swarm);
                let next = Some(swarm.now);
                self.observed = room.map(|room| Observed {
                    room,
                    link: None,
                    map: Map::default(),
                    lost: false,
                    next,
                });
                self.dial_observed(swarm);
                swarm.dirty = true;
            }
            Command::Reconnect => {
                self.backoff.reset();
                match self.state {
                    State::Backoff(_) | State::Stopped => self.take(swarm),
                    _ => swarm.reconnect(),
                }
            }
            Command::Leave | Command::Pause => {
                self.state = State::Stopped;
                swarm.shut_down();
            }
            _ => {}
        }
    }

    fn event(&mut self, swarm: &mut Swarm<R>, event: Event, role: Option<LinkRole>) {
        match event {
            Event::SignalOpen => self.registered(swarm),
            Event::SignalLost => {
                // As long as a link to the root lives, the list does too.
                let guest = matches!(self.state, State::Guest { open: true, .. });
                self.problem = (!guest).then_some(Problem::ServerUnreachable);
            }
            Event::IdTaken => match self.state {
                State::RegisteringName | State::Root { .. } => {
                    self.drop_links(swarm);
                    self.state = State::RegisteringOwnId;
                    let id = PeerId::random(&mut swarm.rng);
                    swarm.register(id);
                }
                _ => self.back_off(swarm),
            },
            Event::SignalRefused { reason, permanent } => {
                if permanent {
                    self.state = State::Stopped;
                }
                self.problem = Some(Problem::ServerRefused(reason));
            }
            Event::IncomingOffer { link, handshake, .. } => {
                let role = match handshake.intent {
                    Intent::Announce => Some(LinkRole::Announcer),
                    Intent::Browse => Some(LinkRole::Guest),
                    _ => None,
                };
                match (&mut self.state, role) {
                    (State::Root { guests, .. }, Some(role)) => {
                        if role == LinkRole::Guest {
                            guests.insert(link);
                        }
                        swarm.accept(link, role, MediaRole::None);
                    }
                    _ => swarm.refuse(link, RefusalReason::NotInRoom, Vec::new()),
                }
            }
            Event::Open { link } => self.opened(swarm, link, role),
            Event::Message { link, peer, message } => {
                self.message(swarm, link, role, &peer, message);
            }
            Event::Disconnected { link, reason, .. } => self.down(swarm, link, role, &reason),
            Event::Flow { .. }
            | Event::SendStats { .. }
            | Event::Unresponsive { .. }
            | Event::Throttled => {}
        }
        swarm.dirty = true;
    }

    fn arm(&self, _: &Swarm<R>, timers: &mut Timers) {
        let take = match self.state {
            State::Backoff(until) => Some(until),
            _ => None,
        };
        let extra = self.extra.iter().filter_map(|extra| extra.next);
        let observed = self.observed.as_ref().and_then(|observed| observed.next);
        timers.set(TimerKind::TakeOver, take);
        timers.set(TimerKind::RoomExpiry, self.rooms.deadline());
        timers.set(TimerKind::Elsewhere, extra.chain(observed).min());
    }

    fn expired(&mut self, swarm: &mut Swarm<R>, timer: TimerKind) {
        match timer {
            TimerKind::TakeOver => self.take(swarm),
            TimerKind::RoomExpiry => {
                for id in self.rooms.expire(swarm.now) {
                    swarm.dirty = true;
                    self.tell_guests(swarm, &Message::Gone { id });
                }
            }
            TimerKind::Elsewhere => {
                self.dial_extra_networks(swarm);
                self.dial_observed(swarm);
            }
            _ => {}
        }
    }

    fn settle(&mut self, _: &mut Swarm<R>) {}

    #[cfg(feature = "sim")]
    fn room(&self) -> Option<&Room> {
        None
    }
}

impl Lobby {
    fn dial_extra_networks<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        for extra in &mut self.extra {
            if extra.next.is_none_or(|next| swarm.now < next) {
                continue;
            }
            extra.link = swarm.dial(&extra.network, Intent::Browse, LinkRole::ExtraRoot);
            extra.next = extra.link.is_none().then(|| swarm.now + EXTRA_RETRY);
        }
    }

    /// Calls the host of the room that is looked at.
    fn dial_observed<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        let Some(observed) = &mut self.observed else { return };
        if observed.next.is_some_and(|next| swarm.now >= next) {
            observed.link = swarm.dial(&observed.room, Intent::Browse, LinkRole::ObservedHost);
            observed.next = observed.link.is_none().then(|| swarm.now + OBSERVE_RETRY);
        }
    }

    fn stop_observing<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if let Some(link) = self.observed.take().and_then(|observed| observed.link) {
            swarm.close(link);
        }
    }

    fn take<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        self.state = State::RegisteringName;
        swarm.register(self.network.clone());
    }

    fn back_off<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        self.state = State::Backoff(swarm.now + self.backoff.wait(&mut swarm.rng));
        swarm.dirty = true;
    }

    fn registered<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        // That the server answers does not help with a root that does not.
        self.problem.take_if(|problem| {
            !matches!(problem, Problem::NetworkUnreachable | Problem::OtherVersion)
        });
        match self.state {
            State::RegisteringName => {
                self.problem = None;
                self.backoff.reset();
                self.rooms.inherit(swarm.now);
                self.state = State::Root { guests: IndexSet::new(), hosts: LinkMap::default() };
            }
            State::RegisteringOwnId => {
                let root = swarm.dial(&self.network, Intent::Browse, LinkRole::Root);
                self.state = State::Guest { root, open: false };
            }
            _ => {}
        }
    }

    fn opened<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId, role: Option<LinkRole>) {
        match (role, &mut self.state) {
            (Some(LinkRole::ObservedHost), _) => {
                swarm.send(link, &Message::Watch { levels: 1 });
            }
            (Some(LinkRole::Guest), _) => {
                swarm.send(link, &Message::Rooms { cards: self.rooms.cards() });
            }
            (Some(LinkRole::Root), State::Guest { open, .. }) => {
                *open = true;
                self.problem = None;
                self.backoff.reset();
            }
            _ => {}
        }
    }

    fn message<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        role: Option<LinkRole>,
        peer: &PeerId,
        message: Message,
    ) {
        match (role, message) {
            (Some(LinkRole::ObservedHost), Message::Map { put, gone }) => {
                if let Some(observed) = &mut self.observed {
                    observed.lost = false;
                    observed.map.hear_above(Change { put, gone });
                }
            }
            (_, Message::Picture(picture)) => self.cover_comes(swarm, link, picture),
            (_, Message::RequestBlob(id)) => {
                if let Some(cover) = self.covers.want(link, id) {
                    swarm.send(link, &Message::Picture(cover));
                }
            }
            (Some(LinkRole::ExtraRoot), message) => {
                if let Some(extra) = self.extra.iter_mut().find(|extra| extra.link == Some(link)) {
                    listed(swarm, link, &mut extra.rooms, message);
                    self.fetch_covers(swarm, link);
                }
            }
            (Some(LinkRole::Root), message) => {
                listed(swarm, link, &mut self.rooms, message);
                self.fetch_covers(swarm, link);
            }
            (Some(LinkRole::Announcer), Message::Announce(card)) => {
                // A host speaks for its own room only.
                let State::Root { hosts, .. } = &mut self.state else { return };
                if card.id != *peer {
                    return;
                }
                let Some(card) = swarm.verify(link, peer, card) else { return };
                hosts.insert(link, peer.clone());
                if self.rooms.put(card.clone())
                    && let Some(signed) = card.signed()
                {
                    self.tell_guests(swarm, &Message::Card(signed.clone()));
                }
                self.fetch_covers(swarm, link);
            }
            _ => {}
        }
    }

    fn down<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        role: Option<LinkRole>,
        reason: &DisconnectReason,
    ) {
        match (role, &mut self.state) {
            (Some(LinkRole::ObservedHost), _) => {
                if let Some(observed) = &mut self.observed {
                    observed.map.forget_above();
                    observed.link = None;
                    observed.lost = true;
                    observed.next = Some(swarm.now + OBSERVE_RETRY);
                }
            }
            (Some(LinkRole::ExtraRoot), _) => {
                if let Some(extra) = self.extra.iter_mut().find(|extra| extra.link == Some(link)) {
                    extra.rooms = Directory::default();
                    (extra.link, extra.next) = (None, Some(swarm.now + EXTRA_RETRY));
                }
            }
            (Some(LinkRole::Guest), State::Root { guests, .. }) => drop(guests.shift_remove(&link)),
            (Some(LinkRole::Announcer), State::Root { hosts, .. }) => {
                let Some(id) = hosts.shift_remove(&link) else { return };
                // A host that has dialled again already keeps its room.
                let elsewhere = hosts.values().any(|host| *host == id);
                if !elsewhere && self.rooms.remove(&id) {
                    self.tell_guests(swarm, &Message::Gone { id });
                }
            }
            (Some(LinkRole::Root), State::Guest { open, .. }) => {
                if let DisconnectReason::Unconnectable | DisconnectReason::Unanswered = reason {
                    self.problem = Some(Problem::NetworkUnreachable);
                }
                if let DisconnectReason::Refused(refusal) = reason
                    && refusal.reason == RefusalReason::Version
                {
                    self.problem = Some(Problem::OtherVersion);
                }
                if *open {
                    let wait = jitter(&mut swarm.rng, TAKE_OVER);
                    self.state = State::Backoff(swarm.now + wait);
                } else {
                    self.back_off(swarm);
                }
            }
            _ => {}
        }
    }

    /// The rooms of which the other side of `link` tells.
    fn told_by(&self, link: LinkId) -> impl Iterator<Item = &RoomCard> {
        let extra = self.extra.iter().find(|extra| extra.link == Some(link));
        let host = match &self.state {
            State::Root { hosts, .. } => hosts.get(&link),
            _ => None,
        };
        let rooms = extra.map_or(&self.rooms, |extra| &extra.rooms);
        let cards = rooms.iter().map(|card| &**card.value());
        cards.filter(move |card| host.is_none_or(|host| card.id == *host))
    }

    /// Asks for the covers that are missing, and forgets those that no room has any more.
    fn fetch_covers<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        let all = || self.extra.iter().map(|extra| &extra.rooms).chain([&self.rooms]);
        let named: Vec<_> = all().flat_map(|r| r.iter().filter_map(|c| c.meta.image)).collect();
        let wanted: Vec<_> = self.told_by(link).filter_map(|card| card.meta.image).collect();
        self.covers.retain(|id| named.contains(&id));
        for id in wanted {
            if self.covers.lacks(link, id) {
                swarm.send(link, &Message::RequestBlob(id));
            }
        }
    }

    fn cover_comes<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId, cover: Arc<Picture>) {
        let waiting = self.covers.take(link, &cover);
        let message = Message::Picture(cover);
        waiting.into_iter().flatten().for_each(|link| swarm.send(link, &message));
    }

    fn tell_guests<R: RngCore>(&self, swarm: &mut Swarm<R>, message: &Message) {
        if let State::Root { guests, .. } = &self.state {
            guests.iter().for_each(|guest| swarm.send(*guest, message));
        }
    }

    fn drop_links<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        let links: Vec<_> = match &self.state {
            State::Root { guests, hosts } => guests.iter().chain(hosts.keys()).copied().collect(),
            State::Guest { root, .. } => root.iter().copied().collect(),
            _ => Vec::new(),
        };
        links.into_iter().for_each(|link| swarm.close(link));
    }
}

/// The first item of each key, in order.
fn first_of_each<T, K: Eq + Hash>(
    items: impl Iterator<Item = T>,
    key: impl Fn(&T) -> K,
) -> impl Iterator<Item = T> {
    let mut seen = IndexSet::new();
    items.filter(move |item| seen.insert(key(item)))
}

/// What an index root says to its guest. It cannot invent rooms whose hosts have keys.
fn listed<R: RngCore>(swarm: &mut Swarm<R>, link: LinkId, rooms: &mut Directory, message: Message) {
    let mut verify = |card: Signed<RoomCard>| {
        let id = card.id.clone();
        swarm.verify(link, &id, card)
    };
    match message {
        Message::Rooms { cards } => {
            let cards: Vec<_> = cards.into_iter().filter_map(verify).collect();
            rooms.replace(cards);
        }
        Message::Card(card) => drop(verify(card).map(|card| rooms.put(card))),
        Message::Gone { id } => drop(rooms.remove(&id)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    use super::*;

    /// A key that counts how often it is compared.
    struct Counted<'a>(u32, &'a Cell<u32>);

    impl PartialEq for Counted<'_> {
        fn eq(&self, other: &Self) -> bool {
            self.1.set(self.1.get() + 1);
            self.0 == other.0
        }
    }

    impl Eq for Counted<'_> {}

    impl Hash for Counted<'_> {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }

    #[test]
    fn lists_are_merged_without_comparing_each_room_with_each() {
        let compared = Cell::new(0);
        let rooms = (0..1_000).chain(500..2_000).chain(0..3_000);
        let merged = first_of_each(rooms, |room| Counted(*room, &compared));
        assert!(merged.eq(0..3_000));
        assert!(compared.get() < 10_000, "{}", compared.get());
    }
}
