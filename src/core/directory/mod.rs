//! The list of rooms: the root's directory, and a host's announcement of its room.

pub(crate) mod announcer;
pub(crate) mod hearing;
pub(crate) mod pace;
pub mod rooms;
