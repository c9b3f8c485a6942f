//! The state that pages and features share, one context per concern.

pub(crate) mod confirmation;
pub(crate) mod devices;
pub(crate) mod preferences;
pub(crate) mod room_handle;
pub(crate) mod rooms;
pub(crate) mod signalling;
pub(crate) mod tabs;
pub(crate) mod toasts;
pub(crate) mod user_error;
