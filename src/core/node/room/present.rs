//! What a room shows to its own page, and has for old pages.

use core::hash::{Hash, Hasher};
use std::sync::Arc;

use rand_core::RngCore;

use super::{Place, Room, gatherings, viewer_source};
use crate::legacy::{KnownRoom, LegacySnapshot, RoomSnapshot};
use crate::model::{GatheringKind, MapPeer, Phase};
use crate::node::view::{self, View};
use crate::swarm::Swarm;
use crate::util::id::PeerId;
use crate::wire::message::RoomState;

/// Fills in what the page shows.
pub(super) fn show<R: RngCore>(room: &Room, swarm: &Swarm<R>, view: &mut View) {
    let standing = &room.standing;
    view.problem = standing.problem.clone();
    view.chat = room.chat.log().history().cloned().collect();
    view.deleted = room.chat.log().deleted().into();
    view.pictures = room.chat.pictures().cloned().collect();
    view.covers = room.covers.all().into();
    view.join_requests = room.admission.applicants().collect();
    view.stream_requests = room.lending.requests().collect();
    view.shows_own = standing.shows_own();
    view.source_owner = viewer_source::owner(room);
    view.borrowed = room.borrowing.shown();
    view.quality = room.below.quality();
    view.room = standing.room.as_ref().map(|room| {
        let state = room.state();
        Arc::new(view::Room {
            id: state.id.clone(),
            meta: state.meta.clone(),
            host: state.host.clone(),
            members: room.members,
            since: state.since,
            on_air: standing.on_air(),
            source_stalled: state.source_stalled,
            phase: standing.phase,
            is_proven: state.id.is_derived() && room.signed().is_some(),
            rules: room.rules().clone(),
        })
    });
    view.game = room.game.shown().cloned();
    view.tree = tree(room, swarm);
    view.conference = Arc::new(gatherings::view(room, swarm, GatheringKind::Conference));
    view.voice = Arc::new(gatherings::view(room, swarm, GatheringKind::Voice));
    view.map = room.map.shown().map(|map| map.cloned().collect());
    if let Place::Host(host) = &room.place {
        view.network = host.network();
    }
}

/// How this peer shows in the map.
pub(super) fn map_peer<R: RngCore>(room: &Room, swarm: &Swarm<R>) -> MapPeer {
    let parent = match &room.place {
        Place::Viewer(upstream) => upstream.parent(),
        Place::Host(_) => None,
    };
    let rtt = parent.and_then(|parent| swarm.round_trip(parent.link)).map_or(0, |rtt| {
        // Rounded, or every measurement would be a change.
        let millis = u32::try_from(rtt.as_millis()).unwrap_or(u32::MAX);
        millis.div_ceil(10).saturating_mul(10)
    });
    let size = room.below.children().summary(swarm.id(), 0, 0).size;
    MapPeer {
        id: swarm.id().clone(),
        parent: parent.map(|parent| parent.peer.clone()),
        name: room.standing.name.clone(),
        rtt,
        below: size.saturating_sub(1),
        profile: room.standing.profile.clone(),
    }
}

fn tree<R: RngCore>(room: &Room, swarm: &Swarm<R>) -> view::Tree {
    let (parent, path) = match &room.place {
        Place::Viewer(upstream) => (upstream.parent(), upstream.path()),
        Place::Host(_) => (None, None),
    };
    view::Tree {
        parent: parent.map(|parent| parent.peer.clone()),
        depth: path.map_or(0, |path| u32::try_from(path.len()).unwrap_or(u32::MAX)),
        children: children(room).collect(),
        max_children: room.below.slots(swarm),
        carrier: "rtp",
        round_trip: parent.and_then(|parent| swarm.round_trip(parent.link)),
    }
}

fn children(room: &Room) -> impl Iterator<Item = (PeerId, String)> {
    let joined = room.below.children().iter().filter(|(_, child)| child.joined);
    joined.map(|(id, child)| (id.clone(), child.name.clone()))
}

/// A hash of all that [`legacy_snapshot`] shows.
pub(super) fn legacy_revision<R: RngCore>(room: &Room, swarm: &Swarm<R>) -> u64 {
    let standing = &room.standing;
    let mut hasher = std::hash::DefaultHasher::new();
    let path = room.place.above(standing, &room.below).path_below(swarm.id());
    (standing.phase == Phase::Ended, &standing.name, path).hash(&mut hasher);
    if let Some(room) = &standing.room {
        let state = room.state();
        (&state.id, state.since, state.version, room.members).hash(&mut hasher);
        standing.on_air().map(|tracks| (tracks.audio, tracks.video)).hash(&mut hasher);
        (room.orders().latest(), room.rules().admission as u8).hash(&mut hasher);
    }
    standing.cover().filter(|id| room.covers.get(*id).is_some()).hash(&mut hasher);
    for (id, child) in room.below.children().iter().filter(|(_, child)| child.joined) {
        (id, &child.name).hash(&mut hasher);
    }
    let shows = room.gatherings.wish(GatheringKind::Conference);
    shows.map(|tracks| (tracks.audio, tracks.video)).hash(&mut hasher);
    if let Place::Host(host) = &room.place {
        host.network().name.hash(&mut hasher);
    }
    hasher.finish()
}

/// What this peer tells to old pages.
pub(super) fn legacy_snapshot<R: RngCore>(room: &Room, swarm: &Swarm<R>) -> Option<LegacySnapshot> {
    let standing = &room.standing;
    if standing.phase == Phase::Ended {
        return None;
    }
    Some(LegacySnapshot::Room(Box::new(RoomSnapshot {
        known: standing.room.as_ref().map(|room| KnownRoom {
            state: RoomState {
                seats: room.seats(),
                on_air: standing.on_air(),
                ..room.state().clone()
            },
            members: room.members,
            admission: room.rules().admission,
        }),
        cover: standing.cover().and_then(|id| room.covers.get(id).cloned()),
        name: standing.name.clone(),
        path: room.place.above(standing, &room.below).path_below(swarm.id()),
        children: children(room).collect(),
        shows: room.gatherings.wish(GatheringKind::Conference).unwrap_or_default(),
        network: match &room.place {
            Place::Host(host) => host.network().name,
            Place::Viewer(_) => None,
        },
    })))
}
