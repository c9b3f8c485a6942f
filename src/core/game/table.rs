//! The host's table: who has a seat, and the round that is being played.

use core::time::Duration;

use super::{
    Action, Game, GameState, Illegal, MAX_PLAYERS, MIN_PLAYERS, Outcome, Phase, Player, Presence,
    Settings, UndoRequest,
};
use crate::util::id::PeerId;
use crate::util::limits;
use crate::util::time::Time;

/// A player of whom nothing was heard for so long is away.
const AWAY: Duration = Duration::from_secs(45);
/// How long the seat of a player is kept who is away or has left.
pub(super) const KEPT: Duration = Duration::from_secs(120);

/// The seats, and the round that is being played.
pub struct Table {
    seats: u8,
    settings: Settings,
    players: Vec<Seated>,
    phase: Phase,
    round: Option<Box<dyn Game>>,
    undo: Option<UndoRequest>,
}

struct Seated {
    player: Player,
    /// When the player was heard last, or has left.
    heard: Time,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            seats: MAX_PLAYERS,
            settings: Settings::default(),
            players: Vec::new(),
            phase: Phase::Gathering,
            round: None,
            undo: None,
        }
    }
}

impl Table {
    /// A peer asks for something. Returns whether anything has changed.
    pub fn act(
        &mut self,
        now: Time,
        by: &PeerId,
        name: &str,
        action: &Action,
    ) -> Result<bool, Illegal> {
        if *action == Action::Join {
            return self.join(now, by, name);
        }
        let at = self.position(by).ok_or(Illegal::NotAPlayer)?;
        if matches!(self.players[at].player.presence, Presence::Left | Presence::Gone) {
            return Err(Illegal::NotAPlayer);
        }
        let came_back = self.hear(now, at);
        let done = self.act_seated(now, at, action);
        // That is news, even if nothing else comes of it.
        if came_back { Ok(true) } else { done }
    }

    fn act_seated(&mut self, now: Time, at: usize, action: &Action) -> Result<bool, Illegal> {
        let number = at as u8 + 1;
        match action {
            Action::Ready(ready) => self.change(|player| &mut player.ready, at, *ready),
            Action::Choose(choice) => self.change(|player| &mut player.choice, at, *choice),
            Action::Leave => Ok(self.leave(now, at)),
            Action::Move(action) => {
                self.playing()?.play(now, number, action)?;
                self.undo = None;
                self.settle();
                Ok(true)
            }
            Action::Undo => self.ask_undo(now, number),
            Action::AnswerUndo(agrees) => self.answer_undo(now, number, *agrees),
            Action::Join | Action::Present | Action::Unknown => Ok(false),
        }
    }

    /// The host sets the rules for the next round.
    pub fn set_up(&mut self, seats: u8, settings: Settings) -> Result<bool, Illegal> {
        if self.phase == Phase::Playing {
            return Err(Illegal::Playing);
        }
        let is_sound = (MIN_PLAYERS..=MAX_PLAYERS).contains(&seats)
            && usize::from(seats) >= self.players.len()
            && settings.is_sound();
        if !is_sound {
            return Err(Illegal::Settings);
        }
        let changed = (seats, &settings) != (self.seats, &self.settings);
        (self.seats, self.settings) = (seats, settings);
        Ok(changed)
    }

    /// Takes up what was on the table before the host's page was loaded again.
    pub fn restore(&mut self, now: Time, state: GameState) -> Result<bool, Illegal> {
        if !self.players.is_empty() || self.round.is_some() {
            return Err(Illegal::Playing);
        }
        if !state.is_sound() {
            return Err(Illegal::Settings);
        }
        let seated = |player| Seated { player, heard: now };
        self.players = state.players.into_iter().map(seated).collect();
        (self.seats, self.settings, self.undo) = (state.seats, state.settings, state.undo);
        self.round = state.board.and_then(|board| board.resume(state.outcome));
        self.phase = if self.round.is_some() { state.phase } else { Phase::Gathering };
        Ok(true)
    }

    /// The host begins a round. Who begins it is ready.
    pub fn start(&mut self, now: Time, host: &PeerId) -> Result<(), Illegal> {
        if self.phase == Phase::Playing {
            return Err(Illegal::Playing);
        }
        let is_ready = |seated: &Seated| seated.player.ready || seated.player.peer == *host;
        let is_enough = self.players.len() >= usize::from(MIN_PLAYERS);
        if self.phase == Phase::Over || !is_enough || !self.players.iter().all(is_ready) {
            return Err(Illegal::NotReady);
        }
        let choices: Vec<_> = self.players.iter().map(|seated| seated.player.choice).collect();
        let round = self.settings.begin(now, &choices).ok_or(Illegal::OtherGame)?;
        self.round = Some(round);
        self.phase = Phase::Playing;
        self.players.iter_mut().for_each(|seated| seated.player.ready = true);
        Ok(())
    }

    /// The host clears the board; the players keep their seats and get ready again. A round that is
    /// being played ends without a result.
    pub fn again(&mut self) -> Result<(), Illegal> {
        if self.phase == Phase::Gathering {
            return Err(Illegal::NotPlaying);
        }
        (self.round, self.undo, self.phase) = (None, None, Phase::Gathering);
        self.players
            .retain(|seated| matches!(seated.player.presence, Presence::Here | Presence::Away));
        self.players.iter_mut().for_each(|seated| seated.player.ready = false);
        Ok(())
    }

    /// The host sends a player away from the table.
    pub fn kick(&mut self, now: Time, peer: &PeerId) -> Result<(), Illegal> {
        let at = self.position(peer).ok_or(Illegal::NotAPlayer)?;
        self.give_up(now, at);
        Ok(())
    }

    /// Frees the seats of people who were sent away. Returns whether there were any.
    pub fn expel(&mut self, now: Time, is_out: impl Fn(&PeerId) -> bool) -> bool {
        let mut changed = false;
        for at in (0..self.players.len()).rev() {
            let player = &self.players[at].player;
            if player.presence != Presence::Gone && is_out(&player.peer) {
                self.give_up(now, at);
                changed = true;
            }
        }
        changed
    }

    /// Time has passed. Returns whether anything has changed.
    pub fn tick(&mut self, now: Time) -> bool {
        let mut changed = self.round.as_mut().is_some_and(|round| round.tick(now));
        for at in (0..self.players.len()).rev() {
            let Seated { player, heard } = &mut self.players[at];
            if player.presence == Presence::Here && is_missed(player) && *heard + AWAY <= now {
                player.presence = Presence::Away;
                changed = true;
            }
            let is_absent = matches!(player.presence, Presence::Away | Presence::Left);
            if is_absent && *heard + KEPT <= now {
                self.give_up(now, at);
                changed = true;
            }
        }
        self.settle();
        changed
    }

    /// When to call [`tick`](Self::tick).
    pub fn deadline(&self) -> Option<Time> {
        let players = self.players.iter().filter_map(|seated| match seated.player.presence {
            Presence::Here => is_missed(&seated.player).then_some(seated.heard + AWAY),
            Presence::Away | Presence::Left => Some(seated.heard + KEPT),
            Presence::Gone => None,
        });
        players.chain(self.round.as_ref().and_then(|round| round.deadline())).min()
    }

    /// What the host says of it.
    pub fn state(&self, since: u64, number: u64, now: Time) -> GameState {
        self.state_for(None, since, number, now)
    }

    /// The same as this player may see it.
    pub fn state_for(&self, player: Option<u8>, since: u64, number: u64, now: Time) -> GameState {
        GameState {
            since,
            number,
            at: now.as_millis(),
            seats: self.seats,
            settings: self.settings.clone(),
            players: self.players.iter().map(|seated| seated.player.clone()).collect(),
            phase: self.phase,
            board: self.round.as_ref().map(|round| round.board(player)),
            outcome: self.outcome(),
            undo: self.undo.clone(),
        }
    }

    /// The number of the player that this peer is.
    pub fn number_of(&self, peer: &PeerId) -> Option<u8> {
        u8::try_from(self.position(peer)? + 1).ok()
    }

    fn outcome(&self) -> Option<Outcome> {
        self.round.as_ref().and_then(|round| round.outcome())
    }

    fn position(&self, peer: &PeerId) -> Option<usize> {
        self.players.iter().position(|seated| seated.player.peer == *peer)
    }

    fn playing(&mut self) -> Result<&mut Box<dyn Game>, Illegal> {
        let is_playing = self.phase == Phase::Playing;
        self.round.as_mut().filter(|_| is_playing).ok_or(Illegal::NotPlaying)
    }

    fn join(&mut self, now: Time, peer: &PeerId, name: &str) -> Result<bool, Illegal> {
        if let Some(at) = self.position(peer) {
            let player = &mut self.players[at].player;
            if player.presence == Presence::Gone {
                return Err(Illegal::NotAPlayer);
            }
            let changed = player.presence != Presence::Here || player.name != name;
            player.presence = Presence::Here;
            player.name = clamped(name);
            self.players[at].heard = now;
            return Ok(changed);
        }
        if self.phase != Phase::Gathering {
            return Err(Illegal::Playing);
        }
        if self.players.len() >= usize::from(self.seats) {
            return Err(Illegal::Full);
        }
        let player = Player {
            peer: peer.clone(),
            name: clamped(name),
            ready: false,
            choice: 1,
            presence: Presence::Here,
        };
        self.players.push(Seated { player, heard: now });
        Ok(true)
    }

    /// A player gives a sign of life. Returns whether that is news.
    fn hear(&mut self, now: Time, at: usize) -> bool {
        let Seated { player, heard } = &mut self.players[at];
        let came_back = player.presence != Presence::Here;
        (player.presence, *heard) = (Presence::Here, now);
        came_back
    }

    /// Changes what players say of themselves before the round.
    fn change<T: PartialEq>(
        &mut self,
        what: impl Fn(&mut Player) -> &mut T,
        at: usize,
        to: T,
    ) -> Result<bool, Illegal> {
        if self.phase != Phase::Gathering {
            return Err(Illegal::Playing);
        }
        let what = what(&mut self.players[at].player);
        let changed = *what != to;
        *what = to;
        Ok(changed)
    }

    /// A player leaves: during a round the seat is kept.
    fn leave(&mut self, now: Time, at: usize) -> bool {
        if self.phase != Phase::Playing {
            self.give_up(now, at);
            return true;
        }
        let Seated { player, heard } = &mut self.players[at];
        (player.presence, *heard) = (Presence::Left, now);
        true
    }

    /// The seat is free; in a round it stays empty, as the stones stay.
    fn give_up(&mut self, now: Time, at: usize) {
        if self.phase == Phase::Gathering {
            self.players.remove(at);
            return;
        }
        self.players[at].player.presence = Presence::Gone;
        if let Some(round) = &mut self.round {
            round.retire(now, at as u8 + 1);
        }
        self.undo.take_if(|undo| usize::from(undo.by) == at + 1);
        self.undo_if_agreed(now);
        self.settle();
    }

    fn ask_undo(&mut self, now: Time, number: u8) -> Result<bool, Illegal> {
        if !self.playing()?.can_undo() {
            return Err(Illegal::NothingToUndo);
        }
        if self.undo.is_some() {
            return self.answer_undo(now, number, true);
        }
        self.undo = Some(UndoRequest { by: number, agreed: vec![number] });
        Ok(true)
    }

    fn answer_undo(&mut self, now: Time, number: u8, agrees: bool) -> Result<bool, Illegal> {
        let undo = self.undo.as_mut().ok_or(Illegal::NothingToUndo)?;
        if !agrees {
            self.undo = None;
            return Ok(true);
        }
        if undo.agreed.contains(&number) {
            return Ok(false);
        }
        undo.agreed.push(number);
        self.undo_if_agreed(now);
        Ok(true)
    }

    /// Takes the last move back if all players that are left want it.
    fn undo_if_agreed(&mut self, now: Time) {
        let Some(undo) = &self.undo else { return };
        let agrees = |(seated, number): (&Seated, u8)| {
            seated.player.presence == Presence::Gone || undo.agreed.contains(&number)
        };
        if self.players.iter().zip(1..).all(agrees) {
            self.undo = None;
            if let Some(round) = &mut self.round {
                round.undo(now);
            }
        }
    }

    fn settle(&mut self) {
        if self.phase == Phase::Playing && self.outcome().is_some() {
            self.phase = Phase::Over;
            self.undo = None;
        }
    }
}

/// Whether a player gives signs of life that can be missed: an original page gives none.
fn is_missed(player: &Player) -> bool {
    player.peer.is_derived()
}

fn clamped(name: &str) -> String {
    name.chars().take(limits::NAME).collect()
}

#[cfg(test)]
mod tests;
