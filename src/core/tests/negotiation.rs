//! How attempts to connect begin and end, seen by one node: offers, answers, time-outs, versions.
#![allow(clippy::unwrap_used)]

use live_core::node::{Command, Input, LinkEvent, SocketEvent};
use live_core::view::{Phase, Problem, Status};
use serde_json::{Value, json};

use rig::Rig;

#[path = "support/node_rig.rs"]
mod rig;

fn abandons(frames: &[Value], connection: &str) -> bool {
    frames.iter().any(|frame| {
        frame["payload"]["connectionId"] == connection && frame["payload"]["abandoned"] == true
    })
}

#[test]
fn a_slot_is_free_again_when_a_joiner_does_not_connect() {
    for ice_fails in [false, true] {
        let mut host = Rig::host(1);
        let link = host.offered_by("A", 1).expect("gets the slot");
        assert_eq!(host.offered_by("B", 1), None, "it is taken");
        host.run(5_000);
        if ice_fails {
            host.link(link, LinkEvent::IceFailed);
        }
        host.run(2_900);
        assert!(!host.is_closed(link), "slow ICE has eight seconds");
        host.signalled("CANDIDATE");
        host.run(200);
        assert!(host.is_closed(link), "and no more");
        assert!(abandons(&host.signalled("CANDIDATE"), "dc_A"), "the joiner is told");
        assert!(host.offered_by("B", 1).is_some(), "the slot is free");
    }
}

#[test]
fn a_stranger_that_does_not_connect_holds_nothing() {
    let mut host = Rig::host(1);
    host.text(&json!({ "type": "OFFER", "src": "S", "dst": "N", "payload": {
        "sdp": { "type": "offer", "sdp": "v=0" }, "type": "data", "connectionId": "dc_s",
        "serialization": "binary",
    }}));
    let link = host.actions.last().unwrap().0;
    host.run(8_100);
    assert!(host.is_closed(link));
}

#[test]
fn a_joiner_that_abandons_an_attempt_says_so() {
    for answered in [false, true] {
        let mut viewer = Rig::viewer();
        let offer = viewer.signalled("OFFER").pop().unwrap();
        let connection = offer["payload"]["connectionId"].as_str().unwrap().to_owned();
        if answered {
            viewer.answer(&offer, 1);
        }
        viewer.handle(Input::Command(Command::Leave));
        let frames = viewer.signalled("CANDIDATE");
        assert!(abandons(&frames, &connection), "{frames:?}");
        // PeerJS sees the end of the candidates.
        assert_eq!(frames[0]["payload"]["candidate"]["candidate"], "");
    }
}

#[test]
fn an_abandoned_attempt_frees_its_slot_at_once() {
    let mut host = Rig::host(1);
    let link = host.offered_by("A", 1).unwrap();
    host.run(100);
    host.signalled("CANDIDATE");
    host.text(&json!({ "type": "CANDIDATE", "src": "A", "dst": "N", "payload": {
        "candidate": { "candidate": "", "sdpMid": "0", "sdpMLineIndex": 0 }, "type": "data",
        "connectionId": "dc_A", "abandoned": true,
    }}));
    assert!(host.is_closed(link));
    assert!(host.signalled("CANDIDATE").is_empty(), "there is nobody to tell");
    assert!(host.offered_by("B", 1).is_some());
}

#[test]
fn ice_is_restarted_more_than_once_but_not_for_ever() {
    let mut viewer = Rig::viewer();
    let offer = viewer.signalled("OFFER").pop().unwrap();
    viewer.answer(&offer, 1);
    let link = viewer.dialled();
    viewer.link(link, LinkEvent::ChannelOpen);
    for minute in 1..=3 {
        viewer.run_alive(link, 60);
        viewer.link(link, LinkEvent::IceFailed);
        assert_eq!(viewer.restarts(), minute);
        let restart = viewer.signalled("OFFER").pop().unwrap();
        assert_eq!(restart["payload"]["restart"], true);
        viewer.answer(&restart, 1);
        viewer.link(link, LinkEvent::Connected);
    }
    // What fails again at once waits before it is restarted, and at last it is given up.
    viewer.link(link, LinkEvent::IceFailed);
    assert_eq!(viewer.restarts(), 3, "not yet");
    viewer.run_alive(link, 1);
    assert_eq!(viewer.restarts(), 4);
    viewer.link(link, LinkEvent::IceFailed);
    viewer.run_alive(link, 2);
    assert_eq!((viewer.restarts(), viewer.is_closed(link)), (5, false));
    viewer.link(link, LinkEvent::IceFailed);
    assert!(viewer.is_closed(link));
}

#[test]
fn another_version_is_refused_with_a_reason_of_its_own() {
    let mut host = Rig::host(1);
    host.signalled("ANSWER");
    assert_eq!(host.offered_by("A", 2), None);
    let answer = host.signalled("ANSWER").pop().expect("is answered");
    assert_eq!(answer["payload"]["p2pLive"]["refuse"]["reason"], "version");
    assert_eq!(answer["payload"]["p2pLive"]["v"], 1, "it learns which one this is");
    assert!(host.offered_by("B", 1).is_some(), "it holds no slot");
}

#[test]
fn a_newcomer_of_another_version_is_told_so() {
    let refusal = json!({ "v": 2, "refuse": { "reason": "version" } });
    for reply in [refusal, json!({ "v": 2 })] {
        let mut viewer = Rig::viewer();
        let offer = viewer.signalled("OFFER").pop().unwrap();
        viewer.text(&json!({ "type": "ANSWER", "src": "H", "dst": "N", "payload": {
            "sdp": { "type": "answer", "sdp": "v=0" }, "type": "data",
            "connectionId": offer["payload"]["connectionId"], "p2pLive": reply,
        }}));
        assert_eq!(viewer.view().problem, Some(Problem::OtherVersion));
    }
}

#[test]
fn a_room_outlives_an_error_of_the_server_that_passes() {
    let mut host = Rig::host(1);
    let full = "Server has reached its concurrent user limit";
    host.text(&json!({ "type": "ERROR", "payload": { "msg": full } }));
    assert_eq!(host.view().status, Status::Reconnecting);
    assert_eq!(host.view().problem, Some(Problem::ServerRefused(full.to_owned())));
    host.run(2_000);
    host.socket(SocketEvent::Opened);
    host.text(&json!({ "type": "OPEN" }));
    assert_eq!((host.view().status, &host.view().problem), (Status::Open, &None));
    assert!(host.offered_by("A", 1).is_some(), "newcomers find the room again");
    assert_eq!(host.view().room.as_ref().unwrap().phase, Phase::Attached);
}
