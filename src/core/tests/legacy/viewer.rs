//! Golden traces, our node as a viewer.

use super::rig::*;

#[test]
fn our_viewer_joins_an_old_host() {
    let (mut rig, h) = Rig::joins("H", lone_host());
    let room = rig.view().room.clone().unwrap();
    assert_eq!(room.id, peer("H"));
    assert_eq!((room.meta.title.as_str(), room.phase), ("T", Phase::Attached));
    assert_eq!((rig.view().tree.parent.clone(), rig.view().tree.depth), (Some(peer("H")), 1));
    let children = json!([1, 1, 1, [], "H", "Hal", [], "A", "UN", [1, 0, 0, [], "A", "UN", []]]);
    let mut renamed = map(json!(["A", "H"]), children);
    renamed[4] = json!("New title");
    renamed[8] = json!("Hal");
    rig.says(h, renamed);
    let room = rig.view().room.clone().unwrap();
    assert_eq!((room.meta.title.as_str(), room.host.as_str()), ("New title", "Hal"));
    assert_eq!(room.members, 2);

    rig.says(h, json!([0, "H", "Hal", "hello", null, ""]));
    assert_eq!(rig.texts(), [tuple("Hal", "hello")]);
    rig.handle(Input::Command(Command::SendChat("hi".to_owned())));
    assert_eq!(rig.heard(h), [json!([0, "A", "UN", "hi", null, ""])], "and no echo of the other");
    rig.run(1_000);
    rig.handle(Input::Command(Command::Rename("Ann".to_owned())));
    rig.run(300);
    assert_eq!(rig.heard(h), [json!([1, 0, 0, [], "A", "Ann", []])]);

    // B, an old page too, joins this viewer.
    let b = rig.dialled_by("B");
    let told = rig.heard(b).pop().unwrap();
    assert_eq!((&told[1], &told[7]), (&json!(-1), &json!("H")), "second hand");
    rig.says(b, json!([1, 0, 0, [], "B", "Bob", []]));
    rig.run(1_000);
    let here = json!([1, 0, 1, [], "A", "Ann", [], "B", "Bob", [1, 0, 0, [], "B", "Bob", []]]);
    assert_eq!(rig.heard(h), [here]);
    assert_eq!(rig.heard(b).pop().unwrap()[1], json!(1));
    rig.says(b, json!([0, "B", "Bob", "from below", null, ""]));
    assert_eq!(rig.heard(h), [json!([0, "A", "Bob", "from below", null, ""])]);
    assert_eq!(rig.heard(b), Vec::<Value>::new());
}

#[test]
fn who_has_given_an_old_page_no_name_has_none_here() {
    let (mut rig, h) = Rig::joins("H", lone_host());
    let nameless = "undefined_Name";
    let children = json!([1, 1, 1, [], "H", nameless, [], "A", "UN", [1, 0, 0, [], "A", "UN", []]]);
    let mut nodes = map(json!(["A", "H"]), children);
    nodes[8] = json!(nameless);
    rig.says(h, nodes);
    rig.says(h, json!([0, "H", nameless, "hello", null, ""]));
    assert_eq!(rig.view().room.as_ref().unwrap().host, "");
    assert_eq!(rig.texts(), [tuple("", "hello")]);
}

#[test]
fn the_call_of_an_old_host_is_answered_shown_and_passed_on() {
    let (mut rig, h) = Rig::joins("H", lone_host());
    let b = rig.joined_by("B");
    rig.heard(b);
    rig.says(h, json!([4, "H"]));
    rig.says(h, json!([4, "H"]));
    let asked = rig.heard(h);
    assert_eq!(asked.iter().filter(|said| **said == json!([4, "A"])).count(), 1, "{asked:?}");
    let call = rig.offer("H", "media", "mc_1").unwrap();
    assert_eq!(rig.links[&call].media, MediaRole::Receive);
    rig.handle(Input::Link(call, LinkEvent::Tracks(BOTH)));
    rig.handle(Input::Link(call, LinkEvent::ChannelOpen));
    assert_eq!(rig.shown, Some(Source::Link(call)));
    assert_eq!(rig.view().room.as_ref().unwrap().on_air, Some(BOTH));
    assert!(rig.sound);
    rig.run(2_000);
    rig.pick_up();
    assert_eq!(rig.placed(), 1, "the old child gets one call");
    let down = rig.open_calls().next().unwrap();
    assert_eq!(rig.links[&down].feed, Some(Source::Link(call)));

    // The host changes its source: it calls again, the child keeps its call.
    let again = rig.offer("H", "media", "mc_2").unwrap();
    rig.handle(Input::Link(again, LinkEvent::Tracks(BOTH)));
    assert_eq!(rig.shown, Some(Source::Link(call)), "until the new one is up");
    rig.handle(Input::Link(again, LinkEvent::ChannelOpen));
    assert_eq!(rig.shown, Some(Source::Link(again)));
    assert!(rig.is_closed(call));
    rig.run(5_000);
    assert_eq!((rig.placed(), rig.links[&down].feed), (1, Some(Source::Link(again))));
    rig.handle(Input::Command(Command::Refresh));
    assert_eq!(rig.heard(h).pop(), Some(json!([4, "A"])));
}

#[test]
fn the_call_may_come_before_the_map() {
    let mut rig = Rig::viewer("H");
    let h = rig.dialled();
    rig.answer(h);
    let call = rig.offer("H", "media", "mc_1").unwrap();
    rig.handle(Input::Link(call, LinkEvent::Tracks(BOTH)));
    rig.handle(Input::Link(call, LinkEvent::ChannelOpen));
    rig.says(h, lone_host());
    assert_eq!(rig.shown, Some(Source::Link(call)));
    assert_eq!(rig.view().room.as_ref().unwrap().on_air, Some(BOTH));
}

#[test]
fn our_viewer_joins_an_old_viewer_and_comes_back_to_the_host() {
    let children = json!([1, 1, 1, [], "H", "UN", [], "C", "Cy", [1, 0, 0, [], "C", "Cy", []]]);
    let mut second_hand = map(json!(["C", "H"]), children);
    second_hand[1] = json!(-1);
    let (mut rig, c) = Rig::joins("C", second_hand);
    assert_eq!((rig.view().tree.depth, rig.view().room.as_ref().unwrap().members), (2, 2));
    rig.handle(Input::Link(c, LinkEvent::ChannelClosed));
    assert_eq!(rig.view().room.as_ref().unwrap().phase, Phase::Repairing);
    let next = rig.dialled();
    assert_eq!(rig.links[&next].peer, "H");
    rig.answer(next);
    rig.says(next, lone_host());
    assert_eq!(rig.view().tree.depth, 1);
}

#[test]
fn the_shapes_of_the_first_version_are_understood() {
    // Eleven slots, the greeting with -1 where the members are, members in the place of the kind.
    let nodes = json!([1, 1, 0, [], "H", "UN", []]);
    let greeting = json!([1, 1, -1, 0, "T", "S", null, "H", "UN", nodes, "NET"]);
    let (mut rig, h) = Rig::joins("H", greeting);
    assert_eq!(rig.view().room.as_ref().unwrap().phase, Phase::Attached);
    rig.says(h, json!([1, 1, ["A", "B", "H"], ["A", "H"], "T", "S", null, "H", "UN", nodes, "N"]));
    assert_eq!(rig.view().room.as_ref().unwrap().members, 3);
}

#[test]
fn a_dead_old_parent_is_noticed_though_it_answers_no_pings() {
    let (mut rig, h) = Rig::joins("H", lone_host());
    rig.run(60_000);
    assert!(!rig.is_closed(h), "silence alone means nothing");
    rig.handle(Input::Link(h, LinkEvent::Disconnected));
    rig.run(2_000);
    rig.handle(Input::Link(h, LinkEvent::Connected));
    rig.run(10_000);
    assert!(!rig.is_closed(h), "it was found again");
    rig.handle(Input::Link(h, LinkEvent::Disconnected));
    rig.run(6_000);
    assert!(rig.is_closed(h));
    assert_eq!(rig.view().room.as_ref().unwrap().phase, Phase::Repairing);
}

#[test]
fn a_stream_is_borrowed_from_an_old_page() {
    let mut rig = Rig::host();
    let a = rig.joined_by("A");
    rig.handle(Input::Command(Command::Borrow(Some(peer("O")))));
    let link = rig.dialled();
    rig.answer(link);
    assert_eq!(rig.heard(link), [json!([2, "H", "UN"])]);
    // It shows its room first, as to everyone.
    rig.says(link, map(json!(["O"]), json!([1, 1, 0, [], "O", "UN", []])));
    rig.run(5_000);
    assert_eq!(rig.heard(link).len(), 0, "it is told nothing of this room");
    assert_eq!(rig.offer("X", "media", "mc_x"), None, "nobody else may call");
    let call = rig.offer("O", "media", "mc_o").unwrap();
    rig.handle(Input::Link(call, LinkEvent::Tracks(BOTH)));
    rig.handle(Input::Link(call, LinkEvent::Connected));
    assert_eq!(rig.shown, Some(Source::Link(call)));
    assert_eq!(rig.view().room.as_ref().unwrap().on_air, Some(BOTH));
    rig.run(2_000);
    rig.pick_up();
    let down = rig.links.iter().find(|(_, end)| end.is_call() && end.peer == "A").unwrap().1;
    assert_eq!(down.feed, Some(Source::Link(call)));
    rig.handle(Input::Link(call, LinkEvent::ChannelClosed));
    assert_eq!((rig.shown, rig.view().room.as_ref().unwrap().on_air), (None, None));
    assert!(rig.is_closed(link) && !rig.is_closed(a));
}

#[test]
fn a_stream_is_lent_to_whom_the_person_allows_it() {
    let mut rig = Rig::host();
    rig.handle(Input::Command(Command::OnAir(Some(BOTH))));
    let (q, x) = (rig.dialled_by("Q"), rig.dialled_by("X"));
    rig.says(q, json!([2, "Q", "Quinn"]));
    rig.says(x, json!([2, "Y", "somebody else"]));
    rig.run(5_000);
    assert_eq!(*rig.view().stream_requests, [(peer("Q"), "Quinn".to_owned())]);
    assert_eq!(rig.placed(), 0, "nobody is called without being allowed to");
    rig.handle(Input::Command(Command::AnswerStreamRequest { to: peer("X"), accept: true }));
    rig.handle(Input::Command(Command::AnswerStreamRequest { to: peer("Q"), accept: false }));
    assert_eq!((rig.placed(), rig.view().stream_requests.len()), (0, 0));
    rig.says(q, json!([2, "Q", "Quinn"]));
    assert_eq!(rig.view().stream_requests.len(), 0, "whoever was refused does not insist");
    rig.run(31_000);
    rig.says(q, json!([2, "Q", "Quinn"]));
    rig.handle(Input::Command(Command::AnswerStreamRequest { to: peer("Q"), accept: true }));
    rig.pick_up();
    assert_eq!(rig.placed(), 1);
    let call = rig.open_calls().next().unwrap();
    assert_eq!(rig.links[&call].feed, Some(Source::Local));
    rig.handle(Input::Link(call, LinkEvent::ChannelClosed));
    rig.run(10_000);
    assert_eq!(rig.placed(), 1);
    assert!(rig.heard(q).iter().all(|said| said[0] == 1), "and is told nothing but the map");
}
