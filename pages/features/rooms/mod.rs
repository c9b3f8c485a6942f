//! Rooms: creating, listing, describing and editing them.

pub(crate) mod card;
pub(crate) mod cover;
pub(crate) mod create;
pub(crate) mod details;
pub(crate) mod edit;
pub(crate) mod keep;
pub(crate) mod list;
pub(crate) mod proof;
pub(crate) mod visibility;
pub(crate) mod ways;
