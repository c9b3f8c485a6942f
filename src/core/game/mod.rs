//! Games that members of a room play with each other.
//!
//! The host keeps the [`Table`]: who plays, and what is on the board. It checks every [`Action`] of a
//! member and says the outcome as a [`GameState`], which its peers pass on and show. Time comes in;
//! nothing here reads a clock.
//!
//! A game is a module with an implementation of [`Game`], and its entries in [`Settings`], [`Move`]
//! and [`Board`].

pub mod five;
mod hidden;
mod state;
mod table;

use serde::{Deserialize, Serialize};

pub use hidden::Hidden;
pub use state::{GameState, Outcome, Phase, Player, Presence, UndoRequest};
pub use table::Table;

use crate::util::time::Time;

/// The fewest players of a game.
pub const MIN_PLAYERS: u8 = 2;
/// The most players of a game.
pub const MAX_PLAYERS: u8 = 5;

/// A round of a game, as the host plays it. Players are numbered from 1, in the order of turns.
pub trait Game {
    /// Whether a player may make this move now.
    fn validate(&self, now: Time, player: u8, action: &Move) -> Result<(), Illegal>;

    /// Makes a move; one that is not valid changes nothing.
    fn play(&mut self, now: Time, player: u8, action: &Move) -> Result<(), Illegal>;

    /// Whether there is a move to take back.
    fn can_undo(&self) -> bool;

    /// Takes the last move back.
    fn undo(&mut self, now: Time);

    /// A player has given up and makes no more moves.
    fn retire(&mut self, now: Time, player: u8);

    /// Time has passed. Returns whether anything has changed.
    fn tick(&mut self, now: Time) -> bool;

    /// When to call [`tick`](Self::tick).
    fn deadline(&self) -> Option<Time>;

    /// How it has ended; `None` while it goes on.
    fn outcome(&self) -> Option<Outcome>;

    /// What everyone may see of it, or what this player may see.
    fn board(&self, player: Option<u8>) -> Board;
}

/// Which game is played, and by which rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settings {
    /// Five in a row.
    Five(five::Settings),
    /// A game of a later version.
    #[serde(other)]
    Unknown,
}

/// A move of a player.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// In five in a row.
    Five(five::Move),
    /// In a game of a later version.
    #[serde(other)]
    Unknown,
}

/// What everyone sees of a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Board {
    /// Of five in a row.
    Five(five::Board),
    /// Of a game of a later version.
    #[serde(other)]
    Unknown,
}

/// What a member asks of the host's table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Take a seat, or come back to it.
    Join,
    /// Be ready to start, or not yet.
    Ready(bool),
    /// Choose among what the game offers each player, such as an ability.
    Choose(u8),
    /// Give the seat up; while a round goes on, it is kept for a while.
    Leave,
    /// Make a move.
    Move(Move),
    /// Take the last move back, if all players agree.
    Undo,
    /// Agree to take it back, or refuse.
    AnswerUndo(bool),
    /// Still here.
    Present,
    /// Something of a later version; it has no effect.
    #[serde(other)]
    Unknown,
}

/// Why something cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Illegal {
    /// No round is being played.
    #[error("no round is being played")]
    NotPlaying,
    /// A round is being played.
    #[error("a round is being played")]
    Playing,
    /// The peer has no seat.
    #[error("only players may do that")]
    NotAPlayer,
    /// There is no free seat.
    #[error("all seats are taken")]
    Full,
    /// There are too few players, or some are not ready.
    #[error("not everyone is ready")]
    NotReady,
    /// It is another player's turn.
    #[error("it is another player's turn")]
    NotYourTurn,
    /// The cell is not on the board, or not free.
    #[error("the cell is not free")]
    NotFree,
    /// There are as many traps or barriers as there can be.
    #[error("no more of them can be there at once")]
    TooMany,
    /// There is nothing of the player's own there.
    #[error("there is no stone of the player's own")]
    NotYours,
    /// The player has not chosen that ability.
    #[error("the player does not have this ability")]
    NotAble,
    /// The player has too little energy.
    #[error("too little energy")]
    TooTired,
    /// There is nothing to take back.
    #[error("there is nothing to take back")]
    NothingToUndo,
    /// The move belongs to another game, or says nothing.
    #[error("a move of another game")]
    OtherGame,
    /// The settings are out of range.
    #[error("settings out of range")]
    Settings,
}

impl Settings {
    /// Begins a round with the players' choices; `None` for a game that this version does not know.
    fn begin(&self, now: Time, choices: &[u8]) -> Option<Box<dyn Game>> {
        match self {
            Self::Five(settings) => Some(Box::new(five::Five::new(now, settings, choices))),
            Self::Unknown => None,
        }
    }

    /// Whether they are within the limits.
    pub fn is_sound(&self) -> bool {
        match self {
            Self::Five(settings) => settings.is_sound(),
            Self::Unknown => true,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::Five(five::Settings::default())
    }
}

impl Board {
    /// Whether all that it says is within the limits.
    pub fn is_sound(&self) -> bool {
        match self {
            Self::Five(board) => board.is_sound(),
            Self::Unknown => true,
        }
    }

    /// Takes up a round that has come so far.
    fn resume(self, outcome: Option<Outcome>) -> Option<Box<dyn Game>> {
        match self {
            Self::Five(board) => Some(Box::new(five::Five::resume(board, outcome))),
            Self::Unknown => None,
        }
    }

    /// The places on it that not everybody knows.
    pub fn hidden_mut(&mut self) -> impl Iterator<Item = (u8, &mut Hidden)> {
        let traps = match self {
            Self::Five(board) => board.traps.as_mut_slice(),
            Self::Unknown => &mut [],
        };
        traps.iter_mut().map(|trap| (trap.player, &mut trap.place))
    }
}

impl Move {
    /// The place in it that not everybody is to know.
    pub fn hidden_mut(&mut self) -> Option<&mut Hidden> {
        match self {
            Self::Five(five::Move::Trap(place)) => Some(place),
            _ => None,
        }
    }
}
