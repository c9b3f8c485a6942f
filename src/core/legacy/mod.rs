//! Old pages as neighbours: their arrays on one side, our own messages and the tree on the other.
//!
//! The room and the lobby know nothing of this. An old child knocks and joins like any other, an
//! old parent adopts like any other, an old index root lists rooms like any other; only their
//! links speak arrays, and their media crosses in calls, which are connections of their own.
//!
//! What an old page is to be told is compared with what it was told last, so nothing that it sends
//! makes this peer send more than a few messages a second.

mod calls;
mod decode;
mod encode;

use core::time::Duration;
use std::sync::Arc;

use indexmap::IndexSet;
use rand_core::RngCore;

use crate::link::io::{MediaRole, Source};
use crate::link::{self, DisconnectReason};
use crate::model::picture::Picture;
use crate::model::{RoomCard, Tracks};
use crate::room::Pictures;
use crate::signal::payload::{Handshake, Intent, Offer, RefusalReason, VERSION};
use crate::swarm::{Event, Swarm};
use crate::util::bucket::Bucket;
use crate::util::id::{LinkId, LinkMap, PeerId};
use crate::util::limits;
use crate::util::time::Time;
use crate::util::timer::TimerKind;
use crate::wire::legacy::Node;
use crate::wire::message::{Message, RoomState, Seat};

/// How long a peer that was dialled may take to show that it is in a room.
const PATIENCE: Duration = Duration::from_secs(6);
/// How often an old page for which there is no slot is considered again.
const AGAIN: Duration = Duration::from_secs(5);

/// What an old page that wants to be a child would say if it could.
const HANDSHAKE: Handshake =
    Handshake { v: VERSION, intent: Intent::Join, slots: 0, admission_token: None };

/// All old neighbours of one node.
#[derive(Default)]
pub(crate) struct Legacy {
    neighbours: LinkMap<Neighbour>,
    /// The calls, and over which link the neighbour that they belong to speaks.
    calls: LinkMap<LinkId>,
    /// Links that are fed with what comes from an old parent, named by the link that it speaks
    /// over; the media itself comes over a call.
    routes: LinkMap<Source>,
    shown: Option<Source>,
    /// How long the picture from a parent may stay away before the node wants to know.
    pub(crate) patience: Duration,
    /// Peers that have turned out not to be ours, the latest ones.
    foreign: IndexSet<PeerId>,
    /// What the node has to tell; `None` if it has nothing to say to strangers.
    snapshot: Option<LegacySnapshot>,
    /// Something has changed since everyone was told everything.
    outdated: bool,
    /// The conference, as old children were told of it.
    seats: Vec<Option<Seat>>,
    /// Whether seats were ever told of.
    conferred: bool,
    told_at: Time,
    due: Option<Time>,
    /// The pictures that the chat refers to: old pages want them again with every message.
    pictures: Pictures,
    /// The last number given to a chat message or a state, which old pages do not number.
    number: u64,
}

/// What a node has to tell to old pages.
pub(crate) enum LegacySnapshot {
    /// It is in a room, or looks for one.
    Room(Box<RoomSnapshot>),
    /// It is an index root.
    Index {
        /// Its rooms.
        cards: Vec<RoomCard>,
        /// The covers of those that are at hand.
        covers: Vec<Arc<Picture>>,
    },
}

/// What a peer in a room knows.
pub(crate) struct RoomSnapshot {
    /// `None` until it has found the room.
    pub(crate) state: Option<RoomState>,
    /// The room's cover, if one was uploaded and it is at hand.
    pub(crate) cover: Option<Arc<Picture>>,
    /// Its own name.
    pub(crate) name: String,
    /// From the host to itself, both included; `None` while it has no way.
    pub(crate) path: Option<Vec<PeerId>>,
    /// Its children with their names.
    pub(crate) children: Vec<(PeerId, String)>,
    /// Where the room is listed.
    pub(crate) network: Option<PeerId>,
}

struct Neighbour {
    peer: PeerId,
    /// It runs a PeerJS from before 1.5.
    early: bool,
    role: Role,
    open: bool,
    /// Nothing of the chat is passed on until the next round: what comes at once after a join is
    /// the history, which old pages would show again after every repair.
    muted: bool,
    /// A hash of what it was told last.
    told: Option<u64>,
    rate: Bucket,
    faults: u32,
    /// It asks for the stream that is shown here, and this is its name.
    asks_for_stream: Option<String>,
    /// When it was last answered.
    answered: Option<Time>,
    media: Media,
}

/// What a neighbour is.
enum Role {
    /// It has dialled and not said what for: somebody who looks at the room, or at the list.
    Guest,
    /// It wants to be a child and is being considered.
    Asking(Node),
    /// There was no slot; it is considered again then.
    Waiting(Node, Time),
    /// A child, with all that is below it.
    Child(Node),
    /// A host that has announced its room here.
    Host,
    /// Dialled to become the parent; it must show a room until then.
    Joining(Time),
    /// The parent, with what it said last.
    Parent(Box<RoomState>, Vec<PeerId>),
    /// An index root that this host announces its room to.
    Root,
    /// An index root whose rooms are looked at, or a host whose tree is.
    Index,
}

/// The calls between this peer and a neighbour.
#[derive(Default)]
struct Media {
    /// What a child is fed with.
    wish: Option<Source>,
    /// Whether the last round found something to feed it with; `None` before the first.
    live: Option<bool>,
    /// The calls to a child, the newest last; or the one from the parent.
    calls: Vec<Call>,
    /// When the next call is placed, and the latest moment to which that may be put off.
    next: Option<(Time, Time)>,
    /// When a child was last told that there is no picture, or a parent last asked for one.
    asked: Option<Time>,
    /// Calls in a row that did not come up.
    failures: u32,
}

struct Call {
    link: LinkId,
    since: Time,
    up: bool,
    tracks: Tracks,
}

impl Legacy {
    /// Whether there is anybody to tell anything.
    pub(crate) fn is_active(&self) -> bool {
        !self.neighbours.is_empty()
    }

    pub(crate) fn owns(&self, link: LinkId) -> bool {
        self.neighbours.contains_key(&link)
    }

    /// The link to the same old page if `link` is a call, otherwise itself.
    pub(crate) fn owner(&self, link: LinkId) -> LinkId {
        self.calls.get(&link).copied().unwrap_or(link)
    }

    pub(crate) fn owns_call(&self, link: LinkId) -> bool {
        self.calls.contains_key(&link)
    }

    pub(crate) fn deadline(&self) -> Option<(Time, TimerKind)> {
        let next = self.neighbours.values().flat_map(|neighbour| {
            let role = match neighbour.role {
                Role::Waiting(_, until) | Role::Joining(until) => Some(until),
                _ => None,
            };
            [role, neighbour.media.next.map(|(next, _)| next)]
        });
        let due = self.due.filter(|_| self.is_active());
        let time = next.flatten().chain(due).min()?;
        Some((time, TimerKind::Legacy))
    }

    /// Whether it makes no sense to ask this peer for what only ours can do.
    pub(crate) fn is_foreign(&self, peer: &PeerId) -> bool {
        self.foreign.contains(peer)
    }

    /// Remembers a peer that is not one of ours.
    pub(crate) fn note_foreign(&mut self, peer: PeerId) {
        if self.foreign.len() >= limits::OLD_LINKS {
            self.foreign.shift_remove_index(0);
        }
        self.foreign.insert(peer);
    }

    /// A number above all that were given, here or by other gateways as far as is known.
    fn number(&mut self, now: Time) -> u64 {
        self.number = now.as_millis().max(self.number + 1).min(limits::CHAT_NUMBER);
        self.number
    }

    /// Whether what this peer says is numbered here.
    fn speaks(&self, peer: &PeerId) -> bool {
        self.neighbours.values().any(|neighbour| neighbour.peer == *peer)
    }

    fn children(&self) -> impl Iterator<Item = (LinkId, &Neighbour)> {
        let children = self.neighbours.iter().filter(|(_, n)| matches!(n.role, Role::Child(_)));
        children.map(|(link, neighbour)| (*link, neighbour))
    }
}

impl Neighbour {
    fn new(peer: PeerId, role: Role) -> Self {
        Self {
            peer,
            early: false,
            role,
            open: false,
            muted: false,
            told: None,
            rate: Bucket::default(),
            faults: 0,
            asks_for_stream: None,
            answered: None,
            media: Media::default(),
        }
    }
}

impl<R: RngCore> Swarm<R> {
    /// Whether an old page is at the other end.
    pub(crate) fn is_legacy(&self, link: LinkId) -> bool {
        self.legacy.owns(link)
    }

    /// How many children may be adopted above the own limit for the one behind `link`: an old page
    /// cannot be sent to another parent.
    pub(crate) fn reserve(&self, link: LinkId, limit: u32) -> u32 {
        if limit > 0 && self.is_legacy(link) { limits::OLD_RESERVE } else { 0 }
    }

    /// A stranger offers a connection.
    pub(crate) fn stranger(&mut self, peer: PeerId, offer: Offer) {
        let neighbours = &self.legacy.neighbours;
        if neighbours.values().filter(|known| known.peer == peer).count()
            >= limits::OLD_LINKS_OF_ONE
        {
            return;
        }
        if neighbours.len() >= limits::OLD_LINKS {
            // In a room, whoever only looks makes way; in an index, looking is what they come for.
            let room = matches!(self.legacy.snapshot, Some(LegacySnapshot::Room(_)));
            let guest = neighbours.iter().find(|(_, known)| matches!(known.role, Role::Guest));
            let Some((&guest, _)) = guest.filter(|_| room) else { return };
            self.close(guest);
        }
        let early = offer.browser.is_some();
        let Some(link) = self.incoming_offer(&peer, offer) else { return };
        let neighbour = Neighbour { early, ..Neighbour::new(peer, Role::Guest) };
        self.legacy.neighbours.insert(link, neighbour);
        self.with(link, |link, ctx| link.accept(ctx, MediaRole::None));
    }

    /// Somebody who was dialled has answered, and is no one of ours.
    pub(crate) fn answered_old(&mut self, link: LinkId, peer: PeerId) {
        self.legacy.note_foreign(peer.clone());
        let intent = self.links.get(&link).and_then(|link| link.want());
        let role = match intent {
            Some(Intent::Join | Intent::Reparent) => Role::Joining(self.now + PATIENCE * 4),
            Some(Intent::Announce) => Role::Root,
            Some(Intent::Browse) => Role::Index,
            _ => return,
        };
        self.legacy.neighbours.insert(link, Neighbour::new(peer, role));
    }

    /// The link to an old page is open. Returns whether the node wants to know.
    pub(crate) fn opened_old(&mut self, link: LinkId) -> bool {
        self.legacy.outdated = true;
        let Some(neighbour) = self.legacy.neighbours.get_mut(&link) else { return true };
        neighbour.open = true;
        if let Role::Joining(until) = &mut neighbour.role {
            *until = self.now + PATIENCE;
        }
        !matches!(neighbour.role, Role::Guest)
    }

    /// The link to an old page is gone, for whatever reason; its calls go with it.
    pub(crate) fn forget_old(&mut self, link: LinkId) {
        self.legacy.outdated = true;
        self.legacy.routes.shift_remove(&link);
        if let Some(Neighbour { role: Role::Child(node), .. }) = self.legacy.neighbours.get(&link) {
            let node = node.clone();
            self.leave_seat(link, &node, None);
        }
        if self.legacy.neighbours.shift_remove(&link).is_none() {
            return;
        }
        let calls = self.legacy.calls.iter().filter(|(_, owner)| **owner == link);
        for call in calls.map(|(call, _)| *call).collect::<Vec<_>>() {
            self.hang_up(call);
        }
        self.route_again(link);
    }

    /// The node adopts an old child that has asked for it.
    pub(crate) fn accept_old(&mut self, link: LinkId) {
        self.legacy.outdated = true;
        let Some(neighbour) = self.legacy.neighbours.get_mut(&link) else { return };
        let role = core::mem::replace(&mut neighbour.role, Role::Guest);
        let Role::Asking(node) = role else {
            neighbour.role = role;
            return;
        };
        let (name, summary) = (node.name.clone(), decode::summary(&node));
        neighbour.role = Role::Child(node);
        neighbour.muted = true;
        let message = Message::Join { name, summary, high_water: Vec::new() };
        self.hand_over(link, message);
    }

    /// The node does not adopt an old child. There is no word for that: it waits for a slot, and
    /// watches the chat meanwhile.
    pub(crate) fn refuse_old(&mut self, link: LinkId, reason: RefusalReason) {
        let until = self.now + AGAIN;
        self.legacy.outdated = true;
        let Some(neighbour) = self.legacy.neighbours.get_mut(&link) else { return };
        let role = core::mem::replace(&mut neighbour.role, Role::Guest);
        match role {
            Role::Asking(node)
                if matches!(reason, RefusalReason::Full | RefusalReason::Detached) =>
            {
                neighbour.role = Role::Waiting(node, until);
            }
            _ => self.close(link),
        }
    }

    pub(crate) fn tick_old(&mut self) {
        let now = self.now;
        for index in (0..self.legacy.neighbours.len()).rev() {
            let Some((&link, neighbour)) = self.legacy.neighbours.get_index_mut(index) else {
                continue;
            };
            match &neighbour.role {
                Role::Joining(until) if now >= *until => {
                    self.end_old(link, DisconnectReason::Foreign);
                    continue;
                }
                Role::Waiting(node, until) if now >= *until => {
                    neighbour.role = Role::Asking(node.clone());
                    let peer = neighbour.peer.clone();
                    self.events.push_back(Event::IncomingOffer {
                        link,
                        peer,
                        handshake: HANDSHAKE,
                    });
                }
                _ => {}
            }
            self.call_if_due(link);
        }
    }

    /// Takes what the node has to tell from now on.
    pub(crate) fn note_snapshot(&mut self, snapshot: Option<LegacySnapshot>) {
        self.legacy.snapshot = snapshot;
        self.legacy.outdated = true;
    }

    /// Tells it where it is news.
    pub(crate) fn tell_old(&mut self) {
        self.tell_all_old();
        self.plan_calls();
    }

    /// What happens to a call.
    pub(crate) fn call_event(&mut self, call: LinkId, event: link::Event) {
        match event {
            link::Event::Open => self.call_up(call),
            link::Event::Tracks(tracks) => self.call_tracks(call, tracks),
            link::Event::Disconnected(_) => self.call_down(call),
            _ => {}
        }
    }

    fn end_old(&mut self, link: LinkId, reason: DisconnectReason) {
        self.step(link, |_, _| Some(link::Event::Disconnected(reason)));
    }

    /// A message for the node, as if one of ours had sent it.
    fn hand_over(&mut self, link: LinkId, message: Message) {
        if let Some(neighbour) = self.legacy.neighbours.get(&link) {
            let peer = neighbour.peer.clone();
            self.events.push_back(Event::Message { link, peer, message });
        }
    }
}
