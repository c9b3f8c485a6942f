//! What happens in a simulated room, as data.

use core::time::Duration;

use serde::Deserialize;

use super::fault::Fault;
use super::net::Model;

/// A room and what befalls it. `tests/scenarios/` holds one file for each.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it shows, in a line.
    pub title: String,
    /// How many viewers come in all.
    pub peers: u32,
    /// How many in the small size, which the tests run.
    pub small: u32,
    /// How many children a viewer takes.
    pub slots: u32,
    /// How many children the host takes.
    pub host_slots: u32,
    /// The network.
    #[serde(default)]
    pub network: Network,
    /// Uplinks; without them every peer can feed as many children as it takes.
    #[serde(default)]
    pub stream: Option<Stream>,
    /// How many of a hundred pages are hidden, so that their timers run once a second.
    #[serde(default)]
    pub throttled_percent: u64,
    /// Whether peers sign with real keys.
    #[serde(default)]
    pub real_signatures: bool,
    /// Peers that do not keep to the protocol.
    #[serde(default)]
    pub faults: Vec<Share<Fault>>,
    /// What happens, one after the other.
    pub steps: Vec<Step>,
    /// What is asked of the outcome.
    #[serde(default)]
    pub bars: Bars,
}

/// The properties of all paths.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// One-way latency lies between these.
    pub latency_ms: (u64, u64),
    /// What a frame may take longer.
    pub jitter_ms: u64,
    /// Frames lost, and sent again, in a thousand.
    pub loss_per_mille: u32,
    /// Pairs that cannot connect, in a thousand.
    pub unconnectable_per_mille: u32,
}

/// A stream that uplinks may be too narrow for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// What the stream needs, in kbit/s.
    pub kbit: u32,
    /// What the host can send, in kbit/s.
    pub host_kbit: u32,
    /// What viewers can send, in kbit/s.
    pub uplinks: Vec<Share<u32>>,
}

/// So many of a hundred are so.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share<T> {
    /// How many of a hundred.
    pub percent: u64,
    /// What they are.
    pub is: T,
}

/// Something that happens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Step {
    /// A part of the viewers comes, evenly over some seconds.
    Join {
        /// Of a hundred of all viewers.
        percent: u32,
        /// Over how long.
        seconds: u64,
    },
    /// Viewers vanish at random and others come; now and then one sends a chat message.
    Churn {
        /// How many of a hundred vanish in a minute.
        percent_per_minute: f64,
        /// For how long.
        seconds: u64,
        /// How many of a hundred of all viewers come meanwhile; by default as many as vanish.
        #[serde(default)]
        join_percent: Option<u32>,
    },
    /// The host's child with the largest subtree vanishes.
    Cut {
        /// Whether all of its subtree vanishes with it.
        whole: bool,
    },
    /// The signalling server is away.
    Outage {
        /// For how long.
        seconds: u64,
    },
    /// Nothing happens from outside.
    Rest {
        /// For how long.
        seconds: u64,
    },
}

/// What is asked of the outcome; what is not named is not asked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bars {
    /// Levels of the tree beyond the fewest possible.
    pub depth_over_optimum: Option<usize>,
    /// The 99th percentile of times without pictures.
    pub gap_p99_ms: Option<u64>,
    /// Control messages per peer and minute while viewers come and go.
    pub control_per_minute: Option<f64>,
    /// The host sends and receives no more than the busiest relay.
    pub host_like_a_relay: bool,
    /// Of a hundred viewers that whole slots could serve.
    pub served_percent: Option<f64>,
    /// Of a hundred honest viewers that have a place at the end.
    pub attached_percent: Option<f64>,
    /// Real seconds.
    pub real_seconds: Option<u64>,
    /// Memory at its peak, in megabytes.
    pub memory_mb: Option<u64>,
}

impl Default for Network {
    fn default() -> Self {
        Self { latency_ms: (10, 60), jitter_ms: 8, loss_per_mille: 5, unconnectable_per_mille: 0 }
    }
}

impl Network {
    pub(super) fn model(&self) -> Model {
        let (least, most) = self.latency_ms;
        Model {
            latency: (Duration::from_millis(least), Duration::from_millis(most)),
            jitter: Duration::from_millis(self.jitter_ms),
            loss: self.loss_per_mille,
            unconnectable: self.unconnectable_per_mille,
            ..Model::default()
        }
    }
}

impl<T: Copy> Share<T> {
    /// What a peer is, by a random number of its own; `None` if the shares leave it out.
    pub(super) fn choose(shares: &[Self], chance: u64) -> Option<T> {
        let mut left = chance % 100;
        for share in shares {
            if left < share.percent {
                return Some(share.is);
            }
            left -= share.percent;
        }
        None
    }
}
