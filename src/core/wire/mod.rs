//! What crosses the network between peers, and the limits on it.

pub mod chunk;
pub mod legacy;
pub mod message;
pub mod request;
mod room;
mod statement;
mod summary;

pub use crate::util::{binarypack, limits};
