//! The game of a room: who plays, and the board.

mod board;
mod clock;
mod cursor;
mod keep;
mod seats;
mod setup;
mod turn;

use std::sync::Arc;

use leptos::prelude::*;
use live_core::game::{Action, Board, GameState, Move, Phase, five};
use live_core::node::{Command, GameCommand};
use live_core::view::{Game, RoomKind};

use self::board::BoardPicture;
use self::seats::Seats;
use self::setup::Setup;
use self::turn::TurnLine;
use crate::contexts::room_handle::RoomHandle;
use crate::features::people::avatar::display_name;
use crate::i18n::{t, use_i18n};

/// The game of the page's room; nothing in rooms of other kinds.
#[component]
pub(crate) fn GamePanel(room: RoomHandle, #[prop(optional)] is_host: bool) -> impl IntoView {
    let i18n = use_i18n();
    let table = TableSignals::new(room);
    if is_host {
        keep::keep_table(table);
    }
    let is_game =
        room.select(|view| view.room.as_ref().is_some_and(|room| room.meta.kind == RoomKind::Game));
    view! {
        <Show when=move || is_game.get() && table.is_there.get()>
            <section class="game panel" data-testid="game" aria-label=t!(i18n, kind_game)>
                <Seats table is_host />
                <Show when=move || is_host && table.phase.get() == Phase::Gathering>
                    <Setup table />
                </Show>
                <Show when=move || table.board.with(Option::is_some)>
                    <TurnLine table is_host />
                    <BoardPicture table />
                </Show>
            </section>
        </Show>
    }
}

/// The game as signals, and what the person can do in it. Cheap to copy.
#[derive(Clone, Copy)]
struct TableSignals {
    room: RoomHandle,
    game: Memo<Option<Arc<Game>>>,
    /// Whether the host has said anything of a game.
    is_there: Memo<bool>,
    phase: Memo<Phase>,
    /// The own number, for a player.
    own: Memo<Option<u8>>,
    /// The board of five in a row.
    board: Memo<Option<five::Board>>,
    /// How far the own clock is ahead of the host's, in milliseconds.
    ahead: Memo<i64>,
}

impl TableSignals {
    fn new(room: RoomHandle) -> Self {
        let game = room.select(|view| view.game.clone());
        let part = move |game: &Option<Arc<Game>>| game.as_ref().map(|game| game.own)?;
        Self {
            room,
            game,
            is_there: Memo::new(move |_| game.with(Option::is_some)),
            phase: Memo::new(move |_| {
                let phase = |game: &Option<Arc<Game>>| game.as_ref().map(|game| game.state.phase);
                game.with(phase).unwrap_or(Phase::Gathering)
            }),
            own: Memo::new(move |_| game.with(part)),
            board: Memo::new(move |_| {
                game.with(|game| match game.as_ref()?.state.board.as_ref()? {
                    Board::Five(board) => Some(board.clone()),
                    Board::Unknown => None,
                })
            }),
            ahead: Memo::new(move |_| {
                game.with(|game| game.as_ref().map(|game| game.ahead).unwrap_or_default())
            }),
        }
    }

    /// A part of what the host says.
    fn select<T>(self, pick: impl Fn(&GameState) -> T + Send + Sync + 'static) -> Memo<Option<T>>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        Memo::new(move |_| self.game.with(|game| game.as_ref().map(|game| pick(&game.state))))
    }

    /// The name of the player with this number; tracks it.
    fn name(self, number: u8) -> String {
        self.game.with(|game| {
            let player = game.as_ref().and_then(|game| game.state.player(number));
            player.map_or_else(String::new, |player| {
                display_name(&player.name, player.peer.as_str()).to_owned()
            })
        })
    }

    fn send(self, command: GameCommand) {
        self.room.send(Command::Game(command));
    }

    fn act(self, action: Action) {
        self.send(GameCommand::Act(action));
    }

    fn play(self, action: five::Move) {
        self.act(Action::Move(Move::Five(action)));
    }
}
