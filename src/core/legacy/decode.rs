//! What an old page says, in our own words.
//!
//! Nobody is believed about others: a child speaks for itself and names only what is below it, a
//! host announces its own room, and only the parent says what the room is.

use core::time::Duration;
use std::sync::Arc;

use rand_core::RngCore;

use super::{HANDSHAKE, LegacySnapshot, Neighbour, Role};
use crate::link::DisconnectReason;
use crate::model::extra::Extra;
use crate::model::picture::Picture;
use crate::model::{ChatMessage, Tracks};
use crate::swarm::{Event, LinkRole, Swarm};
use crate::util::bucket::Rate;
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::wire::legacy::{Chat, Conference, Map, Node, Old, picture};
use crate::wire::message::{Message, RoomState, Summary};

const RATE: Rate = Rate {
    interval: Duration::from_millis(1_000 / limits::OLD_RATE as u64),
    burst: limits::OLD_BURST,
};

/// Whoever was answered may ask for the stream again after this.
const ASK_AGAIN: Duration = Duration::from_secs(30);

impl<R: RngCore> Swarm<R> {
    /// A message came over a link to an old page.
    pub(crate) fn heard_old(&mut self, link: LinkId, bytes: &[u8]) {
        let Some(neighbour) = self.legacy.neighbours.get_mut(&link) else { return };
        if !neighbour.rate.take(self.now, RATE) {
            return self.fault(link);
        }
        match Old::parse(bytes) {
            Ok(Some(old)) => self.understood(link, old),
            Ok(None) => self.fault(link),
            Err(_) => self.end_old(link, DisconnectReason::Broken),
        }
    }

    /// Too much, or nonsense; both are overlooked for a while.
    fn fault(&mut self, link: LinkId) {
        let Some(neighbour) = self.legacy.neighbours.get_mut(&link) else { return };
        neighbour.faults += 1;
        if neighbour.faults > limits::OLD_FAULTS {
            self.end_old(link, DisconnectReason::Broken);
        }
    }

    fn understood(&mut self, link: LinkId, old: Old) {
        self.legacy.outdated = true;
        let Some(neighbour) = self.legacy.neighbours.get_mut(&link) else { return };
        let peer = neighbour.peer.clone();
        let in_room = matches!(self.legacy.snapshot, Some(LegacySnapshot::Room(_)));
        match (&mut neighbour.role, old) {
            (Role::Guest | Role::Child(_), Old::RequestStream { id, name })
                if id == peer && in_room =>
            {
                let rests = |answered| self.now.since(answered) < ASK_AGAIN;
                if !neighbour.answered.is_some_and(rests) {
                    neighbour.asks_for_stream = Some(name);
                    self.dirty = true;
                }
            }
            (Role::Guest, Old::Here(node)) if node.id == peer && in_room => {
                neighbour.role = Role::Asking(node);
                self.events.push_back(Event::IncomingOffer { link, peer, handshake: HANDSHAKE });
            }
            (Role::Asking(known) | Role::Waiting(known, _), Old::Here(node)) if node.id == peer => {
                *known = node;
            }
            (Role::Child(known), Old::Here(node)) if node.id == peer => {
                let renamed = (known.name != node.name).then(|| node.name.clone());
                let summary = summary(&node);
                let before = core::mem::replace(known, node.clone());
                self.leave_seat(link, &before, Some(&node));
                if let Some(name) = renamed {
                    self.hand_over(link, Message::Rename { name });
                }
                self.hand_over(link, Message::Summary(summary));
            }
            (Role::Child(_), Old::Picture(id)) if id == peer => self.asked_for_picture(link),
            (Role::Child(_) | Role::Parent(..), Old::Chat(chat)) => self.heard_chat(link, chat),
            (Role::Guest | Role::Host, Old::Map(map))
                if map.host == peer
                    && matches!(self.legacy.snapshot, Some(LegacySnapshot::Index { .. })) =>
            {
                neighbour.role = Role::Host;
                self.set_role(link, LinkRole::Announcer);
                let cover = map.cover.clone();
                self.hand_over(link, Message::Announce(map.card()));
                self.hand_over_covers(link, cover);
            }
            (Role::Child(known), Old::Conference(Some(about))) => {
                let (id, name, join, stream) = match about {
                    Conference::Join { id, name } => (id, name, true, None),
                    Conference::Leave { id, .. } => (id, String::new(), false, None),
                    Conference::Show { column, stream, name } => {
                        let seat = self.legacy.seats.get(column.wrapping_sub(1));
                        let Some(Some(seat)) = seat else { return };
                        (seat.id.clone(), name, true, stream)
                    }
                };
                if known.contains(&id) {
                    self.hand_over(link, Message::ConferenceUpdate { id, name, join, stream });
                }
            }
            // It takes us for somebody of its conference who calls, since it has not noticed yet
            // that we are gone; in a while it will.
            (Role::Joining(_), Old::Conference(Some(Conference::Show { .. }))) => {
                self.end_old(link, DisconnectReason::Closed);
            }
            (Role::Joining(_), Old::Map(map)) => self.adopted_old(link, *map),
            (Role::Parent(..), Old::Map(map)) if map.first_hand => self.room_of_parent(link, *map),
            (Role::Parent(..), Old::Picture(_)) => self.ask_for_picture(link),
            // A list of rooms is what an index root says, and it is no parent.
            (Role::Joining(_), Old::Rooms(_)) => self.end_old(link, DisconnectReason::Foreign),
            // It is a host, whose tree is looked at: it shows that once, at the beginning.
            (Role::Index, Old::Map(map)) if map.host == peer => {
                let put = map.nodes.as_ref().map(Node::peers).unwrap_or_default();
                self.hand_over(link, Message::Map { put, gone: Vec::new() });
            }
            (Role::Index, Old::Rooms(maps)) => {
                let covers: Vec<_> = maps.iter().filter_map(|map| map.cover.clone()).collect();
                let cards = maps.into_iter().map(Map::card).collect();
                self.hand_over(link, Message::Rooms { cards });
                self.hand_over_covers(link, covers);
            }
            _ => {}
        }
    }

    /// Covers come without being asked for; those that the node does not ask for are ignored.
    fn hand_over_covers(&mut self, link: LinkId, covers: impl IntoIterator<Item = Arc<Picture>>) {
        covers.into_iter().for_each(|cover| self.hand_over(link, Message::Picture(cover)));
    }

    fn heard_chat(&mut self, link: LinkId, chat: Chat) {
        let Chat { name, text, image, avatar } = chat;
        if text.trim().is_empty() && image.is_none() {
            return;
        }
        let number = self.legacy.number(self.now);
        let at = self.now.as_millis();
        let Some(neighbour) = self.legacy.neighbours.get(&link) else { return };
        // Who said it first is lost on the way; whoever passes it on stands for all behind it.
        let author = neighbour.peer.clone();
        let [image, avatar] = [image, avatar].map(|picture| {
            let picture = Arc::new(picture?);
            let id = picture.id();
            self.hand_over(link, Message::Picture(picture));
            Some(id)
        });
        let message =
            ChatMessage { author, number, name, text, at, image, avatar, extra: Extra::default() };
        self.hand_over(link, Message::Chat(message));
    }

    /// Whoever is below a child no more has left its seat, too.
    pub(crate) fn leave_seat(&mut self, link: LinkId, before: &Node, after: Option<&Node>) {
        let seats = self.legacy.seats.iter().flatten().map(|seat| seat.id.clone());
        let gone: Vec<_> = seats
            .filter(|id| before.contains(id) && !after.is_some_and(|after| after.contains(id)))
            .collect();
        for id in gone {
            let name = String::new();
            self.hand_over(link, Message::ConferenceUpdate { id, name, join: false, stream: None });
        }
    }

    /// An old peer that was dialled shows the room: it is the parent from now on.
    fn adopted_old(&mut self, link: LinkId, map: Map) {
        let version = self.legacy.number(self.now);
        let Some(neighbour) = self.legacy.neighbours.get_mut(&link) else { return };
        let path = path(neighbour, &map);
        // Its call may have come before its map.
        let on_air = neighbour.media.calls.iter().find(|call| call.up).map(|call| call.tracks);
        let cover = map.cover.clone();
        let room = state(map, version, on_air);
        neighbour.role = Role::Parent(Box::new(room.clone()), path.clone());
        neighbour.muted = true;
        self.hand_over(link, Message::Adopted { room, path, high_water: Vec::new() });
        self.hand_over_covers(link, cover);
    }

    fn room_of_parent(&mut self, link: LinkId, map: Map) {
        let version = self.legacy.number(self.now);
        let Some(neighbour) = self.legacy.neighbours.get_mut(&link) else { return };
        let new_path = path(neighbour, &map);
        let Role::Parent(room, path) = &mut neighbour.role else { return };
        // A parent passes on what its host says, and that is always the same host.
        if map.host != room.id {
            return;
        }
        let cover = map.cover.clone();
        let new = state(map, version, room.on_air);
        let members = (new.members != room.members).then_some(new.members);
        let changed = new.meta != room.meta || new.host != room.host || new.seats != room.seats;
        let moved = *path != new_path;
        if changed {
            **room = new.clone();
        } else {
            room.members = new.members;
        }
        path.clone_from(&new_path);
        if changed {
            self.hand_over(link, Message::Room(new));
            self.hand_over_covers(link, cover);
        } else if let Some(count) = members {
            self.hand_over(link, Message::Members { count, depth: None });
        }
        if moved {
            self.hand_over(link, Message::Path { path: Some(new_path) });
        }
    }

    /// The picture from an old parent comes or goes.
    pub(crate) fn on_air_of_parent(&mut self, link: LinkId, on_air: Option<Tracks>) {
        let version = self.legacy.number(self.now);
        let Some(neighbour) = self.legacy.neighbours.get_mut(&link) else { return };
        let Role::Parent(room, _) = &mut neighbour.role else { return };
        if room.on_air != on_air {
            room.on_air = on_air;
            room.version = version;
            let room = (**room).clone();
            self.hand_over(link, Message::Room(room));
        }
    }

    /// Asks the old parent for a call, unless it was asked just now.
    pub(crate) fn ask_for_picture(&mut self, link: LinkId) {
        /// A parent that passes the question on answers within a few round trips.
        const AGAIN: Duration = Duration::from_secs(2);
        let (now, own) = (self.now, self.id().clone());
        let Some(neighbour) = self.legacy.neighbours.get_mut(&link) else { return };
        if neighbour.media.asked.is_none_or(|asked| now.since(asked) >= AGAIN) {
            neighbour.media.asked = Some(now);
            self.send_old(link, picture(Some(&own)));
        }
    }
}

/// What a child would say of itself, below which only old pages are. It is no place for ours, but
/// it does feed others, so that it is not sent further down itself.
pub(crate) fn summary(node: &Node) -> Summary {
    Summary { size: node.size(), height: node.height(), slots: 1, ..Summary::default() }
}

/// From the host to an old parent, as far as its map tells.
fn path(parent: &Neighbour, map: &Map) -> Vec<PeerId> {
    let known = map.nodes.as_ref().filter(|nodes| nodes.id == map.host);
    known.and_then(|nodes| nodes.path_to(&parent.peer)).unwrap_or_else(|| {
        let mut path = vec![map.host.clone()];
        path.extend((parent.peer != map.host).then(|| parent.peer.clone()));
        path
    })
}

/// The room as the host of an old page has it. There is no clock in it; the same room must look
/// the same through whichever gateway it comes.
fn state(map: Map, version: u64, on_air: Option<Tracks>) -> RoomState {
    let Map { meta, host: id, name: host, members, seats, .. } = map;
    let rules = Arc::default();
    RoomState {
        version,
        id,
        meta,
        host,
        since: 0,
        on_air,
        source_stalled: false,
        members,
        seats,
        rules,
        extra: Extra::default(),
    }
}
