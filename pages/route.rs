//! Addresses: which page an address names, and the address of a page. Pure, so tested natively.

use core::fmt::Write;

use live_core::id::PeerId;
use live_core::view::RoomKind;

use crate::i18n::Language;
use crate::theme::Theme;

/// A parsed address below the app's base.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Address {
    /// The language in the path (`zh/host`).
    pub folder: Option<Language>,
    /// The page.
    pub page: Page,
    /// The parameters that every page takes.
    pub options: Options,
}

/// A page with its own parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// The rooms of a network.
    #[default]
    Index,
    /// Host a room.
    Host(HostQuery),
    /// Watch a room.
    Audience(AudienceQuery),
    /// Exchange streams with one person.
    Exchange(ExchangeQuery),
}

/// The parameters of the host page; their names in addresses are those of the legacy pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostQuery {
    /// `rootId`: the network to announce the room in; without it the room is private.
    pub network: Option<PeerId>,
    /// `title`.
    pub title: String,
    /// `summary`.
    pub summary: String,
    /// `coverURL`.
    pub cover: String,
    /// `kind`, which the legacy pages do not know.
    pub kind: RoomKind,
    /// `room`: distinguishes rooms with the same details in one window; 0 for the first. The legacy
    /// pages do not know it.
    pub room: u32,
}

/// The parameters of the audience page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AudienceQuery {
    /// `id`: any peer of the room, unparsed; it may be invalid.
    pub id: String,
    /// `name`: the viewer's name, or empty.
    pub name: String,
}

/// The parameters of the exchange page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExchangeQuery {
    /// `id`: whom to call, unparsed; it may be invalid.
    pub id: String,
}

/// The parameters that every page takes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// `lang`.
    pub language: Option<Language>,
    /// `themeIndex`: 0 is light, 1 is dark.
    pub theme: Option<Theme>,
    /// `maxChildren`: this peer's limit of children.
    pub max_children: Option<u32>,
    /// `peerHost`, `peerPort`, `peerPath`, `peerKey`, `peerSecure`, unparsed.
    pub signalling: Vec<(String, String)>,
}

const SIGNALLING: [&str; 5] = ["peerHost", "peerPort", "peerPath", "peerKey", "peerSecure"];

/// Parses an address: `path` is the part after the app's base, `query` the part after `?`.
/// `None` if it is not the address of a page.
pub fn parse(path: &str, query: &str) -> Option<Address> {
    let value = |name: &str| parameter(query, name);

    let mut segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let folder = segments.first().and_then(|first| Language::from_tag(first));
    if folder.is_some() {
        segments.remove(0);
    }
    if segments.len() > 1 && segments.last() == Some(&"index.html") {
        segments.pop();
    }
    let page = match segments[..] {
        [] | ["index.html" | "P2PLiveIndex.html"] => Page::Index,
        ["host" | "P2PLiveHost.html"] => Page::Host(HostQuery {
            network: PeerId::new(&value("rootId")).ok(),
            title: value("title"),
            summary: value("summary"),
            cover: value("coverURL"),
            kind: Some(value("kind"))
                .filter(|kind| !kind.is_empty())
                .map_or_else(RoomKind::default, |kind| RoomKind::named(&kind)),
            room: value("room").parse().unwrap_or_default(),
        }),
        ["audience" | "P2PLiveAudience.html"] => {
            Page::Audience(AudienceQuery { id: value("id").trim().to_owned(), name: value("name") })
        }
        ["exchange" | "exchange.html"] | ["others", "exchange.html"] => {
            Page::Exchange(ExchangeQuery { id: value("id").trim().to_owned() })
        }
        _ => return None,
    };

    let options = Options {
        language: Language::from_tag(&value("lang")),
        theme: match value("themeIndex").as_str() {
            "0" => Some(Theme::Light),
            "1" => Some(Theme::Dark),
            _ => None,
        },
        max_children: value("maxChildren").parse().ok(),
        signalling: pairs(query).filter(|(key, _)| SIGNALLING.contains(&key.as_str())).collect(),
    };
    Some(Address { folder, page, options })
}

/// The value of a parameter, or an empty text.
pub fn parameter(query: &str, name: &str) -> String {
    pairs(query).find(|(key, _)| key == name).map(|(_, value)| value).unwrap_or_default()
}

/// The address of `page`, relative to the app's base, in the language folder and with the
/// options of `from`, the address of the linking page. The names are real files, so that a static
/// host can serve them.
pub fn href(from: &Address, page: &Page) -> String {
    let mut link = Link::new(from.folder, page);
    if let Some(limit) = from.options.max_children {
        link.push("maxChildren", &limit.to_string());
    }
    link.signalling(&from.options);
    link.0
}

/// The link to `page` for other people, relative to the app's base: without language and limits,
/// but with the signalling server of `from`.
pub fn share(from: &Options, page: &Page) -> String {
    let mut link = Link::new(None, page);
    link.signalling(from);
    link.0
}

/// The room that a text names: an id, or the `id` of a link that was shared.
pub fn room_id(text: &str) -> Option<PeerId> {
    let text = text.trim();
    if let Ok(id) = PeerId::new(text) {
        return Some(id);
    }
    let query = text.split_once('?')?.1;
    let query = query.split('#').next()?;
    PeerId::new(parameter(query, "id").trim()).ok()
}

struct Link(String);

impl Link {
    fn new(folder: Option<Language>, page: &Page) -> Self {
        let mut link = Self(String::new());
        if let Some(language) = folder {
            link.0 = format!("{}/", language.tag());
        }
        match page {
            Page::Index => {}
            Page::Host(query) => {
                link.0.push_str("P2PLiveHost.html");
                if let Some(network) = &query.network {
                    link.push("rootId", network.as_str());
                }
                link.push("title", &query.title);
                link.push("summary", &query.summary);
                link.push("coverURL", &query.cover);
                if query.kind != RoomKind::default() {
                    link.push("kind", query.kind.as_str());
                }
                if query.room > 0 {
                    link.push("room", &query.room.to_string());
                }
            }
            Page::Audience(query) => {
                link.0.push_str("P2PLiveAudience.html");
                link.push("id", &query.id);
                link.push("name", &query.name);
            }
            Page::Exchange(query) => {
                link.0.push_str("exchange.html");
                link.push("id", &query.id);
            }
        }
        link
    }

    fn push(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        let separator = if self.0.contains('?') { '&' } else { '?' };
        self.0.push(separator);
        self.0.push_str(name);
        self.0.push('=');
        encode(value, &mut self.0);
    }

    fn signalling(&mut self, options: &Options) {
        for (name, value) in &options.signalling {
            self.push(name, value);
        }
    }
}

fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

/// Percent-decodes a form value; invalid escapes are kept.
fn decode(text: &str) -> String {
    let hex = |byte: Option<&u8>| byte.and_then(|b| char::from(*b).to_digit(16));
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match (byte, hex(bytes.get(at)), hex(bytes.get(at + 1))) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 2;
            }
            (b'+', ..) => out.push(b' '),
            _ => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::testing::test;

    fn page(path: &str) -> Option<Page> {
        parse(path, "").map(|address| address.page)
    }

    #[test]
    fn every_name_of_a_page_is_known_in_every_language() {
        for folder in ["", "en/", "zh/"] {
            for name in ["", "index.html", "P2PLiveIndex.html"] {
                assert_eq!(page(&format!("{folder}{name}")), Some(Page::Index), "{folder}{name}");
            }
            for name in ["host", "host/", "host/index.html", "P2PLiveHost.html"] {
                let found = page(&format!("{folder}{name}"));
                assert!(matches!(found, Some(Page::Host(_))), "{folder}{name}");
            }
            for name in ["audience", "audience/", "P2PLiveAudience.html"] {
                let found = page(&format!("{folder}{name}"));
                assert!(matches!(found, Some(Page::Audience(_))), "{folder}{name}");
            }
            for name in ["exchange", "exchange/", "exchange.html", "others/exchange.html"] {
                let found = page(&format!("{folder}{name}"));
                assert!(matches!(found, Some(Page::Exchange(_))), "{folder}{name}");
            }
        }
        for other in ["favicon.svg", "xx/host", "host/host", "P2PLiveHost"] {
            assert_eq!(page(other), None, "{other}");
        }
    }

    #[test]
    fn the_folder_is_a_language() {
        assert_eq!(parse("zh/", "").unwrap().folder, Some(Language::Zh));
        assert_eq!(parse("host", "lang=zh").unwrap().options.language, Some(Language::Zh));
        assert_eq!(parse("host", "").unwrap().folder, None);
    }

    #[test]
    fn the_parameters_of_the_old_pages() {
        let query = "rootId=P2P-Live-Web-Default-ID&title=My%20room&summary=a+b&themeIndex=1\
                     &coverURL=https%3A%2F%2Fexample.org%2Fa.png%3Fb%3D1%26c&unknown=1";
        let address = parse("P2PLiveHost.html", query).unwrap();
        let Page::Host(host) = address.page else {
            panic!("not the host page");
        };
        assert_eq!(host.network, PeerId::new("P2P-Live-Web-Default-ID").ok());
        assert_eq!((host.title.as_str(), host.summary.as_str()), ("My room", "a b"));
        assert_eq!(host.cover, "https://example.org/a.png?b=1&c");
        assert_eq!(address.options.theme, Some(Theme::Dark));
    }

    #[test]
    fn broken_escapes_stay_as_they_are() {
        for (text, meant) in
            [("100%", "100%"), ("%zz", "%zz"), ("%4", "%4"), ("%E4%BD", "\u{fffd}")]
        {
            assert_eq!(decode(text), meant);
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let from = parse("zh/", "maxChildren=1&peerHost=example.org&peerPort=9000").unwrap();
        let page = Page::Host(HostQuery {
            network: PeerId::new("net work").ok(),
            title: "C++ & 100% <b> #1 = 中文".into(),
            summary: "two\nlines".into(),
            cover: "https://example.org/?a=1&b=%20".into(),
            kind: RoomKind::Music,
            room: 2,
        });
        let link = href(&from, &page);
        let (path, query) = link.split_once('?').unwrap();
        let read = parse(path, query).unwrap();
        assert_eq!(read.page, page);
        assert_eq!(read.folder, Some(Language::Zh));
        assert_eq!(read.options, from.options);
    }

    #[test]
    fn a_share_link_names_room_and_server_only() {
        let from = parse("en/", "maxChildren=1&peerHost=h&lang=zh").unwrap();
        let room = PeerId::new("room-1").unwrap();
        let link = |page: Page| share(&from.options, &page);
        let (id, name) = (room.to_string(), String::new());
        assert_eq!(
            link(Page::Audience(AudienceQuery { id: id.clone(), name })),
            "P2PLiveAudience.html?id=room-1&peerHost=h"
        );
        assert_eq!(
            link(Page::Exchange(ExchangeQuery { id })),
            "exchange.html?id=room-1&peerHost=h"
        );
    }

    #[test]
    fn a_room_is_named_by_its_id_or_its_link() {
        let room = PeerId::new("room-1").ok();
        assert_eq!(room_id(" room-1 "), room);
        assert_eq!(room_id("https://example.org/a/P2PLiveAudience.html?name=&id=room-1#x"), room);
        assert_eq!(room_id("P2PLiveAudience.html?id=room-1&name=x"), room);
        assert_eq!(room_id("https://example.org/"), None);
        assert_eq!(room_id(""), None);
        assert_eq!(room_id("a/b"), None);
    }
}
