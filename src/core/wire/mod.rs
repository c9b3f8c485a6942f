//! What crosses the network between peers, and the limits on it.

pub mod limits;
