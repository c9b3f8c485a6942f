//! Our own messages between two linked peers. `docs/protocol.md` describes when each is sent.

use std::sync::Arc;

use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Serialize};

use super::request::Request;
pub use super::room::{
    AdmissionPolicy, Decision, Order, RoomState, Rules, Seat, clamp_meta, clamp_text,
};
pub(crate) use super::summary::LAST_RESORT;
use super::summary::clamp_count;
pub use super::summary::{FreeSlot, ReparentHint, Summary};
use super::{binarypack, limits};
use crate::game::GameState;
use crate::identity::{LinkProof, Signed};
use crate::model::picture::{Picture, PictureId};
use crate::model::{ChatMessage, MapPeer, RoomCard, Tracks};
pub use crate::model::{MessageId, Vouch};
use crate::util::id::PeerId;

/// One message. On the wire it is a BinaryPack map whose only member is named after the variant,
/// or that name alone where there is nothing to add.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// Either way, first on the link: the proof that the sender owns its id.
    Hello(LinkProof),
    /// Child to parent, first of what it says there.
    Join {
        /// The person's name.
        name: String,
        /// What the child has under it.
        summary: Summary,
        /// The chat that the child knows already.
        high_water: Vec<MessageId>,
    },
    /// Parent to child, the answer to `Join`.
    Adopted {
        /// The room as its host describes it.
        room: Signed<RoomState>,
        /// What the host has decided and still holds.
        #[serde(default)]
        orders: Vec<Signed<Order>>,
        /// The word of those who have let the child in, from the host on.
        #[serde(default)]
        membership: Vec<Signed<Vouch>>,
        /// People in the room, the host included.
        #[serde(default)]
        members: u32,
        /// From the host to the parent, both included.
        path: Vec<PeerId>,
        /// The chat that the parent knows already.
        high_water: Vec<MessageId>,
    },
    /// Child to parent, when something below changed.
    Summary(Summary),
    /// Parent to child, when the host changed something.
    Room(Signed<RoomState>),
    /// Parent to child: the host has decided something.
    Order(Signed<Order>),
    /// Parent to child, after the adoption and when something has changed: the game in the room.
    Game(Signed<GameState>),
    /// Parent to child, when the number of people or the best depth changed.
    Members {
        /// People in the room, the host included.
        count: u32,
        /// How many levels the room needs below the host, by how many slots there are.
        #[serde(skip_serializing_if = "Option::is_none")]
        depth: Option<u32>,
    },
    /// Parent to child, when the way to the host changed; `None` while there is none.
    Path {
        /// From the host to the parent, both included.
        #[serde(skip_serializing_if = "Option::is_none")]
        path: Option<Vec<PeerId>>,
    },
    /// Parent to child: peers outside the child's subtree that could take it.
    Backups {
        /// The best first.
        peers: Vec<PeerId>,
        /// A better place for the child itself, or for one below it.
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<ReparentHint>,
    },
    /// Either way, to be passed on to all other neighbours.
    Chat(Signed<ChatMessage>),
    /// Either way, before the first chat message that refers to it, and passed on the same way; or
    /// the answer to `RequestBlob`.
    Picture(Arc<Picture>),
    /// To a peer that names the uploaded cover of a room: send it as soon as it is there.
    RequestBlob(PictureId),
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
    /// To a standby: send pictures for the moment, since the parent does not answer.
    Activate,
    /// To a standby: send no more.
    Pause,
    /// Child to parent: nothing comes from you although the host streams.
    MediaTimeout,
    /// The answer to `MediaTimeout`.
    MediaStatus {
        /// Whether the parent has anything to pass on.
        available: bool,
    },
    /// Child to parent: a page here or below shows the tree, or none does any more (0). Parent to
    /// child: so many levels of the subtree are wanted.
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
    /// Child to parent, up to the host: what a member asks of the host.
    Request(Signed<Request>),
    /// Parent to child: the host does not answer. Whoever hears that asks the host itself.
    Away,
    /// Newcomer to host: let me in, this is my name.
    Knock(String),
    /// The answer to `Knock`: the host's word, which lets the newcomer in anywhere in the room;
    /// `None` for no.
    Admission(Option<Signed<Vouch>>),
    /// Host to index root: this is my room.
    Announce(Signed<RoomCard>),
    /// Index root to guest, first on the link: all rooms.
    Rooms {
        /// In the order in which they were announced.
        cards: Vec<Signed<RoomCard>>,
    },
    /// Index root to guest: a room is new or has changed.
    Card(Signed<RoomCard>),
    /// Index root to guest: a room is gone.
    Gone {
        /// The room's id.
        id: PeerId,
    },
    /// Borrower to lender: may I show your stream in my room?
    RequestStream {
        /// The person's name.
        name: String,
    },
    /// Either way over an exchange, first and whenever it changes: what the sender shows there.
    /// Lender to borrower: yes, and this is what comes. Parent to child: this comes from a viewer
    /// further up while the host streams nothing.
    OnAir {
        /// The name of the person whose source it is.
        name: String,
        /// Who that is, if not the sender.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<PeerId>,
        /// The tracks; `None` while it shows nothing.
        #[serde(skip_serializing_if = "Option::is_none")]
        tracks: Option<Tracks>,
    },
    /// Either way over an exchange: a line of text.
    Text {
        /// The person's name.
        name: String,
        /// What is said.
        text: String,
    },
    /// A message of a later version; it is ignored.
    #[serde(other)]
    Unknown,
}

const PING: &[u8] = b"\x81\xb4ping\x81\xb2at";
const PONG: &[u8] = b"\x81\xb4pong\x81\xb2at";

impl Message {
    /// The message as it goes into a data channel, before chunking.
    pub fn encode(&self) -> Vec<u8> {
        // Keys are texts, and nothing else can fail.
        binarypack::to_vec(self).unwrap_or_default()
    }

    /// Reads an untrusted message and holds every text and list in it to its limit.
    pub fn decode(bytes: &[u8]) -> Result<Self, binarypack::Error> {
        // Heartbeats are nearly all that a quiet room says.
        let at = |head: &[u8]| binarypack::from_slice(bytes.strip_prefix(head)?).ok();
        if let Some(at) = at(PING) {
            return Ok(Self::Ping { at });
        }
        if let Some(at) = at(PONG) {
            return Ok(Self::Pong { at });
        }
        let mut message: Self = binarypack::from_slice(bytes)?;
        if message.forwarded_numbers().any(|number| number > limits::CHAT_NUMBER) {
            return Err(binarypack::Error::invalid_value(
                Unexpected::Other("a number that JavaScript cannot count on"),
                &"a whole number",
            ));
        }
        message.clamp();
        Ok(message)
    }

    /// Numbers in what this peer passes on or counts up: they must stay within what every peer
    /// reads. Those in statements are checked with them.
    fn forwarded_numbers(&self) -> impl Iterator<Item = u64> {
        let ids = match self {
            Self::Join { high_water, .. } | Self::Adopted { high_water, .. } => &high_water[..],
            _ => &[],
        };
        ids.iter().map(|id| id.number)
    }

    fn clamp(&mut self) {
        match self {
            Self::Join { name, summary, high_water } => {
                clamp_text(name, limits::NAME);
                summary.clamp();
                high_water.truncate(limits::CHAT_HISTORY);
            }
            Self::Adopted { orders, membership, members, path, high_water, .. } => {
                clamp_count(members, &mut None);
                orders.truncate(limits::ORDERS);
                membership.truncate(limits::VOUCHES);
                path.truncate(limits::PATH);
                high_water.truncate(limits::CHAT_HISTORY);
            }
            Self::Summary(summary) => summary.clamp(),
            Self::Path { path: Some(path) } => path.truncate(limits::PATH),
            Self::Backups { peers, hint } => {
                peers.truncate(limits::CANDIDATE_PARENTS);
                if let Some(hint) = hint {
                    hint.clamp();
                }
            }
            Self::Leave { ask } => ask.truncate(limits::CANDIDATE_PARENTS),
            Self::Members { count, depth } => clamp_count(count, depth),
            Self::Map { put, gone } => {
                put.truncate(limits::MAP_PEERS);
                for peer in put {
                    clamp_text(&mut peer.name, limits::NAME);
                    peer.rtt = peer.rtt.min(limits::ROUND_TRIP);
                    peer.below = peer.below.min(limits::MEMBERS);
                }
                gone.truncate(limits::MAP_PEERS);
            }
            Self::Rename { name } | Self::Knock(name) => clamp_text(name, limits::NAME),
            Self::OnAir { name, .. } | Self::RequestStream { name } => {
                clamp_text(name, limits::NAME);
            }
            Self::Text { name, text } => {
                clamp_text(name, limits::NAME);
                clamp_text(text, limits::CHAT_TEXT);
            }
            Self::Rooms { cards } => cards.truncate(limits::ROOMS),
            Self::Hello(_)
            | Self::Room(_)
            | Self::Order(_)
            | Self::Game(_)
            | Self::Chat(_)
            | Self::Request(_)
            | Self::Announce(_)
            | Self::Card(_)
            | Self::Picture(_)
            | Self::RequestBlob(_)
            | Self::Admission(_)
            | Self::Path { path: None }
            | Self::Ping { .. }
            | Self::Pong { .. }
            | Self::Activate
            | Self::Pause
            | Self::MediaTimeout
            | Self::MediaStatus { .. }
            | Self::Watch { .. }
            | Self::Away
            | Self::Gone { .. }
            | Self::Unknown => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::util::binarypack::Value;

    fn id(text: &str) -> PeerId {
        PeerId::new(text).unwrap()
    }

    #[test]
    fn a_chat_number_that_javascript_cannot_count_on_is_malformed() {
        let chat = |number| {
            let known = [
                ("author", Value::from("a")),
                ("number", number),
                ("name", Value::from("Ann")),
                ("text", Value::from("hello")),
                ("at", Value::Int(1 << 40)),
            ];
            let members = known.map(|(key, value)| (key.to_owned(), value));
            let payload = Value::Bytes(Value::Map(members.to_vec()).encode());
            let signed = Value::Map(vec![("payload".to_owned(), payload)]);
            Value::Map(vec![("chat".to_owned(), signed)]).encode()
        };
        let most = i64::try_from(limits::CHAT_NUMBER).unwrap();
        assert!(Message::decode(&chat(Value::Int(most))).is_ok());
        for number in [Value::Int(most + 1), Value::Float(1e17), Value::Float(1e18)] {
            assert!(Message::decode(&chat(number.clone())).is_err(), "{number:?}");
        }
        // As an integer of 64 bits, which JavaScript does not write.
        let mut packed = chat(Value::Int(1 << 52));
        let at = packed.windows(9).position(|w| w[0] == 0xd3 && w[1] == 0x00 && w[2] == 0x10);
        packed[at.unwrap() + 1] = 0x40;
        assert!(Message::decode(&packed).is_err());
        let id = MessageId { author: id("a"), number: limits::CHAT_NUMBER + 1 };
        let join = Message::Join {
            name: String::new(),
            summary: Summary::default(),
            high_water: vec![id],
        };
        assert!(Message::decode(&join.encode()).is_err());
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
            avatar: Picture::new(b"GIF89a\x01\0\x01\0\0\0\0;".to_vec()).map(|picture| picture.id()),
        };
        let open = vec![FreeSlot { id: id("b"), distance: 1, free: 2, rtt: 40 }];
        let summary =
            Summary { size: 3, height: 1, slots: 4, free_slots: open, ..Summary::default() };
        for message in [
            Message::Join { name: "Bob".to_owned(), summary: summary.clone(), high_water: vec![] },
            Message::Summary(summary),
            Message::Path { path: None },
            Message::Path { path: Some(vec![id("h"), id("p")]) },
            Message::Chat(Signed::unproven(chat)),
            Message::Picture(Arc::new(
                Picture::new(b"GIF89a\x01\0\x01\0\0\0\0;".to_vec()).unwrap(),
            )),
            Message::Order(Signed::unproven(Order {
                since: 1,
                number: 2,
                decision: Decision::Delete(MessageId { author: id("a"), number: 7 }),
            })),
            Message::Admission(None),
            Message::Away,
            Message::Gone { id: id("r") },
        ] {
            assert_eq!(Message::decode(&message.encode()).unwrap(), message);
        }
    }

    #[test]
    fn heartbeats_are_small() {
        for at in [0, 127, 128, 65_535, 1 << 32, 1_764_000_000_000, 1 << 53] {
            for (message, head) in [(Message::Ping { at }, PING), (Message::Pong { at }, PONG)] {
                let packed = message.encode();
                assert!(packed.starts_with(head) && packed.len() <= head.len() + 9);
                assert_eq!(Message::decode(&packed).unwrap(), message);
            }
        }
        let endless = [PING, &[0xcf, 1, 2]].concat();
        assert!(Message::decode(&endless).is_err());
    }

    #[test]
    fn later_messages_are_ignored_and_foreign_ones_refused() {
        let packed = |text| serde_json::from_str::<Value>(text).unwrap().encode();
        let read = |text| Message::decode(&packed(text));
        assert_eq!(read(r#"{"teleport":{"to":[1,2]}}"#), Ok(Message::Unknown));
        assert_eq!(read(r#""teleport""#), Ok(Message::Unknown));
        for foreign in [
            r#"[0,"a","Ann"]"#,
            r#"{"gone":{"id":"<b>"}}"#,
            r#"{"members":{}}"#,
            r#"{"members":{"count":-1}}"#,
            r#"{"members":{"count":4294967296}}"#,
            r#"{"members":{"count":1},"media_timeout":null}"#,
            r#"{"summary":7}"#,
        ] {
            assert!(matches!(read(foreign), Err(binarypack::Error::Shape(_))), "{foreign}");
        }
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        for bytes in [&b"<svg onload='alert(1)'>"[..], &vec![0xff; limits::PICTURE + 1]] {
            let raw = Value::Map(vec![("picture".into(), Value::Bytes(bytes.to_vec()))]);
            assert!(Message::decode(&raw.encode()).is_err());
        }
    }
}
