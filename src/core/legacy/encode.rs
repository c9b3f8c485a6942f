//! What this node tells legacy pages: the chat at once, everything else in rounds of whole maps,
//! each compared with the last one.

use core::hash::{Hash, Hasher};
use core::time::Duration;
use std::sync::Arc;

use rand_core::RngCore;

use super::neighbour::{Neighbour, Role};
use super::{KnownRoom, LegacySnapshot, RoomSnapshot};
use crate::model::picture::Picture;
use crate::model::{GatheringKind, RoomCard, RoomMeta};
use crate::room::Pictures;
use crate::swarm::Swarm;
use crate::util::binarypack::Value;
use crate::util::id::{LinkId, LinkMap, PeerId};
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::legacy::{Chat, Conference, Map, Node, request_stream, stream_of};
use crate::wire::message::{Message, Seat, clamp_text};
use crate::wire::request::{Act, SeatRequest};

/// The shortest time between two rounds. A list of rooms is larger and less urgent.
const PACE: Duration = Duration::from_millis(250);
const LIST_PACE: Duration = Duration::from_secs(1);

/// What the pages were told, and when they are told more.
#[derive(Default)]
pub(super) struct Rounds {
    /// What the node has to tell; `None` if it has nothing to say to strangers.
    snapshot: Option<LegacySnapshot>,
    /// Something has changed since everyone was told everything.
    outdated: bool,
    /// The conference, as children were told of it.
    seats: Vec<Option<Seat>>,
    /// Whether seats were ever told of.
    conferred: bool,
    told_at: Time,
    due: Option<Time>,
}

impl Rounds {
    /// What the node has to tell from now on.
    pub(super) fn set_snapshot(&mut self, snapshot: Option<LegacySnapshot>) {
        self.snapshot = snapshot;
        self.outdated = true;
    }

    /// Something about the neighbours has changed.
    pub(super) fn outdate(&mut self) {
        self.outdated = true;
    }

    /// When the next round is due.
    pub(super) fn due(&self) -> Option<Time> {
        self.due
    }

    /// Whether the node is in a room.
    pub(super) fn is_room(&self) -> bool {
        matches!(self.snapshot, Some(LegacySnapshot::Room(_)))
    }

    /// Whether the node is an index root.
    pub(super) fn is_index(&self) -> bool {
        matches!(self.snapshot, Some(LegacySnapshot::Index { .. }))
    }

    /// Whether the node is in a room that lets nobody in as they come.
    pub(super) fn is_closed(&self) -> bool {
        matches!(&self.snapshot, Some(LegacySnapshot::Room(room)) if room.is_closed())
    }

    /// Whether the room has a picture.
    pub(super) fn is_on_air(&self) -> bool {
        let Some(LegacySnapshot::Room(room)) = &self.snapshot else { return false };
        room.known.as_ref().is_some_and(|known| known.state.on_air.is_some())
    }

    /// When the room was opened; 0 where it cannot be known.
    pub(super) fn since(&self) -> u64 {
        let Some(LegacySnapshot::Room(room)) = &self.snapshot else { return 0 };
        room.known.as_ref().map_or(0, |known| known.state.since)
    }

    /// The conference, as children were told of it.
    pub(super) fn seats(&self) -> &[Option<Seat>] {
        &self.seats
    }

    /// The conference, as it is now.
    pub(super) fn seats_now(&self) -> &[Option<Seat>] {
        let Some(LegacySnapshot::Room(room)) = &self.snapshot else { return &[] };
        room.known.as_ref().and_then(|known| known.state.seats.as_deref()).unwrap_or_default()
    }

    /// A peer's seat in the conference as it is now, and its column.
    pub(super) fn seat_of(&self, peer: &PeerId) -> Option<(usize, &Seat)> {
        let mut seats = self.seats_now().iter().enumerate();
        seats.find_map(|(at, seat)| {
            let seat = seat.as_ref().filter(|seat| seat.id == *peer)?;
            Some((at + 1, seat))
        })
    }

    /// Whether this peer shows something in the conference.
    pub(super) fn shows_itself(&self) -> bool {
        let Some(LegacySnapshot::Room(room)) = &self.snapshot else { return false };
        room.shows.audio || room.shows.video
    }

    /// A message of ours that a neighbour hears at once; what the room is like follows with the
    /// next round.
    pub(super) fn encode(
        &self,
        own: &PeerId,
        neighbour: &Neighbour,
        pictures: &Pictures,
        message: &Message,
    ) -> Option<Vec<u8>> {
        match message {
            // A legacy page shows what it says itself.
            Message::Chat(message) if message.author == neighbour.peer => None,
            Message::Chat(message) if !neighbour.muted => {
                let (name, text) = (message.name.clone(), message.text.clone());
                let picture = |id| pictures.get(id?).map(|picture| (**picture).clone());
                let [image, avatar] = [message.image, message.avatar].map(picture);
                Some(Chat { name, text, image, avatar }.encode(own))
            }
            Message::Request(request) => {
                let Act::Seat(GatheringKind::Conference, seat) = &request.act else { return None };
                let SeatRequest { join, stream, legacy, .. } = seat;
                let Role::Parent(room, ..) = &neighbour.role else { return None };
                // It was open, and is not any more.
                if room.seats.is_none() && self.conferred {
                    return None;
                }
                let (id, name) = (request.author.clone(), request.name.clone());
                let ask = match (column(&room.seats, &id), join) {
                    (None, true) => Conference::Join { id, name },
                    (Some(column), true) if *legacy => {
                        Conference::Show { column, stream: stream.clone(), name }
                    }
                    (Some(column), true) => {
                        Conference::Show { column, stream: Some(stream_of(&id)), name }
                    }
                    (Some(column), false) => Conference::Leave { column, id },
                    (None, false) => return None,
                };
                Some(ask.encode())
            }
            Message::RequestStream { name } => Some(request_stream(own, name)),
            _ => None,
        }
    }

    /// A round: tells every neighbour what is news to it, new ones at once. Returns whether there is
    /// anything to tell.
    pub(super) fn tell<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        neighbours: &mut LinkMap<Neighbour>,
    ) -> bool {
        let Some(snapshot) = self.snapshot.take() else {
            self.due = None;
            return false;
        };
        let new = neighbours.values().any(|n| n.open && n.told.is_none() && n.listens());
        let pace = if matches!(snapshot, LegacySnapshot::Room(_)) { PACE } else { LIST_PACE };
        let next = self.told_at + pace;
        // A page that takes a seat dials those who sit, and a map that lacks it takes it for a
        // child.
        let seats = self.tell_seats(swarm, neighbours, &snapshot);
        let all = seats || (self.outdated && swarm.now >= next);
        if all {
            self.told_at = swarm.now;
            self.outdated = false;
        }
        self.due = self.outdated.then_some(next);
        if all || new {
            for (link, packed) in self.news(&snapshot, swarm.id(), neighbours, all) {
                swarm.send_packed(link, packed);
            }
        }
        self.snapshot = Some(snapshot);
        true
    }

    /// Tells children who has taken or left a seat, before a map shows it. Returns whether anybody
    /// has.
    fn tell_seats<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        neighbours: &LinkMap<Neighbour>,
        snapshot: &LegacySnapshot,
    ) -> bool {
        let seats = match snapshot {
            LegacySnapshot::Room(room) => {
                room.known.as_ref().and_then(|known| known.state.seats.clone())
            }
            LegacySnapshot::Index { .. } => None,
        };
        self.conferred |= seats.is_some();
        let new = seats.unwrap_or_default();
        let old = core::mem::replace(&mut self.seats, new.clone());
        let mut told = Vec::new();
        for at in 0..new.len().max(old.len()) {
            let (old, new) = (old.get(at).cloned().flatten(), new.get(at).cloned().flatten());
            let same = old.as_ref().map(|seat| &seat.id) == new.as_ref().map(|seat| &seat.id);
            for (seat, joined) in [(old, false), (new, true)] {
                let seat = seat.filter(|_| !same);
                told.extend(
                    seat.map(|seat| Conference::told(joined, at + 1, &seat.id, &seat.name)),
                );
            }
        }
        for packed in &told {
            let children = neighbours.iter().filter(|(_, known)| known.child().is_some());
            children.for_each(|(link, _)| swarm.send_packed(*link, packed.clone()));
        }
        !told.is_empty()
    }

    /// What is news, and to whom; only to those who know nothing yet unless `all`.
    fn news(
        &self,
        snapshot: &LegacySnapshot,
        own: &PeerId,
        neighbours: &mut LinkMap<Neighbour>,
        all: bool,
    ) -> Vec<(LinkId, Vec<u8>)> {
        let mut round = Round {
            snapshot,
            own,
            below: below(snapshot, own, neighbours),
            conferred: self.conferred,
            packed: [const { None }; 5],
        };
        let mut told = Vec::new();
        for (link, neighbour) in neighbours.iter_mut() {
            if !neighbour.open || !(all || neighbour.told.is_none()) {
                continue;
            }
            let Some(kind) = Kind::of(neighbour, snapshot, own) else { continue };
            let Some((hash, packed)) = round.pack(kind) else { continue };
            if neighbour.told != Some(hash) {
                neighbour.told = Some(hash);
                told.push((*link, packed));
            }
        }
        told
    }
}

/// This peer with all that it knows to be below it.
fn below(snapshot: &LegacySnapshot, own: &PeerId, neighbours: &LinkMap<Neighbour>) -> Option<Node> {
    let LegacySnapshot::Room(room) = snapshot else { return None };
    let mut left = limits::OLD_NODES;
    let children = room.children.iter().map(|(id, name)| {
        let mut known = neighbours.values().filter_map(|neighbour| neighbour.child());
        let node = known.find(|node| node.id == *id).filter(|node| node.size() as usize <= left);
        left = left.saturating_sub(node.map_or(1, |node| node.size() as usize));
        node.cloned().unwrap_or_else(|| Node::alone(id, name))
    });
    let children = children.collect();
    Some(Node { id: own.clone(), name: room.name.clone(), children })
}

/// In which column a peer sits; columns begin at 1.
fn column(seats: &Option<Vec<Option<Seat>>>, id: &PeerId) -> Option<usize> {
    let mut seats = seats.iter().flatten();
    Some(1 + seats.position(|seat| seat.as_ref().is_some_and(|seat| seat.id == *id))?)
}

/// What may be told.
#[derive(Clone, Copy)]
enum Kind {
    /// The room, as from its host.
    Room,
    /// The room, as from a member.
    SecondHand,
    /// That there is a room, whose door is closed.
    Door,
    /// This peer and what is below it.
    Here,
    /// The list of rooms.
    List,
}

impl Kind {
    fn of(neighbour: &Neighbour, snapshot: &LegacySnapshot, own: &PeerId) -> Option<Self> {
        match (&neighbour.role, snapshot) {
            (Role::Root, LegacySnapshot::Room(room)) if room.is_closed() => Some(Self::Door),
            (_, LegacySnapshot::Room(room)) if neighbour.is_stranger() && room.is_closed() => {
                Some(Self::Door)
            }
            (Role::Guest | Role::Asking(_) | Role::Waiting(..), LegacySnapshot::Room(room)) => {
                let host = room.known.as_ref().is_some_and(|known| known.state.id == *own);
                Some(if host { Self::Room } else { Self::SecondHand })
            }
            (Role::Child(_) | Role::Root, LegacySnapshot::Room(_)) => Some(Self::Room),
            (Role::Joining(_) | Role::Parent(..), LegacySnapshot::Room(_)) => Some(Self::Here),
            (Role::Guest, LegacySnapshot::Index { .. }) => Some(Self::List),
            _ => None,
        }
    }
}

/// Legacy pages know covers by their addresses only: writes one of `covers` into its room as long as
/// so many characters are left.
fn write_cover(meta: &mut RoomMeta, covers: &[Arc<Picture>], left: &mut usize) {
    let cover = covers.iter().find(|cover| Some(cover.id()) == meta.image);
    let Some(address) = cover.map(|cover| cover.to_data_url()) else { return };
    if let Some(rest) = left.checked_sub(address.len()) {
        *left = rest;
        meta.cover = address;
    }
}

/// The messages of one round, each made when the first neighbour needs it.
struct Round<'a> {
    snapshot: &'a LegacySnapshot,
    own: &'a PeerId,
    below: Option<Node>,
    /// A map with seats was told: one without them would stop those who have none (C-12).
    conferred: bool,
    packed: [Option<(u64, Vec<u8>)>; 5],
}

impl Round<'_> {
    fn pack(&mut self, kind: Kind) -> Option<(u64, Vec<u8>)> {
        let at = kind as usize;
        if self.packed[at].is_none() {
            let packed = self.message(kind)?;
            let mut hasher = std::hash::DefaultHasher::new();
            packed.hash(&mut hasher);
            self.packed[at] = Some((hasher.finish(), packed));
        }
        self.packed[at].clone()
    }

    fn message(&self, kind: Kind) -> Option<Vec<u8>> {
        match (kind, self.snapshot) {
            (Kind::Here, _) => Some(self.below.as_ref()?.value(0).encode()),
            (Kind::List, LegacySnapshot::Index { cards, covers }) => {
                let mut left = limits::OLD_COVERS;
                let map = |card: &Arc<RoomCard>| {
                    let mut card = (**card).clone();
                    write_cover(&mut card.meta, covers, &mut left);
                    Map::from(card)
                };
                let maps: Vec<Map> = cards.iter().map(map).collect();
                Some(Value::Array(maps.iter().map(|map| map.value("")).collect()).encode())
            }
            (Kind::Door, LegacySnapshot::Room(room)) => self.door(room),
            (_, LegacySnapshot::Room(room)) => self.room(room, matches!(kind, Kind::Room)),
            _ => None,
        }
    }

    /// The room as those see it who are not let in: its title, and no id but that of the peer that
    /// they have dialled.
    fn door(&self, room: &RoomSnapshot) -> Option<Vec<u8>> {
        let KnownRoom { state, members, .. } = room.known.as_ref()?;
        let mut title = format!("\u{1f512} {}", state.meta.title);
        clamp_text(&mut title, limits::TITLE);
        let first_hand = state.id == *self.own;
        let map = Map {
            first_hand,
            members: *members,
            meta: RoomMeta { title, kind: state.meta.kind, ..RoomMeta::default() },
            cover: None,
            host: self.own.clone(),
            name: if first_hand { state.host.clone() } else { String::new() },
            nodes: None,
            seats: self.conferred.then(Vec::new),
        };
        let network = room.network.as_ref().map_or("", PeerId::as_str);
        Some(map.value(network).encode())
    }

    fn room(&self, room: &RoomSnapshot, first_hand: bool) -> Option<Vec<u8>> {
        let KnownRoom { state, members, .. } = room.known.as_ref()?;
        let mut nodes = self.below.clone()?;
        // The way from the host; what else hangs on it, this peer does not know.
        for id in room.path.iter().flatten().rev().filter(|id| *id != self.own) {
            nodes = Node { children: vec![nodes], ..Node::alone(id, "") };
        }
        if nodes.id == state.id {
            nodes.name.clone_from(&state.host);
        } else {
            nodes = Node { children: vec![nodes], ..Node::alone(&state.id, &state.host) };
        }
        let mut meta = state.meta.clone();
        write_cover(&mut meta, room.cover.as_slice(), &mut { limits::OLD_COVER });
        let map = Map {
            first_hand,
            members: *members,
            meta,
            cover: None,
            host: state.id.clone(),
            name: state.host.clone(),
            nodes: Some(nodes),
            seats: state.seats.clone().or_else(|| self.conferred.then(Vec::new)),
        };
        let network = room.network.as_ref().map_or("", PeerId::as_str);
        Some(map.value(network).encode())
    }
}
