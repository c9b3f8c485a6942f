//! Peers that say what only others may say: a relay in the host's name, a child in that of another
//! author. Nothing of it is believed or passed on, and who repeats it is left.
#![allow(clippy::unwrap_used)]

use live_core::id::PeerId;
use live_core::identity::{Keypair, Signed};
use live_core::model::{MapPeer, MessageId, Profile, Vouch};
use live_core::node::{Command, Input, Moderation};
use live_core::view::{Phase, Problem};
use live_core::wire::message::{AdmissionPolicy, Decision, Message, Order};

use super::keyed::*;
use super::rig::Rig;

fn title(rig: &Rig) -> &str {
    &rig.view().room.as_ref().unwrap().meta.title
}

fn phase(rig: &Rig) -> Phase {
    rig.view().room.as_ref().unwrap().phase
}

fn texts(rig: &Rig) -> Vec<&str> {
    rig.view().chat.iter().map(|message| message.text.as_str()).collect()
}

#[test]
fn a_relay_cannot_change_the_room() {
    let relay = key(2);
    let (mut rig, link) = below(&relay);
    assert!(rig.view().room.as_ref().unwrap().is_proven);
    let kid = child(&mut rig, &key(3), 1);
    rig.sent(kid);
    rig.says(link, &Message::Room(room(&relay, 11, "Forged")));
    assert_eq!((title(&rig), rig.is_closed(link)), ("Title", false), "once may be a defect");
    rig.says(link, &Message::Room(Signed::unproven(state(&host(), 12, "Forged"))));
    assert_eq!(title(&rig), "Title");
    assert!(rig.is_closed(link), "whoever repeats it is left");
    assert!(rig.sent(kid).iter().all(|said| !matches!(said, Message::Room(_))));
    assert!(!rig.is_closed(kid), "nobody further down is harmed");
    rig.run(60_000);
    assert!(rig.offers().iter().all(|offer| offer["dst"] != relay.id().as_str()));
}

#[test]
fn what_the_host_says_goes_through_a_relay_untouched() {
    let (mut rig, link) = below(&key(2));
    let kid = child(&mut rig, &key(3), 1);
    rig.sent(kid);
    let signed = room(&host(), 11, "News");
    rig.says(link, &Message::Room(signed.clone()));
    assert_eq!(title(&rig), "News");
    assert!(rig.sent(kid).contains(&Message::Room(signed)));
    rig.says(link, &Message::Room(room(&host(), 10, "Title")));
    assert_eq!(title(&rig), "News", "older");
    assert!(!rig.is_closed(link), "to repeat what is old is no forgery");
}

#[test]
fn only_the_host_ends_the_room_sends_away_mutes_and_deletes() {
    let relay = key(2);
    let ann = key(4);
    let decisions = || {
        [
            Decision::End,
            Decision::Away,
            Decision::Ban(own().id().clone()),
            Decision::Kick(own().id().clone()),
            Decision::Mute(ann.id().clone()),
            Decision::Admission(AdmissionPolicy::Locked),
            Decision::Delete(MessageId { author: ann.id().clone(), number: 5 }),
        ]
    };
    for decision in decisions() {
        let (mut rig, link) = below(&relay);
        rig.says(link, &Message::Chat(line(&ann, ann.id(), 5, host().id())));
        let kid = child(&mut rig, &key(3), 1);
        rig.sent(kid);
        for forged in [
            order(&relay, 11, decision.clone()),
            Signed::unproven(Order { since: SINCE, number: 12, decision: decision.clone() }),
        ] {
            rig.says(link, &Message::Order(forged));
            assert_ne!(phase(&rig), Phase::Ended, "{decision:?}");
            assert_ne!(phase(&rig), Phase::HostAway, "{decision:?}");
            assert_eq!(texts(&rig), ["line 5"], "{decision:?}");
            assert_eq!(*rig.view().room.as_ref().unwrap().rules, Default::default());
        }
        assert!(rig.is_closed(link), "{decision:?}");
        let sent = rig.sent(kid);
        assert!(!sent.iter().any(|said| matches!(said, Message::Order(_))), "{sent:?}");
    }
    // The host's own order.
    for decision in decisions() {
        let (mut rig, link) = below(&relay);
        rig.says(link, &Message::Chat(line(&ann, ann.id(), 5, host().id())));
        let kid = child(&mut rig, &key(3), 1);
        rig.sent(kid);
        let signed = order(&host(), 11, decision.clone());
        rig.says(link, &Message::Order(signed.clone()));
        assert!(rig.sent(kid).contains(&Message::Order(signed)), "{decision:?}");
        match decision {
            Decision::End => assert_eq!(rig.view().problem, Some(Problem::RoomEnded)),
            Decision::Away => assert_eq!(phase(&rig), Phase::HostAway),
            Decision::Ban(_) => assert_eq!(rig.view().problem, Some(Problem::Banned)),
            Decision::Kick(_) => assert_eq!(rig.view().problem, Some(Problem::Kicked)),
            Decision::Delete(_) => assert!(texts(&rig).is_empty()),
            _ => assert_ne!(*rig.view().room.as_ref().unwrap().rules, Default::default()),
        }
    }
}

#[test]
fn an_order_for_an_earlier_opening_of_the_room_is_void() {
    let (mut rig, link) = below(&key(2));
    for decision in [Decision::End, Decision::Ban(own().id().clone())] {
        let old = Order { since: SINCE - 1, number: 99, decision };
        rig.says(link, &Message::Order(Signed::new(old, host().id(), &host())));
    }
    assert_eq!((phase(&rig), rig.is_closed(link)), (Phase::Attached, false));
}

#[test]
fn a_parent_that_says_that_the_host_is_gone_makes_one_ask_the_host() {
    let relay = key(2);
    let (mut rig, link) = below(&relay);
    rig.offers();
    rig.says(link, &Message::Away);
    assert_eq!(phase(&rig), Phase::Attached);
    rig.run(2_000);
    let asks_host = |offer: &&serde_json::Value| {
        offer["dst"] == host().id().as_str()
            && offer["payload"]["metadata"]["p2pLive"]["intent"] == "join"
    };
    let asked = rig.offers();
    let offer = asked.iter().find(asks_host);
    // It is there, so nothing comes of it.
    rig.refuse(offer.expect("the host is asked"), "full", &[]);
    rig.run(1_000);
    assert_eq!(phase(&rig), Phase::Attached);
    for _ in 0..20 {
        rig.says(link, &Message::Away);
        rig.run(500);
    }
    assert_eq!(rig.offers().iter().filter(asks_host).count(), 0, "once in a while");
}

#[test]
fn nobody_speaks_for_another_author() {
    let (ann, eve) = (key(4), key(5));
    let mut rig = hosting();
    let room = own().id().clone();
    let hostile = child(&mut rig, &eve, 9);
    let kid = child(&mut rig, &key(3), 1);
    rig.sent(kid);
    rig.says(hostile, &Message::Chat(line(&eve, ann.id(), 1, &room)));
    assert!(texts(&rig).is_empty() && !rig.is_closed(hostile));
    // What Ann has said elsewhere was not said here.
    rig.says(hostile, &Message::Chat(line(&ann, ann.id(), 2, host().id())));
    assert!(texts(&rig).is_empty() && rig.is_closed(hostile));
    assert!(!rig.sent(kid).iter().any(|said| matches!(said, Message::Chat(_))));
    assert!(dials(&mut rig, &eve, &[]).is_none(), "it is not dealt with any more");
}

#[test]
fn what_an_author_has_signed_is_passed_on_by_anybody() {
    let ann = key(4);
    let mut rig = hosting();
    let room = own().id().clone();
    let relay = child(&mut rig, &key(5), 9);
    let kid = child(&mut rig, &key(3), 1);
    rig.sent(kid);
    let said = line(&ann, ann.id(), 1, &room);
    rig.says(relay, &Message::Chat(said.clone()));
    assert_eq!(texts(&rig), ["line 1"]);
    assert!(rig.sent(kid).contains(&Message::Chat(said)));
}

#[test]
fn a_liar_cannot_lead_a_member_into_another_room() {
    let (relay, other) = (key(2), key(9));
    let (mut rig, link) = below(&relay);
    let elsewhere = Signed::new(state(&other, 99, "Other"), other.id(), &other);
    rig.says(link, &Message::Room(elsewhere.clone()));
    assert_eq!(title(&rig), "Title");
    // Nor can a candidate.
    rig.handle(Input::Command(Command::JoinUnder(key(6).id().clone())));
    let offer = rig.offers().pop().unwrap();
    let candidate = answers(&mut rig, &offer, &key(6));
    rig.says(candidate, &adoption(elsewhere, &[&other, &key(6)]));
    assert!(rig.is_closed(candidate));
    assert_eq!((title(&rig), phase(&rig)), ("Title", Phase::Attached));
    assert_eq!(rig.view().tree.parent.as_ref(), Some(relay.id()));
}

#[test]
fn a_newcomer_believes_no_room_that_its_host_has_not_signed() {
    let mut rig = viewer();
    let offer = rig.offers().pop().unwrap();
    let link = answers(&mut rig, &offer, &host());
    rig.says(link, &adoption(room(&key(2), 10, "Forged"), &[&host()]));
    assert!(rig.is_closed(link) && rig.view().room.is_none());
}

/// Those who are let into a closed room: by the host, by one who was, and by nobody.
#[test]
fn a_closed_door_opens_for_members_only() {
    let (relay, ann, eve) = (key(2), key(4), key(5));
    let mut rig = hosting();
    let link = child(&mut rig, &relay, 1);
    let membership = rig.sent(link).into_iter().find_map(|said| match said {
        Message::Adopted { membership, .. } => Some(membership),
        _ => None,
    });
    let of_relay = membership.expect("it was let in");
    let since = rig.view().room.as_ref().unwrap().since;
    let vouch = |by: &Keypair, member: &Keypair| {
        let (by_id, member) = (by.id().clone(), member.id().clone());
        let word = Vouch { by: by_id, member, since, until: u64::MAX >> 12 };
        Signed::new(word, own().id(), by)
    };
    let close = Moderation::SetAdmission(AdmissionPolicy::Locked);
    rig.handle(Input::Command(Command::Moderate(close)));
    assert!(dials(&mut rig, &eve, &[]).is_none());
    assert!(dials(&mut rig, &eve, &of_relay).is_none(), "another's membership");
    assert!(dials(&mut rig, &eve, &[vouch(&eve, &eve)]).is_none(), "nobody lets itself in");
    let let_in = [of_relay.clone(), vec![vouch(&relay, &ann)]].concat();
    assert!(dials(&mut rig, &ann, &let_in).is_some());
    // Whom a banned peer has let in is out, too.
    rig.handle(Input::Command(Command::Moderate(Moderation::Ban(relay.id().clone()))));
    let late = [of_relay, vec![vouch(&relay, &key(7))]].concat();
    assert!(dials(&mut rig, &key(7), &late).is_none());
}

#[test]
fn a_relay_cannot_rename_those_below_it() {
    let (relay, ann) = (key(2), key(4));
    let mut rig = hosting();
    let room = own().id().clone();
    let link = child(&mut rig, &relay, 2);
    rig.handle(Input::Command(Command::Map(true)));
    let entry = |name: &str, signer: &Keypair| {
        let profile = Profile { id: ann.id().clone(), name: name.to_owned(), at: 1 };
        let profile = Some(Signed::new(profile, &room, signer));
        let (id, parent) = (ann.id().clone(), Some(relay.id().clone()));
        MapPeer { id, parent, name: name.to_owned(), rtt: 0, below: 0, profile }
    };
    let (id, parent) = (relay.id().clone(), Some(room.clone()));
    let itself = MapPeer { id, parent, name: String::new(), rtt: 0, below: 0, profile: None };
    let put = vec![itself.clone(), entry("Ann", &ann)];
    rig.says(link, &Message::Map { put, gone: Vec::new() });
    rig.run_alive(link, 2);
    let name = |rig: &Rig| {
        let map = rig.view().map.clone().unwrap();
        map.iter().find(|peer| peer.id == *ann.id()).map(|peer| peer.name.clone())
    };
    assert_eq!(name(&rig).as_deref(), Some("Ann"));
    let put = vec![itself, entry("Eve", &relay)];
    rig.says(link, &Message::Map { put, gone: Vec::new() });
    rig.run_alive(link, 2);
    assert_ne!(name(&rig).as_deref(), Some("Eve"));
}

#[test]
fn who_says_banned_has_to_show_the_order() {
    let refuse = |rig: &mut Rig, order: Option<Signed<Order>>| {
        let offer = rig.offers().pop().unwrap();
        rig.refuse_with(&offer, "banned", order);
    };
    let ban = |signer: &Keypair| order(signer, 5, Decision::Ban(own().id().clone()));
    for forged in [None, Some(ban(&key(2)))] {
        let mut rig = viewer();
        refuse(&mut rig, forged);
        assert_ne!(rig.view().problem, Some(Problem::Banned), "even in the name of the host");
    }
    let mut rig = viewer();
    refuse(&mut rig, Some(ban(&host())));
    assert_eq!(rig.view().problem, Some(Problem::Banned));
}

#[test]
fn a_relay_that_was_left_is_not_asked_again_whoever_names_it() {
    let (relay, other) = (key(2), key(5));
    let (mut rig, link) = below(&relay);
    rig.offers();
    for version in [11, 12] {
        rig.says(link, &Message::Room(room(&relay, version, "Forged")));
    }
    assert!(rig.is_closed(link));
    let offer = rig.offers().pop().expect("the host is asked");
    rig.refuse(&offer, "full", &[relay.id().as_str(), other.id().as_str()]);
    let asked: Vec<_> = rig.offers().iter().map(|offer| offer["dst"].clone()).collect();
    assert_eq!(asked, [other.id().as_str()]);
}

#[test]
fn only_an_order_about_oneself_and_this_opening_sends_away() {
    let ban = |since, who: &Keypair| {
        let order = Order { since, number: 20, decision: Decision::Ban(who.id().clone()) };
        Signed::new(order, host().id(), &host())
    };
    for (order, holds) in
        [(ban(SINCE, &key(7)), false), (ban(SINCE - 1, &own()), false), (ban(SINCE, &own()), true)]
    {
        let (mut rig, _) = below(&key(2));
        rig.offers();
        rig.command(Command::JoinUnder(key(5).id().clone()));
        let offer = rig.offers().pop().unwrap();
        rig.refuse_with(&offer, "banned", Some(order));
        assert_eq!(rig.view().problem == Some(Problem::Banned), holds);
    }
}

#[test]
fn a_peer_that_was_let_in_by_nobody_lets_nobody_in() {
    let (relay, eve) = (key(2), key(9));
    let mut rig = viewer();
    let offer = rig.offers().pop().unwrap();
    let link = answers(&mut rig, &offer, &host());
    let vouch = |by: &Keypair, member: &Keypair| {
        let (by_id, member) = (by.id().clone(), member.id().clone());
        let word = Vouch { by: by_id, member, since: SINCE, until: u64::MAX >> 12 };
        Signed::new(word, host().id(), by)
    };
    let Message::Adopted { room, orders, members, path, high_water, .. } =
        adoption(room(&host(), 10, "Title"), &[&host()])
    else {
        unreachable!()
    };
    let membership = vec![vouch(&relay, &own())];
    rig.says(link, &Message::Adopted { room, orders, membership, members, path, high_water });
    let kid = child(&mut rig, &eve, 1);
    let given = rig.sent(kid).into_iter().find_map(|said| match said {
        Message::Adopted { membership, .. } => Some(membership),
        _ => None,
    });
    assert_eq!(given, Some(Vec::new()), "the host has not let the relay in");
}

#[test]
fn a_parent_makes_one_ask_the_host_only_once_in_a_while() {
    let (mut rig, link) = below(&key(2));
    rig.offers();
    let mut asked = 0;
    for _ in 0..10 {
        rig.says(link, &Message::Away);
        rig.run_alive(link, 3);
        for offer in rig.offers().iter().filter(|offer| offer["dst"] == host().id().as_str()) {
            asked += u32::from(offer["payload"]["metadata"]["p2pLive"]["intent"] == "join");
            rig.refuse(offer, "full", &[]);
        }
    }
    assert_eq!(asked, 1, "in half a minute");
}

/// The order by which a host sends the node away from its own room.
fn ban_from(room: &Keypair) -> Signed<Order> {
    let order = Order { since: SINCE, number: 20, decision: Decision::Ban(own().id().clone()) };
    Signed::new(order, room.id(), room)
}

#[test]
fn only_the_peer_that_was_asked_for_names_the_host_and_only_while_none_is_known() {
    let eve = key(9);
    // It may be a relay of a room whose host is not known yet.
    let mut rig = viewer();
    let offer = rig.offers().pop().unwrap();
    rig.refuse_with(&offer, "banned", Some(ban_from(&eve)));
    assert_eq!(rig.view().problem, Some(Problem::Banned));
    // Another one may not.
    let mut rig = viewer();
    let offer = rig.offers().pop().unwrap();
    rig.refuse(&offer, "full", &[eve.id().as_str()]);
    let offer = rig.offers().pop().unwrap();
    rig.refuse_with(&offer, "banned", Some(ban_from(&eve)));
    assert_ne!(rig.view().problem, Some(Problem::Banned));
    // Nor may anybody as soon as the host is known.
    let (mut rig, _) = below(&key(2));
    rig.offers();
    rig.command(Command::JoinUnder(host().id().clone()));
    let offer = rig.offers().pop().unwrap();
    rig.refuse_with(&offer, "banned", Some(ban_from(&eve)));
    assert_ne!(rig.view().problem, Some(Problem::Banned));
}

#[test]
fn nobody_is_named_by_what_another_has_signed() {
    let (relay, ann, bob) = (key(2), key(4), key(5));
    let mut rig = hosting();
    let room = own().id().clone();
    let link = child(&mut rig, &relay, 3);
    rig.command(Command::Map(true));
    let profile = Profile { id: bob.id().clone(), name: "Bob".to_owned(), at: 1 };
    let profile = Some(Signed::new(profile, &room, &bob));
    let entry = |id: &Keypair, parent: &PeerId, profile| {
        let (id, parent) = (id.id().clone(), Some(parent.clone()));
        MapPeer { id, parent, name: String::new(), rtt: 0, below: 0, profile }
    };
    let put = vec![entry(&relay, &room, None), entry(&ann, relay.id(), profile)];
    rig.says(link, &Message::Map { put, gone: Vec::new() });
    rig.run_alive(link, 2);
    let map = rig.view().map.clone().unwrap();
    let name = map.iter().find(|peer| peer.id == *ann.id()).map(|peer| peer.name.as_str());
    assert_eq!(name, Some(""));
}
