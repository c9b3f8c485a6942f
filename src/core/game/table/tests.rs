#![allow(clippy::unwrap_used)]

use super::*;
use crate::game::{Board, Move, five};

/// An id that names a key, so that its owner's signs of life can be missed.
fn id(number: u8) -> PeerId {
    PeerId::derived(&[number; 20])
}

fn at(seconds: u64) -> Time {
    Time::from_millis(seconds * 1_000)
}

fn stone(cell: u16) -> Action {
    Action::Move(Move::Five(five::Move::Stone(cell)))
}

/// A table at which the first `count` peers are ready; the first is the host.
fn ready(count: u8) -> Table {
    let mut table = Table::default();
    for number in 1..=count {
        assert_eq!(table.act(at(0), &id(number), "name", &Action::Join), Ok(true));
        assert_eq!(table.act(at(0), &id(number), "name", &Action::Ready(true)), Ok(true));
    }
    table
}

fn playing(count: u8) -> Table {
    let mut table = ready(count);
    table.start(at(0), &id(1)).unwrap();
    table
}

fn state(table: &Table) -> GameState {
    table.state(1, 1, at(0))
}

fn board(table: &Table) -> five::Board {
    match state(table).board {
        Some(Board::Five(board)) => board,
        _ => panic!("no board"),
    }
}

fn presences(table: &Table) -> Vec<Presence> {
    state(table).players.iter().map(|player| player.presence).collect()
}

#[test]
fn seats_are_taken_in_order_and_there_are_no_more_than_the_host_says() {
    let mut table = ready(2);
    assert_eq!(table.set_up(1, Settings::default()), Err(Illegal::Settings), "too few");
    assert_eq!(table.set_up(3, Settings::default()), Ok(true));
    assert_eq!(table.act(at(0), &id(3), "", &Action::Join), Ok(true));
    assert_eq!(table.act(at(0), &id(3), "", &Action::Join), Ok(false), "twice is no news");
    assert_eq!(table.act(at(0), &id(4), "", &Action::Join), Err(Illegal::Full));
    assert_eq!(state(&table).number_of(&id(3)), Some(3));
    table.act(at(0), &id(1), "", &Action::Leave).unwrap();
    assert_eq!(state(&table).number_of(&id(3)), Some(2), "before the start, those behind move up");
}

#[test]
fn a_round_starts_when_all_are_ready_and_nobody_joins_it() {
    let mut table = ready(1);
    assert_eq!(table.start(at(0), &id(1)), Err(Illegal::NotReady), "alone");
    table.act(at(0), &id(2), "", &Action::Join).unwrap();
    assert_eq!(table.start(at(0), &id(1)), Err(Illegal::NotReady));
    table.act(at(0), &id(2), "", &Action::Ready(true)).unwrap();
    table.act(at(0), &id(1), "", &Action::Ready(false)).unwrap();
    table.start(at(0), &id(1)).unwrap();
    assert_eq!(table.act(at(0), &id(3), "", &Action::Join), Err(Illegal::Playing));
    assert_eq!(table.act(at(0), &id(2), "", &Action::Ready(false)), Err(Illegal::Playing));
    assert_eq!(table.set_up(2, Settings::default()), Err(Illegal::Playing));
    assert_eq!(table.start(at(0), &id(1)), Err(Illegal::Playing));
}

#[test]
fn each_player_moves_for_itself_alone() {
    let mut table = playing(2);
    assert_eq!(table.act(at(0), &id(3), "", &stone(1)), Err(Illegal::NotAPlayer));
    assert_eq!(table.act(at(0), &id(2), "", &stone(1)), Err(Illegal::NotYourTurn));
    assert_eq!(table.act(at(0), &id(1), "", &stone(1)), Ok(true));
    assert_eq!(table.act(at(0), &id(1), "", &stone(2)), Err(Illegal::NotYourTurn));
    assert_eq!(board(&table).owner(1), Some(1));
}

#[test]
fn a_win_ends_the_round_and_again_clears_the_board() {
    let mut table = playing(2);
    assert_eq!(table.act(at(0), &id(3), "", &Action::Join), Err(Illegal::Playing));
    for cell in 1..=4 {
        table.act(at(0), &id(1), "", &stone(cell)).unwrap();
        table.act(at(0), &id(2), "", &stone(cell + 10)).unwrap();
    }
    table.act(at(0), &id(1), "", &stone(5)).unwrap();
    let over = state(&table);
    assert_eq!((over.phase, over.outcome), (Phase::Over, Some(Outcome::Won(1))));
    assert_eq!(table.act(at(0), &id(2), "", &stone(15)), Err(Illegal::NotPlaying));
    assert_eq!(table.act(at(0), &id(2), "", &Action::Undo), Err(Illegal::NotPlaying));
    table.again().unwrap();
    let again = state(&table);
    assert_eq!((again.phase, again.outcome, again.board), (Phase::Gathering, None, None));
    assert!(again.players.len() == 2 && again.players.iter().all(|player| !player.ready));
}

#[test]
fn a_move_is_taken_back_if_all_agree() {
    let mut table = playing(3);
    assert_eq!(table.act(at(0), &id(1), "", &Action::Undo), Err(Illegal::NothingToUndo));
    table.act(at(0), &id(1), "", &stone(7)).unwrap();
    assert_eq!(table.act(at(0), &id(9), "", &Action::Undo), Err(Illegal::NotAPlayer));
    table.act(at(0), &id(1), "", &Action::Undo).unwrap();
    table.act(at(0), &id(2), "", &Action::AnswerUndo(true)).unwrap();
    assert_eq!(table.act(at(0), &id(2), "", &Action::AnswerUndo(true)), Ok(false));
    assert_eq!(board(&table).owner(7), Some(1), "one is still to agree");
    table.act(at(0), &id(3), "", &Action::AnswerUndo(true)).unwrap();
    assert_eq!((board(&table).owner(7), board(&table).turn), (Some(0), 1));
    // One refuses, or makes the next move.
    table.act(at(0), &id(1), "", &stone(7)).unwrap();
    table.act(at(0), &id(1), "", &Action::Undo).unwrap();
    table.act(at(0), &id(3), "", &Action::AnswerUndo(false)).unwrap();
    assert_eq!(state(&table).undo, None);
    table.act(at(0), &id(1), "", &Action::Undo).unwrap();
    table.act(at(0), &id(2), "", &stone(8)).unwrap();
    assert_eq!((state(&table).undo, board(&table).owner(7)), (None, Some(1)));
}

#[test]
fn the_seat_of_a_player_is_kept_for_two_minutes() {
    let mut table = playing(3);
    for seconds in (0..=100).step_by(20) {
        for number in [1, 3] {
            table.act(at(seconds), &id(number), "", &Action::Present).unwrap();
        }
        table.tick(at(seconds));
    }
    assert_eq!(presences(&table), [Presence::Here, Presence::Away, Presence::Here]);
    assert_eq!(table.act(at(119), &id(2), "", &Action::Present), Ok(true), "is back");
    table.act(at(119), &id(1), "", &stone(1)).unwrap();
    assert_eq!(table.act(at(119), &id(2), "", &Action::Leave), Ok(true));
    assert_eq!(table.act(at(120), &id(2), "", &stone(2)), Err(Illegal::NotAPlayer), "has left");
    assert_eq!(table.act(at(120), &id(2), "Bob", &Action::Join), Ok(true));
    assert_eq!(state(&table).players[1].name, "Bob");
    table.act(at(121), &id(2), "", &Action::Leave).unwrap();
    for number in [1, 3] {
        table.act(at(240), &id(number), "", &Action::Present).unwrap();
    }
    assert!(!table.tick(at(240)));
    assert_eq!(table.deadline(), Some(at(241)));
    assert!(table.tick(at(241)));
    assert_eq!(presences(&table)[1], Presence::Gone);
    assert_eq!(board(&table).turn, 3);
    assert_eq!(table.act(at(242), &id(2), "", &Action::Join), Err(Illegal::NotAPlayer));
}

#[test]
fn the_last_player_wins_and_a_kicked_one_has_no_say() {
    let mut table = playing(3);
    table.act(at(0), &id(1), "", &stone(1)).unwrap();
    table.act(at(0), &id(1), "", &Action::Undo).unwrap();
    table.act(at(0), &id(2), "", &Action::AnswerUndo(true)).unwrap();
    table.kick(at(0), &id(3)).unwrap();
    assert_eq!(board(&table).owner(1), Some(0), "all that are left agree");
    table.kick(at(0), &id(2)).unwrap();
    let over = state(&table);
    assert_eq!((over.phase, over.outcome), (Phase::Over, Some(Outcome::Won(1))));
    assert_eq!(table.kick(at(0), &id(9)), Err(Illegal::NotAPlayer));
    table.again().unwrap();
    assert_eq!(state(&table).players.len(), 1);
}

#[test]
fn a_table_is_taken_up_again() {
    let mut table = playing(2);
    table.act(at(0), &id(1), "", &stone(7)).unwrap();
    let mut again = Table::default();
    assert_eq!(again.restore(at(9), state(&table)), Ok(true));
    assert_eq!(state(&again), state(&table));
    again.act(at(9), &id(2), "", &stone(8)).unwrap();
    assert_eq!(again.restore(at(9), state(&table)), Err(Illegal::Playing), "only an empty one");
    let unsound = GameState { seats: 9, ..state(&table) };
    assert_eq!(Table::default().restore(at(9), unsound), Err(Illegal::Settings));
}

#[test]
fn original_pages_give_no_signs_of_life_and_are_not_missed() {
    let mut table = Table::default();
    table.act(at(0), &PeerId::new("OLD").unwrap(), "", &Action::Join).unwrap();
    assert_eq!(table.deadline(), None);
    assert!(!table.tick(at(1_000)));
    table.act(at(0), &id(1), "", &Action::Join).unwrap();
    assert_eq!(table.deadline(), Some(at(45)));
    table.tick(at(45));
    assert!(table.tick(at(120)), "a seat before the start is free then");
    assert_eq!(state(&table).players.len(), 1);
}

#[test]
fn a_name_is_no_longer_than_others_read() {
    let mut table = Table::default();
    table.act(at(0), &id(1), &"x".repeat(500), &Action::Join).unwrap();
    assert!(state(&table).is_sound());
}
