//! The browser driver. It carries out what [`live_core::node::Node`] decides, and decides nothing.
//!
//! A page asks [`support::check`] whether it can work at all, finds the signalling server with
//! [`server::discover`], starts a [`Session`], shows its [`view`](Session::view) and
//! [`stream`](Session::stream) and sends it [`Command`]s. A host gives it a
//! [`capture::Capture`].
//!
//! JavaScript callbacks only enqueue; one loop feeds the node, drains it and performs what it
//! asked for. Every browser object is owned by a struct whose `Drop` detaches its listeners and
//! closes or stops it, so dropping the last [`Session`] leaves nothing behind.

pub mod capture;
mod channel;
mod clock;
pub mod display;
mod engine;
mod entropy;
pub mod ice;
pub mod identity;
mod js;
mod link;
mod media;
mod meter;
pub mod picture;
pub mod probe;
pub mod publish;
mod sdp;
pub mod server;
mod session;
mod socket;
mod stall;
mod stats;
pub mod storage;
pub mod support;
mod task;
mod watch;
mod whip;

pub use live_core::node::{Command, Config, Role};
pub use session::{Session, SourceInfo};
pub use stats::LinkStats;
pub use watch::Subscription;

#[doc(hidden)]
pub use link::Link;
#[doc(hidden)]
pub use media::TrackPair;
