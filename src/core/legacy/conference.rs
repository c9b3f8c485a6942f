//! The conference: links with the members that are legacy pages, and calls with them.
//!
//! To a legacy page a member of its conference is whoever has a seat and is linked with it. Over that
//! link it says by which stream it shows itself, and then it calls; a call goes one way, and what
//! comes back is not looked at. So there is one call for each side that shows something.
//!
//! Legacy pages tell the calls of a conference from those with the room's picture by the name of the
//! stream. Ours is named after the peer, see [`stream_of`], and stands in every map beside the seat.

use core::time::Duration;

use rand_core::RngCore;

use super::call::{EarlyCalls, Line, RETRY};
use super::neighbour::{Neighbour, Role};
use crate::link::io::{MediaRole, Source};
use crate::model::GatheringKind;
use crate::signal::payload::{Handshake, Intent, Offer, VERSION};
use crate::swarm::{MediaEvent, Swarm};
use crate::util::id::{LinkId, LinkMap, PeerId};
use crate::util::time::Time;
use crate::wire::legacy::{Conference, stream_of};
use crate::wire::message::Seat;

/// A page that wants a slot says so at once. One that says nothing for so long, and has a seat, has
/// dialled for the conference.
pub(super) const FIRST_WORD: Duration = Duration::from_millis(300);
/// How long a call waits until it can be told what it is.
const EARLY: Duration = Duration::from_secs(1);
const KIND: GatheringKind = GatheringKind::Conference;

/// What a legacy page that takes part in the conference would say if it could.
pub(super) const HANDSHAKE: Handshake =
    Handshake { v: VERSION, intent: Intent::Conference, slots: 0, membership: Vec::new() };

/// The legacy pages with which this peer confers.
#[derive(Default)]
pub(super) struct Conferees {
    /// By the link that they speak over.
    members: LinkMap<Member>,
    early: EarlyCalls,
    /// Whether this peer shows something.
    shows: bool,
}

/// The calls with a member.
#[derive(Default)]
struct Member {
    incoming: Line,
    outgoing: Line,
    /// How it names what it shows.
    stream: Option<String>,
    /// It knows who this peer is.
    met: bool,
    /// When it is called next.
    next: Option<Time>,
    /// Calls in a row that did not come up.
    failures: u32,
}

impl Conferees {
    /// There is a new member.
    pub(super) fn add(&mut self, link: LinkId) {
        self.members.insert(link, Member::default());
    }

    /// A member is gone; its calls go with it.
    pub(super) fn remove<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId) {
        if let Some(mut member) = self.members.shift_remove(&link) {
            member.incoming.hang_up(swarm);
            member.outgoing.hang_up(swarm);
        }
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        let next = self.members.values().filter(|_| self.shows).filter_map(|member| member.next);
        next.chain(self.early.oldest().map(|since| since + EARLY)).min()
    }

    /// The link of the call in which a member shows itself.
    pub(super) fn shown_over(&self, link: LinkId) -> Option<LinkId> {
        self.members.get(&link)?.incoming.link()
    }

    /// The link with a member is open: tells it who this peer is, in the seat of this column.
    pub(super) fn meet<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        link: LinkId,
        column: usize,
        seat: &Seat,
    ) {
        let Some(member) = self.members.get_mut(&link) else { return };
        let (stream, name) = (Some(stream_of(&seat.id)), seat.name.clone());
        swarm.send_packed(link, Conference::Show { column, stream, name }.encode());
        member.met = true;
        member.next = Some(swarm.now);
    }

    /// A member says how it names what it shows.
    pub(super) fn named(&mut self, link: LinkId, stream: Option<String>) {
        if let Some(member) = self.members.get_mut(&link) {
            member.stream = stream;
        }
    }

    /// Whether a call brings what the holder of `seat` shows; `link` is the one with that member.
    pub(super) fn is_shown_by(&self, offer: &Offer, seat: &Seat, link: Option<LinkId>) -> bool {
        let member = link.and_then(|link| self.members.get(&link));
        let names = [&seat.stream, &member.and_then(|member| member.stream.clone())];
        let mut streams = offer.sdp.streams();
        streams.any(|stream| names.iter().any(|name| name.as_deref() == Some(stream)))
    }

    /// A member calls; the newest call counts.
    pub(super) fn called<R: RngCore>(&mut self, swarm: &mut Swarm<R>, link: LinkId, offer: Offer) {
        if let Some(member) = self.members.get_mut(&link) {
            member.incoming.answer(swarm, link, offer, MediaRole::Call(KIND));
        }
    }

    /// A peer with a seat calls, and it cannot be told yet what it shows.
    pub(super) fn keep(&mut self, now: Time, peer: PeerId, offer: Offer) {
        self.early.keep(now, peer, offer);
    }

    /// The call of this peer, if it waits.
    pub(super) fn waiting(&mut self, peer: &PeerId) -> Option<Offer> {
        self.early.take(peer).map(|(offer, _)| offer)
    }

    /// The calls that have waited long enough.
    pub(super) fn late(&mut self, now: Time) -> Vec<(PeerId, Offer)> {
        self.early.take_due(|since| now.since(since) >= EARLY)
    }

    /// Calls the members that are to be called. `shows` says whether this peer shows something:
    /// a call that was placed stays when it shows nothing any more.
    pub(super) fn call_where_due<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        neighbours: &LinkMap<Neighbour>,
        shows: bool,
    ) {
        self.shows = shows;
        for (&link, member) in self.members.iter_mut().filter(|_| shows) {
            if !member.met || member.next.is_none_or(|next| swarm.now < next) {
                continue;
            }
            let Some(neighbour) = neighbours.get(&link) else { continue };
            // One link of a page may tell more than another about its age.
            let is_early = |known: &Neighbour| known.peer == neighbour.peer && known.early;
            let channel = !neighbours.values().any(is_early);
            member.next = Some(swarm.now + RETRY);
            member.outgoing.place(swarm, link, channel, MediaRole::Call(KIND));
            let Some(call) = member.outgoing.link() else { continue };
            member.next = None;
            swarm.name_stream(call, stream_of(swarm.id()));
            member.outgoing.feed(swarm, Some(Source::Gathering(KIND)));
        }
    }

    /// Something happened to a call.
    pub(super) fn handle(&mut self, now: Time, link: LinkId, call: LinkId, event: &MediaEvent) {
        let Some(member) = self.members.get_mut(&link) else { return };
        if member.incoming.handle(call, event) || !member.outgoing.handle(call, event) {
            return;
        }
        match event {
            MediaEvent::Open => member.failures = 0,
            MediaEvent::Closed => {
                member.next = Some(now + RETRY * 2u32.pow(member.failures.min(5)));
                member.failures += 1;
            }
            MediaEvent::Tracks(_) => {}
        }
    }
}

/// Notices which pages have dialled for the conference: they have a seat, and have said nothing yet
/// that shows what they want. The node is asked about each of them once.
pub(super) fn notice(now: Time, neighbours: &mut LinkMap<Neighbour>, seats: &[Option<Seat>]) {
    for neighbour in neighbours.values_mut().filter(|known| known.open && !known.was_noticed) {
        let has_seat = seats.iter().flatten().any(|seat| seat.legacy && seat.id == neighbour.peer);
        if has_seat && matches!(neighbour.role, Role::Guest) {
            neighbour.was_noticed = true;
            neighbour.role = Role::Silent(now + FIRST_WORD);
        }
    }
}
