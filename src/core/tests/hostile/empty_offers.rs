//! Offers that never complete, which cost their sender nothing.
#![allow(clippy::unwrap_used)]

use live_core::id::LinkId;
use live_core::node::{Command, Input, LinkAction, LinkEvent, Moderation};
use live_core::wire::limits;
use live_core::wire::message::{AdmissionPolicy, FreeSlot, Message, Summary};
use serde_json::json;

use super::rig::{PEER_SDP, Rig, peer};

fn names(rig: &Rig) -> Vec<String> {
    rig.view().tree.children.iter().map(|(id, _)| id.to_string()).collect()
}

/// The links that were accepted and are not closed.
fn standing(rig: &Rig) -> usize {
    let accepted = rig
        .actions
        .iter()
        .filter_map(|(link, action)| matches!(action, LinkAction::Accept(_)).then_some(*link));
    accepted.filter(|link| !rig.is_closed(*link)).count()
}

/// The channel opens, and the peer behind it, which can feed two children, joins.
fn join(rig: &mut Rig, link: LinkId, from: &str) {
    rig.link(link, LinkEvent::ChannelOpen);
    let free_slots = vec![FreeSlot { id: peer(from), distance: 0, free: 2, rtt: 0 }];
    let summary = Summary { size: 1, slots: 2, free: 2, free_slots, ..Summary::default() };
    rig.says(link, &Message::Join { name: from.to_owned(), summary, high_water: Vec::new() });
}

#[test]
fn a_slot_is_kept_for_a_moment_and_counts_nobody() {
    let mut host = Rig::host(4);
    (0..4).for_each(|at| assert!(host.offered_by(&format!("X{at}"), 1).is_some()));
    assert_eq!(host.offered_by("A", 1), None, "the slots are kept");
    host.run(1_000);
    assert_eq!(host.offered_by("A", 1), None);
    assert_eq!(host.view().room.as_ref().unwrap().members, 1);
    host.run(600);
    let link = host.offered_by("A", 1).expect("nobody has come");
    host.run(1_000);
    join(&mut host, link, "A");
    assert_eq!(names(&host), ["A"]);
    host.run(500);
    assert_eq!(host.view().room.as_ref().unwrap().members, 2);
}

#[test]
fn a_steady_stream_of_them_does_not_close_a_host() {
    let mut host = Rig::host(4);
    let mut serial = 0;
    // Each of them by a peer that was never seen before.
    let mut attack = |host: &mut Rig, offers: u32| {
        for _ in 0..offers {
            serial += 1;
            host.offered_by(&format!("X{serial}"), 1);
        }
    };
    for name in ["A", "B", "C", "D"] {
        let mut attempts = 0..10;
        let link = loop {
            // Just before an honest one comes, they take every slot there is.
            attack(&mut host, 4);
            let at = attempts.next().expect("is let in within seconds");
            if let Some(link) = host.offered_for(name, &format!("dc_{name}{at}"), "join") {
                break link;
            }
            host.run(700);
        };
        for _ in 0..4 {
            attack(&mut host, 3);
            host.run(250);
        }
        assert!(!host.is_closed(link), "it has time to connect");
        join(&mut host, link, name);
        assert!(names(&host).contains(&name.to_owned()));
    }
    assert!(standing(&host) <= 4 + 4 + limits::EXPECTED, "{} links", standing(&host));
}

#[test]
fn whoever_connects_beyond_the_slots_is_sent_on() {
    let mut host = Rig::host(4);
    let mut accepted = Vec::new();
    // A crowd of slow ones: each time, slots are kept for as many as there are.
    for wave in 0..2 {
        let crowd = (0..100).map(|at| format!("V{wave}-{at}"));
        let links: Vec<_> = crowd.map(|name| (host.offered_by(&name, 1), name)).collect();
        let new: Vec<_> =
            links.into_iter().filter_map(|(link, name)| Some((link?, name))).collect();
        assert_eq!(new.len(), 4);
        accepted.extend(new);
        host.run(1_600);
    }
    accepted.iter().for_each(|(link, name)| join(&mut host, *link, name));
    assert_eq!(host.view().tree.children.len(), 4);
    let adopted = names(&host);
    for (link, name) in &accepted[4..] {
        let sent = host.sent(*link);
        let Some(Message::Leave { ask }) = sent.last() else { panic!("{name}: {sent:?}") };
        assert!(adopted.contains(&ask[0].to_string()), "{name} is sent to a child");
        assert!(host.is_closed(*link));
    }
}

#[test]
fn an_open_link_over_which_nobody_asks_for_anything_is_closed() {
    let mut host = Rig::host(4);
    for intent in ["join", "browse"] {
        let link = host.offered_for("X", &format!("dc_{intent}"), intent).unwrap();
        host.link(link, LinkEvent::ChannelOpen);
        host.run_alive(link, 3);
        assert!(!host.is_closed(link), "{intent}");
        // What such a link does not allow is no word.
        host.says(link, &Message::Rename { name: "X".to_owned() });
        host.run_alive(link, 2);
        assert!(host.is_closed(link), "{intent}");
    }
    let link = host.child("A", Summary { size: 1, slots: 1, ..Summary::default() });
    host.run_alive(link, 10);
    assert!(!host.is_closed(link), "it has said what for");
}

#[test]
fn one_peer_cannot_take_all_links_of_an_index_root() {
    for open in [false, true] {
        let mut root = Rig::lobby();
        for at in 0..limits::LINKS {
            let link = root.offered_for("X", &format!("dc_{at}"), "browse");
            if let Some(link) = link.filter(|_| open) {
                root.link(link, LinkEvent::ChannelOpen);
            }
        }
        assert!(standing(&root) <= limits::LINKS_OF_ONE, "{} links", standing(&root));
        let guest = root.offered_for("G", "dc_g", "browse").expect("there is room");
        root.link(guest, LinkEvent::ChannelOpen);
        assert_eq!(root.sent(guest), [Message::Rooms { cards: Vec::new() }]);
    }
}

#[test]
fn many_that_never_open_give_way_at_an_index_root() {
    let mut root = Rig::lobby();
    for at in 0..2 * limits::LINKS {
        root.offered_for(&format!("X{at}"), "dc", "browse");
    }
    assert_eq!(standing(&root), limits::HALF_OPEN);
    root.run(1_600);
    for at in 0..limits::HALF_OPEN {
        let guest = root.offered_for(&format!("G{at}"), "dc", "browse");
        assert!(guest.is_some(), "those who had time to open give way");
    }
    assert_eq!(standing(&root), limits::HALF_OPEN);
}

#[test]
fn they_hold_no_place_at_the_door_or_at_the_map_or_as_a_standby() {
    let mut host = Rig::host(4);
    let all = |host: &mut Rig, intent: &str, count: usize| {
        (0..count)
            .filter(|at| host.offered_for(&format!("X{at}"), intent, intent).is_some())
            .count()
    };
    assert_eq!(all(&mut host, "browse", limits::OBSERVERS + 4), limits::OBSERVERS);
    assert_eq!(all(&mut host, "standby", 8), 4);
    let knock = Moderation::SetAdmission(AdmissionPolicy::Knock);
    host.handle(Input::Command(Command::Moderate(knock)));
    assert_eq!(all(&mut host, "knock", limits::KNOCKS + 4), limits::KNOCKS);
    host.run(1_600);
    let link = host.offered_for("A", "dc_a", "knock").expect("somebody who is late gives way");
    host.link(link, LinkEvent::ChannelOpen);
    host.says(link, &Message::Knock("Ann".to_owned()));
    assert_eq!(*host.view().join_requests, [(peer("A"), "Ann".to_owned())]);
    let open = Moderation::SetAdmission(AdmissionPolicy::Open);
    host.handle(Input::Command(Command::Moderate(open)));
    for intent in ["browse", "standby"] {
        assert!(host.offered_for("B", intent, intent).is_some(), "{intent}");
    }
}

#[test]
fn one_peer_has_few_links_that_are_not_open() {
    let mut root = Rig::lobby();
    for at in 0..limits::LINKS_OF_ONE {
        assert!(root.offered_for("X", &format!("dc_{at}"), "browse").is_some());
    }
    assert_eq!(standing(&root), limits::HALF_OPEN_OF_ONE);
}

#[test]
fn whoever_has_not_had_time_to_open_does_not_give_way() {
    let mut root = Rig::lobby();
    let first = root.offered_for("X0", "dc", "browse").unwrap();
    for at in 1..limits::HALF_OPEN {
        root.offered_for(&format!("X{at}"), "dc", "browse");
    }
    root.run(1_400);
    assert_eq!(root.offered_for("G", "dc", "browse"), None);
    assert!(!root.is_closed(first));
}

#[test]
fn a_peer_that_restarts_ice_again_and_again_is_not_followed() {
    let mut host = Rig::host(4);
    let link = host.child("A", Summary { size: 1, slots: 1, ..Summary::default() });
    for _ in 0..50 {
        host.text(&json!({ "type": "OFFER", "src": "A", "dst": "N", "payload": {
            "sdp": { "type": "offer", "sdp": PEER_SDP }, "type": "data", "connectionId": "dc_A",
            "metadata": { "p2pLive": { "v": 1, "intent": "join" } }, "restart": true,
        }}));
    }
    let accepts = |(of, action): &&(LinkId, LinkAction)| {
        *of == link && matches!(action, LinkAction::Accept(_))
    };
    assert_eq!(host.actions.iter().filter(accepts).count(), 1 + 4);
    assert!(!host.is_closed(link));
}

#[test]
fn who_looks_at_the_map_without_opening_gives_way_and_a_closed_door_ends_all_looks() {
    let mut host = Rig::host(4);
    let links: Vec<_> = (0..limits::OBSERVERS)
        .map(|at| host.offered_for(&format!("X{at}"), "dc", "browse").unwrap())
        .collect();
    assert_eq!(host.offered_for("A", "early", "browse"), None);
    host.run(1_600);
    let link = host.offered_for("A", "dc", "browse").expect("one that is late gives way");
    assert!(host.is_closed(links[0]));
    host.link(link, LinkEvent::ChannelOpen);
    host.says(link, &Message::Watch { levels: 1 });
    let close = Moderation::SetAdmission(AdmissionPolicy::Locked);
    host.command(Command::Moderate(close));
    assert!(host.is_closed(link));
}

#[test]
fn nobody_waits_at_a_door_that_is_locked() {
    let mut host = Rig::host(4);
    let policy = |policy| Command::Moderate(Moderation::SetAdmission(policy));
    host.command(policy(AdmissionPolicy::Knock));
    let link = host.offered_for("A", "dc", "knock").unwrap();
    host.link(link, LinkEvent::ChannelOpen);
    host.says(link, &Message::Knock("Ann".to_owned()));
    host.command(policy(AdmissionPolicy::Locked));
    assert!(host.is_closed(link) && host.view().join_requests.is_empty());
}
