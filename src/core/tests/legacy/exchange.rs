//! The original exchange page: a data link with texts, and a call that goes both ways.

use live_core::identity::Identity;
use live_core::view::LineState;

use super::rig::*;

fn exchange() -> Rig {
    let identity = Identity::Name(peer("E"));
    Rig::begin(Node::exchange(identity, None, "UN".to_owned(), NOW, Pcg64Mcg::seed_from_u64(1)))
}

fn state(rig: &Rig) -> LineState {
    rig.view().line.state
}

fn command(rig: &mut Rig, command: Command) {
    rig.handle(Input::Command(command));
}

/// The old page calls; its stream is there.
fn called_by(rig: &mut Rig, from: &str) -> LinkId {
    let connection = format!("mc_{from}{}", rig.links.len());
    let call = rig.offer(from, "media", &connection).unwrap();
    rig.handle(Input::Link(call, LinkEvent::Tracks(BOTH)));
    rig.handle(Input::Link(call, LinkEvent::Connected));
    call
}

#[test]
fn an_old_page_calls_ours() {
    let mut rig = exchange();
    let link = rig.dialled_by("O");
    assert_eq!(state(&rig), LineState::Open);
    let call = called_by(&mut rig, "O");
    assert_eq!(rig.links[&call].media, MediaRole::Both);
    assert_eq!((rig.shown, rig.view().line.on_air), (Some(Source::Link(call)), Some(BOTH)));
    assert_eq!(rig.links[&call].feed, None);
    command(&mut rig, Command::OnAir(Some(BOTH)));
    assert_eq!((rig.links[&call].feed, rig.links[&link].feed), (Some(Source::Local), None));
    rig.says(link, json!(["Ona", "hello"]));
    command(&mut rig, Command::SendChat("1 < 2 & <b>".to_owned()));
    assert_eq!(rig.texts(), [tuple("Ona", "hello"), tuple("UN", "1 < 2 & <b>")]);
    // It would take it for markup.
    assert_eq!(rig.heard(link), [json!(["UN", "1 &lt; 2 &amp; &lt;b>"])]);
    rig.handle(Input::Link(link, LinkEvent::ChannelClosed));
    assert_eq!((state(&rig), rig.shown), (LineState::Ended, None));
    assert!(rig.is_closed(call));
    rig.run(60_000);
    assert_eq!(rig.placed(), 0);
}

#[test]
fn ours_calls_an_old_page_until_its_person_starts() {
    let mut rig = exchange();
    command(&mut rig, Command::Call(peer("O")));
    let link = rig.dialled();
    rig.answer(link);
    assert_eq!((state(&rig), rig.placed()), (LineState::Open, 1));
    command(&mut rig, Command::OnAir(Some(BOTH)));
    rig.run(9_000);
    assert_eq!((rig.placed(), rig.open_calls().count()), (3, 1));
    rig.pick_up();
    let call = rig.open_calls().next().unwrap();
    rig.handle(Input::Link(call, LinkEvent::Tracks(BOTH)));
    assert_eq!(rig.shown, Some(Source::Link(call)));
    assert_eq!(
        (rig.links[&call].media, rig.links[&call].feed),
        (MediaRole::Both, Some(Source::Local))
    );
    rig.run(30_000);
    assert_eq!(rig.placed(), 3);
    command(&mut rig, Command::HangUp);
    assert!(rig.is_closed(link) && rig.is_closed(call));
    assert_eq!(state(&rig), LineState::Idle);
}

#[test]
fn a_call_may_come_before_the_link_of_its_texts() {
    let mut rig = exchange();
    assert_eq!(rig.offer("O", "media", "mc_o"), None);
    rig.dialled_by("O");
    assert_eq!(rig.links.len(), 2);
    assert_eq!(rig.links.values().filter(|end| end.media == MediaRole::Both).count(), 1);
}

#[test]
fn an_old_third_is_told_that_the_line_is_busy() {
    let mut rig = exchange();
    let link = rig.dialled_by("O");
    let third = rig.dialled_by("P");
    assert_eq!(rig.heard(third), [json!(["", "The line is busy"])]);
    assert!(rig.is_closed(third));
    assert_eq!(rig.offer("P", "media", "mc_p"), None, "its call is not taken");
    assert_eq!((state(&rig), rig.is_closed(link)), (LineState::Open, false));
    let many = (0..100).filter(|n| rig.offer(&format!("Q{n}"), "data", "dc_q").is_some()).count();
    assert_eq!(many, limits::EXCHANGE_TURNED_AWAY);
}

#[test]
fn what_is_no_text_ends_the_call() {
    for nonsense in [json!([1, 0, 0, [], "O", "Ona", []]), json!("text"), json!([]), json!([1])] {
        let mut rig = exchange();
        let link = rig.dialled_by("O");
        rig.says(link, nonsense);
        assert!(rig.is_closed(link));
        assert_eq!(state(&rig), LineState::Ended);
        assert!(rig.texts().is_empty());
    }
}
