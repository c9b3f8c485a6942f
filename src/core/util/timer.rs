//! Why a node wants to be woken.

/// Why a node wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimerKind {
    /// The signalling connection: heartbeat, retry, time-out.
    Signalling,
    /// A link: ping, silence, negotiation.
    Link,
    /// The search for a parent: patience with one peer, rest between rounds.
    ParentSearch,
    /// A peer that leaves has fed its children for long enough.
    Leaving,
    /// A standby parent to look for.
    Standby,
    /// A parent that has lost its own way for too long.
    Detached,
    /// Something to say to parent or children, held back by its pace.
    RateLimited,
    /// A link that its child has replaced.
    Retire,
    /// One more child to be tried after the uplink had shown too little for it.
    Uplink,
    /// A better place in the tree to be asked for.
    Reparenting,
    /// A parent from which nothing comes.
    Dry,
    /// An old parent that is left although the new one has sent nothing yet.
    Handover,
    /// A room whose host does not come back.
    HostAway,
    /// Somebody who was kicked may come back.
    Pardon,
    /// The index root: announce again, dial again.
    Announce,
    /// The network's name is to be taken.
    TakeOver,
    /// Another network to look at.
    Elsewhere,
    /// An old page: something to tell it, a call to place, patience with it.
    Legacy,
    /// A room in the index that nobody has confirmed.
    RoomExpiry,
}
