//! Tests of components with own logic in a real browser, on views without a node.

mod chat;
mod dialog;
mod game;
mod keep;
mod panel;
mod people;
mod player;
mod proof;
mod stage;
mod together;
mod ui;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
