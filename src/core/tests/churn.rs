//! Random rooms: whatever people do in whatever order, the tree comes right again. The seed is
//! fixed; change it, or set `PROPTEST_CASES`, to search further.
#![allow(clippy::unwrap_used)]

use core::time::Duration;

use live_core::node::{Command, Role};
use live_core::sim::{Model, PeerIndex, World};
use live_core::view::{RoomMeta, Tracks};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

#[derive(Clone, Debug)]
enum Deed {
    Join { through: usize, slots: u32 },
    Kill(usize),
    Leave(usize),
    Say(usize),
    Refresh(usize),
    Reconnect(usize),
    OnAir(bool),
    Wait(u64),
}

fn deed() -> impl Strategy<Value = Deed> {
    let peer = 0..64_usize;
    prop_oneof![
        4 => (peer.clone(), 1..4_u32).prop_map(|(through, slots)| Deed::Join { through, slots }),
        2 => peer.clone().prop_map(Deed::Kill),
        1 => peer.clone().prop_map(Deed::Leave),
        2 => peer.clone().prop_map(Deed::Say),
        1 => peer.clone().prop_map(Deed::Refresh),
        1 => peer.prop_map(Deed::Reconnect),
        1 => any::<bool>().prop_map(Deed::OnAir),
        6 => (0..3_000_u64).prop_map(Deed::Wait),
    ]
}

/// Viewers that live and have not left.
fn viewers(world: &World, left: &[PeerIndex]) -> Vec<PeerIndex> {
    world.alive().map(|(peer, _)| peer).filter(|peer| *peer != 0 && !left.contains(peer)).collect()
}

fn no_circle(world: &World) {
    for (peer, view) in world.alive() {
        let mut seen = vec![peer];
        let mut above = view.tree.parent.clone();
        while let Some(parent) = above {
            let parent = world.index_of(&parent).unwrap();
            // A circle can only be a passing one: whoever sees itself in its path leaves it.
            if seen.contains(&parent) {
                let depth = world.view(peer).unwrap().tree.depth;
                assert!(depth == 0 || seen.len() < 2, "{peer} is in a circle: {seen:?}");
                break;
            }
            seen.push(parent);
            above = world.view(parent).and_then(|view| view.tree.parent.clone());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn the_tree_comes_right_again(
        seed in any::<u64>(),
        deeds in proptest::collection::vec(deed(), 1..60),
    ) {
        let mut world = World::new(seed, Model::default());
        let role = Role::Host { meta: RoomMeta::default(), network: None, since: None };
        world.add(role, 2);
        world.run(Duration::from_secs(1));
        let (mut said, mut left) = (0, Vec::new());
        for deed in deeds {
            let members = viewers(&world, &left);
            let pick = |index: usize| (!members.is_empty()).then(|| members[index % members.len()]);
            match deed {
                Deed::Join { through, slots } => {
                    let target = world.id_of(pick(through).unwrap_or(0));
                    world.add(Role::Viewer { target }, slots);
                }
                Deed::Kill(peer) => { pick(peer).into_iter().for_each(|peer| world.kill(peer)) }
                Deed::Leave(peer) => {
                    pick(peer).into_iter().for_each(|peer| world.command(peer, Command::Leave));
                    left.extend(pick(peer));
                }
                Deed::Say(peer) => {
                    said += 1;
                    world.command(pick(peer).unwrap_or(0), Command::SendChat(format!("{said}")));
                }
                Deed::Refresh(peer) => {
                    pick(peer).into_iter().for_each(|peer| world.command(peer, Command::Refresh));
                }
                Deed::Reconnect(peer) => {
                    pick(peer).into_iter().for_each(|peer| world.command(peer, Command::Reconnect));
                }
                Deed::OnAir(live) => {
                    let tracks = live.then_some(Tracks { audio: true, video: true });
                    world.command(0, Command::OnAir(tracks));
                }
                Deed::Wait(millis) => world.run(Duration::from_millis(millis)),
            }
            no_circle(&world);
        }
        world.run(Duration::from_secs(90));
        no_circle(&world);
        let members = viewers(&world, &left);
        for &peer in &members {
            let view = world.view(peer).unwrap();
            // One that was sent to a peer which died before anyone knew the room is told so.
            if view.room.is_none() {
                prop_assert!(view.problem.is_some(), "{peer} waits without a word");
                continue;
            }
            let path = world.path(peer);
            prop_assert!(path.is_some_and(|path| path[0] == 0), "{peer} is lost: {view:?}");
            let children = view.tree.children.len();
            prop_assert!(children <= view.tree.max_children as usize);
            // The parent, the standby, the children, and those that keep this peer as their standby.
            let most = 2 + view.tree.max_children as usize;
            prop_assert!(world.open_links(peer) <= most, "{peer} has stray links");
            let mut texts: Vec<_> = view.chat.iter().map(|m| (&m.author, m.number)).collect();
            let count = texts.len();
            texts.sort();
            texts.dedup();
            prop_assert_eq!(texts.len(), count, "each message once");
        }
    }
}
