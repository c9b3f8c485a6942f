//! The tree: whom a peer adopts, where it sends those it cannot adopt, how it finds a parent.

mod children;
mod map;
mod seek;
mod spare;
mod uplink;

pub(crate) use children::{Children, Telling};
pub(crate) use map::{Change, Map};
pub(crate) use seek::{Outcome, Seek, Step};
pub(crate) use spare::Spare;
pub(crate) use uplink::Uplink;
