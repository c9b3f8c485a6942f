//! Few bytes that make a peer send many: the map and the chat's history, asked for again and again.
#![allow(clippy::unwrap_used)]

use live_core::id::LinkId;
use live_core::model::MapPeer;
use live_core::node::{Command, Input, LinkAction, LinkEvent};
use live_core::wire::limits;
use live_core::wire::message::{Message, MessageId, Summary};
use serde_json::json;

use super::rig::{Rig, peer};

fn leaf() -> Summary {
    Summary { size: 1, slots: 1, ..Summary::default() }
}

/// A peer outside the room looks at its map. Returns the link.
fn observer(rig: &mut Rig, from: &str) -> LinkId {
    let before = rig.actions.len();
    rig.text(&json!({ "type": "OFFER", "src": from, "dst": "N", "payload": {
        "sdp": { "type": "offer", "sdp": "v=0" }, "type": "data",
        "connectionId": format!("dc_{from}"), "label": "x", "reliable": true,
        "metadata": { "p2pLive": { "v": 1, "intent": "browse" } }, "serialization": "binary",
    }}));
    let accepts = |(_, action): &&(LinkId, LinkAction)| matches!(action, LinkAction::Accept(_));
    let link = rig.actions[before..].iter().find(accepts).unwrap().0;
    rig.link(link, LinkEvent::ChannelOpen);
    link
}

/// The maps that went out over a link since the test asked last.
fn maps(rig: &mut Rig, link: LinkId) -> Vec<(Vec<MapPeer>, Vec<String>)> {
    let sent = rig.sent(link).into_iter();
    sent.filter_map(|message| match message {
        Message::Map { put, gone } if !put.is_empty() || !gone.is_empty() => {
            Some((put, gone.iter().map(|id| id.to_string()).collect()))
        }
        _ => None,
    })
    .collect()
}

fn map_peer(id: &str, parent: &str) -> MapPeer {
    MapPeer {
        id: peer(id),
        parent: Some(peer(parent)),
        name: id.to_lowercase(),
        rtt: 0,
        below: 0,
        profile: None,
    }
}

/// A host whose child `A` has told of a large subtree, which another child looks at.
fn host_with_map() -> (Rig, LinkId, LinkId) {
    let mut host = Rig::host(8);
    let (a, b) = (host.child("A", leaf()), host.child("B", leaf()));
    host.says(b, &Message::Watch { levels: 1 });
    let mut put = vec![map_peer("A", "N")];
    put.extend((0..100).map(|at| map_peer(&format!("X{at}"), "A")));
    host.says(a, &Message::Map { put, gone: Vec::new() });
    alive(&mut host, &[a, b], 12);
    let told: usize = maps(&mut host, b).iter().map(|(put, _)| put.len()).sum();
    assert!(told >= 102, "{told}");
    (host, a, b)
}

/// Lets time pass while these links live.
fn alive(rig: &mut Rig, links: &[LinkId], seconds: u64) {
    for _ in 0..seconds {
        rig.run(1_000);
        let ping = Message::Ping { at: rig.now.as_millis() };
        links.iter().for_each(|link| rig.link(*link, LinkEvent::Data(ping.encode())));
    }
}

fn count(maps: &[(Vec<MapPeer>, Vec<String>)]) -> usize {
    maps.iter().map(|(put, _)| put.len()).sum()
}

#[test]
fn a_map_that_is_known_is_not_sent_again() {
    let (mut host, a, b) = host_with_map();
    for _ in 0..100 {
        host.says(b, &Message::Watch { levels: 1 });
    }
    assert_eq!(count(&maps(&mut host, b)), 0);
    for _ in 0..50 {
        host.says(b, &Message::Watch { levels: 0 });
        host.says(b, &Message::Watch { levels: 1 });
    }
    alive(&mut host, &[a, b], 3);
    assert!(count(&maps(&mut host, b)) <= 110, "one at the most");
    let asked = host.sent(a).into_iter().filter(|m| matches!(m, Message::Watch { .. })).count();
    assert!(asked <= 1, "the children are not asked again and again");
    // What has to wait comes, nevertheless.
    host.says(b, &Message::Watch { levels: 0 });
    host.says(b, &Message::Watch { levels: 1 });
    alive(&mut host, &[a, b], 12);
    assert!((102..=220).contains(&count(&maps(&mut host, b))));
}

#[test]
fn a_stranger_gets_the_shape_and_no_ids() {
    let (mut host, a, b) = host_with_map();
    let link = observer(&mut host, "SPY");
    for _ in 0..20 {
        host.says(link, &Message::Watch { levels: 1 });
    }
    let told = maps(&mut host, link);
    assert_eq!(count(&told), 102, "once");
    let (put, _) = &told[0];
    assert_eq!((put[0].id.clone(), put[0].parent.clone()), (peer("N"), None));
    for (at, known) in put.iter().enumerate().skip(1) {
        let parent = known.parent.clone().unwrap();
        assert!(known.id.as_str().starts_with('p'), "{}", known.id);
        assert!(put[..at].iter().any(|known| known.id == parent), "a parent comes first");
    }
    let x3 = put.iter().find(|known| known.name == "x3").unwrap().id.to_string();
    // What changes has the same names.
    let gone = vec![peer("X3")];
    host.says(a, &Message::Map { put: vec![map_peer("NEW", "A")], gone });
    alive(&mut host, &[a, b, link], 2);
    let told = maps(&mut host, link);
    let gone: Vec<_> = told.iter().flat_map(|(_, gone)| gone.clone()).collect();
    assert_eq!(gone, [x3]);
    let new = told.iter().flat_map(|(put, _)| put).find(|known| known.name == "new").unwrap();
    assert!(new.id.as_str().starts_with('p'));
    assert_eq!(new.parent, put.iter().find(|known| known.name == "a").map(|a| a.id.clone()));
}

#[test]
fn a_parent_gets_the_map_of_a_subtree_once_in_a_while() {
    let (mut viewer, parent) = Rig::attached();
    let child = viewer.child("C", leaf());
    let mut told = 0;
    for _ in 0..5 {
        for levels in [255, 255, 0, 255] {
            viewer.says(parent, &Message::Watch { levels });
        }
        alive(&mut viewer, &[parent, child], 1);
        told += maps(&mut viewer, parent).iter().filter(|(put, _)| put[0].id == peer("N")).count();
    }
    assert_eq!(told, 1);
}

fn chats(rig: &mut Rig, link: LinkId) -> usize {
    rig.sent(link).iter().filter(|message| matches!(message, Message::Chat(_))).count()
}

fn rejoin(rig: &mut Rig, link: LinkId, high_water: Vec<MessageId>) {
    rig.says(link, &Message::Join { name: String::new(), summary: leaf(), high_water });
}

#[test]
fn history_comes_once_and_then_what_is_newer() {
    let mut host = Rig::host(4);
    let say = |host: &mut Rig, text: String| {
        host.handle(Input::Command(Command::SendChat(text)));
    };
    for line in 0..limits::CHAT_HISTORY {
        say(&mut host, format!("line {line}"));
    }
    let link = host.child("A", leaf());
    assert_eq!(chats(&mut host, link), 100);
    for _ in 0..10 {
        alive(&mut host, &[link], 2);
        rejoin(&mut host, link, Vec::new());
    }
    assert_eq!(chats(&mut host, link), 0, "over the same link");
    // It comes over new links.
    let mut told = 0;
    for _ in 0..10 {
        let link = host.child("A", leaf());
        told += chats(&mut host, link);
        host.run(1_000);
    }
    assert!(told <= 100, "{told}");
    // What it has missed since, it gets.
    let known = host.view().chat.last().unwrap().number;
    let link = host.child("A", leaf());
    say(&mut host, "news".to_owned());
    assert_eq!(chats(&mut host, link), 1);
    alive(&mut host, &[link], 2);
    rejoin(&mut host, link, vec![MessageId { author: peer("N"), number: known }]);
    assert_eq!(chats(&mut host, link), 1, "it was elsewhere when that came");
    alive(&mut host, &[link], 130);
    let link = host.child("A", leaf());
    assert_eq!(chats(&mut host, link), 100, "later it gets all again");
}

#[test]
fn a_child_that_joins_again_and_again_is_told_once() {
    let mut host = Rig::host(4);
    let link = host.child("A", leaf());
    host.sent(link);
    for _ in 0..50 {
        rejoin(&mut host, link, Vec::new());
    }
    assert_eq!(host.sent(link), []);
    alive(&mut host, &[link], 1);
    rejoin(&mut host, link, Vec::new());
    assert!(host.sent(link).iter().any(|said| matches!(said, Message::Adopted { .. })));
}

#[test]
fn a_subtree_that_changes_all_the_time_is_told_of_in_few_messages() {
    let (mut host, a, b) = host_with_map();
    for at in 0..200 {
        let put = vec![map_peer(&format!("Y{at}"), "A")];
        host.says(a, &Message::Map { put, gone: Vec::new() });
        host.run(5);
    }
    alive(&mut host, &[a, b], 2);
    let told = maps(&mut host, b);
    assert_eq!(count(&told), 200);
    assert!(told.len() <= 4, "{} messages", told.len());
}
