//! How a room comes together: chains, crowds, pairs that cannot connect.

use core::time::Duration;

use live_core::node::Command;
use live_core::sim::{Model, World};
use live_core::view::{Problem, Tracks};

use super::rig::{SECOND, assert_whole, host, settle, texts, viewer};

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
