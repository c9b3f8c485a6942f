//! The game in a room: the host keeps the table and says what is on it, and its peers show that and
//! pass it on.

use core::time::Duration;
use std::sync::Arc;

use rand_core::RngCore;

use super::Room;
use crate::game::{Action, GameState, Hidden, Presence, Table};
use crate::identity::{Signed, Verified};
use crate::model::RoomKind;
use crate::node::io::GameCommand;
use crate::node::view;
use crate::swarm::Swarm;
use crate::util::id::LinkId;
use crate::util::time::Time;
use crate::wire::message::Message;
use crate::wire::request::Request;

/// How often a player gives a sign of life.
const SIGN: Duration = Duration::from_secs(20);

/// What a peer knows of the game.
#[derive(Default)]
pub(super) struct RoomGame {
    /// The host's own.
    table: Option<Table>,
    /// What the host has said last.
    known: Option<Verified<GameState>>,
    shown: Option<Arc<view::Game>>,
    /// How far the own clock is ahead of the host's at most, by what has come as news.
    ahead: Option<i64>,
    /// When this player gives the next sign of life.
    sign_at: Option<Time>,
}

impl RoomGame {
    /// What the page shows.
    pub(super) fn shown(&self) -> Option<&Arc<view::Game>> {
        self.shown.as_ref()
    }

    /// When to call [`tick`].
    pub(super) fn deadline(&self) -> Option<Time> {
        let table = self.table.as_ref().and_then(Table::deadline);
        table.into_iter().chain(self.sign_at).min()
    }
}

/// A room that is one for games has a table, and a room that is opened anew another one. Those whom
/// the host has sent away do not keep their seats.
pub(super) fn settle<R: RngCore>(room: &mut Room, swarm: &mut Swarm<R>) {
    let Some(state) = room.standing.state() else { return };
    let (since, is_game) = (state.since, state.meta.kind == RoomKind::Game);
    if room.game.known.as_ref().is_some_and(|known| known.since != since) {
        room.game = RoomGame::default();
    }
    if room.place.is_host() && is_game && room.game.table.is_none() {
        room.game.table = Some(Table::default());
        say(room, swarm);
    }
    if let (Some(table), Some(record)) = (&mut room.game.table, &room.standing.room)
        && table.expel(swarm.now, |peer| record.rules().is_out(peer))
    {
        say(room, swarm);
    }
}

/// The person plays, or sets the game up. Returns what is to be asked of the host.
pub(super) fn command<R: RngCore>(
    room: &mut Room,
    swarm: &mut Swarm<R>,
    command: GameCommand,
) -> Option<Action> {
    let (now, own) = (swarm.now, swarm.id().clone());
    let table = room.game.table.as_mut();
    let done = match (command, table) {
        (GameCommand::Act(action), _) => return Some(sealed(room, swarm, action)),
        (GameCommand::SetUp { seats, settings }, Some(table)) => table.set_up(seats, settings),
        (GameCommand::Restore(state), Some(table)) => table.restore(now, *state),
        (GameCommand::Start, Some(table)) => table.start(now, &own).map(|()| true),
        (GameCommand::Again, Some(table)) => table.again().map(|()| true),
        (GameCommand::Kick(peer), Some(table)) => table.kick(now, &peer).map(|()| true),
        (_, None) => return None,
    };
    if done == Ok(true) {
        say(room, swarm);
    }
    None
}

/// Hides in what this peer asks what only the host is to know.
fn sealed<R: RngCore>(room: &Room, swarm: &mut Swarm<R>, mut action: Action) -> Action {
    if let Action::Move(made) = &mut action
        && let Some(place) = made.hidden_mut()
        && !room.place.is_host()
    {
        let secret = secret_with_host(room, swarm);
        if let (Some(cell), Some(secret)) = (place.cell, secret) {
            let mut salt = [0; 8];
            swarm.rng.fill_bytes(&mut salt);
            *place = Hidden::seal(cell, &secret, salt);
        }
    }
    action
}

/// The host hears what a member asks.
pub(super) fn asked<R: RngCore>(
    room: &mut Room,
    swarm: &mut Swarm<R>,
    request: &Verified<Request>,
    action: &Action,
) {
    let Some(table) = &mut room.game.table else { return };
    let mut action = action.clone();
    if let Action::Move(made) = &mut action
        && let Some(place) = made.hidden_mut()
        && let Some(key) = request.signed().and_then(Signed::public_key)
        && let Some(secret) = swarm.keypair().and_then(|own| own.shared_secret(key))
    {
        place.open(&secret);
    }
    match table.act(swarm.now, &request.author, &request.name, &action) {
        Ok(true) => say(room, swarm),
        Ok(false) => {}
        Err(reason) => tracing::debug!(author = %request.author, %reason, "refused at the table"),
    }
}

/// The host says what is on the table.
fn say<R: RngCore>(room: &mut Room, swarm: &mut Swarm<R>) {
    let (Some(state), Some(table)) = (room.standing.state(), &room.game.table) else { return };
    // Above what was said before a reload.
    let last = room.game.known.as_ref().map_or(0, |known| known.number);
    let number = swarm.now.as_millis().max(last + 1);
    let said = swarm.say(table.state(state.since, number, swarm.now), &state.id);
    let own = table.number_of(swarm.id());
    let shown = table.state_for(own, state.since, number, swarm.now);
    if let Some(signed) = said.signed() {
        room.below.tell(swarm, &Message::Game(signed.clone()));
    }
    room.game.shown = Some(Arc::new(view::Game { state: shown, own, ahead: 0 }));
    room.game.known = Some(said);
    expect_sign(room, swarm);
}

/// The parent passes on what the host says.
pub(super) fn told<R: RngCore>(
    room: &mut Room,
    swarm: &mut Swarm<R>,
    link: LinkId,
    state: Signed<GameState>,
) {
    let Some(known) = room.standing.state() else { return };
    let (id, since) = (known.id.clone(), known.since);
    let last = room.game.known.as_ref().map_or(0, |known| known.number);
    if state.since != since || state.number <= last {
        return;
    }
    let Some(state) = swarm.verify(link, &id, state) else { return };
    if let Some(signed) = state.signed() {
        room.below.tell(swarm, &Message::Game(signed.clone()));
    }
    let late = i64::try_from(swarm.now.as_millis()).unwrap_or_default()
        - i64::try_from(state.at).unwrap_or_default();
    // What came with the adoption may have been said long ago.
    let news = room.game.known.is_some().then_some(late);
    room.game.ahead = room.game.ahead.into_iter().chain(news).min();
    let ahead = room.game.ahead.unwrap_or(late.min(0));
    let own = state.number_of(swarm.id());
    room.game.known = Some(state);
    show(room, swarm, own, ahead);
    expect_sign(room, swarm);
}

/// Opens what the host hides from all others.
fn show<R: RngCore>(room: &mut Room, swarm: &Swarm<R>, own: Option<u8>, ahead: i64) {
    let Some(known) = &room.game.known else { return };
    let mut state = GameState::clone(known);
    if let (Some(own), Some(board)) = (own, &mut state.board)
        && board.hidden_mut().any(|(player, _)| player == own)
        && let Some(secret) = secret_with_host(room, swarm)
    {
        let hidden = board.hidden_mut().filter(|(player, _)| *player == own);
        hidden.for_each(|(_, place)| place.open(&secret));
    }
    room.game.shown = Some(Arc::new(view::Game { state, own, ahead }));
}

/// A new child learns what is on the table.
pub(super) fn introduce<R: RngCore>(room: &Room, swarm: &mut Swarm<R>, child: LinkId) {
    if let Some(signed) = room.game.known.as_ref().and_then(Verified::signed) {
        swarm.send(child, &Message::Game(signed.clone()));
    }
}

/// A player gives signs of life as long as it has a seat; at once if the host has missed it.
fn expect_sign<R: RngCore>(room: &mut Room, swarm: &mut Swarm<R>) {
    swarm.dirty = true;
    let player = room
        .game
        .known
        .as_ref()
        .and_then(|state| state.players.iter().find(|player| player.peer == *swarm.id()));
    let next = room.game.sign_at.unwrap_or(swarm.now + SIGN);
    room.game.sign_at = match player.map(|player| player.presence) {
        Some(Presence::Here) => Some(next),
        Some(Presence::Away) => Some(swarm.now),
        _ => None,
    };
}

/// Time has passed. Returns what is to be asked of the host.
pub(super) fn tick<R: RngCore>(room: &mut Room, swarm: &mut Swarm<R>) -> Option<Action> {
    let now = swarm.now;
    if room.game.table.as_mut().is_some_and(|table| table.tick(now)) {
        say(room, swarm);
    }
    room.game.sign_at.take_if(|at| *at <= now)?;
    room.game.sign_at = Some(now + SIGN);
    Some(Action::Present)
}

fn secret_with_host<R: RngCore>(room: &Room, swarm: &Swarm<R>) -> Option<[u8; 32]> {
    let host = room.game.known.as_ref()?.signed()?.public_key()?;
    swarm.keypair()?.shared_secret(host)
}
