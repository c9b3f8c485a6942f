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
use serde_json::{Value, json};

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

/// Whom the node has dialled as a member.
fn dialled_for_conference(rig: &mut Rig) -> Vec<String> {
    let is_ours = |offer: &Value| offer["payload"]["metadata"]["p2pLive"]["intent"] == "conference";
    let offers = rig.offers().into_iter().filter(is_ours);
    offers.filter_map(|offer| Some(offer["dst"].as_str()?.to_owned())).collect()
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
        assert_eq!(dialled_for_conference(&mut rig), [ann.id().as_str()]);
        let dialled = rig.dialled();
        let accepted = dials_in(&mut rig, &ann, "hers");
        assert_eq!((accepted.is_none(), rig.is_closed(dialled)), (keeps_own, !keeps_own));
        let link = accepted.unwrap_or(dialled);
        assert_eq!(rig.node.gathering_link(CONFERENCE, ann.id()), Some(link));
        rig.run(1_000);
        assert!(dialled_for_conference(&mut rig).is_empty(), "there is one already");
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

/// Lets time pass while these links live.
fn alive(rig: &mut Rig, links: &[LinkId], seconds: u64) {
    for _ in 0..seconds {
        rig.run(1_000);
        let ping = Message::Ping { at: rig.now.as_millis() };
        links.iter().for_each(|link| rig.link(*link, LinkEvent::Data(ping.encode())));
    }
}

#[test]
fn the_link_of_who_loses_its_seat_is_kept_for_a_while_only() {
    let ann = key(3);
    let (mut rig, parent) = member(&ann);
    decides(&mut rig, parent, 13, seat(1, &own(), 13));
    let offer = rig.offers().pop().unwrap();
    let link = answers(&mut rig, &offer, &ann);
    decides(&mut rig, parent, 14, Decision::Seat(CONFERENCE, 0, None));
    alive(&mut rig, &[parent, link], 8);
    assert!(!rig.is_closed(link), "she may get it back");
    decides(&mut rig, parent, 15, seat(0, &ann, 15));
    alive(&mut rig, &[parent, link], 12);
    assert!(!rig.is_closed(link), "she has");
    decides(&mut rig, parent, 16, Decision::Seat(CONFERENCE, 0, None));
    alive(&mut rig, &[parent, link], 12);
    assert!(rig.is_closed(link));
}

#[test]
fn who_is_sent_away_from_the_room_is_not_let_in_by_a_seat() {
    let (ann, bob, eve) = (key(3), key(4), key(5));
    let (mut rig, parent) = member(&ann);
    decides(&mut rig, parent, 13, seat(1, &own(), 13));
    decides(&mut rig, parent, 14, seat(2, &bob, 14));
    decides(&mut rig, parent, 15, seat(3, &eve, 15));
    // The order that empties her seat may come later.
    decides(&mut rig, parent, 16, Decision::Ban(eve.id().clone()));
    assert_eq!(dials_in(&mut rig, &eve, "banned"), None);
    assert!(dials_in(&mut rig, &bob, "member").is_some());
}

#[test]
fn who_is_sent_away_from_the_room_is_left_at_once_and_not_dialled_though_its_seat_is_kept_back() {
    let ann = key(3);
    let (mut rig, parent) = member(&ann);
    decides(&mut rig, parent, 13, seat(1, &own(), 13));
    let offer = rig.offers().pop().unwrap();
    let link = answers(&mut rig, &offer, &ann);
    decides(&mut rig, parent, 14, Decision::Ban(ann.id().clone()));
    assert!(rig.is_closed(link));
    alive(&mut rig, &[parent], 30);
    assert_eq!(dialled_for_conference(&mut rig), [""; 0]);
}

#[test]
fn a_member_that_cannot_be_reached_is_dialled_ever_more_seldom() {
    let ann = key(3);
    for comes_up in [false, true] {
        let (mut rig, parent) = member(&ann);
        decides(&mut rig, parent, 13, seat(1, &own(), 13));
        let mut dialled = 0;
        for _ in 0..600 {
            for offer in rig.offers().iter().filter(|offer| offer["dst"] == ann.id().as_str()) {
                dialled += 1;
                if comes_up {
                    let link = answers(&mut rig, offer, &ann);
                    rig.link(link, LinkEvent::ChannelClosed);
                } else {
                    rig.refuse(offer, "not_in_room", &[]);
                }
            }
            rig.run(100);
            rig.says(parent, &Message::Ping { at: 1 });
        }
        assert!((5..=20).contains(&dialled), "{dialled} times in a minute");
    }
}
