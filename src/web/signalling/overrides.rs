//! Which server the page's address, the user or `config.json` asks for.

use serde::Serialize;
use serde_json::Value;

use crate::connection::ice::IceServer;
use crate::signalling::Error;

/// A partial server address. Without a host, it means the page's own origin; without anything, it
/// leaves the choice to the next source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SignallingOverrides {
    /// Name or address.
    #[serde(rename = "peerHost", skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Port; defaults to the page's port on the page's host, else to 443 with TLS and PeerServer's
    /// 9000 without.
    #[serde(rename = "peerPort", skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// PeerServer's path, `/` by default; the outer slashes may be missing.
    #[serde(rename = "peerPath", skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// PeerServer's key, `peerjs` by default.
    #[serde(rename = "peerKey", skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// TLS; by default if the page uses it or the port is 443.
    #[serde(rename = "peerSecure", skip_serializing_if = "Option::is_none")]
    pub secure: Option<bool>,
    /// Replaces the default ICE servers.
    #[serde(rename = "iceServers", skip_serializing_if = "Option::is_none")]
    pub ice_servers: Option<Vec<IceServer>>,
}

impl SignallingOverrides {
    /// Reads the output of [`to_json`](Self::to_json), or a `config.json`. Malformed fields are
    /// ignored.
    pub fn parse(json: &str) -> Self {
        Self::from_config(&serde_json::from_str(json).unwrap_or_default())
    }

    /// Reads a parsed `config.json`. Malformed fields are ignored.
    pub(super) fn from_config(file: &Value) -> Self {
        let text = |name: &str| file.get(name)?.as_str();
        let port = file.get("peerPort").and_then(Value::as_u64);
        let ice_servers = file.get("iceServers").and_then(Value::as_array);
        Self {
            host: text("peerHost").and_then(host),
            port: port.and_then(|port| port.try_into().ok()),
            path: text("peerPath").and_then(path),
            key: text("peerKey").map(str::to_owned),
            secure: file.get("peerSecure").and_then(Value::as_bool),
            ice_servers: ice_servers.map(|entries| IceServer::list(entries)),
        }
    }

    /// JSON with the names of `config.json`, without the empty fields.
    pub fn to_json(&self) -> String {
        // Cannot fail: it has only text and numbers.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a form; empty fields are left open. `None` if a field is malformed.
    pub fn from_form(fields: [&str; 4], secure: Option<bool>, ice: &str) -> Option<Self> {
        let [host, port, path, key] = fields.map(str::trim);
        let params = [("peerHost", host), ("peerPort", port), ("peerPath", path), ("peerKey", key)];
        let params = params.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut overrides = Self::from_params(&params).ok()?;
        overrides.secure = secure;
        let servers = IceServer::from_lines(ice);
        overrides.ice_servers = (!servers.is_empty()).then_some(servers);
        Some(overrides)
    }

    /// Reads the URL parameters of the page.
    pub(super) fn from_params(params: &[(String, String)]) -> Result<Self, Error> {
        let param = |name: &'static str| {
            let found = params.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
        };
        let checked = |name: &'static str, check: fn(&str) -> Option<String>| {
            param(name).map(|value| check(value).ok_or(Error::Parameter(name))).transpose()
        };
        let port = param("peerPort").map(|port| port.parse::<u16>().ok().filter(|port| *port > 0));
        let secure = param("peerSecure").map(|secure| match secure {
            "1" | "true" | "yes" => Ok(true),
            "0" | "false" | "no" => Ok(false),
            _ => Err(Error::Parameter("peerSecure")),
        });
        Ok(Self {
            host: checked("peerHost", host)?,
            port: port.map(|port| port.ok_or(Error::Parameter("peerPort"))).transpose()?,
            path: checked("peerPath", path)?,
            key: param("peerKey").map(Into::into),
            secure: secure.transpose()?,
            ice_servers: None,
        })
    }

    /// Whether it names a server, even if only by a path on the page's own.
    pub(super) fn names_server(&self) -> bool {
        self.host.is_some()
            || self.port.is_some()
            || self.path.is_some()
            || self.key.is_some()
            || self.secure.is_some()
    }
}

/// A name or an address (IPv6 in brackets) that is valid in a URL.
fn host(text: &str) -> Option<String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
    let bracketed = text.starts_with('[') && text.ends_with(']');
    let valid = !text.is_empty()
        && text.len() <= 253
        && text.chars().all(legal)
        && (bracketed || !text.contains([':', '[', ']']));
    valid.then(|| text.into())
}

/// A path that is valid in a URL, with slashes at both ends.
pub(super) fn path(text: &str) -> Option<String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "/-_.~%".contains(c);
    if text.len() > 256 || !text.chars().all(legal) {
        return None;
    }
    match text.trim_matches('/') {
        "" => Some("/".into()),
        inner => Some(format!("/{inner}/")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::testing::test;

    #[test]
    fn wrong_parameters_are_named() {
        for (name, value) in [
            ("peerPort", "0"),
            ("peerPort", "99999"),
            ("peerHost", "a/b"),
            ("peerHost", "user@a"),
            ("peerPath", "?x"),
            ("peerSecure", "maybe"),
        ] {
            let result = SignallingOverrides::from_params(&[(name.into(), value.into())]);
            assert_eq!(result, Err(Error::Parameter(name)), "{value}");
        }
    }

    #[test]
    fn a_form_is_written_and_read_back() {
        let read = SignallingOverrides::from_form;
        let ice = "stun:s:1\nturn:t?transport=tcp user secret\n\nturn:without\nhttp://x\n";
        let chosen = read(["a.example", " 443 ", "live", "k"], Some(true), ice).unwrap();
        assert_eq!(chosen.path.as_deref(), Some("/live/"));
        let servers = chosen.ice_servers.clone().unwrap();
        let lines: String = servers.iter().map(IceServer::to_lines).collect();
        assert_eq!(lines, "stun:s:1\nturn:t?transport=tcp user secret\n");
        assert_eq!(SignallingOverrides::parse(&chosen.to_json()), chosen);
        assert_eq!(read([""; 4], None, ""), Some(SignallingOverrides::default()));
        assert_eq!(read(["a b", "", "", ""], None, ""), None);
        assert_eq!(read(["a", "0", "", ""], None, ""), None);
    }

    #[test]
    fn settings_of_an_older_version_are_read() {
        let kept = r#"{"peerHost":"a","peerPort":443,"peerPath":"/b/","peerSecure":true,
            "iceServers":[{"urls":["turn:t"],"username":"u","credential":"c"}]}"#;
        let read = SignallingOverrides::parse(kept);
        assert_eq!(
            (read.host.as_deref(), read.port, read.secure),
            (Some("a"), Some(443), Some(true))
        );
        let compact: String = kept.split_whitespace().collect();
        assert_eq!(read.to_json(), compact);
    }
}
