//! Wishes for seats in the conference, each of which everyone is told of.
#![allow(clippy::unwrap_used)]

use live_core::id::LinkId;
use live_core::identity::Signed;
use live_core::node::LinkEvent;
use live_core::wire::limits;
use live_core::wire::message::{Decision, Message, Order, Seat, Summary};

use super::rig::{Rig, peer};

fn subtree(size: u32) -> Summary {
    Summary { size, height: u32::from(size > 1), slots: 1, ..Summary::default() }
}

fn wish(id: &str, name: &str, join: bool) -> Message {
    Message::ConferenceUpdate { id: peer(id), name: name.to_owned(), join, stream: None }
}

fn seat(id: &str, name: &str) -> Option<Seat> {
    Some(Seat { id: peer(id), name: name.to_owned(), stream: None })
}

/// The content of the orders among messages.
fn decisions(messages: &[Message]) -> Vec<Decision> {
    let decision = |message: &Message| match message {
        Message::Order(order) => Some(order.decision.clone()),
        _ => None,
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
    let mut host = Rig::host(8);
    let (a, b) = (host.child("A", subtree(1)), host.child("B", subtree(1)));
    host.says(a, &wish("A", "Ann", true));
    let news = told(&mut host, b);
    assert_eq!(decisions(&news), [Decision::Seat(0, seat("A", "Ann"))]);
    assert!(news.len() == 1 && news[0].encode().len() < 120, "without a signature");
    // What changes nothing is told to nobody.
    host.says(a, &wish("A", "Ann", true));
    host.says(b, &wish("B", "Bob", false));
    assert_eq!(told(&mut host, b), []);
    host.says(b, &wish("B", "Bob", true));
    host.says(a, &wish("A", "", false));
    let changes = [Decision::Seat(1, seat("B", "Bob")), Decision::Seat(0, None)];
    assert_eq!(decisions(&told(&mut host, b)), changes);
    let c = host.child("C", subtree(1));
    let adopted = host.sent(c).into_iter().find_map(|message| match message {
        Message::Adopted { orders, .. } => Some(orders),
        _ => None,
    });
    let orders: Vec<_> = adopted.unwrap().into_iter().map(Message::Order).collect();
    assert_eq!(decisions(&orders), changes);
}

#[test]
fn nobody_takes_or_leaves_a_seat_for_another() {
    let mut host = Rig::host(8);
    let (a, b) = (host.child("A", subtree(1)), host.child("B", subtree(1)));
    let relay = host.child("R", subtree(3));
    host.says(b, &wish("B", "Bob", true));
    told(&mut host, b);
    for (link, id) in [(a, "B"), (a, "Z"), (a, "N"), (relay, "B"), (relay, "N")] {
        for join in [true, false] {
            host.says(link, &wish(id, "Mallory", join));
            assert_eq!(told(&mut host, b), [], "{id}");
        }
    }
    host.says(relay, &wish("Z", "Zoe", true));
    assert_eq!(told(&mut host, b).len(), 1, "it may be below the relay");
    assert!(!host.is_closed(a) && !host.is_closed(relay));

    // A relay asks the same before it passes a wish on.
    let (mut viewer, parent) = Rig::attached();
    let leaf = viewer.child("L", subtree(1));
    viewer.sent(parent);
    for id in ["H", "N", "Z"] {
        viewer.says(leaf, &wish(id, "Mallory", true));
    }
    assert_eq!(viewer.sent(parent), []);
    viewer.says(leaf, &wish("L", "Lea", true));
    assert_eq!(viewer.sent(parent).last(), Some(&wish("L", "Lea", true)));
}

#[test]
fn a_flood_of_wishes_is_a_trickle_to_everyone() {
    let mut host = Rig::host(8);
    let (a, b) = (host.child("A", subtree(1)), host.child("B", subtree(1)));
    let flood = |host: &mut Rig| {
        for at in 0..1_000 {
            host.says(a, &wish("A", &format!("name {at}"), at % 3 > 0));
        }
    };
    flood(&mut host);
    assert!(told(&mut host, b).len() <= limits::SEAT_BURST as usize);
    for _ in 0..5 {
        host.run(1_000);
        let ping = Message::Ping { at: 1 };
        [a, b].iter().for_each(|link| host.link(*link, LinkEvent::Data(ping.encode())));
        flood(&mut host);
    }
    assert!(told(&mut host, b).len() <= 5);
    host.says(b, &wish("B", "Bob", true));
    assert_eq!(told(&mut host, b).len(), 1, "others are not hindered");
}

#[test]
fn a_viewer_passes_each_change_on_once() {
    let (mut viewer, parent) = Rig::attached();
    let child = viewer.child("C", subtree(1));
    told(&mut viewer, child);
    let change = |number, at, seat| {
        let decision = Decision::Seat(at, seat);
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
