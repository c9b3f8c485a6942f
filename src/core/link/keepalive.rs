//! Whether the other side of an open link still lives.
//!
//! ICE alone is too slow to tell: a browser may stay `disconnected` for a minute after the other
//! side was killed. So each side says something at least every [`EVERY`]; a pong is as good as a
//! ping, so the side that was dialled gives the other one the time to ping first.

use core::time::Duration;

use crate::util::time::Time;

/// A side that has sent nothing for so long sends a ping.
const EVERY: Duration = Duration::from_secs(1);
/// How much longer the side that was dialled waits. So long that the other side's next ping comes
/// first even where timers are late, or both would wake up for nothing.
const COURTESY: Duration = Duration::from_secs(1);
/// A ping that is due so soon goes out at once when the link is looked at, so that a page with several
/// links wakes up once for all of them.
const TOGETHER: Duration = Duration::from_millis(500);
/// After so long it pings nevertheless, to measure the round trip.
const MEASURE: Duration = Duration::from_secs(10);
/// A side that has heard nothing for so long gives the other up. Three pings may be lost or late:
/// a browser holds up the timers of a hidden page by a second.
const SILENCE: Duration = Duration::from_millis(3_500);

/// How long a suspect's answer may take beyond a round trip before the worst is prepared for.
const DOUBT: Duration = Duration::from_millis(50);
/// How long a suspect may take to answer beyond what its round trips took so far.
const PROOF: Duration = Duration::from_millis(300);
/// A timer that is so much late says something about this side, not about the other.
const LATE: Duration = Duration::from_millis(60);
/// The longest that a suspect may take, whatever its round trips took; and what everyone may take
/// who is no suspect, but needed.
const PROOF_MOST: Duration = Duration::from_secs(1);

/// The state of one link.
#[derive(Debug)]
pub struct Keepalive {
    every: Duration,
    heard: Time,
    sent: Time,
    pinged: Time,
    /// The suspect must be heard by then.
    proof: Option<Proof>,
    round_trip: Option<Duration>,
}

#[derive(Clone, Copy, Debug)]
struct Proof {
    since: Time,
    /// When the doubt is to be told; `None` once it was.
    doubt: Option<Time>,
    by: Time,
    extended: bool,
}

/// What to do about a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepaliveAction {
    /// Nothing.
    Fine,
    /// Send a ping.
    Ping,
    /// The suspect should have answered by now; said once.
    Unresponsive,
    /// Give it up.
    Dead,
}

impl Keepalive {
    /// A link that has just opened, and that this side has `dialled` or the other one.
    pub fn new(now: Time, dialled: bool) -> Self {
        let every = if dialled { EVERY } else { EVERY + COURTESY };
        // The first ping goes out at once, for the round trip.
        Self { every, heard: now, sent: now - every, pinged: now, proof: None, round_trip: None }
    }

    /// Something was sent.
    pub fn sent(&mut self, now: Time) {
        self.sent = now;
    }

    /// Something came.
    pub fn heard(&mut self, now: Time) {
        self.heard = now;
        // What was under way when the doubt arose proves nothing.
        let under_way = self.round_trip.unwrap_or_default() / 2;
        if self.proof.is_some_and(|proof| now >= proof.since + under_way) {
            self.proof = None;
        }
    }

    /// There is reason to think that the other side is gone; it is being pinged, and must be
    /// heard soon.
    pub fn suspect(&mut self, now: Time) {
        if self.proof.is_none() {
            // Round trips include what a busy machine takes to answer.
            let round_trip = self.round_trip.unwrap_or_default();
            let by = now + (PROOF + round_trip * 2).min(PROOF_MOST);
            let doubt = Some(now + DOUBT + round_trip);
            self.proof = Some(Proof { since: now, doubt, by, extended: false });
        }
    }

    /// The other side is needed now, and was not for a while; it is being pinged, and must be heard
    /// in good time.
    pub fn probe(&mut self, now: Time) {
        if self.proof.is_none() {
            let by = now + PROOF_MOST;
            self.proof = Some(Proof { since: now, doubt: None, by, extended: false });
        }
    }

    /// Whether there is a suspicion that nothing has refuted yet.
    pub fn is_suspect(&self) -> bool {
        self.proof.is_some()
    }

    /// The answer to the ping of `at` came.
    pub fn pong(&mut self, now: Time, at: Time) {
        if self.proof.is_some_and(|proof| at >= proof.since) {
            self.proof = None;
        }
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
        self.proof = None;
    }

    /// When to ask for a verdict next.
    pub fn deadline(&self) -> Time {
        let proof =
            self.proof.map(|proof| proof.doubt.map_or(proof.by, |doubt| doubt.min(proof.by)));
        proof.into_iter().chain([self.ping_due(), self.heard + SILENCE]).fold(Time::MAX, Time::min)
    }

    fn ping_due(&self) -> Time {
        (self.sent + self.every).min(self.pinged + MEASURE)
    }

    /// What to do now.
    pub fn tick(&mut self, now: Time) -> KeepaliveAction {
        if let Some(proof) = &mut self.proof
            && now >= proof.by
        {
            // A timer that is late itself may come before messages that have long arrived.
            if proof.extended || now.since(proof.by) < LATE {
                return KeepaliveAction::Dead;
            }
            *proof = Proof { by: now + LATE, extended: true, ..*proof };
        }
        if let Some(proof) = &mut self.proof
            && proof.doubt.is_some_and(|doubt| now >= doubt)
        {
            proof.doubt = None;
            return KeepaliveAction::Unresponsive;
        }
        if now >= self.heard + SILENCE {
            KeepaliveAction::Dead
        } else if now + TOGETHER >= self.ping_due() {
            self.pinged = now;
            KeepaliveAction::Ping
        } else {
            KeepaliveAction::Fine
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pings_when_quiet_and_gives_up_after_silence() {
        let at = Time::from_millis;
        let mut alive = Keepalive::new(at(10_000), true);
        assert_eq!(alive.tick(at(10_000)), KeepaliveAction::Ping);
        alive.sent(at(10_000));
        assert_eq!((alive.tick(at(10_499)), alive.deadline()), (KeepaliveAction::Fine, at(11_000)));
        assert_eq!(alive.tick(at(10_500)), KeepaliveAction::Ping, "with others");
        assert_eq!(alive.tick(at(13_500)), KeepaliveAction::Dead);
        alive.forgive(at(13_500));
        assert_eq!(alive.tick(at(13_500)), KeepaliveAction::Ping);
    }

    #[test]
    fn a_suspect_must_answer_soon_unless_this_side_is_late() {
        let at = Time::from_millis;
        let mut alive = Keepalive::new(at(0), true);
        alive.sent(at(0));
        alive.suspect(at(100));
        assert_eq!((alive.tick(at(149)), alive.deadline()), (KeepaliveAction::Fine, at(150)));
        assert_eq!(alive.tick(at(150)), KeepaliveAction::Unresponsive);
        assert_eq!((alive.tick(at(399)), alive.deadline()), (KeepaliveAction::Fine, at(400)));
        assert!(alive.is_suspect());
        assert_eq!(alive.tick(at(400)), KeepaliveAction::Dead);
        alive.heard(at(400));
        assert_eq!((alive.tick(at(400)), alive.is_suspect()), (KeepaliveAction::Fine, false));
        alive.suspect(at(500));
        assert_eq!(alive.tick(at(550)), KeepaliveAction::Unresponsive);
        alive.sent(at(550));
        assert_eq!(alive.tick(at(900)), KeepaliveAction::Fine, "100 ms late");
        assert_eq!(alive.tick(at(960)), KeepaliveAction::Dead);
    }

    #[test]
    fn who_is_needed_must_answer_too_but_raises_no_doubt() {
        let at = Time::from_millis;
        let mut alive = Keepalive::new(at(0), true);
        alive.sent(at(0));
        alive.probe(at(100));
        alive.suspect(at(200));
        assert_eq!((alive.tick(at(400)), alive.is_suspect()), (KeepaliveAction::Fine, true));
        alive.sent(at(1_000));
        assert_eq!(alive.tick(at(1_100)), KeepaliveAction::Dead);
        alive.heard(at(1_100));
        assert_eq!((alive.tick(at(1_100)), alive.is_suspect()), (KeepaliveAction::Fine, false));
    }

    #[test]
    fn forgiveness() {
        let at = Time::from_millis;
        let mut alive = Keepalive::new(at(13_000), true);
        assert_eq!(alive.tick(at(13_500)), KeepaliveAction::Ping);
    }
}
