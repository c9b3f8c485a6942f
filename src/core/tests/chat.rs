//! The chat and the order in it, in whole simulated rooms.
#![allow(clippy::unwrap_used)]

use core::time::Duration;
use std::sync::Arc;

use live_core::node::{Command, Moderation, Role};
use live_core::picture::Picture;
use live_core::sim::{Model, PeerIndex, World};
use live_core::view::{Phase, Problem, RoomMeta};
use live_core::wire::limits;
use live_core::wire::message::{AdmissionPolicy, MessageId};

const SECOND: Duration = Duration::from_secs(1);

/// A host and so many viewers, with two slots each.
fn room(seed: u64, viewers: u32) -> World {
    let mut world = World::new(seed, Model::default());
    world.add(Role::Host { meta: RoomMeta::default(), network: None, since: None }, 2);
    world.run(SECOND);
    for _ in 0..viewers {
        join(&mut world);
        world.run(Duration::from_millis(500));
    }
    world.run(20 * SECOND);
    world
}

fn join(world: &mut World) -> PeerIndex {
    world.add(Role::Viewer { target: world.id_of(0) }, 2)
}

fn picture(tag: u8, size: usize) -> Arc<Picture> {
    let mut bytes = b"GIF89a\x01\0\x01\0\0\0\0;".to_vec();
    bytes.resize(size, tag);
    Arc::new(Picture::new(bytes).unwrap())
}

fn post(world: &mut World, peer: PeerIndex, text: &str, picture: &Arc<Picture>) {
    world.command(peer, Command::SendImage(text.to_owned(), picture.clone()));
}

fn say(world: &mut World, peer: PeerIndex, text: &str) {
    world.command(peer, Command::SendChat(text.to_owned()));
    world.run(2 * SECOND);
}

fn order(world: &mut World, order: Moderation) {
    world.command(0, Command::Moderate(order));
    world.run(2 * SECOND);
}

fn texts(world: &World, peer: PeerIndex) -> Vec<String> {
    world.view(peer).unwrap().chat.iter().map(|message| message.text.clone()).collect()
}

fn has(world: &World, peer: PeerIndex, picture: &Arc<Picture>) -> bool {
    world.view(peer).unwrap().pictures.contains(picture)
}

fn problem(world: &World, peer: PeerIndex) -> Option<Problem> {
    world.view(peer).unwrap().problem
}

fn is_in(world: &World, peer: PeerIndex) -> bool {
    world.path(peer).is_some_and(|path| path[0] == 0)
}

fn everyone(world: &World) -> Vec<PeerIndex> {
    world.alive().map(|(peer, _)| peer).collect()
}

#[test]
fn a_picture_comes_to_everyone_once() {
    let mut world = room(1, 14);
    let (cat, face) = (picture(1, 5_000), picture(2, 900));
    let count = |world: &World| {
        world.counts.iter().find(|(kind, _)| *kind == "picture").map_or(0, |(_, count)| count)
    };
    world.command(9, Command::Avatar(Some(face.clone())));
    post(&mut world, 9, "a cat", &cat);
    post(&mut world, 9, "", &cat);
    say(&mut world, 9, "again");
    for peer in everyone(&world) {
        assert_eq!(texts(&world, peer), ["a cat", "", "again"], "{peer}");
        assert!(has(&world, peer, &cat) && has(&world, peer, &face), "{peer}");
        let view = world.view(peer).unwrap();
        assert!(view.chat.iter().all(|message| message.avatar == Some(face.id())));
        assert_eq!(view.chat[1].image, Some(cat.id()));
    }
    assert_eq!(count(&world), 2 * 14, "two pictures, over each of the tree's links");
    // Large ones come in pieces, and so does what is said meanwhile, in order.
    let large = picture(3, limits::PICTURE);
    post(&mut world, 5, "large", &large);
    world.command(5, Command::SendChat("after".to_owned()));
    world.run(10 * SECOND);
    for peer in everyone(&world) {
        assert!(has(&world, peer, &large), "{peer}");
        assert_eq!(texts(&world, peer)[3..], ["large", "after"], "{peer}");
    }
}

#[test]
fn newcomers_see_the_newest_pictures_and_repairs_bring_what_was_missed() {
    let mut world = room(2, 6);
    let pictures: Vec<_> = (0..6).map(|tag| picture(tag, limits::PICTURE / 2)).collect();
    for image in &pictures {
        post(&mut world, 0, "look", image);
        world.run(15 * SECOND);
    }
    let late = join(&mut world);
    world.run(10 * SECOND);
    assert_eq!(texts(&world, late).len(), 6);
    let seen: Vec<_> = pictures.iter().map(|image| has(&world, late, image)).collect();
    assert_eq!(seen, [false, false, true, true, true, true]);
    // A relay goes; who hung below it is told by somebody else.
    let relay = everyone(&world)
        .into_iter()
        .find(|peer| *peer > 0 && !world.view(*peer).unwrap().tree.children.is_empty());
    world.kill(relay.unwrap());
    let dog = picture(9, 40_000);
    post(&mut world, late, "dog", &dog);
    world.run(20 * SECOND);
    for peer in everyone(&world) {
        assert!(has(&world, peer, &dog), "{peer}");
        assert_eq!(texts(&world, peer).len(), 7, "{peer}");
    }
}

#[test]
fn who_is_kicked_goes_and_may_come_back_and_who_is_banned_may_not() {
    let mut world = room(3, 14);
    // One with children, so that they must find another place.
    let relay = |world: &World| {
        let mut relays = everyone(world).into_iter().skip(1);
        relays.find(|peer| !world.view(*peer).unwrap().tree.children.is_empty()).unwrap()
    };
    let (kicked, before) = (relay(&world), everyone(&world).len());
    let peer = world.id_of(kicked);
    order(&mut world, Moderation::Kick(peer));
    world.run(10 * SECOND);
    assert_eq!(problem(&world, kicked), Some(Problem::Kicked));
    assert_eq!(world.view(kicked).unwrap().room.unwrap().phase, Phase::Ended);
    let inside = everyone(&world).into_iter().filter(|peer| is_in(&world, *peer)).count();
    assert_eq!(inside, before - 1, "everyone else is in the room");
    // It is kept out for a while, then let in again.
    world.load(kicked, Role::Viewer { target: world.id_of(0) }, 2);
    world.run(5 * SECOND);
    assert_eq!(problem(&world, kicked), Some(Problem::Kicked));
    world.run(60 * SECOND);
    world.load(kicked, Role::Viewer { target: world.id_of(5) }, 2);
    world.run(10 * SECOND);
    assert!(is_in(&world, kicked));

    let banned = relay(&world);
    let peer = world.id_of(banned);
    order(&mut world, Moderation::Ban(peer));
    world.run(120 * SECOND);
    for door in [0, 3, 7, 11] {
        world.load(banned, Role::Viewer { target: world.id_of(door) }, 2);
        world.run(10 * SECOND);
        assert_eq!(problem(&world, banned), Some(Problem::Banned), "by way of {door}");
    }
    let peer = world.id_of(banned);
    order(&mut world, Moderation::Unban(peer));
    world.load(banned, Role::Viewer { target: world.id_of(0) }, 2);
    world.run(10 * SECOND);
    assert!(is_in(&world, banned));
}

#[test]
fn nobody_hears_who_is_muted() {
    let mut world = room(4, 14);
    let peer = world.id_of(9);
    order(&mut world, Moderation::Mute(peer, true));
    assert!(world.view(9).unwrap().room.unwrap().rules.muted.contains(&world.id_of(9)));
    say(&mut world, 9, "hello?");
    say(&mut world, 8, "hello");
    for peer in everyone(&world) {
        assert_eq!(texts(&world, peer), ["hello"], "{peer}");
    }
    let peer = world.id_of(9);
    order(&mut world, Moderation::Mute(peer, false));
    say(&mut world, 9, "thanks");
    for peer in everyone(&world) {
        assert_eq!(texts(&world, peer), ["hello", "thanks"], "{peer}");
    }
}

#[test]
fn what_the_host_deletes_is_gone_for_all_and_for_those_to_come() {
    let mut world = room(5, 10);
    say(&mut world, 7, "rude");
    say(&mut world, 7, "fine");
    let view = world.view(0).unwrap();
    let rude = MessageId { author: view.chat[0].author.clone(), number: view.chat[0].number };
    // One who misses the order hears of it from the next parent.
    let away = everyone(&world).into_iter().find(|peer| {
        let view = world.view(*peer).unwrap();
        *peer > 0 && view.tree.children.is_empty() && view.tree.depth > 1
    });
    let parent = world.view(away.unwrap()).unwrap().tree.parent.unwrap();
    world.kill(world.index_of(&parent).unwrap());
    order(&mut world, Moderation::Delete(rude.clone()));
    let late = join(&mut world);
    world.run(20 * SECOND);
    for peer in everyone(&world) {
        assert_eq!(texts(&world, peer), ["fine"], "{peer}");
        assert_eq!(*world.view(peer).unwrap().deleted, *std::slice::from_ref(&rude), "{peer}");
    }
    say(&mut world, late, "hi");
    assert_eq!(texts(&world, 7), ["fine", "hi"]);
}

#[test]
fn only_the_host_keeps_order() {
    let mut world = room(6, 6);
    say(&mut world, 2, "mine");
    let number = world.view(2).unwrap().chat[0].number;
    for peer in 1..6 {
        for order in [
            Moderation::Kick(world.id_of(6)),
            Moderation::Ban(world.id_of(6)),
            Moderation::Mute(world.id_of(6), true),
            Moderation::SetAdmission(AdmissionPolicy::Locked),
            Moderation::Delete(MessageId { author: world.id_of(2), number }),
        ] {
            world.command(peer, Command::Moderate(order));
        }
    }
    world.command(0, Command::Moderate(Moderation::Kick(world.id_of(0))));
    world.run(5 * SECOND);
    assert!((0..=6).all(|peer| is_in(&world, peer)));
    say(&mut world, 6, "still here");
    assert_eq!(texts(&world, 1), ["mine", "still here"]);
    let late = join(&mut world);
    world.run(10 * SECOND);
    assert!(is_in(&world, late));
}

#[test]
fn a_locked_room_lets_nobody_in_and_loses_nobody() {
    let mut world = room(7, 10);
    order(&mut world, Moderation::SetAdmission(AdmissionPolicy::Locked));
    let strangers: Vec<_> = [0, 4, 9]
        .map(|door| world.add(Role::Viewer { target: world.id_of(door) }, 2))
        .into_iter()
        .collect();
    world.run(20 * SECOND);
    for &stranger in &strangers {
        assert_eq!(problem(&world, stranger), Some(Problem::Locked));
        assert!(!is_in(&world, stranger));
    }
    // Those inside find other places when a relay goes.
    for peer in [1, 2] {
        world.kill(peer);
        world.run(20 * SECOND);
    }
    for peer in 3..=10 {
        assert!(is_in(&world, peer), "{peer} is still in the room");
    }
    // Whoever is sent away was let in once, and that does not help.
    let banned = world.id_of(5);
    order(&mut world, Moderation::Ban(banned));
    world.run(10 * SECOND);
    assert!(!is_in(&world, 5));
    world.kill(5);
    let target = world.id_of(0);
    world.load(5, Role::Viewer { target }, 2);
    world.run(10 * SECOND);
    assert_eq!(problem(&world, 5), Some(Problem::Banned));
    order(&mut world, Moderation::SetAdmission(AdmissionPolicy::Open));
    world.run(20 * SECOND);
    assert!(strangers.iter().all(|stranger| is_in(&world, *stranger)));
}

#[test]
fn at_a_door_with_a_bell_the_host_decides() {
    let mut world = room(8, 6);
    order(&mut world, Moderation::SetAdmission(AdmissionPolicy::Knock));
    let guests = [0, 3, 5].map(|door| world.add(Role::Viewer { target: world.id_of(door) }, 2));
    world.run(10 * SECOND);
    for guest in guests {
        assert_eq!(problem(&world, guest), Some(Problem::Knocking));
    }
    let knocks = |world: &World| world.view(0).unwrap().join_requests.len();
    assert_eq!(knocks(&world), 3);
    let peer = world.id_of(guests[0]);
    order(&mut world, Moderation::Admit(peer, true));
    let peer = world.id_of(guests[1]);
    order(&mut world, Moderation::Admit(peer, false));
    world.run(10 * SECOND);
    assert!(is_in(&world, guests[0]));
    assert_eq!(problem(&world, guests[0]), None);
    assert_eq!(problem(&world, guests[1]), Some(Problem::Denied));
    assert!(!is_in(&world, guests[1]) && !is_in(&world, guests[2]));
    // One who gives up waits no more.
    assert_eq!(knocks(&world), 1);
    world.kill(guests[2]);
    world.run(20 * SECOND);
    assert_eq!(knocks(&world), 0);
    // The door stays as it is while the host's page is reloaded.
    let rules = world.view(0).unwrap().room.unwrap().rules.clone();
    world.command(0, Command::Pause);
    world.kill(0);
    world.run(5 * SECOND);
    world.load(0, Role::Host { meta: RoomMeta::default(), network: None, since: Some(0) }, 2);
    world.command(0, Command::Moderate(Moderation::Restore((*rules).clone())));
    world.run(20 * SECOND);
    assert!((0..=6).chain([guests[0]]).all(|peer| is_in(&world, peer)));
    assert_eq!(world.view(6).unwrap().room.unwrap().rules.admission, AdmissionPolicy::Knock);
    let late = join(&mut world);
    world.run(10 * SECOND);
    assert_eq!(problem(&world, late), Some(Problem::Knocking));
}
