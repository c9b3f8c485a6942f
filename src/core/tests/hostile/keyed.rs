//! Peers with keys around one node.
#![allow(clippy::unwrap_used)]

use live_core::id::{LinkId, PeerId};
use live_core::identity::{Identity, Keypair, LinkProof, LinkTerms, Signed};
use live_core::model::{ChatMessage, Vouch};
use live_core::node::{LinkEvent, Role};
use live_core::view::RoomMeta;
use live_core::wire::message::{Decision, Message, Order, RoomState, Summary};
use serde_json::{Value, json};

use super::rig::{PEER_SDP, Rig};

/// When the room was opened.
pub(super) const SINCE: u64 = 1_000;

pub(super) fn key(byte: u8) -> Keypair {
    Keypair::from_seed(&[byte; 32])
}

/// The key of the node.
pub(super) fn own() -> Keypair {
    key(200)
}

/// The host of the room, unless the node is.
pub(super) fn host() -> Keypair {
    key(1)
}

pub(super) fn state(host: &Keypair, version: u64, title: &str) -> RoomState {
    let meta = RoomMeta { title: title.to_owned(), ..RoomMeta::default() };
    RoomState {
        version,
        id: host.id().clone(),
        meta,
        host: "Hal".to_owned(),
        since: SINCE,
        on_air: None,
        source_stalled: false,
        seats: None,
    }
}

/// What `signer` gives out as the host's word about its room.
pub(super) fn room(signer: &Keypair, version: u64, title: &str) -> Signed<RoomState> {
    Signed::new(state(&host(), version, title), host().id(), signer)
}

pub(super) fn order(signer: &Keypair, number: u64, decision: Decision) -> Signed<Order> {
    Signed::new(Order { since: SINCE, number, decision }, host().id(), signer)
}

/// What `signer` gives out as said by `author` in the room of `room`.
pub(super) fn line(
    signer: &Keypair,
    author: &PeerId,
    number: u64,
    room: &PeerId,
) -> Signed<ChatMessage> {
    let message = ChatMessage {
        author: author.clone(),
        number,
        name: "Ann".to_owned(),
        text: format!("line {number}"),
        at: 0,
        image: None,
        avatar: None,
    };
    Signed::new(message, room, signer)
}

/// A viewer that looks for the host's room.
pub(super) fn viewer() -> Rig {
    let role = Role::Viewer { target: host().id().clone() };
    Rig::with(role, 2, Identity::Key(own()))
}

/// A host with a key.
pub(super) fn hosting() -> Rig {
    let role = Role::Host { meta: RoomMeta::default(), network: None, since: None };
    Rig::with(role, 4, Identity::Key(own()))
}

/// What `peer` proves itself with on a link that it, or the node, has `dialled`.
pub(super) fn hello(peer: &Keypair, connection: &str, node_dialled: bool) -> Message {
    let (offer, answer) =
        if node_dialled { ("sha-256 aa", "sha-256 bb") } else { ("sha-256 bb", "sha-256 aa") };
    let terms = LinkTerms { connection, offer, answer };
    Message::Hello(LinkProof::new(peer, own().id(), terms))
}

/// The connection that an offer of the node names.
pub(super) fn connection(offer: &Value) -> String {
    offer["payload"]["connectionId"].as_str().unwrap().to_owned()
}

/// The peer that the node has dialled answers and proves itself.
pub(super) fn answers(rig: &mut Rig, offer: &Value, peer: &Keypair) -> LinkId {
    rig.answer(offer, 1);
    let link = rig.dialled();
    rig.link(link, LinkEvent::ChannelOpen);
    rig.says(link, &hello(peer, &connection(offer), true));
    link
}

/// What a parent says to a new child.
pub(super) fn adoption(room: Signed<RoomState>, path: &[&Keypair]) -> Message {
    Message::Adopted {
        room,
        orders: Vec::new(),
        membership: Vec::new(),
        members: 3,
        path: path.iter().map(|peer| peer.id().clone()).collect(),
        high_water: Vec::new(),
    }
}

/// A viewer whose parent is a relay of the host's room. Returns the link to it, too.
pub(super) fn below(relay: &Keypair) -> (Rig, LinkId) {
    let mut rig = viewer();
    let offer = rig.offers().pop().unwrap();
    rig.refuse(&offer, "full", &[relay.id().as_str()]);
    let offer = rig.offers().pop().unwrap();
    let link = answers(&mut rig, &offer, relay);
    rig.says(link, &adoption(room(&host(), 10, "Title"), &[&host(), relay]));
    assert_eq!(rig.view().tree.parent.as_ref(), Some(relay.id()));
    (rig, link)
}

/// A peer dials the node and proves itself. Returns the link, if the node accepts it.
pub(super) fn dials(rig: &mut Rig, peer: &Keypair, membership: &[Signed<Vouch>]) -> Option<LinkId> {
    let id = peer.id().as_str();
    let packed = live_core::wire::binarypack::to_vec(&membership).unwrap();
    let mut handshake = json!({ "v": 1, "intent": "join", "slots": 1 });
    if !membership.is_empty() {
        handshake["membership"] = json!(base64(&packed));
    }
    let before = rig.actions.len();
    rig.text(&json!({ "type": "OFFER", "src": id, "dst": "N", "payload": {
        "sdp": { "type": "offer", "sdp": PEER_SDP }, "type": "data",
        "connectionId": format!("dc_{id}"), "metadata": { "p2pLive": handshake },
        "label": "x", "reliable": true, "serialization": "binary",
    }}));
    let accepts = |(_, action): &&(LinkId, live_core::node::LinkAction)| {
        matches!(action, live_core::node::LinkAction::Accept(_))
    };
    let link = rig.actions[before..].iter().find(accepts)?.0;
    rig.link(link, LinkEvent::ChannelOpen);
    rig.says(link, &hello(peer, &format!("dc_{id}"), false));
    Some(link)
}

/// A peer joins as a child that has so many peers below it.
pub(super) fn child(rig: &mut Rig, peer: &Keypair, size: u32) -> LinkId {
    let link = dials(rig, peer, &[]).expect("there is a slot");
    let summary = Summary { size, height: u32::from(size > 1), slots: 1, ..Summary::default() };
    let join = Message::Join { name: "Kid".to_owned(), summary, high_water: Vec::new() };
    rig.says(link, &join);
    link
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;

    base64::engine::general_purpose::STANDARD_NO_PAD.encode(bytes)
}
