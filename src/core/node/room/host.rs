//! What only a room's host does: it says what the room is, announces it, and keeps order.

use std::sync::Arc;

use rand_core::RngCore;

use super::downstream::Downstream;
use super::lending::Stream;
use super::seat_leases::{SeatLeases, Way};
use super::standing::Standing;
use crate::directory::announcer::Announcer;
use crate::identity::{Keypair, Signed, Verified};
use crate::link::io::{Output, Source};
use crate::media::SourceMonitor;
use crate::model::picture::Picture;
use crate::model::{GatheringKind, Network, RoomCard, RoomMeta};
use crate::node::io::GatheringCommand;
use crate::room::admission::Moderation;
use crate::room::{Admission, Covers, RoomRecord, membership, removed};
use crate::swarm::Swarm;
use crate::util::id::PeerId;
use crate::util::time::Time;
use crate::wire::message::{
    AdmissionPolicy, Decision, Message, Order, RoomState, Seat, Vouch, clamp_meta,
};

/// The host's own part.
pub(super) struct Host {
    announcer: Announcer,
    source: SourceMonitor,
    /// Where the stream comes from that goes out.
    shown: Option<Source>,
    /// The number of what the host has said last.
    said: u64,
    leases: SeatLeases,
}

/// The rest of the peer, which the host changes and tells.
pub(super) struct Context<'a, R> {
    pub(super) swarm: &'a mut Swarm<R>,
    pub(super) standing: &'a mut Standing,
    pub(super) below: &'a mut Downstream,
    pub(super) covers: &'a mut Covers,
    pub(super) admission: &'a mut Admission,
}

/// What a host says about its room at first. `since` is when a room was opened that is taken up
/// again.
pub(super) fn opened(
    now: Time,
    id: PeerId,
    mut meta: RoomMeta,
    name: String,
    since: Option<u64>,
) -> RoomState {
    clamp_meta(&mut meta);
    RoomState {
        // Above every version of the same room before a reload.
        version: now.as_millis() + 1,
        id,
        meta,
        host: name,
        since: since.unwrap_or(now.as_millis()),
        on_air: None,
        source_stalled: false,
        seats: None,
    }
}

/// What a host decides that takes its room up again: who had a seat it does not know, so all that
/// still want one ask again. Returns the number of what it has said last.
pub(super) fn resume(record: &mut RoomRecord, keypair: Option<&Keypair>) -> u64 {
    let (id, since, mut number) =
        (record.state().id.clone(), record.state().since, record.state().version);
    for kind in GatheringKind::ALL {
        number += 1;
        let decision = Decision::Gathering(kind, kind == GatheringKind::Voice);
        record.order(Verified::own(Order { since, number, decision }, &id, keypair));
    }
    number
}

impl Host {
    /// Announces the room in `network`, or nowhere. `said` is the number of what has been said.
    pub(super) fn new(now: Time, network: Option<PeerId>, said: u64) -> Self {
        let announcer = Announcer::new(now, network);
        Self {
            announcer,
            source: SourceMonitor::default(),
            shown: None,
            said,
            leases: SeatLeases::default(),
        }
    }

    /// Where the stream comes from that goes out.
    pub(super) fn source(&self) -> Option<Source> {
        self.shown
    }

    /// Where the room is announced.
    pub(super) fn network(&self) -> Network {
        self.announcer.view()
    }

    /// Announces the room elsewhere from now on.
    pub(super) fn switch<R: RngCore>(&mut self, swarm: &mut Swarm<R>, network: Option<PeerId>) {
        self.announcer.switch(swarm, network);
    }

    /// The link to the index root is open.
    pub(super) fn announcement_opened<R: RngCore>(&mut self, cx: &mut Context<'_, R>) {
        self.announcer.opened();
        self.announce(cx);
    }

    /// The link to the index root is gone.
    pub(super) fn announcement_down<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        self.announcer.down(swarm);
    }

    /// When to call [`Host::tick`].
    pub(super) fn deadline(&self) -> Option<Time> {
        self.announcer.deadline()
    }

    /// Time has passed.
    pub(super) fn tick<R: RngCore>(&mut self, cx: &mut Context<'_, R>) {
        if let Some(room) = &cx.standing.room {
            self.announcer.tick(cx.swarm, |swarm| card(room, swarm));
        }
    }

    /// Changes what is said about the room, and tells everyone.
    pub(super) fn change<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        change: impl FnOnce(&mut RoomState),
    ) {
        let Some(room) = &mut cx.standing.room else { return };
        self.said += 1;
        let mut state = RoomState { version: self.said, ..room.state().clone() };
        change(&mut state);
        let id = state.id.clone();
        let state = cx.swarm.say(state, &id);
        room.update(state);
        if let Some(signed) = room.signed() {
            cx.below.tell(cx.swarm, &Message::Room(signed.clone()));
        }
        self.announce(cx);
    }

    /// Decides something, and tells everyone. Those whom it sends away hear it, too.
    pub(super) fn order<R: RngCore>(&mut self, cx: &mut Context<'_, R>, decision: Decision) {
        let Some(room) = &mut cx.standing.room else { return };
        self.said += 1;
        let (id, since) = (room.state().id.clone(), room.state().since);
        let order = cx.swarm.say(Order { since, number: self.said, decision }, &id);
        if room.order(order.clone())
            && let Some(signed) = order.signed()
        {
            cx.below.enforce(cx.swarm, room);
            cx.below.tell(cx.swarm, &Message::Order(signed.clone()));
            cx.swarm.dirty = true;
        }
    }

    /// The number of members, and of levels that the room needs, has changed.
    pub(super) fn count<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        count: u32,
        depth: Option<u32>,
    ) {
        if let Some(room) = &mut cx.standing.room {
            room.members = count;
        }
        cx.swarm.dirty = true;
        // Everyone is told; in a large room the number changes all the time.
        cx.below.tell(cx.swarm, &Message::Members { count, depth });
        self.announce(cx);
    }

    /// The person says what the room is about; an uploaded cover stays.
    pub(super) fn edit<R: RngCore>(&mut self, cx: &mut Context<'_, R>, mut meta: RoomMeta) {
        clamp_meta(&mut meta);
        meta.image = cx.standing.cover();
        self.change(cx, |state| state.meta = meta);
    }

    /// The person chooses a cover, or none. One that is too large is none.
    pub(super) fn set_cover<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        cover: Option<Arc<Picture>>,
    ) {
        let id = cover.and_then(|cover| {
            let id = cover.id();
            cx.covers.keep(cover).then_some(id)
        });
        if id != cx.standing.cover() {
            self.change(cx, |state| state.meta.image = id);
            cx.covers.retain(|kept| Some(kept) == id);
        }
    }

    /// This stream goes out from now on, or none.
    pub(super) fn on_air<R: RngCore>(&mut self, cx: &mut Context<'_, R>, stream: Option<Stream>) {
        let (source, tracks) = stream.unzip();
        self.shown = source;
        if let Some((Source::Link(_), tracks)) = stream {
            cx.swarm.push(Output::Sound(tracks.audio));
        }
        cx.swarm.push(Output::Show(source));
        cx.below.feed(cx.swarm, source);
        self.source = SourceMonitor::default();
        self.change(cx, |state| (state.on_air, state.source_stalled) = (tracks, false));
    }

    /// The links have reported: something goes out, or nothing does any more.
    pub(super) fn observe_source<R: RngCore>(&mut self, cx: &mut Context<'_, R>) {
        let silent = cx.standing.is_on_air() && cx.below.uplink().is_silent(cx.swarm.now);
        let stalled = self.source.observe(cx.swarm.now, silent);
        if cx.standing.state().is_some_and(|state| state.source_stalled != stalled) {
            self.change(cx, |state| state.source_stalled = stalled);
        }
    }

    /// A member asks for a seat in a gathering, shows something else there or gives it back.
    pub(super) fn seat<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        kind: GatheringKind,
        (seat, join): (Seat, bool),
        way: Option<Way<'_>>,
    ) {
        let Some(room) = &cx.standing.room else { return };
        let (id, legacy, gathering) = (seat.id.clone(), seat.legacy, room.gathering(kind));
        if join && way.is_some_and(|way| !self.leases.has_share(kind, &id, way)) {
            return;
        }
        let seat = Seat { number: self.said + 1, ..seat };
        let decision = if join { gathering.give(seat) } else { gathering.free(&id) };
        if let Some(decision) = decision {
            self.order(cx, decision);
        }
        let room = cx.standing.room.as_ref();
        let has_seat = room.is_some_and(|room| room.gathering(kind).seat_of(&id).is_some());
        // Without a way, it is the host's own, which it keeps.
        if let Some(way) = way.filter(|_| has_seat) {
            self.leases.renew(cx.swarm.now, kind, (&id, legacy), way);
        } else {
            self.leases.release(kind, &id);
        }
    }

    /// The person opens or ends a gathering, or keeps order in it.
    pub(super) fn gather<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        kind: GatheringKind,
        command: GatheringCommand,
    ) {
        let Some(room) = &cx.standing.room else { return };
        let gathering = room.gathering(kind);
        let decision = match command {
            GatheringCommand::Open if !gathering.open => Decision::Gathering(kind, true),
            GatheringCommand::End if gathering.open => Decision::Gathering(kind, false),
            GatheringCommand::Mute(peer, muted) if muted != gathering.muted.contains(&peer) => {
                Decision::Silence(kind, peer, muted)
            }
            GatheringCommand::Remove(peer)
                if peer != *cx.swarm.id() && !gathering.removed.contains(&peer) =>
            {
                Decision::Unseat(kind, peer)
            }
            _ => return,
        };
        self.order(cx, decision);
    }

    /// A child is gone, or has moved.
    pub(super) fn child_gone(&mut self, now: Time, child: &PeerId) {
        self.leases.child_gone(now, child);
    }

    /// When to call [`Host::free_seats`].
    pub(super) fn seats_deadline(&self) -> Option<Time> {
        self.leases.deadline()
    }

    /// Frees the seats that nobody claims any more.
    pub(super) fn free_seats<R: RngCore>(&mut self, cx: &mut Context<'_, R>) {
        for (kind, peer) in self.leases.expire(cx.swarm.now) {
            self.free_seat(cx, kind, &peer);
        }
    }

    fn free_seat<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        kind: GatheringKind,
        peer: &PeerId,
    ) {
        let room = cx.standing.room.as_ref();
        if let Some(decision) = room.and_then(|room| room.gathering(kind).free(peer)) {
            self.order(cx, decision);
        }
    }

    /// The person lets an applicant in, or does not.
    pub(super) fn answer<R: RngCore>(&self, cx: &mut Context<'_, R>, to: &PeerId, admit: bool) {
        let Some(room) = &cx.standing.room else { return };
        let word = |swarm: &Swarm<R>, peer: &PeerId| admit.then(|| vouch(room, swarm, peer))?;
        cx.admission.answer(cx.swarm, Some(to), word);
    }

    /// The person keeps order. Returns who may come in from now on.
    pub(super) fn moderate<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        wish: Moderation,
    ) -> Option<AdmissionPolicy> {
        let room = cx.standing.room.as_ref()?;
        let before = room.rules().admission;
        let decisions = cx.admission.decide(cx.swarm.now, &room.state().id, room.rules(), wish);
        for decision in decisions {
            let out = removed(&decision).map(|(peer, _)| peer.clone());
            self.order(cx, decision);
            for kind in GatheringKind::ALL {
                out.iter().for_each(|peer| self.free_seat(cx, kind, peer));
            }
        }
        let room = cx.standing.room.as_ref()?;
        let policy = room.rules().admission;
        match policy {
            AdmissionPolicy::Open if policy != before => {
                let word = |swarm: &Swarm<R>, peer: &PeerId| vouch(room, swarm, peer);
                cx.admission.answer(cx.swarm, None, word);
            }
            AdmissionPolicy::Locked => cx.admission.turn_away(cx.swarm),
            _ => {}
        }
        Some(policy)
    }

    /// Peers that were kicked long enough ago may come back.
    pub(super) fn pardon<R: RngCore>(&mut self, cx: &mut Context<'_, R>) {
        let Some(room) = &cx.standing.room else { return };
        for decision in cx.admission.pardon(cx.swarm.now, room.rules()) {
            self.order(cx, decision);
        }
    }

    fn announce<R: RngCore>(&mut self, cx: &mut Context<'_, R>) {
        if let Some(room) = &cx.standing.room {
            self.announcer.update(cx.swarm, |swarm| card(room, swarm));
        }
    }
}

/// The host's word that a peer was let in.
fn vouch<R: RngCore>(room: &RoomRecord, swarm: &Swarm<R>, peer: &PeerId) -> Option<Signed<Vouch>> {
    let state = room.state();
    let say = |word| swarm.say(word, &state.id);
    let membership = membership::vouch((state, swarm.now), swarm.id(), &[], peer.clone(), say)?;
    membership.into_iter().next()
}

fn card<R: RngCore>(room: &RoomRecord, swarm: &Swarm<R>) -> Verified<RoomCard> {
    let state = room.state();
    let card = RoomCard {
        id: state.id.clone(),
        meta: state.meta.clone(),
        host: state.host.clone(),
        members: room.members,
        live: state.on_air.is_some(),
        since: state.since,
        version: state.version,
    };
    swarm.say(card, &state.id)
}
