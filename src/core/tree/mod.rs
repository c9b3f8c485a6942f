//! The tree: whom a peer adopts, where it sends those it cannot adopt, how it finds a parent and
//! changes it.

pub(crate) mod candidates;
mod capacity;
mod children;
mod complaints;
pub(crate) mod handover;
mod no_shows;
mod parent_search;
mod promotion;
mod recent_redirects;
mod reparenting;
mod reports;
mod standby;
mod trust;

pub(crate) use capacity::Uplink;
pub(crate) use children::{AdvertiseDecision, Children};
pub(crate) use complaints::Complaints;
pub(crate) use parent_search::{Haste, Outcome, ParentSearch, Step};
pub(crate) use promotion::Promotion;
pub(crate) use reparenting::{CurrentPlace, Reparenting};
pub(crate) use reports::Reports;
pub(crate) use standby::Standby;
