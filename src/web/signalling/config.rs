//! `config.json`, the settings of a site.

use live_core::id::PeerId;
use live_core::wire::limits;
use serde_json::Value;

use crate::signalling::SignallingOverrides;

/// The valid settings; malformed ones count as missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SiteConfig {
    pub(super) signalling: SignallingOverrides,
    pub(super) default_network: Option<PeerId>,
    pub(super) max_children: Option<u32>,
    pub(super) pages: Option<String>,
}

impl SiteConfig {
    pub(super) fn parse(json: &str) -> Self {
        let file: Value = serde_json::from_str(json).unwrap_or_default();
        let text = |name: &str| file.get(name)?.as_str();
        let max_children = file.get("maxChildren").and_then(Value::as_u64);
        Self {
            signalling: SignallingOverrides::from_config(&file),
            default_network: text("defaultNetwork").and_then(|name| PeerId::new(name).ok()),
            max_children: max_children.map(|count| count.min(limits::CHILDREN as u64) as u32),
            pages: text("pages").filter(|url| is_folder(url)).map(str::to_owned),
        }
    }
}

/// Whether it is the address of a folder on the web.
fn is_folder(url: &str) -> bool {
    let scheme = url.starts_with("https://") || url.starts_with("http://");
    scheme && url.ends_with('/') && !url.contains(['?', '#', ' '])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::connection::ice::IceServer;
    use crate::testing::test;

    #[test]
    fn a_hostile_config_is_tolerated_field_by_field() {
        for text in ["", "[]", "null", "<!doctype html>", r#"{"peerHost":{}}"#] {
            assert_eq!(SiteConfig::parse(text), SiteConfig::default(), "{text}");
        }
        let config = SiteConfig::parse(
            r#"{"peerHost":"a b","peerPort":-1,"peerPath":"/x","peerSecure":"yes",
                "pages":"javascript:alert(1)/",
                "defaultNetwork":"<b>","maxChildren":1e3,"iceServers":[
                  7, {"urls":"http://x"}, {"urls":[]}, {"urls":"turn:t"}, {"urls":"stun:s:1"},
                  {"urls":["turn:t"],"username":"u","credential":"c"}]}"#,
        );
        assert_eq!(config.signalling.host, None);
        assert_eq!(config.signalling.port, None);
        assert_eq!(config.signalling.path.as_deref(), Some("/x/"));
        assert_eq!(config.signalling.secure, None);
        assert_eq!(config.default_network, None);
        assert_eq!(config.max_children, None);
        assert_eq!(config.pages, None);
        let urls: Vec<_> = config.signalling.ice_servers.unwrap();
        let urls: Vec<_> = urls.iter().map(|server| server.urls[0].as_str()).collect();
        assert_eq!(urls, ["stun:s:1", "turn:t"]);
    }

    #[test]
    fn an_entry_with_both_spellings_of_urls_is_read() {
        let config = SiteConfig::parse(
            r#"{"iceServers":[{"url":"stun:old","urls":"stun:new"},{"url":"stun:old"}]}"#,
        );
        let servers = config.signalling.ice_servers.unwrap();
        assert_eq!(servers, [IceServer::stun("stun:new"), IceServer::stun("stun:old")]);
    }
}
