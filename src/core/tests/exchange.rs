//! Two people exchange streams and texts; the test plays the other one, and those who disturb.
#![allow(clippy::unwrap_used)]

#[path = "support/node_rig.rs"]
mod rig;

use live_core::id::LinkId;
use live_core::node::{Command, LinkAction, LinkEvent, MediaRole, Source};
use live_core::view::{LineState, Problem, Tracks};
use live_core::wire::limits;
use live_core::wire::message::Message;
use rig::{Rig, peer};

const BOTH: Tracks = Tracks { audio: true, video: true };

fn on_air(tracks: Option<Tracks>) -> Message {
    Message::OnAir { name: "Ada".to_owned(), by: None, tracks }
}

fn text(text: &str) -> Message {
    Message::Text { name: "Ada".to_owned(), text: text.to_owned() }
}

/// `A` calls and is on the line.
fn called() -> (Rig, LinkId) {
    let mut rig = Rig::exchange();
    let link = calls(&mut rig, "A");
    (rig, link)
}

fn calls(rig: &mut Rig, who: &str) -> LinkId {
    let connection = format!("dc_{who}{}", rig.actions.len());
    let link = rig.offered_for(who, &connection, "exchange").unwrap();
    rig.link(link, LinkEvent::ChannelOpen);
    rig.says(link, &on_air(None));
    link
}

fn state(rig: &Rig) -> LineState {
    rig.view().line.state
}

fn texts(rig: &Rig) -> Vec<(String, String)> {
    rig.view().chat.iter().map(|text| (text.author.to_string(), text.text.clone())).collect()
}

#[test]
fn either_may_show_something_first() {
    let (mut rig, link) = called();
    assert_eq!((state(&rig), rig.shown, rig.fed(link)), (LineState::Open, None, None));
    rig.says(link, &on_air(Some(BOTH)));
    assert_eq!(rig.shown, Some(Source::Link(link)));
    assert_eq!(rig.view().line.on_air, Some(BOTH));
    rig.sent(link);
    rig.command(Command::OnAir(Some(BOTH)));
    assert_eq!(rig.fed(link), Some(Source::Local));
    let own = Message::OnAir { name: "Nia".to_owned(), by: None, tracks: Some(BOTH) };
    assert_eq!(rig.sent(link), [own]);
    rig.says(link, &on_air(None));
    assert_eq!((rig.shown, rig.fed(link)), (None, Some(Source::Local)));

    // What was started before the call is shown at once.
    let mut rig = Rig::exchange();
    rig.command(Command::OnAir(Some(BOTH)));
    let link = calls(&mut rig, "A");
    assert_eq!(rig.fed(link), Some(Source::Local));
}

#[test]
fn one_connection_carries_everything_both_ways() {
    let mut rig = Rig::exchange();
    rig.command(Command::Call(peer("A")));
    assert_eq!(state(&rig), LineState::Calling);
    let link = rig.dialled();
    let opens = rig.actions.iter().filter_map(|(_, action)| match action {
        LinkAction::Open { channel, media } => Some((channel.is_some(), *media)),
        _ => None,
    });
    assert_eq!(opens.collect::<Vec<_>>(), [(true, MediaRole::Both)]);
    let offer = rig.offers().pop().unwrap();
    rig.answer(&offer, 1);
    rig.link(link, LinkEvent::ChannelOpen);
    assert_eq!(state(&rig), LineState::Open);
}

#[test]
fn texts_cross_and_are_bounded() {
    let (mut rig, link) = called();
    rig.sent(link);
    rig.command(Command::SendChat("<b>hello</b>".to_owned()));
    rig.command(Command::SendChat("  ".to_owned()));
    let said = Message::Text { name: "Nia".to_owned(), text: "<b>hello</b>".to_owned() };
    assert_eq!(rig.sent(link), [said]);
    rig.says(link, &text("hi"));
    let [own, other] = [("N", "<b>hello</b>"), ("A", "hi")].map(|(a, b)| (a.into(), b.into()));
    assert_eq!(texts(&rig), [own, other]);
    (0..1_000).for_each(|number| rig.says(link, &text(&number.to_string())));
    assert_eq!(texts(&rig).len(), 1 + limits::EXCHANGE_BURST as usize);
    assert_eq!(state(&rig), LineState::Open);
    for _ in 0..100 {
        rig.run_alive(link, 1);
        (0..4).for_each(|_| rig.says(link, &text("more")));
    }
    assert_eq!(texts(&rig).len(), limits::CHAT_HISTORY);
    rig.run_alive(link, 5);
    rig.says(link, &text(&"x".repeat(20_000)));
    assert_eq!(texts(&rig).pop().unwrap().1, "x".repeat(limits::CHAT_TEXT));
}

#[test]
fn a_third_is_told_that_the_line_is_busy() {
    let (mut rig, link) = called();
    rig.signalled.clear();
    assert_eq!(rig.offered_for("B", "dc_b", "exchange"), None);
    let answer = rig.signalled("ANSWER").pop().unwrap();
    assert_eq!(answer["payload"]["p2pLive"]["refuse"]["reason"], "busy");
    assert_eq!((state(&rig), rig.is_closed(link)), (LineState::Open, false));

    let mut third = Rig::exchange();
    third.command(Command::Call(peer("A")));
    let offer = third.offers().pop().unwrap();
    third.refuse(&offer, "busy", &[]);
    assert_eq!(state(&third), LineState::Idle);
    assert_eq!(third.view().problem, Some(Problem::LineBusy));
}

#[test]
fn what_is_no_exchange_is_refused() {
    let mut rig = Rig::exchange();
    for intent in ["join", "knock", "browse", "announce", "standby"] {
        assert_eq!(rig.offered_for("A", intent, intent), None);
    }
    let link = calls(&mut rig, "A");
    let refused = rig.node.refused();
    rig.says(link, &Message::Away);
    rig.says(link, &Message::Activate);
    assert_eq!((rig.node.refused(), state(&rig)), (refused + 2, LineState::Open));
    let mut room = Rig::host(2);
    assert_eq!(room.offered_for("A", "dc_a", "exchange"), None);
}

#[test]
fn hanging_up_ends_it_for_both() {
    let (mut rig, link) = called();
    rig.says(link, &on_air(Some(BOTH)));
    rig.says(link, &Message::Leave { ask: Vec::new() });
    assert_eq!((state(&rig), rig.shown), (LineState::Ended, None));
    assert!(rig.is_closed(link));
    rig.run(60_000);
    assert_eq!(rig.offers().len(), 0, "nobody is looked for");

    let link = calls(&mut rig, "B");
    rig.sent(link);
    rig.command(Command::HangUp);
    assert_eq!(rig.sent(link), [Message::Leave { ask: Vec::new() }]);
    assert!(rig.is_closed(link));
    assert_eq!(rig.offered_for("B", "again", "exchange"), None, "not at once");
    assert!(rig.offered_for("C", "dc_c", "exchange").is_some());
}

#[test]
fn a_lost_connection_is_looked_for_by_both() {
    let (mut rig, link) = called();
    rig.command(Command::OnAir(Some(BOTH)));
    rig.link(link, LinkEvent::ChannelClosed);
    assert_eq!(state(&rig), LineState::Reconnecting);
    assert_eq!(rig.offered_for("B", "dc_b", "exchange"), None, "the place is kept");
    rig.run(3_000);
    let offer = rig.offers().pop().unwrap();
    assert_eq!(offer["dst"], "A");
    // The other side dials, too. Of the two, its id is the smaller one.
    let own = rig.dialled();
    let link = rig.offered_for("A", "dc_again", "exchange").unwrap();
    assert!(rig.is_closed(own));
    rig.link(link, LinkEvent::ChannelOpen);
    assert_eq!((state(&rig), rig.fed(link)), (LineState::Open, Some(Source::Local)));

    rig.says(link, &on_air(None));
    rig.link(link, LinkEvent::ChannelClosed);
    rig.run(120_000);
    assert_eq!(state(&rig), LineState::Idle);
    assert_eq!(rig.view().problem, Some(Problem::PeerUnreachable));
}

#[test]
fn who_says_nothing_does_not_keep_the_line() {
    let mut rig = Rig::exchange();
    let link = rig.offered_for("A", "dc_a", "exchange").unwrap();
    rig.link(link, LinkEvent::ChannelOpen);
    rig.run_alive(link, 5);
    assert!(rig.is_closed(link));
    assert!(!state(&rig).is_taken());
}

#[test]
fn if_both_call_at_once_one_connection_stays() {
    let mut rig = Rig::exchange();
    rig.command(Command::Call(peer("Z")));
    let own = rig.dialled();
    assert_eq!(rig.offered_for("Z", "dc_z", "exchange"), None, "the own call counts");
    let offer = rig.offers().pop().unwrap();
    rig.answer(&offer, 1);
    rig.link(own, LinkEvent::ChannelOpen);
    assert_eq!((state(&rig), rig.is_closed(own)), (LineState::Open, false));
}

#[test]
fn a_page_that_was_loaded_again_takes_its_place_when_it_is_connected() {
    let (mut rig, old) = called();
    let new = rig.offered_for("A", "dc_new", "exchange").unwrap();
    assert!(!rig.is_closed(old), "an offer proves nothing");
    rig.link(new, LinkEvent::ChannelOpen);
    assert!(rig.is_closed(old));
    assert_eq!(state(&rig), LineState::Open);
}

#[test]
fn nobody_is_found() {
    let mut rig = Rig::exchange();
    rig.command(Command::Call(peer("N")));
    assert_eq!(rig.view().problem, Some(Problem::PeerNotFound), "that is oneself");
    rig.command(Command::Call(peer("A")));
    assert_eq!(rig.view().problem, None);
    let offer = rig.offers().pop().unwrap();
    rig.refuse(&offer, "not_in_room", &[]);
    assert_eq!(rig.view().problem, Some(Problem::PeerNotFound));
    // What helps is to try again.
    rig.command(Command::Reconnect);
    assert_eq!(rig.offers().pop().unwrap()["dst"], "A");
}
