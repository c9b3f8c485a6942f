//! Limits how often one address may connect.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use live_core::signal::realm::{Bucket, Rate};
use live_core::time::Time;

/// The number of addresses that are tracked. When it is reached, new addresses are admitted
/// uncounted: a limit per address does not stop an attacker with that many of them.
const ADDRESSES: usize = 10_000;

/// A token bucket per address.
pub(crate) struct ConnectLimiter {
    rate: Rate,
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
}

impl ConnectLimiter {
    pub(crate) fn new(per_minute: u32) -> Self {
        let burst = per_minute.max(1);
        Self {
            rate: Rate { interval: Duration::from_secs(60) / burst, burst },
            buckets: Mutex::default(),
        }
    }

    /// Counts a connection from `ip`; false if it is above the limit.
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

/// The address that is counted: of IPv6 the /64, since one host usually owns all of it.
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
        let limiter = ConnectLimiter::new(2);
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
        let limiter = ConnectLimiter::new(1);
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
