//! Finding the signalling server.

use futures_util::future::join;
use live_core::id::PeerId;

use crate::connection::ice::IceServer;
use crate::platform::fetch::fetch_text;
use crate::signalling::config::SiteConfig;
use crate::signalling::overrides::path;
use crate::signalling::{Error, GOOGLE_STUN, PUBLIC_HOST, Server, SignallingOverrides, VERSION};

/// Finds the server: the page's URL parameters `peerHost`, `peerPort`, `peerPath`, `peerKey` and
/// `peerSecure`; the user's `settings`; `config.json` beside the page; the page's own origin if a
/// PeerServer answers there; PeerJS's public server. The first of them that says anything about a
/// server decides. `config.json` and the origin are requested at the same time.
pub async fn discover(
    params: &[(String, String)],
    settings: Option<SignallingOverrides>,
) -> Result<Server, Error> {
    let params = SignallingOverrides::from_params(params)?;
    let settings = settings.unwrap_or_default();
    let page = Page::current();
    let decided = params.names_server() || settings.names_server();
    let origin = async { !decided && has_peer_server(&page).await };
    let (config, answers) = join(fetch_config(), origin).await;
    let config = config.as_deref().map(SiteConfig::parse).unwrap_or_default();
    Ok(choose(&page, params, settings, config, answers))
}

/// The `config.json` that is embedded in the page where the whole app is one file.
pub fn inline_config() -> Option<String> {
    web_sys::window()?.document()?.get_element_by_id("config")?.text_content()
}

/// The page's own origin.
#[derive(Clone, Debug, Default)]
struct Page {
    /// Empty for a page without a server, such as `file:`.
    host: String,
    port: u16,
    secure: bool,
}

impl Page {
    fn current() -> Self {
        let Some(location) = web_sys::window().map(|window| window.location()) else {
            return Self::default();
        };
        let secure = location.protocol().is_ok_and(|scheme| scheme == "https:");
        let port = location.port().ok().and_then(|port| port.parse().ok());
        Self {
            host: location.hostname().unwrap_or_default(),
            port: port.unwrap_or(if secure { 443 } else { 80 }),
            secure,
        }
    }
}

/// The order of [`discover`]; `answers` tells whether the page's origin has a PeerServer.
fn choose(
    page: &Page,
    params: SignallingOverrides,
    settings: SignallingOverrides,
    config: SiteConfig,
    answers: bool,
) -> Server {
    let ice_servers = settings.ice_servers.clone().or(config.signalling.ice_servers.clone());
    let origin = SignallingOverrides {
        host: answers.then(|| page.host.clone()),
        ..SignallingOverrides::default()
    };
    let mut server = [params, settings, config.signalling, origin]
        .into_iter()
        .find(SignallingOverrides::names_server)
        .map_or_else(Server::public, |overrides| complete(page, overrides));
    if let Some(ice_servers) = ice_servers {
        server.ice_servers = ice_servers;
    }
    server.default_network = config.default_network;
    server.max_children = config.max_children;
    server.pages = config.pages;
    server
}

/// Fills in what `overrides` leaves open.
fn complete(page: &Page, overrides: SignallingOverrides) -> Server {
    let here = || if page.host.is_empty() { "localhost".into() } else { page.host.clone() };
    let host = overrides.host.unwrap_or_else(here);
    let own = host == page.host;
    let secure = overrides.secure.unwrap_or(page.secure || (!own && overrides.port == Some(443)));
    let port = overrides.port.unwrap_or(match (own, secure) {
        (true, _) => page.port,
        (false, true) => 443,
        (false, false) => 9000,
    });
    let ice_servers = if host == PUBLIC_HOST {
        Server::public().ice_servers
    } else {
        vec![IceServer::stun(GOOGLE_STUN)]
    };
    Server {
        host,
        port,
        path: overrides.path.and_then(|text| path(&text)).unwrap_or_else(|| "/".into()),
        key: overrides.key.unwrap_or_else(|| "peerjs".into()),
        secure,
        ice_servers,
        default_network: None,
        max_children: None,
        pages: None,
    }
}

async fn fetch_config() -> Option<String> {
    if let Some(config) = inline_config() {
        return Some(config);
    }
    let base = web_sys::window()?.document()?.base_uri().ok()??;
    let url = web_sys::Url::new_with_base("config.json", &base).ok()?;
    fetch_text(&url.href()).await
}

/// Whether a PeerServer answers at the page's origin. Its `id` is a bare id; a web server that
/// answers every address with the page does not pass.
async fn has_peer_server(page: &Page) -> bool {
    if page.host.is_empty() {
        return false;
    }
    let scheme = if page.secure { "https" } else { "http" };
    let url = format!("{scheme}://{}:{}/peerjs/id?version={VERSION}", page.host, page.port);
    fetch_text(&url).await.is_some_and(|body| PeerId::new(body.trim()).is_ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::testing::test;
    use live_core::wire::limits;

    use super::*;

    fn page() -> Page {
        Page { host: "live.example".into(), port: 9000, secure: false }
    }

    fn params(pairs: &[(&str, &str)]) -> SignallingOverrides {
        let pairs: Vec<_> =
            pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        SignallingOverrides::from_params(&pairs).unwrap()
    }

    fn settings(host: &str) -> SignallingOverrides {
        SignallingOverrides { host: Some(host.into()), ..none() }
    }

    fn none() -> SignallingOverrides {
        SignallingOverrides::default()
    }

    #[test]
    fn the_first_that_names_a_server_decides() {
        let config = SiteConfig::parse(r#"{"peerHost":"config.example"}"#);
        let host = |params, settings, config, answers| {
            choose(&page(), params, settings, config, answers).host
        };
        let url = params(&[("peerHost", "url.example")]);
        let chosen = settings("settings.example");
        assert_eq!(host(url, chosen.clone(), config.clone(), true), "url.example");
        assert_eq!(host(none(), chosen, config.clone(), true), "settings.example");
        assert_eq!(host(none(), none(), config, true), "config.example");
        assert_eq!(host(none(), none(), SiteConfig::default(), true), "live.example");
        assert_eq!(host(none(), none(), SiteConfig::default(), false), PUBLIC_HOST);
    }

    #[test]
    fn without_a_host_the_page_s_own_origin_is_meant() {
        let url = params(&[("peerPath", "myapp"), ("peerKey", "k&y")]);
        let server = choose(&page(), url, none(), SiteConfig::default(), false);
        assert_eq!(
            server.socket_url("two words", "t"),
            "ws://live.example:9000/myapp/peerjs?key=k%26y&id=two%20words&token=t&version=1.5.5"
        );
        assert_eq!(server.ice_servers, [IceServer::stun(GOOGLE_STUN)]);
    }

    #[test]
    fn tls_and_port_follow_from_each_other() {
        let of = |pairs: &[(&str, &str)]| {
            let server = complete(&page(), params(pairs));
            (server.secure, server.port)
        };
        assert_eq!(of(&[("peerHost", "a")]), (false, 9000));
        assert_eq!(of(&[("peerHost", "a"), ("peerPort", "443")]), (true, 443));
        assert_eq!(of(&[("peerHost", "a"), ("peerSecure", "true")]), (true, 443));
        assert_eq!(of(&[("peerHost", "a"), ("peerPort", "80")]), (false, 80));
    }

    #[test]
    fn ice_servers_come_from_settings_then_config() {
        let config =
            SiteConfig::parse(r#"{"iceServers":[{"urls":"stun:config"}],"maxChildren":999}"#);
        let settings = SignallingOverrides { ice_servers: Some(Vec::new()), ..none() };
        let server = choose(&page(), none(), none(), config.clone(), true);
        assert_eq!(server.ice_servers, [IceServer::stun("stun:config")]);
        assert_eq!(server.max_children, Some(limits::CHILDREN as u32));
        let server = choose(&page(), none(), settings, config, true);
        assert_eq!(server.ice_servers, []);
    }

    #[test]
    fn the_public_server_brings_its_own_turn() {
        let server = choose(&page(), settings(PUBLIC_HOST), none(), SiteConfig::default(), true);
        assert_eq!(server.ice_servers, Server::public().ice_servers);
    }
}
