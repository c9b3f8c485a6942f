//! What the user prefers, and what the browser remembers of it between visits, by key.

use std::sync::Arc;

use leptos::prelude::*;
use live_core::picture::Picture;
use live_web::storage;

use crate::theme::Theme;

/// The colour scheme that the user has chosen.
pub(crate) const THEME: &str = "theme";
/// The language that the user has chosen.
pub(crate) const LANGUAGE: &str = "language";
/// The person's name.
pub(crate) const NAME: &str = "name";
/// The person's picture, as a `data:` address.
pub(crate) const AVATAR: &str = "avatar";
/// The network name joined last.
pub(crate) const NETWORK: &str = "network";
/// The room created last: its title.
pub(crate) const TITLE: &str = "room-title";
/// Its summary.
pub(crate) const SUMMARY: &str = "room-summary";
/// The address of its cover.
pub(crate) const COVER: &str = "room-cover";
/// The cover that was uploaded, as a `data:` address.
pub(crate) const COVER_IMAGE: &str = "room-cover-image";
/// Its kind.
pub(crate) const KIND: &str = "room-kind";

/// There if it was private.
pub(crate) const PRIVATE: &str = "room-private";

/// The player's volume, from 0 to 100.
pub(crate) const VOLUME: &str = "volume";
/// There if the player is large.
pub(crate) const THEATRE: &str = "theatre";
/// There if single keys do nothing.
pub(crate) const KEYS: &str = "no-keys";

/// The camera that is preferred: its id, and its name in the next line.
pub(crate) const CAMERA: &str = "camera";
/// The microphone.
pub(crate) const MICROPHONE: &str = "microphone";
/// The speaker.
pub(crate) const SPEAKER: &str = "speaker";
/// How many people to help at most.
pub(crate) const LIMIT: &str = "max-children";
/// The signalling server and what comes with it, as in `config.json`.
pub(crate) const SERVER: &str = "server";
/// The networks that were joined, newest first, one a line.
pub(crate) const NETWORKS: &str = "networks";
/// The address of the stream server used last.
pub(crate) const STREAM_SERVER: &str = "stream-server";
/// The address where the stream was published last.
pub(crate) const WHIP: &str = "whip";
/// Which preset of picture quality to stream in.
pub(crate) const QUALITY: &str = "quality";
/// There if the quality follows the uplink.
pub(crate) const ADAPT: &str = "adapt";
/// The order of the list of rooms.
pub(crate) const SORT: &str = "sort";
/// The cover of a room that is just being created, for the page that comes next in this tab.
const NEXT_COVER: &str = "next-cover";
/// Set if pictures of other sites are not loaded.
pub(crate) const NO_REMOTE_PICTURES: &str = "no-remote-pictures";
/// Set when the user turned persistence off.
const NOTHING: &str = "remember-nothing";

/// What the user prefers, as a context.
#[derive(Clone, Copy)]
pub(crate) struct Preferences {
    /// The colour scheme.
    pub(crate) theme: RwSignal<Theme>,
    /// The user's name.
    pub(crate) name: RwSignal<String>,
    /// The user's picture, if there is one.
    pub(crate) avatar: RwSignal<Option<Arc<Picture>>>,
    /// How many peers to serve at most, if the user has chosen.
    pub(crate) limit: RwSignal<Option<u32>>,
    /// Whether pictures of other sites are loaded.
    pub(crate) remote_pictures: RwSignal<bool>,
}

/// Makes the preferences a context. `theme` is what the address asks for.
pub(crate) fn provide_preferences(theme: Option<Theme>) -> Preferences {
    let stored = || load(THEME).and_then(|name| Theme::from_name(&name));
    let theme = theme.or_else(stored).unwrap_or(Theme::System);
    let preferences = Preferences {
        theme: RwSignal::new(theme),
        name: RwSignal::new(load(NAME).unwrap_or_default()),
        avatar: RwSignal::new(picture(AVATAR)),
        limit: RwSignal::new(load(LIMIT).and_then(|limit| limit.parse().ok())),
        remote_pictures: RwSignal::new(load(NO_REMOTE_PICTURES).is_none()),
    };
    provide_context(preferences);
    preferences
}

/// The preferences of the user.
pub(crate) fn use_preferences() -> Preferences {
    expect_context()
}

/// What was saved under `key`.
pub(crate) fn load(key: &str) -> Option<String> {
    storage::load::<String>(key).filter(|value| !value.is_empty())
}

/// The picture that was saved under `key`.
pub(crate) fn picture(key: &str) -> Option<Arc<Picture>> {
    Picture::from_data_url(&load(key)?).map(Arc::new)
}

/// Remembers a picture, or forgets it.
pub(crate) fn save_picture(key: &str, picture: Option<&Picture>) {
    save(key, &picture.map(Picture::to_data_url).unwrap_or_default());
}

/// Leaves the cover of a room that is being created to the page that comes next.
pub(crate) fn hand_over(cover: Option<&Picture>) {
    storage::SessionStorage::save(NEXT_COVER, &cover.map(Picture::to_data_url).unwrap_or_default());
}

/// What the page before has left, once.
pub(crate) fn handed_over() -> Option<Arc<Picture>> {
    let cover = storage::SessionStorage::load::<String>(NEXT_COVER)?;
    storage::SessionStorage::remove(NEXT_COVER);
    Picture::from_data_url(&cover).map(Arc::new)
}

/// Remembers `value`, unless the user turned that off. A browser that forbids it forgets, which harms
/// nothing that is on the page; the settings say so.
pub(crate) fn save(key: &str, value: &str) {
    if remembers() {
        let _kept = storage::save(key, &value.to_owned());
    }
}

/// Remembers that something is so, or forgets it.
pub(crate) fn set_flag(key: &str, on: bool) {
    if on { save(key, "1") } else { storage::remove(key) }
}

/// Whether anything is remembered.
pub(crate) fn remembers() -> bool {
    load(NOTHING).is_none()
}

/// Remembers from now on, or forgets everything and remembers nothing.
pub(crate) fn remember(on: bool) {
    if on {
        storage::remove(NOTHING);
    } else {
        storage::clear();
        let _kept = storage::save(NOTHING, &"1".to_owned());
    }
}

/// Forgets everything but whether to remember.
pub(crate) fn forget() {
    let remembers = remembers();
    storage::clear();
    remember(remembers);
}

/// The networks that were joined, newest first.
pub(crate) fn networks() -> Vec<String> {
    load(NETWORKS).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Puts a network in front of the others.
pub(crate) fn joined(network: &str) {
    let mut networks = networks();
    networks.retain(|known| known != network);
    networks.insert(0, network.to_owned());
    networks.truncate(8);
    save(NETWORKS, &networks.join("\n"));
}
