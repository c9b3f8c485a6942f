//! A stream that a host borrows from another peer, to show it in its own room.

use core::time::Duration;

use rand_core::RngCore;

use super::Room;
use crate::link::DisconnectReason;
use crate::link::io::{MediaRole, Source};
use crate::model::{Borrowed, BorrowedState as State, Tracks};
use crate::signal::payload::{Intent, RefusalReason};
use crate::swarm::{LinkRole, Swarm};
use crate::util::id::{LinkId, PeerId};
use crate::util::time::Time;
use crate::wire::message::Message;

/// How long the person who is asked may take. A legacy page that says no says nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// The stream that was asked for last.
#[derive(Default)]
pub(super) struct Borrowing {
    link: Option<LinkId>,
    /// Until when an answer is awaited.
    until: Option<Time>,
    shown: Option<Borrowed>,
}

impl Borrowing {
    /// What the page shows of it.
    pub(super) fn shown(&self) -> Option<Borrowed> {
        self.shown.clone()
    }

    /// Whether the room shows the borrowed stream.
    pub(super) fn is_lent(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.state == State::Lent)
    }

    /// When to call [`expired`].
    pub(super) fn deadline(&self) -> Option<Time> {
        self.until
    }

    /// Nothing is borrowed any more, for this reason.
    fn end(&mut self, state: State) {
        (self.link, self.until) = (None, None);
        if let Some(shown) = &mut self.shown {
            shown.state = state;
        }
    }
}

/// The person wants the stream of this peer, or none of another peer's any more.
pub(super) fn ask<R: RngCore>(room: &mut Room, swarm: &mut Swarm<R>, peer: Option<PeerId>) {
    if give_back(room, swarm) {
        room.with_host(swarm, |host, cx| host.on_air(cx, None));
    }
    let Some(peer) = peer.filter(|_| room.place.is_host()) else { return };
    let (intent, role) = (Intent::Borrow, LinkRole::Lender);
    let dial = Some(&peer).filter(|peer| *peer != swarm.id());
    let link = dial.and_then(|p| swarm.dial_for_media(p, intent, role, MediaRole::Receive));
    let state = if link.is_some() { State::Asking } else { State::NotFound };
    let until = link.map(|_| swarm.now + PATIENCE);
    room.borrowing = Borrowing { link, until, shown: Some(Borrowed { from: peer, state }) };
}

/// The room shows something else from now on, or the person has changed their mind. Returns whether
/// a borrowed stream was shown until now.
pub(super) fn give_back<R: RngCore>(room: &mut Room, swarm: &mut Swarm<R>) -> bool {
    let before = core::mem::take(&mut room.borrowing);
    if let Some(link) = before.link {
        swarm.send_and_close(link, &Message::Leave { ask: Vec::new() });
    }
    before.is_lent()
}

/// The link to the peer that was asked is open.
pub(super) fn opened<R: RngCore>(room: &Room, swarm: &mut Swarm<R>, link: LinkId) {
    swarm.send(link, &Message::RequestStream { name: room.standing.name.clone() });
}

/// The peer that was asked says something.
pub(super) fn told<R: RngCore>(
    room: &mut Room,
    swarm: &mut Swarm<R>,
    link: LinkId,
    message: Message,
) {
    if room.borrowing.link != Some(link) {
        return;
    }
    match message {
        Message::OnAir { tracks: Some(tracks), .. } => {
            room.borrowing.until = None;
            if let Some(shown) = &mut room.borrowing.shown {
                shown.state = State::Lent;
            }
            on_air(room, swarm, link, tracks);
        }
        Message::OnAir { tracks: None, .. } | Message::Leave { .. } => {
            swarm.close(link);
            let lent = room.borrowing.is_lent();
            ended(room, swarm, if lent { State::Ended } else { State::Refused });
        }
        _ => {}
    }
}

/// The link to the peer that was asked is gone.
pub(super) fn down<R: RngCore>(
    room: &mut Room,
    swarm: &mut Swarm<R>,
    link: LinkId,
    reason: &DisconnectReason,
) {
    if room.borrowing.link == Some(link) {
        let lent = room.borrowing.is_lent();
        ended(room, swarm, if lent { State::Ended } else { failure(reason) });
    }
}

/// Nobody has answered.
pub(super) fn expired<R: RngCore>(room: &mut Room, swarm: &mut Swarm<R>) {
    if let Some(link) = room.borrowing.link {
        swarm.send_and_close(link, &Message::Leave { ask: Vec::new() });
        ended(room, swarm, State::Refused);
    }
}

fn on_air<R: RngCore>(room: &mut Room, swarm: &mut Swarm<R>, link: LinkId, tracks: Tracks) {
    let stream = Some((Source::Link(link), tracks));
    room.with_host(swarm, |host, cx| host.on_air(cx, stream));
}

fn ended<R: RngCore>(room: &mut Room, swarm: &mut Swarm<R>, state: State) {
    let lent = room.borrowing.is_lent();
    room.borrowing.end(state);
    if lent {
        room.with_host(swarm, |host, cx| host.on_air(cx, None));
    }
    swarm.dirty = true;
}

/// Why nobody was asked.
fn failure(reason: &DisconnectReason) -> State {
    match reason {
        DisconnectReason::Refused(refusal) => match refusal.reason {
            RefusalReason::Busy | RefusalReason::Full => State::Busy,
            RefusalReason::NotStreaming => State::NotStreaming,
            RefusalReason::Kicked | RefusalReason::Banned => State::Refused,
            _ => State::NotFound,
        },
        DisconnectReason::NotFound | DisconnectReason::Unanswered => State::NotFound,
        DisconnectReason::Closed => State::Refused,
        _ => State::Unreachable,
    }
}
