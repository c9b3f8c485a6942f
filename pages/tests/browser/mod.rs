//! Components with logic of their own in a real browser, on views that no node made.

mod chat;
mod dialog;
mod people;
mod player;
mod stage;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
