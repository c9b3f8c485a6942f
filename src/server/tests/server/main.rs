//! The server over real sockets.
#![allow(clippy::unwrap_used)]

mod api;
mod app;
mod client;
mod lifecycle;
mod limits;
mod newcomers;
mod transcript;
