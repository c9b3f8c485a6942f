//! What a room could come to at best, to compare with.

use super::scenario::{Scenario, Share};

/// The usable share of an uplink; see `world/media.rs`.
const USABLE: f64 = 0.8;

/// The bounds for one room.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optimum {
    /// The fewest levels below the host.
    pub depth: usize,
    /// How many viewers whole slots can serve in one tree.
    pub served: usize,
    /// What each viewer could get of a stream that can be split at will, in kbit/s.
    pub fluid: f64,
}

impl Optimum {
    /// The bounds for viewers with these uplinks, in kbit/s.
    pub(super) fn new(scenario: &Scenario, uplinks: &[u32]) -> Self {
        let viewers = uplinks.len();
        let Some(stream) = &scenario.stream else {
            let slots = vec![scenario.slots as usize; viewers];
            let (depth, served) = fill(scenario.host_slots as usize, &slots);
            return Self { depth, served, fluid: f64::INFINITY };
        };
        let whole = |uplink: u32, most: u32| {
            let sent_bitrate = f64::from(uplink) * USABLE / f64::from(stream.kbit);
            (sent_bitrate as usize).min(most as usize)
        };
        let mut slots: Vec<_> = uplinks.iter().map(|up| whole(*up, scenario.slots)).collect();
        slots.sort_by(|a, b| b.cmp(a));
        let (depth, served) = fill(whole(stream.host_kbit, scenario.host_slots), &slots);
        let host = f64::from(stream.host_kbit) * USABLE;
        let all = host + uplinks.iter().map(|uplink| f64::from(*uplink) * USABLE).sum::<f64>();
        Self { depth, served, fluid: host.min(all / viewers.max(1) as f64) }
    }
}

/// What an uplink is, by a random number.
pub(super) fn uplink(shares: &[Share<u32>], chance: u64) -> u32 {
    Share::choose(shares, chance).unwrap_or(u32::MAX)
}

/// Fills a tree level by level, those with the most slots (which come first) at the top. Returns
/// the number of levels and how many found a place.
fn fill(host: usize, slots: &[usize]) -> (usize, usize) {
    let (mut depth, mut placed, mut free) = (0, 0, host);
    while free > 0 && placed < slots.len() {
        let level = &slots[placed..(placed + free).min(slots.len())];
        placed += level.len();
        free = level.iter().sum();
        depth += 1;
    }
    (depth, placed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_filled_from_the_top() {
        assert_eq!(fill(4, &[4; 4]), (1, 4));
        assert_eq!(fill(4, &[4; 21]), (3, 21));
        assert_eq!(fill(4, &[4; 1_000]), (5, 1_000));
        assert_eq!(fill(2, &[3, 1, 0, 0, 0, 0, 0]), (2, 6), "one of seven finds no place");
    }
}
