//! Children that say that they get no media, again and again.
#![allow(clippy::unwrap_used)]

use live_core::id::LinkId;
use live_core::node::{LinkAction, LinkEvent, Role, SendStats};
use live_core::view::Tracks;
use live_core::wire::message::{Message, Summary};
use serde_json::json;

use super::rig::{Rig, peer, room_of};

fn leaf() -> Summary {
    Summary { size: 1, slots: 1, ..Summary::default() }
}

/// A relay with six slots that gets the host's media, the link to its parent, and a link to each of
/// these children.
fn relay<const N: usize>(children: [&str; N]) -> (Rig, LinkId, [LinkId; N]) {
    let mut relay = Rig::new(Role::Viewer { target: peer("H") }, 6);
    let offer = relay.offers().pop().unwrap();
    let mut room = room_of("H");
    room.on_air = Some(Tracks { audio: true, video: true });
    let parent = relay.adopted(&offer, room, &["H"]);
    relay.link(parent, LinkEvent::Flowing);
    let links = children.map(|child| relay.child(child, leaf()));
    (relay, parent, links)
}

/// Lets time pass in which all links live and those that are fed carry so much.
fn pass(rig: &mut Rig, links: &[LinkId], fed: &[LinkId], sent_bitrate: u32, seconds: u64) {
    for _ in 0..seconds {
        rig.run(1_000);
        let ping = Message::Ping { at: rig.now.as_millis() };
        links.iter().for_each(|link| rig.link(*link, LinkEvent::Data(ping.encode())));
        let sending =
            SendStats { sent_bitrate, target_bitrate: sent_bitrate, ..SendStats::default() };
        fed.iter().for_each(|link| rig.link(*link, LinkEvent::SendStats(sending)));
    }
}

/// A child dials once more and joins over the new link.
fn again(rig: &mut Rig, from: &str, time: u32) -> LinkId {
    let before = rig.actions.len();
    rig.text(&json!({ "type": "OFFER", "src": from, "dst": "N", "payload": {
        "sdp": { "type": "offer", "sdp": "v=0" }, "type": "data", "label": "x", "reliable": true,
        "connectionId": format!("dc_{from}_{time}"), "serialization": "binary",
        "metadata": { "p2pLive": { "v": 1, "intent": "join", "slots": 1 } },
    }}));
    let accepts = |(_, action): &&(LinkId, LinkAction)| matches!(action, LinkAction::Accept(_));
    let link = rig.actions[before..].iter().find(accepts).unwrap().0;
    rig.link(link, LinkEvent::ChannelOpen);
    let join = Message::Join { name: String::new(), summary: leaf(), high_water: Vec::new() };
    rig.says(link, &join);
    link
}

fn children(rig: &Rig) -> Vec<String> {
    rig.view().tree.children.iter().map(|(id, _)| id.to_string()).collect()
}

fn was_sent_away(rig: &mut Rig, link: LinkId) -> bool {
    rig.sent(link).iter().any(|message| matches!(message, Message::Leave { .. }))
}

#[test]
fn two_who_complain_again_and_again_move_nobody_but_themselves() {
    let (mut relay, parent, [ann, bob, x, y]) = relay(["ANN", "BOB", "X", "Y"]);
    let all = [parent, ann, bob, x, y];
    for _ in 0..12 {
        pass(&mut relay, &all, &all[1..], 1_500, 10);
        relay.says(x, &Message::MediaTimeout);
        relay.says(y, &Message::MediaTimeout);
        assert_eq!(relay.view().tree.max_children, 6, "the links show that it delivers");
    }
    assert!(was_sent_away(&mut relay, x) && was_sent_away(&mut relay, y));
    assert!(!was_sent_away(&mut relay, ann) && !was_sent_away(&mut relay, bob));
    assert_eq!(children(&relay), ["ANN", "BOB"]);
}

#[test]
fn one_peer_is_one_voice_however_many_links_it_has() {
    let (mut relay, parent, [ann, x]) = relay(["ANN", "X"]);
    // Nothing is reported yet, so nothing speaks against it.
    relay.says(x, &Message::MediaTimeout);
    for time in 0..3 {
        pass(&mut relay, &[parent, ann, x], &[], 0, 2);
        let link = again(&mut relay, "X", time);
        relay.says(link, &Message::MediaTimeout);
        relay.says(link, &Message::MediaTimeout);
    }
    assert_eq!(relay.view().tree.max_children, 6);
    assert_eq!(children(&relay), ["ANN", "X"]);
}

#[test]
fn a_relay_that_sends_nothing_stops_and_keeps_those_that_do_not_complain() {
    let (mut relay, parent, [x, y, ann, bob]) = relay(["X", "Y", "ANN", "BOB"]);
    let all = [parent, x, y, ann, bob];
    // One more is on its way.
    relay.offered_by("CAL", 1).unwrap();
    pass(&mut relay, &all, &all[1..], 0, 5);
    relay.says(x, &Message::MediaTimeout);
    assert_eq!(relay.view().tree.max_children, 6, "one may be wrong");
    relay.says(y, &Message::MediaTimeout);
    assert_eq!(relay.view().tree.max_children, 2, "who is on its way has seen nothing yet");
    assert!(was_sent_away(&mut relay, x) && was_sent_away(&mut relay, y));
    assert_eq!(children(&relay), ["ANN", "BOB"], "who does not complain may well see something");
    relay.says(ann, &Message::MediaTimeout);
    relay.says(bob, &Message::MediaTimeout);
    assert!(children(&relay).is_empty());
    assert!(relay.offered_by("DAN", 1).is_none(), "there is no slot left");
}
