//! STUN and TURN servers, as browsers, `config.json` and users write them.

use js_sys::{Array, JsString};
use serde::Serialize;
use serde_json::Value;
use web_sys::RtcIceServer;

/// The maximum number of ICE servers; browsers slow down well before.
const MAX_SERVERS: usize = 8;

/// An entry of `iceServers`, as browsers take it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IceServer {
    /// `stun:` and `turn:` addresses.
    pub urls: Vec<String>,
    /// For TURN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// For TURN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

impl IceServer {
    /// An entry without credentials.
    pub fn stun(url: &str) -> Self {
        Self { urls: vec![url.into()], username: None, credential: None }
    }

    /// Reads the entries of `iceServers`. Entries that a browser would reject are left out,
    /// because one of them makes it reject the whole connection.
    pub fn list(entries: &[Value]) -> Vec<Self> {
        entries.iter().filter_map(Self::parse).take(MAX_SERVERS).collect()
    }

    /// Reads lines such as `stun:host:port` and `turn:host:port name password`. Lines that a
    /// browser would reject are left out.
    pub fn from_lines(text: &str) -> Vec<Self> {
        text.lines().filter_map(Self::from_line).take(MAX_SERVERS).collect()
    }

    /// Reads one such line.
    pub fn from_line(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace().map(str::to_owned);
        let server =
            Self { urls: vec![words.next()?], username: words.next(), credential: words.next() };
        (server.is_valid() && words.next().is_none()).then_some(server)
    }

    /// The server as such lines.
    pub fn to_lines(&self) -> String {
        let credentials = [&self.username, &self.credential].into_iter().flatten();
        let credentials: String = credentials.map(|word| format!(" {word}")).collect();
        self.urls.iter().map(|url| format!("{url}{credentials}\n")).collect()
    }

    /// `RTCConfiguration.iceServers`.
    pub(crate) fn to_js(servers: &[Self]) -> Array {
        let entry = |server: &Self| {
            let entry = RtcIceServer::new();
            let urls: Array = server.urls.iter().map(|url| JsString::from(url.as_str())).collect();
            entry.set_urls_str_sequence(&urls);
            if let (Some(username), Some(credential)) = (&server.username, &server.credential) {
                entry.set_username(username);
                entry.set_credential(credential);
            }
            entry
        };
        servers.iter().map(entry).collect()
    }

    fn parse(entry: &Value) -> Option<Self> {
        let member = |name: &str| entry.get(name).filter(|member| !member.is_null());
        let text = |value: &Value| value.as_str().map(str::to_owned);
        // Some providers still send `url`, the older name, beside `urls`.
        let urls = match member("urls").or_else(|| member("url"))? {
            Value::Array(urls) => urls.iter().map(text).collect::<Option<_>>()?,
            url => vec![text(url)?],
        };
        let server = Self {
            urls,
            username: member("username").and_then(text),
            credential: member("credential").and_then(text),
        };
        server.is_valid().then_some(server)
    }

    fn is_valid(&self) -> bool {
        let authenticated = self.username.is_some() && self.credential.is_some();
        !self.urls.is_empty()
            && self.urls.iter().all(|url| {
                let Some((scheme, rest)) = url.split_once(':') else {
                    return false;
                };
                let known = match scheme {
                    "stun" | "stuns" => true,
                    "turn" | "turns" => authenticated,
                    _ => false,
                };
                known && !rest.is_empty() && !rest.contains(['/', ' ', '<'])
            })
    }
}
