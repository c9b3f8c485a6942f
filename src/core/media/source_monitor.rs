//! A source that stands still. A stream server whose own source is away gives out nothing, which
//! is no relay's fault; but a peer that gets nothing looks for a parent that has more. So the host
//! tells everyone.

use core::time::Duration;

use crate::util::time::Time;

/// So long nothing must have gone out.
const STALLED_AFTER: Duration = Duration::from_secs(4);

/// What a host knows of its source.
#[derive(Debug, Default)]
pub(crate) struct SourceMonitor {
    /// Since when nothing goes out over any link.
    since: Option<Time>,
}

impl SourceMonitor {
    /// The links have reported: something goes out, or they are `silent`. Returns whether the
    /// source stands still.
    pub(crate) fn observe(&mut self, now: Time, silent: bool) -> bool {
        self.since = silent.then(|| self.since.unwrap_or(now));
        self.since.is_some_and(|since| now.since(since) >= STALLED_AFTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_stands_still_after_four_silent_seconds() {
        let mut monitor = SourceMonitor::default();
        let mut at =
            |seconds: u64, silent| monitor.observe(Time::from_millis(seconds * 1_000), silent);
        assert!(!at(1, true));
        assert!(!at(4, true));
        assert!(at(5, true));
        assert!(!at(6, false));
        assert!(!at(9, true));
    }
}
