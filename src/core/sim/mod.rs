//! A whole room in one thread and in virtual time: real nodes, a real realm, and links with
//! latency between them. The same seed gives the same trace.

mod net;
mod world;

pub use net::Model;
pub use world::{PeerIndex, World};
