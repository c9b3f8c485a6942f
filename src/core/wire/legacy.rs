//! The arrays that the original pages send each other, read into types and written from them.
//!
//! They carry no names and no version: the first element is the type, except in the list of rooms,
//! which is an array of maps. Texts are cut to our limits, lists truncated; an id that PeerJS
//! would not accept makes the whole message senseless.

mod game;

use std::sync::Arc;

use super::binarypack::{self, Value};
use super::limits;
use super::message::{Seat, clamp_meta, clamp_text};
use crate::model::picture::Picture;
use crate::model::{MapPeer, RoomCard, RoomKind, RoomMeta, Tracks};
use crate::util::id::PeerId;
pub use game::{Play, news as game_news};

const CHAT: i64 = 0;
const MAP: i64 = 1;
const REQUEST_STREAM: i64 = 2;
const PICTURE: i64 = 4;
const CONFERENCE: i64 = 5;

/// A message of an old page.
#[derive(Clone, Debug, PartialEq)]
pub enum Old {
    /// A chat message.
    Chat(Chat),
    /// The whole room, as its host or another peer in it knows it.
    Map(Box<Map>),
    /// A child and all that is below it.
    Here(Node),
    /// From below: this peer wants to be called. From above: there is a new picture, ask for it.
    Picture(PeerId),
    /// There is no picture.
    NoPicture,
    /// The sender wants to be called with whatever the receiver shows.
    RequestStream {
        /// Who wants it.
        id: PeerId,
        /// Its name.
        name: String,
    },
    /// Something about the conference; `None` if it concerns only its participants.
    Conference(Option<Conference>),
    /// What a player asks of the host of a game.
    Play(Play),
    /// All rooms of an index root.
    Rooms(Vec<Map>),
}

/// A line of chat. Its author's id is not in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chat {
    /// The author's name.
    pub name: String,
    /// The text; may be empty beside an image.
    pub text: String,
    /// An image.
    pub image: Option<Picture>,
    /// The author's picture.
    pub avatar: Option<Picture>,
}

/// A line of text of an exchange page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeText {
    /// The person's name.
    pub name: String,
    /// What is said.
    pub text: String,
}

/// A room.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// Whether the host says so, and not a peer that was just dialled.
    pub first_hand: bool,
    /// How many people are in it, the host included.
    pub members: u32,
    /// What it is about.
    pub meta: RoomMeta,
    /// The cover, where it comes with the map.
    pub cover: Option<Arc<Picture>>,
    /// The host's id.
    pub host: PeerId,
    /// The host's name.
    pub name: String,
    /// The host and all below it, as far as it can be read.
    pub nodes: Option<Node>,
    /// The conference's seats; `None` while it is not open.
    pub seats: Option<Vec<Option<Seat>>>,
}

/// A peer and those below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its id.
    pub id: PeerId,
    /// Its name.
    pub name: String,
    /// Its children.
    pub children: Vec<Node>,
}

/// What goes up about the conference that old pages hold inside a room. Columns begin at 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conference {
    /// A peer wants to take part.
    Join {
        /// Who.
        id: PeerId,
        /// Its name.
        name: String,
    },
    /// A participant leaves.
    Leave {
        /// Its column.
        column: usize,
        /// Who.
        id: PeerId,
    },
    /// What a participant shows. Participants tell it to each other, too.
    Show {
        /// Its column.
        column: usize,
        /// The id of its stream.
        stream: Option<String>,
        /// Its name.
        name: String,
    },
}

impl Old {
    /// Reads an untrusted message. `None` if it makes no sense to anyone.
    pub fn parse(bytes: &[u8]) -> Result<Option<Self>, binarypack::Error> {
        let Value::Array(slots) = Value::decode(bytes)? else {
            return Ok(None);
        };
        Ok(Self::read(Slots(slots)))
    }

    fn read(mut slots: Slots) -> Option<Self> {
        let Some(kind) = slots.int(0) else {
            return Some(Self::Rooms(rooms(slots)?));
        };
        Some(match kind {
            CHAT => Self::Chat(Chat {
                name: slots.name(2),
                text: slots.text(3, limits::CHAT_TEXT),
                image: slots.picture(4),
                avatar: slots.picture(5),
            }),
            MAP if slots.int(1) == Some(0) => {
                Self::Here(Node::read(slots, &mut { limits::OLD_NODES })?)
            }
            MAP => Self::Map(Box::new(Map::read(slots)?)),
            REQUEST_STREAM => Self::RequestStream { id: slots.id(1)?, name: slots.name(2) },
            PICTURE => slots.id(1).map_or(Self::NoPicture, Self::Picture),
            CONFERENCE => Self::Conference(Conference::read(slots)),
            game::MOVE => Self::Play(Play::read_move(slots)?),
            game::PLAYER => Self::Play(Play::read_player(slots)?),
            _ => return None,
        })
    }
}

impl ExchangeText {
    /// Reads an untrusted message. `None` if no exchange page sends such a thing.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let Ok(Value::Array(slots)) = Value::decode(bytes) else { return None };
        let mut slots = Slots(slots);
        if slots.0.len() != 2 || slots.0[1].as_str().is_none() {
            return None;
        }
        let (name, text) = (slots.name(0), slots.text(1, limits::CHAT_TEXT));
        Some(Self { name, text })
    }

    /// The message. Exchange pages take it for HTML.
    pub fn encode(&self) -> Vec<u8> {
        let escape = |text: &str| Value::from(text.replace('&', "&amp;").replace('<', "&lt;"));
        Value::Array(vec![escape(&self.name), escape(&self.text)]).encode()
    }
}

impl Chat {
    /// The message; `from` is the peer that passes it on.
    pub fn encode(self, from: &PeerId) -> Vec<u8> {
        let [image, avatar] = [self.image, self.avatar].map(|p| Some(p?.to_data_url()));
        let image = image.map_or(Value::Null, Value::from);
        let texts = [self.name, self.text, avatar.unwrap_or_default()].map(Value::from);
        let [name, text, avatar] = texts;
        Value::Array(vec![Value::Int(CHAT), from.as_str().into(), name, text, image, avatar])
            .encode()
    }
}

impl Map {
    fn read(mut slots: Slots) -> Option<Self> {
        let host = slots.id(7)?;
        let cover = slots.cover(6);
        let mut meta = RoomMeta {
            title: slots.text(4, limits::TITLE),
            summary: slots.text(5, limits::SUMMARY),
            // One that is too long is dropped, not cut.
            cover: slots.text(6, limits::COVER_URL + 1),
            image: cover.as_ref().map(|cover| cover.id()),
            // The first versions put the members there as soon as one had left.
            kind: match slots.int(3) {
                Some(kind) if kind != 0 => RoomKind::Other,
                _ => RoomKind::Live,
            },
        };
        clamp_meta(&mut meta);
        let members = [2, 3].into_iter().find_map(|slot| slots.0.get(slot)?.as_array());
        let members = members.map_or(1, |ids| ids.len().max(1)) as u32;
        let nodes = match slots.take(9) {
            Value::Array(nodes) => Node::read(Slots(nodes), &mut { limits::OLD_NODES }),
            _ => None,
        };
        let first_hand = slots.int(1) == Some(1) && slots.int(2).is_none();
        let seats = match slots.take(11) {
            Value::Array(rows) => Some(seats(Slots(rows))),
            _ => None,
        };
        let name = slots.name(8);
        Some(Self { first_hand, members, meta, cover, name, host, nodes, seats })
    }

    /// The room as the index lists it. What it was opened at, and whether it is on air, old pages
    /// do not say.
    pub fn card(self) -> RoomCard {
        let Self { host: id, meta, name: host, members, .. } = self;
        RoomCard { id, meta, host, members, live: false, since: 0, version: 0 }
    }

    /// The message. `network` is where the room is listed, or empty.
    pub fn value(&self, network: &str) -> Value {
        let mut ids = Vec::new();
        if let Some(nodes) = &self.nodes {
            nodes.children.iter().for_each(|node| node.collect(&mut ids));
        }
        // Participants accept calls only from peers that they find here.
        for seat in self.seats.iter().flatten().flatten() {
            let id = Value::from(seat.id.as_str());
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids.push(self.host.as_str().into());
        // The old pages count this list, and we do not know every peer's id.
        let count = (self.members as usize).min(limits::OLD_NODES).max(ids.len());
        ids.resize(count, "".into());
        let nodes = match &self.nodes {
            Some(nodes) => nodes.value(1),
            None => node(1, &self.host, &self.name, &[]),
        };
        Value::Array(vec![
            Value::Int(MAP),
            Value::Int(if self.first_hand { 1 } else { -1 }),
            Value::Array(ids),
            Value::Int((self.meta.kind == RoomKind::Other).into()),
            self.meta.title.as_str().into(),
            self.meta.summary.as_str().into(),
            self.meta.cover.as_str().into(),
            self.host.as_str().into(),
            self.name.as_str().into(),
            nodes,
            network.into(),
            self.seats.as_ref().map_or(Value::Bool(false), |seats| rows(seats)),
        ])
    }
}

impl From<RoomCard> for Map {
    fn from(card: RoomCard) -> Self {
        let RoomCard { id: host, meta, host: name, members, .. } = card;
        Self { first_hand: true, members, meta, cover: None, host, name, nodes: None, seats: None }
    }
}

impl Node {
    /// A peer without children.
    pub fn alone(id: &PeerId, name: &str) -> Self {
        Self { id: id.clone(), name: name.to_owned(), children: Vec::new() }
    }

    fn read(mut slots: Slots, left: &mut usize) -> Option<Self> {
        let id = slots.id(4)?;
        let name = slots.name(5);
        let mut children = Vec::new();
        // The decoder has bounded the depth.
        for at in (7..slots.0.len()).step_by(3) {
            *left = left.checked_sub(1)?;
            let Some(id) = slots.id(at) else { continue };
            let below = match slots.take(at + 2) {
                Value::Array(below) => Self::read(Slots(below), left),
                _ => None,
            };
            let grandchildren = below.map(|below| below.children).unwrap_or_default();
            children.push(Self { id, name: slots.name(at + 1), children: grandchildren });
        }
        Some(Self { id, name, children })
    }

    /// Peers from here on downwards.
    pub fn size(&self) -> u32 {
        self.children.iter().fold(1, |size, child| size.saturating_add(child.size()))
    }

    /// Levels below this peer.
    pub fn height(&self) -> u32 {
        self.children.iter().map(|child| child.height() + 1).max().unwrap_or(0)
    }

    /// This peer and all below it, each after its parent.
    pub fn peers(&self) -> Vec<MapPeer> {
        let mut peers = Vec::new();
        self.list(None, &mut peers);
        peers
    }

    fn list(&self, parent: Option<&PeerId>, peers: &mut Vec<MapPeer>) {
        let (id, parent, name) = (self.id.clone(), parent.cloned(), self.name.clone());
        peers.push(MapPeer { id, parent, name, rtt: 0, below: 0, profile: None });
        self.children.iter().for_each(|child| child.list(Some(&self.id), peers));
    }

    /// Whether `id` is this peer or below it.
    pub fn contains(&self, id: &PeerId) -> bool {
        self.id == *id || self.children.iter().any(|child| child.contains(id))
    }

    /// The way from this peer to `id`, both included.
    pub fn path_to(&self, id: &PeerId) -> Option<Vec<PeerId>> {
        if self.id == *id {
            return Some(vec![self.id.clone()]);
        }
        let mut path = self.children.iter().find_map(|child| child.path_to(id))?;
        path.insert(0, self.id.clone());
        Some(path)
    }

    /// The message that a child sends upwards (0), or a map's part (1).
    pub fn value(&self, first: i64) -> Value {
        node(first, &self.id, &self.name, &self.children)
    }

    fn collect(&self, ids: &mut Vec<Value>) {
        ids.push(self.id.as_str().into());
        self.children.iter().for_each(|child| child.collect(ids));
    }
}

impl Conference {
    fn read(mut slots: Slots) -> Option<Self> {
        match slots.int(1)? {
            0 => match slots.take(2) {
                Value::Array(who) => {
                    let mut who = Slots(who);
                    Some(Self::Join { id: who.id(1)?, name: who.name(2) })
                }
                _ => None,
            },
            2 if slots.int(2) == Some(0) => {
                Some(Self::Leave { column: slots.column(3)?, id: slots.id(4)? })
            }
            3 => {
                let (stream, name) = (slots.stream(3), slots.name(5));
                Some(Self::Show { column: slots.column(2)?, stream, name })
            }
            _ => None,
        }
    }

    /// The message.
    pub fn encode(&self) -> Vec<u8> {
        let int = |int| Value::Int(int as i64);
        let mut slots = vec![Value::Int(CONFERENCE)];
        match self {
            Self::Join { id, name } => {
                let who = vec![Value::Null, id.as_str().into(), name.as_str().into()];
                slots.extend([int(0), Value::Array(who)]);
            }
            Self::Leave { column, id } => {
                slots.extend([int(2), int(0), int(*column), id.as_str().into()]);
            }
            Self::Show { column, stream, name } => {
                let stream = stream_or_null(stream);
                slots.extend([int(3), int(*column), stream, Value::Null, name.as_str().into()]);
            }
        }
        Value::Array(slots).encode()
    }

    /// A peer takes part now (or no more), as the host tells the room.
    pub fn told(joined: bool, column: usize, id: &PeerId, name: &str) -> Vec<u8> {
        let (column, id) = (Value::Int(column as i64), Value::from(id.as_str()));
        let kind = Value::Int(CONFERENCE);
        Value::Array(if joined {
            vec![kind, Value::Int(1), Value::Array(vec![column, id, name.into()])]
        } else {
            vec![kind, Value::Int(2), Value::Int(1), column, id]
        })
        .encode()
    }
}

/// `own` wants to be called with whatever the receiver shows.
pub fn request_stream(own: &PeerId, name: &str) -> Vec<u8> {
    Value::Array(vec![Value::Int(REQUEST_STREAM), own.as_str().into(), name.into()]).encode()
}

/// From below: `own` wants to be called. From above: `own` has a new picture. `None`: no picture.
pub fn picture(own: Option<&PeerId>) -> Vec<u8> {
    let who = own.map_or(Value::Int(0), |own| own.as_str().into());
    Value::Array(vec![Value::Int(PICTURE), who]).encode()
}

fn node(first: i64, id: &PeerId, name: &str, children: &[Node]) -> Value {
    let count = Value::Int(children.len() as i64);
    let none = || Value::Array(Vec::new());
    let (first, id) = (Value::Int(first), id.as_str().into());
    let mut slots = vec![Value::Int(MAP), first, count, none(), id, name.into(), none()];
    for child in children {
        let (id, name) = (child.id.as_str(), child.name.as_str());
        slots.extend([id.into(), name.into(), child.value(0)]);
    }
    Value::Array(slots)
}

/// The seats in a map's four rows of columns, indices, ids, names and streams, which begin at 1.
fn seats(mut rows: Slots) -> Vec<Option<Seat>> {
    let mut row = |at| match rows.take(at) {
        Value::Array(row) => Slots(row),
        _ => Slots(Vec::new()),
    };
    let (ids, mut names, mut streams) = (row(1), row(2), row(3));
    let seat = |at| {
        let (name, stream) = (names.name(at), streams.stream(at));
        let id = ids.id(at)?;
        // Only ours have such ids.
        let legacy = !id.is_derived();
        let shows = legacy && stream.is_some();
        let tracks = Tracks { audio: shows, video: shows };
        Some(Seat { tracks, legacy, stream, ..Seat::new(id, name) })
    };
    (1..ids.0.len().min(limits::SEATS + 1)).map(seat).collect()
}

fn rows(seats: &[Option<Seat>]) -> Value {
    let row = |cell: &dyn Fn(usize, &Seat) -> Value| {
        let cells = seats.iter().enumerate();
        let cells = cells.map(|(at, seat)| seat.as_ref().map_or(Value::Null, |s| cell(at, s)));
        Value::Array([Value::Int(0)].into_iter().chain(cells).collect())
    };
    Value::Array(vec![
        row(&|at, _| Value::Int(at as i64 + 1)),
        row(&|_, seat| seat.id.as_str().into()),
        row(&|_, seat| seat.name.as_str().into()),
        row(&|_, seat| {
            if seat.legacy { stream_or_null(&seat.stream) } else { stream_of(&seat.id).into() }
        }),
    ])
}

/// How the stream is named that a member of ours shows old members of the conference. They tell
/// calls apart by it, so everybody has to know it before the call comes. Names of streams have no
/// spaces, and ids no dots.
pub fn stream_of(member: &PeerId) -> String {
    member.as_str().replace(' ', ".")
}

fn stream_or_null(stream: &Option<String>) -> Value {
    stream.as_deref().map_or(Value::Null, Value::from)
}

fn rooms(slots: Slots) -> Option<Vec<Map>> {
    let mut maps = Vec::new();
    for slots in slots.0.into_iter().take(limits::ROOMS) {
        match slots {
            // One malformed entry does not hide the others.
            Value::Array(slots) => maps.extend(Map::read(Slots(slots))),
            Value::Null => {}
            _ => return None,
        }
    }
    Some(maps)
}

/// What old pages call a person who has given no name.
const NAMELESS: &str = "undefined_Name";

/// An array whose elements are taken out by their place; what is missing or of another type is
/// null, empty or none.
struct Slots(Vec<Value>);

impl Slots {
    fn take(&mut self, at: usize) -> Value {
        self.0.get_mut(at).map_or(Value::Null, core::mem::take)
    }

    fn int(&self, at: usize) -> Option<i64> {
        match self.0.get(at)? {
            Value::Int(int) => Some(*int),
            _ => None,
        }
    }

    fn id(&self, at: usize) -> Option<PeerId> {
        PeerId::new(self.0.get(at)?.as_str()?).ok()
    }

    fn text(&mut self, at: usize, most: usize) -> String {
        match self.take(at) {
            Value::Str(mut text) => {
                clamp_text(&mut text, most);
                text
            }
            _ => String::new(),
        }
    }

    /// A person's name; empty where the page was given none.
    fn name(&mut self, at: usize) -> String {
        let name = self.text(at, limits::NAME);
        if name == NAMELESS { String::new() } else { name }
    }

    fn column(&self, at: usize) -> Option<usize> {
        usize::try_from(self.int(at)?).ok()
    }

    fn stream(&mut self, at: usize) -> Option<String> {
        Some(self.text(at, limits::STREAM)).filter(|stream| !stream.is_empty())
    }

    /// A cover that is no address elsewhere, but a picture, and small enough; what it is not stays.
    fn cover(&mut self, at: usize) -> Option<Arc<Picture>> {
        let address = self.0.get(at)?.as_str().filter(|text| text.len() <= limits::OLD_COVER)?;
        let cover = Picture::from_data_url(address)?;
        (cover.bytes().len() <= limits::COVER).then(|| {
            self.take(at);
            Arc::new(cover)
        })
    }

    fn picture(&mut self, at: usize) -> Option<Picture> {
        Picture::from_data_url(self.take(at).as_str()?)
    }
}
