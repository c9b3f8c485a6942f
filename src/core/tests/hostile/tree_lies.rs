//! Lies about the tree: subtrees that cannot be, free slots that are none, a parent that counts
//! wrong.
#![allow(clippy::unwrap_used)]

use live_core::id::LinkId;
use live_core::node::LinkEvent;
use live_core::wire::limits;
use live_core::wire::message::{FreeSlot, Message, ReparentHint, Summary};

use super::rig::{Rig, peer, room_of};

fn places(names: &[&str], free: u32) -> Vec<FreeSlot> {
    names.iter().map(|id| FreeSlot { id: peer(id), distance: 0, free, rtt: 0 }).collect()
}

/// A peer that claims free slots for itself.
fn with_slots(id: &str, free: u32) -> Summary {
    Summary { size: 1, slots: free, free, free_slots: places(&[id], free), ..Summary::default() }
}

/// A peer asks for a slot where there is none; returns whom it is told to ask.
fn refused(rig: &mut Rig, from: &str) -> Vec<String> {
    rig.signalled.clear();
    assert_eq!(rig.offered_by(from, 1), None);
    let answer = rig.signalled("ANSWER").pop().unwrap();
    let ask = &answer["payload"]["p2pLive"]["refuse"]["ask"];
    serde_json::from_value(ask.clone()).unwrap()
}

/// Lets time pass while these links live.
fn alive(rig: &mut Rig, links: &[LinkId], seconds: u64) {
    for _ in 0..seconds {
        rig.run(1_000);
        let ping = Message::Ping { at: rig.now.as_millis() };
        links.iter().for_each(|link| rig.link(*link, LinkEvent::Data(ping.encode())));
    }
}

#[test]
fn a_subtree_of_four_billion_peers_is_none() {
    let mut host = Rig::host(8);
    let huge = Summary {
        size: u32::MAX,
        height: u32::MAX,
        slots: u32::MAX,
        free: u32::MAX,
        free_slots: places(&["A"], u32::MAX),
        displaceable: Vec::new(),
    };
    let alone = host.child("A", Summary { height: 0, ..huge.clone() });
    alive(&mut host, &[alone], 25);
    assert_eq!(host.view().room.as_ref().unwrap().members, 2, "nobody is below a leaf");
    let links = ["B", "C", "D"].map(|id| host.child(id, huge.clone()));
    alive(&mut host, &[alone, links[0], links[1], links[2]], 25);
    let members = host.view().room.as_ref().unwrap().members;
    assert_eq!(members, limits::MEMBERS, "all of them together are no more");
}

#[test]
fn a_parent_counts_no_more_than_there_can_be() {
    let mut viewer = Rig::viewer();
    let offer = viewer.offers().pop().unwrap();
    let parent = viewer.adopted(&offer, room_of("Z"), &["Z", "H"]);
    viewer.says(parent, &Message::Members { count: u32::MAX, depth: Some(u32::MAX) });
    assert_eq!(viewer.view().room.as_ref().unwrap().members, limits::MEMBERS);
    // No place is above those of the host's children.
    for _ in 0..10 {
        let hint = ReparentHint { id: peer("LIE"), depth: 0, displaces: false };
        viewer.says(parent, &Message::Backups { peers: Vec::new(), hint: Some(hint) });
        alive(&mut viewer, &[parent], 2);
    }
    let tries = viewer.offers().iter().filter(|offer| offer["dst"] == "LIE").count();
    assert_eq!(tries, 0, "one level up is not worth a move");
    assert_eq!(viewer.view().tree.parent, Some(peer("H")));
}

#[test]
fn who_comes_back_is_sent_elsewhere_and_the_liar_is_believed_less() {
    let mut host = Rig::host(2);
    let liar = host.child("LIAR", with_slots("LIAR", u32::MAX));
    let honest = host.child("ANN", with_slots("ANN", 4));
    assert_eq!(refused(&mut host, "X")[0], "LIAR", "it claims the most");
    alive(&mut host, &[liar, honest], 3);
    assert_eq!(refused(&mut host, "X")[0], "ANN", "X was not taken there");
    alive(&mut host, &[liar, honest], 3);
    for joiner in ["Y", "Z"] {
        assert_eq!(refused(&mut host, joiner)[0], "ANN");
    }
    // What it says again changes nothing; that it takes somebody in does.
    host.says(liar, &Message::Summary(with_slots("LIAR", u32::MAX)));
    assert_eq!(refused(&mut host, "V")[0], "ANN");
    let taken = Summary { size: 2, height: 1, ..with_slots("LIAR", 63) };
    host.says(liar, &Message::Summary(taken));
    alive(&mut host, &[liar, honest], 3);
    assert_eq!(refused(&mut host, "W")[0], "LIAR");
}

#[test]
fn a_child_that_has_taken_somebody_in_is_not_to_blame() {
    let mut host = Rig::host(2);
    let first = host.child("ANN", with_slots("ANN", 9));
    let second = host.child("BOB", with_slots("BOB", 3));
    assert_eq!(refused(&mut host, "X")[0], "ANN");
    let taken = Summary { size: 2, height: 1, ..with_slots("ANN", 8) };
    host.says(first, &Message::Summary(taken));
    alive(&mut host, &[first, second], 3);
    assert_eq!(refused(&mut host, "X")[0], "BOB", "it does not ask there again");
    assert_eq!(refused(&mut host, "Y")[0], "ANN", "but others do");
}

#[test]
fn liars_are_not_the_only_ones_that_are_named() {
    let mut host = Rig::host(10);
    for liar in 0..9 {
        let names = ["A", "B", "C", "D"].map(|name| format!("LIE{liar}{name}"));
        let names = names.each_ref().map(String::as_str);
        let free_slots = places(&names, 60);
        let summary = Summary { size: 1, slots: 60, free: 60, free_slots, ..Summary::default() };
        host.child(&format!("LIAR{liar}"), summary);
    }
    // It is full, but knows of places below it.
    host.child("ANN", Summary { size: 9, height: 2, slots: 4, ..Summary::default() });
    let named = |ask: Vec<String>| ask.iter().any(|id| id == "ANN");
    let asked = (0..40).map(|joiner| refused(&mut host, &format!("X{joiner}")));
    let honest = asked.filter(|ask| named(ask.clone())).count();
    assert!((3..20).contains(&honest), "two of eight are chosen among ten: {honest} of 40");
}

#[test]
fn a_way_that_leads_through_oneself_or_is_endless_is_left() {
    let endless: Vec<_> = (0..limits::PATH).map(|at| format!("P{at}")).collect();
    let endless: Vec<_> = endless.iter().map(|id| peer(id)).collect();
    for path in [vec![peer("H"), peer("N"), peer("B")], endless] {
        let (mut viewer, parent) = Rig::attached();
        viewer.says(parent, &Message::Path { path: Some(path) });
        assert!(viewer.is_closed(parent));
    }
}

#[test]
fn nobody_adopts_a_peer_that_is_above_it() {
    for intent in ["join", "reparent", "standby"] {
        let mut viewer = Rig::viewer();
        let offer = viewer.offers().pop().unwrap();
        viewer.refuse(&offer, "full", &["B"]);
        let offer = viewer.offers().pop().unwrap();
        viewer.adopted(&offer, room_of("H"), &["H", "B"]);
        for above in ["H", "B"] {
            assert_eq!(viewer.offered_for(above, "dc", intent), None, "{above} for {intent}");
        }
        assert!(viewer.offered_for("C", "dc", intent).is_some());
    }
}
