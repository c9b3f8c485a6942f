//! Whether the other side of an open link still lives.
//!
//! ICE alone is too slow to tell: a browser may stay `disconnected` for a minute after the other
//! side was killed. So each side says something at least every [`EVERY`].

use core::time::Duration;

use crate::time::Time;

/// A side that has sent nothing for so long sends a ping.
const EVERY: Duration = Duration::from_secs(1);
/// A side that has heard nothing for so long gives the other up. Three pings may be lost or late:
/// a browser holds up the timers of a hidden page by a second.
const SILENCE: Duration = Duration::from_millis(3_500);

/// The state of one link.
#[derive(Debug)]
pub struct Alive {
    heard: Time,
    sent: Time,
    round_trip: Option<Duration>,
}

/// What to do about a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Fine,
    /// Send a ping.
    Ping,
    /// Give it up.
    Dead,
}

impl Alive {
    /// A link that has just opened.
    pub fn new(now: Time) -> Self {
        // The first ping goes out at once, for the round trip.
        Self { heard: now, sent: now - EVERY, round_trip: None }
    }

    /// Something was sent.
    pub fn sent(&mut self, now: Time) {
        self.sent = now;
    }

    /// Something came.
    pub fn heard(&mut self, now: Time) {
        self.heard = now;
    }

    /// The answer to the ping of `at` came.
    pub fn pong(&mut self, now: Time, at: Time) {
        let sample = now.since(at);
        // Smoothed as TCP does (RFC 6298): one late timer must not look like a slow path.
        self.round_trip = Some(match self.round_trip {
            Some(old) => (old * 7 + sample) / 8,
            None => sample,
        });
    }

    /// The smoothed round trip, once a ping was answered.
    pub fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    /// Forget the silence up to now: this side was not listening.
    pub fn forgive(&mut self, now: Time) {
        self.heard = now;
    }

    /// When to ask for a verdict next.
    pub fn deadline(&self) -> Time {
        (self.sent + EVERY).min(self.heard + SILENCE)
    }

    /// What to do now.
    pub fn tick(&self, now: Time) -> Verdict {
        if now >= self.heard + SILENCE {
            Verdict::Dead
        } else if now >= self.sent + EVERY {
            Verdict::Ping
        } else {
            Verdict::Fine
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pings_when_quiet_and_gives_up_after_silence() {
        let at = Time::from_millis;
        let mut alive = Alive::new(at(10_000));
        assert_eq!(alive.tick(at(10_000)), Verdict::Ping);
        alive.sent(at(10_000));
        assert_eq!((alive.tick(at(10_500)), alive.deadline()), (Verdict::Fine, at(11_000)));
        assert_eq!(alive.tick(at(13_500)), Verdict::Dead);
        alive.forgive(at(13_500));
        assert_eq!(alive.tick(at(13_500)), Verdict::Ping);
    }
}
