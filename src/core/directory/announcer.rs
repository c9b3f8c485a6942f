//! A host's announcement of its room to the network's index root.

use core::time::Duration;

use rand_core::RngCore;

use crate::identity::Verified;
use crate::model::{Network, NetworkState, RoomCard};
use crate::signal::payload::Intent;
use crate::swarm::{LinkRole, Swarm};
use crate::util::id::{LinkId, PeerId};
use crate::util::random::Backoff;
use crate::util::time::Time;
use crate::wire::message::Message;

/// How long to wait before dialling the root again. Short, since the list is empty meanwhile.
const RETRY: (Duration, Duration) = (Duration::from_millis(800), Duration::from_secs(4));
/// The shortest time between two announcements.
const PACE: Duration = Duration::from_secs(1);

/// The announcer. Without a network it does nothing.
pub(crate) struct Announcer {
    network: Option<PeerId>,
    link: Option<LinkId>,
    open: bool,
    retry: Option<Time>,
    backoff: Backoff,
    said: Option<Verified<RoomCard>>,
    said_at: Time,
    due: Option<Time>,
}

impl Announcer {
    pub(crate) fn new(now: Time, network: Option<PeerId>) -> Self {
        Self {
            retry: network.is_some().then_some(now),
            network,
            link: None,
            open: false,
            backoff: Backoff::new(RETRY.0, RETRY.1),
            said: None,
            said_at: Time::default(),
            due: None,
        }
    }

    /// What to show.
    pub(crate) fn view(&self) -> Network {
        let state = match (&self.network, self.open) {
            (None, _) => NetworkState::None,
            (Some(_), true) => NetworkState::Guest,
            (Some(_), false) => NetworkState::Seeking,
        };
        Network { name: self.network.clone(), state }
    }

    /// Announces in another network from now on, or in none.
    pub(crate) fn switch<R: RngCore>(&mut self, swarm: &mut Swarm<R>, network: Option<PeerId>) {
        if self.network == network {
            return;
        }
        if let Some(link) = self.link {
            swarm.close(link);
        }
        *self = Self::new(swarm.now, network);
    }

    /// Says what has changed, as soon as the pace allows.
    pub(crate) fn update<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        card: impl FnOnce(&Swarm<R>) -> Verified<RoomCard>,
    ) {
        if !self.open {
            return;
        }
        let Some(link) = self.link else { return };
        let next = self.said_at + PACE;
        if self.said.is_some() && swarm.now < next {
            self.due = Some(next);
            return;
        }
        self.due = None;
        let card = card(swarm);
        if self.said.as_ref() != Some(&card) {
            if let Some(signed) = card.signed() {
                swarm.send(link, &Message::Announce(signed.clone()));
            }
            self.said = Some(card);
            self.said_at = swarm.now;
        }
    }

    /// The link to the root is open.
    pub(crate) fn opened(&mut self) {
        self.open = true;
        self.said = None;
        self.backoff.reset();
    }

    /// The link to the root is gone, or never came up.
    pub(crate) fn down<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        self.open = false;
        self.link = None;
        self.due = None;
        self.retry = Some(swarm.now + self.backoff.wait(&mut swarm.rng));
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        self.retry.into_iter().chain(self.due).min()
    }

    pub(crate) fn tick<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        card: impl FnOnce(&Swarm<R>) -> Verified<RoomCard>,
    ) {
        if self.due.is_some_and(|due| swarm.now >= due) {
            self.update(swarm, card);
        }
        if self.retry.is_none_or(|retry| swarm.now < retry) {
            return;
        }
        self.retry = None;
        let Some(network) = self.network.clone() else {
            return;
        };
        self.link = swarm.dial(&network, Intent::Announce, LinkRole::AnnouncementTo);
        if self.link.is_none() {
            self.down(swarm);
        }
    }
}
