//! The network whose rooms are listed, and how rooms are opened.

use std::sync::Arc;

use leptos::prelude::*;
use live_core::id::PeerId;
use live_core::node::{Command, Config, Role};
use live_core::picture::Picture;
use live_web::signalling::Server;

use crate::contexts::preferences::{self, use_preferences};
use crate::contexts::room_handle::{Credentials, RoomHandle};
use crate::contexts::signalling::{Signalling, use_signalling};

const DEFAULT_NETWORK: &str = "P2P-Live-Web-Default-ID";
/// Versions of the original pages differ in its capitals, and ids are case-sensitive.
const DEFAULT_NETWORK_ALIASES: [&str; 3] =
    [DEFAULT_NETWORK, "P2P-Live-Web-Default-Id", "P2P-Live-Web-default-Id"];
const DEFAULT_MAX_CHILDREN: u32 = 4;

/// The rooms, as a context.
#[derive(Clone, Copy)]
pub(crate) struct Rooms {
    /// The current network; `None` until the default is known.
    pub(crate) network: RwSignal<Option<PeerId>>,
    /// The uploaded cover of the room that is being created, if there is one.
    pub(crate) new_cover: RwSignal<Option<Arc<Picture>>>,
    lobby: StoredValue<Option<RoomHandle>>,
    signalling: Signalling,
    owner: StoredValue<Owner>,
}

/// Makes the rooms a context. The lobby lives as long as the current owner.
pub(crate) fn provide_rooms() {
    let signalling = use_signalling();
    let remembered = preferences::load(preferences::NETWORK);
    let network = RwSignal::new(remembered.and_then(|name| PeerId::new(&name).ok()));
    // The default is known with the server. It does not replace a choice of the user.
    Effect::new(move || {
        if let Some(server) = signalling.server()
            && network.with_untracked(Option::is_none)
        {
            network.set(server.default_network.or_else(|| PeerId::new(DEFAULT_NETWORK).ok()));
        }
    });
    provide_context(Rooms {
        network,
        new_cover: RwSignal::new(None),
        lobby: StoredValue::new(None),
        signalling,
        owner: StoredValue::new(Owner::current().unwrap_or_default()),
    });
}

/// The rooms of the app.
pub(crate) fn use_rooms() -> Rooms {
    expect_context()
}

impl Rooms {
    /// The lobby, which stays alive while the user is in rooms: it may be the network's index root.
    pub(crate) fn lobby(self) -> RoomHandle {
        if let Some(lobby) = self.lobby.get_value() {
            return lobby;
        }
        let lobby = self.owner.get_value().with(|| {
            let lobby = RoomHandle::waiting();
            // Started once, with the current network; `join` switches it later.
            Effect::new(move |started: Option<bool>| {
                if started == Some(true) {
                    return true;
                }
                let (Some(network), Some(server)) = (self.network.get(), self.signalling.server())
                else {
                    return false;
                };
                let aliases = network_aliases(&network, &server);
                lobby.look(network, &server);
                lobby.send(Command::ExtraNetworks(aliases));
                true
            });
            lobby
        });
        self.lobby.set_value(Some(lobby));
        lobby
    }

    /// The name of the current network; empty until it is known. Tracks it.
    pub(crate) fn network_name(self) -> String {
        self.network.with(|network| network.as_ref().map(ToString::to_string)).unwrap_or_default()
    }

    /// Switches to another network.
    pub(crate) fn join(self, network: PeerId) {
        preferences::save(preferences::NETWORK, network.as_str());
        preferences::joined(network.as_str());
        self.network.set(Some(network.clone()));
        let server = self.signalling.server_untracked();
        let aliases = server.map(|server| network_aliases(&network, &server)).unwrap_or_default();
        let lobby = self.lobby();
        lobby.send(Command::Network(Some(network)));
        lobby.send(Command::ExtraNetworks(aliases));
    }

    /// Opens a room, as a host or as a viewer, until the current owner is disposed of.
    /// `max_children` is the limit from the address; `identity` is who this page is, with the token
    /// of its id.
    pub(crate) fn open(
        self,
        role: Role,
        max_children: Option<u32>,
        (identity, token): Credentials,
    ) -> RoomHandle {
        let preferences = use_preferences();
        let room = RoomHandle::waiting();
        Effect::new(move || room.send(Command::Avatar(preferences.avatar.get())));
        rename(room);
        // The limit with which the node was started; `None` while the server is unknown.
        Effect::new(move |before: Option<Option<Option<u32>>>| {
            let server = self.signalling.server()?;
            let chosen = preferences.limit.get();
            let before = before.flatten();
            // The address takes precedence over the settings, until they are changed.
            let is_changed = before.is_some_and(|before| before != chosen);
            let from_address = max_children.filter(|_| !is_changed);
            let limit = from_address.or(chosen).or(server.max_children);
            let max_children = limit.unwrap_or(DEFAULT_MAX_CHILDREN);
            if is_changed {
                room.send(Command::MaxChildren(max_children));
            } else if before.is_none() {
                let config = Config {
                    role: role.clone(),
                    identity: Some(identity.clone()),
                    token: Some(token.clone()),
                    name: preferences.name.get_untracked(),
                    max_children,
                };
                room.start(config, &server);
            }
            Some(chosen)
        });
        room
    }

    /// Opens an exchange, until the current owner is disposed of.
    pub(crate) fn exchange(self, credentials: Credentials) -> RoomHandle {
        let preferences = use_preferences();
        let room = RoomHandle::waiting();
        rename(room);
        Effect::new(move || {
            if let Some(server) = self.signalling.server() {
                let name = preferences.name.get_untracked();
                room.exchange(credentials.clone(), name, &server);
            }
        });
        room
    }
}

/// Tells the node when the person has another name.
fn rename(room: RoomHandle) {
    let preferences = use_preferences();
    Effect::new(move |before: Option<String>| {
        let name = preferences.name.get();
        if before.is_some_and(|before| before != name) {
            room.send(Command::Rename(name.clone()));
        }
        name
    });
}

/// The other names under which the original pages meet on the public server, if this is one.
fn network_aliases(network: &PeerId, server: &Server) -> Vec<PeerId> {
    let names = DEFAULT_NETWORK_ALIASES.iter().filter_map(|name| PeerId::new(name).ok());
    let names: Vec<_> = names.collect();
    if server.is_public() && names.contains(network) { names } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

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
        for name in DEFAULT_NETWORK_ALIASES {
            let names = network_aliases(&network(name), &server("0.peerjs.com"));
            assert_eq!(names, DEFAULT_NETWORK_ALIASES.map(network), "{name}");
            assert!(network_aliases(&network(name), &server("live.example")).is_empty());
        }
        assert!(network_aliases(&network("another"), &server("0.peerjs.com")).is_empty());
    }
}
