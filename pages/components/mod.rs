//! The parts that pages are made of.

pub(crate) mod alert;
pub(crate) mod card;
pub(crate) mod chat;
pub(crate) mod choices;
pub(crate) mod controls;
pub(crate) mod create;
pub(crate) mod details;
pub(crate) mod dialog;
pub(crate) mod edit;
pub(crate) mod header;
pub(crate) mod icon;
pub(crate) mod lend;
pub(crate) mod map;
pub(crate) mod name;
pub(crate) mod people;
pub(crate) mod picture_input;
pub(crate) mod player;
pub(crate) mod settings;
pub(crate) mod share;
pub(crate) mod shortcuts;
pub(crate) mod source;
pub(crate) mod stage;
pub(crate) mod stats;
pub(crate) mod toast;
pub(crate) mod tool;
pub(crate) mod tree;
