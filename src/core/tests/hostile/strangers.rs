//! Original pages that are not in the room.
#![allow(clippy::unwrap_used)]

use live_core::identity::Signed;
use live_core::node::{LinkAction, LinkEvent};
use live_core::wire::binarypack::Value;
use live_core::wire::message::{AdmissionPolicy, Decision, Message, Order, Summary};
use serde_json::json;

use super::rig::{Rig, room_of};

#[test]
fn a_viewer_behind_a_closed_door_names_nobody_but_itself() {
    let (mut viewer, parent) = Rig::attached();
    viewer.child("CHILD", Summary { size: 1, ..Summary::default() });
    let mut room = room_of("H");
    room.version = 2;
    room.meta.title = "Title".to_owned();
    viewer.says(parent, &Message::Room(Signed::unproven(room)));
    let decision = Decision::Admission(AdmissionPolicy::Locked);
    let order = Order { since: 1_000, number: 3, decision };
    viewer.says(parent, &Message::Order(Signed::unproven(order)));
    viewer.text(&json!({ "type": "OFFER", "src": "OLD", "dst": "N", "payload": {
        "sdp": { "type": "offer", "sdp": "v=0" }, "type": "data", "connectionId": "dc_old",
        "serialization": "binary",
    }}));
    let accepts = |(_, action): &&(_, LinkAction)| matches!(action, LinkAction::Accept(_));
    let link = viewer.actions.iter().rfind(accepts).unwrap().0;
    viewer.link(link, LinkEvent::ChannelOpen);
    viewer.run(500);
    let sent = viewer.actions.iter().filter_map(|(of, action)| match action {
        LinkAction::Send(bytes) if *of == link => Some(Value::decode(bytes).unwrap()),
        _ => None,
    });
    let told: Vec<_> = sent.map(|value| serde_json::to_value(value).unwrap()).collect();
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0][1], &told[0][4]), (&json!(-1), &json!("\u{1f512} Title")));
    assert_eq!((&told[0][2], &told[0][7]), (&json!(["N", ""]), &json!("N")));
    assert_eq!(told[0][9], json!([1, 1, 0, [], "N", "", []]));
}

#[test]
fn a_viewer_shows_no_map_to_strangers() {
    let (mut viewer, _) = Rig::attached();
    assert_eq!(viewer.offered_for("SPY", "dc", "browse"), None);
}
