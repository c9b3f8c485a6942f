//! Where the signalling server is.

use futures_util::future::join;
use live_core::id::PeerId;
use live_core::wire;
use live_core::wire::value::Value;
use live_core::wire::{json, limits};

pub(crate) mod socket;

use crate::connection::ice::IceServer;
use crate::platform::fetch::fetch_text;

/// The version of PeerJS whose protocol this is.
const VERSION: &str = "1.5.5";

/// A signalling server, and what comes with it.
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
    /// Whether it speaks TLS.
    pub secure: bool,
    /// STUN and TURN for the links.
    pub ice_servers: Vec<IceServer>,
    /// The network that this site proposes.
    pub default_network: Option<PeerId>,
    /// The limit of children that this site proposes.
    pub max_children: Option<u32>,
    /// The folder where others find the pages, if that is not where this one comes from.
    pub pages: Option<String>,
}

/// What a user chose in the settings, or what the URL or `config.json` says. Without a host, the
/// page's own origin is meant; without anything, the choice is left to the next in line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignallingOverrides {
    /// Name or address.
    pub host: Option<String>,
    /// Port; the page's for the page's host, else 443 with TLS and PeerServer's 9000 without.
    pub port: Option<u16>,
    /// PeerServer's path, `/` by default; slashes at the ends may be missing.
    pub path: Option<String>,
    /// PeerServer's key, `peerjs` by default.
    pub key: Option<String>,
    /// TLS; by default if the page has it or the port is 443.
    pub secure: Option<bool>,
    /// Replaces the ICE servers that would be used.
    pub ice_servers: Option<Vec<IceServer>>,
}

wire!(struct SignallingOverrides {
    host as "peerHost",
    port as "peerPort",
    path as "peerPath",
    key as "peerKey",
    secure as "peerSecure",
    ice_servers as "iceServers",
});

/// Why no server can be named.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A parameter of the page's address makes no sense.
    #[error("the address of this page has a wrong {0}")]
    Parameter(&'static str),
}

/// Finds the server: the page's URL parameters `peerHost`, `peerPort`, `peerPath`, `peerKey` and
/// `peerSecure`; what the user `stored`; `config.json` beside the page; the page's own origin if
/// a PeerServer answers there; PeerJS's public server. The first that says anything about a
/// server decides. `config.json` and the origin are asked at the same time.
pub async fn discover(
    params: &[(String, String)],
    stored: Option<SignallingOverrides>,
) -> Result<Server, Error> {
    let wanted = from_params(params)?;
    let page = Page::current();
    let stored = stored.unwrap_or_default();
    let decided = wanted.names_server() || stored.names_server();
    let origin = async { !decided && probe(&page).await };
    let (config, answers) = join(fetch_config(), origin).await;
    let config = config.as_deref().map(Config::parse).unwrap_or_default();
    Ok(choose(&page, wanted, stored, config, answers))
}

impl Server {
    /// Whether it is PeerJS's public one, where anybody's pages meet.
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
            percent_encode(&self.key),
            percent_encode(id),
            percent_encode(token),
        )
    }
}

/// Where the page itself comes from.
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

/// What `config.json` says. Every field that makes no sense is as good as missing.
#[derive(Clone, Debug, Default, PartialEq)]
struct Config {
    stored: SignallingOverrides,
    default_network: Option<PeerId>,
    max_children: Option<u32>,
    pages: Option<String>,
}

impl Config {
    fn parse(json: &str) -> Self {
        let Some(mut value) = json::parse(json) else {
            return Self::default();
        };
        let ice_servers = value.get("iceServers").filter(|value| value.as_array().is_some());
        let ice_servers = ice_servers.map(IceServer::list);
        let children = |count: u64| count.min(limits::CHILDREN as u64) as u32;
        Self {
            stored: SignallingOverrides {
                host: value.member::<String>("peerHost").and_then(|h| host(&h)),
                port: value.member("peerPort"),
                path: value.member::<String>("peerPath").and_then(|p| path(&p)),
                key: value.member("peerKey"),
                secure: value.member("peerSecure"),
                ice_servers,
            },
            default_network: value.member("defaultNetwork"),
            max_children: value.member("maxChildren").map(children),
            pages: value.member::<String>("pages").filter(|url| is_folder(url)),
        }
    }
}

impl SignallingOverrides {
    /// Reads what [`to_json`](Self::to_json) wrote, or a `config.json`. What makes no sense is left
    /// out.
    pub fn parse(json: &str) -> Self {
        Config::parse(json).stored
    }

    /// The same names as in `config.json`; what is not said is not there.
    pub fn to_json(&self) -> String {
        json::text(self)
    }

    /// Reads a form; an empty field says nothing. `None` if a field makes no sense.
    pub fn from_form(fields: [&str; 4], secure: Option<bool>, ice: &str) -> Option<Self> {
        let [host, port, path, key] = fields.map(str::trim);
        let params = [("peerHost", host), ("peerPort", port), ("peerPath", path), ("peerKey", key)];
        let params = params.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut stored = from_params(&params).ok()?;
        stored.secure = secure;
        let servers = IceServer::from_lines(ice);
        stored.ice_servers = (!servers.is_empty()).then_some(servers);
        Some(stored)
    }

    /// Whether it names a server, were it only by a path on the page's own.
    fn names_server(&self) -> bool {
        self.host.is_some()
            || self.port.is_some()
            || self.path.is_some()
            || self.key.is_some()
            || self.secure.is_some()
    }
}

fn from_params(params: &[(String, String)]) -> Result<SignallingOverrides, Error> {
    let param = |name: &'static str| {
        let found = params.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.trim()).filter(|v| !v.is_empty())
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
    Ok(SignallingOverrides {
        host: checked("peerHost", host)?,
        port: port.map(|port| port.ok_or(Error::Parameter("peerPort"))).transpose()?,
        path: checked("peerPath", path)?,
        key: param("peerKey").map(Into::into),
        secure: secure.transpose()?,
        ice_servers: None,
    })
}

/// The order of [`discover`]; `answers` says whether a PeerServer was found at the page's origin.
fn choose(
    page: &Page,
    params: SignallingOverrides,
    stored: SignallingOverrides,
    config: Config,
    answers: bool,
) -> Server {
    let ice_servers =
        [&stored.ice_servers, &config.stored.ice_servers].into_iter().find_map(Clone::clone);
    let own = SignallingOverrides {
        host: answers.then(|| page.host.clone()),
        ..SignallingOverrides::default()
    };
    let mut server = [params, stored, config.stored, own]
        .into_iter()
        .find(SignallingOverrides::names_server)
        .map_or_else(public, |named| complete(page, named));
    if let Some(ice_servers) = ice_servers {
        server.ice_servers = ice_servers;
    }
    server.default_network = config.default_network;
    server.max_children = config.max_children;
    server.pages = config.pages;
    server
}

/// Fills in what `named` leaves open.
fn complete(page: &Page, named: SignallingOverrides) -> Server {
    let here = || if page.host.is_empty() { "localhost".into() } else { page.host.clone() };
    let host = named.host.unwrap_or_else(here);
    let own = host == page.host;
    let secure = named.secure.unwrap_or(page.secure || (!own && named.port == Some(443)));
    let port = named.port.unwrap_or(match (own, secure) {
        (true, _) => page.port,
        (false, true) => 443,
        (false, false) => 9000,
    });
    let ice_servers =
        if host == PUBLIC_HOST { public().ice_servers } else { vec![IceServer::stun(GOOGLE_STUN)] };
    Server {
        host,
        port,
        path: named.path.and_then(|p| path(&p)).unwrap_or_else(|| "/".into()),
        key: named.key.unwrap_or_else(|| "peerjs".into()),
        secure,
        ice_servers,
        default_network: None,
        max_children: None,
        pages: None,
    }
}

const PUBLIC_HOST: &str = "0.peerjs.com";
const GOOGLE_STUN: &str = "stun:stun.l.google.com:19302";

/// PeerJS's public server with PeerJS's ICE servers.
fn public() -> Server {
    let turn = IceServer {
        urls: vec![
            "turn:eu-0.turn.peerjs.com:3478".into(),
            "turn:us-0.turn.peerjs.com:3478".into(),
        ],
        username: Some("peerjs".into()),
        credential: Some("peerjsp".into()),
    };
    Server {
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

/// A name or an address (IPv6 in brackets) that can stand in a URL.
fn host(text: &str) -> Option<String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
    let bracketed = text.starts_with('[') && text.ends_with(']');
    let valid = !text.is_empty()
        && text.len() <= 253
        && text.chars().all(legal)
        && (bracketed || !text.contains([':', '[', ']']));
    valid.then(|| text.into())
}

/// A path that can stand in a URL, with slashes at both ends.
fn path(text: &str) -> Option<String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "/-_.~%".contains(c);
    if text.len() > 256 || !text.chars().all(legal) {
        return None;
    }
    match text.trim_matches('/') {
        "" => Some("/".into()),
        inner => Some(format!("/{inner}/")),
    }
}

/// Whether it is the address of a folder on the web.
fn is_folder(url: &str) -> bool {
    let scheme = url.starts_with("https://") || url.starts_with("http://");
    scheme && url.ends_with('/') && !url.contains(['?', '#', ' '])
}

pub(crate) fn text(value: &Value<'_>) -> Option<String> {
    value.as_str().map(Into::into)
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The `config.json` that is part of the page where the whole app is one file.
pub fn inline_config() -> Option<String> {
    web_sys::window()?.document()?.get_element_by_id("config")?.text_content()
}

async fn fetch_config() -> Option<String> {
    if let Some(config) = inline_config() {
        return Some(config);
    }
    let base = web_sys::window()?.document()?.base_uri().ok()??;
    let url = web_sys::Url::new_with_base("config.json", &base).ok()?;
    fetch_text(&url.href()).await
}

/// Whether a PeerServer answers at the page's origin: its `id` is a bare id, while a server that
/// answers every address with the page does not pass for one.
async fn probe(page: &Page) -> bool {
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

    use super::*;

    fn page() -> Page {
        Page { host: "live.example".into(), port: 9000, secure: false }
    }

    fn params(pairs: &[(&str, &str)]) -> SignallingOverrides {
        let pairs: Vec<_> =
            pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        from_params(&pairs).unwrap()
    }

    fn stored(host: &str) -> SignallingOverrides {
        SignallingOverrides { host: Some(host.into()), ..SignallingOverrides::default() }
    }

    #[test]
    fn the_first_that_names_a_server_decides() {
        let config = Config::parse(r#"{"peerHost":"config.example"}"#);
        let none = SignallingOverrides::default;
        let host =
            |params, stored, config, answers| choose(&page(), params, stored, config, answers).host;
        let url = params(&[("peerHost", "url.example")]);
        assert_eq!(host(url, stored("settings.example"), config.clone(), true), "url.example");
        assert_eq!(
            host(none(), stored("settings.example"), config.clone(), true),
            "settings.example"
        );
        assert_eq!(host(none(), none(), config, true), "config.example");
        assert_eq!(host(none(), none(), Config::default(), true), "live.example");
        assert_eq!(host(none(), none(), Config::default(), false), PUBLIC_HOST);
    }

    #[test]
    fn without_a_host_the_page_s_own_origin_is_meant() {
        let url = params(&[("peerPath", "myapp"), ("peerKey", "k&y")]);
        let server = choose(&page(), url, SignallingOverrides::default(), Config::default(), false);
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
    fn wrong_parameters_are_named() {
        for (name, value) in [
            ("peerPort", "0"),
            ("peerPort", "99999"),
            ("peerHost", "a/b"),
            ("peerHost", "user@a"),
            ("peerPath", "?x"),
            ("peerSecure", "maybe"),
        ] {
            let result = from_params(&[(name.into(), value.into())]);
            assert_eq!(result, Err(Error::Parameter(name)), "{value}");
        }
    }

    #[test]
    fn a_hostile_config_is_tolerated_field_by_field() {
        for text in ["", "[]", "null", "<!doctype html>", r#"{"peerHost":{}}"#] {
            assert_eq!(Config::parse(text), Config::default(), "{text}");
        }
        let config = Config::parse(
            r#"{"peerHost":"a b","peerPort":-1,"peerPath":"/x","peerSecure":"yes",
                "pages":"javascript:alert(1)/",
                "defaultNetwork":"<b>","maxChildren":1e3,"iceServers":[
                  7, {"urls":"http://x"}, {"urls":[]}, {"urls":"turn:t"}, {"urls":"stun:s:1"},
                  {"urls":["turn:t"],"username":"u","credential":"c"}]}"#,
        );
        assert_eq!(config.stored.host, None);
        assert_eq!(config.stored.port, None);
        assert_eq!(config.stored.path.as_deref(), Some("/x/"));
        assert_eq!(config.stored.secure, None);
        assert_eq!(config.default_network, None);
        assert_eq!(config.max_children, None);
        assert_eq!(config.pages, None);
        let urls: Vec<_> = config.stored.ice_servers.unwrap();
        let urls: Vec<_> = urls.iter().map(|server| server.urls[0].as_str()).collect();
        assert_eq!(urls, ["stun:s:1", "turn:t"]);
    }

    #[test]
    fn ice_servers_come_from_settings_then_config() {
        let config = Config::parse(r#"{"iceServers":[{"urls":"stun:config"}],"maxChildren":999}"#);
        let settings =
            SignallingOverrides { ice_servers: Some(Vec::new()), ..SignallingOverrides::default() };
        let none = SignallingOverrides::default;
        let server = choose(&page(), none(), none(), config.clone(), true);
        assert_eq!(server.ice_servers, [IceServer::stun("stun:config")]);
        assert_eq!(server.max_children, Some(limits::CHILDREN as u32));
        let server = choose(&page(), none(), settings, config, true);
        assert_eq!(server.ice_servers, []);
    }

    #[test]
    fn what_is_chosen_is_read_back() {
        let ice = "stun:s:1\nturn:t?transport=tcp user secret\n\nturn:without\nhttp://x\n";
        let chosen =
            SignallingOverrides::from_form(["a.example", " 443 ", "live", "k"], Some(true), ice)
                .unwrap();
        assert_eq!(chosen.path.as_deref(), Some("/live/"));
        let servers = chosen.ice_servers.clone().unwrap();
        let lines: String = servers.iter().map(IceServer::to_lines).collect();
        assert_eq!(lines, "stun:s:1\nturn:t?transport=tcp user secret\n");
        assert_eq!(SignallingOverrides::parse(&chosen.to_json()), chosen);
        assert_eq!(
            SignallingOverrides::from_form([""; 4], None, ""),
            Some(SignallingOverrides::default())
        );
        assert_eq!(SignallingOverrides::from_form(["a b", "", "", ""], None, ""), None);
        assert_eq!(SignallingOverrides::from_form(["a", "0", "", ""], None, ""), None);
    }

    #[test]
    fn the_public_server_brings_its_own_turn() {
        let server = choose(
            &page(),
            stored(PUBLIC_HOST),
            SignallingOverrides::default(),
            Config::default(),
            true,
        );
        assert_eq!(server.ice_servers, public().ice_servers);
    }
}
