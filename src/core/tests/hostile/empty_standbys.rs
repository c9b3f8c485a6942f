//! A peer that lets itself be kept as a standby and has no pictures.
#![allow(clippy::unwrap_used)]

use live_core::id::LinkId;
use live_core::node::{LinkAction, LinkEvent, Source};
use live_core::view::Tracks;
use live_core::wire::message::{Message, RoomState};

use super::rig::{Rig, adopted, peer, room_of};

/// A viewer that gets pictures from the host and has a warm standby, and the standby's link.
fn with_standby() -> (Rig, LinkId, LinkId) {
    let mut viewer = Rig::viewer();
    let offer = viewer.offers().pop().unwrap();
    let room = RoomState { on_air: Some(Tracks { audio: true, video: true }), ..room_of("H") };
    let parent = viewer.adopted(&offer, room, &["H"]);
    viewer.link(parent, LinkEvent::Flowing);
    viewer.says(parent, &Message::Backups { peers: vec![peer("S")], hint: None });
    viewer.run(2_000);
    let offer = viewer.offers().pop().expect("it looks for a standby");
    assert_eq!(offer["dst"], "S");
    assert_eq!(offer["payload"]["metadata"]["p2pLive"]["intent"], "standby");
    viewer.answer(&offer, 1);
    let standby = viewer.dialled();
    viewer.link(standby, LinkEvent::ChannelOpen);
    viewer.says(standby, &Message::Path { path: Some(vec![peer("H"), peer("S")]) });
    (viewer, parent, standby)
}

/// So many half seconds in which both are heard.
fn run_alive(viewer: &mut Rig, links: [LinkId; 2], halves: u32) {
    for _ in 0..halves {
        links.iter().for_each(|link| viewer.says(*link, &Message::Ping { at: 1 }));
        viewer.run(500);
    }
}

#[test]
fn a_standby_is_asked_for_pictures_once() {
    let (mut viewer, parent, standby) = with_standby();
    assert_eq!(viewer.sent(standby), [Message::Activate]);
    viewer.link(standby, LinkEvent::Flowing);
    assert_eq!(viewer.sent(standby), [Message::Pause], "it rests as soon as they come");
    let watched = |(of, action): &(LinkId, LinkAction)| {
        *of == standby && matches!(action, LinkAction::Watch(patience) if patience.is_zero())
    };
    assert!(viewer.actions.iter().any(watched));
    viewer.says(standby, &Message::Path { path: Some(vec![peer("H"), peer("S")]) });
    viewer.run_alive(parent, 5);
    assert!(!viewer.sent(standby).contains(&Message::Activate));
}

#[test]
fn a_parent_that_only_excuses_itself_gives_way_to_a_standby_that_has_pictures() {
    let (mut viewer, parent, standby) = with_standby();
    viewer.link(standby, LinkEvent::Flowing);
    viewer.sent(standby);
    viewer.link(parent, LinkEvent::Stalled);
    let alive = |viewer: &mut Rig| {
        viewer.says(parent, &Message::MediaStatus { available: false });
        run_alive(viewer, [parent, standby], 1);
    };
    alive(&mut viewer);
    assert!(!viewer.sent(standby).contains(&Message::Activate), "those above may repair it");
    alive(&mut viewer);
    assert!(viewer.sent(standby).contains(&Message::Activate));
    viewer.sent(parent);
    viewer.link(standby, LinkEvent::Flowing);
    assert_eq!(viewer.shown, Some(Source::Link(standby)));
    assert!(matches!(viewer.sent(standby)[..], [.., Message::Join { .. }]));
    let room = RoomState { on_air: Some(Tracks { audio: true, video: true }), ..room_of("H") };
    viewer.says(standby, &adopted(room, vec![peer("H"), peer("S")], Vec::new()));
    viewer.link(standby, LinkEvent::Flowing);
    assert_eq!(viewer.view().tree.parent, Some(peer("S")));
    // Its own links cannot show yet that nothing has gone out.
    assert_eq!(viewer.sent(parent), [], "it is told when it can weigh that");
    run_alive(&mut viewer, [parent, standby], 4);
    let said = viewer.sent(parent);
    assert!(matches!(said[..], [Message::MediaTimeout, Message::Leave { .. }]), "{said:?}");
    assert!(viewer.is_closed(parent));
}

#[test]
fn a_parent_whose_pictures_come_again_is_not_blamed() {
    let (mut viewer, parent, standby) = with_standby();
    viewer.link(standby, LinkEvent::Flowing);
    viewer.link(parent, LinkEvent::Stalled);
    run_alive(&mut viewer, [parent, standby], 2);
    viewer.sent(parent);
    viewer.link(standby, LinkEvent::Flowing);
    let room = RoomState { on_air: Some(Tracks { audio: true, video: true }), ..room_of("H") };
    viewer.says(standby, &adopted(room, vec![peer("H"), peer("S")], Vec::new()));
    viewer.link(standby, LinkEvent::Flowing);
    viewer.link(parent, LinkEvent::Flowing);
    run_alive(&mut viewer, [parent, standby], 4);
    let said = viewer.sent(parent);
    assert!(matches!(said[..], [Message::Leave { .. }]), "{said:?}");
}

#[test]
fn a_standby_without_pictures_is_left_and_not_asked_again() {
    let (mut viewer, parent, standby) = with_standby();
    // It answers, but sends nothing.
    for _ in 0..3 {
        viewer.says(standby, &Message::Ping { at: 1 });
        viewer.run_alive(parent, 1);
    }
    assert!(viewer.is_closed(standby));
    viewer.offers();
    viewer.says(parent, &Message::Backups { peers: vec![peer("S"), peer("T")], hint: None });
    viewer.run_alive(parent, 5);
    let asked: Vec<_> = viewer.offers().iter().map(|offer| offer["dst"].clone()).collect();
    assert_eq!(asked, ["T"]);
    assert_eq!(viewer.view().tree.parent, Some(peer("H")));
}
