//! What conference and voice have in common: taking part, devices, and members.

pub(crate) mod member;
pub(crate) mod notice;
mod state;

pub(crate) use self::state::Gathering;
