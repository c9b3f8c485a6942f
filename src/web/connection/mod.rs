//! WebRTC: one peer connection per link, its data channel, ICE servers and statistics.

mod channel;
pub mod ice;
pub mod ice_probe;
pub(crate) mod link;
pub(crate) mod media_monitor;
mod peer_connection;
mod sdp;
mod send_monitor;
pub(crate) mod stats;
