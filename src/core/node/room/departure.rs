//! How a peer leaves: its children find another place while it still feeds them.

use core::time::Duration;

use rand_core::RngCore;

use super::downstream::Downstream;
use super::upstream::Upstream;
use crate::link::io::Output;
use crate::swarm::Swarm;
use crate::util::time::Time;
use crate::wire::message::Message;

/// How long a peer that leaves goes on feeding its children at the most.
const FEED_AFTER_LEAVE: Duration = Duration::from_millis(1_500);
/// How long a page that goes stays: until a new parent's first picture is made and shown, and for
/// three trips (the farewell's, the question's, the picture's) with some to spare. No longer than
/// browsers let it, and than it must: it takes the processor from other pages.
const HOLD: Duration = Duration::from_millis(120);
const TRIPS: u32 = 3;
const LONGEST_HOLD: Duration = Duration::from_millis(450);
/// How long a host's page stays when it goes, for its last words are still to be sent: an index
/// root of the old pages lists a room for ever whose end it does not hear.
const FAREWELL: Duration = Duration::from_millis(50);

/// A departure, once it has begun.
#[derive(Default)]
pub(super) struct Departure {
    until: Option<Time>,
}

impl Departure {
    /// A viewer says good-bye to all its neighbours, and goes on feeding its children if it has
    /// any.
    pub(super) fn begin<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        upstream: &mut Upstream,
        below: &mut Downstream,
    ) {
        let parent = upstream.parent();
        let up: Vec<_> =
            parent.map(|p| &p.peer).into_iter().chain(upstream.backups()).cloned().collect();
        below.say_good_bye(swarm, &up);
        if let Some(parent) = parent {
            swarm.send(parent.link, &Message::Leave { ask: Vec::new() });
        }
        if below.has_joined_children() {
            upstream.stop_searching(swarm);
            below.release_standbys(swarm);
            self.until = Some(swarm.now + FEED_AFTER_LEAVE);
        }
    }

    /// Whether children are still fed.
    pub(super) fn is_on(&self) -> bool {
        self.until.is_some()
    }

    /// When the departure ends at the latest.
    pub(super) fn deadline(&self) -> Option<Time> {
        self.until
    }

    /// Whether to go now, for nobody depends on this peer any more or its time is over. It says so
    /// once.
    pub(super) fn is_over(&mut self, now: Time, below: &Downstream) -> bool {
        self.until.take_if(|until| now >= *until || !below.has_joined_children()).is_some()
    }

    /// A viewer's page goes, and perhaps with it everything within half a second: it stays while
    /// children are fed.
    pub(super) fn hold_page<R: RngCore>(&self, swarm: &mut Swarm<R>, below: &Downstream) {
        if self.is_on() {
            let hold = HOLD + below.children().slowest() * TRIPS;
            swarm.push(Output::Hold(hold.min(LONGEST_HOLD)));
        }
    }
}

/// A host's page goes: it stays until its last words are sent.
pub(super) fn hold_host_page<R: RngCore>(swarm: &mut Swarm<R>) {
    swarm.push(Output::Hold(FAREWELL));
}
