//! The driver in a real browser, with real connections inside one page.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)]

mod calls;
mod captures;
mod discovery;
mod drivers;
mod identities;
mod links;
mod relays;
mod rig;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
