//! Old members of the conference and ours: links, calls in both directions, and what is refused.

use super::rig::*;
use live_core::view::{GatheringMember, OwnSeat};

const CONFERENCE: GatheringKind = GatheringKind::Conference;
const CALL: MediaRole = MediaRole::Call(CONFERENCE);
const OWN: Option<Source> = Some(Source::Gathering(CONFERENCE));

fn gather(rig: &mut Rig, command: GatheringCommand) {
    rig.handle(Input::Command(Command::Gathering(CONFERENCE, command)));
}

fn member(rig: &Rig, id: &str) -> Option<GatheringMember> {
    rig.view().conference.members.iter().find(|member| member.peer == peer(id)).cloned()
}

fn tile(rig: &Rig, id: &str) -> Option<LinkId> {
    rig.node.gathering_link(CONFERENCE, &peer(id))
}

/// Calls with a peer that are not closed: those that it has placed, and those that it was called by.
fn open_calls(rig: &Rig, id: &str) -> (usize, usize) {
    let of = |placed: bool| {
        let open = rig.links.values().filter(|end| !end.closed && end.peer == id);
        open.filter(|end| end.media == CALL && end.is_call() == placed).count()
    };
    (of(false), of(true))
}

/// A host that confers and an old page that takes a seat after it, and dials as old pages do. The
/// links of the page are those of the child and of the member.
fn met(tracks: Tracks) -> (Rig, LinkId, LinkId) {
    let mut rig = Rig::conference();
    gather(&mut rig, GatheringCommand::Join(tracks));
    let a = rig.joined_by("A");
    rig.heard(a);
    rig.says(a, json!([5, 0, [null, "A", "Ann"]]));
    let heard = rig.heard(a);
    assert_eq!(heard[0], json!([5, 1, [2, "A", "Ann"]]));
    // The page knows how our stream is named before it can be called.
    assert_eq!(heard[1][11][3], json!([0, "H", null]));
    let mesh = rig.dialled_by("A");
    rig.run(500);
    (rig, a, mesh)
}

/// An old page with a seat, and a host that takes one after it. The link with the member is dialled,
/// and not answered.
fn seated_first() -> (Rig, LinkId, LinkId) {
    let mut rig = Rig::conference();
    let a = rig.joined_by("A");
    rig.says(a, json!([5, 0, [null, "A", "Ann"]]));
    gather(&mut rig, GatheringCommand::Join(BOTH));
    let mesh = rig.dialled();
    assert_eq!((rig.links[&mesh].peer.as_str(), rig.links[&mesh].media), ("A", MediaRole::None));
    (rig, a, mesh)
}

#[test]
fn an_old_newcomer_dials_and_both_sides_call() {
    let (mut rig, a, mesh) = met(BOTH);
    assert_eq!(rig.heard(mesh), [json!([5, 3, 1, "H", null, "UN"])], "no map, but who this is");
    let call = rig.open_calls().next().expect("ours calls");
    assert_eq!((rig.links[&call].media, rig.links[&call].feed), (CALL, OWN));
    assert_eq!(rig.links[&call].sdp, "v=0\r\na=msid:H track\r\n", "by the name in the map");
    rig.answer(call);
    assert!(member(&rig, "A").unwrap().connected);

    rig.says(mesh, json!([5, 3, 2, "{cam}", null, "Ann"]));
    rig.says(a, json!([5, 3, 2, "{cam}", null, "Ann"]));
    let theirs = rig.called_by("A", "{cam}");
    assert_eq!((rig.links[&theirs].media, rig.links[&theirs].feed), (CALL, None));
    assert_eq!((tile(&rig, "A"), rig.shown), (Some(theirs), None), "in a tile, not in the player");
    assert_eq!(member(&rig, "A").unwrap().tracks, BOTH);
    rig.run(30_000);
    assert_eq!((open_calls(&rig, "A"), rig.placed()), ((1, 1), 1));
    assert_eq!(rig.heard(mesh), Vec::<Value>::new(), "each word would be answered by a call");
}

#[test]
fn ours_dials_those_that_sit_already() {
    let (mut rig, _, mesh) = seated_first();
    rig.answer(mesh);
    assert_eq!(rig.heard(mesh), [json!([5, 3, 2, "H", null, "UN"])]);
    let theirs = rig.called_by("A", "{cam}");
    assert_eq!(tile(&rig, "A"), Some(theirs));
    rig.pick_up();
    rig.run(10_000);
    assert_eq!(open_calls(&rig, "A"), (1, 1));
}

#[test]
fn who_shows_nothing_calls_nobody_until_it_does() {
    let (mut rig, _, mesh) = met(Tracks::default());
    assert_eq!(rig.heard(mesh).len(), 1);
    assert_eq!(rig.placed(), 0);
    for tracks in [BOTH, Tracks::default(), BOTH] {
        gather(&mut rig, GatheringCommand::Show(tracks));
        rig.run(6_000);
        rig.pick_up();
        assert_eq!((rig.placed(), open_calls(&rig, "A")), (1, (0, 1)));
    }
}

/// C-56: old pages answer every word about a stream with another call.
#[test]
fn c56_the_newest_call_counts() {
    let (mut rig, _, mesh) = met(BOTH);
    rig.pick_up();
    let mut last = rig.called_by("A", "{cam}");
    for _ in 0..20 {
        rig.run(600);
        rig.says(mesh, json!([5, 3, 2, "{cam}", null, "Ann"]));
        let call = rig.called_by("A", "{cam}");
        assert!(rig.is_closed(last));
        assert_eq!(rig.call_of("A", "{cam}"), None, "twice at once");
        last = call;
    }
    assert_eq!((tile(&rig, "A"), open_calls(&rig, "A")), (Some(last), (1, 1)));
}

#[test]
fn calls_without_a_seat_are_refused() {
    let (mut rig, a, mesh) = met(BOTH);
    rig.joined_by("B");
    for stranger in ["B", "X"] {
        assert_eq!(rig.call_of(stranger, "{cam}"), None, "{stranger} calls");
        let link = rig.dialled_by(stranger);
        rig.run(1_000);
        rig.says(link, json!([5, 3, 2, "{cam}", null, "Ann"]));
        assert_eq!(rig.call_of(stranger, "{cam}"), None, "{stranger} calls as if it were A");
        assert_eq!(open_calls(&rig, stranger), (0, 0));
    }
    let theirs = rig.called_by("A", "{cam}");
    rig.says(a, json!([5, 2, 0, 2, "A"]));
    assert!(rig.is_closed(theirs) && rig.is_closed(mesh));
    assert_eq!(rig.call_of("A", "{cam}"), None, "it has left");
}

#[test]
fn who_takes_no_part_is_called_by_nobody() {
    let mut rig = Rig::conference();
    let a = rig.joined_by("A");
    rig.says(a, json!([5, 0, [null, "A", "Ann"]]));
    let link = rig.dialled_by("A");
    assert_eq!(rig.call_of("A", "{cam}"), None);
    rig.run(1_000);
    assert_eq!(rig.heard(link)[0][7], "H", "it gets the map, as who looks at the room");
    assert_eq!((rig.call_of("A", "{cam}"), tile(&rig, "A")), (None, None));
    rig.run(10_000);
    assert_eq!(rig.links.values().filter(|end| end.is_call()).count(), 0);
}

#[test]
fn either_side_leaves_and_comes_back() {
    let (mut rig, a, mesh) = met(BOTH);
    rig.pick_up();
    let theirs = rig.called_by("A", "{cam}");
    gather(&mut rig, GatheringCommand::Leave);
    assert!(rig.is_closed(mesh) && rig.is_closed(theirs));
    assert_eq!((open_calls(&rig, "A"), tile(&rig, "A")), ((0, 0), None));
    assert!(rig.heard(a).contains(&json!([5, 2, 1, 1, "H"])));

    rig.run(1_000);
    gather(&mut rig, GatheringCommand::Join(BOTH));
    let mesh = rig.dialled();
    rig.answer(mesh);
    rig.pick_up();
    let theirs = rig.called_by("A", "{cam}");
    assert_eq!((open_calls(&rig, "A"), tile(&rig, "A")), ((1, 1), Some(theirs)));
    rig.says(a, json!([5, 2, 0, 2, "A"]));
    assert_eq!((open_calls(&rig, "A"), member(&rig, "A")), ((0, 0), None));
    assert!(rig.is_closed(mesh));

    rig.says(a, json!([5, 0, [null, "A", "Ann"]]));
    let mesh = rig.dialled_by("A");
    rig.run(400);
    assert_eq!(rig.heard(mesh).len(), 1);
    rig.called_by("A", "{cam}");
    rig.handle(Input::Link(a, LinkEvent::ChannelClosed));
    assert_eq!((open_calls(&rig, "A"), member(&rig, "A")), ((0, 0), None), "its page is gone");
    assert!(rig.is_closed(mesh));
}

#[test]
fn the_host_sends_an_old_member_away_and_ends_it_for_all() {
    for end in [GatheringCommand::Remove(peer("A")), GatheringCommand::End] {
        let (mut rig, _, mesh) = met(BOTH);
        rig.pick_up();
        let theirs = rig.called_by("A", "{cam}");
        gather(&mut rig, end);
        assert!(rig.is_closed(mesh) && rig.is_closed(theirs));
        assert_eq!((rig.call_of("A", "{cam}"), open_calls(&rig, "A")), (None, (0, 0)));
    }
}

#[test]
fn a_lost_link_and_a_lost_call_are_placed_again() {
    let (mut rig, _, mesh) = met(BOTH);
    let call = rig.open_calls().next().unwrap();
    rig.answer(call);
    rig.handle(Input::Link(call, LinkEvent::ChannelClosed));
    rig.run(5_000);
    assert_eq!((rig.placed(), open_calls(&rig, "A")), (2, (0, 1)));
    rig.handle(Input::Link(mesh, LinkEvent::ChannelClosed));
    assert_eq!(open_calls(&rig, "A"), (0, 0));
    assert!(!member(&rig, "A").unwrap().connected);
    rig.run(9_000);
    let again = rig.dialled();
    assert_eq!((rig.links[&again].peer.as_str(), rig.links[&again].media), ("A", MediaRole::None));
    rig.answer(again);
    assert_eq!(rig.heard(again), [json!([5, 3, 1, "H", null, "UN"])]);
    assert_eq!(open_calls(&rig, "A"), (0, 1));
}

#[test]
fn a_newcomer_that_does_not_dial_is_dialled_and_two_links_become_one() {
    let mut rig = Rig::conference();
    gather(&mut rig, GatheringCommand::Join(BOTH));
    let a = rig.joined_by("A");
    rig.says(a, json!([5, 0, [null, "A", "Ann"]]));
    let before = rig.links.len();
    rig.run(5_000);
    assert_eq!(rig.links.len(), before, "it is to dial");
    rig.run(2_000);
    let dialled = rig.dialled();
    assert_eq!((rig.links.len(), rig.links[&dialled].peer.as_str()), (before + 1, "A"));
    let mesh = rig.dialled_by("A");
    rig.run(400);
    assert!(rig.is_closed(dialled), "its own link counts");
    assert_eq!(rig.heard(mesh).len(), 1);
    assert!(member(&rig, "A").unwrap().connected);
}

/// C-13: whoever has a seat and looks for a parent is no less a child.
#[test]
fn c13_a_member_that_asks_for_a_slot_gets_one() {
    let (mut rig, _, mesh) = met(BOTH);
    let again = rig.dialled_by("A");
    rig.says(again, json!([1, 0, 0, [], "A", "Ann", []]));
    rig.run(1_000);
    assert!(!rig.is_closed(mesh), "the link with the member stays");
    let heard = rig.heard(again);
    assert_eq!(heard.last().unwrap()[7], "H");
    assert!(heard.iter().all(|said| said[0] != json!(5) || said[1] != json!(3)), "{heard:?}");
    assert_eq!(rig.view().tree.children.len(), 1);
    // Also one that says so late.
    let late = rig.dialled_by("A");
    rig.run(1_000);
    rig.says(late, json!([1, 0, 0, [], "A", "Ann", []]));
    rig.run(1_000);
    assert!(rig.heard(late).iter().any(|said| said[0] == json!(1)));
    let is_dialled = |end: &End| end.peer == "A" && end.channel.is_some() && !end.is_call();
    assert!(rig.links.values().any(is_dialled), "it confers over another link");
}

/// An old host that confers, and ours below it, which takes a seat after the host.
fn below_old_host() -> (Rig, LinkId, LinkId) {
    let (mut rig, h) = Rig::joins("H", lone_host());
    let mut told = seats(json!([0, "H"]), json!([0, "{cam}"]));
    rig.says(h, told.clone());
    rig.heard(h);
    gather(&mut rig, GatheringCommand::Join(BOTH));
    assert_eq!(rig.heard(h), [json!([5, 0, [null, "A", "UN"]])]);
    told = seats(json!([0, "H", "A"]), json!([0, "{cam}", null]));
    rig.says(h, told);
    assert_eq!(rig.view().conference.own, OwnSeat::Taken);
    let mesh = rig.dialled();
    assert_ne!(mesh, h);
    rig.answer(mesh);
    (rig, h, mesh)
}

fn seats(ids: Value, streams: Value) -> Value {
    let mut told = map(json!(["A", "H"]), json!([1, 1, 0, [], "H", "UN", []]));
    let columns: Vec<usize> = (0..ids.as_array().unwrap().len()).collect();
    let names = vec!["UN"; columns.len()];
    told[11] = json!([columns, ids, names, streams]);
    told
}

#[test]
fn c55_a_parent_that_confers_gives_the_picture_and_its_face_by_different_calls() {
    let (mut rig, h, mesh) = below_old_host();
    assert_eq!(rig.heard(mesh), [json!([5, 3, 2, "A", null, "UN"])]);
    // What the host knows, its old members know.
    rig.run(4_000);
    assert!(rig.heard(h).contains(&json!([5, 3, 2, "A", null, "UN"])));
    rig.says(h, seats(json!([0, "H", "A"]), json!([0, "{cam}", "A"])));
    rig.run(10_000);
    assert!(!rig.heard(h).iter().any(|said| said[0] == json!(5)), "it says so by now");

    let face = rig.called_by("H", "{cam}");
    assert_eq!((tile(&rig, "H"), rig.shown), (Some(face), None));
    assert_eq!(member(&rig, "H").unwrap().tracks, BOTH);
    // The name of a picture is known to nobody.
    assert_eq!(rig.call_of("H", "{screen}"), None);
    rig.run(1_500);
    let picture = *rig.links.keys().last().unwrap();
    assert_eq!(rig.links[&picture].media, MediaRole::Receive);
    rig.arrive(picture);
    assert_eq!((rig.shown, tile(&rig, "H")), (Some(Source::Link(picture)), Some(face)));
    // Another camera, whose call comes before its name.
    rig.run(1_000);
    assert_eq!(rig.call_of("H", "{cam2}"), None);
    rig.says(mesh, json!([5, 3, 1, "{cam2}", null, "UN"]));
    let face2 = *rig.links.keys().last().unwrap();
    rig.arrive(face2);
    assert_eq!((rig.links[&face2].media, rig.is_closed(face)), (CALL, true));
    assert_eq!((rig.shown, tile(&rig, "H")), (Some(Source::Link(picture)), Some(face2)));
}

#[test]
fn c55_no_face_is_shown_as_the_picture_without_a_seat_of_ones_own() {
    let (mut rig, h) = Rig::joins("H", lone_host());
    rig.says(h, seats(json!([0, "H"]), json!([0, "{cam}"])));
    assert_eq!(rig.call_of("H", "{cam}"), None);
    rig.run(5_000);
    assert_eq!(rig.links.values().filter(|end| end.media == MediaRole::Receive).count(), 1);
    let picture = rig.called_by("H", "{screen}");
    assert_eq!(rig.shown, Some(Source::Link(picture)));
}

#[test]
fn an_old_member_that_does_not_know_the_seat_yet_is_dialled_again() {
    let (mut rig, _, mesh) = seated_first();
    rig.answer(mesh);
    rig.says(mesh, lone_host());
    assert!(rig.is_closed(mesh));
    rig.run(2_000);
    let again = rig.dialled();
    assert_ne!(again, mesh);
    rig.answer(again);
    assert!(member(&rig, "A").unwrap().connected);
}

#[test]
fn a_call_that_comes_before_its_link_waits_for_a_second() {
    let mut rig = Rig::conference();
    gather(&mut rig, GatheringCommand::Join(BOTH));
    let a = rig.joined_by("A");
    rig.says(a, json!([5, 0, [null, "A", "Ann"]]));
    rig.dialled_by("A");
    assert_eq!(rig.call_of("A", "{cam}"), None, "it may want a slot");
    rig.run(400);
    let call = tile(&rig, "A").expect("the call is answered");
    assert_eq!(rig.links[&call].media, CALL);

    // Without a link it is dropped, also when nobody is left who could have one.
    let b = rig.joined_by("B");
    rig.says(b, json!([5, 0, [null, "B", "Bob"]]));
    assert_eq!(rig.call_of("B", "{cam}"), None);
    rig.run(1_500);
    rig.dialled_by("B");
    rig.run(1_000);
    assert_eq!(tile(&rig, "B"), None);
    let mut rig = Rig::conference();
    gather(&mut rig, GatheringCommand::Join(BOTH));
    let a = rig.joined_by("A");
    rig.says(a, json!([5, 0, [null, "A", "Ann"]]));
    assert_eq!(rig.call_of("A", "{cam}"), None);
    rig.handle(Input::Link(a, LinkEvent::ChannelClosed));
    rig.now = rig.now + Duration::from_secs(60);
    rig.handle(Input::Tick);
    assert!(rig.node.deadline().is_none_or(|(at, _)| at > rig.now), "{:?}", rig.node.deadline());
}

#[test]
fn c31_random_words_and_calls_of_members_break_nothing() {
    for seed in 0..40 {
        let rng = &mut Pcg64Mcg::seed_from_u64(seed);
        let (mut rig, a, mesh) = met(BOTH);
        let b = rig.joined_by("B");
        rig.says(b, json!([5, 0, [null, "B", "Bob"]]));
        let mut links = vec![a, b, mesh];
        for step in 0..120 {
            links.retain(|link| !rig.is_closed(*link));
            let who = ["A", "B", "X"][rng.next_u32() as usize % 3];
            match rng.next_u32() % 10 {
                0 => links.extend(rig.offer(who, "data", &format!("dc_{step}"))),
                1 => drop(rig.call_of(who, ["{cam}", "H", ""][step % 3])),
                2 => rig.pick_up(),
                3 => rig.run(700),
                4 => gather(&mut rig, GatheringCommand::Show(Tracks::default())),
                5 => match step % 3 {
                    0 => gather(&mut rig, GatheringCommand::Leave),
                    _ => gather(&mut rig, GatheringCommand::Join(BOTH)),
                },
                which if !links.is_empty() => {
                    let link = links[rng.next_u32() as usize % links.len()];
                    if which == 6 {
                        rig.handle(Input::Link(link, LinkEvent::ChannelOpen));
                        continue;
                    }
                    let column = rng.next_u32() % 4;
                    let words = [
                        json!([5, 3, column, "{cam}", null, "x"]),
                        json!([5, 3, -1, {}, [], 5]),
                        json!([5, 0, [null, who, who]]),
                        json!([5, 2, 0, column, who]),
                        json!([1, 0, 0, [], who, who, []]),
                        seats(json!([0, who]), json!([0, "x"])),
                    ];
                    let word = &words[rng.next_u32() as usize % words.len()];
                    rig.says(link, word.clone());
                }
                _ => {}
            }
            for id in ["A", "B", "X"] {
                let (placed, called) = open_calls(&rig, id);
                let seated = member(&rig, id).is_some();
                assert!(placed <= 1 && called <= 1, "seed {seed}: {placed}, {called}");
                assert!(seated || placed + called == 0, "seed {seed}: {id} has no seat");
            }
            assert_eq!(rig.shown, None, "seed {seed}");
        }
        rig.run(60_000);
    }
}
