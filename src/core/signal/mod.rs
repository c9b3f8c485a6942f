//! Signalling as PeerJS and PeerServer speak it.

pub mod envelope;
pub mod realm;
