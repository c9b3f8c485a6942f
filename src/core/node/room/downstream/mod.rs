//! What is below a peer: the children that it adopts, feeds and reports, the peers that keep it as
//! their standby, and how many of them its uplink carries.

mod joining;

use rand_core::RngCore;

use super::standing::Standing;
use crate::identity::Signed;
use crate::link::io::{MediaRole, Output, SendStats, Source};
use crate::media::encoder::EncoderController;
use crate::model::quality::Quality;
use crate::room::RoomRecord;
use crate::signal::payload::{Refusal, RefusalReason};
use crate::swarm::{LinkRole, Swarm};
use crate::tree::{AdvertiseDecision, Children, Complaints, Reports, Uplink};
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::message::{Message, ReparentHint, Summary, Vouch};

/// The children and what is known of the uplink to them.
pub(super) struct Downstream {
    children: Children,
    uplink: Uplink,
    complaints: Complaints,
    encoder: EncoderController,
    reports: Reports,
    /// Something below or above has changed since the last report.
    changed: bool,
}

/// What a peer has above its children.
pub(super) struct Above<'a> {
    /// From the host to the parent, empty for a host; `None` while there is no way.
    pub(super) path: Option<&'a [PeerId]>,
    /// Peers that could be the parent, outside the own subtree.
    pub(super) backups: &'a [PeerId],
    /// A better place that this peer does not want itself.
    pub(super) hint: Option<&'a ReparentHint>,
    /// What the children are fed with.
    pub(super) source: Option<Source>,
}

impl Above<'_> {
    /// From the host to this peer, both included; `None` while there is no way.
    pub(super) fn path_below(&self, own: &PeerId) -> Option<Vec<PeerId>> {
        let path = self.path?;
        Some(path.iter().chain([own]).cloned().collect())
    }
}

/// What came of a peer that has said `Join`.
pub(super) enum Joined {
    /// It is a child; the path is that from the host to this peer.
    Child(Vec<PeerId>),
    /// It is not, and has been told so.
    Refused,
}

impl Downstream {
    /// Without children, and an uplink that is trusted with `limit` of them.
    pub(super) fn new(limit: u32) -> Self {
        Self {
            children: Children::default(),
            uplink: Uplink::new(limit.min(limits::CHILDREN as u32)),
            complaints: Complaints::default(),
            encoder: EncoderController::new(),
            reports: Reports::new(),
            changed: false,
        }
    }

    pub(super) fn children(&self) -> &Children {
        &self.children
    }

    pub(super) fn children_mut(&mut self) -> &mut Children {
        &mut self.children
    }

    pub(super) fn uplink(&self) -> &Uplink {
        &self.uplink
    }

    pub(super) fn reports(&mut self) -> &mut Reports {
        &mut self.reports
    }

    /// The quality that goes out now.
    pub(super) fn quality(&self) -> Quality {
        self.encoder.quality()
    }

    /// How many children this peer takes right now.
    pub(super) fn slots<R: RngCore>(&self, swarm: &Swarm<R>) -> u32 {
        let slots = self.uplink.slots();
        if !swarm.is_throttled() {
            return slots;
        }
        // Those that are there are fed all the same; nobody new should rely on a sleeping page.
        slots.min(self.children.taken())
    }

    /// What this peer tells its parent of its subtree.
    pub(super) fn summary<R: RngCore>(&self, swarm: &Swarm<R>) -> Summary {
        self.children.summary(swarm.id(), self.slots(swarm), self.last_resort(swarm))
    }

    /// Whether there is a child that has joined.
    pub(super) fn has_joined_children(&self) -> bool {
        self.children.links().next().is_some()
    }

    /// Whether others depend on this peer.
    pub(super) fn relays(&self) -> bool {
        !self.children.is_empty() && self.uplink.slots() > 0
    }

    /// Tells every child that has joined.
    pub(super) fn tell<R: RngCore>(&self, swarm: &mut Swarm<R>, message: &Message) {
        self.children.links().for_each(|link| swarm.send(link, message));
    }

    /// Feeds every child from `source`.
    pub(super) fn feed<R: RngCore>(&self, swarm: &mut Swarm<R>, source: Option<Source>) {
        self.children.fed_links().for_each(|link| swarm.feed(link, source));
    }

    /// The way to the host has changed: tells all who rely on it.
    pub(super) fn tell_path<R: RngCore>(&self, swarm: &mut Swarm<R>, path: Option<Vec<PeerId>>) {
        let message = Message::Path { path };
        self.tell(swarm, &message);
        self.children.standby_links().for_each(|link| swarm.send(link, &message));
    }

    /// A link of a child, or of a peer that was to become one, is gone.
    pub(super) fn link_down(&mut self, role: LinkRole, peer: &PeerId, link: LinkId) {
        match role {
            LinkRole::StandbyFor => drop(self.children.end_standby(link)),
            LinkRole::Displacing => drop(self.children.end_displacement(link)),
            _ => self.changed |= self.children.link_down(peer, link),
        }
    }

    /// A child leaves: its slot is free; it is fed until its own children have found another
    /// place, or for a while.
    pub(super) fn child_leaves<R: RngCore>(&mut self, swarm: &mut Swarm<R>, child: &PeerId) {
        self.retire(swarm, child);
        self.changed = true;
    }

    /// A child tells of its subtree.
    pub(super) fn summarise(&mut self, child: &PeerId, summary: Summary) {
        self.children.summarise(child, summary);
        self.changed = true;
    }

    /// Whether chat that comes from a child is listened to. A muted child without children can only
    /// speak for itself, whatever author it names.
    pub(super) fn may_speak(&self, standing: &Standing, child: &PeerId) -> bool {
        !standing.is_muted(child) || !self.is_leaf(child)
    }

    /// Whether nobody is below a child, as far as it has told: it can only speak for itself.
    pub(super) fn is_leaf(&self, child: &PeerId) -> bool {
        self.children.size(child) <= 1
    }

    /// A child of this peer speaks. The parent takes a peer without children for the author of all
    /// that it says, so it has to know of the first one before.
    pub(super) fn report_first_child<R: RngCore>(&mut self, swarm: &mut Swarm<R>, parent: LinkId) {
        if self.reports.says_leaf() {
            let summary = self.summary(swarm);
            self.reports.note_summary(swarm.now, &summary);
            swarm.send(parent, &Message::Summary(summary));
        }
    }

    /// Sends away those of the neighbours whom the host sends away, and shows them its order.
    pub(super) fn enforce<R: RngCore>(&mut self, swarm: &mut Swarm<R>, room: &RoomRecord) {
        let rules = room.rules();
        for peer in rules.banned.iter().chain(&rules.kicked) {
            let Some(order) = room.orders().against(peer) else { continue };
            for link in self.children.expel(peer) {
                swarm.send_and_close(link, &Message::Order(order.clone()));
                self.changed = true;
            }
        }
    }

    /// The person trusts the uplink with so many children.
    pub(super) fn set_limit<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        above: &Above<'_>,
        limit: u32,
    ) {
        self.uplink.set_limit(limit.min(limits::CHILDREN as u32));
        self.shed(swarm, above);
    }

    /// The person wants this quality.
    pub(super) fn set_quality<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        most: Quality,
        adapts: bool,
    ) {
        self.encoder.want(most, adapts);
        swarm.push(Output::Encode(self.encoder.quality()));
    }

    /// A fed link reports what it carries. Also those of children that are about to leave count,
    /// and of standbys that are activated: the uplink is one.
    pub(super) fn sent<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        above: &Above<'_>,
        link: LinkId,
        sending: SendStats,
    ) {
        if self.encoder.report(swarm.now, link, sending) {
            swarm.push(Output::Encode(self.encoder.quality()));
        }
        // A lesser picture for everyone comes before sending a child away.
        let target_bitrate =
            if self.encoder.can_lower() { sending.sent_bitrate } else { sending.target_bitrate };
        if self.uplink.report(swarm.now, link, SendStats { target_bitrate, ..sending }) {
            self.shed(swarm, above);
        }
    }

    /// A child says that it gets nothing. If this peer `has_media`, that counts for something; for
    /// how much, depends on who else says so and on what the links report.
    pub(super) fn media_missed<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        above: &Above<'_>,
        link: LinkId,
        child: &PeerId,
        has_media: bool,
    ) {
        swarm.send(link, &Message::MediaStatus { available: has_media });
        if !has_media {
            return;
        }
        let now = swarm.now;
        let verdict = self.complaints.note(now, child, self.uplink.delivers(now));
        if verdict.is_broken {
            let joined = self.children.iter().filter(|(_, child)| child.joined);
            let content = joined.filter(|(id, _)| !self.complaints.is_from(id));
            let content = u32::try_from(content.count()).unwrap_or(u32::MAX);
            if self.uplink.withdraw(now, content) {
                self.shed(swarm, above);
            }
        }
        if verdict.moves {
            self.send_away(swarm, above, child, Vec::new());
            self.changed = true;
        }
    }

    /// Sends children that are too many elsewhere; they are fed until they have found a place.
    pub(super) fn shed<R: RngCore>(&mut self, swarm: &mut Swarm<R>, above: &Above<'_>) {
        let complains = |child: &PeerId| self.complaints.is_from(child);
        for child in self.children.surplus(self.slots(swarm), complains) {
            self.send_away(swarm, above, &child, Vec::new());
        }
        self.drop_standbys(swarm);
        self.changed = true;
    }

    /// A peer wants this one as its standby. Standbys hold no slot, but there are never more of
    /// them than free slots, so each could become a child.
    pub(super) fn standby_requested<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        above: &Above<'_>,
        room: Option<&RoomRecord>,
        link: LinkId,
        peer: PeerId,
        membership: &[Signed<Vouch>],
    ) {
        if let Some(refusal) = barred(swarm, room, &peer, membership) {
            return swarm.refuse_with(link, refusal);
        }
        let Some(path) = above.path else {
            return swarm.refuse(link, RefusalReason::Detached, Vec::new());
        };
        if peer == *swarm.id() || path.contains(&peer) || self.children.contains(&peer) {
            return swarm.refuse(link, RefusalReason::Cycle, Vec::new());
        }
        if self.children.standbys() >= self.free(swarm) as usize {
            let late = self.children.standby_links().find(|link| swarm.gives_way(*link));
            if let Some(late) = late {
                self.children.end_standby(late);
                swarm.close(late);
            }
        }
        if self.children.standbys() >= self.free(swarm) as usize {
            return swarm.refuse(link, RefusalReason::Full, self.further_down(swarm, &peer));
        }
        self.children.hold_standby(link, peer);
        swarm.accept(link, LinkRole::StandbyFor, MediaRole::Send);
    }

    /// A peer whose standby this one is wants pictures for the moment, or no more of them.
    pub(super) fn standby_says<R: RngCore>(
        &self,
        swarm: &mut Swarm<R>,
        above: &Above<'_>,
        link: LinkId,
        message: &Message,
    ) {
        match message {
            Message::Activate => swarm.feed(link, above.source),
            Message::Pause => swarm.feed(link, None),
            _ => {}
        }
    }

    /// This peer leaves: tells all below where to go, besides to the peers `up`.
    pub(super) fn say_good_bye<R: RngCore>(&self, swarm: &mut Swarm<R>, up: &[PeerId]) {
        for (peer, child) in self.children.iter() {
            let mut ask = up.to_vec();
            ask.extend(self.children.alternatives(peer));
            ask.truncate(limits::CANDIDATE_PARENTS);
            swarm.send(child.link, &Message::Leave { ask });
        }
    }

    /// Nobody can rely on this peer as a standby any more.
    pub(super) fn release_standbys<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        for (link, _) in self.children.surplus_standbys(0) {
            swarm.send_and_close(link, &Message::Leave { ask: Vec::new() });
        }
    }

    /// All links are being closed.
    pub(super) fn clear(&mut self) {
        self.children = Children::default();
        self.complaints = Complaints::default();
        self.changed = false;
    }

    /// Closes the links that children have replaced and left open, and keeps no slots any longer
    /// for those who do not come.
    pub(super) fn close_retired<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        for link in self.children.expired(swarm.now) {
            swarm.close(link);
        }
        self.changed |= self.children.lapse(swarm.now);
    }

    /// Time has passed: perhaps one more child can be fed by now.
    pub(super) fn grow(&mut self, now: Time) {
        self.changed |= self.uplink.tick(now);
    }

    /// Has the next [`take_changed`](Self::take_changed) say yes.
    pub(super) fn touch(&mut self) {
        self.changed = true;
    }

    /// Whether to report; it says so once.
    pub(super) fn take_changed(&mut self) -> bool {
        core::mem::take(&mut self.changed)
    }

    /// Tells the parent what is below, at its pace. A host gets the number of people and of levels
    /// to tell everyone now.
    pub(super) fn report<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        parent: Option<LinkId>,
        is_host: bool,
    ) -> Option<(u32, Option<u32>)> {
        let links: Vec<_> = self.children.iter().map(|(id, c)| (id.clone(), c.link)).collect();
        for (child, link) in links {
            self.children.measure(&child, swarm.round_trip(link));
        }
        self.children.recover(swarm.now);
        let summary = self.summary(swarm);
        if is_host {
            return self.reports.count(swarm.now, &summary);
        }
        match parent {
            Some(link) => {
                if let Some(summary) = self.reports.summary(swarm.now, summary) {
                    swarm.send(link, &Message::Summary(summary));
                }
            }
            // The next parent gets it with `Join`.
            None => self.reports.forget_parent(),
        }
        None
    }

    /// Tells the children, at their pace, of peers outside their subtrees that could take them.
    pub(super) fn report_backups<R: RngCore>(&mut self, swarm: &mut Swarm<R>, above: &Above<'_>) {
        if !self.reports.backups(swarm.now) {
            return;
        }
        let mut later: Option<Time> = None;
        let hint = above.path.and_then(|path| {
            let depth = u32::try_from(path.len()).unwrap_or(u32::MAX);
            self.children.reparent_hint(swarm.id(), self.slots(swarm), depth, above.hint)
        });
        let children: Vec<_> = self.children.iter().map(|(id, c)| (id.clone(), c.link)).collect();
        for (child, link) in children {
            // Those outside this peer's own subtree first: they do not go when it goes.
            let outside = above.backups.iter().take(limits::CANDIDATE_PARENTS - 2).cloned();
            let mut peers: Vec<_> = outside.filter(|peer| *peer != child).collect();
            peers.extend(self.children.alternatives(&child));
            peers.truncate(limits::CANDIDATE_PARENTS);
            let hint = hint.as_ref().filter(|(highest, _)| *highest == child).map(|(_, r)| r);
            match self.children.advertise(swarm.now, &child, &peers, hint) {
                AdvertiseDecision::Now => {
                    swarm.send(link, &Message::Backups { peers, hint: hint.cloned() });
                }
                AdvertiseDecision::At(time) => {
                    later = Some(later.map_or(time, |later| time.min(later)));
                }
                AdvertiseDecision::Nothing => {}
            }
        }
        self.reports.backups_later(later);
    }

    /// When a report is due that was held back.
    pub(super) fn report_deadline(&self) -> Option<Time> {
        self.reports.deadline()
    }

    /// How many more children this peer takes although others should come first: a page that sleeps
    /// passes pictures on as well as any, it only notices late that a peer is gone.
    fn last_resort<R: RngCore>(&self, swarm: &Swarm<R>) -> u32 {
        if swarm.is_throttled() { self.children.free(self.uplink.slots()) } else { 0 }
    }

    /// How many more children this peer takes.
    fn free<R: RngCore>(&self, swarm: &Swarm<R>) -> u32 {
        self.children.free(self.slots(swarm))
    }

    fn retire<R: RngCore>(&mut self, swarm: &mut Swarm<R>, child: &PeerId) {
        for link in self.children.retire(swarm.now, child) {
            swarm.set_role(link, LinkRole::RetiredChild);
        }
    }

    /// Lets go of standbys for which no slot is left.
    fn drop_standbys<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        for (link, peer) in self.children.surplus_standbys(self.slots(swarm)) {
            let ask = self.further_down(swarm, &peer);
            swarm.send_and_close(link, &Message::Leave { ask });
        }
    }
}

/// Why a peer may not come into the room.
fn barred<R: RngCore>(
    swarm: &Swarm<R>,
    room: Option<&RoomRecord>,
    peer: &PeerId,
    membership: &[Signed<Vouch>],
) -> Option<Refusal> {
    room?.barred(swarm.now, peer, membership)
}
