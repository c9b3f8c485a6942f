//! Media statistics second by second, computed from the counters of the links.

use std::collections::VecDeque;

use live_web::LinkStats;

/// Samples that a curve shows.
const SAMPLES: usize = 60;
/// The size of a curve in its own units.
const HEIGHT: f64 = 24.0;

/// The last [`SAMPLES`] samples of one node's media.
#[derive(Clone, Debug, Default)]
pub(crate) struct MediaHistory {
    pub(crate) now: MediaStats,
    before: Option<Counters>,
    bitrate: VecDeque<f64>,
    frames: VecDeque<f64>,
    round_trip: VecDeque<f64>,
}

/// One sample; 0 and empty where a value is unknown.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct MediaStats {
    /// In kbit/s.
    pub(crate) bitrate: f64,
    /// Frames per second.
    pub(crate) fps: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// In milliseconds.
    pub(crate) round_trip: f64,
    /// The mean delay of a frame in the jitter buffer, in milliseconds.
    pub(crate) buffer: f64,
    pub(crate) lost: f64,
    pub(crate) dropped: f64,
    pub(crate) codec: String,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counters {
    at: f64,
    bytes: f64,
    frames: f64,
    jitter_buffer: f64,
}

impl MediaHistory {
    /// Adds a sample: the sum of the inbound links that are shown, or of all outbound links if none
    /// is shown.
    pub(crate) fn record(&mut self, links: &[LinkStats]) {
        let inbound = links.iter().any(|link| link.shown);
        let chosen =
            || links.iter().filter(|link| link.shown == inbound && link.inbound == inbound);
        let sum = |of: fn(&LinkStats) -> f64| chosen().map(of).sum::<f64>();
        let most = |of: fn(&LinkStats) -> f64| chosen().map(of).fold(0.0, f64::max);
        let counters = Counters {
            at: most(|link| link.at),
            bytes: sum(|link| link.bytes),
            frames: most(|link| link.frames),
            jitter_buffer: most(|link| link.jitter_buffer),
        };
        let mut now = MediaStats {
            fps: most(|link| link.fps),
            width: most(|link| link.width),
            height: most(|link| link.height),
            round_trip: most(|link| link.rtt.unwrap_or(0.0)),
            lost: sum(|link| link.lost),
            dropped: sum(|link| link.dropped),
            codec: chosen().find_map(|link| link.codec.clone()).unwrap_or_default(),
            ..MediaStats::default()
        };
        if let Some(before) = self.before.replace(counters) {
            let millis = counters.at - before.at;
            let pictures = counters.frames - before.frames;
            // A change of parent resets the counters.
            if millis > 0.0 && counters.bytes >= before.bytes {
                now.bitrate = (counters.bytes - before.bytes) * 8.0 / millis;
            }
            if pictures > 0.0 && counters.jitter_buffer >= before.jitter_buffer {
                now.buffer = (counters.jitter_buffer - before.jitter_buffer) * 1000.0 / pictures;
            }
            for (curve, value) in [
                (&mut self.bitrate, now.bitrate),
                (&mut self.frames, now.fps),
                (&mut self.round_trip, now.round_trip),
            ] {
                if curve.len() == SAMPLES {
                    curve.pop_front();
                }
                curve.push_back(value);
            }
        }
        self.now = now;
    }

    pub(crate) fn bitrate_curve(&self) -> String {
        path(&self.bitrate)
    }

    pub(crate) fn frames_curve(&self) -> String {
        path(&self.frames)
    }

    pub(crate) fn round_trip_curve(&self) -> String {
        path(&self.round_trip)
    }
}

/// The SVG path of a curve of [`SAMPLES`] by [`HEIGHT`] units, scaled to its maximum.
fn path(values: &VecDeque<f64>) -> String {
    let top = values.iter().copied().fold(1.0, f64::max);
    let mut path = String::new();
    for (at, value) in values.iter().enumerate() {
        path.push_str(if at == 0 { "M" } else { "L" });
        path.push_str(&(SAMPLES - values.len() + at).to_string());
        path.push(' ');
        let height = HEIGHT - 1.0 - value / top * (HEIGHT - 2.0);
        path.push_str(&(height.round() as u32).to_string());
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    fn link(at: f64, bytes: f64, frames: f64) -> LinkStats {
        LinkStats {
            inbound: true,
            shown: true,
            at,
            bytes,
            frames,
            jitter_buffer: frames * 0.05,
            rtt: Some(4.0),
            ..LinkStats::default()
        }
    }

    #[test]
    fn rates_come_from_two_samples() {
        let mut history = MediaHistory::default();
        history.record(&[link(0.0, 0.0, 0.0)]);
        assert_eq!(history.now.bitrate, 0.0);
        assert_eq!(history.bitrate_curve(), "");
        history.record(&[link(1_000.0, 125_000.0, 30.0)]);
        assert_eq!(history.now.bitrate, 1_000.0);
        assert_eq!(history.now.buffer.round(), 50.0);
        assert_eq!(history.bitrate_curve(), "M59 1");
    }

    #[test]
    fn a_new_parent_gives_no_negative_rate() {
        let mut history = MediaHistory::default();
        history.record(&[link(0.0, 500_000.0, 900.0)]);
        history.record(&[link(1_000.0, 1_000.0, 5.0)]);
        assert_eq!((history.now.bitrate, history.now.buffer), (0.0, 0.0));
    }

    #[test]
    fn a_host_sums_what_goes_out() {
        let out = |bytes| LinkStats { inbound: false, shown: false, ..link(1_000.0, bytes, 1.0) };
        let mut history = MediaHistory::default();
        history.record(&[LinkStats { at: 0.0, ..out(0.0) }, LinkStats { at: 0.0, ..out(0.0) }]);
        history.record(&[out(1_000.0), out(1_000.0)]);
        assert_eq!(history.now.bitrate, 16.0);
    }

    #[test]
    fn a_curve_keeps_the_last_minute() {
        let mut history = MediaHistory::default();
        for second in 0..200 {
            history.record(&[link(f64::from(second) * 1_000.0, 0.0, 0.0)]);
        }
        assert_eq!(history.bitrate.len(), SAMPLES);
        assert!(history.bitrate_curve().starts_with("M0 23L1 23"));
    }
}
