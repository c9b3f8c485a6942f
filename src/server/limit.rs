//! How often one address may connect.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use live_core::signal::realm::{Bucket, Rate};
use live_core::time::Time;

/// Addresses remembered at once. Beyond that, strangers are let in uncounted: whoever has that
/// many addresses is not stopped by counting them.
const ADDRESSES: usize = 10_000;

/// Counts connections per address.
pub(crate) struct Limiter {
    rate: Rate,
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
}

impl Limiter {
    pub(crate) fn new(per_minute: u32) -> Self {
        let burst = per_minute.max(1);
        Self {
            rate: Rate { interval: Duration::from_secs(60) / burst, burst },
            buckets: Mutex::default(),
        }
    }

    /// Counts a connection from `ip`; false if it is one too many.
    pub(crate) fn admit(&self, now: Time, ip: IpAddr) -> bool {
        let ip = network(ip);
        if ip.is_loopback() {
            return true;
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if !buckets.contains_key(&ip) && buckets.len() >= ADDRESSES {
            buckets.retain(|_, bucket| !bucket.is_full(now));
            if buckets.len() >= ADDRESSES {
                return true;
            }
        }
        buckets.entry(ip).or_default().take(now, self.rate)
    }
}

/// An IPv6 host has a whole /64 to itself, so that is what counts as one address.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) if !ip.is_loopback() => {
            IpAddr::V6((ip.to_bits() & (u128::MAX << 64)).into())
        }
        ip => ip,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn each_network_has_its_own_count() {
        let limiter = Limiter::new(2);
        let admit =
            |millis, ip: &str| limiter.admit(Time::from_millis(millis), ip.parse().unwrap());
        assert!(admit(0, "192.0.2.1") && admit(0, "::ffff:192.0.2.1"));
        assert!(!admit(29_999, "192.0.2.1"));
        assert!(admit(30_000, "192.0.2.1"));
        assert!(admit(0, "2001:db8::1") && admit(0, "2001:db8::2"));
        assert!(!admit(0, "2001:db8::3"));
        assert!(admit(0, "2001:db8:0:1::3"));
        for _ in 0..10 {
            assert!(admit(0, "127.0.0.1") && admit(0, "::1") && admit(0, "::ffff:127.0.0.1"));
        }
    }

    #[test]
    fn memory_is_bounded() {
        let limiter = Limiter::new(1);
        for n in 0..ADDRESSES as u32 + 100 {
            let ip = IpAddr::V4((0x0a00_0000 + n).into());
            assert!(limiter.admit(Time::from_millis(0), ip));
        }
        assert_eq!(limiter.buckets.lock().unwrap().len(), ADDRESSES);
        let ip = "192.0.2.1".parse().unwrap();
        assert!(limiter.admit(Time::from_millis(60_000), ip));
        assert_eq!(limiter.buckets.lock().unwrap().len(), 1);
    }
}
