//! The pages of the app: index, host and audience, with their components and languages. A page
//! reads a node's view and sends it commands; it knows nothing of the protocol.

// The component macro makes the properties of every component public.
#![allow(unreachable_pub)]

mod app;
mod components;
mod devices;
mod dom;
pub mod i18n;
mod later;
mod map_layout;
mod memory;
mod nav;
mod reactive;
mod readings;
pub mod route;
mod routes;
mod session;
mod tabs;
pub mod theme;
mod time;
mod trouble;

pub use app::start;
