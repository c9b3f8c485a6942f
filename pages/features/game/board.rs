//! The board as an SVG: a grid for keyboards and screen readers, with a cell for each place.

use leptos::ev::{FocusEvent, KeyboardEvent, MouseEvent};
use leptos::prelude::*;
use live_core::game::five::{Ability, Board, Move};
use live_core::game::{Hidden, Phase};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, SvgElement};

use super::TableSignals;
use super::cursor::target;
use super::seats::StoneShape;
use super::turn::own_ability;
use crate::contexts::tabs::use_tab;
use crate::i18n::{t, t_string, use_i18n};
use crate::ui::button::Button;

/// The magnifications, in hundredths of the width that there is.
const ZOOMS: [u16; 4] = [100, 150, 200, 300];
/// The width of a cell in pixels, at least and at most; a finger needs about the smaller one.
const CELL: (u16, u16) = (30, 56);

/// What is to be seen in a cell.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Look {
    owner: u8,
    is_last: bool,
    wins: bool,
    is_blocked: bool,
    /// An own trap, which the others do not see.
    is_trap: bool,
}

impl Look {
    fn of(board: &Board, cell: u16) -> Self {
        Self {
            owner: board.owner(cell).unwrap_or_default(),
            is_last: board.last == cell,
            wins: board.line.contains(&cell),
            is_blocked: board.is_blocked(cell),
            is_trap: board.traps.iter().any(|trap| trap.place.cell == Some(cell)),
        }
    }
}

/// The board, with what the person does on it.
#[component]
pub(super) fn BoardPicture(table: TableSignals) -> impl IntoView {
    let i18n = use_i18n();
    let tab = use_tab();
    let size = Memo::new(move |_| {
        let size =
            |board: &Board| (u16::from(board.settings.width), u16::from(board.settings.height));
        table.board.with(|board| board.as_ref().map_or((1, 1), size))
    });
    // The cell that Tab leads to; arrows move it.
    let focus = RwSignal::new(1_u16);
    // The own stone that is to be moved.
    let lifted = RwSignal::new(None::<u16>);
    let uses_ability = RwSignal::new(false);
    let zoom = RwSignal::new(0_usize);
    let play = move |cell: u16| {
        let ability = untrack(|| own_ability(table)).filter(|_| uses_ability.get_untracked());
        let is_own = untrack(|| {
            let owner = table.board.with(|board| board.as_ref()?.owner(cell));
            owner.is_some() && owner == table.own.get()
        });
        let action = match (ability, lifted.get_untracked()) {
            (None, _) => Move::Stone(cell),
            (Some(Ability::Trap), _) => Move::Trap(Hidden::kept(cell)),
            (Some(Ability::Barrier), _) => Move::Barrier(cell),
            (Some(Ability::Shift), Some(from)) if !is_own => Move::Shift { from, to: cell },
            (Some(Ability::Shift), _) if is_own => {
                table.refused.set(None);
                return lifted.set(Some(cell));
            }
            // Refused, as no stone of the person's own is there.
            (Some(Ability::Shift), _) => Move::Shift { from: cell, to: cell },
        };
        if table.play(action) {
            lifted.set(None);
        }
    };
    let element_id = move |cell: u16| tab.id(&format!("cell-{cell}"));
    let on_click = move |event: MouseEvent| {
        if let Some(cell) = cell_of(&event) {
            focus.set(cell);
            play(cell);
        }
    };
    // A screen reader brings the focus to any cell.
    let on_focus = move |event: FocusEvent| {
        if let Some(cell) = cell_of(&event) {
            focus.set(cell);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let (columns, rows) = size.get_untracked();
        let here = focus.get_untracked();
        let key = event.key();
        if matches!(&*key, "Enter" | " ") {
            play(here);
        } else if let Some(cell) = target(here, &key, event.ctrl_key(), columns, rows) {
            focus.set(cell);
            let element = document().get_element_by_id(&element_id(cell));
            if let Some(element) = element.and_then(|e| e.dyn_into::<SvgElement>().ok()) {
                // Fails only for elements that are not in the document.
                let _ = element.focus();
            }
        } else {
            return;
        }
        event.prevent_default();
    };
    let cell = move |number: u16| {
        let look = Memo::new(move |_| {
            let look = |board: &Board| Look::of(board, number);
            table.board.with(|board| board.as_ref().map(look)).unwrap_or_default()
        });
        view! { <Cell table number look focus lifted columns=size.get_untracked().0 /> }
    };
    let rows = move || {
        let (columns, rows) = size.get();
        focus.update_untracked(|focus| *focus = (*focus).min(columns * rows));
        let row = |row: u16| {
            let cells = (1..=columns).map(|column| cell(row * columns + column)).collect_view();
            view! { <g role="row">{cells}</g> }
        };
        (0..rows).map(row).collect_view()
    };
    let view_box = move || {
        let (columns, rows) = size.get();
        format!("0 0 {columns} {rows}")
    };
    let pixels = move |side: u16| format!("{}px", size.get().0 * side);
    let percent = move || ZOOMS.get(zoom.get()).copied().unwrap_or(100);
    let step = move |by: isize| {
        zoom.update(|zoom| *zoom = zoom.saturating_add_signed(by).min(ZOOMS.len() - 1));
    };
    view! {
        <Tools table uses_ability lifted />
        <div class="game-view">
            <div
                class="game-paper"
                style:width=move || format!("{}%", percent())
                style:min-width=move || pixels(CELL.0)
                style:max-width=move || pixels(CELL.1 * percent() / 100)
            >
                <svg
                    class="game-board"
                    data-testid="game-board"
                    role="grid"
                    aria-label=t!(i18n, game_board)
                    viewBox=view_box
                    on:click=on_click
                    on:keydown=on_key
                    on:focusin=on_focus
                >
                    {rows}
                </svg>
            </div>
        </div>
        <div class="row">
            <Button testid="game-zoom-in" on_press=move || step(1)>{t!(i18n, zoom_in)}</Button>
            <Button testid="game-zoom-out" on_press=move || step(-1)>{t!(i18n, zoom_out)}</Button>
            <span class="faint">{move || t_string!(i18n, game_keys)}</span>
        </div>
    }
}

/// The cell in which something has happened.
fn cell_of(event: &Event) -> Option<u16> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    target.closest("[data-cell]").ok()??.get_attribute("data-cell")?.parse().ok()
}

/// A cell.
#[component]
fn Cell(
    table: TableSignals,
    number: u16,
    look: Memo<Look>,
    focus: RwSignal<u16>,
    lifted: RwSignal<Option<u16>>,
    columns: u16,
) -> impl IntoView {
    let i18n = use_i18n();
    let id = use_tab().id(&format!("cell-{number}"));
    let (row, column) = ((number - 1) / columns + 1, (number - 1) % columns + 1);
    let label = move || {
        let look = look.get();
        let what = match look.owner {
            _ if look.is_blocked => t_string!(i18n, game_barrier).to_owned(),
            0 if look.is_trap => t_string!(i18n, game_own_trap).to_owned(),
            0 => t_string!(i18n, game_empty).to_owned(),
            // With the number that the stone shows.
            owner => format!("{owner} {}", table.name(owner)),
        };
        t_string!(i18n, game_cell, row = row, column = column, what = what)
    };
    let has_focus = Memo::new(move |_| focus.get() == number);
    let is_lifted = Memo::new(move |_| lifted.get() == Some(number));
    view! {
        <g
            id=id
            class="game-cell"
            role="gridcell"
            tabindex=move || if has_focus.get() { "0" } else { "-1" }
            aria-label=label
            aria-selected=move || is_lifted.get().then_some("true")
            data-testid="game-cell"
            data-cell=number.to_string()
            data-owner=move || match look.get().owner {
                0 => String::new(),
                owner => owner.to_string(),
            }
            data-last=move || look.get().is_last.then_some("")
            data-wins=move || look.get().wins.then_some("")
            transform=format!("translate({} {})", column - 1, row - 1)
        >
            <rect width="1" height="1"></rect>
            {move || match look.get() {
                Look { is_blocked: true, .. } => {
                    view! { <path class="game-barrier" d="M.2.2l.6.6M.8.2l-.6.6"></path> }.into_any()
                }
                Look { owner: 0, is_trap: true, .. } => {
                    view! { <path class="game-trap" d="M.5.25l.25.45h-.5z"></path> }.into_any()
                }
                Look { owner: 0, .. } => ().into_any(),
                Look { owner, .. } => view! { <StoneShape player=owner /> }.into_any(),
            }}
        </g>
    }
}

/// Whether a click lays a stone or uses the ability, where there is one.
#[component]
fn Tools(
    table: TableSignals,
    uses_ability: RwSignal<bool>,
    lifted: RwSignal<Option<u16>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let ability =
        Memo::new(move |_| own_ability(table).filter(|_| table.phase.get() == Phase::Playing));
    let name = move || match ability.get() {
        Some(Ability::Trap) => t_string!(i18n, game_ability_trap),
        Some(Ability::Barrier) => t_string!(i18n, game_ability_barrier),
        _ => t_string!(i18n, game_ability_shift),
    };
    let choose = move |ability: bool| {
        uses_ability.set(ability);
        lifted.set(None);
    };
    view! {
        <Show when=move || ability.get().is_some()>
            <div class="row" role="group" aria-label=t!(i18n, game_what)>
                <Button
                    testid="game-use-stone"
                    pressed=Signal::derive(move || !uses_ability.get())
                    on_press=move || choose(false)
                >
                    {t!(i18n, game_stone)}
                </Button>
                <Button
                    testid="game-use-ability"
                    pressed=uses_ability
                    on_press=move || choose(true)
                >
                    {name}
                </Button>
            </div>
        </Show>
    }
}
