//! What all tests of whole rooms build on.

use core::time::Duration;

use live_core::node::{Command, Role};
use live_core::sim::{Model, PeerIndex, World};
use live_core::view::{Phase, RoomMeta};

pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) fn host(world: &mut World, slots: u32) -> PeerIndex {
    let meta = RoomMeta { title: "Room".to_owned(), ..RoomMeta::default() };
    world.add(Role::Host { meta, network: None, since: None }, slots)
}

pub(crate) fn viewer(world: &mut World, target: PeerIndex, slots: u32) -> PeerIndex {
    world.add(Role::Viewer { target: world.id_of(target) }, slots)
}

pub(crate) fn texts(world: &World, peer: PeerIndex) -> Vec<String> {
    world.view(peer).unwrap().chat.iter().map(|message| message.text.clone()).collect()
}

pub(crate) fn assert_whole(world: &World, slots: u32) {
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
pub(crate) fn settle(world: &mut World) {
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

/// A host and 30 viewers, who all have said something.
pub(crate) fn talkative_room(seed: u64) -> World {
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
