//! The pages of the app: index, host and audience, with their features and languages. A page
//! reads a node's view and sends it commands; it knows nothing of the protocol.

// The component macro makes the properties of every component public.
#![allow(unreachable_pub)]

mod app;
mod contexts;
mod features;
pub mod i18n;
mod nav;
pub mod route;
mod routes;
pub mod theme;
mod time;
mod ui;

pub use app::start;

/// What marks a test that runs natively and in a browser.
#[cfg(test)]
mod testing {
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) use core::prelude::v1::test;
    #[cfg(target_arch = "wasm32")]
    pub(crate) use wasm_bindgen_test::wasm_bindgen_test as test;
}

#[cfg(all(test, target_arch = "wasm32"))]
#[allow(clippy::unwrap_used)]
#[path = "tests/browser/mod.rs"]
mod browser_tests;
