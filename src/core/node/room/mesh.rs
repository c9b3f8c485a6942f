//! The links of one gathering: one for each pair of members. The member who came later dials.
//!
//! Legacy pages do so, too, but only once, and take whoever dials them. So they are dialled where
//! they have not done it themselves. They have no links in a voice channel.

use core::time::Duration;

use indexmap::IndexMap;
use rand_core::RngCore;

use crate::link::io::{MediaRole, Source};
use crate::model::GatheringKind;
use crate::room::Gathering;
use crate::signal::payload::RefusalReason;
use crate::swarm::{LinkRole, Swarm};
use crate::util::id::{LinkId, PeerId};
use crate::util::random::Backoff;
use crate::util::time::Time;
use crate::wire::message::{Rules, Seat};

/// The waits before a member is dialled again. It may only not know yet that this peer has a seat.
const REDIAL: (Duration, Duration) = (Duration::from_millis(300), Duration::from_secs(8));
/// How long a legacy page that came later has to dial.
const EXPECTED: Duration = Duration::from_secs(6);
/// A link that was up for so long shows that the member can be reached.
const STEADY: Duration = Duration::from_secs(10);
/// How long a link outlives a seat: one whose holder asks for it again is given back by then.
const GRACE: Duration = Duration::from_secs(10);

/// This peer's links with the others.
#[derive(Default)]
pub(super) struct Mesh {
    edges: IndexMap<PeerId, Edge>,
    /// Members that could not be reached.
    rests: IndexMap<PeerId, Rest>,
    due: Option<Time>,
    /// This peer had a seat when the mesh was last looked after.
    seated: bool,
}

struct Edge {
    link: LinkId,
    dialled: bool,
    /// The other side is a legacy page.
    legacy: bool,
    /// Since when the link is open.
    opened: Option<Time>,
    /// Since when the other side has no seat.
    vacant: Option<Time>,
}

struct Rest {
    until: Time,
    backoff: Backoff,
}

impl Mesh {
    /// The link with a member.
    pub(super) fn link(&self, peer: &PeerId) -> Option<LinkId> {
        self.edges.get(peer).map(|edge| edge.link)
    }

    /// The links with all members.
    pub(super) fn links(&self) -> impl Iterator<Item = LinkId> {
        self.edges.values().map(|edge| edge.link)
    }

    /// Whether there is nothing to look after.
    pub(super) fn is_empty(&self) -> bool {
        self.edges.is_empty() && self.rests.is_empty() && !self.seated
    }

    /// When to call [`Mesh::sync`] at the latest.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.due
    }

    /// Links with those who have a seat, and with nobody else.
    pub(super) fn sync<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        gathering: &Gathering,
        rules: &Rules,
    ) {
        let kind = gathering.kind;
        self.edges.retain(|peer, edge| {
            let seat = gathering.seat_of(peer);
            let is_seated = seat.is_some_and(|seat| seat.legacy == edge.legacy);
            let has_seat = is_seated && !rules.is_out(peer);
            let since = *edge.vacant.get_or_insert(swarm.now);
            if has_seat {
                edge.vacant = None;
            }
            // A legacy page that comes back dials again.
            let is_out = edge.legacy
                || !gathering.open
                || gathering.removed.contains(peer)
                || rules.is_out(peer);
            let stays = has_seat || (!is_out && swarm.now < since + GRACE);
            if !stays {
                swarm.close(edge.link);
            }
            stays
        });
        self.rests.retain(|peer, _| gathering.seat_of(peer).is_some());
        let vacant = self.edges.values().filter_map(|edge| Some(edge.vacant? + GRACE));
        self.due = vacant.min();
        let own = gathering.seat_of(swarm.id());
        let was_seated = core::mem::replace(&mut self.seated, own.is_some());
        let Some(own) = own else { return };
        let dials = |other: &&Seat| match other.legacy {
            true => kind == GatheringKind::Conference && other.id != own.id,
            false => (own.number, &own.id) > (other.number, &other.id),
        };
        // The host empties the seat of a peer that it sends away; a relay might keep that back.
        let others = gathering.taken().filter(|seat| !rules.is_out(&seat.id));
        for seat in others.filter(dials) {
            if self.edges.contains_key(&seat.id) {
                continue;
            }
            if seat.legacy && was_seated && !self.rests.contains_key(&seat.id) {
                self.expect(swarm.now, &seat.id);
            }
            let rest = self.rests.get(&seat.id).map(|rest| rest.until);
            let rest = rest.filter(|until| swarm.now < *until);
            // The media of legacy pages crosses in calls of its own.
            let media = if seat.legacy { MediaRole::None } else { MediaRole::Call(kind) };
            if rest.is_none()
                && let Some(link) = swarm.dial_member(&seat.id, kind, media)
            {
                self.insert(swarm, kind, (seat.id.clone(), seat.legacy), link, true);
                continue;
            }
            let again = rest.unwrap_or_else(|| self.rest(swarm, &seat.id));
            self.due = self.due.into_iter().chain([again]).min();
        }
    }

    /// A link is open.
    pub(super) fn opened(&mut self, now: Time, link: LinkId) {
        if let Some(edge) = self.edges.values_mut().find(|edge| edge.link == link) {
            edge.opened = Some(now);
        }
    }

    /// A peer has dialled; `may` says whether both sides have a seat. If both have dialled, the
    /// lower id's link stays. An offer besides a link that was answered means that the other side
    /// has lost that one.
    pub(super) fn offered<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        kind: GatheringKind,
        (link, peer): (LinkId, PeerId),
        may: bool,
    ) {
        if !may {
            return swarm.refuse(link, RefusalReason::NotInRoom, Vec::new());
        }
        if let Some(edge) = self.edges.get(&peer) {
            let is_glare = edge.dialled && !edge.legacy && !swarm.is_answered(edge.link);
            if is_glare && *swarm.id() < peer {
                return swarm.refuse(link, RefusalReason::Other, Vec::new());
            }
            swarm.close(edge.link);
        }
        let legacy = swarm.is_legacy(link);
        swarm.accept(link, LinkRole::Gathering(kind), MediaRole::Call(kind));
        self.insert(swarm, kind, (peer, legacy), link, false);
    }

    /// A link is gone.
    pub(super) fn link_down<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        peer: &PeerId,
        link: LinkId,
    ) {
        if self.link(peer) == Some(link) {
            let edge = self.edges.shift_remove(peer);
            let opened = edge.and_then(|edge| edge.opened);
            // One that comes up and goes down again and again is not dialled ever sooner.
            if opened.is_some_and(|since| swarm.now >= since + STEADY) {
                self.rests.shift_remove(peer);
            }
            self.rest(swarm, peer);
        }
    }

    /// Closes all links.
    pub(super) fn clear<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        self.rests.clear();
        (self.due, self.seated) = (None, false);
        for (_, edge) in self.edges.drain(..) {
            swarm.close(edge.link);
        }
    }

    fn insert<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        kind: GatheringKind,
        (peer, legacy): (PeerId, bool),
        link: LinkId,
        dialled: bool,
    ) {
        if !legacy {
            swarm.feed(link, Some(Source::Gathering(kind)));
        }
        self.edges.insert(peer, Edge { link, dialled, legacy, opened: None, vacant: None });
    }

    /// Gives a legacy page that has just come the time to dial.
    fn expect(&mut self, now: Time, peer: &PeerId) {
        let backoff = Backoff::new(REDIAL.0, REDIAL.1);
        self.rests.insert(peer.clone(), Rest { until: now + EXPECTED, backoff });
    }

    /// Does not dial a member for a while; returns until when.
    fn rest<R: RngCore>(&mut self, swarm: &mut Swarm<R>, peer: &PeerId) -> Time {
        let now = swarm.now;
        let new = || Rest { until: now, backoff: Backoff::new(REDIAL.0, REDIAL.1) };
        let rest = self.rests.entry(peer.clone()).or_insert_with(new);
        rest.until = now + rest.backoff.wait(&mut swarm.rng);
        rest.until
    }
}
