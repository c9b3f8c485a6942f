//! Our own messages between two linked peers. `docs/protocol.md` describes when each is sent.

use std::sync::Arc;

use super::{base64, limits, pack};
use crate::id::PeerId;
use crate::picture::{Picture, PictureId};
use crate::view::{ChatMessage, MapPeer, RoomCard, RoomMeta, Tracks};
use crate::wire;

/// One message. On the wire it is a BinaryPack map whose only member is named after the variant,
/// or that name alone where there is nothing to add.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// Child to parent, first on the link.
    Join {
        /// The person's name.
        name: String,
        /// What the child has under it.
        summary: Summary,
        /// The chat that the child knows already.
        have: Vec<Have>,
    },
    /// Parent to child, the answer to `Join`.
    Adopted {
        /// The room as the parent knows it.
        room: RoomState,
        /// From the host to the parent, both included.
        path: Vec<PeerId>,
        /// The chat that the parent knows already.
        have: Vec<Have>,
    },
    /// Child to parent, when something below changed.
    Summary(Summary),
    /// Parent to child, when the host changed something.
    Room(RoomState),
    /// Parent to child, when the number of people or the best depth changed.
    Members {
        /// People in the room, the host included.
        count: u32,
        /// How many levels the room needs below the host, by how many slots there are.
        depth: Option<u32>,
    },
    /// Parent to child, when the way to the host changed; `None` while there is none.
    Path {
        /// From the host to the parent, both included.
        path: Option<Vec<PeerId>>,
    },
    /// Parent to child: peers outside the child's subtree that could take it.
    Backups {
        /// The best first.
        peers: Vec<PeerId>,
        /// A better place for the child itself, or for one below it.
        rise: Option<Rise>,
    },
    /// Either way, to be passed on to all other neighbours.
    Chat(ChatMessage),
    /// Either way, before the first chat message that refers to it, and passed on the same way; or
    /// the answer to `Want`.
    Picture(Arc<Picture>),
    /// To whoever names an uploaded cover of a room: send it, as soon as it is there.
    Want(PictureId),
    /// Parent to child: the host has deleted these chat messages.
    Delete(Vec<Have>),
    /// Either way, when nothing else was sent for a while.
    Ping {
        /// The sender's clock.
        at: u64,
    },
    /// The answer to `Ping`.
    Pong {
        /// Copied from the `Ping`.
        at: u64,
    },
    /// Child to parent.
    Rename {
        /// The person's new name.
        name: String,
    },
    /// The sender leaves the room. A parent says where its children may go.
    Leave {
        /// Peers to ask, best first.
        ask: Vec<PeerId>,
    },
    /// To a spare: send pictures for the moment, since the parent does not answer.
    Rouse,
    /// To a spare: send no more.
    Rest,
    /// Child to parent: nothing comes from you although the host streams.
    Dry,
    /// The answer to `Dry`.
    Flows {
        /// Whether the parent has anything to pass on.
        flows: bool,
    },
    /// Child to parent: somebody here looks at the tree, or nobody any more (0). Parent to child:
    /// so many levels of the subtree are wanted.
    Watch {
        /// Levels, the receiver's included where a parent asks; 255 for all.
        levels: u8,
    },
    /// Child to parent: what is new in its subtree. Parent to child: what is new in the tree.
    Map {
        /// Peers that are new or have changed, none before its parent.
        put: Vec<MapPeer>,
        /// Peers that are gone.
        gone: Vec<PeerId>,
    },
    /// Child to parent, up to the host: somebody takes a seat in the conference, shows something
    /// else there, or leaves it.
    Confer {
        /// Who.
        id: PeerId,
        /// The person's name.
        name: String,
        /// Whether a seat is wanted; otherwise one is given back.
        join: bool,
        /// What is shown there.
        stream: Option<String>,
    },
    /// Parent to child: the host's page is gone and may come back.
    Away,
    /// Parent to child: the host has ended the room.
    End,
    /// Parent to child: the host has sent you away; if `true`, for good.
    Out(bool),
    /// Newcomer to host: let me in, this is my name.
    Knock(String),
    /// The answer to `Knock`: what lets the newcomer in anywhere in the room; `None` for no.
    Door(Option<u64>),
    /// Host to index root: this is my room.
    Announce(RoomCard),
    /// Index root to guest, first on the link: all rooms.
    Rooms {
        /// In the order in which they were announced.
        cards: Vec<RoomCard>,
    },
    /// Index root to guest: a room is new or has changed.
    Card(RoomCard),
    /// Index root to guest: a room is gone.
    Gone {
        /// The room's id.
        id: PeerId,
    },
    /// A message of a later version; it is ignored.
    Unknown,
}

wire!(enum Message {
    "join" => Join { name, summary, have },
    "adopted" => Adopted { room, path, have },
    "summary" => Summary(summary),
    "room" => Room(room),
    "members" => Members { count, depth },
    "path" => Path { path },
    "backups" => Backups { peers, rise },
    "chat" => Chat(message),
    "picture" => Picture(picture),
    "want" => Want(picture),
    "delete" => Delete(messages),
    "ping" => Ping { at },
    "pong" => Pong { at },
    "rename" => Rename { name },
    "leave" => Leave { ask },
    "rouse" => Rouse,
    "rest" => Rest,
    "out" => Out(banned),
    "knock" => Knock(name),
    "door" => Door(ticket),
    "dry" => Dry,
    "flows" => Flows { flows },
    "watch" => Watch { levels },
    "map" => Map { put, gone },
    "confer" => Confer { id, name, join, stream },
    "away" => Away,
    "end" => End,
    "announce" => Announce(card),
    "rooms" => Rooms { cards },
    "card" => Card(card),
    "gone" => Gone { id },
    _ => Unknown,
});

/// What a child tells its parent about its subtree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Peers in the subtree, the child included.
    pub size: u32,
    /// Levels in the subtree below the child.
    pub height: u32,
    /// How many children the child takes.
    pub slots: u32,
    /// How many free slots there are in the subtree.
    pub free: u32,
    /// The shallowest peers in it with free slots.
    pub open: Vec<Open>,
    /// The shallowest peers in it that have none, but a child without children that could never
    /// feed any, and so would better be a leaf further down.
    pub weak: Vec<Open>,
}

wire!(struct Summary {
    size = 0, height = 0, slots = 0, free = 0, open = Vec::new(), weak = Vec::new()
});

/// A peer with free slots, or with children to displace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Its id.
    pub id: PeerId,
    /// Its distance to the peer whose summary names it.
    pub below: u32,
    /// How many slots are free.
    pub free: u32,
    /// The round trips of the links between the two, summed up, in milliseconds.
    pub rtt: u32,
}

wire!(struct Open { id, below, free, rtt = 0 });

/// A place in which a peer that is further down would make the tree flatter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rise {
    /// The parent to be.
    pub id: PeerId,
    /// The depth that its new child would have.
    pub depth: u32,
    /// The slot is taken by a peer that can feed nobody: only one that can may ask for it.
    pub weak: bool,
}

wire!(struct Rise { id, depth, weak });

/// The last chat message of an author that a peer knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Have {
    /// The author.
    pub author: PeerId,
    /// The message's number.
    pub number: u64,
}

wire!(struct Have { author, number });

/// The room as its host describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomState {
    /// Counts the host's changes; a lower one is older.
    pub version: u64,
    /// The host's id.
    pub id: PeerId,
    /// What the host says about the room.
    pub meta: RoomMeta,
    /// The host's name.
    pub host: String,
    /// When the room was opened, in Unix milliseconds.
    pub since: u64,
    /// What the host streams.
    pub on_air: Option<Tracks>,
    /// People in the room, the host included.
    pub members: u32,
    /// The seats of the conference that old pages hold in the room, some of them empty; `None`
    /// where the host of an old page has not opened it.
    pub seats: Option<Vec<Option<Seat>>>,
    /// Who may come in, and who may speak.
    pub rules: Arc<Rules>,
}

wire!(struct RoomState {
    version, id, meta, host, since, on_air, members, seats, rules = Arc::default(),
});

/// Who may come in, and who may speak. The host makes the rules, and every peer of the room holds
/// those who ask it to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Whether newcomers are let in.
    pub door: Door,
    /// A secret of those who are in the room, by which they find a new place in it while the door
    /// is not open. Another one as soon as somebody who knew it was sent away.
    pub ticket: u64,
    /// Sent away for good.
    pub banned: Vec<PeerId>,
    /// Sent away just now.
    pub kicked: Vec<PeerId>,
    /// May not write in the chat.
    pub muted: Vec<PeerId>,
}

wire!(struct Rules {
    door = Door::Open,
    ticket = 0,
    banned = Vec::new(),
    kicked = Vec::new(),
    muted = Vec::new(),
});

/// Whether newcomers are let in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Door {
    /// Everyone.
    #[default]
    Open,
    /// Those whom the host admits.
    Knock,
    /// Nobody. Anything that this version does not know is taken for it.
    Locked,
}

wire!(enum Door {
    "open" => Open,
    "knock" => Knock,
    "locked" => Locked,
    _ => Locked,
});

/// A place in the conference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Who has it.
    pub id: PeerId,
    /// The person's name.
    pub name: String,
    /// The id of the stream that others are shown by calls; by it they know whose call it is.
    pub stream: Option<String>,
}

wire!(struct Seat { id, name, stream });

/// How heartbeats begin. They are nearly all that a quiet room says, so they take a short cut.
const PING: &[u8] = b"\x81\xb4ping\x81\xb2at";
const PONG: &[u8] = b"\x81\xb4pong\x81\xb2at";

fn heartbeat(head: &[u8], at: u64) -> Vec<u8> {
    let mut packed = Vec::with_capacity(head.len() + 9);
    packed.extend_from_slice(head);
    pack::append(&mut packed, at);
    packed
}

impl Message {
    /// The message as it goes into a data channel, before chunking.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Ping { at } => heartbeat(PING, *at),
            Self::Pong { at } => heartbeat(PONG, *at),
            _ => pack::bytes(self),
        }
    }

    /// Reads an untrusted message and holds every text and list in it to its limit.
    pub fn decode(bytes: &[u8]) -> Result<Self, pack::Error> {
        let at = |head| pack::number(bytes.strip_prefix(head)?);
        if let Some(at) = at(PING) {
            return Ok(Self::Ping { at });
        }
        if let Some(at) = at(PONG) {
            return Ok(Self::Pong { at });
        }
        let mut message: Self = pack::read(bytes)?;
        message.clamp();
        Ok(message)
    }

    fn clamp(&mut self) {
        match self {
            Self::Join { name, summary, have } => {
                clamp_text(name, limits::NAME);
                summary.clamp();
                have.truncate(limits::CHAT_HISTORY);
            }
            Self::Adopted { room, path, have } => {
                room.clamp();
                path.truncate(limits::PATH);
                have.truncate(limits::CHAT_HISTORY);
            }
            Self::Summary(summary) => summary.clamp(),
            Self::Room(room) => room.clamp(),
            Self::Path { path: Some(path) } => path.truncate(limits::PATH),
            Self::Backups { peers, .. } | Self::Leave { ask: peers } => {
                peers.truncate(limits::CANDIDATE_PARENTS);
            }
            Self::Chat(message) => {
                clamp_text(&mut message.name, limits::NAME);
                clamp_text(&mut message.text, limits::CHAT_TEXT);
            }
            Self::Delete(messages) => messages.truncate(limits::DELETED),
            Self::Map { put, gone } => {
                put.truncate(limits::MAP_PEERS);
                put.iter_mut().for_each(|peer| clamp_text(&mut peer.name, limits::NAME));
                gone.truncate(limits::MAP_PEERS);
            }
            Self::Rename { name } | Self::Knock(name) => clamp_text(name, limits::NAME),
            Self::Confer { name, stream, .. } => {
                clamp_text(name, limits::NAME);
                clamp_stream(stream);
            }
            Self::Announce(card) | Self::Card(card) => clamp_card(card),
            Self::Rooms { cards } => {
                cards.truncate(limits::ROOMS);
                cards.iter_mut().for_each(clamp_card);
            }
            Self::Members { .. }
            | Self::Picture(_)
            | Self::Want(_)
            | Self::Out(_)
            | Self::Door(_)
            | Self::Path { path: None }
            | Self::Ping { .. }
            | Self::Pong { .. }
            | Self::Rouse
            | Self::Rest
            | Self::Dry
            | Self::Flows { .. }
            | Self::Watch { .. }
            | Self::Away
            | Self::End
            | Self::Gone { .. }
            | Self::Unknown => {}
        }
    }
}

impl Rise {
    /// Whether a peer at `depth` would rise by more than it costs to move.
    pub(crate) fn is_above(&self, depth: u32) -> bool {
        self.depth.saturating_add(1) < depth
    }
}

/// With fewer slots for each peer on average, a tree's depth depends on where the strong ones are.
const LEAST_SLOTS: f64 = 1.5;

impl Summary {
    /// How many levels the subtree would need if everyone in it had as many slots as they have on
    /// average, the last one counted if it were at least half full; `None` where that is too few
    /// to say.
    pub(crate) fn best_depth(&self) -> Option<u32> {
        let slots = f64::from(self.free) / f64::from(self.size) + 1.0;
        if slots < LEAST_SLOTS {
            return None;
        }
        let (mut depth, mut level, mut all) = (0, slots, 1.0);
        while all + level / 2.0 < f64::from(self.size) {
            all += level;
            level *= slots;
            depth += 1;
        }
        Some(depth)
    }

    fn clamp(&mut self) {
        self.open.truncate(limits::CANDIDATE_PARENTS);
        self.weak.truncate(limits::CANDIDATE_PARENTS);
        self.size = self.size.max(1);
        self.free = self.free.min(self.size.saturating_mul(limits::CHILDREN as u32));
    }
}

impl RoomState {
    fn clamp(&mut self) {
        clamp_meta(&mut self.meta);
        clamp_text(&mut self.host, limits::NAME);
        Arc::make_mut(&mut self.rules).clamp();
        if let Some(seats) = &mut self.seats {
            seats.truncate(limits::SEATS);
            for seat in seats.iter_mut().flatten() {
                clamp_text(&mut seat.name, limits::NAME);
                clamp_stream(&mut seat.stream);
            }
        }
    }

    /// Gives somebody a seat, or takes it back. Seats keep their places.
    pub(crate) fn confer(&mut self, new: Seat, join: bool) {
        let seats = self.seats.get_or_insert_default();
        let own = |seat: &Option<Seat>| seat.as_ref().is_some_and(|seat| seat.id == new.id);
        let at = seats.iter().position(own);
        match (at, join) {
            (Some(at), true) => seats[at] = Some(new),
            (Some(at), false) => seats[at] = None,
            (None, true) => {
                let free = seats.iter().position(Option::is_none);
                match free {
                    Some(at) => seats[at] = Some(new),
                    None if seats.len() < limits::SEATS => seats.push(Some(new)),
                    None => {}
                }
            }
            (None, false) => {}
        }
    }
}

impl Rules {
    fn clamp(&mut self) {
        for list in [&mut self.banned, &mut self.kicked, &mut self.muted] {
            list.truncate(limits::BANNED);
        }
    }

    /// The rules as a text, for keeping.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        base64::encode(&pack::bytes(self), &mut text);
        text
    }

    /// Reads what [`to_text`](Self::to_text) wrote.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut rules: Self = pack::read(&base64::decode(text)?).ok()?;
        rules.clamp();
        Some(rules)
    }

    /// Whether `peer` was sent away.
    pub fn is_out(&self, peer: &PeerId) -> bool {
        self.banned.contains(peer) || self.kicked.contains(peer)
    }
}

/// Holds what a host says about its room to the limits; a cover of another kind than an image
/// address is dropped.
pub fn clamp_meta(meta: &mut RoomMeta) {
    clamp_text(&mut meta.title, limits::TITLE);
    clamp_text(&mut meta.summary, limits::SUMMARY);
    let image = ["https://", "http://", "data:image/"].iter().any(|s| meta.cover.starts_with(s));
    if !image || meta.cover.len() > limits::COVER_URL {
        meta.cover.clear();
    }
}

/// Cuts `text` to at most `most` characters, never inside one.
pub fn clamp_text(text: &mut String, most: usize) {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
    }
}

fn clamp_stream(stream: &mut Option<String>) {
    if let Some(stream) = stream {
        clamp_text(stream, limits::STREAM);
    }
}

fn clamp_card(card: &mut RoomCard) {
    clamp_meta(&mut card.meta);
    clamp_text(&mut card.host, limits::NAME);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::wire::json;
    use crate::wire::value::Value;

    fn id(text: &str) -> PeerId {
        PeerId::new(text).unwrap()
    }

    #[test]
    fn the_best_depth_follows_from_slots() {
        let depth = |size, free| Summary { size, free, ..Summary::default() }.best_depth();
        // Of three slots each, all but one of these peers hold one.
        assert_eq!(depth(13, 39 - 12), Some(2));
        assert_eq!(depth(14, 42 - 13), Some(2), "a level for one does not count");
        assert_eq!(depth(40, 120 - 39), Some(3));
        assert_eq!(depth(1, 4), Some(0));
        assert_eq!(depth(1_000, 100), None);
        assert_eq!(depth(u32::MAX, u32::MAX), Some(31));
    }

    #[test]
    fn every_shape_survives_the_wire() {
        let chat = ChatMessage {
            author: id("a"),
            number: 7,
            name: "Ann".to_owned(),
            text: "中文 <b>".to_owned(),
            at: 1_700_000_000_000,
            image: None,
            avatar: Picture::new(b"GIF89a;".to_vec()).map(|picture| picture.id()),
        };
        let open = vec![Open { id: id("b"), below: 1, free: 2, rtt: 40 }];
        let summary = Summary { size: 3, height: 1, slots: 4, open, ..Summary::default() };
        for message in [
            Message::Join { name: "Bob".to_owned(), summary: summary.clone(), have: vec![] },
            Message::Summary(summary),
            Message::Path { path: None },
            Message::Path { path: Some(vec![id("h"), id("p")]) },
            Message::Chat(chat),
            Message::Picture(Arc::new(Picture::new(b"GIF89a;".to_vec()).unwrap())),
            Message::Delete(vec![Have { author: id("a"), number: 7 }]),
            Message::Door(Some(1 << 52)),
            Message::Door(None),
            Message::Out(true),
            Message::End,
            Message::Gone { id: id("r") },
        ] {
            assert_eq!(Message::decode(&message.encode()).unwrap(), message);
        }
    }

    #[test]
    fn heartbeats_take_a_short_cut_to_the_same_bytes() {
        for at in [0, 127, 128, 65_535, 1 << 32, 1_764_000_000_000, 1 << 53] {
            for message in [Message::Ping { at }, Message::Pong { at }] {
                let packed = message.encode();
                assert_eq!(packed, pack::bytes(&message));
                assert_eq!(pack::read::<Message>(&packed).unwrap(), message);
                assert_eq!(Message::decode(&packed).unwrap(), message);
            }
        }
        let endless = [PING, &[0xcf, 1, 2]].concat();
        assert!(Message::decode(&endless).is_err());
    }

    #[test]
    fn later_messages_are_ignored_and_foreign_ones_refused() {
        let packed = |text| json::parse(text).unwrap().encode();
        let read = |text| Message::decode(&packed(text));
        assert_eq!(read(r#"{"teleport":{"to":[1,2]}}"#), Ok(Message::Unknown));
        assert_eq!(read(r#""teleport""#), Ok(Message::Unknown));
        for foreign in [
            r#"[0,"a","Ann"]"#,
            r#"{"gone":{"id":"<b>"}}"#,
            r#"{"members":{}}"#,
            r#"{"members":{"count":-1}}"#,
            r#"{"members":{"count":4294967296}}"#,
            r#"{"members":{"count":1},"dry":null}"#,
            r#"{"summary":7}"#,
        ] {
            assert_eq!(read(foreign), Err(pack::Error::Shape), "{foreign}");
        }
    }

    #[test]
    fn rules_can_be_kept() {
        let rules = Rules {
            door: Door::Knock,
            ticket: 1 << 52,
            banned: vec![id("a"), id("b")],
            ..Rules::default()
        };
        assert_eq!(Rules::from_text(&rules.to_text()), Some(rules));
        for bad in ["", "x", "gA"] {
            assert_eq!(Rules::from_text(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        for bytes in [&b"<svg onload='alert(1)'>"[..], &vec![0xff; limits::PICTURE + 1]] {
            let raw = Value::Map(vec![("picture".into(), Value::Bytes(bytes.to_vec().into()))]);
            assert!(Message::decode(&raw.encode()).is_err());
        }
    }

    #[test]
    fn texts_are_cut_and_covers_that_are_no_images_dropped() {
        let mut meta = RoomMeta {
            title: "é".repeat(limits::TITLE + 5),
            cover: "javascript:alert(1)".to_owned(),
            ..RoomMeta::default()
        };
        clamp_meta(&mut meta);
        assert_eq!(meta.title.chars().count(), limits::TITLE);
        assert_eq!(meta.cover, "");
    }
}
