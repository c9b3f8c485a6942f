//! Golden traces, our node as the host.

use super::rig::*;

#[test]
fn an_old_viewer_joins_our_host() {
    let mut rig = Rig::host();
    let a = rig.dialled_by("A");
    // Unlisted.
    let private = |mut map: Value| {
        map[10] = json!("");
        map
    };
    assert_eq!(rig.heard(a), [private(lone_host())]);
    rig.says(a, json!([1, 0, 0, [], "A", "Ann", []]));
    rig.run(300);
    let with_a = json!([1, 1, 1, [], "H", "UN", [], "A", "Ann", [1, 0, 0, [], "A", "Ann", []]]);
    rig.run(1_000);
    assert_eq!(rig.heard(a).pop().unwrap(), private(map(json!(["A", "H"]), with_a)));
    assert_eq!(*rig.view().tree.children, [(peer("A"), "Ann".to_owned())]);
    assert_eq!(rig.view().room.as_ref().unwrap().members, 2);

    // B joins A, chats, renames, and closes its link.
    let b =
        |name: &str| json!([1, 0, 1, [], "A", "Ann", [], "B", name, [1, 0, 0, [], "B", name, []]]);
    rig.says(a, b("Bob"));
    rig.run(1_000);
    let told = rig.heard(a).pop().unwrap();
    assert_eq!((&told[2], &told[9][9]), (&json!(["A", "B", "H"]), &b("Bob")));
    rig.says(a, json!([0, "A", "Bob", "hi", null, ""]));
    assert_eq!(rig.texts(), [tuple("Bob", "hi")]);
    assert_eq!(rig.heard(a), Vec::<Value>::new(), "no echo");
    rig.says(a, b("Bob2"));
    rig.run(1_000);
    assert_eq!(rig.heard(a).pop().unwrap()[9][9], b("Bob2"));
    rig.says(a, json!([1, 0, 0, [], "A", "Ann2", []]));
    rig.run(1_000);
    assert_eq!(rig.heard(a).pop().unwrap()[2], json!(["A", "H"]));
    assert_eq!(*rig.view().tree.children, [(peer("A"), "Ann2".to_owned())]);

    rig.handle(Input::Command(Command::SendChat("welcome".to_owned())));
    assert_eq!(rig.heard(a), [json!([0, "H", "UN", "welcome", null, ""])]);
    rig.handle(Input::Link(a, LinkEvent::ChannelClosed));
    rig.run(1_000);
    assert_eq!(rig.view().room.as_ref().unwrap().members, 1);
}

#[test]
fn the_map_shows_who_is_behind_an_old_page() {
    let mut rig = Rig::host();
    let a = rig.joined_by("A");
    let with_b = json!([1, 0, 1, [], "A", "Ann", [], "B", "Bob", [1, 0, 0, [], "B", "Bob", []]]);
    rig.says(a, with_b);
    rig.run(1_000);
    rig.handle(Input::Command(Command::Map(true)));
    rig.run(6_000);
    let shown = |rig: &Rig| -> Vec<_> {
        let map = rig.view().map.clone().unwrap();
        let peers = map.iter().map(|p| (p.id.clone(), p.parent.clone(), p.name.clone()));
        peers.skip(1).collect()
    };
    let ann = (peer("A"), Some(peer("H")), "Ann".to_owned());
    let bob = (peer("B"), Some(peer("A")), "Bob".to_owned());
    assert_eq!(shown(&rig), [ann.clone(), bob]);
    rig.says(a, json!([1, 0, 0, [], "A", "Ann", []]));
    rig.run(6_000);
    assert_eq!(shown(&rig), [ann]);
}

#[test]
fn a_newcomer_hears_what_is_said_from_now_on_only() {
    let mut rig = Rig::host();
    rig.handle(Input::Command(Command::SendChat("before".to_owned())));
    let a = rig.joined_by("A");
    rig.handle(Input::Command(Command::SendChat("after".to_owned())));
    let said: Vec<_> = rig.heard(a).into_iter().filter(|message| message[0] == 0).collect();
    assert_eq!(said, [json!([0, "H", "UN", "after", null, ""])]);
}

#[test]
fn images_cross_to_old_pages_and_back() {
    let mut rig = Rig::host();
    let (a, b) = (rig.joined_by("A"), rig.joined_by("B"));
    rig.run(1_000);
    rig.heard(b);
    let image = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB";
    let avatar = "data:image/gif;base64,R0lGODlhAQABAAAAADs=";
    rig.says(a, json!([0, "A", "Ann", "look", image, avatar]));
    assert_eq!(rig.heard(b), [json!([0, "H", "Ann", "look", image, avatar])]);
    rig.says(a, json!([0, "A", "Ann", "", image, ""]));
    assert_eq!(rig.heard(b)[0][4], json!(image));
    rig.says(a, json!([0, "A", "Ann", "", null, ""]));
    assert_eq!(rig.heard(b), Vec::<Value>::new());
    rig.says(a, json!([0, "A", "Ann", "x", "javascript:alert(1)", "http://tracker/x.png"]));
    assert_eq!(rig.heard(b), [json!([0, "H", "Ann", "x", null, ""])]);
    assert_eq!(rig.texts().len(), 3);
    let view = rig.view();
    let known = |id: Option<PictureId>| {
        let picture = view.pictures.iter().find(|picture| Some(picture.id()) == id).unwrap();
        picture.to_data_url()
    };
    assert_eq!(known(view.chat[0].image), image);
    assert_eq!(known(view.chat[0].avatar), avatar);
    // Ours goes out as old pages have it, every time.
    rig.heard(a);
    let own = |address| Arc::new(Picture::from_data_url(address).unwrap());
    rig.handle(Input::Command(Command::Avatar(Some(own(avatar)))));
    for text in ["one", "two"] {
        rig.handle(Input::Command(Command::SendImage(text.to_owned(), own(image))));
        let said = json!([0, "H", "UN", text, image, avatar]);
        assert_eq!((rig.heard(a), rig.heard(b)), (vec![said.clone()], vec![said]));
    }
}

#[test]
fn the_rules_hold_for_old_pages_too() {
    let mut rig = Rig::host();
    let (a, b) = (rig.joined_by("A"), rig.joined_by("B"));
    rig.run(1_000);
    let order = |rig: &mut Rig, order| rig.handle(Input::Command(Command::Moderate(order)));
    order(&mut rig, Moderation::Mute(peer("A"), true));
    rig.heard(b);
    rig.says(a, json!([0, "A", "Ann", "unheard", null, ""]));
    assert!(rig.texts().is_empty() && rig.heard(b).is_empty());
    order(&mut rig, Moderation::Ban(peer("A")));
    assert!(rig.is_closed(a) && !rig.is_closed(b));
    let again = rig.dialled_by("A");
    rig.says(again, json!([1, 0, 0, [], "A", "Ann", []]));
    assert!(rig.is_closed(again));
    order(&mut rig, Moderation::SetAdmission(AdmissionPolicy::Locked));
    let late = rig.dialled_by("C");
    rig.says(late, json!([1, 0, 0, [], "C", "Cat", []]));
    assert!(rig.is_closed(late) && !rig.is_closed(b));
}

#[test]
fn going_live_places_one_call_per_edge_however_often_it_is_asked_for() {
    let mut rig = Rig::host();
    let a = rig.joined_by("A");
    rig.heard(a);
    assert_eq!(rig.placed(), 0, "no call without a picture");
    rig.handle(Input::Command(Command::OnAir(Some(BOTH))));
    rig.run(50);
    assert_eq!(rig.heard(a).first(), Some(&json!([4, "H"])));
    for _ in 0..4 {
        rig.says(a, json!([4, "A"]));
        rig.run(40);
    }
    rig.run(2_000);
    rig.pick_up();
    assert_eq!(rig.placed(), 1);
    let call = rig.open_calls().next().unwrap();
    assert_eq!(rig.links[&call].feed, Some(Source::Local));
    rig.handle(Input::Command(Command::OnAir(None)));
    assert_eq!(rig.links[&call].feed, None);
    rig.handle(Input::Command(Command::OnAir(Some(BOTH))));
    rig.run(3_000);
    assert_eq!((rig.links[&call].feed, rig.placed()), (Some(Source::Local), 1), "by replaceTrack");
}

#[test]
fn who_joins_late_or_refreshes_is_called_once() {
    let mut rig = Rig::host();
    rig.handle(Input::Command(Command::OnAir(Some(BOTH))));
    let a = rig.joined_by("A");
    rig.pick_up();
    assert_eq!(rig.placed(), 1);
    rig.run(5_000);
    rig.says(a, json!([4, "A"]));
    rig.run(2_000);
    rig.pick_up();
    assert_eq!((rig.placed(), rig.open_calls().count()), (2, 1), "the new one replaces the old");
    // C-8: the count stays however often somebody refreshes.
    for _ in 0..20 {
        rig.says(a, json!([4, "A"]));
        rig.run(500);
        rig.pick_up();
    }
    assert_eq!(rig.open_calls().count(), 1);
    assert!(rig.placed() <= 6, "{} calls in ten seconds", rig.placed());
    rig.handle(Input::Link(a, LinkEvent::ChannelClosed));
    assert_eq!(rig.open_calls().count(), 0, "the call goes with the child");
}

#[test]
fn off_air_the_old_loop_ends_at_once() {
    // C-6: every answer makes an old relay's child ask again.
    let mut rig = Rig::host();
    let a = rig.joined_by("A");
    rig.heard(a);
    let before = rig.frames;
    for _ in 0..100 {
        rig.says(a, json!([4, "A"]));
        if rig.heard(a).contains(&json!([4, 0])) {
            rig.says(a, json!([4, "A"]));
            rig.says(a, json!([4, "A"]));
        }
        rig.run(40);
    }
    assert!(rig.frames - before <= 4, "{} answers to a storm", rig.frames - before);
    assert_eq!(rig.placed(), 0);
}

#[test]
fn an_old_child_beyond_the_limit_uses_the_reserve_and_then_waits() {
    let mut rig = Rig::host();
    let most = 4 + limits::OLD_RESERVE as usize;
    let links: Vec<_> = (0..=most).map(|i| rig.joined_by(&format!("V{i}"))).collect();
    assert_eq!(rig.view().tree.children.len(), most);
    rig.heard(links[most]);
    rig.handle(Input::Link(links[0], LinkEvent::ChannelClosed));
    rig.run(6_000);
    assert_eq!(rig.view().tree.children.len(), most, "the one that waited has moved up");
    assert!(rig.view().tree.children.iter().any(|(id, _)| *id == peer(&format!("V{most}"))));
}

#[test]
fn a_host_that_leaves_closes_each_link_once() {
    let mut rig = Rig::host();
    rig.handle(Input::Command(Command::OnAir(Some(BOTH))));
    rig.joined_by("A");
    rig.dialled_by("G");
    rig.run(2_000);
    rig.pick_up();
    assert_eq!((rig.shown, rig.placed()), (Some(Source::Local), 1));
    rig.handle(Input::Command(Command::Leave));
    rig.run(60_000);
    assert!(rig.links.values().all(|end| end.closed));
    assert_eq!((rig.shown, rig.node.deadline()), (None, None));
}
