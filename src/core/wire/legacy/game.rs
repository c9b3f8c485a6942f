//! Five in a row as original pages play it: types 6 (the game), 7 (a move) and 8 (a player).

use super::{Slots, Value};
use crate::game::five::{self, Mode};
use crate::game::{Board, GameState, Hidden, Phase, Settings};
use crate::util::id::PeerId;

pub(super) const GAME: i64 = 6;
pub(super) const MOVE: i64 = 7;
pub(super) const PLAYER: i64 = 8;

/// What a player asks of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Play {
    /// To play along, or no longer: one message for both.
    Toggle {
        /// Who.
        id: PeerId,
        /// The person's name.
        name: String,
        /// The ability that was chosen.
        ability: u8,
    },
    /// To make a move.
    Move(five::Move),
}

impl Play {
    pub(super) fn read_player(mut slots: Slots) -> Option<Self> {
        if slots.int(1) != Some(0) {
            return None;
        }
        let ability = slots.int(5).and_then(|ability| u8::try_from(ability).ok()).unwrap_or(1);
        Some(Self::Toggle { id: slots.id(2)?, name: slots.name(4), ability })
    }

    pub(super) fn read_move(mut slots: Slots) -> Option<Self> {
        if slots.int(1) != Some(0) {
            return None;
        }
        let Value::Array(action) = slots.take(2) else { return None };
        let mut action = Slots(action);
        let cell = |slots: &Slots, at| u16::try_from(slots.int(at)?).ok();
        Some(Self::Move(match (action.int(0)?, cell(&action, 1)) {
            // The first versions knew stones alone, and called them 1.
            (0 | 1, Some(cell)) => five::Move::Stone(cell),
            (2, Some(cell)) => five::Move::Trap(Hidden::kept(cell)),
            (3, Some(cell)) => five::Move::Barrier(cell),
            (1, None) => {
                let Value::Array(way) = action.take(1) else { return None };
                let way = Slots(way);
                five::Move::Shift { from: cell(&way, 0)?, to: cell(&way, 1)? }
            }
            _ => return None,
        }))
    }
}

/// What an original page that knows `before` is told of `after`.
pub fn news(before: Option<&GameState>, after: &GameState) -> Vec<Vec<u8>> {
    let known = before.filter(|before| goes_on(before, after));
    let mut told = Vec::new();
    if let Some(known) = known {
        for (at, new) in after.players.iter().enumerate().skip(known.players.len()) {
            let new = player(at, new.peer.as_str(), &new.name);
            told.push(vec![Value::Int(PLAYER), Value::Int(1), new]);
        }
    } else {
        told.push(whole(after));
    }
    let old = known.and_then(cells).unwrap_or_default();
    for (at, owner) in cells(after).unwrap_or_default().iter().enumerate() {
        if *owner > 0 && old.get(at) != Some(owner) {
            let (cell, owner) = (Value::Int(at as i64 + 1), Value::Int((*owner).into()));
            let stone = Value::Array(vec![Value::Int(1), cell, owner, time(after)]);
            told.push(vec![Value::Int(MOVE), Value::Int(1), stone, Value::Null]);
        }
    }
    told.into_iter().map(|slots| Value::Array(slots).encode()).collect()
}

/// Whether what is new can be told in single moves and players.
fn goes_on(before: &GameState, after: &GameState) -> bool {
    let known = |state: &GameState| {
        (state.since, state.seats, state.settings.clone(), state.phase == Phase::Gathering)
    };
    let peers = |state: &GameState| -> Vec<_> {
        state.players.iter().map(|player| player.peer.clone()).collect()
    };
    let stays = |(old, new): (&u8, &u8)| *old == 0 || old == new;
    let (old, new) = (cells(before).unwrap_or_default(), cells(after).unwrap_or_default());
    known(before) == known(after)
        && peers(after).starts_with(&peers(before))
        && old.len() == new.len()
        && old.iter().zip(new).all(stays)
}

fn cells(state: &GameState) -> Option<&[u8]> {
    match state.board.as_ref()? {
        Board::Five(board) => Some(&board.cells),
        Board::Unknown => None,
    }
}

/// The game with its players and rules; its stones follow as moves.
fn whole(state: &GameState) -> Vec<Value> {
    let five = match &state.settings {
        Settings::Five(five) => five.clone(),
        Settings::Unknown => five::Settings::default(),
    };
    let int = |number: u8| Value::Int(number.into());
    let numbers = |all: &[u8]| Value::Array(all.iter().map(|number| int(*number)).collect());
    let mut players = vec![int(state.seats)];
    let all = state.players.iter().enumerate();
    players.extend(all.map(|(at, one)| player(at, one.peer.as_str(), &one.name)));
    let (mode, wait, energy) = match five.mode {
        Mode::Turns(0) => (0, Value::Null, five::Energy::default()),
        Mode::Turns(seconds) => (0, Value::Int(seconds.into()), five::Energy::default()),
        Mode::Energy(energy) => (1, Value::Null, energy),
    };
    let five::Energy { max, stone, shift, trap, barrier } = energy;
    let rules = vec![Value::Array(vec![wait]), numbers(&[max, stone, shift, trap, barrier])];
    let is_gathering = state.phase == Phase::Gathering;
    vec![
        Value::Int(GAME),
        Value::Array(players),
        Value::Array(vec![numbers(&[five.height, five.width])]),
        Value::Array(vec![Value::Int(mode), Value::Bool(false)]),
        if is_gathering { Value::Null } else { time(state) },
        Value::Array(Vec::new()),
        Value::Array(Vec::new()),
        Value::Array(rules),
    ]
}

fn player(at: usize, id: &str, name: &str) -> Value {
    Value::Array(vec![Value::Int(at as i64 + 1), id.into(), "".into(), name.into()])
}

fn time(state: &GameState) -> Value {
    Value::Int(i64::try_from(state.at).unwrap_or_default())
}
