//! Peers that hold up a repair: by never connecting, by vanishing in it, by being caught after it.
#![allow(clippy::unwrap_used)]

use live_core::id::LinkId;
use live_core::node::{Command, LinkEvent, Source};
use live_core::view::Tracks;
use live_core::wire::message::{Message, RoomState};

use super::rig::{Rig, peer, room_of};

fn live() -> RoomState {
    RoomState { on_air: Some(Tracks { audio: true, video: true }), ..room_of("H") }
}

/// A viewer that gets pictures from the host.
fn watching() -> (Rig, LinkId) {
    let mut viewer = Rig::viewer();
    let offer = viewer.offers().pop().unwrap();
    let parent = viewer.adopted(&offer, live(), &["H"]);
    viewer.link(parent, LinkEvent::Flowing);
    (viewer, parent)
}

fn asked(viewer: &mut Rig) -> Vec<String> {
    viewer.offers().iter().map(|offer| offer["dst"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn whoever_never_connects_is_not_waited_for_alone() {
    let mut viewer = Rig::viewer();
    let offer = viewer.offers().pop().unwrap();
    viewer.refuse(&offer, "full", &["A", "B", "C"]);
    let offer = viewer.offers().pop().unwrap();
    assert_eq!(offer["dst"], "A");
    viewer.answer(&offer, 1);
    let slow = viewer.dialled();

    viewer.run(600);
    let offer = viewer.offers().pop().expect("another is asked, too");
    assert_eq!(offer["dst"], "B");
    viewer.run(600);
    assert_eq!(asked(&mut viewer), [""; 0], "two at a time");
    let parent = viewer.adopted(&offer, live(), &["H", "B"]);
    assert_eq!(viewer.view().tree.parent, Some(peer("B")));
    assert!(viewer.is_closed(slow) && !viewer.is_closed(parent));
}

#[test]
fn a_parent_that_vanishes_while_nothing_comes_is_missed_soon() {
    let (mut viewer, parent) = watching();
    viewer.link(parent, LinkEvent::Stalled);
    // It lives, and has lost its own pictures.
    let at = viewer.now.as_millis();
    viewer.says(parent, &Message::Pong { at });
    viewer.run(400);
    assert!(!viewer.is_closed(parent));
    viewer.run(1_400);
    assert!(viewer.is_closed(parent));
}

#[test]
fn without_a_standby_others_are_asked_while_a_silent_parent_is_doubted() {
    let (mut viewer, parent) = watching();
    viewer.says(parent, &Message::Backups { peers: vec![peer("A")], hint: None });
    viewer.link(parent, LinkEvent::Stalled);
    viewer.run(200);
    assert_eq!(asked(&mut viewer), ["A"]);
    let attempt = viewer.dialled();
    assert!(!viewer.is_closed(parent));

    let at = viewer.now.as_millis();
    viewer.says(parent, &Message::Pong { at });
    viewer.link(parent, LinkEvent::Flowing);
    assert!(viewer.is_closed(attempt), "the parent was only slow");
    assert_eq!(viewer.view().tree.parent, Some(peer("H")));
}

#[test]
fn a_parent_without_pictures_that_lives_is_kept() {
    let (mut viewer, parent) = watching();
    viewer.link(parent, LinkEvent::Stalled);
    for _ in 0..10 {
        viewer.run(250);
        let at = viewer.now.as_millis();
        viewer.says(parent, &Message::Pong { at });
    }
    assert!(!viewer.is_closed(parent));
}

#[test]
fn the_old_parent_is_shown_and_asked_at_once_when_the_new_one_is_gone() {
    let (mut viewer, old) = watching();
    viewer.command(Command::JoinUnder(peer("S")));
    let offer = viewer.offers().pop().unwrap();
    let new = viewer.adopted(&offer, live(), &["H", "S"]);
    viewer.link(new, LinkEvent::Flowing);
    assert_eq!(viewer.shown, Some(Source::Link(new)));
    viewer.sent(old);

    viewer.link(new, LinkEvent::ChannelClosed);
    assert_eq!(viewer.shown, Some(Source::Link(old)));
    assert!(matches!(viewer.sent(old)[..], [Message::Join { .. }]));
    viewer.says(old, &super::rig::adopted(live(), vec![peer("H")], Vec::new()));
    assert_eq!(viewer.view().tree.parent, Some(peer("H")));
    assert_eq!(viewer.shown, Some(Source::Link(old)));
}
