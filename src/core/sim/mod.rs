//! A whole room in one thread and in virtual time: real nodes, a real realm, and links with
//! latency, jitter, loss and limits between them. The same seed gives the same trace.

mod check;
mod event_log;
mod fault;
mod inspect;
mod link_ends;
mod net;
mod optimum;
mod prefetch;
mod queue;
mod report;
mod run;
mod scenario;
mod traffic;
mod transport;
mod world;

pub use fault::Fault;
pub use net::Model;
pub use optimum::Optimum;
pub use report::{Figure, Report};
pub use scenario::{Bars, Network, Scenario, Share, Step, Stream};
pub use traffic::{Counts, Traffic};
pub use world::{Gap, World};

/// A peer of a [`World`]; counts from 0 in the order of [`World::add`].
pub type PeerIndex = u32;
