//! How a peer leaves the room, and how the room ends.

use core::time::Duration;

use rand_core::RngCore;

use super::{Place, Room, away, flow, handover, promotion, rules, slots};
use crate::link::io::Output;
use crate::model::{Phase, Problem};
use crate::room::map::Map;
use crate::swarm::Swarm;
use crate::tree::Children;
use crate::util::limits;
use crate::wire::message::Message;

/// How long a peer that leaves goes on feeding its children at the most.
const FEED_AFTER_LEAVE: Duration = Duration::from_millis(1_500);

/// How long a page that goes stays: until a new parent's first picture is made and shown, and for
/// three trips (the farewell's, the question's, the picture's) with some to standby. No longer than
/// browsers let it, and than it must: it takes the processor from whoever shares it.
const HOLD: Duration = Duration::from_millis(120);
const TRIPS: u32 = 3;
const LONGEST_HOLD: Duration = Duration::from_millis(450);

impl Room {
    /// The page goes, and perhaps with it everything within half a second.
    pub(super) fn leave_with_page<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        self.leave(swarm);
        if self.leaving.is_some() {
            let hold = HOLD + self.children.slowest() * TRIPS;
            swarm.push(Output::Hold(hold.min(LONGEST_HOLD)));
        }
    }

    pub(super) fn leave<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        match &self.place {
            Place::Host { .. } => {
                self.tell_children(swarm, &Message::End);
                return self.stop(swarm);
            }
            Place::Viewer { .. } if self.phase == Phase::Ended => return,
            Place::Viewer { parent, .. } => {
                let mut up: Vec<_> = parent.iter().map(|parent| parent.peer.clone()).collect();
                up.extend(self.backups.iter().cloned());
                let children: Vec<_> =
                    self.children.iter().map(|(id, c)| (id.clone(), c.link)).collect();
                for (child, link) in children {
                    let mut ask = up.clone();
                    ask.extend(self.children.alternatives(&child));
                    ask.truncate(limits::CANDIDATE_PARENTS);
                    swarm.send(link, &Message::Leave { ask });
                }
                if let Some(parent) = self.parent() {
                    swarm.send(parent.link, &Message::Leave { ask: Vec::new() });
                }
            }
        }
        if self.children.links().next().is_none() {
            return self.stop(swarm);
        }
        // The children find another place while this peer still feeds them.
        self.phase = Phase::Ended;
        self.parent_search.stop();
        if let Some(standby) = self.standby.stop() {
            swarm.close(standby);
        }
        for (link, _) in self.children.surplus_standbys(0) {
            swarm.send_and_close(link, &Message::Leave { ask: Vec::new() });
        }
        self.leaving = Some(swarm.now + FEED_AFTER_LEAVE);
    }

    /// A leaving peer goes as soon as nobody depends on it, and in any case in time.
    pub(super) fn finish_leaving<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        let Some(until) = self.leaving else { return };
        if swarm.now >= until || self.children.links().next().is_none() {
            self.leaving = None;
            self.stop(swarm);
        }
    }

    /// The host has ended the room.
    pub(super) fn end<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        self.tell_children(swarm, &Message::End);
        self.problem = Some(Problem::RoomEnded);
        self.stop(swarm);
    }

    pub(super) fn stop<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        self.phase = Phase::Ended;
        self.parent_search.stop();
        self.standby.stop();
        self.away = away::Away::default();
        self.reparenting = slots::Reparenting::new();
        self.promotion = promotion::Promotion::default();
        (self.map, self.map_due) = (Map::default(), None);
        self.flow = flow::Flow::new();
        self.handover = handover::Handover::default();
        self.admission = rules::Admission::default();
        self.children = Children::default();
        self.take_parent();
        swarm.push(Output::Show(None));
        swarm.shut_down();
    }
}
