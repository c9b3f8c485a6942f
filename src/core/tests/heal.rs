//! How simulated rooms heal while a stream runs.
#![allow(clippy::unwrap_used)]

use core::time::Duration;

use live_core::node::{Command, Role};
use live_core::sim::{Fault, Model, PeerIndex, World};
use live_core::view::{RoomMeta, Tracks};

const SECOND: Duration = Duration::from_secs(1);

/// A host that streams, and so many viewers, with so many slots each.
fn room(seed: u64, viewers: u32, slots: u32) -> World {
    let mut world = World::new(seed, Model::default());
    world.add(Role::Host { meta: RoomMeta::default(), network: None, since: None }, slots);
    world.run(SECOND);
    world.command(0, Command::OnAir(Some(Tracks { audio: true, video: true })));
    for _ in 0..viewers {
        world.add(Role::Viewer { target: world.id_of(0) }, slots);
        world.run(Duration::from_millis(100));
    }
    world.run(60 * SECOND);
    world
}

fn depth(world: &World, peer: PeerIndex) -> u32 {
    world.view(peer).unwrap().tree.depth
}

fn deepest(world: &World) -> u32 {
    world.alive().map(|(peer, _)| depth(world, peer)).max().unwrap()
}

fn parent(world: &World, peer: PeerIndex) -> Option<PeerIndex> {
    world.index_of(&world.view(peer)?.tree.parent?)
}

fn children(world: &World, peer: PeerIndex) -> Vec<PeerIndex> {
    world
        .view(peer)
        .unwrap()
        .tree
        .children
        .iter()
        .filter_map(|(id, _)| world.index_of(id))
        .collect()
}

fn all_are_fed(world: &World) {
    for (peer, _) in world.alive().filter(|(peer, _)| *peer != 0) {
        assert!(world.path(peer).is_some_and(|path| path[0] == 0), "{peer} has lost its way");
        assert!(world.is_fed(peer), "{peer} sees nothing");
    }
}

#[test]
fn a_subtree_that_lost_its_place_comes_up_again() {
    let mut world = room(1, 400, 3);
    let before = deepest(&world);
    let top = children(&world, 0)[0];
    world.kill(top);
    world.run(2 * SECOND);
    all_are_fed(&world);
    assert!(deepest(&world) > before + 2, "it hangs at the end of others");
    world.run(20 * SECOND);
    assert!(deepest(&world) <= before + 2, "{} levels, {before} before", deepest(&world));
    all_are_fed(&world);
}

#[test]
fn a_standby_begins_to_send_before_the_parent_is_given_up() {
    let mut world = room(2, 40, 3);
    for _ in 0..5 {
        let relay = |(peer, _): &(PeerIndex, _)| *peer != 0 && !children(&world, *peer).is_empty();
        let (killed, _) = world.alive().find(relay).unwrap();
        world.kill(killed);
        world.run(20 * SECOND);
    }
    let gaps: Vec<_> = world.gaps().iter().filter(|gap| gap.orphan).map(|gap| gap.span).collect();
    assert!(gaps.len() >= 5);
    // 750 ms and more if the standby's encoder starts only then.
    assert!(gaps.iter().all(|gap| *gap < Duration::from_millis(700)), "{gaps:?}");
    all_are_fed(&world);
}

#[test]
fn a_standby_that_is_dead_too_is_found_out_when_it_is_needed() {
    let mut world = room(9, 40, 3);
    for _ in 0..5 {
        let relay = |(peer, _): (PeerIndex, _)| {
            let standby = world.index_of(world.probe(peer)?.standby()?)?;
            let above = parent(&world, peer).filter(|above| ![0, standby].contains(above))?;
            (standby != 0).then_some((peer, above, standby))
        };
        let (_, above, standby) = world.alive().find_map(relay).unwrap();
        world.kill(above);
        world.kill(standby);
        world.run(20 * SECOND);
    }
    let gaps: Vec<_> = world.gaps().iter().filter(|gap| gap.orphan).map(|gap| gap.span).collect();
    assert!(gaps.len() >= 10);
    // Over 3 s where only its silence tells.
    assert!(gaps.iter().all(|gap| *gap < SECOND * 5 / 2), "{gaps:?}");
    all_are_fed(&world);
}

#[test]
fn whoever_moves_to_a_parent_that_sends_nothing_is_back_before_it_shows() {
    let mut world = room(3, 6, 2);
    let mover = world.alive().map(|(peer, _)| peer).find(|peer| depth(&world, *peer) == 2).unwrap();
    let before = parent(&world, mover).unwrap();
    let mute =
        (1..7).find(|peer| ![mover, before].contains(peer) && children(&world, *peer).len() < 2);
    let mute = mute.unwrap();
    world.corrupt(mute, Fault::ForwardsNothing);
    world.command(mover, Command::JoinUnder(world.id_of(mute)));
    world.run(SECOND);
    assert_eq!(parent(&world, mover), Some(mute));
    world.command(0, Command::SendChat("while it was away".to_owned()));
    world.command(mover, Command::SendChat("from there".to_owned()));
    world.run(3 * SECOND);
    assert_eq!(parent(&world, mover), Some(before));
    assert!(world.gaps().iter().all(|gap| gap.peer != mover), "{:?}", world.gaps());
    for (peer, view) in world.alive() {
        let mut said: Vec<_> = view.chat.iter().map(|message| message.text.as_str()).collect();
        said.sort_unstable();
        assert_eq!(said, ["from there", "while it was away"], "{peer}");
    }
}

#[test]
fn a_relay_whose_children_get_nothing_takes_no_more() {
    let mut world = room(4, 30, 3);
    let mute = children(&world, 0)[0];
    assert_eq!(children(&world, mute).len(), 3);
    world.corrupt(mute, Fault::ForwardsNothing);
    // What was sent so far ends with the next link over which it could be.
    for child in children(&world, mute) {
        world.command(child, Command::Refresh);
    }
    world.run(90 * SECOND);
    assert!(children(&world, mute).is_empty());
    let (taken, slots) = world.probe(mute).unwrap().slots();
    assert!(taken == 0 && slots <= 1, "it offers {slots}");
    all_are_fed(&world);
}

/// Nothing comes, and nobody is to blame.
#[test]
fn a_source_that_stands_still_moves_nobody() {
    let mut world = room(10, 40, 3);
    let parents = |world: &World| (1..=40).map(|peer| parent(world, peer)).collect::<Vec<_>>();
    let (before, slots) = (parents(&world), world.probe(0).unwrap().slots());
    let so_far = world.gaps().len();
    world.pause(0, true);
    for _ in 0..60 {
        world.run(10 * SECOND);
        assert_eq!(parents(&world), before);
    }
    assert_eq!(world.dark().count(), 40, "nobody sees anything");
    assert_eq!(world.probe(0).unwrap().slots(), slots);
    let late = world.add(Role::Viewer { target: world.id_of(0) }, 3);
    world.run(60 * SECOND);
    let found = parent(&world, late);
    assert!(found.is_some());
    world.pause(0, false);
    world.run(3 * SECOND);
    all_are_fed(&world);
    assert_eq!(parent(&world, late), found);
    assert_eq!(world.gaps().len(), so_far + 40, "each has waited once");
    // Now a relay that sends nothing is found out again.
    let mute = children(&world, 0)[0];
    world.corrupt(mute, Fault::ForwardsNothing);
    for child in children(&world, mute) {
        world.command(child, Command::Refresh);
    }
    world.run(60 * SECOND);
    all_are_fed(&world);
}

/// A crowd comes faster than news of places travels.
#[test]
fn a_crowd_is_spread() {
    let mut world = World::new(5, Model::default());
    world.add(Role::Host { meta: RoomMeta::default(), network: None, since: None }, 4);
    world.run(SECOND);
    world.command(0, Command::OnAir(Some(Tracks { audio: true, video: true })));
    for _ in 0..1_000 {
        world.add(Role::Viewer { target: world.id_of(0) }, 4);
        world.run(Duration::from_millis(2));
    }
    world.run(3 * SECOND);
    // All within three seconds, the host among them, and close together.
    assert_eq!(world.waits().len(), 1_001);
    assert!(deepest(&world) <= 7, "{} levels where 5 would do", deepest(&world));
}

#[test]
fn a_slot_that_went_while_its_child_connected_is_not_given() {
    let mut world = room(6, 1, 2);
    world.add(Role::Viewer { target: world.id_of(0) }, 2);
    let taken = |world: &World| world.probe(0).unwrap().slots().0;
    while taken(&world) < 2 {
        world.run(Duration::from_millis(10));
    }
    assert_eq!(children(&world, 0), [1], "the second one is on its way");
    world.command(0, Command::MaxChildren(0));
    world.run(10 * SECOND);
    assert!(children(&world, 0).is_empty());
}

#[test]
fn a_sleeping_page_takes_only_who_finds_no_other_place() {
    let mut world = room(23, 2, 1);
    let (first, sleeper) = (1, 2);
    assert_eq!(parent(&world, sleeper), Some(first), "a chain below a host with one slot");
    world.throttle(sleeper);
    world.run(60 * SECOND);
    let awake = world.add(Role::Viewer { target: world.id_of(0) }, 1);
    world.run(10 * SECOND);
    assert_eq!(parent(&world, awake), Some(first), "the sleeper makes room");
    assert_eq!(parent(&world, sleeper), Some(awake));

    let late = world.add(Role::Viewer { target: world.id_of(0) }, 1);
    world.run(10 * SECOND);
    assert_eq!(parent(&world, late), Some(awake), "and once more");
    world.throttle(late);
    world.throttle(awake);
    world.run(60 * SECOND);
    let last = world.add(Role::Viewer { target: world.id_of(0) }, 0);
    world.run(10 * SECOND);
    assert_eq!(
        parent(&world, last),
        Some(sleeper),
        "who takes nobody's place finds one all the same"
    );
}

#[test]
fn a_chosen_parent_comes_before_what_is_under_way() {
    let mut world = room(8, 12, 2);
    let mover = world.alive().map(|(peer, _)| peer).find(|peer| depth(&world, *peer) == 3).unwrap();
    let is_free = |peer: &PeerIndex| {
        *peer != mover && children(&world, *peer).is_empty() && parent(&world, mover) != Some(*peer)
    };
    let chosen = (1..=12).find(is_free).unwrap();
    world.command(mover, Command::Refresh);
    world.run(SECOND / 10);
    world.command(mover, Command::JoinUnder(world.id_of(chosen)));
    world.run(5 * SECOND);
    assert_eq!(parent(&world, mover), Some(chosen));
    all_are_fed(&world);
    assert!(world.gaps().iter().all(|gap| gap.peer != mover), "{:?}", world.gaps());
}

/// Two below hide their way, so that none of those in a circle sees its own name.
#[test]
fn a_circle_that_liars_hide_is_left_before_it_shows() {
    let mut world = room(7, 25, 2);
    let mover = children(&world, 0)[0];
    let mut chain = vec![mover];
    while let Some(&child) = children(&world, *chain.last().unwrap()).first() {
        chain.push(child);
    }
    let (liars, below) = (&chain[1..3], chain[3]);
    for peer in liars {
        world.corrupt(*peer, Fault::HidesPath);
    }
    // They tell the lie with the next news of their way, and stay where they are.
    for pair in chain[..4].windows(2).rev() {
        world.command(pair[1], Command::JoinUnder(world.id_of(pair[0])));
        world.run(2 * SECOND);
    }
    assert!(world.path(below).unwrap().starts_with(&[0, mover, liars[0], liars[1]]));
    let so_far = world.gaps().len();
    world.command(mover, Command::JoinUnder(world.id_of(below)));
    world.run(SECOND / 2);
    assert_eq!(parent(&world, mover), Some(below), "nobody knows better");
    world.run(4 * SECOND);
    assert_eq!(parent(&world, mover), Some(0));
    all_are_fed(&world);
    let gaps = &world.gaps()[so_far..];
    assert!(gaps.iter().all(|gap| gap.span < SECOND), "{gaps:?}");
}

/// The host's own children are liars, most of them: it knows nobody else who claims a place.
#[test]
fn liars_that_refuse_everybody_keep_nobody_out() {
    let mut world = World::new(24, Model::default());
    world.add(Role::Host { meta: RoomMeta::default(), network: None, since: None }, 12);
    world.run(SECOND);
    world.command(0, Command::OnAir(Some(Tracks { audio: true, video: true })));
    for peer in 1..=12 {
        world.add(Role::Viewer { target: world.id_of(0) }, 3);
        world.run(SECOND);
        if peer % 4 != 0 {
            world.corrupt(peer, Fault::RefusesAll);
        }
    }
    for _ in 0..60 {
        world.add(Role::Viewer { target: world.id_of(0) }, 3);
        world.run(Duration::from_millis(200));
    }
    world.run(20 * SECOND);
    all_are_fed(&world);
}

#[test]
fn one_liar_among_so_many_delays_few() {
    for every in [3, 5, 10] {
        let mut world = World::new(25 + u64::from(every), Model::default());
        world.add(Role::Host { meta: RoomMeta::default(), network: None, since: None }, 6);
        world.run(SECOND);
        world.command(0, Command::OnAir(Some(Tracks { audio: true, video: true })));
        for peer in 1..=150 {
            world.add(Role::Viewer { target: world.id_of(0) }, 4);
            if peer % every == 0 {
                world.corrupt(peer, Fault::RefusesAll);
            }
            world.run(Duration::from_millis(150));
        }
        world.run(20 * SECOND);
        all_are_fed(&world);
        let mut waits = world.waits().to_vec();
        waits.sort_unstable();
        let (median, most) = (waits[waits.len() / 2], waits[waits.len() * 95 / 100]);
        assert!(median < 2 * SECOND && most < 3 * SECOND, "{every}: {median:?}, {most:?}");
    }
}

/// Then a crowd has to find out who lies, one joiner after the other.
#[test]
fn where_every_second_one_is_a_liar_everybody_gets_in_all_the_same() {
    let mut world = World::new(27, Model::default());
    world.add(Role::Host { meta: RoomMeta::default(), network: None, since: None }, 6);
    world.run(SECOND);
    world.command(0, Command::OnAir(Some(Tracks { audio: true, video: true })));
    for peer in 1..=150 {
        world.add(Role::Viewer { target: world.id_of(0) }, 4);
        if peer % 2 == 0 {
            world.corrupt(peer, Fault::RefusesAll);
        }
        world.run(Duration::from_millis(150));
    }
    world.run(240 * SECOND);
    all_are_fed(&world);
}
