//! What this node tells its old neighbours: whole maps, compared with the last one.

use core::hash::{Hash, Hasher};
use core::time::Duration;
use std::sync::Arc;

use rand_core::RngCore;

use super::{Legacy, LegacySnapshot, Neighbour, Role, RoomSnapshot};
use crate::model::picture::Picture;
use crate::model::{RoomCard, RoomMeta};
use crate::swarm::Swarm;
use crate::util::binarypack::Value;
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::wire::legacy::{Chat, Conference, Map, Node};
use crate::wire::message::{Message, Seat};

/// The shortest time between two rounds. A list of rooms is larger, and hurries nobody.
const PACE: Duration = Duration::from_millis(250);
const LIST_PACE: Duration = Duration::from_secs(1);

impl<R: RngCore> Swarm<R> {
    /// A message of ours to an old neighbour: only the chat is said at once, what the room is like
    /// follows with the next round.
    pub(crate) fn say_old(&mut self, link: LinkId, message: &Message) {
        let Some(neighbour) = self.legacy.neighbours.get(&link) else { return };
        match message {
            // What another gateway has numbered for an old page that speaks here, too.
            Message::Chat(message) if self.legacy.speaks(&message.author) => {
                self.legacy.number = self.legacy.number.max(message.number);
            }
            _ => {}
        }
        match message {
            // An old page shows what it says itself.
            Message::Chat(message) if message.author == neighbour.peer => {}
            Message::Chat(message) if !neighbour.muted => {
                let (name, text) = (message.name.clone(), message.text.clone());
                let picture = |id| self.legacy.pictures.get(id?).map(|p| (**p).clone());
                let [image, avatar] = [message.image, message.avatar].map(picture);
                let chat = Chat { name, text, image, avatar }.encode(self.id());
                self.send_old(link, chat);
            }
            Message::Picture(picture) => self.legacy.pictures.keep(picture.clone()),
            Message::ConferenceUpdate { id, name, join, stream } => {
                let Role::Parent(room, _) = &neighbour.role else { return };
                // It was open, and is not any more.
                if room.seats.is_none() && self.legacy.conferred {
                    return;
                }
                let (id, name) = (id.clone(), name.clone());
                let ask = match (column(&room.seats, &id), join) {
                    (None, true) => Conference::Join { id, name },
                    (Some(column), true) => {
                        Conference::Show { column, stream: stream.clone(), name }
                    }
                    (Some(column), false) => Conference::Leave { column, id },
                    (None, false) => return,
                };
                self.send_old(link, ask.encode());
            }
            Message::MediaTimeout if matches!(neighbour.role, Role::Parent(..)) => {
                self.ask_for_picture(link)
            }
            _ => {}
        }
    }

    pub(crate) fn send_old(&mut self, link: LinkId, packed: Vec<u8>) {
        self.with(link, |link, ctx| link.send_packed(ctx, packed));
    }

    /// A round: tells everyone what is news to them. Whoever is new is told at once.
    pub(crate) fn tell_all_old(&mut self) {
        for neighbour in self.legacy.neighbours.values_mut() {
            neighbour.muted = false;
        }
        let Some(snapshot) = self.legacy.snapshot.take() else {
            return self.turn_away();
        };
        let new =
            self.legacy.neighbours.values().any(|n| n.open && n.told.is_none() && n.listens());
        let pace = if matches!(snapshot, LegacySnapshot::Room(_)) { PACE } else { LIST_PACE };
        let next = self.legacy.told_at + pace;
        // Whoever takes a seat dials those who sit, and a map that lacks it takes it for a child.
        let all = self.tell_seats(&snapshot) || (self.legacy.outdated && self.now >= next);
        if all || new {
            if all {
                self.legacy.told_at = self.now;
                self.legacy.outdated = false;
            }
            self.legacy.due = self.legacy.outdated.then_some(next);
            let own = self.id().clone();
            let told = self.legacy.news(&snapshot, &own, all);
            for (link, packed) in told {
                self.send_old(link, packed);
            }
        } else {
            self.legacy.due = self.legacy.outdated.then_some(next);
        }
        self.legacy.snapshot = Some(snapshot);
    }

    /// Tells old children who has taken or left a seat, before a map shows it. Returns whether
    /// anybody has.
    fn tell_seats(&mut self, snapshot: &LegacySnapshot) -> bool {
        let seats = match snapshot {
            LegacySnapshot::Room(room) => room.state.as_ref().and_then(|state| state.seats.clone()),
            LegacySnapshot::Index { .. } => None,
        };
        let seats_known = seats.is_some();
        let (new, old) = (seats.unwrap_or_default(), core::mem::take(&mut self.legacy.seats));
        let mut told = Vec::new();
        for at in 0..new.len().max(old.len()) {
            let (old, new) = (old.get(at).cloned().flatten(), new.get(at).cloned().flatten());
            let same = old.as_ref().map(|seat| &seat.id) == new.as_ref().map(|seat| &seat.id);
            for (seat, joined) in [(old, false), (new, true)] {
                told.extend(
                    seat.filter(|_| !same)
                        .map(|seat| Conference::told(joined, at + 1, &seat.id, &seat.name)),
                );
            }
        }
        self.legacy.conferred |= seats_known;
        self.legacy.seats = new;
        let children: Vec<_> = self.legacy.children().map(|(link, _)| link).collect();
        for packed in &told {
            children.iter().for_each(|link| self.send_old(*link, packed.clone()));
        }
        !told.is_empty()
    }

    /// Strangers who came while there was nothing to tell them.
    fn turn_away(&mut self) {
        self.legacy.due = None;
        let strangers = self.legacy.neighbours.iter();
        let strangers = strangers.filter(|(_, n)| {
            matches!(n.role, Role::Guest | Role::Asking(_) | Role::Waiting(..) | Role::Host)
        });
        for link in strangers.map(|(link, _)| *link).collect::<Vec<_>>() {
            self.close(link);
        }
    }
}

/// Where somebody sits; columns begin at 1.
fn column(seats: &Option<Vec<Option<Seat>>>, id: &PeerId) -> Option<usize> {
    let mut seats = seats.iter().flatten();
    Some(1 + seats.position(|seat| seat.as_ref().is_some_and(|seat| seat.id == *id))?)
}

impl Legacy {
    /// What is news, and to whom; only to those who know nothing yet unless `all`.
    fn news(
        &mut self,
        snapshot: &LegacySnapshot,
        own: &PeerId,
        all: bool,
    ) -> Vec<(LinkId, Vec<u8>)> {
        let mut made = Made {
            snapshot,
            own,
            below: self.below(snapshot, own),
            conferred: self.conferred,
            packed: [const { None }; 4],
        };
        let mut told = Vec::new();
        for (link, neighbour) in self.neighbours.iter_mut() {
            if !neighbour.open || !(all || neighbour.told.is_none()) {
                continue;
            }
            let Some(kind) = neighbour.kind(snapshot, own) else { continue };
            let Some((hash, packed)) = made.pack(kind) else { continue };
            if neighbour.told != Some(hash) {
                neighbour.told = Some(hash);
                told.push((*link, packed));
            }
        }
        told
    }

    /// This peer with all that it knows to be below it.
    fn below(&self, snapshot: &LegacySnapshot, own: &PeerId) -> Option<Node> {
        let LegacySnapshot::Room(room) = snapshot else { return None };
        let mut left = limits::OLD_NODES;
        let children = room.children.iter().map(|(id, name)| {
            let old = self.neighbours.values().find_map(|neighbour| match &neighbour.role {
                Role::Child(node) if node.id == *id => Some(node),
                _ => None,
            });
            let node = old.filter(|node| node.size() as usize <= left);
            left = left.saturating_sub(node.map_or(1, |node| node.size() as usize));
            node.cloned().unwrap_or_else(|| Node::alone(id, name))
        });
        let children = children.collect();
        Some(Node { id: own.clone(), name: room.name.clone(), children })
    }
}

/// What may be told.
#[derive(Clone, Copy)]
enum Kind {
    /// The room, as from its host.
    Room,
    /// The room, as from somebody in it.
    SecondHand,
    /// This peer and what is below it.
    Here,
    /// The list of rooms.
    List,
}

impl Neighbour {
    /// Whether it is told anything at all.
    fn listens(&self) -> bool {
        !matches!(self.role, Role::Index | Role::Host)
    }

    fn kind(&self, snapshot: &LegacySnapshot, own: &PeerId) -> Option<Kind> {
        match (&self.role, snapshot) {
            (Role::Guest | Role::Asking(_) | Role::Waiting(..), LegacySnapshot::Room(room)) => {
                let host = room.state.as_ref().is_some_and(|state| state.id == *own);
                Some(if host { Kind::Room } else { Kind::SecondHand })
            }
            (Role::Child(_) | Role::Root, LegacySnapshot::Room(_)) => Some(Kind::Room),
            (Role::Joining(_) | Role::Parent(..), LegacySnapshot::Room(_)) => Some(Kind::Here),
            (Role::Guest, LegacySnapshot::Index { .. }) => Some(Kind::List),
            _ => None,
        }
    }
}

/// Old pages know covers by their addresses only: writes one of `covers` into its room as long as
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
struct Made<'a> {
    snapshot: &'a LegacySnapshot,
    own: &'a PeerId,
    below: Option<Node>,
    /// A map with seats was told: one without them would stop those who have none (C-12).
    conferred: bool,
    packed: [Option<(u64, Vec<u8>)>; 4],
}

impl Made<'_> {
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
                let map = |mut card: RoomCard| {
                    write_cover(&mut card.meta, covers, &mut left);
                    Map::from(card)
                };
                let maps: Vec<Map> = cards.iter().cloned().map(map).collect();
                Some(Value::Array(maps.iter().map(|map| map.value("")).collect()).encode())
            }
            (_, LegacySnapshot::Room(room)) => self.room(room, matches!(kind, Kind::Room)),
            _ => None,
        }
    }

    fn room(&self, room: &RoomSnapshot, first_hand: bool) -> Option<Vec<u8>> {
        let state = room.state.as_ref()?;
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
            members: state.members,
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
