//! Somebody who answers in another's name: a signalling server that puts itself in between, or a
//! peer that has registered an id that is not its own.
#![allow(clippy::unwrap_used)]

use live_core::identity::Keypair;
use live_core::node::LinkEvent;
use live_core::view::Problem;
use live_core::wire::message::{Message, Summary};
use serde_json::json;

use super::keyed::*;
use super::rig::{OWN_SDP, Rig};

const SWAPPED: &str = "v=0\r\na=fingerprint:sha-256 EE\r\n";

fn problem(rig: &mut Rig) -> Option<Problem> {
    rig.run(1_000);
    rig.view().problem.clone()
}

/// The node has dialled the host, and this comes first over the open link.
fn first_word(word: impl Fn(&str) -> Message) -> (Rig, bool) {
    let mut rig = viewer();
    let offer = rig.offers().pop().unwrap();
    rig.answer(&offer, 1);
    let link = rig.dialled();
    rig.link(link, LinkEvent::ChannelOpen);
    rig.says(link, &word(&connection(&offer)));
    let closed = rig.is_closed(link);
    (rig, closed)
}

#[test]
fn whoever_cannot_prove_its_id_is_nobody() {
    let (rig, closed) = first_word(|connection| hello(&host(), connection, true));
    assert!(!closed && rig.view().problem.is_none());
    let forged: [fn(&str) -> Message; 3] = [
        |connection| hello(&key(9), connection, true),
        |_| hello(&host(), "dc_another", true),
        |_| adoption(room(&host(), 10, "Title"), &[&host()]),
    ];
    for word in forged {
        let (mut rig, closed) = first_word(word);
        assert!(closed);
        assert_eq!(problem(&mut rig), Some(Problem::Intercepted));
    }
}

#[test]
fn a_server_that_swaps_fingerprints_is_found_out() {
    let mut rig = viewer();
    let offer = rig.offers().pop().unwrap();
    rig.text(&json!({ "type": "ANSWER", "src": offer["dst"], "dst": "N", "payload": {
        "sdp": { "type": "answer", "sdp": SWAPPED }, "type": "data",
        "connectionId": connection(&offer), "p2pLive": { "v": 1 },
    }}));
    let link = rig.dialled();
    rig.link(link, LinkEvent::ChannelOpen);
    // The host has signed its own.
    rig.says(link, &hello(&host(), &connection(&offer), true));
    assert!(rig.is_closed(link));
    assert_eq!(problem(&mut rig), Some(Problem::Intercepted));
}

#[test]
fn a_server_cannot_make_one_of_ours_an_original_page() {
    let mut rig = viewer();
    let offer = rig.offers().pop().unwrap();
    rig.text(&json!({ "type": "ANSWER", "src": offer["dst"], "dst": "N", "payload": {
        "sdp": { "type": "answer", "sdp": OWN_SDP }, "type": "data",
        "connectionId": connection(&offer),
    }}));
    assert_eq!(problem(&mut rig), Some(Problem::Intercepted));
    let mut rig = hosting();
    let before = rig.actions.len();
    rig.text(&json!({ "type": "OFFER", "src": key(3).id().as_str(), "dst": "N", "payload": {
        "sdp": { "type": "offer", "sdp": OWN_SDP }, "type": "data", "connectionId": "dc_x",
        "label": "x", "reliable": true, "serialization": "binary",
    }}));
    assert_eq!(rig.actions.len(), before, "no link is made");
}

#[test]
fn a_restart_cannot_change_who_is_there() {
    let (mut rig, link) = below(&key(2));
    let kid = child(&mut rig, &key(3), 1);
    let id = key(3).id().to_string();
    let restart = |sdp: &str| {
        json!({ "type": "OFFER", "src": id, "dst": "N", "payload": {
            "sdp": { "type": "offer", "sdp": sdp }, "type": "data",
            "connectionId": format!("dc_{id}"), "restart": true, "serialization": "binary",
            "metadata": { "p2pLive": { "v": 1, "intent": "join" } },
        }})
    };
    rig.text(&restart("v=0\r\na=ice-ufrag:new\r\na=fingerprint:sha-256 bb\r\n"));
    assert!(!rig.is_closed(kid));
    rig.text(&restart(SWAPPED));
    assert!(rig.is_closed(kid) && !rig.is_closed(link));
}

#[test]
fn a_child_that_does_not_prove_itself_is_none() {
    let mut rig = hosting();
    let eve = Keypair::from_seed(&[9; 32]);
    let id = key(3).id().to_string();
    let link = rig.offered_by(&id, 1).unwrap();
    rig.link(link, LinkEvent::ChannelOpen);
    rig.says(link, &hello(&eve, &format!("dc_{id}"), false));
    assert!(rig.is_closed(link));
    let link = rig.offered_by(key(4).id().as_str(), 1).unwrap();
    rig.link(link, LinkEvent::ChannelOpen);
    let join =
        Message::Join { name: String::new(), summary: Summary::default(), high_water: Vec::new() };
    rig.says(link, &join);
    assert!(rig.is_closed(link) && rig.view().tree.children.is_empty());
}

#[test]
fn an_answer_to_a_restart_cannot_change_who_is_there() {
    for (sdp, closes) in [("v=0\r\na=fingerprint:sha-256 bb\r\n", false), (SWAPPED, true)] {
        let mut rig = viewer();
        let offer = rig.offers().pop().unwrap();
        let link = answers(&mut rig, &offer, &host());
        rig.says(link, &adoption(room(&host(), 10, "Title"), &[&host()]));
        rig.link(link, LinkEvent::IceFailed);
        let restart = rig.offers().pop().expect("it restarts ICE");
        rig.text(&json!({ "type": "ANSWER", "src": restart["dst"], "dst": "N", "payload": {
            "sdp": { "type": "answer", "sdp": sdp }, "type": "data",
            "connectionId": connection(&restart), "p2pLive": { "v": 1 },
        }}));
        assert_eq!(rig.is_closed(link), closes);
    }
}
