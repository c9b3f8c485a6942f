//! The simulated network: how long things take between two peers, and whether they can connect.

use core::time::Duration;

/// A data channel waits at least so long before it sends a lost packet again (SCTP's RTO in
/// browsers).
const RESEND: Duration = Duration::from_millis(400);

/// The properties of all paths. A path's own values follow from the model and the two peers, so
/// they stay the same for a whole run.
#[derive(Clone, Debug)]
pub struct Model {
    /// One-way latency between two peers lies between these.
    pub latency: (Duration, Duration),
    /// What a single frame may take longer than that.
    pub jitter: Duration,
    /// How many frames in a thousand are lost. Data channels are reliable: what is lost is sent
    /// again, and what was sent after it waits.
    pub loss: u32,
    /// One-way latency to the signalling server.
    pub signalling: Duration,
    /// How long a browser takes to make a description.
    pub describing: Duration,
    /// How long a browser takes until the first picture of a link that begins to carry some.
    pub warmup: Duration,
    /// How many pairs in a thousand cannot connect (NAT).
    pub unconnectable: u32,
    /// Whether peers sign with real keys. In large rooms a stand-in costs less.
    pub real_signatures: bool,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            latency: (Duration::from_millis(10), Duration::from_millis(60)),
            jitter: Duration::ZERO,
            loss: 0,
            signalling: Duration::from_millis(25),
            describing: Duration::from_millis(10),
            warmup: Duration::from_millis(120),
            unconnectable: 0,
            real_signatures: false,
        }
    }
}

impl Model {
    /// The one-way latency between two peers.
    pub(super) fn between(&self, a: u32, b: u32) -> Duration {
        let (least, most) = self.latency;
        least + part(most.saturating_sub(least), pair(a, b))
    }

    /// Whether chance has no part in it.
    pub(super) fn is_steady(&self) -> bool {
        self.jitter.is_zero() && self.loss == 0
    }

    /// How long one frame takes; `chance` is a random number of its own.
    pub(super) fn frame(&self, a: u32, b: u32, chance: u64) -> Duration {
        let latency = self.between(a, b);
        let mut delay = latency;
        if !self.jitter.is_zero() {
            delay += part(self.jitter, chance >> 40);
        }
        let mut resend = RESEND.max(latency * 3);
        let mut luck = chance;
        // Ten losses in a row are a cut, which is not what this models.
        for _ in 0..10 {
            if luck % 1_000 >= u64::from(self.loss) {
                break;
            }
            delay += resend;
            resend *= 2;
            luck = mix(luck);
        }
        delay
    }

    /// Whether two peers can connect at all.
    pub(super) fn connectable(&self, a: u32, b: u32) -> bool {
        (pair(a, b) >> 32) % 1_000 >= u64::from(self.unconnectable)
    }
}

/// A number that depends on nothing but the two peers, whatever their order.
fn pair(a: u32, b: u32) -> u64 {
    mix(u64::from(a.min(b)) << 32 | u64::from(a.max(b)))
}

/// A number that shows no trace of `seed` (SplitMix64).
pub(super) fn mix(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}

/// From nothing to all of `span`, by whole milliseconds.
fn part(span: Duration, number: u64) -> Duration {
    Duration::from_millis(number % (span.as_millis() as u64 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_comes_late() {
        let model = Model { loss: 100, jitter: Duration::from_millis(5), ..Model::default() };
        let latency = model.between(1, 2);
        let delays: Vec<_> = (0..10_000).map(|i| model.frame(1, 2, mix(i))).collect();
        assert!(delays.iter().all(|delay| *delay >= latency));
        let late = delays.iter().filter(|delay| **delay >= latency + RESEND).count();
        assert!((900..1_100).contains(&late), "{late} of 10 000");
        assert!(delays.iter().any(|delay| *delay > latency && *delay < latency + RESEND), "jitter");
        assert!(delays.iter().any(|delay| *delay >= latency + RESEND * 3), "lost twice");
    }
}
