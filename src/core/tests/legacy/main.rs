//! Old pages as neighbours of one node: the traces that were captured from them, replayed, and
//! what a hostile one can try. The test plays the browser, the server and the old page.
#![allow(clippy::unwrap_used)]

mod conference;
mod conference_calls;
mod exchange;
mod game;
mod gateway;
mod host;
mod hostile;
mod index;
mod rig;
mod viewer;
