//! A host that is away: its page was reloaded, or is gone. The room waits for it, each subtree in
//! its place; the host's children call the host until it is back or the room is over.

use core::time::Duration;

use rand_core::RngCore;

use super::{Place, Room};
use crate::link::DisconnectReason;
use crate::link::io::Output;
use crate::model::{Phase, Status};
use crate::swarm::Swarm;
use crate::util::id::PeerId;
use crate::util::time::Time;
use crate::wire::message::Message;

/// How long a room waits for its host. A little more than the two minutes that a host is
/// promised, for its page needs time to load.
const AWAY: Duration = Duration::from_secs(125);

/// How long its page stays when it goes, for its last words are still to be sent: an index root of
/// the old pages lists a room for ever whose end it does not hear.
const FAREWELL: Duration = Duration::from_millis(50);

/// What a viewer knows of an absent host.
#[derive(Debug, Default)]
pub(super) struct Away {
    since: Option<Time>,
    /// Since when there is no signalling server. That time does not count: without a server nobody
    /// can tell whether the host is back.
    paused: Option<Time>,
    /// The host itself did not answer in this round of the search.
    unanswered: bool,
}

impl Away {
    /// When the room is over.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.since.filter(|_| self.paused.is_none()).map(|since| since + AWAY)
    }

    pub(super) fn is_on(&self) -> bool {
        self.since.is_some()
    }
}

impl Room {
    /// The host's page goes: the room stays, for the page may come back.
    pub(super) fn pause<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if matches!(self.place, Place::Viewer { .. }) {
            return self.leave_with_page(swarm);
        }
        self.tell_children(swarm, &Message::Away);
        self.stop(swarm);
        swarm.push(Output::Hold(FAREWELL));
    }

    /// The host is away from now on.
    pub(super) fn host_goes<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if self.away.is_on() || self.phase == Phase::Ended {
            return;
        }
        self.away.since = Some(swarm.now);
        self.away.paused = (swarm.status() != Status::Open).then_some(swarm.now);
        self.phase = Phase::HostAway;
        self.problem = None;
        swarm.dirty = true;
        self.tell_children(swarm, &Message::Away);
    }

    /// There is a way to the host again.
    pub(super) fn host_is_back(&mut self) {
        self.away = Away::default();
    }

    /// There is no signalling server from now on.
    pub(super) fn pause_wait_for_host(&mut self, now: Time) {
        self.away.paused = self.away.paused.or(Some(now));
    }

    /// The signalling server is back.
    pub(super) fn resume_wait_for_host(&mut self, now: Time) {
        if let Some(paused) = self.away.paused.take() {
            let outage = now.since(paused);
            self.away.since = self.away.since.map(|since| since + outage);
        }
    }

    /// Ends a room whose host has not come back in time.
    pub(super) fn give_host_up<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if self.away.deadline().is_some_and(|deadline| swarm.now >= deadline) {
            self.end(swarm);
        }
    }

    /// Notes that an attempt failed; the host's own silence is told apart.
    pub(super) fn attempt_failed<R: RngCore>(
        &mut self,
        swarm: &Swarm<R>,
        peer: Option<&PeerId>,
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
        let gone = gone && swarm.status() == Status::Open;
        if gone && self.state.as_ref().is_some_and(|state| Some(&state.id) == peer) {
            self.away.unanswered = true;
        }
        self.admission.failed(reason);
        self.parent_search.failed(reason);
    }

    /// A round of the search found nothing. Returns whether that is because the host is away.
    pub(super) fn misses_host<R: RngCore>(&mut self, swarm: &mut Swarm<R>) -> bool {
        if core::mem::take(&mut self.away.unanswered) && self.parent().is_none() {
            self.host_goes(swarm);
        }
        self.away.is_on()
    }
}
