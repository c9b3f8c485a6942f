//! The tree: whom a peer adopts, where it sends those it cannot adopt, how it finds a parent.

mod children;
mod seek;

pub(crate) use children::Children;
pub(crate) use seek::{Outcome, Seek, Step};
