//! What neighbours ask and say, by the role of their link.

use rand_core::RngCore;

use super::downstream::Joined;
use super::{Place, Room, borrowing, game, gatherings, requests, viewer_source, word};
use crate::link::DisconnectReason;
use crate::model::Phase;
use crate::node::view::SourceOwner;
use crate::room::map::Change;
use crate::room::removed;
use crate::signal::payload::{Handshake, Intent, Refusal, RefusalReason};
use crate::swarm::{LinkRole, Swarm};
use crate::util::id::{LinkId, PeerId};
use crate::wire::message::{Message, MessageId, Summary};

/// A peer has dialled.
pub(super) fn offered<R: RngCore>(
    room: &mut Room,
    swarm: &mut Swarm<R>,
    link: LinkId,
    peer: PeerId,
    handshake: Handshake,
) {
    let above = room.place.above(&room.standing, &room.below);
    let record = room.standing.room.as_ref();
    let barred = |membership| record?.barred(swarm.now, &peer, membership);
    match handshake.intent {
        Intent::Join | Intent::Reparent if room.standing.phase == Phase::Ended => {
            swarm.refuse(link, RefusalReason::NotInRoom, above.backups.to_vec());
        }
        Intent::Join | Intent::Reparent => {
            room.below.join_requested(swarm, &above, record, link, peer, handshake);
        }
        Intent::Standby => {
            let membership = &handshake.membership;
            room.below.standby_requested(swarm, &above, record, link, peer, membership);
        }
        Intent::Knock => match barred(&[]) {
            Some(refusal) if refusal.reason != RefusalReason::Knock => {
                swarm.refuse_with(link, refusal);
            }
            Some(_) if room.place.is_host() => room.admission.apply(swarm, link, peer),
            _ => swarm.refuse(link, RefusalReason::NotInRoom, Vec::new()),
        },
        Intent::Browse => match barred(&[]) {
            _ if !room.place.is_host() => {
                swarm.refuse(link, RefusalReason::NotInRoom, Vec::new());
            }
            Some(refusal) => swarm.refuse_with(link, refusal),
            None => room.map.admit(swarm, link),
        },
        Intent::Borrow => match barred(&[]) {
            Some(refusal) if refusal.reason.is_removal() => swarm.refuse_with(link, refusal),
            _ => {
                let is_on_air = room.stream().is_some();
                room.lending.offered(swarm, link, peer, is_on_air);
            }
        },
        Intent::Conference | Intent::Voice if room.standing.phase != Phase::Ended => {
            if let Some(kind) = handshake.intent.gathering() {
                gatherings::offered(room, swarm, kind, link, peer);
            }
        }
        _ => swarm.refuse(link, RefusalReason::NotInRoom, Vec::new()),
    }
}

pub(super) fn opened<R: RngCore>(
    room: &mut Room,
    swarm: &mut Swarm<R>,
    link: LinkId,
    role: LinkRole,
) {
    match role {
        LinkRole::StandbyFor => {
            let above = room.place.above(&room.standing, &room.below);
            let path = above.path_below(swarm.id());
            swarm.send(link, &Message::Path { path });
        }
        LinkRole::AdmissionRequest => {
            swarm.send(link, &Message::Knock(room.standing.name.clone()));
        }
        LinkRole::ParentAttempt => room.with_upstream(swarm, |up, cx| up.ask_to_join(cx, link)),
        LinkRole::Gathering(kind) => gatherings::opened(room, swarm, kind, link),
        LinkRole::AnnouncementTo => {
            room.with_host(swarm, |host, cx| host.announcement_opened(cx));
        }
        LinkRole::Lender => borrowing::opened(room, swarm, link),
        _ => {}
    }
}

/// A message came over a link whose role allows it.
pub(super) fn message<R: RngCore>(
    room: &mut Room,
    swarm: &mut Swarm<R>,
    link: LinkId,
    role: LinkRole,
    peer: &PeerId,
    message: Message,
) {
    match (role, message) {
        (LinkRole::Parent, message) => parent_says(room, swarm, link, message),
        (LinkRole::Child, message) => child_says(room, swarm, link, peer, message),
        (LinkRole::ParentAttempt, message) => attempt_says(room, swarm, link, peer, message),
        (LinkRole::PreviousParent | LinkRole::Standby, message) => {
            room.with_upstream(swarm, |up, cx| up.other_says(cx, role, link, message));
        }
        (_, Message::Join { name, summary, high_water }) => {
            joined(room, swarm, link, peer, (name, summary), &high_water);
        }
        (LinkRole::StandbyFor, message) => {
            let above = room.place.above(&room.standing, &room.below);
            room.below.standby_says(swarm, &above, link, &message);
        }
        (LinkRole::Observer, Message::Watch { levels }) => room.watched(swarm, link, levels),
        (LinkRole::AnnouncementTo, Message::RequestBlob(id)) => {
            room.covers.give(swarm, link, room.standing.cover(), id);
        }
        (LinkRole::Lender, message) => borrowing::told(room, swarm, link, message),
        (LinkRole::Borrower, Message::RequestStream { name }) => room.lending.named(link, name),
        (LinkRole::Borrower, Message::Leave { .. }) => room.lending.given_back(swarm, link),
        (LinkRole::Gathering(kind), Message::Picture(picture)) => {
            gatherings::picture_came(room, kind, peer, picture);
        }
        (LinkRole::Applicant, Message::Knock(name)) => room.admission.named(link, name),
        (LinkRole::AdmissionRequest, Message::Admission(word)) => {
            word::admission_answered(room, swarm, link, word);
        }
        _ => {}
    }
}

/// The peer that may become the parent answers.
fn attempt_says<R: RngCore>(
    room: &mut Room,
    swarm: &mut Swarm<R>,
    link: LinkId,
    peer: &PeerId,
    message: Message,
) {
    match message {
        Message::Adopted { room: record, orders, membership, members, path, high_water } => {
            let Some(record) = word::proven_room(room, swarm, link, record) else {
                if swarm.role(link).is_some() {
                    swarm.close(link);
                    let reason = DisconnectReason::Unproven;
                    room.with_upstream(swarm, |up, cx| up.attempt_failed(cx, peer, &reason));
                }
                return;
            };
            room.with_upstream(swarm, |up, cx| up.adopted(cx, link, peer));
            room.below.reports().forget_parent();
            word::room_changed(room, swarm, record, members);
            word::let_in(room, swarm, membership);
            for order in orders {
                word::ordered(room, swarm, link, order);
            }
            room.with_upstream(swarm, |up, cx| up.settle(cx, path));
            let place = room.map_place();
            room.map.parent_changed(swarm, place, room.below.children());
            room.below.touch();
            room.chat.adopted(swarm, link, peer, &high_water);
        }
        // It shows why it does not take this peer.
        Message::Order(order) => {
            swarm.close(link);
            let reason = removed(&order.decision).map_or(RefusalReason::Other, |(_, permanent)| {
                if permanent { RefusalReason::Banned } else { RefusalReason::Kicked }
            });
            let refusal = Refusal { order: Some(order), ..Refusal::new(reason, Vec::new()) };
            let reason = DisconnectReason::Refused(refusal);
            room.with_upstream(swarm, |up, cx| up.attempt_failed(cx, peer, &reason));
        }
        Message::Leave { ask } => {
            swarm.close(link);
            room.with_upstream(swarm, |up, cx| up.sent_on(cx, peer, ask));
        }
        _ => {}
    }
}

fn parent_says<R: RngCore>(room: &mut Room, swarm: &mut Swarm<R>, link: LinkId, message: Message) {
    match message {
        Message::Room(record) => {
            if let Some(record) = word::proven_room(room, swarm, link, record) {
                let members = room.standing.room.as_ref().map_or(0, |record| record.members);
                word::room_changed(room, swarm, record, members);
            }
        }
        Message::Order(order) => word::ordered(room, swarm, link, order),
        Message::Game(state) => game::told(room, swarm, link, state),
        Message::Members { count, depth } => {
            if let Some(record) = &mut room.standing.room {
                record.members = count;
                room.below.tell(swarm, &Message::Members { count, depth });
                room.with_upstream(swarm, |up, cx| up.depth_changed(cx, depth));
            }
        }
        Message::Backups { peers, hint } => {
            room.with_upstream(swarm, |up, cx| up.backups_named(cx, peers, hint));
            room.below.touch();
        }
        Message::Chat(message) => room.hear(swarm, link, None, message),
        Message::Picture(picture) => room.picture_came(swarm, link, picture),
        Message::Watch { levels } => room.watched(swarm, link, levels),
        Message::Map { put, gone } => room.map_told(swarm, link, Change { put, gone }),
        Message::OnAir { name, by, tracks } => {
            viewer_source::told(room, link, tracks, SourceOwner { peer: by, name });
        }
        message => room.with_upstream(swarm, |up, cx| up.parent_says(cx, message)),
    }
}

fn child_says<R: RngCore>(
    room: &mut Room,
    swarm: &mut Swarm<R>,
    link: LinkId,
    peer: &PeerId,
    message: Message,
) {
    match message {
        Message::Summary(summary) => room.below.summarise(peer, summary),
        // It has been elsewhere for a moment and wants to know what it missed.
        Message::Join { name, summary, high_water }
            if room.below.children().may_rejoin(swarm.now, peer) =>
        {
            joined(room, swarm, link, peer, (name, summary), &high_water);
        }
        Message::Rename { name } => room.below.children_mut().rename(peer, name),
        Message::Chat(message) if room.below.may_speak(&room.standing, peer) => {
            let only = room.below.is_leaf(peer).then_some(peer);
            if let Some(parent) = room.place.parent() {
                room.below.report_first_child(swarm, parent);
            }
            room.hear(swarm, link, only, message);
        }
        Message::Picture(picture) => room.chat.take_picture(swarm, link, picture),
        Message::RequestBlob(id) => room.covers.give(swarm, link, room.standing.cover(), id),
        Message::Watch { levels } => room.watched(swarm, link, levels),
        Message::Map { put, gone } => room.map_told(swarm, link, Change { put, gone }),
        Message::MediaTimeout => media_missed(room, swarm, link, peer),
        Message::Request(request) => requests::received(room, swarm, link, peer, request),
        Message::Leave { .. } => room.below.child_leaves(swarm, peer),
        _ => {}
    }
}

fn joined<R: RngCore>(
    room: &mut Room,
    swarm: &mut Swarm<R>,
    link: LinkId,
    peer: &PeerId,
    newcomer: (String, Summary),
    high_water: &[MessageId],
) {
    let above = room.place.above(&room.standing, &room.below);
    let record = room.standing.room.as_ref();
    let joined = room.below.joined(swarm, &above, record, link, peer, newcomer);
    let (Joined::Child(path), Some(record)) = (joined, record) else { return };
    let adopted = word::adoption(room, swarm, record, peer, path);
    swarm.send(link, &adopted);
    if let Some(message) = room.standing.viewers.for_newcomer() {
        swarm.send(link, &message);
    }
    game::introduce(room, swarm, link);
    room.chat.joined(swarm, link, peer, high_water);
    let place = room.map_place();
    room.map.child_joined(swarm, place, link);
    // There may be fewer slots by now than when this one was given.
    let above = room.place.above(&room.standing, &room.below);
    room.below.shed(swarm, &above);
}

/// A child says that it gets nothing.
fn media_missed<R: RngCore>(room: &mut Room, swarm: &mut Swarm<R>, link: LinkId, child: &PeerId) {
    let has_media = room.standing.is_streaming()
        && match &room.place {
            // A source that stands still sends nothing, which is nobody's fault.
            Place::Host(_) => room.below.uplink().carries(swarm.now),
            Place::Viewer(upstream) => !upstream.is_dry(),
        };
    let above = room.place.above(&room.standing, &room.below);
    room.below.media_missed(swarm, &above, link, child, has_media);
}

pub(super) fn down<R: RngCore>(
    room: &mut Room,
    swarm: &mut Swarm<R>,
    link: LinkId,
    role: LinkRole,
    peer: &PeerId,
    reason: &DisconnectReason,
) {
    match role {
        LinkRole::ParentAttempt => {
            room.with_upstream(swarm, |up, cx| up.attempt_failed(cx, peer, reason));
        }
        LinkRole::Standby => room.with_upstream(swarm, |up, cx| up.standby_down(cx, reason)),
        LinkRole::PreviousParent => room.with_upstream(swarm, |up, cx| up.end_handover(cx)),
        LinkRole::Parent => {
            room.with_upstream(swarm, |up, cx| up.parent_lost(cx, Vec::new()));
        }
        LinkRole::Observer => {
            let place = room.map_place();
            room.map.observer_down(swarm, place, room.below.children(), link);
        }
        LinkRole::Applicant | LinkRole::AdmissionRequest => room.admission.link_down(link),
        LinkRole::Lender => borrowing::down(room, swarm, link, reason),
        LinkRole::Borrower => room.lending.link_down(link),
        LinkRole::StandbyFor
        | LinkRole::Displacing
        | LinkRole::Child
        | LinkRole::JoiningChild
        | LinkRole::RetiredChild => {
            room.below.link_down(role, peer, link);
            if !room.below.children().has_joined(peer) {
                room.with_host(swarm, |host, cx| host.child_gone(cx.swarm.now, peer));
            }
        }
        LinkRole::Gathering(kind) => room.gatherings.link_down(swarm, kind, peer, link),
        LinkRole::AnnouncementTo => {
            room.with_host(swarm, |host, cx| host.announcement_down(cx.swarm));
        }
        _ => {}
    }
}
