//! Wishes for seats in the conference, each of which everyone is told of.
#![allow(clippy::unwrap_used)]

use live_core::id::{LinkId, PeerId};
use live_core::identity::{Keypair, Signed};
use live_core::model::GatheringKind;
use live_core::node::{Command, GatheringCommand, Input, LinkEvent, Moderation};
use live_core::wire::limits;
use live_core::wire::message::{Decision, Message, Order, Seat, Summary};
use live_core::wire::request::{Act, Request, SeatRequest};

use super::keyed;
use super::rig::{Rig, peer};

const CONFERENCE: GatheringKind = GatheringKind::Conference;

fn subtree(size: u32) -> Summary {
    Summary { size, height: u32::from(size > 1), slots: 1, ..Summary::default() }
}

/// What a peer without a key asks of the host in the room of this node.
fn wish(rig: &Rig, id: &str, name: &str, join: bool) -> Message {
    Message::Request(Signed::unproven(request(rig, &peer(id), 1, name, join)))
}

fn request(rig: &Rig, author: &PeerId, number: u64, name: &str, join: bool) -> Request {
    let since = rig.view().room.as_ref().unwrap().since;
    let act = Act::Seat(CONFERENCE, SeatRequest { join, ..SeatRequest::default() });
    Request { since, number, author: author.clone(), name: name.to_owned(), act }
}

fn wishes(rig: &mut Rig, link: LinkId, id: &str, name: &str, join: bool) {
    let said = wish(rig, id, name, join);
    rig.says(link, &said);
}

/// What `signer` gives out as the wish of `author` for a seat.
fn signed(rig: &Rig, signer: &Keypair, author: &Keypair, number: u64, join: bool) -> Message {
    let room = rig.view().room.as_ref().unwrap().id.clone();
    Message::Request(Signed::new(request(rig, author.id(), number, "Kid", join), &room, signer))
}

fn seat(id: &str, name: &str) -> Option<Seat> {
    Some(Seat::new(peer(id), name.to_owned()))
}

/// A host whose conference is open.
fn opened(mut host: Rig) -> Rig {
    let open = Command::Gathering(CONFERENCE, GatheringCommand::Open);
    host.handle(Input::Command(open));
    host
}

/// The content of the orders among messages; numbers of seats are left out.
fn decisions(messages: &[Message]) -> Vec<Decision> {
    let decision = |message: &Message| {
        let Message::Order(order) = message else { return None };
        Some(match order.decision.clone() {
            Decision::Seat(kind, at, Some(seat)) => {
                Decision::Seat(kind, at, Some(Seat { number: 0, ..seat }))
            }
            decision => decision,
        })
    };
    messages.iter().filter_map(decision).collect()
}

/// What a neighbour is told of the room as a whole, and of its seats.
fn told(rig: &mut Rig, link: LinkId) -> Vec<Message> {
    let of_seats = |message: &Message| matches!(message, Message::Room(_) | Message::Order(_));
    rig.sent(link).into_iter().filter(of_seats).collect()
}

#[test]
fn a_change_is_told_in_a_few_bytes_and_whole_to_newcomers() {
    let mut host = opened(Rig::host(8));
    let (a, b) = (host.child("A", subtree(1)), host.child("B", subtree(1)));
    wishes(&mut host, a, "A", "Ann", true);
    let news = told(&mut host, b);
    assert_eq!(decisions(&news), [Decision::Seat(CONFERENCE, 0, seat("A", "Ann"))]);
    assert!(news.len() == 1 && news[0].encode().len() < 200, "without a signature");
    // What changes nothing is told to nobody.
    wishes(&mut host, a, "A", "Ann", true);
    wishes(&mut host, b, "B", "Bob", false);
    assert_eq!(told(&mut host, b), []);
    wishes(&mut host, b, "B", "Bob", true);
    wishes(&mut host, a, "A", "", false);
    let changes =
        [Decision::Seat(CONFERENCE, 1, seat("B", "Bob")), Decision::Seat(CONFERENCE, 0, None)];
    assert_eq!(decisions(&told(&mut host, b)), changes);
    let c = host.child("C", subtree(1));
    let adopted = host.sent(c).into_iter().find_map(|message| match message {
        Message::Adopted { orders, .. } => Some(orders),
        _ => None,
    });
    let orders: Vec<_> = adopted.unwrap().into_iter().map(Message::Order).collect();
    let open = Decision::Gathering(CONFERENCE, true);
    assert_eq!(decisions(&orders), [&[open][..], &changes].concat());
}

#[test]
fn nobody_takes_or_leaves_a_seat_for_another() {
    let mut host = opened(Rig::host(8));
    let (a, b) = (host.child("A", subtree(1)), host.child("B", subtree(1)));
    let relay = host.child("R", subtree(3));
    wishes(&mut host, b, "B", "Bob", true);
    told(&mut host, b);
    for (link, id) in [(a, "B"), (a, "Z"), (a, "N"), (relay, "B"), (relay, "N")] {
        for join in [true, false] {
            wishes(&mut host, link, id, "Mallory", join);
            assert_eq!(told(&mut host, b), [], "{id}");
        }
    }
    wishes(&mut host, relay, "Z", "Zoe", true);
    assert_eq!(told(&mut host, b).len(), 1, "it may be below the relay");
    assert!(!host.is_closed(a) && !host.is_closed(relay));

    // A relay asks the same before it passes a wish on.
    let (mut viewer, parent) = Rig::attached();
    let leaf = viewer.child("L", subtree(1));
    viewer.sent(parent);
    for id in ["H", "N", "Z"] {
        wishes(&mut viewer, leaf, id, "Mallory", true);
    }
    assert_eq!(viewer.sent(parent), []);
    let said = wish(&viewer, "L", "Lea", true);
    viewer.says(leaf, &said);
    assert_eq!(viewer.sent(parent).last(), Some(&said));
}

#[test]
fn a_peer_far_below_asks_for_itself_and_nobody_in_its_name() {
    let mut host = opened(keyed::hosting());
    let (relay, other, deep) = (keyed::key(2), keyed::key(3), keyed::key(4));
    let (link, watcher) = (keyed::child(&mut host, &relay, 3), keyed::child(&mut host, &other, 1));
    told(&mut host, watcher);
    let said = signed(&host, &deep, &deep, 7, true);
    host.says(link, &said);
    let seat = Seat::new(deep.id().clone(), "Kid".to_owned());
    assert_eq!(decisions(&told(&mut host, watcher)), [Decision::Seat(CONFERENCE, 0, Some(seat))]);
    // The same again, once the seat is given back, is no wish.
    let left = signed(&host, &deep, &deep, 8, false);
    host.says(link, &left);
    assert_eq!(decisions(&told(&mut host, watcher)), [Decision::Seat(CONFERENCE, 0, None)]);
    for replayed in [&said, &left] {
        host.says(link, replayed);
        assert_eq!(told(&mut host, watcher), []);
    }
    assert!(!host.is_closed(link), "an honest peer may repeat what it cannot know to be old");
    // Whoever passes on what another has not signed is left.
    for number in [9, 10] {
        assert!(!host.is_closed(link));
        let forged = signed(&host, &relay, &deep, number, true);
        host.says(link, &forged);
        assert_eq!(told(&mut host, watcher), []);
    }
    assert!(host.is_closed(link) && !host.is_closed(watcher));
}

#[test]
fn a_relay_passes_a_request_on_untouched_and_no_forged_one() {
    let (mut rig, parent) = keyed::below(&keyed::key(2));
    let (kid, deep) = (keyed::key(3), keyed::key(4));
    let link = keyed::child(&mut rig, &kid, 2);
    rig.sent(parent);
    let said = signed(&rig, &deep, &deep, 7, true);
    rig.says(link, &said);
    assert_eq!(rig.sent(parent).last(), Some(&said));
    let forged = |rig: &Rig, number| signed(rig, &kid, &deep, number, false);
    let unproven = Message::Request(Signed::unproven(request(&rig, deep.id(), 9, "Kid", false)));
    for forged in [forged(&rig, 8), unproven] {
        rig.says(link, &forged);
        assert_eq!(rig.sent(parent), []);
    }
    assert!(rig.is_closed(link) && !rig.is_closed(parent));
}

/// The host keeps the seats of legacy pages until their gateways say that they are gone.
#[test]
fn who_has_a_key_is_no_legacy_page() {
    let mut host = opened(keyed::hosting());
    let kid = keyed::key(2);
    let link = keyed::child(&mut host, &kid, 1);
    host.sent(link);
    let room = host.view().room.as_ref().unwrap().id.clone();
    let seat = SeatRequest { join: true, legacy: true, ..SeatRequest::default() };
    let wish = request(&host, kid.id(), 7, "Kid", true);
    let wish = Request { act: Act::Seat(CONFERENCE, seat), ..wish };
    host.says(link, &Message::Request(Signed::new(wish, &room, &kid)));
    let seat = Seat::new(kid.id().clone(), "Kid".to_owned());
    assert_eq!(decisions(&told(&mut host, link)), [Decision::Seat(CONFERENCE, 0, Some(seat))]);
    host.run(70_000);
    assert!(host.view().conference.members.is_empty(), "it has not asked again");
}

/// Nothing proves that peers without keys exist, so that a relay could invent as many as there are
/// seats.
#[test]
fn a_relay_takes_few_seats_for_peers_without_keys_and_none_when_it_is_gone() {
    let mut host = opened(keyed::hosting());
    let (eve, bob) = (keyed::key(2), keyed::key(3));
    let [link, other] = [&eve, &bob].map(|peer| keyed::child(&mut host, peer, 50));
    let invents = |host: &mut Rig, link, letter: &str, legacy| {
        for at in 0..8 {
            let wish = request(host, &peer(&format!("{letter}{at}")), 1, "Nobody", true);
            let seat = SeatRequest { join: true, legacy, ..SeatRequest::default() };
            let wish = Request { act: Act::Seat(CONFERENCE, seat), ..wish };
            host.says(link, &Message::Request(Signed::unproven(wish)));
        }
    };
    let alive = |host: &mut Rig, links: &[LinkId], seconds| {
        for _ in 0..seconds {
            host.run(1_000);
            let ping = Message::Ping { at: 1 };
            links.iter().for_each(|link| host.link(*link, LinkEvent::Data(ping.encode())));
        }
    };
    let taken = |host: &Rig| -> Vec<String> {
        let members = &host.view().conference.members;
        members.iter().map(|member| member.peer.to_string()).collect()
    };
    invents(&mut host, link, "E", true);
    assert_eq!(taken(&host), ["E0", "E1"]);
    alive(&mut host, &[link, other], 5);
    invents(&mut host, link, "F", false);
    assert_eq!(taken(&host), ["E0", "E1"], "under other names, too");
    invents(&mut host, other, "B", true);
    assert_eq!(taken(&host), ["E0", "E1", "B0", "B1"], "others have their own share");
    // They are kept as long as the relay says that they are used.
    for _ in 0..4 {
        alive(&mut host, &[link, other], 20);
        invents(&mut host, link, "E", true);
    }
    assert_eq!(taken(&host), ["E0", "E1"]);
    host.link(link, LinkEvent::ChannelClosed);
    alive(&mut host, &[other], 35);
    assert_eq!(taken(&host), [""; 0]);
}

#[test]
fn a_request_of_an_earlier_opening_is_void() {
    let mut host = opened(keyed::hosting());
    let kid = keyed::key(2);
    let link = keyed::child(&mut host, &kid, 1);
    let room = host.view().room.as_ref().unwrap().id.clone();
    let now = request(&host, kid.id(), 7, "Kid", true);
    let then = Request { since: now.since - 1, ..now };
    host.sent(link);
    host.says(link, &Message::Request(Signed::new(then, &room, &kid)));
    assert_eq!(told(&mut host, link), []);
    assert!(!host.is_closed(link), "it may have been under way for long");
}

#[test]
fn a_flood_of_wishes_is_a_trickle_to_everyone() {
    let mut host = opened(Rig::host(8));
    let (a, b) = (host.child("A", subtree(1)), host.child("B", subtree(1)));
    let flood = |host: &mut Rig| {
        for at in 0..1_000 {
            wishes(host, a, "A", &format!("name {at}"), at % 3 > 0);
        }
    };
    flood(&mut host);
    assert!(told(&mut host, b).len() <= limits::REQUEST_AUTHOR_BURST as usize);
    for _ in 0..5 {
        host.run(1_000);
        let ping = Message::Ping { at: 1 };
        [a, b].iter().for_each(|link| host.link(*link, LinkEvent::Data(ping.encode())));
        flood(&mut host);
    }
    assert!(told(&mut host, b).len() <= 5 * limits::REQUEST_AUTHOR_RATE as usize);
    wishes(&mut host, b, "B", "Bob", true);
    assert_eq!(told(&mut host, b).len(), 1, "others are not hindered");
}

#[test]
fn a_viewer_passes_each_change_on_once() {
    let (mut viewer, parent) = Rig::attached();
    let child = viewer.child("C", subtree(1));
    told(&mut viewer, child);
    let change = |number, at, seat| {
        let decision = Decision::Seat(CONFERENCE, at, seat);
        Message::Order(Signed::unproven(Order { since: 1_000, number, decision }))
    };
    for number in [1, 2, 2, 1] {
        viewer.says(parent, &change(number, 0, seat("A", &format!("{number}"))));
    }
    let news = [change(1, 0, seat("A", "1")), change(2, 0, seat("A", "2"))];
    assert_eq!(told(&mut viewer, child), news);
    viewer.says(parent, &change(4, limits::SEATS as u32, seat("A", "far out")));
    viewer.says(child, &change(5, 0, None));
    let late = viewer.child("D", subtree(1));
    let adopted = viewer.sent(late).into_iter().find_map(|message| match message {
        Message::Adopted { orders, .. } => Some(orders),
        _ => None,
    });
    let orders: Vec<_> = adopted.unwrap().into_iter().map(Message::Order).collect();
    assert_eq!(orders, [change(2, 0, seat("A", "2"))]);
}

#[test]
fn no_seat_is_given_while_it_is_closed_nor_to_who_was_removed_nor_where_none_is_left() {
    let mut host = Rig::host(16);
    let links: Vec<_> = (0..10)
        .map(|at| {
            let id = format!("A{at}");
            (host.child(&id, subtree(1)), id)
        })
        .collect();
    let (first, id) = links[0].clone();
    wishes(&mut host, first, &id, "Ann", true);
    assert_eq!(decisions(&told(&mut host, links[1].0)), [], "it is not open");
    let mut host = opened(host);
    let remove = GatheringCommand::Remove(peer(&id));
    host.handle(Input::Command(Command::Gathering(CONFERENCE, remove)));
    told(&mut host, links[1].0);
    wishes(&mut host, first, &id, "Ann", true);
    assert_eq!(told(&mut host, links[1].0), [], "the host has sent it away");
    told(&mut host, first);
    for (link, id) in &links[1..] {
        wishes(&mut host, *link, id, "Ann", true);
    }
    let given = decisions(&told(&mut host, first)).len();
    assert_eq!(given, limits::CONFERENCE_SEATS as usize);
}

#[test]
fn a_relay_passes_on_nothing_in_the_name_of_those_above_it_or_its_own() {
    let (mut viewer, parent) = Rig::attached();
    let relay = viewer.child("R", subtree(3));
    viewer.sent(parent);
    for id in ["H", "N"] {
        wishes(&mut viewer, relay, id, "Mallory", true);
    }
    assert_eq!(viewer.sent(parent), []);
    let said = wish(&viewer, "Z", "Zoe", true);
    viewer.says(relay, &said);
    assert_eq!(viewer.sent(parent).last(), Some(&said));
}

#[test]
fn who_is_banned_asks_for_nothing_through_a_relay() {
    let mut host = opened(keyed::hosting());
    let (relay, watcher, eve) = (keyed::key(2), keyed::key(3), keyed::key(4));
    let (link, other) = (keyed::child(&mut host, &relay, 3), keyed::child(&mut host, &watcher, 1));
    host.command(Command::Moderate(Moderation::Ban(eve.id().clone())));
    told(&mut host, other);
    let said = signed(&host, &eve, &eve, 7, true);
    host.says(link, &said);
    assert_eq!(told(&mut host, other), []);
    assert!(!host.is_closed(link), "it may not know yet");
}

#[test]
fn a_relay_that_invents_authors_is_cut_off_after_a_few_requests() {
    let mut host = opened(Rig::host(8));
    let relay = host.child("R", subtree(3));
    let before = host.node.refused();
    for at in 0..500 {
        wishes(&mut host, relay, &format!("Z{at}"), "Nobody", false);
    }
    let refused = host.node.refused() - before;
    assert_eq!(refused, 500 - u64::from(limits::REQUEST_LINK_BURST));
    assert!(!host.is_closed(relay));
}
