//! The game of a room, in whole simulated rooms and over random and hostile sequences of moves.
#![allow(clippy::unwrap_used)]

use core::time::Duration;

use live_core::game::five::{self, Ability, Energy, Mode};
use live_core::game::{
    Action, Board, GameState, Hidden, Move, Outcome, Phase, Presence, Settings, Table,
};
use live_core::id::PeerId;
use live_core::identity::Signed;
use live_core::node::{Command, GameCommand, Moderation, Role};
use live_core::sim::{Model, PeerIndex, World};
use live_core::time::Time;
use live_core::view::{RoomKind, RoomMeta, View};
use live_core::wire::message::Message;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const SECOND: Duration = Duration::from_secs(1);

/// A room for games with a host and so many viewers, two below each peer, that sign with real keys.
fn room(seed: u64, viewers: u32) -> World {
    let mut world = World::new(seed, Model { real_signatures: true, ..Model::default() });
    let meta = RoomMeta { kind: RoomKind::Game, ..RoomMeta::default() };
    world.add(Role::Host { meta, network: None, since: None }, 2);
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

fn send(world: &mut World, peer: PeerIndex, command: GameCommand) {
    world.command(peer, Command::Game(command));
}

fn act(world: &mut World, peer: PeerIndex, action: Action) {
    send(world, peer, GameCommand::Act(action));
    world.run(SECOND);
}

fn stone(cell: u16) -> Action {
    Action::Move(Move::Five(five::Move::Stone(cell)))
}

/// These peers take seats and the host starts.
fn play(world: &mut World, players: &[PeerIndex], mode: Mode) {
    let settings = five::Settings { width: 10, height: 10, mode };
    send(world, 0, GameCommand::SetUp { seats: 5, settings: Settings::Five(settings) });
    for player in players {
        act(world, *player, Action::Join);
        act(world, *player, Action::Ready(true));
    }
    send(world, 0, GameCommand::Start);
    world.run(SECOND);
}

fn game(world: &World, peer: PeerIndex) -> GameState {
    world.view(peer).unwrap().game.expect("there is a game").state.clone()
}

fn board(state: &GameState) -> &five::Board {
    match &state.board {
        Some(Board::Five(board)) => board,
        _ => panic!("no board"),
    }
}

/// The number of the last state that a peer has got.
fn number(world: &World, peer: PeerIndex) -> u64 {
    world.view(peer).unwrap().game.map_or(0, |game| game.state.number)
}

fn everyone(world: &World) -> Vec<PeerIndex> {
    world.alive().map(|(peer, _)| peer).collect()
}

/// All peers of a level.
fn at_depth(world: &World, depth: u32) -> Vec<PeerIndex> {
    let is_there = |(peer, view): (PeerIndex, View)| (view.tree.depth == depth).then_some(peer);
    world.alive().filter_map(is_there).collect()
}

/// What all peers have of the game, which is the same but for what is hidden.
fn same(world: &World) -> GameState {
    let mut all = everyone(world).into_iter().map(|peer| {
        let mut state = game(world, peer);
        state.board.iter_mut().flat_map(Board::hidden_mut).for_each(|(_, place)| place.cell = None);
        state
    });
    let first = all.next().unwrap();
    assert!(all.all(|state| state == first));
    first
}

#[test]
fn members_at_any_depth_play_to_a_win_and_a_late_one_sees_the_board() {
    let mut world = room(1, 11);
    let deep = *at_depth(&world, 3).last().unwrap();
    let players = [0, at_depth(&world, 1)[0], deep];
    play(&mut world, &players, Mode::Turns(0));
    assert_eq!(same(&world).phase, Phase::Playing);
    for turn in 0..4 {
        for (player, row) in players.iter().zip([0, 20, 40]) {
            act(&mut world, *player, stone(row + turn + 1));
        }
    }
    let late = join(&mut world);
    world.run(5 * SECOND);
    assert_eq!(board(&game(&world, late)).owner(44), Some(3));
    act(&mut world, 0, stone(90));
    act(&mut world, players[1], stone(91));
    act(&mut world, deep, stone(45));
    let over = same(&world);
    assert_eq!((over.phase, over.outcome), (Phase::Over, Some(Outcome::Won(3))));
    send(&mut world, 0, GameCommand::Again);
    world.run(SECOND);
    assert_eq!(same(&world).phase, Phase::Gathering);
}

#[test]
fn a_move_is_with_twelve_members_at_three_levels_within_300_ms() {
    let mut world = room(2, 11);
    let deep = at_depth(&world, 3);
    assert!(deep.len() >= 5 && everyone(&world).len() == 12);
    let players = [0, deep[0], deep[4]];
    play(&mut world, &players, Mode::Turns(0));
    for (turn, player) in players.iter().cycle().take(9).enumerate() {
        let (began, before) = (world.now(), number(&world, 0));
        send(&mut world, *player, GameCommand::Act(stone(turn as u16 * 7 + 1)));
        while everyone(&world).into_iter().any(|peer| number(&world, peer) == before) {
            world.run(Duration::from_millis(5));
            let took = world.now().since(began);
            assert!(took <= Duration::from_millis(300), "move {turn} of {player}: {took:?}");
        }
    }
}

#[test]
fn nobody_moves_for_anyone_else_and_only_the_host_runs_the_table() {
    let mut world = room(3, 6);
    play(&mut world, &[1, 2], Mode::Turns(0));
    let before = same(&world);
    for peer in [2, 3, 0] {
        act(&mut world, peer, stone(1));
    }
    for command in [GameCommand::Again, GameCommand::Start, GameCommand::Kick(world.id_of(1))] {
        send(&mut world, 3, command);
        world.run(SECOND);
    }
    assert_eq!(same(&world), before);
    act(&mut world, 1, stone(1));
    assert_eq!(board(&same(&world)).owner(1), Some(1));
    let kicked = world.id_of(1);
    send(&mut world, 0, GameCommand::Kick(kicked));
    world.run(SECOND);
    assert_eq!(same(&world).outcome, Some(Outcome::Won(2)));
}

#[test]
fn a_player_that_vanishes_and_comes_back_has_its_seat() {
    let mut world = room(4, 6);
    let deep = *at_depth(&world, 2).last().unwrap();
    play(&mut world, &[0, deep], Mode::Turns(0));
    act(&mut world, 0, stone(1));
    world.kill(deep);
    world.run(60 * SECOND);
    assert_eq!(same(&world).players[1].presence, Presence::Away);
    world.load(deep, Role::Viewer { target: world.id_of(0) }, 2);
    world.run(10 * SECOND);
    assert_eq!(same(&world).players[1].presence, Presence::Here);
    act(&mut world, deep, stone(2));
    assert_eq!(board(&same(&world)).owner(2), Some(2));
    // For good this time.
    world.kill(deep);
    world.run(130 * SECOND);
    assert_eq!(same(&world).outcome, Some(Outcome::Won(1)));
}

#[test]
fn who_is_sent_away_from_the_room_has_no_seat_in_the_game() {
    let mut world = room(8, 6);
    let (deep, near) = (*at_depth(&world, 2).last().unwrap(), at_depth(&world, 1)[0]);
    for player in [0, near, deep] {
        act(&mut world, player, Action::Join);
    }
    world.command(0, Command::Moderate(Moderation::Kick(world.id_of(deep))));
    world.run(SECOND);
    world.kill(deep);
    assert_eq!(same(&world).players.len(), 2, "before the round the seat is free");
    play(&mut world, &[0, near], Mode::Turns(0));
    act(&mut world, 0, stone(1));
    world.command(0, Command::Moderate(Moderation::Ban(world.id_of(near))));
    world.run(SECOND);
    assert_eq!(game(&world, 0).players[1].presence, Presence::Gone);
    world.kill(near);
    world.run(10 * SECOND);
    let over = same(&world);
    assert_eq!((over.phase, over.outcome), (Phase::Over, Some(Outcome::Won(1))));
}

#[test]
fn players_that_stay_are_not_missed_in_a_long_round() {
    let mut world = room(5, 6);
    play(&mut world, &[0, 3], Mode::Turns(0));
    world.run(600 * SECOND);
    let state = same(&world);
    assert!(state.players.iter().all(|player| player.presence == Presence::Here));
    assert_eq!(state.phase, Phase::Playing);
}

#[test]
fn a_turn_that_takes_too_long_is_lost_for_all() {
    let mut world = room(6, 4);
    play(&mut world, &[1, 2], Mode::Turns(5));
    assert_eq!(board(&same(&world)).turn, 1);
    world.run(5 * SECOND);
    assert_eq!(board(&same(&world)).turn, 2);
}

#[test]
fn only_its_player_and_the_host_know_where_a_trap_is() {
    let mut world = room(7, 8);
    let deep = *at_depth(&world, 2).last().unwrap();
    for player in [0, 1, deep] {
        act(&mut world, player, Action::Join);
        act(&mut world, player, Action::Choose(Ability::Trap.choice()));
    }
    play(&mut world, &[0, 1, deep], Mode::Energy(Energy::default()));
    world.run(10 * SECOND);
    let trap = |cell| Action::Move(Move::Five(five::Move::Trap(Hidden::kept(cell))));
    act(&mut world, deep, trap(55));
    act(&mut world, 0, trap(66));
    let places = |world: &World, peer| -> Vec<_> {
        board(&game(world, peer)).traps.iter().map(|trap| trap.place.cell).collect()
    };
    for peer in everyone(&world) {
        let expected = match peer {
            0 => [None, Some(66)],
            _ if peer == deep => [Some(55), None],
            _ => [None, None],
        };
        assert_eq!(places(&world, peer), expected, "{peer}");
    }
    // Nothing that is sent says where.
    let bytes = |cell| {
        let mut state = same(&world);
        for (_, place) in state.board.iter_mut().flat_map(Board::hidden_mut) {
            place.cell = Some(cell);
        }
        Message::Game(Signed::unproven(state)).encode()
    };
    assert_eq!(bytes(55), bytes(56));
    act(&mut world, 1, stone(55));
    assert!(board(&same(&world)).is_blocked(55));
    // A player that comes back finds its trap.
    world.run(5 * SECOND);
    act(&mut world, deep, trap(77));
    world.kill(deep);
    world.load(deep, Role::Viewer { target: world.id_of(0) }, 2);
    world.run(10 * SECOND);
    assert!(places(&world, deep).contains(&Some(77)));
}

/// What somebody sends to the host's table.
#[derive(Clone, Debug)]
enum Deed {
    Act(usize, Action),
    Start,
    Again,
    Kick(usize),
    SetUp(u8, Settings),
    Wait(u64),
}

const PEERS: usize = 7;

fn peers() -> Vec<PeerId> {
    (0..PEERS).map(|peer| PeerId::derived(&[peer as u8; 20])).collect()
}

fn any_move() -> impl Strategy<Value = Move> {
    let cell = || prop_oneof![8 => 1..=30_u16, 1 => any::<u16>()];
    prop_oneof![
        12 => cell().prop_map(five::Move::Stone),
        2 => (cell(), cell()).prop_map(|(from, to)| five::Move::Shift { from, to }),
        2 => cell().prop_map(|cell| five::Move::Trap(Hidden::kept(cell))),
        2 => cell().prop_map(five::Move::Barrier),
        1 => Just(five::Move::Unknown),
    ]
    .prop_map(Move::Five)
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let mode = prop_oneof![
        3 => Just(Mode::Turns(0)),
        1 => (0..20_u16).prop_map(Mode::Turns),
        2 => Just(Mode::Energy(Energy::default())),
        1 => (0..9_u8, 0..9_u8)
            .prop_map(|(max, cost)| Mode::Energy(Energy { max, stone: cost, shift: cost, trap: 1, barrier: 2 })),
    ];
    (4..8_u8, 4..7_u8, mode)
        .prop_map(|(width, height, mode)| Settings::Five(five::Settings { width, height, mode }))
}

fn deed() -> impl Strategy<Value = Deed> {
    let peer = || 0..PEERS;
    let action = prop_oneof![
        20 => any_move().prop_map(Action::Move),
        3 => Just(Action::Join),
        3 => any::<bool>().prop_map(Action::Ready),
        1 => any::<u8>().prop_map(Action::Choose),
        1 => Just(Action::Leave),
        2 => Just(Action::Undo),
        3 => any::<bool>().prop_map(Action::AnswerUndo),
        2 => Just(Action::Present),
        1 => Just(Action::Unknown),
        1 => Just(Action::Move(Move::Unknown)),
    ];
    prop_oneof![
        30 => (peer(), action).prop_map(|(peer, action)| Deed::Act(peer, action)),
        3 => Just(Deed::Start),
        1 => Just(Deed::Again),
        1 => peer().prop_map(Deed::Kick),
        2 => (0..8_u8, any_settings()).prop_map(|(seats, settings)| Deed::SetUp(seats, settings)),
        6 => (0..20_000_u64).prop_map(Deed::Wait),
    ]
}

/// A peer that shows what comes, by whatever way: late, twice and in any order.
#[derive(Default)]
struct Watcher(Option<GameState>);

impl Watcher {
    fn hear(&mut self, bytes: &[u8]) {
        let Message::Game(state) = Message::decode(bytes).unwrap() else { panic!("of the game") };
        if self.0.as_ref().is_none_or(|known| known.number < state.number) {
            self.0 = Some(GameState::clone(&state));
        }
    }
}

/// What must hold between two states with one action of a peer between them.
fn check(before: &GameState, after: &GameState, by: Option<&PeerId>) {
    let (Some(Board::Five(old)), Some(Board::Five(new))) = (&before.board, &after.board) else {
        return;
    };
    let own = by.and_then(|by| before.number_of(by));
    let changed: Vec<_> =
        (1..).zip(old.cells.iter().zip(&new.cells)).filter(|(_, (old, new))| old != new).collect();
    let laid: Vec<_> = changed.iter().filter(|(_, (_, new))| **new > 0).collect();
    assert!(laid.len() <= 1, "one stone at a time");
    for (cell, (old, new)) in &laid {
        assert_eq!((Some(**new), **old), (own, 0), "nobody moves for anyone else");
        assert!(!board(before).is_blocked(*cell));
    }
    if !laid.is_empty() && matches!(new.settings.mode, Mode::Turns(_)) {
        assert_eq!(Some(old.turn), own, "in turn");
    }
    if before.phase == Phase::Over && after.phase == Phase::Over {
        assert_eq!(old.cells, new.cells, "what is over is over");
    }
}

fn run(deeds: &[Deed], orders: &[u8]) {
    let peers = peers();
    let mut table = Table::default();
    let (mut now, mut number) = (Time::from_millis(1_000_000), 1);
    let mut said = vec![Message::Game(Signed::unproven(table.state(1, number, now))).encode()];
    for deed in deeds {
        let before = table.state(1, number, now);
        let mut by = None;
        let changed = match deed {
            Deed::Act(peer, action) => {
                by = Some(&peers[*peer]);
                table.act(now, &peers[*peer], "name", action)
            }
            Deed::Start => table.start(now, &peers[0]).map(|()| true),
            Deed::Again => table.again().map(|()| true),
            Deed::Kick(peer) => table.kick(now, &peers[*peer]).map(|()| true),
            Deed::SetUp(seats, settings) => table.set_up(*seats, settings.clone()),
            Deed::Wait(millis) => {
                now = now + Duration::from_millis(*millis);
                Ok(table.tick(now))
            }
        };
        let after = table.state(1, number, now);
        let timeless = GameState { at: before.at, ..after.clone() };
        assert!(changed == Ok(true) || timeless == before, "{deed:?}: {changed:?}");
        assert!(after.is_sound(), "{after:?}");
        check(&before, &after, by);
        if changed == Ok(true) {
            number += 1;
            said.push(Message::Game(Signed::unproven(table.state(1, number, now))).encode());
        }
    }
    // One hears all in order, one backwards, one twice, one what its luck brings and then the last.
    let mut watchers: [Watcher; 4] = Default::default();
    said.iter().for_each(|bytes| watchers[0].hear(bytes));
    said.iter().rev().for_each(|bytes| watchers[1].hear(bytes));
    said.iter().chain(&said).for_each(|bytes| watchers[2].hear(bytes));
    for order in orders {
        watchers[3].hear(&said[usize::from(*order) % said.len()]);
    }
    watchers[3].hear(said.last().unwrap());
    let host = Message::decode(said.last().unwrap()).unwrap();
    for watcher in watchers {
        assert_eq!(Message::Game(Signed::unproven(watcher.0.unwrap())), host);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_000, rng_seed: RngSeed::Fixed(17), ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_is_sent_all_boards_are_equal(
        deeds in prop::collection::vec(deed(), 1..120),
        orders in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        // Two players sit there already, so that most sequences come to a round.
        let peers = [0, 1].into_iter();
        let sit = peers.flat_map(|peer| {
            [Action::Join, Action::Ready(true)].map(|action| Deed::Act(peer, action))
        });
        let small = five::Settings { width: 6, height: 5, mode: Mode::Turns(0) };
        let start = [Deed::SetUp(5, Settings::Five(small)), Deed::Start];
        let is_prepared = deeds.len() % 2 == 0;
        let all: Vec<_> = sit.chain(start).filter(|_| is_prepared).chain(deeds).collect();
        run(&all, &orders);
    }
}
