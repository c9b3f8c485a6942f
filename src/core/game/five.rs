//! Five in a row: players lay stones on a board, and five of one player in a line win.
//!
//! In turns, each player lays one stone after the other, within a countdown if there is one. With
//! energy there are no turns: everything costs energy, which grows by one a second, and each player
//! has one ability besides: to move a stone, to set a trap, or to build a barrier.

mod lines;

use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Game, Hidden, Illegal, MAX_PLAYERS, Outcome};
use crate::util::time::Time;
use lines::winning_line;

/// The shortest and the longest side of a board.
pub const SIDES: core::ops::RangeInclusive<u8> = 5..=30;
/// The shortest and the longest countdown of a turn, in seconds.
pub const COUNTDOWNS: core::ops::RangeInclusive<u16> = 3..=600;
/// The most energy that a player can be allowed to have.
pub const MAX_ENERGY: u8 = 100;
/// How long a barrier stands.
const BARRIER: Duration = Duration::from_secs(6);
/// Barriers that stand at once.
const BARRIERS: usize = 64;
/// Traps of one player that wait at once.
const TRAPS: usize = 8;

/// The rules of a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Cells in a row.
    pub width: u8,
    /// Rows.
    pub height: u8,
    /// Turns, or energy.
    pub mode: Mode,
}

/// Who may move when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// One after the other, within so many seconds if it is not 0.
    Turns(u16),
    /// Whoever has the energy.
    Energy(Energy),
}

/// What things cost. Energy grows by one a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Energy {
    /// The most that a player can have.
    pub max: u8,
    /// For laying a stone.
    pub stone: u8,
    /// For moving a stone.
    pub shift: u8,
    /// For setting a trap.
    pub trap: u8,
    /// For building a barrier.
    pub barrier: u8,
}

/// What a player can do besides laying stones, where there is energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ability {
    /// Move an own stone to an empty cell.
    Shift,
    /// Set a trap that the others do not see: who lays a stone there loses it to a barrier.
    Trap,
    /// Build a barrier: nobody can lay anything there for a while.
    Barrier,
}

/// A move. Cells are numbered from 1, row by row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// Lay a stone.
    Stone(u16),
    /// Move an own stone.
    Shift {
        /// Where it is.
        from: u16,
        /// Where it goes.
        to: u16,
    },
    /// Set a trap.
    Trap(Hidden),
    /// Build a barrier.
    Barrier(u16),
    /// Something of a later version.
    #[serde(other)]
    Unknown,
}

/// What everyone sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// The rules of this round.
    pub settings: Settings,
    /// For each cell the number of the player whose stone is there, or 0.
    #[serde(with = "serde_bytes")]
    pub cells: Vec<u8>,
    /// The cell that was changed last, or 0.
    pub last: u16,
    /// The cells of the winning line.
    pub line: Vec<u16>,
    /// Whose turn it is; 0 where there are none, or none any more.
    pub turn: u8,
    /// When that turn ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn_ends: Option<u64>,
    /// The players, as the rules need them.
    pub players: Vec<Condition>,
    /// The barriers that stand.
    pub barriers: Vec<Barrier>,
    /// The traps that wait, without their places.
    pub traps: Vec<Trap>,
}

/// How a player stands in the round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// What the player can do besides laying stones.
    pub ability: Ability,
    /// When the player will have all the energy there can be, if it is not spent.
    pub full_at: u64,
    /// Whether the player has given up.
    pub retired: bool,
}

/// A barrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Barrier {
    /// Where it stands.
    pub cell: u16,
    /// Until when.
    pub until: u64,
}

/// A trap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trap {
    /// Whose.
    pub player: u8,
    /// Where.
    pub place: Hidden,
}

impl Settings {
    pub(super) fn is_sound(&self) -> bool {
        let mode = match self.mode {
            Mode::Turns(seconds) => seconds == 0 || COUNTDOWNS.contains(&seconds),
            Mode::Energy(energy) => {
                (1..=MAX_ENERGY).contains(&energy.max)
                    && [energy.stone, energy.shift, energy.trap, energy.barrier]
                        .iter()
                        .all(|cost| (1..=energy.max).contains(cost))
            }
        };
        mode && SIDES.contains(&self.width) && SIDES.contains(&self.height)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self { width: 10, height: 10, mode: Mode::Turns(0) }
    }
}

impl Default for Energy {
    fn default() -> Self {
        Self { max: 10, stone: 6, shift: 6, trap: 4, barrier: 4 }
    }
}

impl Ability {
    /// All of them, in the order of their [choices](Self::choice).
    pub const ALL: [Self; 3] = [Self::Shift, Self::Trap, Self::Barrier];

    /// The ability that a player has who has chosen this number.
    pub fn of(choice: u8) -> Self {
        let at = usize::from(choice).saturating_sub(1);
        Self::ALL.get(at).copied().unwrap_or(Self::Shift)
    }

    /// The number to choose.
    pub fn choice(self) -> u8 {
        self as u8 + 1
    }
}

impl Board {
    /// The stone or barrier in a cell; `None` if there is no such cell.
    pub fn owner(&self, cell: u16) -> Option<u8> {
        self.cells.get(usize::from(cell).checked_sub(1)?).copied()
    }

    /// Whether a barrier stands in a cell.
    pub fn is_blocked(&self, cell: u16) -> bool {
        self.barriers.iter().any(|barrier| barrier.cell == cell)
    }

    /// Whether this is a round with energy.
    pub fn energy_rules(&self) -> Option<&Energy> {
        match &self.settings.mode {
            Mode::Energy(energy) => Some(energy),
            Mode::Turns(_) => None,
        }
    }

    /// A player's energy, in thousandths.
    pub fn energy(&self, now: Time, player: u8) -> u64 {
        let (Some(rules), Some(condition)) = (self.energy_rules(), self.condition(player)) else {
            return 0;
        };
        let missing = condition.full_at.saturating_sub(now.as_millis());
        (u64::from(rules.max) * 1_000).saturating_sub(missing)
    }

    /// How a player stands.
    pub fn condition(&self, player: u8) -> Option<&Condition> {
        self.players.get(usize::from(player).checked_sub(1)?)
    }

    /// Whether a player may make this move now, as far as everybody can know. What is refused here,
    /// the host refuses.
    pub fn validate(&self, now: Time, player: u8, action: &Move) -> Result<(), Illegal> {
        let condition = self.condition(player).ok_or(Illegal::NotAPlayer)?;
        if condition.retired {
            return Err(Illegal::NotAPlayer);
        }
        let needs = |ability| (condition.ability == ability).then_some(()).ok_or(Illegal::NotAble);
        let Some(energy) = self.energy_rules() else {
            if self.turn != player {
                return Err(Illegal::NotYourTurn);
            }
            return match action {
                Move::Stone(cell) => self.check_free(*cell),
                Move::Unknown => Err(Illegal::OtherGame),
                _ => Err(Illegal::NotAble),
            };
        };
        let cost = match action {
            Move::Stone(cell) => {
                self.check_free(*cell)?;
                energy.stone
            }
            Move::Shift { from, to } => {
                needs(Ability::Shift)?;
                if self.owner(*from) != Some(player) {
                    return Err(Illegal::NotYours);
                }
                self.check_free(*to)?;
                energy.shift
            }
            Move::Trap(place) => {
                needs(Ability::Trap)?;
                self.check_free(place.cell.ok_or(Illegal::NotFree)?)?;
                let own = self.traps.iter().filter(|trap| trap.player == player);
                if own.clone().any(|trap| trap.place.cell == place.cell) {
                    return Err(Illegal::NotFree);
                }
                if own.count() >= TRAPS {
                    return Err(Illegal::TooMany);
                }
                energy.trap
            }
            Move::Barrier(cell) => {
                needs(Ability::Barrier)?;
                self.check_free(*cell)?;
                if self.barriers.len() >= BARRIERS {
                    return Err(Illegal::TooMany);
                }
                energy.barrier
            }
            Move::Unknown => return Err(Illegal::OtherGame),
        };
        if self.energy(now, player) < u64::from(cost) * 1_000 {
            return Err(Illegal::TooTired);
        }
        Ok(())
    }

    fn check_free(&self, cell: u16) -> Result<(), Illegal> {
        let is_free = self.owner(cell) == Some(0) && !self.is_blocked(cell);
        is_free.then_some(()).ok_or(Illegal::NotFree)
    }

    pub(super) fn is_sound(&self) -> bool {
        let is_cell = |cell: u16| (1..=self.cells.len()).contains(&usize::from(cell));
        let size = usize::from(self.settings.width) * usize::from(self.settings.height);
        self.settings.is_sound()
            && self.cells.len() == size
            && self.cells.iter().all(|owner| *owner <= MAX_PLAYERS)
            && (self.last == 0 || is_cell(self.last))
            && self.line.len() <= usize::from(*SIDES.end())
            && self.line.iter().all(|cell| is_cell(*cell))
            && self.players.len() <= usize::from(MAX_PLAYERS)
            && usize::from(self.turn) <= self.players.len()
            && self.barriers.len() <= BARRIERS + usize::from(MAX_PLAYERS) * TRAPS
            && self.barriers.iter().all(|barrier| is_cell(barrier.cell))
            && self.traps.len() <= usize::from(MAX_PLAYERS) * TRAPS
    }
}

/// A round of it, as the host plays it.
#[derive(Clone, Debug)]
pub struct Five {
    /// With the places of all traps.
    board: Board,
    /// The stones, in the order in which they were laid, where there are turns.
    laid: Vec<u16>,
    outcome: Option<Outcome>,
}

impl Five {
    /// Begins a round with players who have chosen these abilities.
    pub fn new(now: Time, settings: &Settings, choices: &[u8]) -> Self {
        let full_at = match settings.mode {
            Mode::Energy(energy) => now.as_millis() + u64::from(energy.max) * 1_000,
            Mode::Turns(_) => 0,
        };
        let condition =
            |choice: &u8| Condition { ability: Ability::of(*choice), full_at, retired: false };
        let size = usize::from(settings.width) * usize::from(settings.height);
        let board = Board {
            settings: settings.clone(),
            cells: vec![0; size],
            last: 0,
            line: Vec::new(),
            turn: 0,
            turn_ends: None,
            players: choices.iter().map(condition).collect(),
            barriers: Vec::new(),
            traps: Vec::new(),
        };
        let mut five = Self { board, laid: Vec::new(), outcome: None };
        if matches!(settings.mode, Mode::Turns(_)) {
            five.begin_turn(now, 1);
        }
        five
    }

    /// Takes up a round that has come so far. Its moves cannot be taken back, and traps whose places
    /// are not known are gone.
    pub fn resume(mut board: Board, outcome: Option<Outcome>) -> Self {
        board.traps.retain(|trap| trap.place.cell.is_some());
        Self { board, laid: Vec::new(), outcome }
    }

    /// It is this player's turn, or that of the next one who has not given up.
    fn begin_turn(&mut self, now: Time, player: u8) {
        let count = self.board.players.len();
        let order = (0..count).map(|ahead| (usize::from(player) - 1 + ahead) % count);
        let next = order.into_iter().find(|at| !self.board.players[*at].retired);
        self.board.turn = next.and_then(|at| u8::try_from(at + 1).ok()).unwrap_or_default();
        self.board.turn_ends = match self.board.settings.mode {
            Mode::Turns(seconds) if seconds > 0 && self.board.turn > 0 => {
                Some((now + Duration::from_secs(seconds.into())).as_millis())
            }
            _ => None,
        };
    }

    fn pass_turn(&mut self, now: Time) {
        self.begin_turn(now, self.board.turn % self.board.players.len().max(1) as u8 + 1);
    }

    fn end(&mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
        (self.board.turn, self.board.turn_ends) = (0, None);
        self.board.barriers.clear();
        self.board.traps.clear();
    }

    fn spend(&mut self, now: Time, player: u8, cost: impl Fn(&Energy) -> u8) {
        let Mode::Energy(energy) = self.board.settings.mode else { return };
        if let Some(condition) = self.board.players.get_mut(usize::from(player) - 1) {
            let spent = u64::from(cost(&energy)) * 1_000;
            condition.full_at = condition.full_at.max(now.as_millis()) + spent;
        }
    }

    /// A stone comes to a cell: it is lost to a trap, or it may win.
    fn put(&mut self, now: Time, player: u8, cell: u16) {
        self.board.last = cell;
        let (here, others): (Vec<_>, Vec<_>) =
            self.board.traps.drain(..).partition(|trap| trap.place.cell == Some(cell));
        self.board.traps = others;
        if here.iter().any(|trap| trap.player != player) {
            return self.build(now, cell);
        }
        self.set(cell, player);
        if let Some(line) = winning_line(&self.board, cell) {
            self.board.line = line;
            self.end(Outcome::Won(player));
        } else if self.board.cells.iter().all(|owner| *owner > 0) {
            self.end(Outcome::Draw);
        }
    }

    fn build(&mut self, now: Time, cell: u16) {
        self.board.barriers.push(Barrier { cell, until: (now + BARRIER).as_millis() });
    }

    fn set(&mut self, cell: u16, owner: u8) {
        if let Some(place) = self.board.cells.get_mut(usize::from(cell) - 1) {
            *place = owner;
        }
    }
}

impl Game for Five {
    fn validate(&self, now: Time, player: u8, action: &super::Move) -> Result<(), Illegal> {
        let super::Move::Five(action) = action else { return Err(Illegal::OtherGame) };
        if self.outcome.is_some() {
            return Err(Illegal::NotPlaying);
        }
        self.board.validate(now, player, action)
    }

    fn play(&mut self, now: Time, player: u8, action: &super::Move) -> Result<(), Illegal> {
        self.validate(now, player, action)?;
        let super::Move::Five(action) = action else { return Err(Illegal::OtherGame) };
        match action {
            Move::Stone(cell) => {
                self.spend(now, player, |energy| energy.stone);
                if self.board.energy_rules().is_none() {
                    self.laid.push(*cell);
                }
                self.put(now, player, *cell);
                if self.board.turn > 0 {
                    self.pass_turn(now);
                }
            }
            Move::Shift { from, to } => {
                self.spend(now, player, |energy| energy.shift);
                self.set(*from, 0);
                self.put(now, player, *to);
            }
            Move::Trap(place) => {
                self.spend(now, player, |energy| energy.trap);
                self.board.traps.push(Trap { player, place: place.clone() });
            }
            Move::Barrier(cell) => {
                self.spend(now, player, |energy| energy.barrier);
                self.board.last = *cell;
                self.build(now, *cell);
            }
            Move::Unknown => {}
        }
        Ok(())
    }

    fn can_undo(&self) -> bool {
        self.outcome.is_none() && !self.laid.is_empty()
    }

    fn undo(&mut self, now: Time) {
        if !self.can_undo() {
            return;
        }
        let Some(cell) = self.laid.pop() else { return };
        let player = self.board.owner(cell).unwrap_or(1).max(1);
        self.set(cell, 0);
        self.board.last = self.laid.last().copied().unwrap_or_default();
        self.begin_turn(now, player);
    }

    fn retire(&mut self, now: Time, player: u8) {
        let Some(condition) = self.board.players.get_mut(usize::from(player).wrapping_sub(1))
        else {
            return;
        };
        condition.retired = true;
        if self.outcome.is_some() {
            return;
        }
        let mut left = self.board.players.iter().zip(1..).filter(|(player, _)| !player.retired);
        match (left.next(), left.next()) {
            (Some((_, last)), None) => self.end(Outcome::Won(last)),
            (None, _) => self.end(Outcome::Draw),
            _ if self.board.turn == player => self.pass_turn(now),
            _ => {}
        }
    }

    fn tick(&mut self, now: Time) -> bool {
        let before = self.board.barriers.len();
        self.board.barriers.retain(|barrier| barrier.until > now.as_millis());
        let is_late = self.board.turn_ends.is_some_and(|ends| ends <= now.as_millis());
        if is_late {
            self.pass_turn(now);
        }
        is_late || self.board.barriers.len() < before
    }

    fn deadline(&self) -> Option<Time> {
        let barriers = self.board.barriers.iter().map(|barrier| barrier.until);
        barriers.chain(self.board.turn_ends).min().map(Time::from_millis)
    }

    fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    fn board(&self, player: Option<u8>) -> super::Board {
        let mut board = self.board.clone();
        for trap in board.traps.iter_mut().filter(|trap| Some(trap.player) != player) {
            trap.place = trap.place.closed();
        }
        super::Board::Five(board)
    }
}

#[cfg(test)]
mod tests;
