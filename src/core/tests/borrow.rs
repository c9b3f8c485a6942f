//! A host borrows the stream of another peer; the test plays that peer, or the one that asks.
#![allow(clippy::unwrap_used)]

#[path = "support/node_rig.rs"]
mod rig;

use live_core::id::LinkId;
use live_core::identity::Signed;
use live_core::node::{Command, LinkEvent, Source};
use live_core::view::{BorrowedState as State, Tracks};
use live_core::wire::limits;
use live_core::wire::message::{Message, Summary};
use rig::{Rig, peer, room_of};

const BOTH: Tracks = Tracks { audio: true, video: true };

fn on_air(tracks: Option<Tracks>) -> Message {
    Message::OnAir { name: String::new(), by: None, tracks }
}

fn leave() -> Message {
    Message::Leave { ask: Vec::new() }
}

fn state(rig: &Rig) -> State {
    rig.view().borrowed.as_ref().unwrap().state
}

/// A host with a child, which asks `L` for its stream. Returns the links to both.
fn asking() -> (Rig, LinkId, LinkId) {
    let mut rig = Rig::host(2);
    let child = rig.child("C", Summary { size: 1, ..Summary::default() });
    rig.command(Command::Borrow(Some(peer("L"))));
    let offer = rig.offers().pop().unwrap();
    assert_eq!(offer["payload"]["metadata"]["p2pLive"]["intent"], "borrow");
    rig.answer(&offer, 1);
    let link = rig.dialled();
    rig.link(link, LinkEvent::ChannelOpen);
    assert_eq!(rig.sent(link), [Message::RequestStream { name: String::new() }]);
    assert_eq!(state(&rig), State::Asking);
    (rig, child, link)
}

/// What the child was told last about the stream.
fn told(rig: &mut Rig, child: LinkId) -> Option<Tracks> {
    let room = rig.sent(child).into_iter().rev().find_map(|message| match message {
        Message::Room(room) => Some(room),
        _ => None,
    });
    room.unwrap().on_air
}

#[test]
fn a_borrowed_stream_is_a_source_like_any_other() {
    let (mut rig, child, link) = asking();
    rig.says(link, &on_air(Some(BOTH)));
    assert_eq!(state(&rig), State::Lent);
    let source = Some(Source::Link(link));
    assert_eq!((rig.shown, rig.fed(child), told(&mut rig, child)), (source, source, Some(BOTH)));
    // The page lets its own source go.
    rig.command(Command::OnAir(None));
    assert_eq!((rig.shown, state(&rig)), (source, State::Lent));
    let late = rig.child("D", Summary { size: 1, ..Summary::default() });
    assert_eq!(rig.fed(late), source);

    rig.sent(child);
    rig.says(link, &leave());
    assert!(rig.is_closed(link));
    assert_eq!((rig.shown, rig.fed(child), told(&mut rig, child)), (None, None, None));
    assert_eq!(state(&rig), State::Ended);
}

#[test]
fn an_own_source_takes_the_place_of_a_borrowed_one() {
    let (mut rig, child, link) = asking();
    rig.says(link, &on_air(Some(BOTH)));
    rig.command(Command::OnAir(Some(BOTH)));
    assert_eq!((rig.shown, rig.fed(child)), (Some(Source::Local), Some(Source::Local)));
    assert_eq!(rig.sent(link), [leave()]);
    assert!(rig.is_closed(link));
    assert_eq!(rig.view().borrowed, None);

    let (mut rig, child, link) = asking();
    rig.says(link, &on_air(Some(BOTH)));
    rig.link(link, LinkEvent::ChannelClosed);
    assert_eq!((rig.shown, rig.fed(child), state(&rig)), (None, None, State::Ended));
}

#[test]
fn the_person_hears_what_has_come_of_it() {
    let (mut rig, _, link) = asking();
    rig.says(link, &leave());
    assert_eq!((state(&rig), rig.shown), (State::Refused, None));
    let (mut rig, _, link) = asking();
    rig.run_alive(link, 61);
    assert_eq!(state(&rig), State::Refused, "nobody has answered");
    assert!(rig.is_closed(link));
    for (reason, wanted) in [
        ("busy", State::Busy),
        ("not_streaming", State::NotStreaming),
        ("not_in_room", State::NotFound),
        ("banned", State::Refused),
    ] {
        let mut rig = Rig::host(2);
        rig.command(Command::Borrow(Some(peer("L"))));
        let offer = rig.offers().pop().unwrap();
        rig.refuse(&offer, reason, &[]);
        assert_eq!(state(&rig), wanted, "{reason}");
    }
    let mut rig = Rig::host(2);
    rig.command(Command::Borrow(Some(peer("N"))));
    assert_eq!(state(&rig), State::NotFound, "that is oneself");
    let (mut viewer, _) = Rig::attached();
    viewer.command(Command::Borrow(Some(peer("L"))));
    assert_eq!(viewer.view().borrowed, None);
}

/// `B` asks the node for its stream.
fn asked_by(rig: &mut Rig, who: &str) -> Option<LinkId> {
    let link = rig.offered_for(who, &format!("dc_{who}{}", rig.actions.len()), "borrow")?;
    rig.link(link, LinkEvent::ChannelOpen);
    rig.says(link, &Message::RequestStream { name: who.to_lowercase() });
    Some(link)
}

fn answer(rig: &mut Rig, to: &str, accept: bool) {
    rig.command(Command::AnswerStreamRequest { to: peer(to), accept });
}

#[test]
fn the_stream_is_lent_to_whom_the_person_allows_it() {
    let mut rig = Rig::host(2);
    assert_eq!(asked_by(&mut rig, "B"), None, "nothing is shown");
    rig.command(Command::OnAir(Some(BOTH)));
    let link = asked_by(&mut rig, "B").unwrap();
    assert_eq!(*rig.view().stream_requests, [(peer("B"), "b".to_owned())]);
    assert_eq!((rig.fed(link), rig.sent(link).len()), (None, 0), "nothing without being allowed");
    answer(&mut rig, "X", true);
    answer(&mut rig, "B", true);
    assert_eq!((rig.fed(link), rig.sent(link)), (Some(Source::Local), vec![on_air(Some(BOTH))]));
    assert_eq!(rig.view().stream_requests.len(), 0);
    // It is no child, and no member.
    assert_eq!(rig.view().tree.children.len(), 0);
    let audio = Tracks { audio: true, video: false };
    rig.command(Command::OnAir(Some(audio)));
    assert_eq!(rig.sent(link), [on_air(Some(audio))]);
    rig.command(Command::OnAir(None));
    assert_eq!(rig.sent(link), [leave()]);
    assert!(rig.is_closed(link));
}

#[test]
fn a_refused_one_does_not_insist_and_all_are_few() {
    let mut rig = Rig::host(2);
    rig.command(Command::OnAir(Some(BOTH)));
    let link = asked_by(&mut rig, "B").unwrap();
    assert_eq!(asked_by(&mut rig, "B"), None, "once is enough");
    answer(&mut rig, "B", false);
    assert_eq!(rig.sent(link), [leave()]);
    assert!(rig.is_closed(link));
    assert_eq!(asked_by(&mut rig, "B"), None);
    rig.run(31_000);
    assert!(asked_by(&mut rig, "B").is_some());
    let many = (0..100).filter(|n| asked_by(&mut rig, &format!("X{n}")).is_some()).count();
    assert_eq!(many, limits::LOANS - 1);
    // Who says nothing holds no place for long.
    rig.run(60_000);
    assert!(rig.offered_for("Y", "dc_y", "borrow").is_some());
}

#[test]
fn a_viewer_lends_what_comes_from_its_parent() {
    let (mut rig, parent) = Rig::attached();
    assert_eq!(asked_by(&mut rig, "B"), None);
    let mut room = room_of("H");
    (room.version, room.on_air) = (2, Some(BOTH));
    rig.says(parent, &Message::Room(Signed::unproven(room.clone())));
    let link = asked_by(&mut rig, "B").unwrap();
    answer(&mut rig, "B", true);
    assert_eq!(rig.fed(link), Some(Source::Link(parent)));
    (room.version, room.on_air) = (3, None);
    rig.says(parent, &Message::Room(Signed::unproven(room)));
    assert_eq!(rig.sent(link), [on_air(Some(BOTH)), leave()]);
}

#[test]
fn nobody_else_may_send_a_stream() {
    let (mut rig, child, link) = asking();
    let refused = rig.node.refused();
    rig.says(child, &on_air(Some(BOTH)));
    assert_eq!((rig.node.refused(), rig.shown), (refused + 1, None));
    rig.says(link, &Message::Text { name: String::new(), text: "x".to_owned() });
    assert_eq!(rig.node.refused(), refused + 2);
}
