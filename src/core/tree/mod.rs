//! The tree: whom a peer adopts, where it sends those it cannot adopt, how it finds a parent.

mod children;
mod map;
mod parent_search;
mod standby;
mod uplink;

pub(crate) use children::{AdvertiseDecision, Children};
pub(crate) use map::{Change, Map};
pub(crate) use parent_search::{Outcome, ParentSearch, Step};
pub(crate) use standby::Standby;
pub(crate) use uplink::Uplink;
