//! A whole room in one thread and in virtual time: real nodes, a real realm, and links with
//! latency, jitter, loss and limits between them. The same seed gives the same trace.

mod check;
mod event_log;
mod fault;
mod inspect;
mod link_ends;
mod media;
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
pub use media::Gap;
pub use net::Model;
pub use optimum::Optimum;
pub use report::{Figure, Report};
pub use scenario::{Bars, Network, Scenario, Share, Step, Stream};
pub use traffic::{Counts, Traffic};
pub use world::{PeerIndex, World};
