//! What a legacy page says, in our own words.
//!
//! Nobody is believed about others: a child speaks for itself and names only what is below it, a
//! host announces its own room, and only the parent says what the room is.

use core::time::Duration;
use std::sync::Arc;

use super::neighbour::{Neighbour, Role};
use crate::game::{Action, Move};
use crate::identity::Signed;
use crate::link::DisconnectReason;
use crate::model::picture::Picture;
use crate::model::{ChatMessage, GatheringKind, Tracks};
use crate::util::id::PeerId;
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::legacy::{Chat, Conference, Map, Node, Old, Play};
use crate::wire::message::{Message, RoomState, Seat, Summary};
use crate::wire::request::{Act, Request, SeatRequest};

/// A page that was answered may ask for the stream again after this.
const ASK_AGAIN: Duration = Duration::from_secs(30);

/// What a message is understood with.
pub(super) struct Context<'a> {
    pub(super) now: Time,
    /// The node's id.
    pub(super) own: &'a PeerId,
    /// Whether this node is in a room.
    pub(super) is_room: bool,
    /// Whether it is an index root.
    pub(super) is_index: bool,
    /// Whether its room lets nobody in as they come.
    pub(super) is_closed: bool,
    /// When the room was opened.
    pub(super) since: u64,
    /// The conference, as children were told of it.
    pub(super) seats: &'a [Option<Seat>],
    /// What comes from the neighbour over a call.
    pub(super) on_air: Option<Tracks>,
    pub(super) numbers: &'a mut Numbers,
}

/// What follows from a message.
// It is handled at once, so its size costs nothing.
#[allow(clippy::large_enum_variant)]
pub(super) enum Heard {
    /// The node hears this.
    Message(Message),
    /// The page wants to be a child.
    WantsToJoin,
    /// It is a host that announces its room.
    Announces,
    /// It asks for the stream that is shown here.
    WantsStream,
    /// A child wants its picture.
    WantsPicture,
    /// The parent has a picture.
    HasPicture,
    /// A member of the conference names what it shows.
    Shows(Option<String>),
    /// What was taken for a member of the conference wants something else.
    IsNoConferee,
    /// The link is of no use.
    End(DisconnectReason),
}

/// Numbers for what legacy pages do not number.
#[derive(Default)]
pub(super) struct Numbers {
    last: u64,
}

impl Numbers {
    /// A number above all that were given, here or by other gateways as far as is known.
    pub(super) fn next(&mut self, now: Time) -> u64 {
        self.last = now.as_millis().max(self.last + 1).min(limits::CHAT_NUMBER);
        self.last
    }

    /// Another gateway has given this one.
    pub(super) fn note(&mut self, number: u64) {
        self.last = self.last.max(number);
    }
}

/// Notes what a neighbour says.
pub(super) fn decode(neighbour: &mut Neighbour, old: Old, context: &mut Context<'_>) -> Vec<Heard> {
    let peer = neighbour.peer.clone();
    let is_about_conference = matches!(old, Old::Conference(_));
    if matches!(neighbour.role, Role::Silent(_)) && !is_about_conference {
        neighbour.role = Role::Guest;
    }
    match (&mut neighbour.role, old) {
        // It asks the person for something that only those in the room get.
        (Role::Guest, Old::RequestStream { .. }) if context.is_closed => Vec::new(),
        (Role::Guest | Role::Child(_), Old::RequestStream { id, name })
            if id == peer && context.is_room =>
        {
            let rests = |answered| context.now.since(answered) < ASK_AGAIN;
            if neighbour.answered.is_some_and(rests) {
                return Vec::new();
            }
            neighbour.asks_for_stream = Some(name);
            vec![Heard::WantsStream]
        }
        (Role::Guest, Old::Here(node)) if node.id == peer && context.is_room => {
            neighbour.role = Role::Asking(node);
            vec![Heard::WantsToJoin]
        }
        (Role::Asking(known) | Role::Waiting(known, _), Old::Here(node)) if node.id == peer => {
            *known = node;
            Vec::new()
        }
        (Role::Child(known), Old::Here(node)) if node.id == peer => {
            let mut messages = left_seats(context, known, Some(&node));
            if known.name != node.name {
                messages.push(Message::Rename { name: node.name.clone() });
            }
            messages.push(Message::Summary(summary(&node)));
            messages.push(subtree(context.own, Some(known), &node));
            *known = node;
            heard(messages)
        }
        (Role::Child(_), Old::Picture(id)) if id == peer => vec![Heard::WantsPicture],
        (Role::Child(_) | Role::Parent(..), Old::Chat(chat)) => heard(said(peer, chat, context)),
        (Role::Guest | Role::Host, Old::Map(map)) if map.host == peer && context.is_index => {
            neighbour.role = Role::Host;
            let cover = map.cover.clone();
            let mut heard = vec![
                Heard::Announces,
                Heard::Message(Message::Announce(Signed::unproven(map.card()))),
            ];
            heard.extend(covers(cover).map(Heard::Message));
            heard
        }
        (Role::Child(known), Old::Conference(Some(about))) => {
            let (id, name, join, stream) = match about {
                Conference::Join { id, name } => (id, name, true, None),
                Conference::Leave { id, .. } => (id, String::new(), false, None),
                Conference::Show { column, stream, name } => {
                    let seat = context.seats.get(column.wrapping_sub(1));
                    let Some(Some(seat)) = seat else { return Vec::new() };
                    (seat.id.clone(), name, true, stream)
                }
            };
            let is_below = known.contains(&id);
            heard(is_below.then(|| request(context, id, name, (join, stream))))
        }
        (Role::Child(_), Old::Play(play)) => {
            let is_seated = neighbour.game.as_ref().is_some_and(|g| g.number_of(&peer).is_some());
            let (name, actions) = match play {
                Play::Toggle { id, .. } if id != peer => return Vec::new(),
                Play::Toggle { name, .. } if is_seated => (name, vec![Action::Leave]),
                Play::Toggle { name, ability, .. } => {
                    (name, vec![Action::Join, Action::Choose(ability), Action::Ready(true)])
                }
                Play::Move(action) => (String::new(), vec![Action::Move(Move::Five(action))]),
            };
            let ask = |action| ask(context, peer.clone(), name.clone(), Act::Game(action));
            heard(actions.into_iter().map(ask).collect::<Vec<_>>())
        }
        (Role::Conferee, Old::Conference(Some(Conference::Show { stream, .. }))) => {
            vec![Heard::Shows(stream)]
        }
        (Role::Conferee, Old::Here(node)) if node.id == peer && context.is_room => {
            neighbour.role = Role::Asking(node);
            vec![Heard::IsNoConferee, Heard::WantsToJoin]
        }
        // It does not know yet that this peer has a seat.
        (Role::Conferee, Old::Map(_)) => vec![Heard::End(DisconnectReason::Closed)],
        // It takes us for a member of its conference that calls, since it has not noticed yet that
        // we are gone; in a while it will.
        (Role::Joining(_), Old::Conference(Some(Conference::Show { .. }))) => {
            vec![Heard::End(DisconnectReason::Closed)]
        }
        (Role::Joining(_), Old::Map(map)) => heard(adopted(neighbour, *map, context)),
        (Role::Parent(..), Old::Map(map)) if map.first_hand => {
            heard(room_of_parent(neighbour, *map, context))
        }
        (Role::Parent(..), Old::Picture(_)) => vec![Heard::HasPicture],
        // A list of rooms is what an index root says, and it is no parent.
        (Role::Joining(_), Old::Rooms(_)) => vec![Heard::End(DisconnectReason::Foreign)],
        // It is a host, whose tree is looked at: it shows that once, at the beginning.
        (Role::Index, Old::Map(map)) if map.host == peer => {
            let put = map.nodes.as_ref().map(Node::peers).unwrap_or_default();
            heard([Message::Map { put, gone: Vec::new() }])
        }
        (Role::Index, Old::Rooms(maps)) => {
            let pictures: Vec<_> = maps.iter().filter_map(|map| map.cover.clone()).collect();
            let cards = maps.into_iter().map(|map| Signed::unproven(map.card())).collect();
            heard([Message::Rooms { cards }].into_iter().chain(covers(pictures)))
        }
        _ => Vec::new(),
    }
}

/// What the node hears when the picture from a parent, or from who lends it, comes or goes.
pub(super) fn on_air(
    neighbour: &mut Neighbour,
    on_air: Option<Tracks>,
    version: u64,
) -> Option<Message> {
    let room = match &mut neighbour.role {
        Role::Parent(room, ..) => room,
        Role::Lender => {
            return Some(Message::OnAir { name: String::new(), by: None, tracks: on_air });
        }
        _ => return None,
    };
    if room.on_air == on_air {
        return None;
    }
    room.on_air = on_air;
    room.version = version;
    Some(Message::Room(Signed::unproven((**room).clone())))
}

/// A peer that is not below a child any more has left its seat, too.
pub(super) fn left_seats(
    context: &mut Context<'_>,
    before: &Node,
    after: Option<&Node>,
) -> Vec<Message> {
    let seated = context.seats.iter().flatten().map(|seat| &seat.id);
    let gone = seated
        .filter(|id| before.contains(id) && !after.is_some_and(|after| after.contains(id)))
        .cloned()
        .collect::<Vec<_>>();
    let leave = |id| request(context, id, String::new(), (false, None));
    gone.into_iter().map(leave).collect()
}

/// What a page that can sign nothing asks of the host.
fn request(
    context: &mut Context<'_>,
    author: PeerId,
    name: String,
    (join, stream): (bool, Option<String>),
) -> Message {
    let shows = stream.is_some();
    let tracks = Tracks { audio: shows, video: shows };
    let seat = SeatRequest { join, tracks, legacy: true, stream, ..SeatRequest::default() };
    ask(context, author, name, Act::Seat(GatheringKind::Conference, seat))
}

fn ask(context: &mut Context<'_>, author: PeerId, name: String, act: Act) -> Message {
    let (since, number) = (context.since, context.numbers.next(context.now));
    Message::Request(Signed::unproven(Request { since, number, author, name, act }))
}

fn heard(messages: impl IntoIterator<Item = Message>) -> Vec<Heard> {
    messages.into_iter().map(Heard::Message).collect()
}

/// Covers come without being asked for; those that the node does not ask for are ignored.
fn covers(covers: impl IntoIterator<Item = Arc<Picture>>) -> impl Iterator<Item = Message> {
    covers.into_iter().map(Message::Picture)
}

fn said(author: PeerId, chat: Chat, context: &mut Context<'_>) -> Vec<Message> {
    let Chat { name, text, image, avatar } = chat;
    if text.trim().is_empty() && image.is_none() {
        return Vec::new();
    }
    let number = context.numbers.next(context.now);
    let at = context.now.as_millis();
    let mut messages = Vec::new();
    // Who said it first is lost on the way; the page that passes it on stands for all behind it.
    let [image, avatar] = [image, avatar].map(|picture| {
        let picture = Arc::new(picture?);
        let id = picture.id();
        messages.push(Message::Picture(picture));
        Some(id)
    });
    let message = ChatMessage { author, number, name, text, at, image, avatar };
    messages.push(Message::Chat(Signed::unproven(message)));
    messages
}

/// A peer that was dialled shows the room: it is the parent from now on.
fn adopted(neighbour: &mut Neighbour, map: Map, context: &mut Context<'_>) -> Vec<Message> {
    let version = context.numbers.next(context.now);
    let path = path(neighbour, &map);
    let cover = map.cover.clone();
    let members = map.members;
    // Its call may have come before its map.
    let room = state(map, version, context.on_air);
    neighbour.role = Role::Parent(Box::new(room.clone()), members, path.clone());
    neighbour.muted = true;
    let adopted = Message::Adopted {
        room: Signed::unproven(room),
        orders: Vec::new(),
        membership: Vec::new(),
        members,
        path,
        high_water: Vec::new(),
    };
    let mut messages = vec![adopted];
    messages.extend(covers(cover));
    messages
}

fn room_of_parent(neighbour: &mut Neighbour, map: Map, context: &mut Context<'_>) -> Vec<Message> {
    let version = context.numbers.next(context.now);
    let new_path = path(neighbour, &map);
    let Role::Parent(room, members, path) = &mut neighbour.role else { return Vec::new() };
    // A parent passes on what its host says, and that is always the same host.
    if map.host != room.id {
        return Vec::new();
    }
    let cover = map.cover.clone();
    let count = map.members;
    let new = state(map, version, room.on_air);
    let changed = new.meta != room.meta || new.host != room.host || new.seats != room.seats;
    let moved = *path != new_path;
    let mut messages = Vec::new();
    if changed {
        **room = new.clone();
        messages.push(Message::Room(Signed::unproven(new)));
        messages.extend(covers(cover));
    }
    if *members != count {
        *members = count;
        messages.push(Message::Members { count, depth: None });
    }
    if moved {
        path.clone_from(&new_path);
        messages.push(Message::Path { path: Some(new_path) });
    }
    messages
}

/// What a child would say of itself, below which only legacy pages are. It is no place for our peers, but
/// it does feed others, so that it is not sent further down itself.
pub(super) fn summary(node: &Node) -> Summary {
    Summary { size: node.size(), height: node.height(), slots: 1, ..Summary::default() }
}

/// What a child would put in the room's map if it could, below the node with the id `own`; `before`
/// is what it has said earlier.
pub(super) fn subtree(own: &PeerId, before: Option<&Node>, node: &Node) -> Message {
    let mut put = node.peers();
    if let Some(child) = put.first_mut() {
        child.parent = Some(own.clone());
    }
    let before = before.map(Node::peers).unwrap_or_default();
    let gone = before.into_iter().map(|peer| peer.id).filter(|id| !node.contains(id)).collect();
    Message::Map { put, gone }
}

/// From the host to a parent, as far as its map tells.
fn path(parent: &Neighbour, map: &Map) -> Vec<PeerId> {
    let known = map.nodes.as_ref().filter(|nodes| nodes.id == map.host);
    known.and_then(|nodes| nodes.path_to(&parent.peer)).unwrap_or_else(|| {
        let mut path = vec![map.host.clone()];
        path.extend((parent.peer != map.host).then(|| parent.peer.clone()));
        path
    })
}

/// The room as the host of a legacy page has it. There is no clock in it; the same room must look
/// the same through whichever gateway it comes.
fn state(map: Map, version: u64, on_air: Option<Tracks>) -> RoomState {
    let Map { meta, host: id, name: host, seats, .. } = map;
    RoomState { version, id, meta, host, since: 0, on_air, source_stalled: false, seats }
}
