//! What a peer knows of its room: chat, pictures and map.

pub(crate) mod blobs;
pub mod chat_log;
pub(crate) mod covers;
pub(crate) mod map;

pub(crate) use blobs::Pictures;
pub(crate) use covers::Covers;
