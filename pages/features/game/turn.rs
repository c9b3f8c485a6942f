//! Whose turn it is, what can be done in it, and how the round has ended.

use leptos::prelude::*;
use live_core::game::five::{Ability, Move};
use live_core::game::{Action, Illegal, Outcome, Phase};

use super::TableSignals;
use super::clock::host_clock;
use crate::i18n::{I18n, t, t_string, use_i18n};
use crate::ui::button::{Button, ButtonVariant};

/// The lines above the board.
#[component]
pub(super) fn TurnLine(table: TableSignals, is_host: bool) -> impl IntoView {
    let i18n = use_i18n();
    let turn = Memo::new(move |_| {
        let turn = table.board.with(|board| board.as_ref().map(|board| board.turn));
        turn.filter(|turn| *turn > 0)
    });
    let is_playing = move || table.phase.get() == Phase::Playing;
    let ends = Memo::new(move |_| table.board.with(|board| board.as_ref()?.turn_ends));
    let energy = Memo::new(move |_| {
        let rules = table.board.with(|board| board.as_ref()?.energy_rules().copied())?;
        is_playing().then_some(rules)
    });
    let runs = Signal::derive(move || ends.get().is_some() || energy.get().is_some());
    let now = host_clock(table, runs);
    let left = Memo::new(move |_| {
        let left = ends.get()?.saturating_sub(now.get().as_millis());
        Some(left.div_ceil(1_000))
    });
    let line = move || match turn.get() {
        Some(turn) if table.own.get() == Some(turn) => t_string!(i18n, game_your_turn).to_owned(),
        Some(turn) => t_string!(i18n, game_turn_of, name = table.name(turn)),
        None => String::new(),
    };
    let last = move || {
        let (last, owner) = table.board.with(|board| {
            let board = board.as_ref()?;
            let owner = board.owner(board.last).filter(|owner| *owner > 0)?;
            Some((board.last, owner))
        })?;
        let (row, column) = table.place(last);
        Some(t_string!(i18n, game_last_move, name = table.name(owner), row = row, column = column))
    };
    let outcome = table.select(|state| state.outcome);
    let result = Memo::new(move |_| {
        Some(match outcome.get().flatten()? {
            Outcome::Won(number) if table.own.get() == Some(number) => {
                t_string!(i18n, game_you_won).to_owned()
            }
            Outcome::Won(number) => t_string!(i18n, game_won, name = table.name(number)),
            Outcome::Draw => t_string!(i18n, game_draw).to_owned(),
        })
    });
    let own_energy = Memo::new(move |_| {
        let own = table.own.get().filter(|_| energy.get().is_some())?;
        // In steps, so that not every frame is a change.
        table.board.with(|board| Some(board.as_ref()?.energy(now.get(), own) / 250 * 250))
    });
    let most = move || energy.get().map_or(0, |rules| rules.max).to_string();
    let have = move || own_energy.get().unwrap_or_default() as f64 / 1_000.0;
    let refusal = Memo::new(move |_| {
        let (action, reason) = table.refusal(now.get())?;
        let texts = i18n.get();
        let text = match reason {
            Illegal::NotYourTurn => texts.game_not_your_turn,
            Illegal::NotFree => return Some(not_free(table, i18n, &action)),
            Illegal::TooTired => texts.game_too_tired,
            Illegal::TooMany => texts.game_too_many,
            Illegal::NotYours => texts.game_choose_own,
            Illegal::NotAPlayer => texts.game_not_a_player,
            _ => texts.game_is_over,
        };
        Some(text.to_owned())
    });
    view! {
        // For scripts; the sentence beside it is for people.
        <span class="hidden" aria-hidden="true" data-testid="game-turn">
            {move || turn.get().map(|turn| turn.to_string())}
        </span>
        <div class="game-turn" role="status">
            <Show when=move || result.with(Option::is_some)>
                <strong class="game-result" data-testid="game-result">{result}</strong>
            </Show>
            <strong hidden=move || turn.get().is_none()>{line}</strong>
            <span class="faint">{last}</span>
        </div>
        <p class="game-refusal" role="status" data-testid="game-refusal">{refusal}</p>
        <p hidden=move || left.get().is_none() data-testid="game-time">
            {move || left.get().map(|left| t_string!(i18n, game_seconds, seconds = left))}
        </p>
        <Show when=move || own_energy.get().is_some()>
            <label class="game-energy">
                <span>{t!(i18n, game_energy)}</span>
                <meter data-testid="game-energy" min="0" max=most prop:value=have></meter>
                <span>{move || have().floor().to_string()}</span>
            </label>
        </Show>
        <Undo table />
        <p class="faint" hidden=move || is_host || table.phase.get() != Phase::Over>
            {t!(i18n, game_host_again)}
        </p>
    }
}

/// Says which cell of a move is not free.
fn not_free(table: TableSignals, i18n: I18n, action: &Move) -> String {
    let cell = match action {
        Move::Stone(cell) | Move::Barrier(cell) | Move::Shift { to: cell, .. } => Some(*cell),
        Move::Trap(place) => place.cell,
        Move::Unknown => None,
    };
    let (row, column) = table.place(cell.unwrap_or(1));
    t_string!(i18n, game_not_free, row = row, column = column)
}

/// The wish to take the last move back, and the question to the others.
#[component]
fn Undo(table: TableSignals) -> impl IntoView {
    let i18n = use_i18n();
    let undo = table.select(|state| state.undo.clone());
    let undo = Memo::new(move |_| undo.get().flatten());
    let has_agreed = Memo::new(move |_| {
        let own = table.own.get();
        undo.with(|undo| {
            let undo = undo.as_ref()?;
            Some(own.is_none_or(|own| undo.agreed.contains(&own)))
        })
    });
    let can_ask = move || {
        table.own.get().is_some()
            && table.phase.get() == Phase::Playing
            && undo.with(Option::is_none)
            && table.board.with(|board| board.as_ref().is_some_and(|b| b.turn > 0 && b.last > 0))
    };
    let question = move || {
        let by = undo.with(|undo| undo.as_ref().map(|undo| undo.by)).unwrap_or_default();
        t_string!(i18n, game_undo_question, name = table.name(by))
    };
    view! {
        <div class="row game-undo" aria-live="polite">
            <Button
                testid="game-undo"
                hidden=Signal::derive(move || !can_ask())
                on_press=move || table.act(Action::Undo)
            >
                {t!(i18n, game_undo)}
            </Button>
            <Show when=move || has_agreed.get() == Some(true)>
                <span class="faint">{t!(i18n, game_undo_waits)}</span>
            </Show>
            <Show when=move || has_agreed.get() == Some(false)>
                <span data-testid="game-undo-question">{question}</span>
                <Button
                    testid="game-undo-agree"
                    variant=ButtonVariant::Primary
                    on_press=move || table.act(Action::AnswerUndo(true))
                >
                    {t!(i18n, game_agree)}
                </Button>
                <Button
                    testid="game-undo-refuse"
                    on_press=move || table.act(Action::AnswerUndo(false))
                >
                    {t!(i18n, game_refuse)}
                </Button>
            </Show>
        </div>
    }
}

/// Which ability a player has in this round, where there is energy.
pub(super) fn own_ability(table: TableSignals) -> Option<Ability> {
    let own = table.own.get()?;
    table.board.with(|board| {
        let board = board.as_ref()?;
        board.energy_rules()?;
        Some(board.condition(own)?.ability)
    })
}
