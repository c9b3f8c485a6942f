//! What only a room's host does: it says what the room is, announces it, and keeps order.

use std::sync::Arc;

use rand_core::RngCore;

use super::downstream::Downstream;
use super::standing::Standing;
use crate::directory::announcer::Announcer;
use crate::link::io::{Output, Source};
use crate::media::SourceMonitor;
use crate::model::extra::Extra;
use crate::model::picture::Picture;
use crate::model::{Network, RoomCard, RoomMeta, Tracks};
use crate::room::admission::Moderation;
use crate::room::{Admission, Covers};
use crate::swarm::Swarm;
use crate::util::id::PeerId;
use crate::util::time::Time;
use crate::wire::message::{AdmissionPolicy, Message, RoomState, Rules, Seat, clamp_meta};

/// The host's own part.
pub(super) struct Host {
    announcer: Announcer,
    source: SourceMonitor,
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
    admission_token: u64,
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
        members: 1,
        seats: Some(Vec::new()),
        seat_number: 0,
        rules: Arc::new(Rules { admission_token, ..Rules::default() }),
        extra: Extra::default(),
    }
}

impl Host {
    /// Announces the room in `network`, or nowhere.
    pub(super) fn new(now: Time, network: Option<PeerId>) -> Self {
        Self { announcer: Announcer::new(now, network), source: SourceMonitor::default() }
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
        if let Some(state) = &cx.standing.state {
            self.announcer.tick(cx.swarm, || card(state));
        }
    }

    /// Changes what is said about the room, and tells everyone.
    pub(super) fn change<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        change: impl FnOnce(&mut RoomState),
    ) {
        let Some(state) = &mut cx.standing.state else { return };
        change(state);
        state.version += 1;
        let message = Message::Room(state.clone());
        cx.below.tell(cx.swarm, &message);
        self.announce(cx);
    }

    /// The number of members, and of levels that the room needs, has changed.
    pub(super) fn count<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        count: u32,
        depth: Option<u32>,
    ) {
        if let Some(state) = &mut cx.standing.state {
            state.members = count;
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

    /// The local source has these tracks now; `None` when there is none.
    pub(super) fn on_air<R: RngCore>(&mut self, cx: &mut Context<'_, R>, tracks: Option<Tracks>) {
        let source = tracks.map(|_| Source::Local);
        cx.swarm.push(Output::Show(source));
        cx.below.feed(cx.swarm, source);
        self.source = SourceMonitor::default();
        self.change(cx, |state| (state.on_air, state.source_stalled) = (tracks, false));
    }

    /// The links have reported: something goes out, or nothing does any more.
    pub(super) fn observe_source<R: RngCore>(&mut self, cx: &mut Context<'_, R>) {
        let silent = cx.standing.is_on_air() && cx.below.uplink().is_silent(cx.swarm.now);
        let stalled = self.source.observe(cx.swarm.now, silent);
        if cx.standing.state.as_ref().is_some_and(|state| state.source_stalled != stalled) {
            self.change(cx, |state| state.source_stalled = stalled);
        }
    }

    /// A member takes a seat in the conference, shows something else there or leaves it.
    pub(super) fn update_seat<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        seat: Seat,
        join: bool,
    ) {
        let Some(state) = &mut cx.standing.state else { return };
        let Some(at) = state.update_seat(seat, join) else { return };
        let seat = state.seats.as_ref().and_then(|seats| seats.get(at)?.clone());
        // The whole room goes to those who have not heard of it, with `Adopted`.
        cx.below.tell(cx.swarm, &Message::Seat { number: state.seat_number, at, seat });
    }

    /// The person lets an applicant in, or does not.
    pub(super) fn answer<R: RngCore>(&self, cx: &mut Context<'_, R>, to: &PeerId, admit: bool) {
        let state = cx.standing.state.as_ref();
        let token = state.map(|state| state.rules.admission_token).filter(|_| admit);
        cx.admission.answer(cx.swarm, Some(to), token);
    }

    /// The person gives an order that changes the rules. Returns whether strangers may look at the
    /// room from now on.
    pub(super) fn moderate<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        order: Moderation,
    ) -> Option<AdmissionPolicy> {
        let state = cx.standing.state.as_mut()?;
        let (now, rng) = (cx.swarm.now, &mut cx.swarm.rng);
        let rules = cx.admission.moderate(now, &state.id, &state.rules, order, rng)?;
        let rules = Arc::new(rules);
        state.rules = rules.clone();
        // Peers that are sent away must not learn the new token.
        cx.below.enforce(cx.swarm, &rules);
        self.change(cx, |_| {});
        match rules.admission {
            AdmissionPolicy::Open => {
                cx.admission.answer(cx.swarm, None, Some(rules.admission_token));
            }
            AdmissionPolicy::Knock => {}
            AdmissionPolicy::Locked => cx.admission.turn_away(cx.swarm),
        }
        Some(rules.admission)
    }

    /// Peers that were kicked long enough ago may come back.
    pub(super) fn pardon<R: RngCore>(&mut self, cx: &mut Context<'_, R>) {
        if !cx.admission.pardon(cx.swarm.now) {
            return;
        }
        if let Some(state) = &mut cx.standing.state {
            cx.admission.apply_pardon(&mut state.rules);
        }
        self.change(cx, |_| {});
    }

    fn announce<R: RngCore>(&mut self, cx: &mut Context<'_, R>) {
        if let Some(state) = &cx.standing.state {
            self.announcer.update(cx.swarm, || card(state));
        }
    }
}

fn card(state: &RoomState) -> RoomCard {
    RoomCard {
        id: state.id.clone(),
        meta: state.meta.clone(),
        host: state.host.clone(),
        members: state.members,
        live: state.on_air.is_some(),
        since: state.since,
        extra: Extra::default(),
    }
}
