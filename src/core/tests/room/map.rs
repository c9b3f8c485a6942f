//! The map of the tree, for those who look at it.

use live_core::id::PeerId;
use live_core::node::Command;
use live_core::sim::{PeerIndex, World};

use super::rig::{SECOND, settle, talkative_room, viewer};

/// What a peer's map says, as pairs of peer and parent in the order of their ids.
fn map(world: &World, peer: PeerIndex) -> Vec<(PeerId, Option<PeerId>)> {
    let view = world.view(peer).unwrap();
    let peers = view.map.as_deref().unwrap();
    let mut map: Vec<_> = peers.iter().map(|peer| (peer.id.clone(), peer.parent.clone())).collect();
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
