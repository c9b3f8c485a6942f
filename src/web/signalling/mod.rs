//! The signalling server: its address and how to find it.

mod config;
mod discovery;
mod overrides;
pub(crate) mod socket;

use live_core::id::PeerId;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::connection::ice::IceServer;

pub use discovery::{discover, inline_config};
pub use overrides::SignallingOverrides;

/// The version of PeerJS whose protocol is spoken.
const VERSION: &str = "1.5.5";
/// PeerJS's public server.
const PUBLIC_HOST: &str = "0.peerjs.com";
const GOOGLE_STUN: &str = "stun:stun.l.google.com:19302";
/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A signalling server and the site's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Name or address, without scheme and port.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// PeerServer's path; begins and ends with `/`.
    pub path: String,
    /// PeerServer's key.
    pub key: String,
    /// Whether it uses TLS.
    pub secure: bool,
    /// STUN and TURN servers for the links.
    pub ice_servers: Vec<IceServer>,
    /// The site's default network.
    pub default_network: Option<PeerId>,
    /// The site's default limit of children.
    pub max_children: Option<u32>,
    /// The folder where others find the pages, if it is not where this page comes from.
    pub pages: Option<String>,
}

/// Why no server can be named.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A parameter of the page's address is malformed.
    #[error("the address of this page has a wrong {0}")]
    Parameter(&'static str),
}

impl Server {
    /// PeerJS's public server with PeerJS's ICE servers.
    fn public() -> Self {
        let turn = IceServer {
            urls: vec![
                "turn:eu-0.turn.peerjs.com:3478".into(),
                "turn:us-0.turn.peerjs.com:3478".into(),
            ],
            username: Some("peerjs".into()),
            credential: Some("peerjsp".into()),
        };
        Self {
            host: PUBLIC_HOST.into(),
            port: 443,
            path: "/".into(),
            key: "peerjs".into(),
            secure: true,
            ice_servers: vec![IceServer::stun(GOOGLE_STUN), turn],
            default_network: None,
            max_children: None,
            pages: None,
        }
    }

    /// Whether it is PeerJS's public server, which all sites share.
    pub fn is_public(&self) -> bool {
        self.host == PUBLIC_HOST
    }

    /// The address of the signalling socket for this peer.
    pub(crate) fn socket_url(&self, id: &str, token: &str) -> String {
        let scheme = if self.secure { "wss" } else { "ws" };
        format!(
            "{scheme}://{}:{}{}peerjs?key={}&id={}&token={}&version={VERSION}",
            self.host,
            self.port,
            self.path,
            utf8_percent_encode(&self.key, RESERVED),
            utf8_percent_encode(id, RESERVED),
            utf8_percent_encode(token, RESERVED),
        )
    }
}
