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
use live_core::game::{Action, Board, GameState, Illegal, Move, Phase, five};
use live_core::node::{Command, GameCommand};
use live_core::time::Time;
use live_core::view::{Game, RoomKind};

use self::board::BoardPicture;
use self::clock::host_now;
use self::seats::Seats;
use self::setup::Setup;
use self::turn::TurnLine;
use crate::contexts::room_handle::RoomHandle;
use crate::features::people::avatar::display_name;
use crate::i18n::{t, t_string, use_i18n};
use crate::ui::panel::Panel;

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
    let taken = table.select(|state| (state.players.len(), usize::from(state.seats)));
    let seats = move || {
        let (taken, seats) = taken.get().unwrap_or_default();
        t_string!(i18n, game_seats, taken = taken, seats = seats)
    };
    view! {
        <Show when=move || is_game.get() && table.is_there.get()>
            <Panel
                testid="game"
                title=t!(i18n, game_five)
                note=move || view! { <span class="faint">{seats}</span> }
                remember="game"
                open_at_first=true
            >
                <div class="game">
                    <Seats table is_host />
                    <Show when=move || is_host && table.phase.get() == Phase::Gathering>
                        <Setup table />
                    </Show>
                    <Show when=move || table.board.with(Option::is_some)>
                        <TurnLine table is_host />
                        <BoardPicture table />
                    </Show>
                </div>
            </Panel>
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
    /// The move that could not be made, and the number of the state at that time.
    refused: RwSignal<Option<(u64, five::Move)>>,
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
            refused: RwSignal::new(None),
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

    /// The row and the column of a cell, from 1; tracks the board.
    fn place(self, cell: u16) -> (u16, u16) {
        let width = |board: &five::Board| u16::from(board.settings.width).max(1);
        let columns = self.board.with(|board| board.as_ref().map_or(1, width));
        let at = cell.saturating_sub(1);
        (at / columns + 1, at % columns + 1)
    }

    /// Makes a move, or remembers it as refused. Returns whether it was made.
    fn play(self, action: five::Move) -> bool {
        let is_valid = untrack(|| self.validate(host_now(self), &action)).is_ok();
        let number = untrack(|| self.number());
        self.refused.set((!is_valid).then(|| (number, action.clone())));
        if is_valid {
            self.act(Action::Move(Move::Five(action)));
        }
        is_valid
    }

    /// Whether the person may make this move, as far as this page can know; tracks it.
    fn validate(self, now: Time, action: &five::Move) -> Result<(), Illegal> {
        if self.phase.get() != Phase::Playing {
            return Err(Illegal::NotPlaying);
        }
        let own = self.own.get().ok_or(Illegal::NotAPlayer)?;
        self.board.with(|board| {
            let board = board.as_ref().ok_or(Illegal::NotPlaying)?;
            board.validate(now, own, action)
        })
    }

    /// The move that was refused, as long as nothing has changed since, and why; tracks it.
    fn refusal(self, now: Time) -> Option<(five::Move, Illegal)> {
        let (number, action) = self.refused.get()?;
        let reason = self.validate(now, &action).err()?;
        (number == self.number()).then_some((action, reason))
    }

    fn number(self) -> u64 {
        self.game.with(|game| game.as_ref().map_or(0, |game| game.state.number))
    }
}
