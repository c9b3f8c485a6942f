//! A token bucket without a clock.

use core::time::Duration;

use crate::util::time::Time;

/// A rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The time in which one token is added.
    pub interval: Duration,
    /// The maximum number of tokens.
    pub burst: u32,
}

/// A token bucket, stored as the time at which it is full again, in microseconds. A new bucket is
/// full.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bucket(u64);

impl Bucket {
    /// Takes a token; false if there is none.
    pub fn take(&mut self, now: Time, rate: Rate) -> bool {
        if self.ready_at(rate) > now {
            return false;
        }
        let now = now.as_millis().saturating_mul(1_000);
        self.0 = self.0.max(now).saturating_add(micros(rate.interval));
        true
    }

    /// When the next token is available.
    pub fn ready_at(&self, rate: Rate) -> Time {
        let unused = u64::from(rate.burst.saturating_sub(1)).saturating_mul(micros(rate.interval));
        Time::from_millis(self.0.saturating_sub(unused).div_ceil(1_000))
    }

    /// Whether the bucket is full.
    pub fn is_full(&self, now: Time) -> bool {
        self.0 <= now.as_millis().saturating_mul(1_000)
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
