//! Whole rooms in the simulator.
#![allow(clippy::unwrap_used)]

use core::time::Duration;
use std::sync::Arc;

use live_core::id::PeerId;
use live_core::node::{Command, Moderation, Role};
use live_core::picture::Picture;
use live_core::sim::{Model, PeerIndex, World};
use live_core::view::{NetworkState, Phase, Problem, RoomMeta, Tracks, View};
use live_core::wire::limits;
use live_core::wire::message::AdmissionPolicy;

const SECOND: Duration = Duration::from_secs(1);

fn host(world: &mut World, slots: u32) -> PeerIndex {
    let meta = RoomMeta { title: "Room".to_owned(), ..RoomMeta::default() };
    world.add(Role::Host { meta, network: None, since: None }, slots)
}

fn viewer(world: &mut World, target: PeerIndex, slots: u32) -> PeerIndex {
    world.add(Role::Viewer { target: World::id_of(target) }, slots)
}

fn network() -> PeerId {
    PeerId::new("net").unwrap()
}

fn texts(world: &World, peer: PeerIndex) -> Vec<String> {
    world.view(peer).unwrap().chat.iter().map(|message| message.text.clone()).collect()
}

fn assert_whole(world: &World, slots: u32) {
    for (peer, view) in world.alive() {
        let path =
            world.path(peer).unwrap_or_else(|| panic!("{peer} has no way to the host: {view:?}"));
        assert_eq!(path[0], 0, "{peer} hangs under {path:?}");
        assert_eq!(view.tree.depth as usize + 1, path.len(), "{peer} knows its depth");
        assert!(view.tree.children.len() <= slots as usize, "{peer} keeps to its slots");
        assert_eq!(view.room.as_ref().unwrap().phase, Phase::Attached);
        assert_eq!(view.problem, None);
    }
}

/// Lets news of the last moves arrive: peers that rise are busy for a while after a loss.
fn settle(world: &mut World) {
    for _ in 0..100 {
        let knows = |world: &World, peer, depth: u32| {
            world.path(peer).is_some_and(|path| path.len() == depth as usize + 1)
        };
        if world.alive().all(|(peer, view)| knows(world, peer, view.tree.depth)) {
            return;
        }
        world.run(Duration::from_millis(200));
    }
}

#[test]
fn a_chain_forms_and_carries_media_and_chat() {
    let mut world = World::new(1, Model::default());
    host(&mut world, 1);
    world.run(SECOND);
    for _ in 0..4 {
        viewer(&mut world, 0, 1);
        world.run(2 * SECOND);
    }
    assert_whole(&world, 1);
    assert_eq!(world.view(4).unwrap().tree.depth, 4);
    assert!(!world.is_fed(4), "no source yet");
    assert!(
        !(1..5).any(|peer| world.is_showing(peer)),
        "a page that shows keeps its sound running"
    );

    world.command(0, Command::OnAir(Some(Tracks { audio: true, video: true })));
    world.command(4, Command::SendChat("from the end".to_owned()));
    world.command(0, Command::SendChat("from the host".to_owned()));
    world.run(2 * SECOND);
    for peer in 0..5 {
        let mut said = texts(&world, peer);
        said.sort();
        assert_eq!(said, ["from the end", "from the host"]);
        let room = world.view(peer).unwrap().room.clone().unwrap();
        assert_eq!((room.members, room.on_air.is_some()), (5, true));
        assert!(world.is_fed(peer));
    }
}

/// Who streams a screen in silence costs nobody a decoder, a loudspeaker and an encoder of sound.
#[test]
fn sound_is_carried_while_the_stream_has_some() {
    let mut world = World::new(2, Model::default());
    host(&mut world, 1);
    world.run(SECOND);
    let sounding = |world: &World, last| (1..=last).map(|peer| world.is_sounding(peer)).collect();
    let stream = |world: &mut World, tracks| {
        world.command(0, Command::OnAir(tracks));
        viewer(world, 0, 1);
        world.run(3 * SECOND);
    };
    let (silent, loud) =
        (Tracks { audio: false, video: true }, Tracks { audio: true, video: true });
    let expected: [Vec<bool>; 4] = [vec![false], vec![true; 2], vec![false; 3], vec![false; 4]];
    let course = [Some(silent), Some(loud), Some(silent), None];
    for ((tracks, expected), last) in course.into_iter().zip(expected).zip(1..) {
        stream(&mut world, tracks);
        let sounding: Vec<bool> = sounding(&world, last);
        assert_eq!(sounding, expected, "{tracks:?}");
    }
    stream(&mut world, Some(loud));
    assert!((1..=5).all(|peer| world.is_sounding(peer)));
}

#[test]
fn a_room_of_a_thousand_joins_chats_and_loses_a_tenth() {
    let trace = |seed| {
        let mut world = World::new(seed, Model::default());
        host(&mut world, 4);
        world.run(SECOND);
        for _ in 0..1_000 {
            viewer(&mut world, 0, 4);
            world.run(Duration::from_millis(10));
        }
        // Some still move up a level, and the count follows within ten seconds.
        world.run(60 * SECOND);
        assert_whole(&world, 4);
        let deepest = world.alive().map(|(_, view)| view.tree.depth).max().unwrap();
        assert!(deepest <= 7, "1 000 peers with 4 slots fit in 5 levels, used {deepest}");
        assert_eq!(world.view(500).unwrap().room.as_ref().unwrap().members, 1_001);

        for peer in (7..1_000).step_by(10) {
            world.kill(peer);
        }
        for speaker in [0, 1, 500, 999] {
            world.command(speaker, Command::SendChat(format!("{speaker} one")));
            world.run(Duration::from_millis(100));
            world.command(speaker, Command::SendChat(format!("{speaker} two")));
        }
        world.run(30 * SECOND);
        settle(&mut world);
        assert_whole(&world, 4);
        assert_eq!(world.alive().count(), 901);
        for (peer, _) in world.alive() {
            let mut said = texts(&world, peer);
            for speaker in [0, 1, 500, 999] {
                let of = |said: &String| said.starts_with(&format!("{speaker} "));
                let own: Vec<_> = said.iter().filter(|text| of(text)).cloned().collect();
                assert_eq!(own, [format!("{speaker} one"), format!("{speaker} two")], "{peer}");
                said.retain(|text| !of(text));
            }
            assert!(said.is_empty());
        }
        world.trace()
    };
    assert_eq!(trace(7), trace(7), "the same seed gives the same trace");
}

#[test]
fn a_leaving_relay_hands_its_children_over() {
    let mut world = World::new(3, Model::default());
    host(&mut world, 1);
    world.run(SECOND);
    for _ in 0..3 {
        viewer(&mut world, 0, 2);
        world.run(2 * SECOND);
    }
    world.command(1, Command::Leave);
    world.run(2 * SECOND);
    assert_eq!(world.view(1).unwrap().room.as_ref().unwrap().phase, Phase::Ended);
    world.kill(1);
    assert_whole(&world, 2);
    assert_eq!(world.view(0).unwrap().room.as_ref().unwrap().members, 3);
}

#[test]
fn pairs_that_cannot_connect_find_another_way() {
    let mut world = World::new(4, Model { unconnectable: 200, ..Model::default() });
    host(&mut world, 4);
    world.run(SECOND);
    for _ in 0..60 {
        viewer(&mut world, 0, 4);
        world.run(Duration::from_millis(200));
    }
    world.run(200 * SECOND);
    let attached = world.alive().filter(|(peer, _)| world.path(*peer).is_some_and(|p| p[0] == 0));
    assert_eq!(attached.count(), 61);
}

#[test]
fn refreshing_and_reconnecting_leave_one_link_per_edge() {
    let mut world = World::new(5, Model::default());
    host(&mut world, 4);
    world.run(SECOND);
    viewer(&mut world, 0, 4);
    world.run(2 * SECOND);
    for i in 0..20 {
        let command = if i % 2 == 0 { Command::Refresh } else { Command::Reconnect };
        world.command(1, command);
        world.run(Duration::from_millis(i * 50));
    }
    world.run(10 * SECOND);
    assert_whole(&world, 4);
    assert_eq!((world.open_links(0), world.open_links(1)), (1, 1));
}

#[test]
fn failures_are_told() {
    let mut world = World::new(6, Model::default());
    host(&mut world, 1);
    world.run(SECOND);
    viewer(&mut world, 0, 0);
    world.run(2 * SECOND);
    let late = viewer(&mut world, 0, 0);
    let lost = viewer(&mut world, 77, 0);
    world.run(8 * SECOND);
    assert_eq!(world.view(late).unwrap().problem, Some(Problem::RoomFull));
    assert_eq!(world.view(lost).unwrap().problem, Some(Problem::RoomNotFound));
    world.kill(1);
    world.run(20 * SECOND);
    assert_eq!(world.view(late).unwrap().problem, None, "the slot is free again");
    world.command(0, Command::Leave);
    world.run(2 * SECOND);
    assert_eq!(world.view(late).unwrap().problem, Some(Problem::RoomEnded));
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
    let mut bytes = b"GIF89a".to_vec();
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
            assert_eq!(view.covers, covers, "{peer}");
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
        let map = world.view(lobby).unwrap().map?;
        Some(map.iter().map(|peer| World::index_of(world, &peer.id).unwrap()).collect::<Vec<_>>())
    };
    assert_eq!(map(&world), None);
    let room = World::id_of(host);
    world.command(lobby, Command::ObserveRoom(Some(room.clone())));
    world.run(5 * SECOND);
    assert_eq!(map(&world), Some(vec![host, 2, 3, 4]));
    assert_eq!(world.view(host).unwrap().room.unwrap().members, 4, "who looks is not in it");
    world.command(4, Command::Leave);
    world.run(4 * SECOND);
    assert_eq!(map(&world), Some(vec![host, 2, 3]));

    // A closed door hides the tree, too.
    let links = world.open_links(host);
    world.command(host, Command::Moderate(Moderation::SetAdmission(AdmissionPolicy::Locked)));
    world.run(7 * SECOND);
    assert_eq!((map(&world), world.open_links(host)), (None, links - 1));
    world.command(host, Command::Moderate(Moderation::SetAdmission(AdmissionPolicy::Open)));
    world.run(7 * SECOND);
    assert_eq!(map(&world), Some(vec![host, 2, 3]));
    world.command(lobby, Command::ObserveRoom(None));
    world.run(2 * SECOND);
    assert_eq!((map(&world), world.open_links(host)), (None, links - 1));

    // A viewer shows nothing, and only so many may look at once.
    world.command(lobby, Command::ObserveRoom(Some(World::id_of(2))));
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

fn host_again(world: &mut World) {
    let meta = RoomMeta { title: "Room".to_owned(), ..RoomMeta::default() };
    world.load(0, Role::Host { meta, network: None, since: Some(0) }, 2);
}

/// A host and 30 viewers, who all have said something.
fn talkative_room(seed: u64) -> World {
    let mut world = World::new(seed, Model::default());
    world.add(Role::Host { meta: RoomMeta::default(), network: None, since: Some(0) }, 2);
    world.run(SECOND);
    for _ in 0..30 {
        viewer(&mut world, 0, 2);
        world.run(Duration::from_millis(300));
    }
    world.run(30 * SECOND);
    for peer in 0..31 {
        world.command(peer, Command::SendChat(format!("{peer} before")));
        world.run(Duration::from_millis(200));
    }
    world
}

fn parents(world: &World) -> Vec<Option<PeerId>> {
    world.alive().map(|(_, view)| view.tree.parent.clone()).collect()
}

#[test]
fn a_host_that_reloads_its_page_finds_its_room_as_it_was() {
    let mut world = talkative_room(12);
    let before = parents(&world);
    world.command(0, Command::Pause);
    world.kill(0);
    world.run(20 * SECOND);
    for (peer, view) in world.alive() {
        let room = view.room.as_ref().unwrap();
        assert_eq!((room.phase, &view.problem), (Phase::HostAway, &None), "{peer}");
    }
    world.command(17, Command::SendChat("17 meanwhile".to_owned()));
    world.run(60 * SECOND);
    host_again(&mut world);
    world.run(10 * SECOND);
    assert_whole(&world, 2);
    assert_eq!(parents(&world), before, "everyone has kept their place");
    world.command(0, Command::SendChat("0 after".to_owned()));
    world.run(2 * SECOND);
    for (peer, view) in world.alive() {
        let mut said = texts(&world, peer);
        assert!(said.contains(&"0 after".to_owned()) && said.contains(&"17 meanwhile".to_owned()));
        assert_eq!(said.len(), 33, "{peer}");
        said.sort();
        said.dedup();
        assert_eq!(said.len(), 33, "{peer} has each message once");
        assert_eq!(view.room.as_ref().unwrap().members, 31);
    }
}

#[test]
fn a_killed_host_is_away_too_and_at_last_the_room_ends() {
    let mut world = talkative_room(13);
    world.kill(0);
    world.run(25 * SECOND);
    for (peer, view) in world.alive() {
        assert_eq!(view.room.as_ref().unwrap().phase, Phase::HostAway, "{peer}");
    }
    world.run(120 * SECOND);
    for (peer, view) in world.alive() {
        assert_eq!(view.room.as_ref().unwrap().phase, Phase::Ended, "{peer}");
        assert_eq!(view.problem, Some(Problem::RoomEnded), "{peer}");
    }
}

#[test]
fn a_killed_relay_costs_its_children_less_than_a_second_and_nobody_else_anything() {
    let mut world = World::new(10, Model::default());
    host(&mut world, 3);
    world.run(SECOND);
    world.command(0, Command::OnAir(Some(Tracks { audio: true, video: true })));
    for _ in 0..120 {
        viewer(&mut world, 0, 3);
        world.run(Duration::from_millis(100));
    }
    world.run(60 * SECOND);
    let parent_of = |world: &World, peer| world.view(peer).unwrap().tree.parent.clone().unwrap();
    for depth in [1, 2, 3] {
        let relays = |(_, view): &(PeerIndex, View)| {
            view.tree.depth == depth && view.tree.children.len() > 1
        };
        let (killed, _) = world.alive().find(relays).unwrap();
        let orphans: Vec<_> = world
            .alive()
            .filter(|(_, view)| view.tree.parent == Some(World::id_of(killed)))
            .map(|(peer, _)| peer)
            .collect();
        let others: Vec<_> = world
            .alive()
            .map(|(peer, _)| peer)
            .filter(|peer| !orphans.contains(peer) && ![0, killed].contains(peer))
            .collect();
        let parents: Vec<_> = others.iter().map(|peer| parent_of(&world, *peer)).collect();
        world.kill(killed);
        world.run(SECOND);
        for peer in orphans {
            assert!(world.path(peer).is_some_and(|path| path[0] == 0), "{peer} under {killed}");
            assert!(world.is_fed(peer));
        }
        let after: Vec<_> = others.iter().map(|peer| parent_of(&world, *peer)).collect();
        assert_eq!(after, parents, "nobody else moves when {killed} is killed");
        // Whoever can rise to the free place does so before the next one is killed.
        world.run(60 * SECOND);
        assert_whole(&world, 3);
    }
}

/// What a peer's map says, as pairs of peer and parent in the order of their ids.
fn map(world: &World, peer: PeerIndex) -> Vec<(PeerId, Option<PeerId>)> {
    let view = world.view(peer).unwrap();
    let mut map: Vec<_> =
        view.map.clone().unwrap().into_iter().map(|peer| (peer.id, peer.parent)).collect();
    map.sort();
    map
}

/// What it should say.
fn tree(world: &World) -> Vec<(PeerId, Option<PeerId>)> {
    let own = |view: &live_core::view::View| (view.id.clone().unwrap(), view.tree.parent.clone());
    let mut tree: Vec<_> = world.alive().map(|(_, view)| own(&view)).collect();
    tree.sort();
    tree
}

#[test]
fn the_map_follows_the_tree_for_those_who_look_at_it() {
    let mut world = talkative_room(14);
    for observer in [0, 9, 30] {
        world.command(observer, Command::Map(true));
    }
    world.run(10 * SECOND);
    for observer in [0, 9, 30] {
        assert_eq!(map(&world, observer), tree(&world), "seen from {observer}");
    }
    assert_eq!(world.view(8).unwrap().map, None, "8 does not look");
    world.kill(3);
    viewer(&mut world, 0, 2);
    world.run(60 * SECOND);
    settle(&mut world);
    world.run(10 * SECOND);
    for observer in [0, 9, 30] {
        assert_eq!(map(&world, observer), tree(&world), "seen from {observer}");
    }
    for observer in [0, 9, 30] {
        world.command(observer, Command::Map(false));
    }
    world.run(60 * SECOND);
    let before = world.frames;
    world.run(60 * SECOND);
    let idle = world.frames - before;
    for observer in [0, 9, 30] {
        world.command(observer, Command::Map(true));
        world.command(observer, Command::Map(false));
    }
    world.run(60 * SECOND);
    let before = world.frames;
    world.run(60 * SECOND);
    assert!(world.frames - before < idle + idle / 20, "nobody looks, nobody is told");
}

#[test]
fn a_viewer_moves_under_the_peer_that_it_chooses() {
    let mut world = World::new(15, Model::default());
    host(&mut world, 3);
    world.run(SECOND);
    for _ in 0..3 {
        viewer(&mut world, 0, 3);
        world.run(SECOND);
    }
    world.command(3, Command::JoinUnder(World::id_of(1)));
    world.run(3 * SECOND);
    assert_eq!(world.view(3).unwrap().tree.parent, Some(World::id_of(1)));
    world.command(1, Command::JoinUnder(World::id_of(3)));
    world.run(3 * SECOND);
    assert_eq!(world.view(1).unwrap().tree.parent, Some(World::id_of(0)), "no circle");
    assert_whole(&world, 3);
}

/// Make before break: nobody misses a picture because somebody moves.
#[test]
fn moves_are_not_seen() {
    let mut world = World::new(21, Model::default());
    host(&mut world, 2);
    world.run(SECOND);
    for _ in 0..6 {
        viewer(&mut world, 0, 2);
        world.run(SECOND);
    }
    world.command(0, Command::OnAir(Some(Tracks { audio: true, video: true })));
    world.run(10 * SECOND);
    assert!((1..7).all(|peer| world.is_fed(peer)));
    let relay = |world: &World| {
        let views = (1..7).filter_map(|peer| Some((peer, world.view(peer)?)));
        views.max_by_key(|(_, view)| view.tree.children.len()).unwrap().0
    };
    // A relay goes, and gives its children time; later one chooses another place.
    let leaves = relay(&world);
    world.command(leaves, Command::Leave);
    world.run(10 * SECOND);
    world.kill(leaves);
    let (mover, to) = (relay(&world), (1..7).rfind(|peer| *peer != leaves).unwrap());
    let below = if to == mover { 1 } else { to };
    world.command(mover, Command::JoinUnder(World::id_of(below)));
    world.run(10 * SECOND);
    assert_eq!(world.gaps(), []);
    assert_whole(&world, 5);
}

/// Make before break needs the one that goes for three trips and a first picture, and no longer:
/// a page that stays takes the processor from its neighbours.
#[test]
fn a_page_that_goes_stays_for_its_children() {
    let hold = |model: Model| {
        let mut world = World::new(22, model);
        host(&mut world, 1);
        world.run(SECOND);
        for _ in 0..2 {
            viewer(&mut world, 0, 1);
            world.run(20 * SECOND);
        }
        for peer in [1, 2, 0] {
            world.command(peer, Command::Pause);
            world.run(Duration::from_millis(1));
        }
        assert_eq!(world.hold(2), None, "nobody is to be handed over");
        assert_eq!(world.hold(0), Some(Duration::from_millis(50)), "its last words are sent");
        world.hold(1)
    };
    let millis = Duration::from_millis;
    let near =
        hold(Model { latency: (millis(1), millis(2)), jitter: millis(0), ..Model::default() });
    assert!(near.is_some_and(|near| (millis(120)..millis(200)).contains(&near)), "{near:?}");
    let far = hold(Model { latency: (millis(200), millis(300)), ..Model::default() });
    assert_eq!(far, Some(millis(450)), "browsers end a page that takes longer");
}

/// A chosen parent stays although there are places further up.
#[test]
fn a_viewer_stays_under_the_peer_that_it_chose() {
    let mut world = World::new(15, Model::default());
    host(&mut world, 2);
    world.run(SECOND);
    for _ in 0..4 {
        viewer(&mut world, 0, 2);
        world.run(SECOND);
    }
    let depth = |world: &World, index| world.view(index).unwrap().tree.depth;
    let deepest = (1..5).max_by_key(|index| depth(&world, *index)).unwrap();
    let above = world.view(deepest).unwrap().tree.parent;
    let beside = |index: &u32| depth(&world, *index) == 1 && Some(World::id_of(*index)) != above;
    let mover = (1..5).find(beside).unwrap();
    world.command(mover, Command::JoinUnder(World::id_of(deepest)));
    world.run(SECOND);
    let parent = |world: &World| world.view(mover).unwrap().tree.parent.clone();
    assert_eq!(parent(&world), Some(World::id_of(deepest)));
    world.run(120 * SECOND);
    assert_eq!(parent(&world), Some(World::id_of(deepest)), "two minutes later");
    world.kill(deepest);
    world.run(60 * SECOND);
    assert_ne!(parent(&world), Some(World::id_of(deepest)));
    assert_whole(&world, 4);
}
