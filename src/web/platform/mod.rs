//! Browser services for all other modules: clock, randomness, storage, feature tests.

pub(crate) mod clock;
pub(crate) mod download;
pub(crate) mod fetch;
pub(crate) mod js;
pub(crate) mod random;
pub(crate) mod share;
pub mod storage;
pub(crate) mod subscribers;
pub mod support;
pub(crate) mod task;
