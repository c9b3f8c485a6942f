//! Which tracks go where. Media itself stays in the browser's own pipeline.

pub(crate) mod encoder;
mod error;
mod player;
mod routes;
mod tracks;

pub use error::Error;
pub(crate) use player::Player;
pub(crate) use routes::Routes;
pub use tracks::TrackPair;
pub(crate) use tracks::tracks;
