//! What the app can do, a folder each: view and state together.

pub(crate) mod alerts;
pub(crate) mod chat;
pub(crate) mod conference;
pub(crate) mod exchange;
pub(crate) mod game;
pub(crate) mod gathering;
pub(crate) mod header;
pub(crate) mod people;
pub(crate) mod player;
pub(crate) mod publish;
pub(crate) mod room_head;
pub(crate) mod room_map;
pub(crate) mod room_sidebar;
pub(crate) mod rooms;
pub(crate) mod settings;
pub(crate) mod share;
pub(crate) mod source;
pub(crate) mod voice;
