//! The index.

use super::rig::*;

#[test]
fn old_hosts_and_guests_at_our_index_root() {
    let mut rig = Rig::lobby();
    let g = rig.dialled_by("G");
    assert_eq!(rig.heard(g), [json!([])]);
    let h = rig.dialled_by("H");
    assert_eq!(rig.heard(h), [json!([])]);
    rig.says(h, lone_host());
    rig.run(1_100);
    let listed = rig.heard(g);
    assert_eq!(listed.len(), 1);
    let mut expected = lone_host();
    expected[10] = json!("");
    assert_eq!(listed[0], json!([expected]));
    assert_eq!(rig.heard(h), Vec::<Value>::new(), "hosts are not told");
    assert_eq!(rig.view().rooms.len(), 1);
    rig.handle(Input::Link(h, LinkEvent::ChannelClosed));
    rig.run(1_100);
    assert_eq!(rig.heard(g), [json!([])]);
}

/// A cover as old pages have it.
fn cover(size: usize) -> (Arc<Picture>, Value) {
    let mut bytes = b"GIF89a\x01\0\x01\0\0\0\0;".to_vec();
    bytes.resize(size, 7);
    let cover = Arc::new(Picture::new(bytes).unwrap());
    let address = json!(cover.to_data_url());
    (cover, address)
}

#[test]
fn covers_cross_to_old_pages_and_back() {
    let (own, address) = cover(30_000);
    let mut rig = Rig::host();
    rig.handle(Input::Command(Command::Cover(Some(own.clone()))));
    let viewer = rig.dialled_by("A");
    assert_eq!(rig.heard(viewer)[0][6], address);

    // An old host's at our index root, and from there to an old guest.
    let mut rig = Rig::lobby();
    let (g, h) = (rig.dialled_by("G"), rig.dialled_by("H"));
    let mut map = lone_host();
    map[6] = address.clone();
    rig.says(h, map.clone());
    assert_eq!(rig.view().covers.first(), Some(&own));
    assert_eq!(rig.view().rooms[0].meta.image, Some(own.id()));
    rig.run(1_100);
    assert_eq!(rig.heard(g).pop().unwrap()[0][6], address);
    let (_, too_large) = cover(limits::COVER + 1);
    for bad in [too_large, json!("data:image/svg+xml;base64,PHN2Zz4="), json!({ "length": 1 })] {
        let mut rig = Rig::lobby();
        let h = rig.dialled_by("H");
        let mut map = lone_host();
        map[6] = bad;
        rig.says(h, map.clone());
        assert_eq!(*rig.view().covers, [], "{:.40}", map[6].to_string());
        assert_eq!(rig.view().rooms[0].meta.image, None);
    }

    // An old host's in its own room.
    map[6] = address;
    let (rig, _) = Rig::joins("H", map);
    assert_eq!(*rig.view().covers, [own]);
}

#[test]
fn our_guest_at_an_old_index_root() {
    let mut rig = Rig::lobby();
    rig.text(&json!({ "type": "ID-TAKEN", "payload": { "msg": "ID is taken" } }));
    rig.socket(SocketEvent::Opened);
    rig.text(&json!({ "type": "OPEN" }));
    let root = rig.dialled();
    rig.answer(root);
    rig.says(root, json!([lone_host(), null, [1, 1, null], lone_host()]));
    assert_eq!(rig.view().rooms.len(), 1, "senseless entries hide nobody");
    let card = &rig.view().rooms[0];
    assert_eq!((&card.id, card.meta.title.as_str(), card.members), (&peer("H"), "T", 1));
    rig.says(root, json!([]));
    assert_eq!(rig.view().rooms.len(), 0);
    assert_eq!(rig.heard(root), Vec::<Value>::new());
}

#[test]
fn our_host_at_an_old_index_root() {
    let meta = RoomMeta { title: "T".to_owned(), summary: "S".to_owned(), ..RoomMeta::default() };
    let mut rig = Rig::new(Role::Host { meta, network: Some(peer("NET")), since: None }, "H");
    rig.run(10);
    let root = rig.dialled();
    rig.answer(root);
    rig.says(root, json!([]));
    assert_eq!(rig.heard(root), [lone_host()]);
    rig.joined_by("A");
    rig.run(2_000);
    assert_eq!(rig.heard(root).pop().unwrap()[2], json!(["A", "H"]));

    // The room moves: old pages notice by the link that closes, and in the map's network.
    let viewer = rig.joined_by("B");
    rig.heard(viewer);
    rig.handle(Input::Command(Command::Network(Some(peer("OTHER")))));
    rig.run(2_000);
    assert!(rig.is_closed(root));
    assert_eq!(rig.heard(viewer).pop().unwrap()[10], json!("OTHER"));
    let other = rig.dialled();
    assert_eq!(rig.links[&other].peer, "OTHER");
    rig.answer(other);
    rig.says(other, json!([]));
    assert_eq!(rig.heard(other).pop().unwrap()[10], json!("OTHER"));
    rig.handle(Input::Command(Command::Network(None)));
    rig.run(2_000);
    assert!(rig.is_closed(other));
    assert_eq!(rig.heard(viewer).pop().unwrap()[10], json!(""));
}

#[test]
fn kinds_are_told_to_old_pages_as_far_as_they_know_them() {
    for (kind, number) in [(RoomKind::Live, 0), (RoomKind::Music, 0), (RoomKind::Other, 1)] {
        let meta = RoomMeta { kind, ..RoomMeta::default() };
        let mut rig = Rig::new(Role::Host { meta, network: None, since: None }, "H");
        let guest = rig.dialled_by("G");
        assert_eq!(rig.heard(guest)[0][3], json!(number), "{kind:?}");
    }
    let mut rig = Rig::lobby();
    let h = rig.dialled_by("H");
    let mut game = lone_host();
    game[3] = json!(1);
    rig.says(h, game);
    assert_eq!(rig.view().rooms[0].meta.kind, RoomKind::Other);
}

#[test]
fn other_spellings_of_the_network_are_looked_in_too() {
    let mut rig = Rig::lobby();
    let also = vec![peer("net"), peer("Net"), peer("NET")];
    rig.handle(Input::Command(Command::ExtraNetworks(also)));
    let names: Vec<_> = rig.links.values().map(|end| end.peer.clone()).collect();
    assert_eq!(names, ["net", "Net"], "and not itself");
    let (first, _) = rig.links.first_key_value().unwrap();
    let first = *first;
    rig.answer(first);
    rig.says(first, json!([lone_host()]));
    assert_eq!(rig.view().rooms.len(), 1);
    rig.text(&json!({ "type": "EXPIRE", "src": "Net", "dst": "NET" }));
    let dialled = rig.links.len();
    rig.run(60_000);
    assert_eq!(rig.links.len(), dialled + 1, "the one without a root is looked for again");
    rig.handle(Input::Link(first, LinkEvent::ChannelClosed));
    assert_eq!(rig.view().rooms.len(), 0);
    // Whoever is the root of one network does not list another's rooms to its guests.
    let guest = rig.dialled_by("G");
    assert_eq!(rig.heard(guest), [json!([])]);
}

#[test]
fn a_lobby_sees_the_tree_of_an_old_host() {
    let mut rig = Rig::lobby();
    rig.handle(Input::Command(Command::ObserveRoom(Some(peer("H")))));
    let host = rig.dialled();
    rig.answer(host);
    assert_eq!(rig.view().map.as_deref(), Some(&[][..]));
    let below = json!([1, 0, 1, [], "A", "Ann", [], "B", "Bob", [1, 0, 0, [], "B", "Bob", []]]);
    let nodes = json!([1, 1, 1, [], "H", "UN", [], "A", "Ann", below]);
    rig.says(host, map(json!(["B", "A", "H"]), nodes));
    let seen = rig.view().map.clone().unwrap();
    let seen: Vec<_> =
        seen.iter().map(|peer| (&peer.id, peer.parent.as_ref(), peer.name.as_str())).collect();
    assert_eq!(
        seen,
        [
            (&peer("H"), None, "UN"),
            (&peer("A"), Some(&peer("H")), "Ann"),
            (&peer("B"), Some(&peer("A")), "Bob"),
        ]
    );
    assert_eq!(rig.heard(host), Vec::<Value>::new(), "it says nothing");
    rig.handle(Input::Command(Command::ObserveRoom(None)));
    assert!(rig.is_closed(host));
}

#[test]
fn an_old_index_root_is_no_room() {
    let mut rig = Rig::viewer("NET");
    let root = rig.dialled();
    rig.answer(root);
    rig.says(root, json!([]));
    assert_eq!(rig.view().problem, Some(Problem::NotARoom));
}

#[test]
fn an_old_index_root_does_not_learn_who_is_behind_a_closed_door() {
    let meta = RoomMeta { title: "T".to_owned(), ..RoomMeta::default() };
    let mut rig = Rig::new(Role::Host { meta, network: Some(peer("NET")), since: None }, "H");
    rig.run(10);
    let root = rig.dialled();
    rig.answer(root);
    rig.says(root, json!([]));
    rig.joined_by("A");
    let locked = Moderation::SetAdmission(AdmissionPolicy::Locked);
    rig.handle(Input::Command(Command::Moderate(locked)));
    rig.run(2_000);
    let told = rig.heard(root).pop().unwrap();
    assert_eq!((&told[2], &told[4]), (&json!(["H", ""]), &json!("\u{1f512} T")));
    assert_eq!(told[9], json!([1, 1, 0, [], "H", "UN", []]));
    assert_eq!(told[10], "NET");
}
