//! The browser driver. It carries out what [`live_core::node::Node`] decides, and decides nothing.
//!
//! A page checks the browser with [`support::check`], finds the signalling server with
//! [`signalling::discover`], starts a [`Driver`], shows its [`view`](Driver::view) and
//! [`stream`](Driver::stream) and sends it [`Command`]s. A host gives it a
//! [`capture::Capture`].
//!
//! JavaScript callbacks only enqueue; one loop feeds the node, drains it and performs its outputs.
//! Every browser object is owned by a struct whose `Drop` detaches its listeners and closes or
//! stops it, so dropping the last [`Driver`] leaves nothing behind.
//!
//! Each module imports only modules above it in this list, which `src/xtask/layers/` checks:
//!
//! | module | contents |
//! |---|---|
//! | `platform` | clock, randomness, storage, feature tests, and the one file that uses `Reflect` |
//! | `media` | tracks: routing table, player stream, encoder limits |
//! | `connection` | WebRTC: link, data channel, ICE, statistics |
//! | `whip` | stream servers over HTTP: WHIP and WHEP |
//! | [`capture`] | sources: screen, camera, file, stream server, test pattern |
//! | [`call`] | conference and voice: own devices, members' media, who speaks |
//! | [`signalling`] | server discovery and the socket |
//! | `engine` | the event loop |
//! | [`Driver`], [`Pending`] | the handle that pages hold, and what waits for it |
//! | [`display`], [`picture`], [`identity`] | helpers of the pages: full screen, images, who they are in a room |

pub mod call;
pub mod capture;
mod connection;
pub mod display;
mod driver;
mod engine;
pub mod identity;
mod media;
mod pending;
pub mod picture;
mod platform;
pub mod signalling;
mod whip;

pub use connection::stats::LinkStats;
pub use connection::{ice, ice_probe};
pub use driver::{Driver, SourceInfo};
pub use live_core::node::{Command, Config, Role};
pub use pending::Pending;
pub use platform::download::download;
pub use platform::fetch::fetch_text;
pub use platform::share::{can_share, share};
pub use platform::subscribers::Subscription;
pub use platform::{storage, support};
pub use whip::publish;

#[doc(hidden)]
pub use connection::link::Link;
#[doc(hidden)]
pub use media::TrackPair;

/// What marks a test that runs natively and in a browser.
#[cfg(test)]
mod testing {
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) use core::prelude::v1::test;
    #[cfg(target_arch = "wasm32")]
    pub(crate) use wasm_bindgen_test::wasm_bindgen_test as test;
}

#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
