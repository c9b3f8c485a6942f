//! The user's preferences, and their keys in local storage.

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

/// Set if it was private.
pub(crate) const PRIVATE: &str = "room-private";

/// The player's volume, from 0 to 100.
pub(crate) const VOLUME: &str = "volume";
/// Set if the player is large.
pub(crate) const THEATRE: &str = "theatre";
/// Set if keyboard shortcuts are off.
pub(crate) const KEYS: &str = "no-keys";

/// Set if the conference is joined without the camera.
pub(crate) const NO_CALL_CAMERA: &str = "no-call-camera";
/// Set if the voice channel has the microphone open only while a key is held.
pub(crate) const PUSH_TO_TALK: &str = "push-to-talk";
/// That key: its place on the keyboard, and its name in the next line.
pub(crate) const TALK_KEY: &str = "talk-key";
/// Set if the stream is lower while somebody speaks.
pub(crate) const LOWER_STREAM: &str = "lower-stream";

/// The preferred camera: its id, and its name in the next line.
pub(crate) const CAMERA: &str = "camera";
/// The preferred microphone, in the same format.
pub(crate) const MICROPHONE: &str = "microphone";
/// The preferred speaker, in the same format.
pub(crate) const SPEAKER: &str = "speaker";
/// The limit of children.
pub(crate) const LIMIT: &str = "max-children";
/// The signalling overrides, in the format of `config.json`.
pub(crate) const SERVER: &str = "server";
/// The joined networks, newest first, one per line.
pub(crate) const NETWORKS: &str = "networks";
/// The address of the stream server used last.
pub(crate) const STREAM_SERVER: &str = "stream-server";
/// The address where the stream was published last.
pub(crate) const WHIP: &str = "whip";
/// Which preset of picture quality to stream in.
pub(crate) const QUALITY: &str = "quality";
/// Set if the quality adapts to the uplink.
pub(crate) const ADAPT: &str = "adapt";
/// The order of the list of rooms.
pub(crate) const SORT: &str = "sort";
/// The cover of a room that is being created, for the next page of this tab.
const NEXT_COVER: &str = "next-cover";
/// Set if pictures of other sites are not loaded.
pub(crate) const NO_REMOTE_PICTURES: &str = "no-remote-pictures";
/// What the keys of panels begin with.
const PANEL: &str = "panel-";
/// Set when the user turned persistence off.
const NOTHING: &str = "remember-nothing";

/// The preferences, as a context.
#[derive(Clone, Copy)]
pub(crate) struct Preferences {
    /// The colour scheme.
    pub(crate) theme: RwSignal<Theme>,
    /// The user's name.
    pub(crate) name: RwSignal<String>,
    /// The user's picture, if there is one.
    pub(crate) avatar: RwSignal<Option<Arc<Picture>>>,
    /// The limit of children, if the user has chosen one.
    pub(crate) limit: RwSignal<Option<u32>>,
    /// Whether pictures of other sites are loaded.
    pub(crate) remote_pictures: RwSignal<bool>,
    /// Whether the stream is lower while somebody speaks.
    pub(crate) lower_stream: RwSignal<bool>,
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
        lower_stream: RwSignal::new(load(LOWER_STREAM).is_some()),
    };
    provide_context(preferences);
    preferences
}

/// The preferences of the user.
pub(crate) fn use_preferences() -> Preferences {
    expect_context()
}

/// The value stored under `key`.
pub(crate) fn load(key: &str) -> Option<String> {
    storage::load::<String>(key).filter(|value| !value.is_empty())
}

/// The picture stored under `key`.
pub(crate) fn picture(key: &str) -> Option<Arc<Picture>> {
    Picture::from_data_url(&load(key)?).map(Arc::new)
}

/// Stores a picture, or removes it.
pub(crate) fn save_picture(key: &str, picture: Option<&Picture>) {
    save(key, &picture.map(Picture::to_data_url).unwrap_or_default());
}

/// Stores the cover of a room that is being created for the next page.
pub(crate) fn hand_over(cover: Option<&Picture>) {
    storage::SessionStorage::save(NEXT_COVER, &cover.map(Picture::to_data_url).unwrap_or_default());
}

/// Takes the cover that the previous page has stored.
pub(crate) fn handed_over() -> Option<Arc<Picture>> {
    let cover = storage::SessionStorage::load::<String>(NEXT_COVER)?;
    storage::SessionStorage::remove(NEXT_COVER);
    Picture::from_data_url(&cover).map(Arc::new)
}

/// Stores `value`, unless the user turned persistence off. If the browser blocks storage, the value
/// lasts for this page only; the settings tell the user so.
pub(crate) fn save(key: &str, value: &str) {
    if remembers() {
        let _kept = storage::save(key, &value.to_owned());
    }
}

/// Sets or clears a flag.
pub(crate) fn set_flag(key: &str, on: bool) {
    if on { save(key, "1") } else { storage::remove(key) }
}

/// Whether the user left the panel of this name open; `None` if they never touched it.
pub(crate) fn panel_is_open(name: &str) -> Option<bool> {
    load(&[PANEL, name].concat()).map(|state| state == "open")
}

/// Stores whether the panel of this name is open.
pub(crate) fn save_panel(name: &str, open: bool) {
    save(&[PANEL, name].concat(), if open { "open" } else { "closed" });
}

/// Whether persistence is on.
pub(crate) fn remembers() -> bool {
    load(NOTHING).is_none()
}

/// Turns persistence on, or clears everything and turns it off.
pub(crate) fn remember(on: bool) {
    if on {
        storage::remove(NOTHING);
    } else {
        storage::clear();
        let _kept = storage::save(NOTHING, &"1".to_owned());
    }
}

/// Clears everything except whether persistence is on.
pub(crate) fn forget() {
    let remembers = remembers();
    storage::clear();
    remember(remembers);
}

/// The joined networks, newest first.
pub(crate) fn networks() -> Vec<String> {
    load(NETWORKS).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Moves a network to the front of the joined networks.
pub(crate) fn joined(network: &str) {
    let mut networks = networks();
    networks.retain(|known| known != network);
    networks.insert(0, network.to_owned());
    networks.truncate(8);
    save(NETWORKS, &networks.join("\n"));
}
