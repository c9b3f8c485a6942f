//! Relays that leave or are killed, and viewers that move.

use core::time::Duration;

use live_core::node::Command;
use live_core::sim::{Model, PeerIndex, World};
use live_core::view::{Phase, Tracks, View};

use super::rig::{SECOND, assert_whole, host, viewer};

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
            .filter(|(_, view)| view.tree.parent == Some(world.id_of(killed)))
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

#[test]
fn a_viewer_moves_under_the_peer_that_it_chooses() {
    let mut world = World::new(15, Model::default());
    host(&mut world, 3);
    world.run(SECOND);
    for _ in 0..3 {
        viewer(&mut world, 0, 3);
        world.run(SECOND);
    }
    world.command(3, Command::JoinUnder(world.id_of(1)));
    world.run(3 * SECOND);
    assert_eq!(world.view(3).unwrap().tree.parent, Some(world.id_of(1)));
    world.command(1, Command::JoinUnder(world.id_of(3)));
    world.run(3 * SECOND);
    assert_eq!(world.view(1).unwrap().tree.parent, Some(world.id_of(0)), "no circle");
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
    world.command(mover, Command::JoinUnder(world.id_of(below)));
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
    let beside = |index: &u32| depth(&world, *index) == 1 && Some(world.id_of(*index)) != above;
    let mover = (1..5).find(beside).unwrap();
    world.command(mover, Command::JoinUnder(world.id_of(deepest)));
    world.run(SECOND);
    let parent = |world: &World| world.view(mover).unwrap().tree.parent.clone();
    assert_eq!(parent(&world), Some(world.id_of(deepest)));
    world.run(120 * SECOND);
    assert_eq!(parent(&world), Some(world.id_of(deepest)), "two minutes later");
    world.kill(deepest);
    world.run(60 * SECOND);
    assert_ne!(parent(&world), Some(world.id_of(deepest)));
    assert_whole(&world, 4);
}
