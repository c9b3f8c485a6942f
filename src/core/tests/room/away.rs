//! Hosts that are away, and servers that are.

use live_core::id::PeerId;
use live_core::node::{Command, Role};
use live_core::sim::{Model, World};
use live_core::view::{Phase, Problem, RoomMeta};

use super::rig::{SECOND, assert_whole, host, talkative_room, texts, viewer};

fn host_again(world: &mut World) {
    let meta = RoomMeta { title: "Room".to_owned(), ..RoomMeta::default() };
    world.load(0, Role::Host { meta, network: None, since: Some(0) }, 2);
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

/// Without a signalling server nobody can tell whether the host is away.
#[test]
fn a_long_outage_of_the_server_ends_no_room() {
    let mut world = World::new(31, Model::default());
    host(&mut world, 1);
    world.run(SECOND);
    for _ in 0..4 {
        viewer(&mut world, 0, 1);
        world.run(2 * SECOND);
    }
    world.run(20 * SECOND);
    world.server(false);
    world.run(SECOND);
    // A chain: who is below the first two has lost its parent and its standby.
    let top: Vec<_> =
        world.alive().filter(|(_, view)| [1, 2].contains(&view.tree.depth)).map(|p| p.0).collect();
    assert_eq!(top.len(), 2);
    top.iter().for_each(|peer| world.kill(*peer));
    world.run(300 * SECOND);
    for (peer, view) in world.alive().filter(|(peer, _)| *peer != 0) {
        let phase = view.room.as_ref().unwrap().phase;
        assert_ne!(phase, Phase::Ended, "{peer}");
        assert_eq!(view.problem, Some(Problem::ServerUnreachable), "{peer}");
    }
    world.server(true);
    world.run(60 * SECOND);
    assert_whole(&world, 1);
}

#[test]
fn an_outage_of_the_server_stops_the_clock_of_an_absent_host() {
    let mut world = talkative_room(32);
    world.kill(0);
    world.run(40 * SECOND);
    let phases = |world: &World| -> Vec<_> {
        world.alive().map(|(_, view)| view.room.as_ref().unwrap().phase).collect()
    };
    assert!(phases(&world).iter().all(|phase| *phase == Phase::HostAway));
    world.server(false);
    world.run(200 * SECOND);
    assert!(phases(&world).iter().all(|phase| *phase == Phase::HostAway));
    world.server(true);
    world.run(60 * SECOND);
    assert!(phases(&world).iter().all(|phase| *phase == Phase::HostAway));
    world.run(80 * SECOND);
    assert!(phases(&world).iter().all(|phase| *phase == Phase::Ended));
}
