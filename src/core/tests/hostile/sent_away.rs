//! Peers that the host has sent away, and that try to stay or to come back for something else.
#![allow(clippy::unwrap_used)]

use live_core::node::{Command, LinkEvent, Moderation};
use live_core::view::Tracks;
use live_core::wire::message::{AdmissionPolicy, Decision, Message, Summary};

use super::keyed::*;
use super::rig::{Rig, peer};

#[test]
fn whoever_is_banned_comes_in_for_nothing() {
    let (ann, eve) = (key(3), key(4));
    for intent in ["join", "reparent", "standby", "browse", "borrow", "knock"] {
        let mut rig = hosting();
        rig.command(Command::OnAir(Some(Tracks { audio: true, video: true })));
        rig.command(Command::Moderate(Moderation::Ban(eve.id().clone())));
        if intent == "knock" {
            let knock = Moderation::SetAdmission(AdmissionPolicy::Knock);
            rig.command(Command::Moderate(knock));
        }
        assert_eq!(rig.offered_for(eve.id().as_str(), "dc", intent), None, "{intent}");
        assert!(rig.offered_for(ann.id().as_str(), "dc", intent).is_some(), "{intent}");
    }
}

/// It holds no slot yet, and is no child.
#[test]
fn whoever_is_banned_while_it_waits_for_a_leafs_place_does_not_get_it() {
    let mut host = Rig::host(1);
    let leaf = host.child("ANN", Summary { size: 1, ..Summary::default() });
    let link = host.offered_by("EVE", 1).expect("the leaf could make way");
    host.command(Command::Moderate(Moderation::Ban(peer("EVE"))));
    host.sent(leaf);
    host.link(link, LinkEvent::ChannelOpen);
    let summary = Summary { size: 1, slots: 1, ..Summary::default() };
    host.says(link, &Message::Join { name: String::new(), summary, high_water: Vec::new() });
    assert!(matches!(host.sent(link)[..], [Message::Order(_)]), "it is told why");
    assert!(host.is_closed(link));
    assert_eq!(host.sent(leaf), [], "nobody has to make way");
}

#[test]
fn every_peer_sends_away_those_of_its_neighbours_whom_the_host_bans() {
    let (ann, eve) = (key(3), key(4));
    let (mut rig, parent) = below(&key(2));
    let [kid, link] = [&ann, &eve].map(|peer| child(&mut rig, peer, 1));
    let ban = order(&host(), 11, Decision::Ban(eve.id().clone()));
    rig.says(parent, &Message::Order(ban.clone()));
    assert!(rig.is_closed(link) && !rig.is_closed(kid));
    assert!(rig.sent(link).contains(&Message::Order(ban)), "it is shown the order");
    assert_eq!(dials(&mut rig, &eve, &[]), None);
}
