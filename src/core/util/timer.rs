//! The timers of a node: one table, one reason each.

use super::time::Time;

/// Why a node wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimerKind {
    /// The signalling connection: heartbeat, retry, time-out.
    Signalling,
    /// A link: ping, silence, negotiation.
    Link,
    /// The gateway to old pages: something to tell one, a call to place, patience with one.
    Gateway,
    /// A link that its child has replaced.
    Retire,
    /// Something to say to parent or children, held back by its pace.
    RateLimited,
    /// A parent that has lost its own way for too long.
    Detached,
    /// The index root: announce again, dial again.
    Announce,
    /// One more child to be tried after the uplink had shown too little for it.
    Uplink,
    /// A better place in the tree to be asked for.
    Reparenting,
    /// The standby to move to, for it is nearer to the host.
    Promotion,
    /// A parent from which nothing comes.
    Dry,
    /// An old parent that is left although the new one has sent nothing yet.
    Handover,
    /// A room whose host does not come back.
    HostAway,
    /// A host of which the parent says that it does not answer.
    HostCheck,
    /// A peer that was kicked may come back.
    Pardon,
    /// The game in the room: a turn, a player who does not come back, a sign of life to give.
    Game,
    /// A change of the map to be told.
    Map,
    /// A standby parent to look for.
    Standby,
    /// A standby that sends pictures without becoming the parent.
    StandbyActivated,
    /// The search for a parent: patience with one peer, rest between rounds.
    ParentSearch,
    /// A peer that leaves has fed its children for long enough.
    Leaving,
    /// A seat in a gathering to be asked for, a member to be dialled, or a seat that nobody claims.
    Gathering,
    /// The time to take the network's name.
    TakeOver,
    /// Another network to look at.
    Elsewhere,
    /// A room in the index that its host has not confirmed.
    RoomExpiry,
    /// An exchange: the other side to be dialled again, or to be called.
    Exchange,
    /// The peer that is asked for its stream does not answer.
    Borrow,
}

impl TimerKind {
    const COUNT: usize = Self::Borrow as usize + 1;

    const ALL: [Self; Self::COUNT] = [
        Self::Signalling,
        Self::Link,
        Self::Gateway,
        Self::Retire,
        Self::RateLimited,
        Self::Detached,
        Self::Announce,
        Self::Uplink,
        Self::Reparenting,
        Self::Promotion,
        Self::Dry,
        Self::Handover,
        Self::HostAway,
        Self::HostCheck,
        Self::Pardon,
        Self::Game,
        Self::Map,
        Self::Standby,
        Self::StandbyActivated,
        Self::ParentSearch,
        Self::Leaving,
        Self::Gathering,
        Self::TakeOver,
        Self::Elsewhere,
        Self::RoomExpiry,
        Self::Exchange,
        Self::Borrow,
    ];
}

/// When each timer runs out.
#[derive(Clone, Debug)]
pub(crate) struct Timers {
    /// [`Time::MAX`] for those that do not run.
    expiries: [Time; TimerKind::COUNT],
}

impl Default for Timers {
    fn default() -> Self {
        Self { expiries: [Time::MAX; TimerKind::COUNT] }
    }
}

impl Timers {
    /// Starts a timer anew, or stops it.
    pub(crate) fn set(&mut self, kind: TimerKind, expiry: Option<Time>) {
        self.expiries[kind as usize] = expiry.unwrap_or(Time::MAX);
    }

    /// The timer that runs out first; of several at once, the first in the order of their kinds.
    pub(crate) fn next(&self) -> Option<(Time, TimerKind)> {
        let first = self.expiries.into_iter().min().filter(|first| *first < Time::MAX)?;
        let at = self.expiries.iter().position(|expiry| *expiry == first)?;
        Some((first, TimerKind::ALL[at]))
    }

    /// Stops the next timer that has run out and returns it.
    pub(crate) fn expire(&mut self, now: Time) -> Option<TimerKind> {
        let at = self.expiries.iter().position(|expiry| now >= *expiry)?;
        self.expiries[at] = Time::MAX;
        Some(TimerKind::ALL[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Time {
        Time::from_millis(millis)
    }

    #[test]
    fn every_kind_has_its_own_entry() {
        for (index, kind) in TimerKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index);
        }
    }

    #[test]
    fn the_first_timer_is_next_and_each_expires_once() {
        let mut timers = Timers::default();
        timers.set(TimerKind::Dry, Some(at(20)));
        timers.set(TimerKind::Map, Some(at(10)));
        timers.set(TimerKind::Handover, Some(at(30)));
        assert_eq!(timers.next(), Some((at(10), TimerKind::Map)));
        assert_eq!(timers.expire(at(9)), None);
        assert_eq!(timers.expire(at(20)), Some(TimerKind::Dry));
        assert_eq!(timers.expire(at(20)), Some(TimerKind::Map));
        assert_eq!(timers.expire(at(20)), None);
        timers.set(TimerKind::Handover, None);
        assert_eq!(timers.next(), None);
    }
}
