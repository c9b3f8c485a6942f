//! What a peer decides. This crate does no I/O, reads no clock and owns no randomness: a
//! [`node::Node`] is fed with inputs and drained of outputs, so whole rooms run in virtual time.
//!
//! Each folder is a layer that imports only those below it, in this order: `node`, `legacy`,
//! `directory`, `room`, `media`, `tree`, `swarm`, `link`, `signal`, `wire`, `game`,
//! `model`, `identity`, `util`. `tests/layers.rs` checks it.

pub mod directory;
pub mod game;
pub mod identity;
mod legacy;
pub mod link;
mod media;
pub mod model;
pub mod node;
pub mod room;
pub mod signal;
#[cfg(feature = "sim")]
pub mod sim;
mod swarm;
mod tree;
pub mod util;
pub mod wire;

pub use model::{picture, quality};
pub use node::view;
pub use util::{id, time};
