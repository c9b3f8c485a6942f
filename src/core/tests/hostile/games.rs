//! Who cheats at a game: a relay in the host's name, a member in that of another player.
#![allow(clippy::unwrap_used)]

use live_core::game::{Action, GameState, Move, Table, five};
use live_core::identity::{Keypair, Signed};
use live_core::node::{Command, GameCommand, Input, LinkEvent, Role};
use live_core::time::Time;
use live_core::view::{RoomKind, RoomMeta};
use live_core::wire::message::Message;
use live_core::wire::request::{Act, Request};

use super::keyed::*;
use super::rig::Rig;

/// A table at which this peer sits.
fn state(number: u64, player: &Keypair) -> GameState {
    let mut table = Table::default();
    let now = Time::from_millis(number);
    table.act(now, player.id(), "name", &Action::Join).unwrap();
    table.state(SINCE, number, now)
}

fn game(signer: &Keypair, number: u64) -> Signed<GameState> {
    Signed::new(state(number, &key(9)), host().id(), signer)
}

fn number(rig: &Rig) -> Option<u64> {
    rig.view().game.as_ref().map(|game| game.state.number)
}

fn games(said: Vec<Message>) -> Vec<Signed<GameState>> {
    let game = |said| match said {
        Message::Game(game) => Some(game),
        _ => None,
    };
    said.into_iter().filter_map(game).collect()
}

#[test]
fn what_the_host_says_is_passed_on_untouched_and_kept_for_newcomers() {
    let (mut rig, link) = below(&key(2));
    let kid = child(&mut rig, &key(3), 1);
    rig.sent(kid);
    let newer = game(&host(), 20);
    rig.says(link, &Message::Game(newer.clone()));
    assert_eq!(number(&rig), Some(20));
    assert_eq!(games(rig.sent(kid)), core::slice::from_ref(&newer));
    for older in [20, 19, 1] {
        rig.says(link, &Message::Game(game(&host(), older)));
    }
    assert_eq!((number(&rig), games(rig.sent(kid)).len()), (Some(20), 0));
    let late = child(&mut rig, &key(4), 1);
    assert_eq!(games(rig.sent(late)), [newer]);
    assert!(!rig.is_closed(link), "to repeat what is old is no forgery");
}

#[test]
fn a_relay_cannot_change_the_game() {
    let (mut rig, link) = below(&key(2));
    let kid = child(&mut rig, &key(3), 1);
    rig.says(link, &Message::Game(game(&host(), 20)));
    rig.sent(kid);
    let mut other_room = state(30, &key(9));
    other_room.since += 1;
    rig.says(link, &Message::Game(Signed::new(other_room, host().id(), &host())));
    rig.says(link, &Message::Game(game(&key(2), 30)));
    assert!(!rig.is_closed(link), "once may be a defect");
    rig.says(link, &Message::Game(Signed::unproven(state(31, &key(2)))));
    assert!(rig.is_closed(link), "whoever repeats it is left");
    assert_eq!((number(&rig), games(rig.sent(kid)).len()), (Some(20), 0));
}

/// A host's room for games, with a child.
fn hosting_a_game(child_key: &Keypair) -> (Rig, live_core::id::LinkId) {
    let meta = RoomMeta { kind: RoomKind::Game, ..RoomMeta::default() };
    let role = Role::Host { meta, network: None, since: Some(SINCE) };
    let mut rig = Rig::with(role, 4, live_core::identity::Identity::Key(own()));
    let link = child(&mut rig, child_key, 3);
    rig.sent(link);
    (rig, link)
}

fn ask(signer: &Keypair, author: &Keypair, number: u64, action: Action) -> Message {
    let author = author.id().clone();
    let act = Act::Game(action);
    let request = Request { since: SINCE, number, author, name: "name".to_owned(), act };
    Message::Request(Signed::new(request, own().id(), signer))
}

#[test]
fn nobody_plays_in_the_name_of_another() {
    let (relay, player) = (key(2), key(3));
    let (mut rig, link) = hosting_a_game(&relay);
    for (number, action) in [(1, Action::Join), (2, Action::Ready(true))] {
        rig.says(link, &ask(&player, &player, number, action));
    }
    rig.handle(Input::Command(Command::Game(GameCommand::Act(Action::Join))));
    rig.handle(Input::Command(Command::Game(GameCommand::Start)));
    let before = number(&rig);
    assert_eq!(rig.view().game.as_ref().unwrap().state.players.len(), 2);
    let stone = |cell| Action::Move(Move::Five(five::Move::Stone(cell)));
    rig.says(link, &ask(&relay, &player, 3, stone(1)));
    rig.says(link, &ask(&relay, &relay, 3, stone(1)));
    rig.says(link, &ask(&player, &player, 2, stone(1)));
    assert_eq!(number(&rig), before, "forged, no player's, repeated");
    rig.says(link, &ask(&player, &player, 4, stone(1)));
    assert!(number(&rig) > before);
}

/// What a player of whom nothing is heard costs, and a flood of what changes nothing.
#[test]
fn a_flood_of_actions_is_a_trickle_to_everyone() {
    let (relay, player) = (key(2), key(3));
    let (mut rig, link) = hosting_a_game(&relay);
    rig.says(link, &ask(&player, &player, 1, Action::Join));
    rig.sent(link);
    for number in 2..1_002 {
        rig.says(link, &ask(&player, &player, number, Action::Ready(number % 2 == 0)));
    }
    assert!(games(rig.sent(link)).len() <= 32);
    for number in 2_000..2_100 {
        rig.run(500);
        rig.link(link, LinkEvent::Data(Message::Ping { at: 1 }.encode()));
        rig.says(link, &ask(&player, &player, number, Action::Present));
    }
    assert_eq!(games(rig.sent(link)).len(), 0, "signs of life are for the host alone");
}
