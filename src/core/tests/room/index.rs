//! The list of rooms and its root, and the covers in it.

use core::time::Duration;
use std::sync::Arc;

use live_core::id::PeerId;
use live_core::node::{Command, Moderation, Role};
use live_core::picture::Picture;
use live_core::sim::{Model, World};
use live_core::view::{MapPeer, NetworkState, Problem, RoomMeta, Tracks};
use live_core::wire::limits;
use live_core::wire::message::AdmissionPolicy;

use super::rig::{SECOND, viewer};

fn network() -> PeerId {
    PeerId::new("net").unwrap()
}

#[test]
fn the_index_survives_its_root() {
    let mut world = World::new(8, Model::default());
    let lobbies: Vec<_> = (0..3)
        .map(|_| {
            let lobby = world.add_lobby(network());
            world.run(SECOND);
            lobby
        })
        .collect();
    let meta = RoomMeta { title: "Public".to_owned(), ..RoomMeta::default() };
    world.add(Role::Host { meta: meta.clone(), network: Some(network()), since: None }, 4);
    world.add(Role::Host { meta, network: None, since: None }, 4);
    world.run(3 * SECOND);
    let listed = |world: &World, lobby| world.view(lobby).unwrap().rooms.len();
    assert_eq!(world.view(lobbies[0]).unwrap().network.state, NetworkState::Root);
    for &lobby in &lobbies {
        assert_eq!(listed(&world, lobby), 1, "public rooms only");
    }
    world.kill(lobbies[0]);
    world.run(Duration::from_millis(7_000));
    let roots = lobbies[1..]
        .iter()
        .filter(|&&lobby| world.view(lobby).unwrap().network.state == NetworkState::Root);
    assert_eq!(roots.count(), 1);
    world.run(12 * SECOND);
    for &lobby in &lobbies[1..] {
        assert_eq!(listed(&world, lobby), 1, "announced again, not only inherited");
    }
}

#[test]
fn an_index_root_that_cannot_be_reached_is_told() {
    let mut world = World::new(15, Model { unconnectable: 1_000, ..Model::default() });
    let root = world.add_lobby(network());
    world.run(SECOND);
    let guest = world.add_lobby(network());
    world.run(60 * SECOND);
    assert_eq!(world.view(guest).unwrap().problem, Some(Problem::NetworkUnreachable));
    assert_eq!(world.view(root).unwrap().problem, None);
    world.kill(root);
    world.run(30 * SECOND);
    let view = world.view(guest).unwrap();
    assert_eq!((view.problem, view.network.state), (None, NetworkState::Root));
}

#[test]
fn a_room_leaves_the_list_with_its_host() {
    let mut world = World::new(9, Model::default());
    let lobby = world.add_lobby(network());
    world.run(SECOND);
    let network = Some(network());
    let host = world.add(Role::Host { meta: RoomMeta::default(), network, since: None }, 4);
    world.run(3 * SECOND);
    assert_eq!(world.view(lobby).unwrap().rooms.len(), 1);
    world.command(host, Command::Network(None));
    world.run(SECOND);
    assert_eq!(world.view(lobby).unwrap().rooms.len(), 0);
}

#[test]
fn a_live_room_moves_to_another_network() {
    let mut world = World::new(10, Model::default());
    let networks = ["one", "two"].map(|name| PeerId::new(name).unwrap());
    let lobbies = networks.each_ref().map(|network| {
        let root = world.add_lobby(network.clone());
        world.run(SECOND);
        // A guest of it hears only what the root says.
        (root, world.add_lobby(network.clone()))
    });
    let network = Some(networks[0].clone());
    let host = world.add(Role::Host { meta: RoomMeta::default(), network, since: None }, 4);
    let viewer = viewer(&mut world, host, 4);
    world.command(host, Command::OnAir(Some(Tracks { audio: true, video: true })));
    world.run(5 * SECOND);
    let listed = |world: &World| {
        lobbies
            .map(|(root, guest)| [root, guest].map(|lobby| world.view(lobby).unwrap().rooms.len()))
    };
    assert_eq!(listed(&world), [[1, 1], [0, 0]]);
    for (to, expected) in [
        (Some(&networks[1]), [[0, 0], [1, 1]]),
        (None, [[0, 0], [0, 0]]),
        (Some(&networks[0]), [[1, 1], [0, 0]]),
    ] {
        world.command(host, Command::Network(to.cloned()));
        world.run(4 * SECOND);
        assert_eq!(listed(&world), expected, "{to:?}");
        assert_eq!(world.view(host).unwrap().network.name.as_ref(), to);
        assert!(world.is_fed(viewer), "whoever watches notices nothing");
    }
    // Before the link to one network is up, the host has chosen another.
    world.command(host, Command::Network(Some(networks[1].clone())));
    world.run(Duration::from_millis(30));
    world.command(host, Command::Network(Some(networks[0].clone())));
    world.run(20 * SECOND);
    assert_eq!(listed(&world), [[1, 1], [0, 0]]);
}

fn cover(tag: u8, size: usize) -> Arc<Picture> {
    let mut bytes = b"GIF89a\x01\0\x01\0\0\0\0;".to_vec();
    bytes.resize(size, tag);
    Arc::new(Picture::new(bytes).unwrap())
}

#[test]
fn an_uploaded_cover_travels_once_to_everyone() {
    let mut world = World::new(11, Model::default());
    let lobbies = [0, 1].map(|_| {
        let lobby = world.add_lobby(network());
        world.run(SECOND);
        lobby
    });
    let meta = RoomMeta { title: "Room".to_owned(), ..RoomMeta::default() };
    let role = Role::Host { meta: meta.clone(), network: Some(network()), since: None };
    let host = world.add(role, 2);
    world.command(host, Command::Cover(Some(cover(1, 10_000))));
    world.run(SECOND);
    for _ in 0..6 {
        viewer(&mut world, host, 2);
        world.run(SECOND);
    }
    world.run(5 * SECOND);
    let pictures = |world: &World| {
        world.counts.iter().find(|(kind, _)| *kind == "picture").map(|(_, count)| count)
    };
    let everyone_has = |world: &World, covers: &[Arc<Picture>]| {
        for (peer, view) in world.alive() {
            assert_eq!(*view.covers, *covers, "{peer}");
            let named = view.room.as_ref().map(|room| &room.meta);
            let named = named.or(view.rooms.first().map(|card| &card.meta)).unwrap();
            assert_eq!(named.image, covers.first().map(|cover| cover.id()), "{peer}");
        }
    };
    everyone_has(&world, &[cover(1, 10_000)]);
    assert_eq!(pictures(&world), Some(8), "six viewers, the root and its guest");

    // What else changes, or who goes, does not bring it again.
    for title in ["one", "two", "three"] {
        let title = title.to_owned();
        world.command(host, Command::Edit(RoomMeta { title, ..meta.clone() }));
        world.run(2 * SECOND);
    }
    let first = world.indices().find(|peer| world.view(*peer).is_some_and(|v| v.tree.depth == 1));
    world.kill(first.unwrap());
    world.run(20 * SECOND);
    everyone_has(&world, &[cover(1, 10_000)]);
    assert_eq!(pictures(&world), Some(8));

    world.command(host, Command::Cover(Some(cover(2, 10_000))));
    world.run(5 * SECOND);
    everyone_has(&world, &[cover(2, 10_000)]);
    assert_eq!(pictures(&world), Some(15));
    world.kill(lobbies[0]);
    world.run(20 * SECOND);
    assert_eq!(world.view(lobbies[1]).unwrap().network.state, NetworkState::Root);
    everyone_has(&world, &[cover(2, 10_000)]);
    for none in [None, Some(cover(3, limits::COVER + 1))] {
        world.command(host, Command::Cover(none));
        world.run(5 * SECOND);
        everyone_has(&world, &[]);
    }
}

#[test]
fn a_lobby_looks_at_a_rooms_tree_without_being_in_it() {
    let mut world = World::new(14, Model::default());
    let lobby = world.add_lobby(network());
    world.run(SECOND);
    let role = Role::Host { meta: RoomMeta::default(), network: Some(network()), since: None };
    let host = world.add(role, 1);
    world.run(SECOND);
    for _ in 0..3 {
        viewer(&mut world, host, 1);
        world.run(2 * SECOND);
    }
    let map = |world: &World| {
        // A chain of peers, of which only the host is called by its id.
        let map = world.view(lobby).unwrap().map?;
        assert_eq!(World::index_of(world, &map[0].id), Some(host));
        assert!(map[1..].iter().all(|peer| MapPeer::is_anonymous(&peer.id)));
        assert!(map.windows(2).all(|pair| pair[1].parent.as_ref() == Some(&pair[0].id)));
        Some(map.len())
    };
    assert_eq!(map(&world), None);
    let room = world.id_of(host);
    world.command(lobby, Command::ObserveRoom(Some(room.clone())));
    world.run(5 * SECOND);
    assert_eq!(map(&world), Some(4));
    assert_eq!(world.view(host).unwrap().room.unwrap().members, 4, "who looks is not in it");
    world.command(4, Command::Leave);
    world.run(4 * SECOND);
    assert_eq!(map(&world), Some(3));

    // A closed door hides the tree, too.
    let links = world.open_links(host);
    world.command(host, Command::Moderate(Moderation::SetAdmission(AdmissionPolicy::Locked)));
    world.run(7 * SECOND);
    assert_eq!((map(&world), world.open_links(host)), (None, links - 1));
    world.command(host, Command::Moderate(Moderation::SetAdmission(AdmissionPolicy::Open)));
    world.run(7 * SECOND);
    assert_eq!(map(&world), Some(3));
    world.command(lobby, Command::ObserveRoom(None));
    world.run(2 * SECOND);
    assert_eq!((map(&world), world.open_links(host)), (None, links - 1));

    // A viewer shows nothing, and only so many may look at once.
    world.command(lobby, Command::ObserveRoom(Some(world.id_of(2))));
    world.run(3 * SECOND);
    assert_eq!(map(&world), None);
    for name in 0..limits::OBSERVERS + 3 {
        let network = PeerId::new(&format!("crowd{name}")).unwrap();
        let lobby = world.add_lobby(network);
        world.command(lobby, Command::ObserveRoom(Some(room.clone())));
    }
    world.run(5 * SECOND);
    assert_eq!(world.open_links(host), links - 1 + limits::OBSERVERS);
}
