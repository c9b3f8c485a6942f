//! The conference and the voice channel, as one peer takes part in them or not.

use std::sync::Arc;

use rand_core::RngCore;

use super::attendance::{Attendance, Circumstances};
use super::guests::Guests;
use super::mesh::Mesh;
use super::{Room, requests};
use crate::link::io::Output;
use crate::model::picture::Picture;
use crate::model::{GatheringKind, GatheringMember, GatheringView, OwnSeat, Phase, Tracks};
use crate::node::io::GatheringCommand;
use crate::room::Gathering;
use crate::swarm::Swarm;
use crate::util::id::{LinkId, PeerId};
use crate::util::time::Time;
use crate::wire::message::{Message, Seat};
use crate::wire::request::{Act, SeatRequest};

/// Both gatherings.
#[derive(Default)]
pub(super) struct Gatherings {
    conference: Part,
    voice: Part,
    pub(super) guests: Guests,
}

/// This peer's part in one gathering.
#[derive(Default)]
struct Part {
    attendance: Attendance,
    mesh: Mesh,
    /// Whether the page was told that the host has taken this peer's sound.
    silenced: bool,
}

impl Gatherings {
    fn part(&self, kind: GatheringKind) -> &Part {
        match kind {
            GatheringKind::Conference => &self.conference,
            GatheringKind::Voice => &self.voice,
        }
    }

    fn part_mut(&mut self, kind: GatheringKind) -> &mut Part {
        match kind {
            GatheringKind::Conference => &mut self.conference,
            GatheringKind::Voice => &mut self.voice,
        }
    }

    /// The link with a member.
    pub(super) fn link(&self, kind: GatheringKind, peer: &PeerId) -> Option<LinkId> {
        self.part(kind).mesh.link(peer)
    }

    /// What this person shows in a gathering; `None` while no part is taken.
    pub(super) fn wish(&self, kind: GatheringKind) -> Option<Tracks> {
        self.part(kind).attendance.wish()
    }

    /// When to call [`settle`] at the latest.
    pub(super) fn deadline(&self) -> Option<Time> {
        let parts = GatheringKind::ALL.map(|kind| self.part(kind));
        let deadlines = parts.map(|part| [part.attendance.deadline(), part.mesh.deadline()]);
        let guests = self.guests.deadline();
        deadlines.into_iter().flatten().flatten().chain(guests).min()
    }

    /// The person's name or picture has changed.
    pub(super) fn say_again(&mut self) {
        GatheringKind::ALL.into_iter().for_each(|kind| self.part_mut(kind).attendance.say_again());
    }

    /// A link of a gathering is gone.
    pub(super) fn link_down<R: RngCore>(
        &mut self,
        swarm: &mut Swarm<R>,
        kind: GatheringKind,
        peer: &PeerId,
        link: LinkId,
    ) {
        self.part_mut(kind).mesh.link_down(swarm, peer, link);
    }
}

/// The person wants something in a gathering.
pub(super) fn command<R: RngCore>(
    room: &mut Room,
    swarm: &mut Swarm<R>,
    kind: GatheringKind,
    command: GatheringCommand,
) {
    let attendance = &mut room.gatherings.part_mut(kind).attendance;
    match command {
        GatheringCommand::Join(tracks) => attendance.join(tracks),
        GatheringCommand::Show(tracks) => attendance.show(tracks),
        GatheringCommand::Leave => attendance.leave(),
        command => room.with_host(swarm, |host, cx| host.gather(cx, kind, command)),
    }
}

/// A peer has dialled for a gathering.
pub(super) fn offered<R: RngCore>(
    room: &mut Room,
    swarm: &mut Swarm<R>,
    kind: GatheringKind,
    link: LinkId,
    peer: PeerId,
) {
    let part = room.gatherings.part_mut(kind);
    let may = room.standing.room.as_ref().is_some_and(|record| {
        let gathering = record.gathering(kind);
        let is_legacy = swarm.is_legacy(link);
        part.attendance.wish().is_some()
            && gathering.seat_of(swarm.id()).is_some()
            && gathering.seat_of(&peer).is_some_and(|seat| seat.legacy == is_legacy)
            && !record.rules().is_out(&peer)
    });
    part.mesh.offered(swarm, kind, (link, peer), may);
}

/// The link with a member is open.
pub(super) fn opened<R: RngCore>(
    room: &mut Room,
    swarm: &mut Swarm<R>,
    kind: GatheringKind,
    link: LinkId,
) {
    room.gatherings.part_mut(kind).mesh.opened(swarm.now, link);
    show_avatar(room, swarm, link);
}

fn show_avatar<R: RngCore>(room: &Room, swarm: &mut Swarm<R>, link: LinkId) {
    if let Some(avatar) = room.chat.avatar() {
        swarm.send(link, &Message::Picture(avatar.clone()));
    }
}

/// This person looks different from now on.
pub(super) fn avatar_changed<R: RngCore>(room: &mut Room, swarm: &mut Swarm<R>) {
    room.gatherings.say_again();
    for kind in GatheringKind::ALL {
        for link in room.gatherings.part(kind).mesh.links().collect::<Vec<_>>() {
            show_avatar(room, swarm, link);
        }
    }
}

/// Goes on with what has become possible or due by what has happened.
pub(super) fn settle<R: RngCore>(room: &mut Room, swarm: &mut Swarm<R>) {
    if room.standing.phase == Phase::Ended {
        return;
    }
    speak_for_guests(room, swarm);
    for kind in GatheringKind::ALL {
        ask_if_due(room, swarm, kind);
        // The host has answered itself.
        if room.place.is_host() {
            ask_if_due(room, swarm, kind);
        }
        let (Some(record), part) = (&room.standing.room, room.gatherings.part_mut(kind)) else {
            continue;
        };
        if part.attendance.wish().is_some() {
            part.mesh.sync(swarm, &record.gathering(kind), record.rules());
        } else if !part.mesh.is_empty() {
            part.mesh.clear(swarm);
        }
        let silenced = part.attendance.own() == OwnSeat::Taken
            && record.gathering(kind).muted.contains(swarm.id());
        if part.silenced != silenced {
            part.silenced = silenced;
            swarm.push(Output::GatheringMuted(kind, silenced));
        }
    }
}

/// Says that the original pages below still use their seats. A host that is one itself has its own
/// ways.
fn speak_for_guests<R: RngCore>(room: &mut Room, swarm: &mut Swarm<R>) {
    let (Some(record), Some(parent)) = (&room.standing.room, room.place.parent()) else { return };
    if record.state().is_legacy() {
        return;
    }
    let is_there = |link| swarm.role(link).is_some();
    let has_seat = |kind, peer: &PeerId| record.gathering(kind).seat_of(peer).is_some();
    for request in room.gatherings.guests.due(swarm.now, parent, is_there, has_seat) {
        swarm.send(parent, &Message::Request(request));
    }
}

/// Asks the host for a seat, or to take one back.
fn ask_if_due<R: RngCore>(room: &mut Room, swarm: &mut Swarm<R>, kind: GatheringKind) {
    let Some(record) = &room.standing.room else { return };
    let attendance = &mut room.gatherings.part_mut(kind).attendance;
    // Nothing to ask for, and nothing is known of the gathering.
    if attendance.is_idle() && !record.has_gathering(kind) {
        return;
    }
    let avatar = room.chat.avatar().map(|picture| picture.id());
    let is_host = room.place.is_host();
    let ask = attendance.update(&Circumstances {
        now: swarm.now,
        own: swarm.id(),
        gathering: &record.gathering(kind),
        way: room.place.parent().map(Some).or(is_host.then_some(None)),
        renews: !record.state().is_legacy(),
        is_host,
        name: &room.standing.name,
        avatar,
    });
    if let Some(join) = ask {
        let tracks = attendance.wish().unwrap_or_default();
        let wish = SeatRequest { join, tracks, avatar, ..SeatRequest::default() };
        requests::ask(room, swarm, Act::Seat(kind, wish));
    }
}

/// This peer leaves the room: gives its seats back.
pub(super) fn leave<R: RngCore>(room: &mut Room, swarm: &mut Swarm<R>) {
    for kind in GatheringKind::ALL {
        let part = room.gatherings.part_mut(kind);
        let takes_part = part.attendance.wish().is_some();
        part.attendance.leave();
        part.mesh.clear(swarm);
        if takes_part {
            requests::ask(room, swarm, Act::Seat(kind, SeatRequest::default()));
        }
    }
}

/// What the page shows.
pub(super) fn view<R: RngCore>(
    room: &Room,
    swarm: &Swarm<R>,
    kind: GatheringKind,
) -> GatheringView {
    let part = room.gatherings.part(kind);
    let gathering = match &room.standing.room {
        Some(record) => record.gathering(kind).into_owned(),
        None => Gathering { open: false, ..Gathering::new(kind) },
    };
    let member = |seat: &Seat| GatheringMember {
        peer: seat.id.clone(),
        name: seat.name.clone(),
        avatar: seat.avatar.or_else(|| room.chat.log().avatar_of(&seat.id)),
        tracks: seat.tracks,
        muted: gathering.muted.contains(&seat.id),
        connected: seat.id == *swarm.id()
            || part.mesh.link(&seat.id).is_some_and(|link| swarm.is_open(link)),
        legacy: seat.legacy,
    };
    GatheringView {
        open: gathering.open,
        own: part.attendance.own(),
        seats: kind.seats(),
        members: gathering.taken().map(member).collect(),
    }
}

/// A member shows what it looks like.
pub(super) fn picture_came(
    room: &mut Room,
    kind: GatheringKind,
    peer: &PeerId,
    picture: Arc<Picture>,
) {
    let record = room.standing.room.as_ref();
    let seat = record.and_then(|record| record.gathering(kind).seat_of(peer).cloned());
    if seat.is_some_and(|seat| seat.avatar == Some(picture.id())) {
        room.chat.keep_picture(picture);
    }
}
