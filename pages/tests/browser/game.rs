//! The board of a game: where keys move the focus, what screen readers are told, and what is shown.

use std::sync::Arc;

use leptos::prelude::*;
use live_core::game::five::{self, Ability, Condition, Energy, Mode};
use live_core::game::{Board, GameState, Outcome, Phase, Player, Presence, Settings, UndoRequest};
use live_core::view::{Game, RoomKind, View};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, KeyboardEvent, KeyboardEventInit};

use super::stage::{Stage, attached, focused, id, settled};
use crate::features::game::GamePanel;

fn player(name: &str) -> Player {
    Player {
        peer: id(name),
        name: name.to_owned(),
        ready: true,
        choice: 1,
        presence: Presence::Here,
    }
}

/// The view of `me`, the first of two players, on a board of five rows of six cells.
fn playing(mode: Mode) -> View {
    let settings = five::Settings { width: 6, height: 5, mode };
    let condition = Condition { ability: Ability::Shift, full_at: 0, retired: false };
    let board = five::Board {
        settings: settings.clone(),
        cells: vec![0; 30],
        last: 0,
        line: Vec::new(),
        turn: u8::from(matches!(mode, Mode::Turns(_))),
        turn_ends: None,
        players: vec![condition; 2],
        barriers: Vec::new(),
        traps: Vec::new(),
    };
    let state = GameState {
        since: 0,
        number: 1,
        at: 0,
        seats: 5,
        settings: Settings::Five(settings),
        players: vec![player("me"), player("bob")],
        phase: Phase::Playing,
        board: Some(Board::Five(board)),
        outcome: None,
        undo: None,
    };
    let mut view = attached();
    if let Some(room) = &mut view.room {
        Arc::make_mut(room).meta.kind = RoomKind::Game;
    }
    view.game = Some(Arc::new(Game { state, own: Some(1), ahead: 0 }));
    view
}

async fn stage(view: View) -> Stage {
    Stage::new(view, |room| view! { <GamePanel room /> }.into_any()).await
}

/// Changes the board as the host would.
async fn change(stage: &Stage, change: impl FnOnce(&mut GameState, &mut five::Board)) {
    stage
        .update(|view| {
            let game = Arc::make_mut(view.game.as_mut().unwrap());
            let Some(Board::Five(mut board)) = game.state.board.take() else { panic!("no board") };
            change(&mut game.state, &mut board);
            game.state.board = Some(Board::Five(board));
        })
        .await;
}

fn press(key: &str) {
    let init = KeyboardEventInit::new();
    init.set_key(key);
    init.set_bubbles(true);
    init.set_cancelable(true);
    let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
    focused().unwrap().dispatch_event(&event).unwrap();
}

fn focused_cell() -> String {
    focused().unwrap().get_attribute("data-cell").unwrap_or_default()
}

fn label(stage: &Stage, cell: u16) -> String {
    let cell: Element = stage.find(&format!("[data-cell='{cell}']")).unchecked_into();
    cell.get_attribute("aria-label").unwrap()
}

#[wasm_bindgen_test]
async fn arrows_move_the_focus_over_the_board_and_tab_leads_to_one_cell() {
    let stage = stage(playing(Mode::Turns(0))).await;
    assert_eq!(stage.count("[data-testid=game-cell]"), 30);
    assert_eq!(stage.count("[data-testid=game-cell][tabindex='0']"), 1);
    stage.find("[data-cell='1']").focus().unwrap();
    for (key, cell) in [
        ("ArrowRight", "2"),
        ("ArrowDown", "8"),
        ("End", "12"),
        ("ArrowRight", "12"),
        ("PageDown", "30"),
        ("ArrowUp", "24"),
    ] {
        press(key);
        settled().await;
        assert_eq!(focused_cell(), cell, "{key}");
    }
    assert_eq!(stage.count("[data-testid=game-cell][tabindex='0']"), 1);
    let tabbed = stage.find("[data-testid=game-cell][tabindex='0']");
    assert_eq!(tabbed.get_attribute("data-cell").unwrap(), "24");
}

#[wasm_bindgen_test]
async fn cells_say_where_they_are_and_what_is_in_them() {
    let stage = stage(playing(Mode::Turns(0))).await;
    assert_eq!(label(&stage, 8), "Row 2, column 2: empty");
    stage.find("[data-cell='8']").focus().unwrap();
    change(&stage, |_, board| {
        board.cells[7] = 2;
        (board.last, board.turn) = (8, 1);
    })
    .await;
    assert_eq!(label(&stage, 8), "Row 2, column 2: 2 bob");
    assert_eq!(focused_cell(), "8", "the focus stays");
    assert_eq!(stage.count("[data-owner='2']"), 1);
    assert_eq!(stage.texts("[data-testid=game-turn]"), ["1"]);
    assert!(stage.texts(".game-turn")[0].contains("bob, row 2, column 2"));
}

#[wasm_bindgen_test]
async fn the_result_is_told_and_the_winning_line_shown() {
    let stage = stage(playing(Mode::Turns(0))).await;
    assert_eq!(stage.count("[data-testid=game-result]"), 0);
    change(&stage, |state, board| {
        (1..=5).for_each(|cell| board.cells[cell] = 2);
        board.line = (2..=6).collect();
        board.turn = 0;
        (state.phase, state.outcome) = (Phase::Over, Some(Outcome::Won(2)));
    })
    .await;
    assert_eq!(stage.texts("[data-testid=game-result]"), ["bob has won."]);
    assert_eq!(stage.count("[data-wins]"), 5);
}

#[wasm_bindgen_test]
async fn the_others_are_asked_whether_a_move_is_taken_back() {
    let stage = stage(playing(Mode::Turns(0))).await;
    change(&stage, |state, _| state.undo = Some(UndoRequest { by: 2, agreed: vec![2] })).await;
    assert!(stage.texts("[data-testid=game-undo-question]")[0].contains("bob"));
    change(&stage, |state, _| state.undo = Some(UndoRequest { by: 2, agreed: vec![2, 1] })).await;
    assert_eq!(stage.count("[data-testid=game-undo-question]"), 0);
}

#[wasm_bindgen_test]
async fn a_stone_is_lifted_before_it_is_moved() {
    let stage = stage(playing(Mode::Energy(Energy::default()))).await;
    change(&stage, |_, board| board.cells[0] = 1).await;
    assert_eq!(stage.count("[data-testid=game-energy]"), 1);
    stage.find("[data-testid=game-use-ability]").click();
    settled().await;
    stage.find("[data-cell='1']").focus().unwrap();
    press("Enter");
    settled().await;
    assert_eq!(stage.count("[data-cell='1'][aria-selected=true]"), 1);
    press("ArrowRight");
    press("Enter");
    settled().await;
    assert_eq!(stage.count("[aria-selected=true]"), 0, "it is on its way");
}

/// Plays in a cell, and returns what is said if that cannot be.
async fn refusal(stage: &Stage, cell: u16) -> String {
    stage.find(&format!("[data-cell='{cell}']")).focus().unwrap();
    press("Enter");
    settled().await;
    said(stage)
}

fn said(stage: &Stage) -> String {
    stage.texts("[data-testid=game-refusal][role=status]").concat()
}

#[wasm_bindgen_test]
async fn who_cannot_play_somewhere_is_told_why_until_something_changes() {
    let stage = stage(playing(Mode::Turns(0))).await;
    change(&stage, |_, board| board.turn = 2).await;
    assert_eq!(refusal(&stage, 8).await, "It is not your turn yet.");
    change(&stage, |state, board| {
        state.number += 1;
        board.cells[7] = 2;
        board.turn = 1;
    })
    .await;
    assert_eq!(said(&stage), "");
    assert_eq!(refusal(&stage, 8).await, "Row 2, column 2 is not free.");
    assert_eq!(refusal(&stage, 9).await, "", "that is played");
    change(&stage, |state, board| {
        (state.phase, state.outcome, board.turn) = (Phase::Over, Some(Outcome::Draw), 0);
    })
    .await;
    assert_eq!(refusal(&stage, 9).await, "This round is over.");
}

#[wasm_bindgen_test]
async fn who_has_too_little_energy_or_no_stone_to_move_is_told() {
    let stage = stage(playing(Mode::Energy(Energy::default()))).await;
    change(&stage, |_, board| board.players[0].full_at = js_sys::Date::now() as u64 + 60_000).await;
    assert_eq!(refusal(&stage, 1).await, "You have too little energy for that.");
    stage.find("[data-testid=game-use-ability]").click();
    settled().await;
    assert_eq!(refusal(&stage, 1).await, "First choose a stone of your own.");
}

#[wasm_bindgen_test]
async fn costs_are_set_where_there_is_energy_and_none_is_above_what_there_can_be() {
    let gathering = |mode| {
        let mut view = playing(mode);
        let game = Arc::make_mut(view.game.as_mut().unwrap());
        (game.state.phase, game.state.board) = (Phase::Gathering, None);
        view
    };
    let host = |view| Stage::new(view, |room| view! { <GamePanel room is_host=true /> }.into_any());
    let fields = ["energy-most", "cost-stone", "cost-shift", "cost-trap", "cost-barrier"];
    let field = |stage: &Stage, name: &str| stage.find(&format!("[data-testid=game-{name}]"));
    let turns = host(gathering(Mode::Turns(0))).await;
    assert!(fields.iter().all(|name| field(&turns, name).offset_parent().is_none()));
    drop(turns);
    let energy = Energy { max: 20, stone: 9, ..Energy::default() };
    let stage = host(gathering(Mode::Energy(energy))).await;
    let limits = fields.map(|name| {
        let field = field(&stage, name);
        assert!(field.offset_parent().is_some(), "{name}");
        ["min", "max"].map(|limit| field.get_attribute(limit).unwrap())
    });
    assert_eq!(limits[0], ["9", "100"]);
    assert!(limits[1..].iter().all(|limits| *limits == ["1", "20"]), "{limits:?}");
}

#[wasm_bindgen_test]
async fn rooms_of_other_kinds_have_no_table() {
    let mut view = playing(Mode::Turns(0));
    if let Some(room) = &mut view.room {
        Arc::make_mut(room).meta.kind = RoomKind::Live;
    }
    assert_eq!(stage(view).await.count("[data-testid=game]"), 0);
}
