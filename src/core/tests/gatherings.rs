//! The conference and the voice channel of rooms, with members at any depth of the tree.
#![allow(clippy::unwrap_used)]

use core::time::Duration;

use live_core::node::{Command, GatheringCommand, Moderation, Role};
use live_core::sim::{Model, PeerIndex, World};
use live_core::view::{GatheringKind, GatheringMember, OwnSeat, Phase, RoomMeta, Tracks, View};
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);
const CONFERENCE: GatheringKind = GatheringKind::Conference;
const VOICE: GatheringKind = GatheringKind::Voice;
const SOUND: Tracks = Tracks { audio: true, video: false };
const BOTH: Tracks = Tracks { audio: true, video: true };

/// A host with viewers, each of which takes so many children.
fn room(seed: u64, viewers: u32, slots: u32) -> World {
    let mut world = World::new(seed, Model::default());
    let role = Role::Host { meta: RoomMeta::default(), network: None, since: None };
    world.add(role, slots);
    world.run(SECOND);
    for _ in 0..viewers {
        let target = world.id_of(0);
        world.add(Role::Viewer { target }, slots);
        world.run(SECOND);
    }
    world.run(5 * SECOND);
    world
}

fn gather(world: &mut World, peer: PeerIndex, kind: GatheringKind, command: GatheringCommand) {
    world.command(peer, Command::Gathering(kind, command));
}

/// A room in which these peers are in the conference.
fn conference(seed: u64, viewers: u32, slots: u32, members: &[PeerIndex]) -> World {
    let mut world = room(seed, viewers, slots);
    gather(&mut world, 0, CONFERENCE, GatheringCommand::Open);
    for member in members {
        gather(&mut world, *member, CONFERENCE, GatheringCommand::Join(BOTH));
        world.run(SECOND);
    }
    world.run(3 * SECOND);
    world
}

fn seen(view: &View, kind: GatheringKind) -> &live_core::view::GatheringView {
    match kind {
        CONFERENCE => &view.conference,
        VOICE => &view.voice,
    }
}

fn own(world: &World, peer: PeerIndex, kind: GatheringKind) -> OwnSeat {
    seen(&world.view(peer).unwrap(), kind).own
}

fn member(world: &World, by: PeerIndex, kind: GatheringKind, of: PeerIndex) -> GatheringMember {
    let view = world.view(by).unwrap();
    let id = world.id_of(of);
    let found = seen(&view, kind).members.iter().find(|member| member.peer == id).cloned();
    found.unwrap_or_else(|| panic!("{by} does not know that {of} takes part"))
}

/// Everybody sees these members and no others, and each pair of them has exactly one link.
#[track_caller]
fn assert_members(world: &World, kind: GatheringKind, members: &[PeerIndex]) {
    let mut pairs = Vec::new();
    for a in members {
        pairs.extend(members.iter().filter(|b| a < *b).map(|b| (*a, *b)));
    }
    pairs.sort_unstable();
    assert_eq!(world.calls(kind), pairs);
    let mut ids: Vec<_> = members.iter().map(|member| world.id_of(*member)).collect();
    ids.sort();
    let first = world.view(0).unwrap();
    for (peer, view) in world.alive() {
        let (all, takes_part) = (&seen(&view, kind).members, members.contains(&peer));
        let mut listed: Vec<_> = all.iter().map(|member| member.peer.clone()).collect();
        let of_host = seen(&first, kind).members.iter().map(|member| member.peer.clone());
        assert_eq!(listed, of_host.collect::<Vec<_>>(), "{peer} has the order of the host");
        listed.sort();
        assert_eq!(listed, ids, "as {peer} sees it");
        assert!(all.iter().all(|member| member.connected == takes_part), "{peer}: {all:?}");
        assert_eq!(seen(&view, kind).own == OwnSeat::Taken, takes_part, "{peer}");
    }
}

#[test]
fn members_at_any_depth_have_one_link_each() {
    // One below the other, five deep.
    let world = conference(1, 5, 1, &[3, 0, 5, 1]);
    assert_eq!(world.view(5).unwrap().tree.depth, 5);
    assert_members(&world, CONFERENCE, &[0, 1, 3, 5]);
    let ann = member(&world, 2, CONFERENCE, 5);
    assert_eq!((ann.name.as_str(), ann.tracks, ann.muted), ("Peer 5", BOTH, false));
}

#[test]
fn who_leaves_and_comes_back_is_linked_again() {
    let mut world = conference(2, 5, 2, &[0, 1, 2, 3, 4, 5]);
    assert_members(&world, CONFERENCE, &[0, 1, 2, 3, 4, 5]);
    for gone in [1, 4, 0] {
        gather(&mut world, gone, CONFERENCE, GatheringCommand::Leave);
        world.run(SECOND);
        let others: Vec<_> = (0..6).filter(|peer| *peer != gone).collect();
        assert_members(&world, CONFERENCE, &others);
        gather(&mut world, gone, CONFERENCE, GatheringCommand::Join(SOUND));
        world.run(3 * SECOND);
        assert_members(&world, CONFERENCE, &[0, 1, 2, 3, 4, 5]);
        assert_eq!(member(&world, 2, CONFERENCE, gone).tracks, SOUND);
    }
    // A closed page leaves, too.
    world.command(3, Command::Pause);
    world.run(2 * SECOND);
    world.kill(3);
    world.run(SECOND);
    assert_members(&world, CONFERENCE, &[0, 1, 2, 4, 5]);
}

#[test]
fn renames_and_devices_change_no_link() {
    let mut world = conference(3, 3, 1, &[0, 1, 2, 3]);
    let links = |world: &World| [1, 2, 3].map(|other| world.call(0, CONFERENCE, other).unwrap());
    let before = links(&world);
    for tracks in [SOUND, Tracks::default(), BOTH, SOUND] {
        gather(&mut world, 3, CONFERENCE, GatheringCommand::Show(tracks));
        world.command(3, Command::Rename(format!("Zoe {}", tracks.video)));
        world.run(SECOND);
        let zoe = member(&world, 1, CONFERENCE, 3);
        assert_eq!((zoe.tracks, zoe.name), (tracks, format!("Zoe {}", tracks.video)));
    }
    assert_eq!(links(&world), before);
    assert_members(&world, CONFERENCE, &[0, 1, 2, 3]);
}

#[test]
fn the_host_opens_mutes_removes_and_ends() {
    let mut world = room(4, 4, 1);
    gather(&mut world, 2, CONFERENCE, GatheringCommand::Join(BOTH));
    world.run(SECOND);
    assert_eq!(own(&world, 2, CONFERENCE), OwnSeat::Refused, "it is not open");
    // Nobody but the host says so.
    gather(&mut world, 2, CONFERENCE, GatheringCommand::Open);
    world.run(SECOND);
    assert!(!world.view(2).unwrap().conference.open);
    gather(&mut world, 0, CONFERENCE, GatheringCommand::Open);
    world.run(SECOND);
    assert_eq!(own(&world, 2, CONFERENCE), OwnSeat::None);
    for peer in [1, 2, 3, 4] {
        gather(&mut world, peer, CONFERENCE, GatheringCommand::Join(BOTH));
    }
    world.run(4 * SECOND);
    assert_members(&world, CONFERENCE, &[1, 2, 3, 4]);
    for command in [
        GatheringCommand::Mute(world.id_of(3), true),
        GatheringCommand::Remove(world.id_of(3)),
        GatheringCommand::End,
    ] {
        gather(&mut world, 4, CONFERENCE, command);
    }
    world.run(SECOND);
    assert!(!member(&world, 4, CONFERENCE, 3).muted);
    // A mute outlives the seat.
    gather(&mut world, 0, CONFERENCE, GatheringCommand::Mute(world.id_of(3), true));
    world.run(SECOND);
    assert!((0..5).all(|peer| member(&world, peer, CONFERENCE, 3).muted));
    gather(&mut world, 3, CONFERENCE, GatheringCommand::Leave);
    gather(&mut world, 3, CONFERENCE, GatheringCommand::Join(BOTH));
    world.run(4 * SECOND);
    assert!((0..5).all(|peer| member(&world, peer, CONFERENCE, 3).muted));
    gather(&mut world, 0, CONFERENCE, GatheringCommand::Mute(world.id_of(3), false));
    world.run(SECOND);
    assert!(!member(&world, 1, CONFERENCE, 3).muted);

    gather(&mut world, 0, CONFERENCE, GatheringCommand::Remove(world.id_of(3)));
    world.run(SECOND);
    assert_members(&world, CONFERENCE, &[1, 2, 4]);
    assert_eq!(own(&world, 3, CONFERENCE), OwnSeat::Refused);
    gather(&mut world, 3, CONFERENCE, GatheringCommand::Join(BOTH));
    world.run(4 * SECOND);
    assert_eq!(own(&world, 3, CONFERENCE), OwnSeat::Refused);
    assert_members(&world, CONFERENCE, &[1, 2, 4]);

    gather(&mut world, 0, CONFERENCE, GatheringCommand::End);
    world.run(SECOND);
    assert_members(&world, CONFERENCE, &[]);
    assert!([1, 2, 4].iter().all(|peer| own(&world, *peer, CONFERENCE) == OwnSeat::None));
    gather(&mut world, 0, CONFERENCE, GatheringCommand::Open);
    world.run(SECOND);
    assert_members(&world, CONFERENCE, &[]);
    gather(&mut world, 3, CONFERENCE, GatheringCommand::Join(BOTH));
    world.run(SECOND);
    assert_members(&world, CONFERENCE, &[3]);
}

#[test]
fn a_full_conference_takes_nobody_until_a_seat_is_free() {
    let mut world = room(5, 10, 3);
    gather(&mut world, 0, CONFERENCE, GatheringCommand::Open);
    for peer in 1..=10 {
        gather(&mut world, peer, CONFERENCE, GatheringCommand::Join(BOTH));
        world.run(SECOND);
    }
    world.run(5 * SECOND);
    assert_members(&world, CONFERENCE, &[1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(world.view(9).unwrap().conference.seats, 8);
    assert!([9, 10].iter().all(|peer| own(&world, *peer, CONFERENCE) == OwnSeat::Full));
    gather(&mut world, 2, CONFERENCE, GatheringCommand::Leave);
    world.run(SECOND);
    assert_eq!(own(&world, 9, CONFERENCE), OwnSeat::None, "the person decides again");
    gather(&mut world, 9, CONFERENCE, GatheringCommand::Join(BOTH));
    world.run(4 * SECOND);
    assert_members(&world, CONFERENCE, &[1, 3, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn a_voice_channel_needs_no_opening_and_is_apart_from_the_conference() {
    let mut world = conference(6, 4, 1, &[1, 2]);
    for peer in [2, 3, 4] {
        gather(&mut world, peer, VOICE, GatheringCommand::Join(SOUND));
    }
    world.run(4 * SECOND);
    assert_members(&world, VOICE, &[2, 3, 4]);
    assert_members(&world, CONFERENCE, &[1, 2]);
    gather(&mut world, 0, VOICE, GatheringCommand::End);
    world.run(SECOND);
    assert_members(&world, VOICE, &[]);
    gather(&mut world, 2, VOICE, GatheringCommand::Join(SOUND));
    world.run(SECOND);
    assert_eq!(own(&world, 2, VOICE), OwnSeat::Refused);
    assert_members(&world, CONFERENCE, &[1, 2]);
}

#[test]
fn a_lost_parent_costs_nobody_in_the_conference_anything() {
    let mut world = conference(7, 8, 2, &[]);
    let relay = (1..9).find(|peer| !world.view(*peer).unwrap().tree.children.is_empty()).unwrap();
    let members: Vec<_> = (0..9).filter(|peer| *peer != relay).take(6).collect();
    for member in &members {
        gather(&mut world, *member, CONFERENCE, GatheringCommand::Join(BOTH));
    }
    world.run(5 * SECOND);
    assert_members(&world, CONFERENCE, &members);
    let links = |world: &World| -> Vec<_> {
        let pairs = members.iter().flat_map(|a| members.iter().map(move |b| (*a, *b)));
        pairs.map(|(a, b)| world.call(a, CONFERENCE, b)).collect()
    };
    let before = links(&world);
    world.kill(relay);
    world.run(5 * SECOND);
    assert_eq!(links(&world), before);
    // Seats are kept by what their holders say over their new ways.
    world.run(Duration::from_secs(150));
    assert_eq!(links(&world), before);
    assert_members(&world, CONFERENCE, &members);
}

#[test]
fn the_seat_of_who_vanishes_is_free_after_a_minute_and_that_of_a_child_soon() {
    let mut world = conference(8, 4, 1, &[0, 1, 4]);
    world.kill(4);
    world.run(5 * SECOND);
    assert!(!member(&world, 0, CONFERENCE, 4).connected, "its tile is dark at once");
    world.run(Duration::from_secs(65));
    assert_members(&world, CONFERENCE, &[0, 1]);
    world.kill(1);
    world.run(15 * SECOND);
    assert_members(&world, CONFERENCE, &[0]);
}

#[test]
fn who_is_sent_away_from_the_room_is_not_in_the_conference() {
    let mut world = conference(9, 3, 3, &[0, 1, 2, 3]);
    world.command(0, Command::Moderate(Moderation::Kick(world.id_of(2))));
    world.run(2 * SECOND);
    assert_eq!(world.view(2).unwrap().room.as_ref().unwrap().phase, Phase::Ended);
    world.kill(2);
    assert_members(&world, CONFERENCE, &[0, 1, 3]);
}

#[test]
fn members_stay_together_while_the_host_reloads() {
    let mut world = conference(10, 4, 2, &[1, 2, 3]);
    for peer in [1, 4] {
        gather(&mut world, peer, VOICE, GatheringCommand::Join(SOUND));
    }
    world.run(3 * SECOND);
    let since = world.view(0).unwrap().room.as_ref().unwrap().since;
    let rules = (*world.view(0).unwrap().room.as_ref().unwrap().rules).clone();
    assert!(rules.conference);
    let links = |world: &World| {
        [(1, CONFERENCE, 2), (2, CONFERENCE, 3), (1, VOICE, 4)]
            .map(|(a, kind, b)| world.call(a, kind, b).unwrap())
    };
    let before = links(&world);
    world.command(0, Command::Pause);
    world.run(Duration::from_millis(50));
    world.kill(0);
    world.run(2 * SECOND);
    let role = Role::Host { meta: RoomMeta::default(), network: None, since: Some(since) };
    world.load(0, role, 2);
    world.command(0, Command::Moderate(Moderation::Restore(rules)));
    world.run(20 * SECOND);
    assert_members(&world, CONFERENCE, &[1, 2, 3]);
    assert_members(&world, VOICE, &[1, 4]);
    assert_eq!(links(&world), before);
}

#[test]
fn a_late_joiner_knows_who_takes_part_and_can_join() {
    let mut world = conference(11, 3, 1, &[1, 3]);
    let target = world.id_of(0);
    let late = world.add(Role::Viewer { target }, 1);
    world.run(5 * SECOND);
    assert_members(&world, CONFERENCE, &[1, 3]);
    gather(&mut world, late, CONFERENCE, GatheringCommand::Join(SOUND));
    world.run(3 * SECOND);
    assert_members(&world, CONFERENCE, &[1, 3, late]);
}

/// What happens in a random conference.
#[derive(Clone, Copy, Debug)]
enum Step {
    Join(PeerIndex),
    Leave(PeerIndex),
    Show(PeerIndex, bool),
    Mute(PeerIndex, bool),
    Wait(u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..7u32).prop_map(Step::Join),
        3 => (0..7u32).prop_map(Step::Leave),
        1 => (0..7u32, any::<bool>()).prop_map(|(peer, video)| Step::Show(peer, video)),
        1 => (0..7u32, any::<bool>()).prop_map(|(peer, muted)| Step::Mute(peer, muted)),
        4 => (0..400u16).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn all_lists_are_equal_whoever_joins_and_leaves_when(
        seed in 0..1_000u64,
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        let mut world = conference(seed, 7, 2, &[]);
        let mut members = std::collections::BTreeSet::new();
        for step in steps {
            match step {
                Step::Join(peer) => {
                    members.insert(peer);
                    gather(&mut world, peer, CONFERENCE, GatheringCommand::Join(BOTH));
                }
                Step::Leave(peer) => {
                    members.remove(&peer);
                    gather(&mut world, peer, CONFERENCE, GatheringCommand::Leave);
                }
                Step::Show(peer, video) => {
                    let tracks = Tracks { audio: true, video };
                    gather(&mut world, peer, CONFERENCE, GatheringCommand::Show(tracks));
                }
                Step::Mute(peer, muted) => {
                    let mute = GatheringCommand::Mute(world.id_of(peer), muted);
                    gather(&mut world, 0, CONFERENCE, mute);
                }
                Step::Wait(millis) => world.run(Duration::from_millis(millis.into())),
            }
        }
        world.run(Duration::from_secs(25));
        let members: Vec<_> = members.into_iter().collect();
        assert_members(&world, CONFERENCE, &members);
        let first = world.view(0).unwrap().conference.members.clone();
        for (peer, view) in world.alive() {
            for (ours, theirs) in view.conference.members.iter().zip(&first) {
                let same = GatheringMember { connected: theirs.connected, ..ours.clone() };
                prop_assert_eq!(&same, theirs, "as {} sees it", peer);
            }
        }
    }
}
