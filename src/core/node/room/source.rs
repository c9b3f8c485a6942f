//! A source that stands still. A stream server whose own source is away gives out nothing, which
//! is no relay's fault; but whoever gets nothing looks for a parent that has more. So the host tells
//! everyone.

use core::time::Duration;

use rand_core::RngCore;

use super::{Place, Room};
use crate::swarm::Swarm;
use crate::util::time::Time;

/// So long nothing must have gone out.
const STALLED_AFTER: Duration = Duration::from_secs(4);

/// What the host knows of its source.
#[derive(Debug, Default)]
pub(super) struct SourceMonitor {
    /// Since when nothing goes out over any link.
    since: Option<Time>,
}

impl Room {
    /// The host's links have reported: something goes out, or nothing does any more.
    pub(super) fn look_at_source<R: RngCore>(&mut self, swarm: &mut Swarm<R>) {
        let (Place::Host { .. }, Some(state)) = (&self.place, &self.state) else { return };
        let silent = state.on_air.is_some() && self.uplink.is_silent(swarm.now);
        let since = silent.then(|| self.source_monitor.since.unwrap_or(swarm.now));
        self.source_monitor.since = since;
        let still = since.is_some_and(|since| swarm.now.since(since) >= STALLED_AFTER);
        if still != state.source_stalled {
            self.change(swarm, |state| state.source_stalled = still);
        }
    }

    /// Whether pictures are to be expected.
    pub(super) fn is_streaming(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.on_air.is_some() && !state.source_stalled)
    }
}
