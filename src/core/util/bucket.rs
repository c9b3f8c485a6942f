//! A token bucket without a clock.

use core::time::Duration;

use crate::util::time::Time;

/// How fast something may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How long one token takes to come back.
    pub interval: Duration,
    /// How many tokens there are at most.
    pub burst: u32,
}

/// A token bucket, kept as the moment at which it will be full again, in microseconds.
/// A new one is full.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bucket(u64);

impl Bucket {
    /// Takes a token, if there is one.
    pub fn take(&mut self, now: Time, rate: Rate) -> bool {
        if self.ready_at(rate) > now {
            return false;
        }
        let now = now.as_millis().saturating_mul(1_000);
        self.0 = self.0.max(now).saturating_add(micros(rate.interval));
        true
    }

    /// When there is a token again.
    pub fn ready_at(&self, rate: Rate) -> Time {
        let unused = u64::from(rate.burst.saturating_sub(1)).saturating_mul(micros(rate.interval));
        Time::from_millis(self.0.saturating_sub(unused).div_ceil(1_000))
    }

    /// Whether nothing was taken that has not come back.
    pub fn is_full(&self, now: Time) -> bool {
        self.0 <= now.as_millis().saturating_mul(1_000)
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
