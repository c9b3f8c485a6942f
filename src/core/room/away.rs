//! A host that is away: its page was reloaded, or is gone. The room waits for it, each subtree in
//! its place; the host's children call the host until it is back or the room is over.

use core::time::Duration;

use crate::util::time::Time;

/// How long a room waits for its host. A little more than the two minutes that a host is
/// promised, for its page needs time to load.
const AWAY: Duration = Duration::from_secs(125);

/// What a viewer knows of an absent host.
#[derive(Debug, Default)]
pub(crate) struct HostAway {
    since: Option<Time>,
    /// Since when there is no signalling server. That time does not count: without a server nobody
    /// can tell whether the host is back.
    paused: Option<Time>,
    /// The host itself did not answer in this round of the search.
    unanswered: bool,
}

impl HostAway {
    /// The host is away from now on. `online` says whether there is a signalling server.
    pub(crate) fn begin(&mut self, now: Time, online: bool) {
        self.since = Some(now);
        self.paused = (!online).then_some(now);
    }

    /// There is a way to the host again.
    pub(crate) fn end(&mut self) {
        *self = Self::default();
    }

    /// Whether the host is away.
    pub(crate) fn is_on(&self) -> bool {
        self.since.is_some()
    }

    /// There is no signalling server from now on.
    pub(crate) fn pause(&mut self, now: Time) {
        self.paused = self.paused.or(Some(now));
    }

    /// The signalling server is back.
    pub(crate) fn resume(&mut self, now: Time) {
        if let Some(paused) = self.paused.take() {
            let outage = now.since(paused);
            self.since = self.since.map(|since| since + outage);
        }
    }

    /// The host did not answer.
    pub(crate) fn note_unanswered(&mut self) {
        self.unanswered = true;
    }

    /// A round of the search has found nothing. Returns whether the host did not answer in it.
    pub(crate) fn end_round(&mut self) -> bool {
        core::mem::take(&mut self.unanswered)
    }

    /// When the room is over.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.since.filter(|_| self.paused.is_none()).map(|since| since + AWAY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::from_millis(seconds * 1_000)
    }

    #[test]
    fn a_time_without_a_server_does_not_count() {
        let mut away = HostAway::default();
        away.begin(at(0), true);
        assert_eq!(away.deadline(), Some(at(125)));
        away.pause(at(100));
        away.pause(at(150));
        assert_eq!(away.deadline(), None);
        away.resume(at(1_100));
        assert_eq!(away.deadline(), Some(at(1_125)));
    }

    #[test]
    fn a_host_that_goes_during_an_outage_has_all_its_time_after_it() {
        let mut away = HostAway::default();
        away.begin(at(0), false);
        away.resume(at(300));
        assert_eq!(away.deadline(), Some(at(425)));
        away.end();
        assert!(!away.is_on());
    }
}
