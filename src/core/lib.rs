//! What a peer decides. This crate does no I/O, reads no clock and owns no randomness: a
//! [`node::Node`] is fed with inputs and drained of outputs, so whole rooms run in virtual time.

pub mod chat;
pub mod id;
pub mod link;
pub mod node;
pub mod picture;
pub mod quality;
mod random;
pub mod rooms;
pub mod signal;
#[cfg(feature = "sim")]
pub mod sim;
pub mod time;
mod tree;
pub mod view;
pub mod wire;
