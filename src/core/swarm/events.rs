//! What the swarm tells a node's role.

use crate::link::DisconnectReason;
use crate::link::io::SendStats;
use crate::signal::payload::Handshake;
use crate::util::id::{LinkId, PeerId};
use crate::wire::message::Message;

/// What happened.
#[derive(Debug)]
// It is handled at once, so its size costs nothing.
#[allow(clippy::large_enum_variant)]
pub(crate) enum Event {
    /// The id is registered.
    SignalOpen,
    /// The server is away.
    SignalLost,
    /// Another peer has the id.
    IdTaken,
    /// The server refuses, for good if `permanent`.
    SignalRefused { reason: String, permanent: bool },
    /// A peer wants something; answered by [`Swarm::accept`](super::Swarm::accept)
    /// or [`Swarm::refuse`](super::Swarm::refuse).
    IncomingOffer { link: LinkId, peer: PeerId, handshake: Handshake },
    /// A link is open.
    Open { link: LinkId },
    /// A message came.
    Message { link: LinkId, peer: PeerId, message: Message },
    /// Media flows on a link, or stays away.
    Flow { link: LinkId, flows: bool },
    /// The other side of a link does not answer; it may be about to go down.
    Unresponsive { link: LinkId },
    /// What a fed link carries.
    SendStats { link: LinkId, sending: SendStats },
    /// [`Swarm::is_throttled`](super::Swarm::is_throttled) says something else now.
    Throttled,
    /// A link is gone; it is no longer in the table.
    Disconnected { link: LinkId, peer: PeerId, reason: DisconnectReason },
}

impl Event {
    /// The link whose role decides about it.
    pub(super) fn link(&self) -> Option<LinkId> {
        match self {
            Self::Open { link }
            | Self::Message { link, .. }
            | Self::Flow { link, .. }
            | Self::Unresponsive { link }
            | Self::Disconnected { link, .. } => Some(*link),
            _ => None,
        }
    }
}
