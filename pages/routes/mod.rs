//! The pages, one per route.

pub(crate) mod audience;
pub(crate) mod host;
pub(crate) mod index;
