//! Hostile pages. The numbers are those of the list of the old pages' defects.

use super::rig::*;

#[test]
fn c27_only_the_parent_may_call() {
    let (mut rig, _) = Rig::joins("H", lone_host());
    rig.joined_by("B");
    for stranger in ["X", "B", "A"] {
        assert_eq!(rig.offer(stranger, "media", "mc_x"), None, "{stranger} calls");
    }
    let mut host = Rig::host();
    let child = host.joined_by("A");
    assert_eq!(host.offer("A", "media", "mc_x"), None, "nobody calls a host");
    assert!(!host.is_closed(child));
}

#[test]
fn c27_a_parent_has_one_call_at_a_time() {
    let (mut rig, _) = Rig::joins("H", lone_host());
    let mut open = Vec::new();
    for i in 0..50 {
        open.extend(rig.offer("H", "media", &format!("mc_{i}")));
    }
    let closed = open.iter().filter(|call| rig.is_closed(**call)).count();
    assert!(open.len() - closed <= 2, "{} calls are open", open.len() - closed);
}

#[test]
fn c30_a_map_from_anyone_but_the_parent_changes_nothing() {
    let (mut rig, h) = Rig::joins("H", lone_host());
    let b = rig.joined_by("B");
    let x = rig.dialled_by("X");
    let mut forged = lone_host();
    forged[4] = json!("HIJACKED");
    for link in [b, x] {
        rig.says(link, forged.clone());
    }
    assert_eq!(rig.view().room.as_ref().unwrap().meta.title, "T");
    // And the parent cannot turn the room into another one.
    forged[7] = json!("Other");
    rig.says(h, forged);
    let room = rig.view().room.as_ref().unwrap();
    assert_eq!((room.id.as_str(), room.meta.title.as_str()), ("H", "T"));
}

#[test]
fn c30_a_child_speaks_only_for_itself() {
    let mut rig = Rig::host();
    let a = rig.joined_by("A");
    rig.joined_by("B");
    rig.says(a, json!([1, 0, 0, [], "B", "renamed", []]));
    let x = rig.dialled_by("X");
    rig.says(x, json!([1, 0, 0, [], "B", "taken over", []]));
    rig.run(1_000);
    let children = [(peer("A"), "A".to_owned()), (peer("B"), "B".to_owned())];
    assert_eq!(*rig.view().tree.children, children);
    rig.handle(Input::Command(Command::OnAir(Some(BOTH))));
    rig.run(3_000);
    rig.pick_up();
    let placed = rig.placed();
    rig.says(x, json!([4, "B"]));
    rig.says(a, json!([4, "B"]));
    rig.run(3_000);
    assert_eq!(rig.placed(), placed, "nobody asks for another one's call");
}

#[test]
fn c30_a_host_announces_only_its_own_room() {
    let mut rig = Rig::lobby();
    let h = rig.dialled_by("H");
    rig.says(h, lone_host());
    let x = rig.dialled_by("X");
    let mut forged = lone_host();
    forged[4] = json!("HIJACKED");
    rig.says(x, forged);
    let titles: Vec<_> = rig.view().rooms.iter().map(|card| card.meta.title.as_str()).collect();
    assert_eq!(titles, ["T"]);
}

#[test]
fn c30_names_that_are_ids_do_not_shift_the_map() {
    let mut rig = Rig::host();
    let a = rig.dialled_by("A");
    rig.says(a, json!([1, 0, 0, [], "A", "B", []]));
    rig.joined_by("B");
    rig.run(1_000);
    let told = rig.heard(a).pop().unwrap();
    assert_eq!(told[2], json!(["A", "B", "H"]));
    assert_eq!(rig.view().tree.children.len(), 2);
}

#[test]
fn c30_a_line_reaches_everyone_whoever_it_names() {
    let mut rig = Rig::host();
    let (a, c) = (rig.joined_by("A"), rig.joined_by("C"));
    rig.run(1_000);
    rig.heard(c);
    rig.says(a, json!([0, "C", "A", "not for C", null, ""]));
    assert_eq!(rig.heard(c), [json!([0, "H", "A", "not for C", null, ""])]);
    assert_eq!(rig.view().chat[0].author, peer("A"));
}

#[test]
fn c31_malformed_arrays_are_overlooked() {
    let mut rig = Rig::host();
    let a = rig.joined_by("A");
    for nonsense in [
        json!([]),
        json!([null]),
        json!([1]),
        json!([1, 0]),
        json!([1, 1, null]),
        json!([1, 0, 0, [], { "a": 1 }, 5, []]),
        json!([1, 0, 0, [], "A", null, [], 1, 2, 3, 4]),
        json!([0]),
        json!([0, 1, { "x": 1 }, [], 3, 4]),
        json!([2]),
        json!([3, "x"]),
        json!([4]),
        json!([4, {}]),
        json!([5, 2]),
        json!([5, 0, "x"]),
        json!([1e300, "x"]),
        json!(["x"]),
        json!({ "a": 1 }),
        json!(null),
        json!("text"),
        json!(7),
    ] {
        rig.says(a, nonsense);
    }
    assert!(!rig.is_closed(a));
    assert_eq!(rig.view().tree.children.len(), 1);
    assert_eq!(rig.texts(), []);
    rig.says(a, json!([0, "A", "Ann", "still here", null, ""]));
    assert_eq!(rig.texts().len(), 1);
}

/// A value that an old page might send, or that somebody who knows its arrays might.
fn random(rng: &mut Pcg64Mcg, depth: u32) -> Value {
    let ids = ["A", "B", "H", "X", "", "no id!", "data:image/png;base64,A"];
    match rng.next_u32() % if depth == 0 { 5 } else { 8 } {
        0 => json!(null),
        1 => json!(rng.next_u32() % 7),
        2 => json!(-1),
        3 | 4 => json!(ids[rng.next_u32() as usize % ids.len()]),
        5 => json!([1, 0, 0, [], "A", "A", [], "B", "B", random(rng, depth - 1)]),
        _ => Value::Array((0..rng.next_u32() % 13).map(|_| random(rng, depth - 1)).collect()),
    }
}

#[test]
fn c31_random_messages_break_nothing() {
    for seed in 0..60 {
        let rng = &mut Pcg64Mcg::seed_from_u64(seed);
        let mut rig = match seed % 3 {
            0 => Rig::host(),
            1 => Rig::joins("H", lone_host()).0,
            _ => Rig::lobby(),
        };
        let mut links: Vec<_> = rig.links.keys().copied().collect();
        for step in 0..150 {
            links.retain(|link| !rig.is_closed(*link));
            match rng.next_u32() % 12 {
                0 => links.extend(rig.offer(["A", "B"][step % 2], "data", &format!("dc_{step}"))),
                1 => drop(rig.offer("H", "media", &format!("mc_{step}"))),
                2 => rig.handle(Input::Command(Command::OnAir((step % 2 == 0).then_some(BOTH)))),
                3 => rig.pick_up(),
                4 => rig.run(700),
                _ if links.is_empty() => {}
                which => {
                    let link = links[rng.next_u32() as usize % links.len()];
                    if which == 5 {
                        rig.handle(Input::Link(link, LinkEvent::ChannelOpen));
                        continue;
                    }
                    let mut message = random(rng, 4);
                    if let Some(first) = message.as_array_mut().and_then(|array| array.first_mut())
                    {
                        *first = json!(rng.next_u32() % 6);
                    }
                    rig.says(link, message);
                }
            }
            assert!(rig.open_calls().count() <= 2 * limits::OLD_CALLS, "seed {seed}");
        }
        rig.run(60_000);
        assert!(rig.view().rooms.len() <= 3 && rig.view().tree.children.len() <= 2);
    }
}

#[test]
fn c31_one_bad_entry_does_not_blank_the_list() {
    let mut rig = Rig::lobby();
    let h = rig.dialled_by("H");
    rig.says(h, lone_host());
    let bad = rig.dialled_by("Bad");
    rig.says(bad, json!([1, 1, null, null, null, null, null, "Bad", null, null, null]));
    rig.run(1_100);
    let ids: Vec<_> = rig.view().rooms.iter().map(|card| card.id.as_str()).collect();
    assert_eq!(ids, ["H", "Bad"]);
    let guest = rig.dialled_by("G");
    let list = rig.heard(guest).pop().unwrap();
    for room in list.as_array().unwrap() {
        assert!(room[2].is_array() && room[4].is_string(), "what old guests read: {room}");
    }
}

#[test]
fn c32_an_array_of_four_billion_elements_costs_only_its_sender() {
    let mut rig = Rig::host();
    let a = rig.joined_by("A");
    let b = rig.joined_by("B");
    rig.raw(a, vec![0xdd, 0xff, 0xff, 0xff, 0xff]);
    assert!(rig.is_closed(a));
    assert!(!rig.is_closed(b));
}

#[test]
fn c32_depth_is_bounded() {
    let mut rig = Rig::host();
    let a = rig.joined_by("A");
    let mut deep = vec![0x91; 100_000];
    deep.push(0);
    rig.raw(a, deep);
    assert!(rig.is_closed(a));
}

#[test]
fn c32_a_child_with_more_below_it_than_can_be_is_not_believed() {
    let mut rig = Rig::host();
    let a = rig.joined_by("A");
    let mut here = vec![json!(1), json!(0), json!(9), json!([]), json!("A"), json!("A"), json!([])];
    for i in 0..limits::OLD_NODES + 5 {
        here.extend([json!(format!("x{i}")), json!("x"), json!([])]);
    }
    rig.says(a, Value::Array(here));
    rig.run(2_000);
    assert_eq!(rig.view().room.as_ref().unwrap().members, 2);
}

#[test]
fn c32_fifty_links_of_one_page_are_not_fifty_members() {
    let mut rig = Rig::host();
    let mut links = Vec::new();
    for i in 0..50 {
        links.extend(rig.offer("A", "data", &format!("dc_{i}")));
    }
    assert_eq!(links.len(), limits::OLD_LINKS_OF_ONE);
    for link in &links {
        rig.handle(Input::Link(*link, LinkEvent::ChannelOpen));
        rig.says(*link, json!([1, 0, 0, [], "A", "Ann", []]));
        rig.says(*link, json!([1, 0, 0, [], "A", "Ann", []]));
    }
    rig.run(5_000);
    assert_eq!(rig.view().tree.children.len(), 1);
    assert_eq!(rig.view().room.as_ref().unwrap().members, 2);
}

#[test]
fn c32_links_of_many_pages_are_bounded() {
    let mut rig = Rig::host();
    let a = rig.joined_by("A");
    for i in 0..500 {
        rig.offer(&format!("X{i}"), "data", "dc");
    }
    let open = rig.links.values().filter(|end| !end.closed).count();
    assert_eq!(open, limits::OLD_LINKS);
    assert!(!rig.is_closed(a), "members do not make way for strangers");
}

#[test]
fn c33_oversized_images_and_texts_are_cut_or_dropped() {
    let mut rig = Rig::host();
    let (a, b) = (rig.joined_by("A"), rig.joined_by("B"));
    rig.heard(b);
    let image = format!("data:image/png;base64,{}", "A".repeat(limits::OLD_COVERS));
    rig.says(a, json!([0, "A", "N".repeat(500), "t".repeat(10_000), image, image]));
    assert!(!rig.is_closed(a));
    let said = rig.heard(b).pop().unwrap();
    assert_eq!(said[2].as_str().unwrap().len(), limits::NAME);
    assert_eq!(said[3].as_str().unwrap().len(), limits::CHAT_TEXT);
    assert!(said[4].is_null() && said[5] == "");
    let mut cover = vec![0xd9];
    cover.extend_from_slice(&(limits::MESSAGE as u32 + 1).to_be_bytes());
    cover.resize(limits::MESSAGE + 6, b'x');
    rig.raw(a, cover);
    assert!(rig.is_closed(a), "nothing that large is a message");
}

#[test]
fn c33_a_flood_is_dropped_and_then_its_link() {
    let mut rig = Rig::host();
    let (a, b) = (rig.joined_by("A"), rig.joined_by("B"));
    rig.heard(b);
    for i in 0..200 {
        rig.says(a, json!([0, "A", "Ann", format!("spam {i}"), null, ""]));
    }
    let passed = rig.heard(b).iter().filter(|said| said[0] == 0).count();
    assert!(passed <= limits::OLD_BURST as usize, "{passed} were passed on");
    assert!(!rig.is_closed(a));
    for i in 0..1_000 {
        if rig.is_closed(a) {
            break;
        }
        rig.says(a, json!([0, "A", "Ann", format!("spam {i}"), null, ""]));
    }
    assert!(rig.is_closed(a));
    assert!(!rig.is_closed(b));
}

#[test]
fn c5_a_child_is_never_moved_by_what_an_old_parent_says() {
    // Type 3 makes old pages dial the host again, all at once.
    let (mut rig, h) = Rig::joins("H", lone_host());
    let links = rig.links.len();
    for _ in 0..20 {
        rig.says(h, json!([3, "H", 0, false]));
        rig.run(200);
    }
    assert_eq!(rig.links.len(), links);
    assert!(!rig.is_closed(h));
    assert_eq!(rig.heard(h), Vec::<Value>::new());
}

#[test]
fn c6_a_parent_without_a_picture_is_not_asked_again_and_again() {
    let (mut rig, h) = Rig::joins("H", lone_host());
    let before = rig.frames;
    rig.handle(Input::Command(Command::Refresh));
    for _ in 0..50 {
        rig.says(h, json!([4]));
        rig.says(h, json!([4, 0]));
        rig.run(20);
    }
    assert_eq!(rig.frames - before, 1);
}

/// What PeerJS sends about a connection.
fn about(kind: &str, from: &str, connection: &str) -> Value {
    let (candidate, answer) =
        (json!({ "candidate": "x", "sdpMid": "0" }), json!({ "type": "answer", "sdp": "v=0" }));
    json!({ "type": kind, "src": from, "dst": "x", "payload": {
        "candidate": candidate, "sdp": answer, "type": "data", "connectionId": connection,
    }})
}

#[test]
fn what_comes_out_of_order_is_bounded_and_quiet() {
    let mut rig = Rig::host();
    // The offer may come after its candidates; of what has no offer, little is kept.
    for connection in 0..10_000 {
        rig.text(&about("CANDIDATE", &format!("X{connection}"), "dc_none"));
        rig.text(&about("ANSWER", &format!("X{connection}"), "dc_none"));
    }
    assert_eq!((rig.links.len(), rig.frames), (0, 0));
    rig.run(60_000);
    for _ in 0..1_000 {
        rig.text(&about("CANDIDATE", "A", "dc_1"));
    }
    let first = rig.offer("A", "data", "dc_1").unwrap();
    assert_eq!(rig.links[&first].candidates, limits::CANDIDATES);
    // The same connection once more takes the place of the first.
    let second = rig.offer("A", "data", "dc_1").unwrap();
    assert!(rig.is_closed(first) && !rig.is_closed(second));
    rig.handle(Input::Link(second, LinkEvent::ChannelOpen));
    rig.handle(Input::Link(second, LinkEvent::ChannelClosed));
    assert!(rig.is_closed(second));
    let frames = rig.frames;
    for kind in ["ANSWER", "CANDIDATE", "EXPIRE", "LEAVE"] {
        rig.text(&about(kind, "A", "dc_1"));
    }
    rig.run(60_000);
    assert_eq!((rig.links.len(), rig.frames), (2, frames), "all is over");
    assert_eq!(rig.view().problem, None);
}

#[test]
fn a_stranger_who_goes_at_once_leaves_nothing_to_do() {
    let mut rig = Rig::host();
    let x = rig.dialled_by("X");
    rig.run(100);
    rig.handle(Input::Command(Command::SendChat("anything".to_owned())));
    rig.handle(Input::Link(x, LinkEvent::ChannelClosed));
    let mut ticks = 0;
    let end = rig.now + Duration::from_secs(4);
    while let Some((at, _)) = rig.node.deadline().filter(|(at, _)| *at <= end) {
        rig.now = rig.now.max(at);
        rig.handle(Input::Tick);
        ticks += 1;
        assert!(ticks < 100, "{:?}", rig.node.deadline());
    }
}

#[test]
fn strangers_who_say_nothing_get_the_map_and_nothing_else() {
    let mut rig = Rig::host();
    let x = rig.dialled_by("X");
    rig.says(x, json!([0, "X", "Mallory", "spam", null, ""]));
    rig.says(x, json!([2, "X", "Mallory"]));
    rig.says(x, json!([5, 2, 0, 1, "X"]));
    rig.handle(Input::Command(Command::SendChat("for members".to_owned())));
    assert_eq!(rig.texts(), [tuple("UN", "for members")]);
    let heard = rig.heard(x);
    assert!(heard.iter().all(|message| message[0] == 1), "{heard:?}");
    assert_eq!(*rig.view().tree.children, []);
}

#[test]
fn strangers_before_a_closed_door_learn_the_title_and_nothing_else() {
    for policy in [AdmissionPolicy::Knock, AdmissionPolicy::Locked] {
        let mut rig = Rig::conference();
        let (member, early) = (rig.joined_by("MEMBER"), rig.dialled_by("EARLY"));
        rig.says(member, json!([5, 0, [null, "MEMBER", "Mel"]]));
        rig.run(300);
        rig.heard(member);
        rig.heard(early);
        rig.handle(Input::Command(Command::Moderate(Moderation::SetAdmission(policy))));
        let late = rig.dialled_by("LATE");
        rig.run(300);
        let (nodes, seats) = (json!([1, 1, 0, [], "H", "UN", []]), json!([[0], [0], [0], [0]]));
        let title = "\u{1f512} T";
        let map = json!([1, 1, ["H", ""], 0, title, "", "", "H", "UN", nodes, "", seats]);
        for stranger in [early, late] {
            assert_eq!(rig.heard(stranger), core::slice::from_ref(&map));
            rig.says(stranger, json!([2, "LATE", "Lou"]));
            assert!(rig.view().stream_requests.is_empty(), "the person is not asked");
        }
        // They are told nothing of who comes and goes, and are not let in.
        rig.says(
            member,
            json!([1, 0, 1, [], "MEMBER", "Mel", [], "K", "Kid", [1, 0, 0, [], "K", "Kid", []]]),
        );
        rig.run(1_000);
        assert!(rig.heard(member).last().unwrap().to_string().contains("Kid"), "members are");
        assert!(!serde_json::to_string(&rig.heard(late)).unwrap().contains("\"K\""));
        rig.says(late, json!([1, 0, 0, [], "LATE", "Lou", []]));
        assert!(rig.is_closed(late) && !rig.is_closed(member));
        assert_eq!(rig.view().tree.children.len(), 1);
        rig.handle(Input::Command(Command::Moderate(Moderation::SetAdmission(
            AdmissionPolicy::Open,
        ))));
        rig.run(300);
        assert!(rig.heard(early).pop().unwrap()[2].to_string().contains("MEMBER"));
    }
}
