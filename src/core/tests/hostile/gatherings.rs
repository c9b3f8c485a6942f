//! Peers that dial for the conference without having a seat, at the same time or twice, and what
//! members may say.
#![allow(clippy::unwrap_used)]

use live_core::id::LinkId;
use live_core::identity::Keypair;
use live_core::model::{GatheringKind, Tracks};
use live_core::node::{Command, GatheringCommand, Input, LinkAction, LinkEvent, MediaRole, Source};
use live_core::picture::Picture;
use live_core::view::OwnSeat;
use live_core::wire::message::{Decision, Message, Seat};
use serde_json::json;

use super::keyed::*;
use super::rig::{PEER_SDP, Rig};

const CONFERENCE: GatheringKind = GatheringKind::Conference;

/// A viewer that takes part in the conference, as `other` has done before it. The test speaks over
/// the link to its parent.
fn member(other: &Keypair) -> (Rig, LinkId) {
    let (mut rig, parent) = below(&key(2));
    decides(&mut rig, parent, 11, Decision::Gathering(CONFERENCE, true));
    decides(&mut rig, parent, 12, seat(0, other, 12));
    rig.offers();
    let join = GatheringCommand::Join(Tracks { audio: true, video: true });
    rig.handle(Input::Command(Command::Gathering(CONFERENCE, join)));
    assert_eq!(rig.view().conference.own, OwnSeat::Asked);
    assert!(rig.sent(parent).iter().any(|said| matches!(said, Message::Request(_))));
    (rig, parent)
}

fn decides(rig: &mut Rig, parent: LinkId, number: u64, decision: Decision) {
    rig.says(parent, &Message::Order(order(&host(), number, decision)));
}

fn seat(at: u32, of: &Keypair, number: u64) -> Decision {
    let seat = Seat { number, ..Seat::new(of.id().clone(), "Ann".to_owned()) };
    Decision::Seat(CONFERENCE, at, Some(seat))
}

/// A peer dials for the conference. Returns the link, if the node accepts.
fn dials_in(rig: &mut Rig, peer: &Keypair, connection: &str) -> Option<LinkId> {
    let before = rig.actions.len();
    rig.text(&json!({ "type": "OFFER", "src": peer.id().as_str(), "dst": "N", "payload": {
        "sdp": { "type": "offer", "sdp": PEER_SDP }, "type": "data", "connectionId": connection,
        "metadata": { "p2pLive": { "v": 1, "intent": "conference" } },
    }}));
    let opens = |(_, action): &&(LinkId, LinkAction)| {
        matches!(action, LinkAction::Open { media: MediaRole::Call(CONFERENCE), .. })
    };
    let link = rig.actions[before..].iter().find(opens)?.0;
    let feeds = |(of, action): &(LinkId, LinkAction)| {
        *of == link && matches!(action, LinkAction::Feed(Some(Source::Gathering(CONFERENCE))))
    };
    assert!(rig.actions[before..].iter().any(feeds), "it gets the own picture");
    Some(link)
}

#[test]
fn only_members_are_let_in_and_only_by_members() {
    let (ann, eve) = (key(3), key(4));
    let (mut rig, parent) = member(&ann);
    assert_eq!(dials_in(&mut rig, &ann, "early"), None, "the own seat is not given yet");
    decides(&mut rig, parent, 13, seat(1, &own(), 13));
    assert_eq!(rig.view().conference.own, OwnSeat::Taken);
    assert_eq!(dials_in(&mut rig, &eve, "eve"), None);
    decides(&mut rig, parent, 14, seat(2, &eve, 14));
    let link = dials_in(&mut rig, &eve, "eve again").expect("she has a seat");
    decides(&mut rig, parent, 15, Decision::Unseat(CONFERENCE, eve.id().clone()));
    assert!(rig.is_closed(link), "she is sent away");
    assert_eq!(dials_in(&mut rig, &eve, "eve once more"), None);
    rig.handle(Input::Command(Command::Gathering(CONFERENCE, GatheringCommand::Leave)));
    assert_eq!(dials_in(&mut rig, &ann, "late"), None, "it has left");
}

#[test]
fn two_that_dial_at_once_keep_the_link_of_the_lower_id() {
    let lower = (3..100).map(key).find(|key| key.id() < own().id()).unwrap();
    let higher = (3..100).map(key).find(|key| key.id() > own().id()).unwrap();
    for (ann, keeps_own) in [(higher, true), (lower, false)] {
        let (mut rig, parent) = member(&ann);
        decides(&mut rig, parent, 13, seat(1, &own(), 13));
        let offers = rig.offers();
        assert_eq!(offers.len(), 1);
        assert_eq!(offers[0]["dst"], ann.id().as_str());
        let dialled = rig.dialled();
        let accepted = dials_in(&mut rig, &ann, "hers");
        assert_eq!((accepted.is_none(), rig.is_closed(dialled)), (keeps_own, !keeps_own));
        let link = accepted.unwrap_or(dialled);
        assert_eq!(rig.node.gathering_link(CONFERENCE, ann.id()), Some(link));
        rig.run(1_000);
        assert!(rig.offers().is_empty(), "there is one already");
    }
}

#[test]
fn an_offer_besides_a_link_that_was_answered_replaces_it() {
    let ann = key(3);
    let (mut rig, parent) = member(&ann);
    decides(&mut rig, parent, 13, seat(1, &own(), 13));
    let offer = rig.offers().pop().unwrap();
    let first = answers(&mut rig, &offer, &ann);
    assert!(rig.view().conference.members.iter().all(|member| member.connected));
    let mut last = first;
    for connection in ["b", "c", "d", "e"] {
        let link = dials_in(&mut rig, &ann, connection).unwrap();
        assert!(rig.is_closed(last));
        last = link;
    }
    assert_eq!(rig.node.gathering_link(CONFERENCE, ann.id()), Some(last));
}

#[test]
fn a_member_says_nothing_but_what_it_looks_like() {
    let ann = key(3);
    let (mut rig, parent) = member(&ann);
    decides(&mut rig, parent, 13, seat(1, &own(), 13));
    let offer = rig.offers().pop().unwrap();
    let link = answers(&mut rig, &offer, &ann);
    let refused = rig.node.refused();
    rig.says(link, &Message::Chat(line(&ann, ann.id(), 1, host().id())));
    rig.says(link, &Message::Order(order(&host(), 20, Decision::End)));
    rig.says(link, &Message::Away);
    assert_eq!(rig.node.refused(), refused + 3);
    let picture = || Picture::new(b"GIF89a\x01\0\x01\0\0\0\0;".to_vec()).unwrap();
    let shows = |rig: &mut Rig| rig.says(link, &Message::Picture(picture().into()));
    shows(&mut rig);
    assert!(rig.view().pictures.is_empty(), "her seat names none");
    let Decision::Seat(_, _, Some(known)) = seat(0, &ann, 12) else { unreachable!() };
    let named = Seat { avatar: Some(picture().id()), ..known };
    decides(&mut rig, parent, 14, Decision::Seat(CONFERENCE, 0, Some(named)));
    shows(&mut rig);
    assert_eq!(rig.view().pictures.len(), 1);
    // What is too large for a picture of a person costs the link.
    let large = vec![0; 80 * 1024];
    for chunk in live_core::wire::chunk::split(large, 1) {
        rig.link(link, LinkEvent::Data(chunk));
    }
    assert!(rig.is_closed(link));
}
