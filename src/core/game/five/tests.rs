#![allow(clippy::unwrap_used)]

use super::*;
use crate::game::Move as AnyMove;

fn at(millis: u64) -> Time {
    Time::from_millis(millis)
}

fn stone(cell: u16) -> AnyMove {
    AnyMove::Five(Move::Stone(cell))
}

fn board(five: &Five) -> Board {
    match five.board(None) {
        crate::game::Board::Five(board) => board,
        crate::game::Board::Unknown => panic!("of another game"),
    }
}

fn turns(width: u8, height: u8, players: usize) -> Five {
    let settings = Settings { width, height, mode: Mode::Turns(0) };
    Five::new(at(0), &settings, &vec![0; players])
}

/// A round with energy, at a time when everyone has all of it.
fn energy(abilities: &[Ability]) -> (Five, Time) {
    let settings = Settings { width: 6, height: 6, mode: Mode::Energy(Energy::default()) };
    let choices: Vec<_> = abilities.iter().map(|ability| ability.choice()).collect();
    (Five::new(at(1_000), &settings, &choices), at(11_000))
}

/// Every line of five on the board.
fn lines(width: u16, height: u16) -> Vec<Vec<u16>> {
    let mut lines = Vec::new();
    for (dx, dy) in [(1, 0), (0, 1), (1, 1), (-1, 1)] {
        for y in 0..i32::from(height) {
            for x in 0..i32::from(width) {
                let cells = (0..5).map(|step| (x + dx * step, y + dy * step));
                let inside = |(x, y): &(i32, i32)| {
                    (0..i32::from(width)).contains(x) && (0..i32::from(height)).contains(y)
                };
                if cells.clone().all(|cell| inside(&cell)) {
                    let cell = |(x, y)| u16::try_from(y * i32::from(width) + x + 1).unwrap();
                    lines.push(cells.map(cell).collect());
                }
            }
        }
    }
    lines
}

#[test]
fn every_line_wins_whichever_stone_is_the_last() {
    for (width, height) in [(10, 10), (5, 8), (7, 5), (30, 30)] {
        let lines = lines(width, height);
        let expected =
            [(width - 4) * height + width * (height - 4), 2 * (width - 4) * (height - 4)];
        assert_eq!(lines.len(), usize::from(expected[0] + expected[1]));
        for line in lines {
            for last in [0, 2, 4] {
                let mut five = turns(width as u8, height as u8, 2);
                for cell in line.iter().filter(|cell| **cell != line[last]) {
                    five.set(*cell, 1);
                }
                five.play(at(0), 1, &stone(line[last])).unwrap();
                assert_eq!(five.outcome(), Some(Outcome::Won(1)), "{line:?} on {width}×{height}");
                let mut won = board(&five).line;
                won.sort_unstable();
                let mut line = line.clone();
                line.sort_unstable();
                assert_eq!(won, line);
                assert_eq!(five.play(at(0), 2, &stone(1)), Err(Illegal::NotPlaying));
            }
        }
    }
}

#[test]
fn a_line_does_not_go_on_beyond_an_edge() {
    // Five cells in a row of numbers, but in two rows of the board, for each edge and direction.
    for step in [1, 9, 11] {
        for first in 1..=56_u16 {
            let cells: Vec<_> = (0..5).map(|at| first + at * step).collect();
            let column = |cell: u16| i32::from((cell - 1) % 10);
            let wraps = cells.windows(2).any(|pair| (column(pair[1]) - column(pair[0])).abs() > 1);
            if cells[4] > 100 || !wraps {
                continue;
            }
            let mut five = turns(10, 10, 2);
            cells[..4].iter().for_each(|cell| five.set(*cell, 1));
            five.play(at(0), 1, &stone(cells[4])).unwrap();
            assert_eq!(five.outcome(), None, "{cells:?}");
        }
    }
}

#[test]
fn a_full_board_without_a_line_is_a_draw() {
    let mut five = turns(5, 5, 2);
    // Rows of two and two, shifted: nobody has five of anything.
    let rows = ["11221", "22112", "11221", "22112", "11221"].concat();
    let of =
        |owner: char| rows.chars().zip(1..).filter(move |(c, _)| *c == owner).map(|(_, at)| at);
    let (ones, twos): (Vec<u16>, Vec<u16>) = (of('1').collect(), of('2').collect());
    for (turn, cell) in ones.iter().enumerate() {
        assert_eq!(five.outcome(), None);
        five.play(at(0), 1, &stone(*cell)).unwrap();
        if let Some(cell) = twos.get(turn) {
            five.play(at(0), 2, &stone(*cell)).unwrap();
        }
    }
    assert_eq!((ones.len(), twos.len()), (13, 12));
    assert_eq!(five.outcome(), Some(Outcome::Draw));
}

#[test]
fn players_take_turns_and_lay_where_nothing_is() {
    let mut five = turns(5, 5, 3);
    assert_eq!(five.play(at(0), 2, &stone(1)), Err(Illegal::NotYourTurn));
    assert_eq!(five.play(at(0), 0, &stone(1)), Err(Illegal::NotAPlayer));
    assert_eq!(five.play(at(0), 4, &stone(1)), Err(Illegal::NotAPlayer));
    for cell in [0, 26, u16::MAX] {
        assert_eq!(five.play(at(0), 1, &stone(cell)), Err(Illegal::NotFree));
    }
    assert_eq!(five.play(at(0), 1, &AnyMove::Five(Move::Barrier(3))), Err(Illegal::NotAble));
    assert_eq!(five.play(at(0), 1, &AnyMove::Unknown), Err(Illegal::OtherGame));
    for (player, cell) in [(1, 1), (2, 2), (3, 3)] {
        five.play(at(0), player, &stone(cell)).unwrap();
    }
    assert_eq!(board(&five).turn, 1);
    assert_eq!(five.play(at(0), 1, &stone(2)), Err(Illegal::NotFree));
    assert_eq!(board(&five).cells[..4], [1, 2, 3, 0]);
}

#[test]
fn a_turn_that_takes_too_long_is_lost() {
    let settings = Settings { mode: Mode::Turns(10), ..Settings::default() };
    let mut five = Five::new(at(0), &settings, &[0, 0]);
    assert_eq!(five.deadline(), Some(at(10_000)));
    assert!(!five.tick(at(9_999)));
    assert!(five.tick(at(10_000)));
    assert_eq!((board(&five).turn, five.deadline()), (2, Some(at(20_000))));
    five.play(at(12_000), 2, &stone(1)).unwrap();
    assert_eq!((board(&five).turn, five.deadline()), (1, Some(at(22_000))));
}

#[test]
fn a_stone_is_taken_back_and_its_player_moves_again() {
    let mut five = turns(5, 5, 2);
    assert!(!five.can_undo());
    five.play(at(0), 1, &stone(1)).unwrap();
    let before = board(&five);
    five.play(at(0), 2, &stone(2)).unwrap();
    five.undo(at(0));
    assert_eq!(board(&five), before);
    five.undo(at(0));
    assert_eq!(board(&five), board(&turns(5, 5, 2)));
    five.undo(at(0));
}

#[test]
fn who_gives_up_has_no_turns_and_the_last_one_wins() {
    let mut five = turns(5, 5, 3);
    five.retire(at(0), 1);
    assert_eq!(board(&five).turn, 2);
    five.play(at(0), 2, &stone(1)).unwrap();
    five.play(at(0), 3, &stone(2)).unwrap();
    assert_eq!(board(&five).turn, 2);
    assert_eq!(five.play(at(0), 1, &stone(3)), Err(Illegal::NotAPlayer));
    five.retire(at(0), 2);
    assert_eq!(five.outcome(), Some(Outcome::Won(3)));
    five.retire(at(0), 9);
    five.retire(at(0), 0);
}

#[test]
fn energy_grows_by_one_a_second_up_to_the_maximum() {
    let (mut five, full) = energy(&[Ability::Shift; 2]);
    let of = |five: &Five, now| board(five).energy(now, 1);
    assert_eq!([of(&five, at(1_000)), of(&five, at(4_500)), of(&five, full)], [0, 3_500, 10_000]);
    assert_eq!(of(&five, at(99_000)), 10_000);
    assert_eq!(five.play(at(6_999), 1, &stone(1)), Err(Illegal::TooTired));
    five.play(at(7_000), 1, &stone(1)).unwrap();
    assert_eq!([of(&five, at(7_000)), of(&five, at(8_000))], [0, 1_000]);
    assert_eq!(five.play(at(8_000), 1, &stone(2)), Err(Illegal::TooTired));
    five.play(at(8_000), 2, &stone(2)).unwrap();
    assert!(!five.can_undo(), "there are no turns to go back to");
}

#[test]
fn only_own_stones_are_moved_and_they_can_win() {
    let (mut five, now) = energy(&[Ability::Shift, Ability::Barrier]);
    [2, 3, 4, 5].iter().for_each(|cell| five.set(*cell, 1));
    five.set(36, 2);
    let shift = |from, to| AnyMove::Five(Move::Shift { from, to });
    assert_eq!(five.play(now, 1, &shift(36, 1)), Err(Illegal::NotYours));
    assert_eq!(five.play(now, 1, &shift(7, 1)), Err(Illegal::NotYours));
    assert_eq!(five.play(now, 1, &shift(2, 3)), Err(Illegal::NotFree));
    assert_eq!(five.play(now, 2, &shift(36, 1)), Err(Illegal::NotAble));
    five.set(20, 1);
    five.play(now, 1, &shift(20, 1)).unwrap();
    assert_eq!(board(&five).owner(20), Some(0));
    assert_eq!(five.outcome(), Some(Outcome::Won(1)));
}

#[test]
fn a_trap_is_seen_when_it_is_sprung_and_not_before() {
    let (mut five, now) = energy(&[Ability::Trap, Ability::Barrier]);
    let trap = |cell| AnyMove::Five(Move::Trap(Hidden::seal(cell, b"secret", [7; 8])));
    assert_eq!(five.play(now, 2, &trap(8)), Err(Illegal::NotAble));
    five.play(now, 1, &trap(8)).unwrap();
    let shown = board(&five);
    assert_eq!((shown.traps.len(), shown.traps[0].place.cell), (1, None));
    assert_eq!((shown.last, shown.owner(8)), (0, Some(0)));
    assert_eq!(five.play(now, 1, &trap(8)), Err(Illegal::NotFree), "there is one");
    five.play(now, 2, &stone(8)).unwrap();
    let sprung = board(&five);
    assert_eq!((sprung.owner(8), sprung.is_blocked(8), sprung.traps.len()), (Some(0), true, 0));
    assert_eq!(board(&five).energy(now, 2), 4_000, "the stone is lost");
    let later = now + Duration::from_secs(6);
    assert_eq!(five.play(now, 1, &stone(8)), Err(Illegal::NotFree));
    assert_eq!(five.deadline(), Some(later));
    assert!(five.tick(later));
    five.play(later, 1, &stone(8)).unwrap();
}

#[test]
fn only_so_many_traps_wait_at_once() {
    let (mut five, now) = energy(&[Ability::Trap, Ability::Trap]);
    let trap = |cell| AnyMove::Five(Move::Trap(Hidden::seal(cell, b"secret", [7; 8])));
    let later = |cell: u16| now + Duration::from_secs(10) * u32::from(cell);
    for cell in 1..=TRAPS as u16 {
        five.play(later(cell), 1, &trap(cell)).unwrap();
    }
    assert_eq!(five.play(later(20), 1, &trap(1)), Err(Illegal::NotFree));
    assert_eq!(five.play(later(20), 1, &trap(20)), Err(Illegal::TooMany));
    five.play(later(20), 2, &trap(20)).unwrap();
}

#[test]
fn nothing_costs_more_energy_than_there_can_be_or_none() {
    let is_sound = |change: fn(&mut Energy)| {
        let mut energy = Energy::default();
        change(&mut energy);
        Settings { mode: Mode::Energy(energy), ..Settings::default() }.is_sound()
    };
    assert!(is_sound(|_| ()));
    assert!(
        is_sound(|energy| *energy = Energy { max: 1, stone: 1, shift: 1, trap: 1, barrier: 1 })
    );
    assert!(is_sound(|energy| energy.max = MAX_ENERGY));
    let unsound: [fn(&mut Energy); 8] = [
        |energy| energy.max = 0,
        |energy| energy.max = MAX_ENERGY + 1,
        |energy| energy.max = energy.stone - 1,
        |energy| energy.stone = 0,
        |energy| energy.stone = energy.max + 1,
        |energy| energy.shift = energy.max + 1,
        |energy| energy.trap = energy.max + 1,
        |energy| energy.barrier = energy.max + 1,
    ];
    assert!(unsound.iter().all(|change| !is_sound(*change)));
}

#[test]
fn an_own_stone_takes_the_place_of_an_own_trap() {
    let (mut five, now) = energy(&[Ability::Trap, Ability::Trap]);
    let trap = AnyMove::Five(Move::Trap(Hidden::seal(8, b"secret", [7; 8])));
    five.play(now, 1, &trap).unwrap();
    five.play(now, 1, &stone(8)).unwrap();
    assert_eq!((board(&five).owner(8), board(&five).traps.len()), (Some(1), 0));
}

#[test]
fn nothing_is_laid_where_a_barrier_stands() {
    let (mut five, now) = energy(&[Ability::Barrier, Ability::Shift]);
    five.play(now, 1, &AnyMove::Five(Move::Barrier(8))).unwrap();
    assert_eq!(five.play(now, 2, &stone(8)), Err(Illegal::NotFree));
    assert!(five.tick(now + BARRIER));
    five.play(now + BARRIER, 2, &stone(8)).unwrap();
}

#[test]
fn only_so_many_barriers_stand_at_once() {
    let cheap = Energy { max: MAX_ENERGY, stone: 1, shift: 1, trap: 1, barrier: 1 };
    let settings = Settings { mode: Mode::Energy(cheap), ..Settings::default() };
    let mut five = Five::new(at(0), &settings, &[3, 3]);
    let now = at(u64::from(MAX_ENERGY) * 1_000);
    let barrier = |cell| AnyMove::Five(Move::Barrier(cell));
    for cell in 1..=BARRIERS as u16 {
        five.play(now, 1, &barrier(cell)).unwrap();
    }
    assert_eq!(five.play(now, 1, &barrier(99)), Err(Illegal::TooMany));
    five.tick(now + BARRIER);
    five.play(now + BARRIER, 1, &barrier(99)).unwrap();
}

#[test]
fn a_board_that_cannot_be_is_not_taken_up() {
    let whole = board(&turns(5, 5, 2));
    assert!(whole.is_sound());
    let changes: [fn(&mut Board); 8] = [
        |board| board.settings.width = 6,
        |board| board.cells[3] = MAX_PLAYERS + 1,
        |board| board.last = 26,
        |board| board.line = vec![0],
        |board| board.line = vec![1; 31],
        |board| board.turn = 3,
        |board| board.players = vec![board.players[0]; 6],
        |board| board.barriers = vec![Barrier { cell: 26, until: 0 }],
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let mut board = whole.clone();
        change(&mut board);
        assert!(!board.is_sound(), "{at}");
    }
}
