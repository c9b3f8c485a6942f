//! What a peer knows of its room and passes on: who is let in, chat, pictures, covers and map.

pub mod admission;
mod away;
pub(crate) mod blobs;
pub mod chat_log;
mod chat_pace;
mod conversation;
pub(crate) mod covers;
mod gathering;
pub(crate) mod map;
mod map_exchange;
pub(crate) mod membership;
mod orders;
mod record;

pub(crate) use admission::Admission;
pub(crate) use away::HostAway;
pub(crate) use blobs::Pictures;
pub(crate) use conversation::Conversation;
pub(crate) use covers::Covers;
pub(crate) use gathering::Gathering;
pub(crate) use map_exchange::{MapExchange, MapPlace};
pub(crate) use orders::removed;
pub(crate) use record::RoomRecord;
