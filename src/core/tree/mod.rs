//! The tree: whom a peer adopts, where it sends those it cannot adopt, how it finds a parent.

mod capacity;
mod children;
mod parent_search;
mod standby;

pub(crate) use capacity::Uplink;
pub(crate) use children::{AdvertiseDecision, Children};
pub(crate) use parent_search::{Outcome, ParentSearch, Step};
pub(crate) use standby::Standby;
