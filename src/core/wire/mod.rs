//! What crosses the network between peers, and the limits on it.

pub mod binarypack;
pub mod chunk;
pub mod extra;
pub mod legacy;
pub mod limits;
pub mod message;
mod room;
mod summary;
