//! The frame around every page, and what outlives a page: the address bar, the language, the
//! theme, the signalling server and the lobby.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use live_core::id::PeerId;
use live_core::node::{Command, Config, Role};
use live_core::picture::Picture;
use live_web::signalling::{self, Server, SignallingOverrides};
use live_web::support;
use wasm_bindgen::JsCast;

use crate::contexts::preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::contexts::tabs::{Tab, Tabs, tabs_view};
use crate::contexts::user_error::UserError;
use crate::dom::{El, el, follow};
use crate::features::header::header;
use crate::features::settings::settings;
use crate::features::source::devices::Devices;
use crate::i18n::{Language, provide_i18n};
use crate::nav::{self, Nav};
use crate::theme::{self, Theme};
use crate::ui::toast::toast;

const DEFAULT_NETWORK: &str = "P2P-Live-Web-Default-ID";
/// Versions of the original pages do not agree on its capitals, and ids are case-sensitive.
const SPELLINGS: [&str; 3] =
    [DEFAULT_NETWORK, "P2P-Live-Web-Default-Id", "P2P-Live-Web-default-Id"];
const DEFAULT_CHILDREN: u32 = 4;

/// What every page can reach, as a context.
#[derive(Clone, Copy)]
pub(crate) struct Shared {
    /// The colour scheme.
    pub(crate) theme: RwSignal<Theme>,
    /// The person's name.
    pub(crate) name: RwSignal<String>,
    /// The person's picture, if there is one.
    pub(crate) avatar: RwSignal<Option<Arc<Picture>>>,
    /// The cover of the room that is just being created, if one was uploaded.
    pub(crate) cover: RwSignal<Option<Arc<Picture>>>,
    /// How many people to help at most, if the person has chosen.
    pub(crate) limit: RwSignal<Option<u32>>,
    /// Whether the settings are open.
    pub(crate) settings: RwSignal<bool>,
    /// What has just happened, in a sentence that goes by itself.
    pub(crate) toast: RwSignal<String>,
    /// The network that the person looks at; `None` until the default is known.
    pub(crate) network: RwSignal<Option<PeerId>>,
    /// The session of the page around; in the header, of the page that is shown.
    pub(crate) current: RwSignal<Option<RoomHandle>>,
    /// What went wrong on the page around, beside what its node reports.
    pub(crate) trouble: RwSignal<Option<UserError>>,
    /// What keeps every page from working.
    pub(crate) obstacle: RwSignal<Option<UserError>>,
    /// Whether pictures of other sites are shown.
    pub(crate) remote_pictures: RwSignal<bool>,
    server: RwSignal<Option<Server>, LocalStorage>,
    lobby: RwSignal<Option<RoomHandle>>,
    devices: StoredValue<Option<Devices>>,
    owner: StoredValue<Owner>,
}

pub(crate) fn use_shared() -> Shared {
    expect_context()
}

/// Shows the app in the language that is wanted; in English if that one does not come.
pub async fn start() {
    let wanted = wanted_language();
    let language = if wanted.load().await { wanted } else { Language::En };
    leptos::mount::mount_to_body(move || app(language));
}

/// The whole app.
fn app(language: Language) -> El {
    let nav = Nav::start();
    let address = nav.address();
    let options = address.get_untracked().options;

    let i18n = provide_i18n(language);
    let theme = RwSignal::new(options.theme.unwrap_or_else(Theme::initial));
    theme::apply(theme);
    Effect::new(move || {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("lang", i18n.language().tag());
        }
    });

    let shared = Shared {
        theme,
        name: RwSignal::new(preferences::load(preferences::NAME).unwrap_or_default()),
        avatar: RwSignal::new(preferences::picture(preferences::AVATAR)),
        cover: RwSignal::new(None),
        limit: RwSignal::new(
            preferences::load(preferences::LIMIT).and_then(|limit| limit.parse().ok()),
        ),
        settings: RwSignal::new(false),
        toast: RwSignal::new(String::new()),
        network: RwSignal::new(remembered_network()),
        current: RwSignal::new(None),
        trouble: RwSignal::new(None),
        obstacle: RwSignal::new(None),
        remote_pictures: RwSignal::new(true),
        server: RwSignal::new_local(None),
        lobby: RwSignal::new(None),
        devices: StoredValue::new(None),
        owner: StoredValue::new(Owner::current().unwrap_or_default()),
    };
    provide_context(nav);
    provide_context(shared);

    match support::check() {
        Ok(()) => shared.discover(options.signalling),
        Err(missing) => shared.obstacle.set(Some(UserError::Browser(missing))),
    }
    let tabs = Tabs::start(nav);
    provide_context(tabs);
    follow(move || shared.current.set(tabs.shown().current.get()));
    let main = el("main").set("id", "main").set("tabindex", "-1").with(tabs_view(tabs));
    el("div")
        .set("class", "app")
        .with([header(tabs), main, settings(shared.settings), toast(shared.toast)])
        .on("click", move |event| {
            if let Some(event) = event.dyn_ref() {
                nav.intercept(event);
            }
        })
}

impl Shared {
    /// The lobby, which lives on while the user is in rooms: it may be the network's index root.
    pub(crate) fn lobby(self) -> RoomHandle {
        if let Some(lobby) = self.lobby.get_untracked() {
            return lobby;
        }
        let network = self.network;
        let lobby = self.owner.get_value().with(|| {
            let session = RoomHandle::waiting();
            // Both are known once the server's settings are.
            Effect::new(move || {
                let (Some(network), Some(server)) = (network.get_untracked(), self.server.get())
                else {
                    return;
                };
                let also = spellings(&network, &server);
                session.look(network, &server);
                session.send(Command::ExtraNetworks(also));
            });
            session
        });
        self.lobby.set(Some(lobby));
        lobby
    }

    /// The same, as it is on `tab`.
    pub(crate) fn on(self, tab: Tab) -> Self {
        Self { current: tab.current, trouble: tab.trouble, ..self }
    }

    /// Looks at another network from now on.
    pub(crate) fn join(self, network: PeerId) {
        preferences::save(preferences::NETWORK, network.as_str());
        preferences::joined(network.as_str());
        self.network.set(Some(network.clone()));
        let server = self.server.get_untracked();
        let also = server.map(|server| spellings(&network, &server)).unwrap_or_default();
        let lobby = self.lobby();
        lobby.send(Command::Network(Some(network)));
        lobby.send(Command::ExtraNetworks(also));
    }

    /// Where others find the pages, if that is not here.
    pub(crate) fn site(self) -> Option<String> {
        self.server.with(|server| server.as_ref()?.pages.clone())
    }

    /// Says what has just happened.
    pub(crate) fn say(self, text: &str) {
        self.toast.set(text.to_owned());
    }

    /// The cameras, microphones and speakers, which are watched from when they are asked for.
    pub(crate) fn devices(self) -> Devices {
        self.devices.get_value().unwrap_or_else(|| {
            let devices = self.owner.get_value().with(Devices::start);
            self.devices.set_value(Some(devices));
            devices
        })
    }

    /// Opens a room, as a host or as a viewer; it ends with the current owner.
    pub(crate) fn open(
        self,
        role: Role,
        max_children: Option<u32>,
        identity: Option<(PeerId, String)>,
    ) -> RoomHandle {
        let session = RoomHandle::waiting();
        follow(move || session.send(Command::Avatar(self.avatar.get())));
        let named = StoredValue::new(self.name.get_untracked());
        follow(move || {
            let name = self.name.get();
            if named.with_value(|before| *before != name) {
                named.set_value(name.clone());
                session.send(Command::Rename(name));
            }
        });
        let chosen = StoredValue::new(None);
        Effect::new(move || {
            let Some(server) = self.server.get() else {
                return;
            };
            // The address says more than the settings; but what is chosen now counts at once.
            let before =
                chosen.try_update_value(|chosen| chosen.replace(self.limit.get())).flatten();
            let changed = before.is_some_and(|before| before != self.limit.get_untracked());
            let address = max_children.filter(|_| !changed);
            let limit = address.or(self.limit.get_untracked()).or(server.max_children);
            let limit = limit.unwrap_or(DEFAULT_CHILDREN);
            if changed {
                session.send(Command::MaxChildren(limit));
            } else {
                let (id, token) = identity.clone().unzip();
                session.start(Config { id, token, ..self.config(role.clone(), limit) }, &server);
            }
        });
        session
    }

    fn config(self, role: Role, max_children: u32) -> Config {
        let name = self.name.get_untracked();
        Config { role, id: None, token: None, name, max_children }
    }

    fn discover(self, parameters: Vec<(String, String)>) {
        let stored =
            preferences::load(preferences::SERVER).map(|kept| SignallingOverrides::parse(&kept));
        spawn_local(async move {
            let server = match signalling::discover(&parameters, stored).await {
                Ok(server) => server,
                Err(error) => return self.obstacle.set(Some(UserError::Server(error))),
            };
            if self.network.with_untracked(Option::is_none) {
                let default = server.default_network.clone();
                self.network.set(default.or_else(|| PeerId::new(DEFAULT_NETWORK).ok()));
            }
            self.server.set(Some(server));
        });
    }
}

/// The other names under which the original pages meet on the public server, if this is one.
fn spellings(network: &PeerId, server: &Server) -> Vec<PeerId> {
    let names = SPELLINGS.iter().filter_map(|name| PeerId::new(name).ok());
    let names: Vec<_> = names.collect();
    if server.is_public() && names.contains(network) { names } else { Vec::new() }
}

fn remembered_network() -> Option<PeerId> {
    preferences::load(preferences::NETWORK).and_then(|name| PeerId::new(&name).ok())
}

/// By the address, else as chosen before, else by the browser.
fn wanted_language() -> Language {
    let address = nav::here();
    let stored =
        || preferences::load(preferences::LANGUAGE).and_then(|tag| Language::from_tag(&tag));
    let browser = || {
        let wanted = window().navigator().languages();
        wanted.iter().filter_map(|tag| tag.as_string()).find_map(|tag| Language::from_tag(&tag))
    };
    address
        .folder
        .or(address.options.language)
        .or_else(stored)
        .or_else(browser)
        .unwrap_or(Language::En)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(host: &str) -> Server {
        Server {
            host: host.to_owned(),
            port: 443,
            path: "/".to_owned(),
            key: "peerjs".to_owned(),
            secure: true,
            ice_servers: Vec::new(),
            default_network: None,
            max_children: None,
            pages: None,
        }
    }

    #[test]
    fn the_original_network_is_looked_for_under_every_spelling_where_its_pages_meet() {
        let network = |name: &str| PeerId::new(name).unwrap_or_else(|error| panic!("{error}"));
        for name in SPELLINGS {
            let names = spellings(&network(name), &server("0.peerjs.com"));
            assert_eq!(names, SPELLINGS.map(network), "{name}");
            assert!(spellings(&network(name), &server("live.example")).is_empty());
        }
        assert!(spellings(&network("another"), &server("0.peerjs.com")).is_empty());
    }
}
