//! What the pages see: plain data, no SDP, no link ids.

use core::time::Duration;
use std::sync::Arc;

use crate::game::GameState;
use crate::model::picture::Picture;
use crate::model::quality::Quality;
pub use crate::model::*;
use crate::util::id::PeerId;
use crate::wire::message::Rules;

/// Everything a page shows about one node. Cheap to clone: lists are shared. From one view of a node
/// to the next, parts that are equal are the same allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The own peer id, from the moment it is chosen.
    pub id: Option<PeerId>,
    /// The connection to the signalling server.
    pub status: Status,
    /// What keeps the node from its purpose, until it is solved.
    pub problem: Option<Problem>,
    /// The network of rooms that the node belongs to or looks at.
    pub network: Network,
    /// The rooms of that network, in the order in which they were announced.
    pub rooms: Arc<[Arc<RoomCard>]>,
    /// The room that the node hosts or has joined.
    pub room: Option<Arc<Room>>,
    /// The game in the room, if there is one.
    pub game: Option<Arc<Game>>,
    /// The node's place in the room's tree.
    pub tree: Tree,
    /// The whole tree while the page follows it, the host first and parents before their children;
    /// at most [`MAP_PEERS`](crate::util::limits::MAP_PEERS). `None` in a lobby if the room that it
    /// [observes](crate::node::Command::ObserveRoom) does not answer.
    pub map: Option<Arc<[MapPeer]>>,
    /// The peers that ask for the stream that is shown here, and their names; see
    /// [`Command::AnswerStreamRequest`](crate::node::Command::AnswerStreamRequest).
    pub stream_requests: Arc<[(PeerId, String)]>,
    /// The chat, oldest first, at most [`CHAT_HISTORY`](crate::util::limits::CHAT_HISTORY)
    /// messages.
    pub chat: Arc<[Arc<ChatMessage>]>,
    /// Messages that the host has deleted, the latest last; some were never in the chat here.
    pub deleted: Arc<[MessageId]>,
    /// Those pictures of the chat that are loaded, in no order.
    pub pictures: Arc<[Arc<Picture>]>,
    /// The highest quality at which video is sent now.
    pub quality: Quality,
    /// Those uploaded covers that are loaded, in no order.
    pub covers: Arc<[Arc<Picture>]>,
    /// The peers that ask the host to let them in, and their names; see
    /// [`Moderation::Admit`](crate::node::Moderation::Admit).
    pub join_requests: Arc<[(PeerId, String)]>,
    /// The stream that this host has asked another peer for, the last one.
    pub borrowed: Option<Borrowed>,
    /// Whether a viewer's own source is what it shows, and feeds its children with.
    pub shows_own: bool,
    /// Whose source is shown, while it is that of another viewer.
    pub source_owner: Option<SourceOwner>,
    /// The line of an exchange; its texts are in the chat.
    pub line: Line,
    /// The room's conference.
    pub conference: Arc<GatheringView>,
    /// The room's voice channel.
    pub voice: Arc<GatheringView>,
}

impl View {
    /// The peers of the [map](View::map), none while there is no map.
    pub fn map_peers(&self) -> &[MapPeer] {
        self.map.as_deref().unwrap_or_default()
    }

    /// Takes those parts from `old` that are equal, so that an unchanged part can be recognised by
    /// its pointer.
    pub(super) fn share_with(&mut self, old: &Self) {
        share(&mut self.rooms, &old.rooms);
        share_option(&mut self.room, &old.room);
        share_option(&mut self.game, &old.game);
        share(&mut self.tree.children, &old.tree.children);
        share_option(&mut self.map, &old.map);
        share(&mut self.stream_requests, &old.stream_requests);
        share(&mut self.chat, &old.chat);
        share(&mut self.deleted, &old.deleted);
        share(&mut self.pictures, &old.pictures);
        share(&mut self.covers, &old.covers);
        share(&mut self.join_requests, &old.join_requests);
        share(&mut self.conference, &old.conference);
        share(&mut self.voice, &old.voice);
    }
}

/// The viewer whose source is shown, as the viewers on the way from there say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceOwner {
    /// Who it is, if that is known: somebody on the way from the host to this peer.
    pub peer: Option<PeerId>,
    /// The person's name, which may be empty.
    pub name: String,
}

/// The room that a node hosts or has joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The room's id once it is known: a viewer may have joined by any peer's id.
    pub id: PeerId,
    /// What the host says about it.
    pub meta: RoomMeta,
    /// The host's name.
    pub host: String,
    /// How many people are in it, the host included.
    pub members: u32,
    /// When it was opened, in Unix milliseconds by the host's clock.
    pub since: u64,
    /// Which tracks the host streams right now; `None` when it streams nothing.
    pub on_air: Option<Tracks>,
    /// Whether the source has sent no frames for some seconds.
    pub source_stalled: bool,
    /// Whether all this is proven to be the host's own word. Rooms of original pages never are.
    pub is_proven: bool,
    /// How the node stands to the room.
    pub phase: Phase,
    /// The admission policy, and the peers that are banned or muted.
    pub rules: Arc<Rules>,
}

/// The game in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Game {
    /// What the host says of it. Places that are hidden from the others are open if they are this
    /// peer's own.
    pub state: GameState,
    /// The own number, for a player.
    pub own: Option<u8>,
    /// How many milliseconds this peer's clock is ahead of the host's, as far as can be told.
    pub ahead: i64,
}

/// A node's place in the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// The parent; `None` for a host and while seeking.
    pub parent: Option<PeerId>,
    /// Distance to the host; 0 for the host itself, and while it is unknown.
    pub depth: u32,
    /// The children in the order in which they came, with their names.
    pub children: Arc<[(PeerId, String)]>,
    /// How many children this node takes.
    pub max_children: u32,
    /// How media comes in (or, for a host, goes out): `rtp`.
    pub carrier: &'static str,
    /// The round trip to the parent, once it is measured.
    pub round_trip: Option<Duration>,
}

fn share<T: ?Sized + Eq>(new: &mut Arc<T>, old: &Arc<T>) {
    if *new == *old {
        *new = old.clone();
    }
}

fn share_option<T: ?Sized + Eq>(new: &mut Option<Arc<T>>, old: &Option<Arc<T>>) {
    if let (Some(new), Some(old)) = (new, old) {
        share(new, old);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn message(number: u64) -> Arc<ChatMessage> {
        let text = format!("message {number}");
        Arc::new(ChatMessage {
            author: id("ann"),
            number,
            name: String::new(),
            text,
            at: 0,
            image: None,
            avatar: None,
        })
    }

    fn id(id: &str) -> PeerId {
        PeerId::new(id).unwrap()
    }

    /// A view whose parts are all filled, made anew each time.
    fn view() -> View {
        let meta = RoomMeta { title: "Title".to_owned(), ..RoomMeta::default() };
        let gif = b"GIF89a\x01\0\x01\0\0\0\0;";
        let picture = || Arc::new(Picture::new(gif.to_vec()).unwrap());
        let peer = || (id("bob"), "Bob".to_owned());
        let card = RoomCard {
            id: id("host"),
            meta: meta.clone(),
            host: "Host".to_owned(),
            members: 1,
            live: false,
            since: 0,
            version: 0,
        };
        let map = MapPeer {
            id: id("host"),
            parent: None,
            name: String::new(),
            rtt: 0,
            below: 0,
            profile: None,
        };
        let room = Room {
            id: id("host"),
            meta,
            host: "Host".to_owned(),
            members: 2,
            since: 0,
            on_air: None,
            source_stalled: false,
            is_proven: false,
            phase: Phase::Attached,
            rules: Arc::default(),
        };
        View {
            rooms: Arc::new([Arc::new(card)]),
            room: Some(Arc::new(room)),
            tree: Tree { children: Arc::new([peer()]), ..Tree::default() },
            map: Some(Arc::new([map])),
            stream_requests: Arc::new([peer()]),
            chat: (0..10_000).map(message).collect(),
            deleted: Arc::new([MessageId { author: id("ann"), number: 0 }]),
            pictures: Arc::new([picture()]),
            covers: Arc::new([picture()]),
            join_requests: Arc::new([peer()]),
            conference: Arc::default(),
            voice: Arc::default(),
            ..View::default()
        }
    }

    /// For each shared part whether both views have the same allocation.
    fn shared(a: &View, b: &View) -> [bool; 12] {
        [
            Arc::ptr_eq(&a.rooms, &b.rooms),
            Arc::ptr_eq(a.room.as_ref().unwrap(), b.room.as_ref().unwrap()),
            Arc::ptr_eq(&a.tree.children, &b.tree.children),
            Arc::ptr_eq(a.map.as_ref().unwrap(), b.map.as_ref().unwrap()),
            Arc::ptr_eq(&a.stream_requests, &b.stream_requests),
            Arc::ptr_eq(&a.chat, &b.chat),
            Arc::ptr_eq(&a.deleted, &b.deleted),
            Arc::ptr_eq(&a.pictures, &b.pictures),
            Arc::ptr_eq(&a.covers, &b.covers),
            Arc::ptr_eq(&a.join_requests, &b.join_requests),
            Arc::ptr_eq(&a.conference, &b.conference),
            Arc::ptr_eq(&a.voice, &b.voice),
        ]
    }

    #[test]
    fn a_clone_copies_no_list() {
        let view = view();
        assert_eq!(shared(&view, &view.clone()), [true; 12]);
    }

    #[test]
    fn equal_parts_keep_their_allocation() {
        let old = view();
        let mut new = view();
        assert_eq!(shared(&new, &old), [false; 12]);
        new.share_with(&old);
        assert_eq!(shared(&new, &old), [true; 12]);
        assert_eq!(new, old);
    }

    #[test]
    fn a_change_replaces_its_own_part_alone() {
        let old = view();
        let mut new = view();
        new.status = Status::Open;
        new.chat = (1..10_001).map(message).collect();
        new.share_with(&old);
        let mut kept = [true; 12];
        kept[5] = false;
        assert_eq!(shared(&new, &old), kept);
        assert_eq!(new.chat.last().unwrap().number, 10_000);
    }

    #[test]
    fn a_part_that_comes_or_goes_is_not_shared() {
        let mut old = view();
        let mut new = view();
        (new.room, old.map) = (None, None);
        new.share_with(&old);
        assert_eq!((new.room, new.map.is_some()), (None, true));
    }
}
