//! What members ask of the host: who passes how much of it on, and what the host has heard before.

use core::time::Duration;

use indexmap::IndexMap;
use rand_core::RngCore;

use super::seat_leases::Way;
use super::{Room, game};
use crate::identity::{Signed, Verified};
use crate::swarm::Swarm;
use crate::util::bucket::{Bucket, Rate};
use crate::util::id::{LinkId, LinkMap, PeerId};
use crate::util::limits;
use crate::util::time::Time;
use crate::wire::message::{Message, Seat};
use crate::wire::request::{Act, Request, SeatRequest};

const LINK: Rate = Rate {
    interval: Duration::from_millis(1_000 / limits::REQUEST_LINK_RATE as u64),
    burst: limits::REQUEST_LINK_BURST,
};
const AUTHOR: Rate = Rate {
    interval: Duration::from_millis(1_000 / limits::REQUEST_AUTHOR_RATE as u64),
    burst: limits::REQUEST_AUTHOR_BURST,
};

/// The requests of a room's members, as one peer sees them.
#[derive(Default)]
pub(super) struct Requests {
    links: LinkMap<Bucket>,
    authors: IndexMap<(LinkId, PeerId), Bucket>,
    /// The number of the last request of each author that the host has acted on, the latest author
    /// last.
    heard: IndexMap<PeerId, u64>,
    /// The number of the last own request.
    last: u64,
}

impl Requests {
    /// A request comes over `link`. Returns whether it is looked at.
    pub(super) fn take(&mut self, now: Time, link: LinkId) -> bool {
        self.links.retain(|_, bucket| !bucket.is_full(now));
        self.links.entry(link).or_default().take(now, LINK)
    }

    /// It is proven to be this author's. Returns whether it is followed.
    pub(super) fn take_of(&mut self, now: Time, link: LinkId, author: &PeerId) -> bool {
        self.authors.retain(|_, bucket| !bucket.is_full(now));
        self.authors.entry((link, author.clone())).or_default().take(now, AUTHOR)
    }

    /// Whether the host has not acted on this request yet. Where the author's id names no key, the
    /// number is anybody's, and counts for nothing.
    pub(super) fn is_news(&mut self, request: &Request) -> bool {
        let author = &request.author;
        if !author.is_derived() {
            return true;
        }
        if self.heard.get(author).is_some_and(|last| *last >= request.number) {
            return false;
        }
        self.heard.shift_remove(author);
        if self.heard.len() == limits::AUTHORS {
            self.heard.shift_remove_index(0);
        }
        self.heard.insert(author.clone(), request.number);
        true
    }

    /// The number of the next own request. A page that was reloaded numbers by its clock.
    pub(super) fn number(&mut self, now: Time) -> u64 {
        self.last = now.as_millis().max(self.last + 1);
        self.last
    }
}

/// A child passes on what it, or a peer below it, asks of the host.
pub(super) fn received<R: RngCore>(
    room: &mut Room,
    swarm: &mut Swarm<R>,
    link: LinkId,
    child: &PeerId,
    request: Signed<Request>,
) {
    let Some(state) = room.standing.state() else { return };
    if request.since != state.since || !room.requests.take(swarm.now, link) {
        return swarm.note_refused(link);
    }
    let id = state.id.clone();
    let Some(request) = swarm.verify(link, &id, request) else { return };
    let author = &request.author;
    let above = room.place.above(&room.standing, &room.below);
    let concerns = *author != *swarm.id()
        && !above.path.is_some_and(|path| path.contains(author))
        && room.below.children().may_be_below(child, author);
    // A legacy page proves nothing, so it passes on only what needs no proof.
    let Some(signed) = request.signed().filter(|_| concerns) else {
        return swarm.note_refused(link);
    };
    if !room.requests.take_of(swarm.now, link, author) {
        return swarm.note_refused(link);
    }
    if let Some(parent) = room.place.parent() {
        room.below.report_first_child(swarm, parent);
        if swarm.is_legacy(link) {
            room.gatherings.guests.pass_on(swarm.now, link, parent, signed);
        }
        swarm.send(parent, &Message::Request(signed.clone()));
    } else if room.place.is_host() && room.requests.is_news(&request) {
        let way = Way { child, is_legacy: swarm.is_legacy(link) };
        act(room, swarm, &request, Some(way));
    }
}

/// Asks something of the host, who may be this peer itself. Nobody hears it while this peer is
/// detached.
pub(super) fn ask<R: RngCore>(room: &mut Room, swarm: &mut Swarm<R>, wish: Act) {
    let Some(state) = room.standing.state() else { return };
    let (id, since) = (state.id.clone(), state.since);
    let number = room.requests.number(swarm.now);
    let (author, name) = (swarm.id().clone(), room.standing.name.clone());
    let request = swarm.say(Request { since, number, author, name, act: wish }, &id);
    if let (Some(parent), Some(signed)) = (room.place.parent(), request.signed()) {
        swarm.send(parent, &Message::Request(signed.clone()));
    } else if room.place.is_host() {
        act(room, swarm, &request, None);
    }
}

/// The host does what a member asks of it. Its own wishes come by no way.
fn act<R: RngCore>(
    room: &mut Room,
    swarm: &mut Swarm<R>,
    request: &Verified<Request>,
    way: Option<Way<'_>>,
) {
    let Request { author, name, act, .. } = &**request;
    if room.standing.room.as_ref().is_none_or(|record| record.rules().is_out(author)) {
        return;
    }
    match act {
        Act::Seat(kind, SeatRequest { join, tracks, avatar, legacy, stream }) => {
            let seat = Seat {
                tracks: *tracks,
                avatar: *avatar,
                // Legacy pages have no keys.
                legacy: *legacy && !author.is_derived(),
                stream: stream.clone(),
                ..Seat::new(author.clone(), name.clone())
            };
            room.with_host(swarm, |host, cx| host.seat(cx, *kind, (seat, *join), way));
        }
        Act::Game(action) => game::asked(room, swarm, request, action),
        Act::Unknown => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::wire::request::Act;

    fn request(author: &str, number: u64) -> Request {
        let author = PeerId::new(author).unwrap();
        Request { since: 1, number, author, name: String::new(), act: Act::Unknown }
    }

    #[test]
    fn the_numbers_of_an_author_with_a_key_only_grow() {
        let mut requests = Requests::default();
        let key = format!("p{}", "a".repeat(32));
        let mut is_news = |author: &str, number| requests.is_news(&request(author, number));
        assert!(is_news(&key, 5) && !is_news(&key, 5) && !is_news(&key, 4) && is_news(&key, 6));
        assert!(is_news("OLD", 5) && is_news("OLD", 4), "of whom nothing is proven");
    }

    #[test]
    fn memory_is_bounded() {
        let (mut requests, mut now) = (Requests::default(), Time::from_millis(1_000));
        for at in 0..limits::AUTHORS as u64 + 100 {
            now = now + Duration::from_millis(100);
            let mut digest = [0; 20];
            digest[..8].copy_from_slice(&at.to_be_bytes());
            let author = PeerId::derived(&digest);
            if requests.take(now, LinkId(1)) {
                requests.take_of(now, LinkId(1), &author);
            }
            requests.is_news(&request(author.as_str(), 1));
        }
        assert_eq!(requests.heard.len(), limits::AUTHORS);
        assert!(requests.authors.len() < 100, "{}", requests.authors.len());
    }
}
