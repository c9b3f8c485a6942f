//! The simulated network: how long things take between two peers, and whether they can connect.

use core::time::Duration;

/// The properties of all paths. A path's own values follow from the model and the two peers, so
/// they stay the same for a whole run.
#[derive(Clone, Debug)]
pub struct Model {
    /// One-way latency between two peers lies between these.
    pub latency: (Duration, Duration),
    /// One-way latency to the signalling server.
    pub signalling: Duration,
    /// How long a browser takes to make a description.
    pub describing: Duration,
    /// How many pairs in a thousand cannot connect (NAT).
    pub unconnectable: u32,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            latency: (Duration::from_millis(10), Duration::from_millis(60)),
            signalling: Duration::from_millis(25),
            describing: Duration::from_millis(10),
            unconnectable: 0,
        }
    }
}

impl Model {
    /// The one-way latency between two peers.
    pub(super) fn between(&self, a: u32, b: u32) -> Duration {
        let (least, most) = self.latency;
        let span = (most.saturating_sub(least)).as_millis() as u64;
        least + Duration::from_millis(pair(a, b) % (span + 1))
    }

    /// Whether two peers can connect at all.
    pub(super) fn connectable(&self, a: u32, b: u32) -> bool {
        (pair(a, b) >> 32) % 1_000 >= u64::from(self.unconnectable)
    }
}

/// A number that depends on nothing but the two peers, whatever their order.
fn pair(a: u32, b: u32) -> u64 {
    let mut x =
        (u64::from(a.min(b)) << 32 | u64::from(a.max(b))).wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}
