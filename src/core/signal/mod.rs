//! Signalling as PeerJS and PeerServer speak it.

pub mod client;
pub mod envelope;
pub mod payload;
pub mod realm;
pub mod sdp;
pub mod socket;
