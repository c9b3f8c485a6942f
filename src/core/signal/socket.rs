//! What crosses between the signalling client and the driver that owns the socket.

use crate::util::id::PeerId;

/// What happens to the signalling socket.
#[derive(Debug)]
pub enum SocketEvent {
    /// It is open.
    Opened,
    /// A text frame came.
    Text(String),
    /// It is closed, or could not be opened.
    Closed,
}

/// What to do with the signalling socket. A node has at most one.
#[derive(Debug)]
pub enum SocketAction {
    /// Open it, replacing the one there is. The driver knows server and key.
    Open {
        /// The id to register.
        id: PeerId,
        /// The secret that lets this node, and nobody else, open the id again.
        token: String,
    },
    /// Send a text frame.
    Send(String),
    /// Close it; no [`SocketEvent::Closed`] is expected.
    Close,
}
