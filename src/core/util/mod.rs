//! Ids, time, randomness and limits, for every layer.

pub mod binarypack;
pub mod bucket;
pub mod id;
pub mod limits;
pub(crate) mod random;
pub mod time;
pub mod timer;
