//! What crosses the network between peers, and the limits on it.

pub(crate) mod base64;
pub mod binarypack;
pub mod chunk;
pub mod codec;
pub mod json;
pub mod legacy;
pub mod limits;
pub mod message;
pub mod pack;
mod room;
mod summary;
pub mod value;
