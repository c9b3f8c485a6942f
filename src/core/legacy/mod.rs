//! The gateway to legacy pages: their arrays on one side, our own messages and the tree on the
//! other.
//!
//! The room, the lobby and the swarm know nothing of this. A legacy child knocks and joins like any
//! other, a legacy parent adopts like any other, a legacy index root lists rooms like any other;
//! only their links are foreign to the swarm, and their media crosses in calls, which are
//! connections of their own. What happens to them, and what the node wants of them, comes as
//! [`GatewayTask`](crate::swarm::GatewayTask)s.
//!
//! What a page is to be told is compared with what it was told last, so nothing that it sends makes
//! this peer send more than a few messages a second.

mod call;
mod calls;
mod conference;
mod decode;
mod encode;
mod exchange;
mod neighbour;
mod translator;

use core::time::Duration;
use std::sync::Arc;

use rand_core::RngCore;

use crate::game::GameState;
use crate::link::DisconnectReason;
use crate::link::io::Source;
use crate::model::picture::Picture;
use crate::model::{RoomCard, Tracks};
use crate::room::Pictures;
use crate::signal::payload::{Handshake, Intent, Offer, RefusalReason, VERSION};
use crate::swarm::{Event, LinkRole, MediaEvent, Swarm};
use crate::util::bucket::Rate;
use crate::util::id::{LinkId, LinkMap, PeerId};
use crate::util::limits;
use crate::util::time::Time;
use crate::util::timer::TimerKind;
use crate::wire::legacy::{Old, game_news};
use crate::wire::message::{AdmissionPolicy, Message, RoomState};
pub(crate) use exchange::ExchangeAdapter;
pub(crate) use translator::Translator;

use calls::Calls;
use conference::Conferees;
use decode::{Context, Heard, Numbers};
use encode::Rounds;
use neighbour::{Neighbour, Role};

/// How long a peer that was dialled may take to show that it is in a room.
const PATIENCE: Duration = Duration::from_secs(6);
/// How often a page for which there is no slot is considered again.
const AGAIN: Duration = Duration::from_secs(5);
/// How fast a page may send.
const RATE: Rate = Rate {
    interval: Duration::from_millis(1_000 / limits::OLD_RATE as u64),
    burst: limits::OLD_BURST,
};
/// Pages that are shown to ask for the stream.
const STREAM_REQUESTS: usize = 8;

/// What a legacy page that wants to be a child would say if it could.
const HANDSHAKE: Handshake =
    Handshake { v: VERSION, intent: Intent::Join, slots: 0, membership: Vec::new() };

/// What a node has to tell to legacy pages.
pub(crate) enum LegacySnapshot {
    /// It is in a room, or looks for one.
    Room(Box<RoomSnapshot>),
    /// It is an index root.
    Index {
        /// Its rooms.
        cards: Vec<Arc<RoomCard>>,
        /// The covers of those that are at hand.
        covers: Vec<Arc<Picture>>,
    },
}

/// What is known of a room.
pub(crate) struct KnownRoom {
    /// What the host says.
    pub(crate) state: RoomState,
    /// People in it.
    pub(crate) members: u32,
    /// Who may come in.
    pub(crate) admission: AdmissionPolicy,
}

/// What a peer in a room knows.
pub(crate) struct RoomSnapshot {
    /// `None` until it has found the room.
    pub(crate) known: Option<KnownRoom>,
    /// The room's cover, if one was uploaded and it is at hand.
    pub(crate) cover: Option<Arc<Picture>>,
    /// Its own name.
    pub(crate) name: String,
    /// From the host to itself, both included; `None` while it has no way.
    pub(crate) path: Option<Vec<PeerId>>,
    /// Its children with their names.
    pub(crate) children: Vec<(PeerId, String)>,
    /// What it shows in the conference.
    pub(crate) shows: Tracks,
    /// Where the room is listed.
    pub(crate) network: Option<PeerId>,
}

impl RoomSnapshot {
    /// Whether strangers are kept out.
    fn is_closed(&self) -> bool {
        self.known.as_ref().is_some_and(|known| known.admission != AdmissionPolicy::Open)
    }
}

/// All legacy neighbours of one node.
#[derive(Default)]
pub(crate) struct Gateway {
    neighbours: LinkMap<Neighbour>,
    calls: Calls,
    conferees: Conferees,
    rounds: Rounds,
    /// The pictures that the chat refers to: legacy pages want them again with every message.
    pictures: Pictures,
    numbers: Numbers,
}

impl Gateway {
    /// Whether there is any page to tell anything.
    pub(crate) fn is_active(&self) -> bool {
        !self.neighbours.is_empty()
    }

    pub(crate) fn deadline(&self) -> Option<(Time, TimerKind)> {
        let neighbours = self.neighbours.values().filter_map(Neighbour::deadline);
        let due = self.rounds.due().filter(|_| self.is_active());
        let early = self.conferees.deadline().filter(|_| self.is_active());
        let calls = self.calls.deadline().into_iter().chain(early);
        let time = neighbours.chain(calls).chain(due).min()?;
        Some((time, TimerKind::Gateway))
    }

    /// The pages that ask for the stream that is shown here, with their names.
    pub(crate) fn stream_requests(&self) -> Vec<(PeerId, String)> {
        let asking = |known: &Neighbour| Some((known.peer.clone(), known.asks_for_stream.clone()?));
        self.neighbours.values().filter_map(asking).take(STREAM_REQUESTS).collect()
    }

    /// The link over which a member of the conference shows itself, which is linked by this one.
    pub(crate) fn shown_over(&self, link: LinkId) -> Option<LinkId> {
        self.conferees.shown_over(link)
    }

    /// Takes what the node has to tell from now on.
    pub(crate) fn note_snapshot(&mut self, snapshot: Option<LegacySnapshot>) {
        self.rounds.set_snapshot(snapshot);
    }

    /// Tells it where it is news.
    pub(crate) fn tell<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        self.neighbours.values_mut().for_each(|neighbour| neighbour.muted = false);
        conference::notice(swarm.now, &mut self.neighbours, self.rounds.seats_now());
        if !self.rounds.tell(swarm, &mut self.neighbours) {
            // They came while there was nothing to tell them.
            let strangers = self.neighbours.iter().filter(|(_, known)| known.is_stranger());
            for link in strangers.map(|(link, _)| *link).collect::<Vec<_>>() {
                self.close(swarm, link);
            }
        }
        self.calls.plan(swarm, &self.neighbours, self.rounds.is_on_air());
        self.conferees.call_where_due(swarm, &self.neighbours, self.rounds.shows_itself());
    }

    fn add(&mut self, link: LinkId, neighbour: Neighbour) {
        self.neighbours.insert(link, neighbour);
        self.calls.add(link);
    }

    /// The link with a member of the conference.
    fn conferee(&self, peer: &PeerId) -> Option<LinkId> {
        let confers = |known: &Neighbour| known.peer == *peer && known.confers();
        self.neighbours.iter().find(|(_, known)| confers(known)).map(|(link, _)| *link)
    }

    /// A peer calls. Only the current parent may, who was asked for its stream, and who has a seat
    /// in the conference. What somebody shows there never becomes the picture: a peer that may give
    /// that, and confers, says beforehand how it names the one thing or the other, though that may
    /// come later than the call; `late` says that it was waited for.
    fn place_call<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        peer: PeerId,
        offer: Offer,
        late: bool,
    ) {
        let may_give = |known: &Neighbour| known.peer == peer && known.gives_media();
        let giver = self.neighbours.iter().find(|(_, known)| may_give(known));
        let giver = giver.map(|(link, _)| *link);
        let conferee = self.conferee(&peer);
        let seat = self.rounds.seat_of(&peer).map(|(_, seat)| seat).filter(|seat| seat.legacy);
        let is_shown = seat.is_some_and(|seat| self.conferees.is_shown_by(&offer, seat, conferee));
        match (giver, conferee) {
            (Some(giver), _) if !is_shown && (late || conferee.is_none() || seat.is_none()) => {
                self.calls.called(swarm, giver, offer);
            }
            (_, Some(link)) if seat.is_some() && (is_shown || giver.is_none()) => {
                self.conferees.called(swarm, link, offer);
            }
            _ if seat.is_some() && !late && self.is_active() => {
                self.conferees.keep(swarm.now, peer, offer);
            }
            _ => {}
        }
    }

    /// More is known of a peer than when its call came, if it has called.
    fn place_waiting_call<R: RngCore>(&mut self, swarm: &mut Swarm<R>, peer: &PeerId) {
        if let Some(offer) = self.conferees.waiting(peer) {
            self.place_call(swarm, peer.clone(), offer, false);
        }
    }

    /// The link with a member of the conference is open.
    fn meet<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId, peer: &PeerId) {
        let own = self.rounds.seat_of(swarm.id());
        // One of ours would have answered as such.
        let has_seat = self.rounds.seat_of(peer).is_some_and(|(_, seat)| seat.legacy);
        let Some((column, seat)) = own.filter(|_| has_seat) else {
            return swarm.give_up(link, DisconnectReason::Foreign);
        };
        self.conferees.meet(swarm, link, column, seat);
        swarm.report_event(Event::Open { link });
        self.place_waiting_call(swarm, peer);
    }

    fn decode<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId, old: Old) {
        self.rounds.outdate();
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return };
        let on_air = self.calls.on_air(link);
        let mut context = context((swarm.id(), swarm.now), &self.rounds, on_air, &mut self.numbers);
        let mut named = None;
        for heard in decode::decode(neighbour, old, &mut context) {
            match heard {
                Heard::Message(message) => report(swarm, link, neighbour, message),
                Heard::WantsToJoin => consider(swarm, link, neighbour, HANDSHAKE),
                Heard::Announces => swarm.set_role(link, LinkRole::Announcer),
                Heard::WantsStream => swarm.dirty = true,
                Heard::WantsPicture => self.calls.asked(swarm, link, neighbour),
                Heard::HasPicture => self.calls.ask(swarm, link),
                Heard::Shows(stream) => {
                    self.conferees.named(link, stream);
                    named = Some(neighbour.peer.clone());
                }
                Heard::IsNoConferee => {
                    self.conferees.remove(swarm, link);
                    let (peer, reason) = (neighbour.peer.clone(), DisconnectReason::Closed);
                    swarm.report_event(Event::Disconnected { link, peer, reason });
                }
                Heard::End(reason) => swarm.give_up(link, reason),
            }
        }
        if let Some(peer) = named {
            self.place_waiting_call(swarm, &peer);
        }
    }

    /// Tells a child what is new in the game.
    fn tell_game<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId, game: &Arc<GameState>) {
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return };
        let before = neighbour.game.replace(game.clone());
        for packed in game_news(before.as_deref(), game) {
            swarm.send_packed(link, packed);
        }
    }
}

impl<R: RngCore> Translator<R> for Gateway {
    fn offered(&mut self, swarm: &mut Swarm<R>, peer: PeerId, offer: Offer) {
        // That of a member of the conference is one more; there is only one.
        let counts = |known: &&Neighbour| known.peer == peer && !known.confers();
        let known = self.neighbours.values().filter(counts);
        if known.count() >= limits::OLD_LINKS_OF_ONE {
            return;
        }
        if self.neighbours.len() >= limits::OLD_LINKS {
            // In a room, guests make way; in an index, looking is what they come for.
            let guests =
                || self.neighbours.iter().filter(|(_, known)| matches!(known.role, Role::Guest));
            let late = guests().find(|(link, _)| swarm.gives_way(**link));
            let guest = late.or_else(|| guests().next().filter(|_| self.rounds.is_room()));
            let Some((&guest, _)) = guest else { return };
            self.close(swarm, guest);
        }
        let early = offer.browser.is_some();
        let Some(link) = swarm.accept_foreign(&peer, offer) else { return };
        self.add(link, Neighbour { early, ..Neighbour::new(peer, Role::Guest) });
    }

    fn called(&mut self, swarm: &mut Swarm<R>, peer: PeerId, offer: Offer) {
        self.place_call(swarm, peer, offer, false);
    }

    fn answered(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        peer: PeerId,
        intent: Option<Intent>,
    ) {
        let role = match intent {
            Some(Intent::Join | Intent::Reparent) => Role::Joining(swarm.now + PATIENCE * 4),
            Some(Intent::Announce) => Role::Root,
            Some(Intent::Browse) => Role::Index,
            Some(Intent::Borrow) => Role::Lender,
            Some(Intent::Conference) => Role::Conferee,
            _ => return,
        };
        swarm.make_foreign(link);
        if matches!(role, Role::Conferee) {
            self.conferees.add(link);
        }
        self.add(link, Neighbour::new(peer, role));
    }

    fn opened(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        self.rounds.outdate();
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return };
        neighbour.open = true;
        match &mut neighbour.role {
            // The node hears of it when it says what it wants.
            Role::Guest => return,
            Role::Conferee => {
                let peer = neighbour.peer.clone();
                return self.meet(swarm, link, &peer);
            }
            Role::Joining(until) => *until = swarm.now + PATIENCE,
            _ => {}
        }
        swarm.report_event(Event::Open { link });
    }

    fn received(&mut self, swarm: &mut Swarm<R>, link: LinkId, bytes: &[u8]) {
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return };
        let in_time = neighbour.rate.take(swarm.now, RATE);
        match if in_time { Old::parse(bytes) } else { Ok(None) } {
            Ok(Some(old)) => self.decode(swarm, link, old),
            // Too much, or nonsense; both are overlooked for a while.
            Ok(None) => {
                neighbour.faults += 1;
                if neighbour.faults > limits::OLD_FAULTS {
                    swarm.give_up(link, DisconnectReason::Broken);
                }
            }
            Err(_) => swarm.give_up(link, DisconnectReason::Broken),
        }
    }

    fn media(&mut self, swarm: &mut Swarm<R>, owner: LinkId, call: LinkId, event: MediaEvent) {
        let Some(neighbour) = self.neighbours.get_mut(&owner) else { return };
        if neighbour.confers() {
            return self.conferees.handle(swarm.now, owner, call, &event);
        }
        let Some(on_air) = self.calls.handle(swarm, owner, neighbour, call, event) else { return };
        let version = self.numbers.next(swarm.now);
        if let Some(message) = decode::on_air(neighbour, on_air, version) {
            report(swarm, owner, neighbour, message);
        }
    }

    fn tick(&mut self, swarm: &mut Swarm<R>) {
        for (&link, neighbour) in &mut self.neighbours {
            match &neighbour.role {
                Role::Joining(until) if swarm.now >= *until => {
                    swarm.give_up(link, DisconnectReason::Foreign);
                    continue;
                }
                Role::Waiting(node, until) if swarm.now >= *until => {
                    neighbour.role = Role::Asking(node.clone());
                    consider(swarm, link, neighbour, HANDSHAKE);
                }
                Role::Silent(until) if swarm.now >= *until => {
                    neighbour.role = Role::Conferee;
                    consider(swarm, link, neighbour, conference::HANDSHAKE);
                }
                _ => {}
            }
            self.calls.call_if_due(swarm, link, neighbour);
        }
        for (peer, offer) in self.conferees.late(swarm.now) {
            self.place_call(swarm, peer, offer, true);
        }
    }

    /// The node adopts a child that has asked for it, or confers with a member.
    fn accept(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        self.rounds.outdate();
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return };
        if neighbour.confers() {
            let peer = neighbour.peer.clone();
            self.conferees.add(link);
            return self.meet(swarm, link, &peer);
        }
        let Role::Asking(node) = &neighbour.role else { return };
        let (name, summary) = (node.name.clone(), decode::summary(node));
        neighbour.role = Role::Child(node.clone());
        neighbour.muted = true;
        report(swarm, link, neighbour, Message::Join { name, summary, high_water: Vec::new() });
    }

    /// The node does not adopt a child. There is no word for that: it waits for a slot, and watches
    /// the chat meanwhile.
    fn refuse(&mut self, swarm: &mut Swarm<R>, link: LinkId, reason: RefusalReason) {
        self.rounds.outdate();
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return };
        match &neighbour.role {
            Role::Asking(node)
                if matches!(reason, RefusalReason::Full | RefusalReason::Detached) =>
            {
                neighbour.role = Role::Waiting(node.clone(), swarm.now + AGAIN);
            }
            // It has a seat, but this peer takes no part: it looks at the room.
            Role::Conferee => neighbour.role = Role::Guest,
            _ => self.close(swarm, link),
        }
    }

    fn send(&mut self, swarm: &mut Swarm<R>, link: LinkId, message: Message) {
        let Some(neighbour) = self.neighbours.get(&link) else { return };
        match message {
            Message::Picture(picture) => return self.pictures.keep(picture),
            Message::Game(game) => return self.tell_game(swarm, link, game.value()),
            Message::MediaTimeout if matches!(neighbour.role, Role::Parent(..)) => {
                return self.calls.ask(swarm, link);
            }
            Message::Watch { levels } if levels > 0 => {
                if let Some(node) = neighbour.child() {
                    let subtree = decode::subtree(swarm.id(), None, node);
                    report(swarm, link, neighbour, subtree);
                }
                return;
            }
            // What another gateway has numbered for a page that speaks here, too.
            Message::Chat(ref chat)
                if self.neighbours.values().any(|known| known.peer == chat.author) =>
            {
                self.numbers.note(chat.number);
            }
            _ => {}
        }
        let packed = self.rounds.encode(swarm.id(), neighbour, &self.pictures, &message);
        if let Some(packed) = packed {
            swarm.send_packed(link, packed);
        }
    }

    /// Answers a page that asks for the stream; a no is silence, as in the legacy pages.
    fn answer_stream_request(&mut self, swarm: &mut Swarm<R>, to: &PeerId, source: Option<Source>) {
        let asking = |known: &Neighbour| known.peer == *to && known.asks_for_stream.is_some();
        let found = self.neighbours.iter_mut().find(|(_, known)| asking(known));
        let Some((&link, neighbour)) = found else { return };
        neighbour.asks_for_stream = None;
        neighbour.answered = Some(swarm.now);
        if let Some(source) = source {
            self.calls.lend(swarm, link, neighbour, source);
        }
    }

    fn feed(&mut self, swarm: &mut Swarm<R>, link: LinkId, source: Option<Source>) {
        self.calls.feed(swarm, link, source);
    }

    fn show(&mut self, swarm: &mut Swarm<R>, source: Option<Source>) {
        self.calls.show(swarm, source);
    }

    fn watch(&mut self, swarm: &mut Swarm<R>, link: LinkId, patience: Duration) {
        self.calls.watch(swarm, link, patience);
    }

    fn ask_for_picture(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        self.calls.ask(swarm, link);
    }

    fn forget(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        self.rounds.outdate();
        let Some(neighbour) = self.neighbours.shift_remove(&link) else { return };
        if let Some(node) = neighbour.child() {
            let mut context =
                context((swarm.id(), swarm.now), &self.rounds, None, &mut self.numbers);
            for message in decode::left_seats(&mut context, node, None) {
                report(swarm, link, &neighbour, message);
            }
        }
        self.calls.remove(swarm, link);
        self.conferees.remove(swarm, link);
    }
}

/// What a message is understood with. `on_air` is what comes from the neighbour over a call.
fn context<'a>(
    (own, now): (&'a PeerId, Time),
    rounds: &'a Rounds,
    on_air: Option<Tracks>,
    numbers: &'a mut Numbers,
) -> Context<'a> {
    Context {
        now,
        own,
        is_room: rounds.is_room(),
        is_index: rounds.is_index(),
        is_closed: rounds.is_closed(),
        since: rounds.since(),
        seats: rounds.seats(),
        on_air,
        numbers,
    }
}

/// A message for the node, as if one of our peers had sent it.
fn report<R: RngCore>(swarm: &mut Swarm<R>, link: LinkId, neighbour: &Neighbour, message: Message) {
    swarm.report_event(Event::Message { link, peer: neighbour.peer.clone(), message });
}

/// The node is asked for a slot, or to confer.
fn consider<R: RngCore>(
    swarm: &mut Swarm<R>,
    link: LinkId,
    neighbour: &Neighbour,
    handshake: Handshake,
) {
    let peer = neighbour.peer.clone();
    swarm.report_event(Event::IncomingOffer { link, peer, handshake });
}
