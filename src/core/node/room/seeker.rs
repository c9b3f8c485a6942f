//! Finding a parent: who is asked, in which order, and what it means when nobody is found.

use core::time::Duration;

use rand_core::RngCore;

use super::context::Context;
use crate::link::DisconnectReason;
use crate::model::{Phase, Problem, Status};
use crate::room::{HostAway, removed};
use crate::signal::payload::{Intent, Refusal, RefusalReason};
use crate::swarm::{LinkRole, Swarm};
use crate::tree::{Haste, Outcome, ParentSearch, Step};
use crate::util::id::{LinkId, PeerId};
use crate::util::random::jitter;
use crate::util::time::Time;
use crate::util::timer::{TimerKind, Timers};
use crate::wire::message::Message;

/// Within which time a host is asked whether it is there.
const CHECK: Duration = Duration::from_secs(2);
/// How soon it may be asked again.
const CHECK_AGAIN: Duration = Duration::from_secs(30);

/// The search of a viewer.
pub(super) struct Seeker {
    /// Where the room was found first.
    target: PeerId,
    search: ParentSearch,
    away: HostAway,
    /// The host has sent this peer away; `true` if for good.
    removed: Option<bool>,
    /// When to ask the host whether it is there, and when that was done last.
    check_at: Option<Time>,
    checked: Option<Time>,
    /// The search that is on does that.
    checks_host: bool,
}

/// What the peer has while it looks.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    /// Peers that could be the parent, outside the own subtree.
    pub(super) backups: &'a [PeerId],
    pub(super) has_parent: bool,
    /// The parent has a way to the host.
    pub(super) has_path: bool,
}

impl Seeker {
    /// Looks for nobody yet.
    pub(super) fn idle(target: PeerId) -> Self {
        let (search, away) = (ParentSearch::new(), HostAway::default());
        let (check_at, checked) = (None, None);
        Self { target, search, away, removed: None, check_at, checked, checks_host: false }
    }

    /// Looks for the room's tree at `target`.
    pub(super) fn new(target: PeerId) -> Self {
        let mut seeker = Self::idle(target.clone());
        seeker.search.begin([target], Haste::Joining);
        seeker
    }

    /// Forgets everything but where the room was found first.
    pub(super) fn clear(&mut self) {
        *self = Self::idle(self.target.clone());
    }

    /// Goes on with the search, as far as it can go now.
    pub(super) fn search<R: RngCore>(&mut self, cx: &mut Context<'_, R>, known: Known<'_>) {
        let now = cx.swarm.now;
        while let Some((peer, link)) = self.search.overdue(now, |link| cx.swarm.is_answered(link)) {
            cx.swarm.close(link);
            self.attempt_failed(cx, &peer, &DisconnectReason::Unanswered);
        }
        let own = cx.swarm.id().clone();
        while self.removed.is_none() {
            match self.search.step(now, &own, &mut cx.swarm.rng) {
                Step::Wait => return,
                // At the door, nothing is found until the host answers.
                Step::Again if cx.admission.is_waiting() => {
                    self.search.back_off(now, &mut cx.swarm.rng);
                }
                Step::Again => self.seed(cx, known, Vec::new()),
                Step::Dial(peer) => self.dial(cx, peer),
                Step::Exhausted(outcome) => self.exhausted(cx, known, outcome),
            }
        }
    }

    /// Begins to look for a parent: `first` where a leaving parent pointed, then at the backups,
    /// then up the path, then where the room was found first.
    pub(super) fn begin<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        known: Known<'_>,
        first: Vec<PeerId>,
    ) {
        self.seed(cx, known, first);
        self.search(cx, known);
    }

    /// Begins to look for a parent as if nothing had failed before.
    pub(super) fn restart<R: RngCore>(&mut self, cx: &mut Context<'_, R>, known: Known<'_>) {
        self.search.reset_backoff();
        self.begin(cx, known, Vec::new());
    }

    /// Asks this peer first.
    pub(super) fn ask<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        known: Known<'_>,
        peer: PeerId,
    ) {
        self.search.begin([peer], haste(cx, known));
        self.search(cx, known);
    }

    /// Asks this peer and nobody else, when the search goes on.
    pub(super) fn try_one(&mut self, peer: PeerId) {
        self.search.try_one(peer);
    }

    /// The peer at `link` has been asked to be the parent, or is by [`Seeker::ask_to_join`].
    pub(super) fn asked(&mut self, now: Time, peer: PeerId, link: LinkId) {
        self.search.dialled(now, peer, link);
    }

    /// Asks the peer at `link` to adopt this one.
    pub(super) fn ask_to_join<R: RngCore>(&self, cx: &mut Context<'_, R>, link: LinkId) {
        let join = Message::Join {
            name: cx.standing.name.clone(),
            summary: cx.below.summary(cx.swarm),
            high_water: cx.chat.log().high_water(),
        };
        cx.swarm.send(link, &join);
    }

    /// An attempt failed; the host's own silence is told apart.
    pub(super) fn attempt_failed<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        peer: &PeerId,
        reason: &DisconnectReason,
    ) {
        let gone = matches!(
            reason,
            DisconnectReason::NotFound
                | DisconnectReason::Unanswered
                | DisconnectReason::Closed
                | DisconnectReason::Silent
        );
        // Without the server, the offer has not even been sent.
        let gone = gone && cx.swarm.status() == Status::Open;
        if gone && cx.standing.host() == Some(peer) {
            self.away.note_unanswered();
        }
        cx.admission.failed(reason);
        match reason {
            DisconnectReason::Refused(refusal)
                if refusal.reason.is_removal() && !self.is_removed(cx, peer, refusal) =>
            {
                let refusal = Refusal::new(RefusalReason::Locked, Vec::new());
                self.search.failed(peer, &DisconnectReason::Refused(refusal));
            }
            reason => self.search.failed(peer, reason),
        }
    }

    /// The peer that had accepted this one has no place for it any more, and names others to ask.
    pub(super) fn sent_on(&mut self, peer: &PeerId, ask: Vec<PeerId>) {
        let refusal = Refusal::new(RefusalReason::Detached, ask);
        self.search.failed(peer, &DisconnectReason::Refused(refusal));
    }

    /// Whether the host has sent this peer away, as the peer that was asked says: it shows the host's
    /// order, or the host has no key and is that peer. While no host is known, the one that the person
    /// has asked for may name it. A claim without that costs the peer its candidacy.
    fn is_removed<R: RngCore>(
        &self,
        cx: &Context<'_, R>,
        peer: &PeerId,
        refusal: &Refusal,
    ) -> bool {
        let known = cx.standing.host();
        let host = known.unwrap_or(&self.target);
        if !host.is_derived() {
            return host == peer;
        }
        let Some(order) = &refusal.order else { return false };
        let named = order.signer().filter(|_| known.is_none() && *peer == self.target);
        let Ok(order) = order.verify(named.as_ref().unwrap_or(host)) else { return false };
        let since = cx.standing.state().map(|state| state.since);
        removed(&order.decision).is_some_and(|(whom, _)| whom == cx.swarm.id())
            && since.is_none_or(|since| since == order.since)
    }

    /// Whether an attempt is in flight.
    pub(super) fn is_busy(&self) -> bool {
        self.search.is_busy()
    }

    /// A parent is found, or none is wanted any more. Returns the attempts to give up.
    pub(super) fn stop(&mut self) -> impl Iterator<Item = LinkId> + use<> {
        self.search.stop()
    }

    /// Gives up the attempts that are not connected yet, for another one.
    pub(super) fn give_way<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        for slower in self.search.give_way(|attempt| !swarm.is_open(attempt)) {
            swarm.close(slower);
        }
    }

    /// Does not ask this peer for a while: it is a parent that passes nothing on.
    pub(super) fn penalize(&mut self, now: Time, peer: PeerId) {
        self.search.penalize(now, peer);
    }

    /// Whether the peer is not to be asked now.
    pub(super) fn is_penalized(&self, now: Time, peer: &PeerId) -> bool {
        self.search.is_penalized(now, peer)
    }

    /// The host's page has gone and may come back.
    pub(super) fn host_goes<R: RngCore>(&mut self, cx: &mut Context<'_, R>) {
        if self.away.is_on() || cx.standing.phase == Phase::Ended {
            return;
        }
        self.away.begin(cx.swarm.now, cx.swarm.status() == Status::Open);
        cx.standing.phase = Phase::HostAway;
        cx.standing.problem = None;
        cx.swarm.dirty = true;
        // Whoever hears it asks the host, too.
        cx.below.tell(cx.swarm, &Message::Away);
    }

    /// The parent says that the host does not answer: asks it, and not all at once with the others.
    pub(super) fn doubt_host<R: RngCore>(&mut self, cx: &mut Context<'_, R>) {
        let now = cx.swarm.now;
        let is_checked = self.checked.is_some_and(|checked| now.since(checked) < CHECK_AGAIN);
        if is_checked || self.away.is_on() || cx.standing.phase == Phase::Ended {
            return;
        }
        let wait = jitter(&mut cx.swarm.rng, CHECK);
        (self.check_at, self.checked) = (Some(now + wait), Some(now + wait));
        cx.below.tell(cx.swarm, &Message::Away);
    }

    /// Asks the host whether it is there.
    pub(super) fn check_host<R: RngCore>(&mut self, cx: &mut Context<'_, R>, known: Known<'_>) {
        self.check_at = None;
        self.checks_host = true;
        if let Some(host) = cx.standing.host().cloned().filter(|_| !self.search.is_busy()) {
            self.ask(cx, known, host);
        }
    }

    /// There is a way to the host again. Returns whether the host was away.
    pub(super) fn host_is_back(&mut self) -> bool {
        let was_away = self.away.is_on();
        self.away.end();
        (self.check_at, self.checks_host) = (None, false);
        was_away
    }

    pub(super) fn is_host_away(&self) -> bool {
        self.away.is_on()
    }

    /// There is a signalling server again, or none any more.
    pub(super) fn server_changed(&mut self, now: Time, online: bool) {
        if online {
            self.away.resume(now);
        } else {
            self.away.pause(now);
        }
    }

    /// Whether the host has sent this peer away, and for good; it says so once.
    pub(super) fn take_removed(&mut self) -> Option<bool> {
        self.removed.take()
    }

    /// Sets the timers that run.
    pub(super) fn arm<R: RngCore>(&self, swarm: &Swarm<R>, timers: &mut Timers) {
        timers.set(TimerKind::ParentSearch, self.search.deadline(|link| swarm.is_answered(link)));
        timers.set(TimerKind::HostAway, self.away.deadline());
        timers.set(TimerKind::HostCheck, self.check_at);
    }

    /// How many peers it has asked or will ask in this round.
    #[cfg(feature = "sim")]
    pub(super) fn backlog(&self) -> usize {
        self.search.backlog()
    }

    fn seed<R: RngCore>(&mut self, cx: &Context<'_, R>, known: Known<'_>, first: Vec<PeerId>) {
        let host = cx.standing.host().cloned();
        if self.away.is_on() {
            // Nobody else has a way to the host.
            return self.search.begin(host, Haste::None);
        }
        let backups = known.backups.iter().cloned();
        let seeds = first.into_iter().chain(backups).chain(host).chain([self.target.clone()]);
        let seeds = seeds.filter(|peer| !cx.below.children().contains(peer));
        self.search.begin(seeds, haste(cx, known));
    }

    fn dial<R: RngCore>(&mut self, cx: &mut Context<'_, R>, peer: PeerId) {
        let intent = if self.search.is_single() { Intent::Reparent } else { Intent::Join };
        let (slots, membership) = (cx.below.slots(cx.swarm), cx.membership());
        match cx.swarm.dial_with(&peer, intent, LinkRole::ParentAttempt, slots, membership) {
            Some(link) => self.search.dialled(cx.swarm.now, peer, link),
            None => self.search.failed(&peer, &DisconnectReason::Unconnectable),
        }
    }

    /// A round of the search has found nothing.
    fn exhausted<R: RngCore>(
        &mut self,
        cx: &mut Context<'_, R>,
        known: Known<'_>,
        outcome: Outcome,
    ) {
        let checks_host = core::mem::take(&mut self.checks_host);
        if self.away.end_round() && (checks_host || !known.has_parent) {
            self.host_goes(cx);
        }
        if self.away.is_on() {
            // The host is called again and again until it is back.
            self.search.reset_backoff();
        } else if let Outcome::Kicked | Outcome::Banned = outcome {
            self.removed = Some(outcome == Outcome::Banned);
        } else if !known.has_path {
            if outcome == Outcome::Knock {
                cx.admission.request(cx.swarm);
            }
            cx.standing.problem = Some(match outcome {
                // Without the server nobody can be asked.
                _ if cx.swarm.status() != Status::Open => Problem::ServerUnreachable,
                Outcome::Full | Outcome::Detached => Problem::RoomFull,
                Outcome::Unconnectable => Problem::Unconnectable,
                Outcome::Unproven => Problem::Intercepted,
                Outcome::Elsewhere => Problem::NotARoom,
                Outcome::NotFound => Problem::RoomNotFound,
                Outcome::Version => Problem::OtherVersion,
                Outcome::Knock => Problem::Knocking,
                _ => Problem::Locked,
            });
        }
        // A peer that has a parent was only trying to find a better one.
        if known.has_parent {
            self.search.stop().for_each(|attempt| cx.swarm.close(attempt));
        }
        cx.swarm.dirty = true;
    }
}

fn haste<R>(cx: &Context<'_, R>, known: Known<'_>) -> Haste {
    match cx.standing.phase {
        _ if known.has_parent => Haste::None,
        Phase::Repairing => Haste::Repairing,
        _ => Haste::Joining,
    }
}
