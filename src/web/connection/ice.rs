//! STUN and TURN servers, as browsers, `config.json` and people name them.

use live_core::wire;
use live_core::wire::json;
use live_core::wire::value::Value;
use wasm_bindgen::JsValue;

use crate::signalling::text;

/// The most ICE servers that are used; browsers slow down well before.
const ICE_SERVERS: usize = 8;

/// An entry of `iceServers`, as browsers take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IceServer {
    /// `stun:` and `turn:` addresses.
    pub urls: Vec<String>,
    /// For TURN.
    pub username: Option<String>,
    /// For TURN.
    pub credential: Option<String>,
}

wire!(struct IceServer { urls, username, credential });

impl IceServer {
    /// An entry without credentials.
    pub fn stun(url: &str) -> Self {
        Self { urls: vec![url.into()], username: None, credential: None }
    }

    /// Reads `iceServers`, `urls` being one text or several; what a browser would refuse is left
    /// out, because it would refuse the whole connection.
    pub fn list(value: &Value<'_>) -> Vec<Self> {
        let entries = value.as_array().unwrap_or_default();
        entries.iter().filter_map(Self::parse).take(ICE_SERVERS).collect()
    }

    /// Reads lines such as `stun:host:port` and `turn:host:port name password`; those that a
    /// browser would refuse are left out.
    pub fn from_lines(text: &str) -> Vec<Self> {
        text.lines().filter_map(Self::from_line).take(ICE_SERVERS).collect()
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
        let mut lines = String::new();
        for url in &self.urls {
            lines.push_str(url);
            for word in [&self.username, &self.credential].into_iter().flatten() {
                lines.push(' ');
                lines.push_str(word);
            }
            lines.push('\n');
        }
        lines
    }

    pub(crate) fn to_js(servers: &[Self]) -> JsValue {
        let text = json::text(&servers.to_vec());
        js_sys::JSON::parse(&text).unwrap_or_else(|_| js_sys::Array::new().into())
    }

    fn parse(value: &Value<'_>) -> Option<Self> {
        let urls = value.get("urls").or_else(|| value.get("url"))?;
        let urls: Vec<String> = match urls {
            Value::Str(url) => vec![url.clone().into_owned()],
            Value::Array(urls) => urls.iter().filter_map(text).collect(),
            _ => return None,
        };
        let server = Self {
            urls,
            username: value.get("username").and_then(text),
            credential: value.get("credential").and_then(text),
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
