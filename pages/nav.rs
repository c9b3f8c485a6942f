//! Navigation between pages without a reload. Links are ordinary links with absolute addresses;
//! clicks on links to pages of the app are handled here instead of by the browser.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, MouseEvent};

use crate::i18n::Language;
use crate::route::{self, Address, Page};

/// The address bar, as a context.
#[derive(Clone, Copy)]
pub struct Nav {
    base: StoredValue<Base>,
    address: RwSignal<Address>,
}

/// The app's location.
struct Base {
    /// The URL of its folder, with a slash at the end, or of the single file.
    url: String,
    /// Whether it is a single file, in which the path of a page is the parameter `page`.
    is_file: bool,
}

/// The address bar.
pub fn use_nav() -> Nav {
    expect_context()
}

/// The parsed address of the page.
pub(crate) fn here() -> Address {
    Base::current().locate(&current()).unwrap_or_default()
}

impl Nav {
    /// Reads the page's address and follows it until the current owner is disposed of.
    pub(crate) fn start() -> Self {
        let base = Base::current();
        let address = base.locate(&current());
        let nav = Self {
            base: StoredValue::new(base),
            address: RwSignal::new(address.unwrap_or_default()),
        };
        let listener = window_event_listener(ev::popstate, move |_| nav.read());
        on_cleanup(move || listener.remove());
        nav
    }

    /// The page's address.
    pub fn address(self) -> Signal<Address> {
        self.address.into()
    }

    /// The absolute address of `page`, for a link in the app.
    pub fn href(self, page: &Page) -> String {
        self.absolute(&self.address.with_untracked(|from| route::href(from, page)))
    }

    /// The absolute link to `page` for other people; `site` is the public URL of the app, if it
    /// differs from this one.
    pub fn share(self, page: &Page, site: Option<&str>) -> String {
        let link = self.address.with_untracked(|from| route::share(&from.options, page));
        match site {
            Some(site) => [site, &link].concat(),
            None => self.absolute(&link),
        }
    }

    /// Goes to `page`. False if the browser has to load it with the whole app.
    pub fn go(self, page: &Page) -> bool {
        self.push(&self.href(page))
    }

    /// Goes to `page`, replacing the current history entry.
    pub(crate) fn replace(self, page: &Page) {
        if let Ok(history) = window().history() {
            // Fails only for addresses of other origins.
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&self.href(page)));
        }
        self.read();
    }

    /// Handles a click if it is on a link to a page of the app.
    pub(crate) fn intercept(self, event: &MouseEvent) {
        let modified = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
        if event.default_prevented() || event.button() != 0 || modified {
            return;
        }
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let link = target.and_then(|target| target.closest("a[href]:not([target])").ok().flatten());
        // The attribute is absolute on all links of the app.
        let Some(href) = link.and_then(|link| link.get_attribute("href")) else {
            return;
        };
        if self.base.with_value(|base| base.locate(&href)).is_some() {
            event.prevent_default();
            self.push(&href);
        }
    }

    /// Rewrites the language folder of the address to the language that the user has chosen.
    pub(crate) fn rename(self, language: Language) {
        let mut address = self.address.get_untracked();
        if address.folder.is_none() && address.options.language.is_none() {
            return;
        }
        address.folder = address.folder.map(|_| language);
        address.options.language = None;
        let href = self.absolute(&route::href(&address, &address.page));
        if let Ok(history) = window().history() {
            // Fails only for addresses of other origins.
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&href));
        }
        self.address.set(address);
    }

    fn absolute(self, href: &str) -> String {
        self.base.with_value(|base| base.absolute(href))
    }

    fn push(self, href: &str) -> bool {
        let history = window().history();
        let pushed =
            history.and_then(|history| history.push_state_with_url(&JsValue::NULL, "", Some(href)));
        if pushed.is_err() {
            // Not every browser lets a page from disk change its address.
            let _ = window().location().set_href(href);
            return false;
        }
        self.read();
        window().scroll_to_with_x_and_y(0.0, 0.0);
        true
    }

    fn read(self) {
        let address = self.base.with_value(|base| base.locate(&current()));
        self.address.set(address.unwrap_or_default());
    }
}

fn current() -> String {
    window().location().href().unwrap_or_default()
}

impl Base {
    /// The document's base URL, which does not change with the address.
    fn current() -> Self {
        let base = document().base_uri().ok().flatten().unwrap_or_else(current);
        let base = base.split(['?', '#']).next().unwrap_or_default();
        let is_file = live_web::signalling::inline_config().is_some();
        let folder = base.rfind('/').map_or(base.len(), |slash| slash + 1);
        let end = if is_file { base.len() } else { folder };
        Self { url: base[..end].to_owned(), is_file }
    }

    /// The absolute address of `href`, which is relative to the app.
    fn absolute(&self, href: &str) -> String {
        let (path, query) = href.split_once('?').unwrap_or((href, ""));
        if !self.is_file || path.is_empty() {
            return [&self.url, href].concat();
        }
        let and = if query.is_empty() { "" } else { "&" };
        [&self.url, "?page=", path, and, query].concat()
    }

    /// The page at an absolute address, if it is one of the app's.
    fn locate(&self, href: &str) -> Option<Address> {
        let below = href.strip_prefix(&self.url)?;
        let below = below.split('#').next().unwrap_or_default();
        let (path, query) = below.split_once('?').unwrap_or((below, ""));
        match (self.is_file, path) {
            (false, path) => route::parse(path, query),
            (true, "") => route::parse(&route::parameter(query, "page"), query),
            (true, _) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    fn base(url: &str, is_file: bool) -> Base {
        Base { url: url.to_owned(), is_file }
    }

    #[test]
    fn only_addresses_below_the_base_are_the_apps() {
        let base = base("https://example.org/live/", false);
        assert!(base.locate("https://example.org/live/P2PLiveHost.html?title=a#x").is_some());
        assert!(base.locate("https://example.org/live/#top").is_some());
        assert!(base.locate("https://example.org/other/").is_none());
        assert!(base.locate("https://example.com/live/").is_none());
        assert!(base.locate("https://example.org/live/picture.png").is_none());
    }

    #[test]
    fn in_one_file_the_page_is_a_parameter() {
        let base = base("file:///home/me/p2p-live.html", true);
        for (href, there) in [
            ("", ""),
            ("?maxChildren=1", "?maxChildren=1"),
            ("zh/", "?page=zh/"),
            ("P2PLiveAudience.html?id=a&name=b", "?page=P2PLiveAudience.html&id=a&name=b"),
        ] {
            let absolute = base.absolute(href);
            assert_eq!(absolute, [&base.url, there].concat());
            let (path, query) = href.split_once('?').unwrap_or((href, ""));
            assert_eq!(base.locate(&absolute), route::parse(path, query));
        }
        assert!(base.locate("file:///home/me/p2p-live.html.bak").is_none());
        assert!(base.locate("file:///home/me/p2p-live.html?page=other").is_none());
    }
}
