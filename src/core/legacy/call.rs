//! Calls with legacy pages: each is a connection of its own, which is never negotiated again.

use core::time::Duration;

use rand_core::RngCore;

use crate::link::io::{MediaRole, Source};
use crate::model::Tracks;
use crate::signal::payload::Offer;
use crate::swarm::{MediaEvent, Swarm};
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::util::time::Time;

/// The rest before a call that failed, or was not answered, is tried again.
pub(super) const RETRY: Duration = Duration::from_secs(4);
/// Calls that follow each other so fast are the same call.
pub(super) const SAME: Duration = Duration::from_millis(500);

/// One call.
pub(super) struct Call {
    pub(super) link: LinkId,
    pub(super) since: Time,
    pub(super) up: bool,
    /// What comes over it.
    pub(super) tracks: Tracks,
}

impl Call {
    pub(super) fn new(link: LinkId, since: Time) -> Self {
        Self { link, since, up: false, tracks: Tracks::default() }
    }
}

/// At most one call with a page: the newest counts.
#[derive(Default)]
pub(super) struct Line {
    call: Option<Call>,
    source: Option<Source>,
}

impl Line {
    /// The link of the call.
    pub(super) fn link(&self) -> Option<LinkId> {
        self.call.as_ref().map(|call| call.link)
    }

    /// The call and what comes over it, once it is up.
    pub(super) fn up(&self) -> Option<(LinkId, Tracks)> {
        let call = self.call.as_ref().filter(|call| call.up)?;
        Some((call.link, call.tracks))
    }

    /// What is sent over the call, also a later one.
    pub(super) fn feed<R: RngCore>(&mut self, swarm: &mut Swarm<R>, source: Option<Source>) {
        self.source = source;
        if let Some(call) = &self.call {
            swarm.feed_directly(call.link, source);
        }
    }

    /// Calls the page behind the link `owner`, with a `channel` or without.
    pub(super) fn place<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        owner: LinkId,
        channel: bool,
        media: MediaRole,
    ) {
        let call = swarm.call(owner, channel, media);
        self.replace(swarm, call);
    }

    /// Answers the page, which calls.
    pub(super) fn answer<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        owner: LinkId,
        offer: Offer,
        media: MediaRole,
    ) {
        if self.call.as_ref().is_some_and(|call| swarm.now.since(call.since) < SAME) {
            return;
        }
        let call = swarm.accept_call(owner, offer, media);
        self.replace(swarm, call);
    }

    /// Something happened to a call. Returns whether it is this one.
    pub(super) fn handle(&mut self, link: LinkId, event: &MediaEvent) -> bool {
        let Some(call) = self.call.as_mut().filter(|call| call.link == link) else { return false };
        match event {
            MediaEvent::Open => call.up = true,
            MediaEvent::Tracks(tracks) => call.tracks = *tracks,
            MediaEvent::Closed => self.call = None,
        }
        true
    }

    /// Ends the call.
    pub(super) fn hang_up<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        if let Some(call) = self.call.take() {
            swarm.disconnect(call.link);
        }
    }

    fn replace<R: RngCore>(&mut self, swarm: &mut Swarm<R>, call: Option<LinkId>) {
        let Some(link) = call else { return };
        self.hang_up(swarm);
        if self.source.is_some() {
            swarm.feed_directly(link, self.source);
        }
        self.call = Some(Call::new(link, swarm.now));
    }
}

/// The latest call of each of some peers, which nobody can place yet.
#[derive(Default)]
pub(super) struct EarlyCalls(Vec<(PeerId, Offer, Time)>);

impl EarlyCalls {
    /// A peer calls; an earlier one is forgotten, as is the oldest of too many.
    pub(super) fn keep(&mut self, now: Time, peer: PeerId, offer: Offer) {
        self.0.retain(|(known, ..)| *known != peer);
        if self.0.len() >= limits::OLD_EARLY_CALLS {
            self.0.remove(0);
        }
        self.0.push((peer, offer, now));
    }

    /// The call of a peer.
    pub(super) fn take(&mut self, peer: &PeerId) -> Option<(Offer, Time)> {
        let at = self.0.iter().position(|(known, ..)| known == peer)?;
        let (_, offer, since) = self.0.remove(at);
        Some((offer, since))
    }

    /// Takes those of which this holds for the time at which they have come.
    pub(super) fn take_due(&mut self, is_due: impl Fn(Time) -> bool) -> Vec<(PeerId, Offer)> {
        let due = self.0.extract_if(.., |(_, _, came)| is_due(*came));
        due.map(|(peer, offer, _)| (peer, offer)).collect()
    }

    /// When the oldest one has come.
    pub(super) fn oldest(&self) -> Option<Time> {
        self.0.iter().map(|(_, _, came)| *came).min()
    }
}
