//! What the host says of the game.

use serde::{Deserialize, Serialize};

use super::{Board, MAX_PLAYERS, MIN_PLAYERS, Settings};
use crate::util::id::PeerId;
use crate::util::limits;

/// The game in a room, whole: a newcomer needs nothing else, and what was missed does no harm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GameState {
    /// When the room was opened; in a room that is opened later this is void.
    pub since: u64,
    /// Rises with each change; an older one never replaces a newer one.
    pub number: u64,
    /// When this was said, in milliseconds by the host's clock. All times below are by that clock.
    pub at: u64,
    /// How many may play.
    pub seats: u8,
    /// The game and its rules.
    pub settings: Settings,
    /// The players in the order of their numbers, which begin at 1.
    pub players: Vec<Player>,
    /// What is going on.
    pub phase: Phase,
    /// The board of this round, or of the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub board: Option<Board>,
    /// How the round has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// A player wants to take the last move back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<UndoRequest>,
}

/// A player.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Player {
    /// Who.
    pub peer: PeerId,
    /// The person's name; may be empty.
    pub name: String,
    /// Whether the person is ready to start.
    pub ready: bool,
    /// What the person has chosen of what the game offers.
    pub choice: u8,
    /// Whether the person is there.
    pub presence: Presence,
}

/// Whether a player is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// There.
    Here,
    /// Nothing has been heard for a while; the seat is kept.
    Away,
    /// Has left and may come back; the seat is kept.
    Left,
    /// Does not play any more in this round.
    #[serde(other)]
    Gone,
}

/// What is going on at the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Players take seats.
    Gathering,
    /// A round is being played.
    Playing,
    /// The round is over; its board is still there.
    #[serde(other)]
    Over,
}

/// How a round has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The player with this number has won.
    Won(u8),
    /// Nobody has won.
    #[serde(other)]
    Draw,
}

/// A wish to take the last move back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoRequest {
    /// The player who asks.
    pub by: u8,
    /// The players who agree, `by` among them.
    pub agreed: Vec<u8>,
}

impl GameState {
    /// The number of the player that this peer is.
    pub fn number_of(&self, peer: &PeerId) -> Option<u8> {
        let at = self.players.iter().position(|player| player.peer == *peer)?;
        u8::try_from(at + 1).ok()
    }

    /// The player with this number.
    pub fn player(&self, number: u8) -> Option<&Player> {
        self.players.get(usize::from(number).checked_sub(1)?)
    }

    /// Whether everything in it is within the limits.
    pub fn is_sound(&self) -> bool {
        let name = |name: &str| name.len() <= limits::NAME || name.chars().count() <= limits::NAME;
        let is_player = |number: u8| (1..=MAX_PLAYERS).contains(&number);
        [self.since, self.number, self.at].iter().all(|number| *number <= limits::CHAT_NUMBER)
            && (MIN_PLAYERS..=MAX_PLAYERS).contains(&self.seats)
            && self.settings.is_sound()
            && self.players.len() <= usize::from(MAX_PLAYERS)
            && self.players.iter().all(|player| name(&player.name))
            && self.board.as_ref().is_none_or(Board::is_sound)
            && !matches!(self.outcome, Some(Outcome::Won(by)) if !is_player(by))
            && self.undo.as_ref().is_none_or(|undo| {
                undo.agreed.len() <= usize::from(MAX_PLAYERS)
                    && undo.agreed.iter().chain([&undo.by]).all(|number| is_player(*number))
            })
    }
}
