//! Who is adopted, and who is sent elsewhere.

use rand_core::RngCore;

use super::{Above, Downstream, Joined, barred};
use crate::link::io::MediaRole;
use crate::room::RoomRecord;
use crate::signal::payload::{Handshake, Intent, RefusalReason};
use crate::swarm::{LinkRole, Swarm};
use crate::tree::candidates;
use crate::util::id::{LinkId, PeerId};
use crate::util::limits;
use crate::wire::message::{Message, Summary};

impl Downstream {
    /// A peer asks to become a child.
    pub(in crate::node::room) fn join_requested<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        above: &Above<'_>,
        room: Option<&RoomRecord>,
        link: LinkId,
        peer: PeerId,
        handshake: Handshake,
    ) {
        let Some(path) = above.path else {
            return swarm.refuse(link, RefusalReason::Detached, above.backups.to_vec());
        };
        if peer == *swarm.id() || path.contains(&peer) {
            return swarm.refuse(link, RefusalReason::Cycle, Vec::new());
        }
        if let Some(refusal) = barred(swarm, room, &peer, &handshake.membership) {
            return swarm.refuse_with(link, refusal);
        }
        if room.is_some_and(|room| room.signed().is_none()) && !swarm.is_legacy(link) {
            // What this peer knows of the room is of no use to others.
            let host = room.map(|room| room.state().id.clone());
            return swarm.refuse(link, RefusalReason::Detached, host.into_iter().collect());
        }
        let slots = self.slots(swarm);
        let slots = slots + swarm.reserve(link, slots);
        let full = self.children.free(slots) == 0
            && (handshake.intent != Intent::Join || self.last_resort(swarm) == 0);
        let full = full || !self.make_way(swarm, slots);
        if full && !self.children.contains(&peer) {
            return self.join_requested_while_full(swarm, above, link, &peer, handshake);
        }
        let slots = self.uplink.slots();
        if let Some(obsolete) = self.children.reserve(swarm.now, slots, peer.clone(), link) {
            swarm.close(obsolete);
        }
        swarm.accept(link, LinkRole::JoiningChild, MediaRole::Send);
        if self.children.holds_slot(&peer) {
            swarm.feed(link, above.source);
        }
        self.changed = true;
    }

    /// A peer that was let in, or keeps this one as its standby, says `Join`.
    pub(in crate::node::room) fn joined<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        above: &Above<'_>,
        room: Option<&RoomRecord>,
        link: LinkId,
        peer: &PeerId,
        (name, summary): (String, Summary),
    ) -> Joined {
        if let Some(order) = room.and_then(|room| room.orders().against(peer)) {
            // It has been sent away meanwhile.
            self.children.expel(peer);
            swarm.send_and_close(link, &Message::Order(order.clone()));
            return Joined::Refused;
        }
        let displaces = self.children.end_displacement(link);
        let newcomer = self.children.end_standby(link) || displaces;
        // A page that sleeps takes those who find no other place, but is nobody's standby.
        let slots = if newcomer { self.slots(swarm) } else { self.uplink.slots() };
        let has_slot = self.children.has_joined(peer)
            || (displaces && self.displace(swarm, above, peer))
            || self.children.vacant(slots + swarm.reserve(link, slots)) > 0;
        if !has_slot || (newcomer && above.path.is_none()) {
            self.changed |= self.children.link_down(peer, link);
            let mut ask = self.children.redirect(swarm.now, peer, summary.slots > 0);
            ask.extend(above.backups.iter().filter(|backup| *backup != peer).cloned());
            ask.truncate(limits::CANDIDATE_PARENTS);
            swarm.send_and_close(link, &Message::Leave { ask });
            return Joined::Refused;
        }
        if newcomer {
            self.children.reserve(swarm.now, 0, peer.clone(), link);
        }
        if !self.children.holds_slot(peer) {
            swarm.feed(link, above.source);
        }
        let (joined, replaced) = self.children.join(swarm.now, peer, link, name, summary);
        if !joined || room.is_none() {
            swarm.close(link);
            return Joined::Refused;
        }
        swarm.set_role(link, LinkRole::Child);
        if let Some(replaced) = replaced {
            swarm.set_role(replaced, LinkRole::RetiredChild);
            swarm.feed(replaced, None);
        }
        let Some(path) = above.path_below(swarm.id()) else {
            // The way was lost while the child was connecting; it asks elsewhere.
            self.children.link_down(peer, link);
            swarm.send_and_close(link, &Message::Leave { ask: above.backups.to_vec() });
            return Joined::Refused;
        };
        Joined::Child(path)
    }

    /// A full peer is asked for a slot: it makes room by moving a child that can feed nobody
    /// below the newcomer, or says where else to ask.
    fn join_requested_while_full<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        above: &Above<'_>,
        link: LinkId,
        peer: &PeerId,
        handshake: Handshake,
    ) {
        let reparents = handshake.intent == Intent::Reparent;
        let mut ask = match reparents {
            true => Vec::new(),
            false => self.children.redirect(swarm.now, peer, handshake.slots > 0),
        };
        // Room below is better than moving a child.
        let displaces = handshake.slots > 0
            && (reparents || !self.children.has_room(peer, handshake.slots > 0))
            && self.children.displaceable_leaf().is_some_and(|weak| weak != *peer);
        if displaces {
            let (may, gives_way) = self.children.hold_displacement(swarm.now, link);
            gives_way.into_iter().for_each(|late| swarm.close(late));
            if may {
                return swarm.accept(link, LinkRole::Displacing, MediaRole::Send);
            }
        }
        if !reparents {
            let backups = above.backups.iter().filter(|backup| *backup != peer).cloned();
            let mut known = self.guides(swarm, peer);
            known.extend(backups.clone());
            ask.extend(backups);
            ask = candidates::mix(ask, known, &mut swarm.rng);
        }
        swarm.refuse(link, RefusalReason::Full, ask);
    }

    /// Whether one more peer may be on its way to one of these slots. The one that is late for
    /// longest gives way to it.
    fn make_way<R: RngCore>(&mut self, swarm: &mut Swarm<R>, slots: u32) -> bool {
        if self.children.expected() < slots as usize + limits::EXPECTED {
            return true;
        }
        let Some((late, link)) = self.children.latest_no_show(swarm.now) else { return false };
        self.children.link_down(&late, link);
        swarm.close(link);
        true
    }

    /// The children that may know where there is a place.
    fn guides<R: RngCore>(&self, swarm: &Swarm<R>, joiner: &PeerId) -> Vec<PeerId> {
        let guides = self.children.iter().filter(|(id, child)| {
            *id != joiner && child.may_know_places() && !swarm.is_legacy(child.link)
        });
        guides.map(|(id, _)| id.clone()).collect()
    }

    /// The newcomer that was to take a weak child's slot is there: the child goes below it.
    /// Returns whether there is a slot now.
    fn displace<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        above: &Above<'_>,
        newcomer: &PeerId,
    ) -> bool {
        if self.children.vacant(self.slots(swarm)) > 0 {
            return true;
        }
        let Some(weak) = self.children.displaceable_leaf() else { return false };
        self.send_away(swarm, above, &weak, vec![newcomer.clone()]);
        self.children.vacant(self.slots(swarm)) > 0
    }

    /// Asks a child to find another place, `first` of all there.
    pub(super) fn send_away<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        above: &Above<'_>,
        child: &PeerId,
        first: Vec<PeerId>,
    ) {
        // Old pages can only be cut off.
        let link = self.children.link(child).filter(|link| !swarm.is_legacy(*link));
        let Some(link) = link else { return };
        let mut ask = first;
        ask.extend(self.children.alternatives(child));
        ask.extend(above.backups.iter().filter(|backup| *backup != child).cloned());
        ask.truncate(limits::CANDIDATE_PARENTS);
        self.retire(swarm, child);
        swarm.send(link, &Message::Leave { ask });
    }

    /// Where to ask for a standby that there is no room for here. Joiners take the slots near the
    /// host and those that summaries name; a peer that only keeps one in reserve finds it further
    /// down, where most of them are and stay free for longest.
    pub(super) fn further_down<R: RngCore>(&self, swarm: &Swarm<R>, peer: &PeerId) -> Vec<PeerId> {
        let children = self
            .children
            .iter()
            .filter(|(id, child)| child.joined && *id != peer && !swarm.is_legacy(child.link));
        children.map(|(id, _)| id.clone()).take(limits::CANDIDATE_PARENTS).collect()
    }
}
