//! The few random choices that a peer makes, from whatever generator it was given.

use core::time::Duration;

use rand_core::RngCore;

/// A number below `bound`; 0 when `bound` is 0.
pub(crate) fn below(rng: &mut impl RngCore, bound: usize) -> usize {
    match bound {
        0 => 0,
        // The modulo's bias is far below what a choice among a few peers could show.
        _ => (rng.next_u32() as usize) % bound,
    }
}

/// Between half of `span` and all of it, so that peers that start together do not stay together.
pub(crate) fn jitter(rng: &mut impl RngCore, span: Duration) -> Duration {
    let half = span / 2;
    let millis = usize::try_from(half.as_millis()).unwrap_or(usize::MAX);
    half + Duration::from_millis(below(rng, millis + 1) as u64)
}

/// Waiting times that double from `first` up to `most`, each jittered.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    first: Duration,
    most: Duration,
    next: Duration,
}

impl Backoff {
    pub(crate) fn new(first: Duration, most: Duration) -> Self {
        Self { first, most, next: first }
    }

    /// How long to wait this time.
    pub(crate) fn wait(&mut self, rng: &mut impl RngCore) -> Duration {
        let wait = jitter(rng, self.next);
        self.next = (self.next * 2).min(self.most);
        wait
    }

    /// Something worked: begin again with the shortest wait.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}
