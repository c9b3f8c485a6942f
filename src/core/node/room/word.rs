//! The host's word: how it reaches this peer, what it changes, and how it is passed on.

use rand_core::RngCore;

use super::Room;
use crate::identity::{Signed, Verified};
use crate::link::io::Output;
use crate::model::{Problem, Tracks};
use crate::room::admission::Moderation;
use crate::room::membership::{self, is_member};
use crate::room::{RoomRecord, removed};
use crate::signal::payload::Membership;
use crate::swarm::Swarm;
use crate::util::id::{LinkId, PeerId};
use crate::wire::message::{AdmissionPolicy, Decision, Message, Order, RoomState, Vouch};

/// The host says what the room is, and the parent how many people are in it.
pub(super) fn room_changed<R: RngCore>(
    room: &mut Room,
    swarm: &mut Swarm<R>,
    state: Verified<RoomState>,
    members: u32,
) {
    let (was_on_air, was_streaming) =
        (room.standing.state().and_then(|state| state.on_air), room.standing.is_streaming());
    let is_news = match &mut room.standing.room {
        Some(record) => {
            record.members = members;
            record.update(state)
        }
        none => {
            *none = Some(RoomRecord::new(state, members));
            true
        }
    };
    if is_news {
        let is_on_air = room.standing.state().and_then(|state| state.on_air);
        if has_sound(was_on_air) != has_sound(is_on_air) {
            swarm.push(Output::Sound(has_sound(is_on_air)));
        }
        let streaming = room.standing.is_streaming();
        room.with_upstream(swarm, |up, cx| {
            if was_streaming != streaming {
                up.expect_pictures(cx);
            }
            if was_on_air.is_some() != is_on_air.is_some() {
                up.show_parent(cx);
            }
        });
        tell_room(room, swarm);
    }
    room.covers.fetch(swarm, room.place.parent(), room.standing.cover());
}

/// Checks that the host says this of its room, and that it is this room.
pub(super) fn proven_room<R: RngCore>(
    room: &Room,
    swarm: &mut Swarm<R>,
    link: LinkId,
    record: Signed<RoomState>,
) -> Option<Verified<RoomState>> {
    if room.standing.room.as_ref().is_some_and(|known| known.is_foreign(&record)) {
        swarm.note_forgery(link);
        return None;
    }
    let id = record.id.clone();
    swarm.verify(link, &id, record)
}

/// The host has decided something, as a neighbour passes it on.
pub(super) fn ordered<R: RngCore>(
    room: &mut Room,
    swarm: &mut Swarm<R>,
    link: LinkId,
    order: Signed<Order>,
) {
    let Some(record) = &mut room.standing.room else { return };
    let id = record.state().id.clone();
    let Some(order) = swarm.verify(link, &id, order) else { return };
    if !record.order(order.clone()) {
        return;
    }
    room.below.enforce(swarm, record);
    if let Some(signed) = order.signed() {
        room.below.tell(swarm, &Message::Order(signed.clone()));
    }
    swarm.dirty = true;
    match &order.decision {
        Decision::Delete(message) => room.chat.delete(message.clone()),
        Decision::Away => room.with_upstream(swarm, |up, cx| up.host_goes(cx)),
        Decision::End => room.end(swarm),
        decision => {
            if let Some((peer, permanent)) = removed(decision)
                && peer == swarm.id()
            {
                room.removed(swarm, permanent);
            }
        }
    }
}

/// Passes on what the host says of its room.
pub(super) fn tell_room<R: RngCore>(room: &Room, swarm: &mut Swarm<R>) {
    let Some(record) = &room.standing.room else { return };
    let signed = record.signed().cloned();
    // Among the children of a peer that cannot prove the room, there are legacy pages only.
    let signed = signed.unwrap_or_else(|| Signed::unproven(record.state().clone()));
    room.below.tell(swarm, &Message::Room(signed));
}

/// What a new child is told.
pub(super) fn adoption<R: RngCore>(
    room: &Room,
    swarm: &Swarm<R>,
    record: &RoomRecord,
    child: &PeerId,
    path: Vec<PeerId>,
) -> Message {
    let state = record.state();
    let own = room.admission.membership();
    let say = |word| swarm.say(word, &state.id);
    let vouch = membership::vouch((state, swarm.now), swarm.id(), own, child.clone(), say);
    Message::Adopted {
        // A legacy page is told in its own words, whatever can be proven.
        room: record.signed().cloned().unwrap_or_else(|| Signed::unproven(state.clone())),
        orders: record.orders().for_newcomer(),
        membership: vouch.unwrap_or_default(),
        members: record.members,
        path,
        high_water: room.chat.log().high_water(),
    }
}

/// This peer has been let into the room, if the word for it can be followed up to the host.
pub(super) fn let_in<R: RngCore>(room: &mut Room, swarm: &Swarm<R>, shown: Membership) {
    if let Some(record) = &room.standing.room
        && is_member((record.state(), record.rules()), swarm.now, swarm.id(), &shown)
    {
        room.admission.let_in(shown);
    }
}

pub(super) fn moderate<R: RngCore>(room: &mut Room, swarm: &mut Swarm<R>, wish: Moderation) {
    let mut policy = None;
    match wish {
        Moderation::Admit(peer, admit) => {
            return room.with_host(swarm, |host, cx| host.answer(cx, &peer, admit));
        }
        wish => {
            if let (Moderation::Delete(message), true) = (&wish, room.place.is_host()) {
                room.chat.delete(message.clone());
            }
            room.with_host(swarm, |host, cx| policy = host.moderate(cx, wish));
        }
    }
    if policy.is_some_and(|policy| policy != AdmissionPolicy::Open) {
        let place = room.map_place();
        room.map.turn_observers_away(swarm, place, room.below.children());
    }
}

/// The host has answered whether this peer is let in.
pub(super) fn admission_answered<R: RngCore>(
    room: &mut Room,
    swarm: &mut Swarm<R>,
    link: LinkId,
    word: Option<Signed<Vouch>>,
) {
    match room.admission.answered(swarm, link, word) {
        Some(true) => room.with_upstream(swarm, |up, cx| up.admitted(cx)),
        Some(false) => {
            room.standing.problem = Some(Problem::Denied);
            room.stop(swarm);
        }
        None => {}
    }
}

fn has_sound(tracks: Option<Tracks>) -> bool {
    tracks.is_some_and(|tracks| tracks.audio)
}
