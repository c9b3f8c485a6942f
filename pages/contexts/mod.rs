//! What pages and features share, one context for each concern.

pub(crate) mod confirmation;
pub(crate) mod preferences;
pub(crate) mod room_handle;
pub(crate) mod tabs;
pub(crate) mod user_error;
