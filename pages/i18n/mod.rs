//! The app's texts in every language. A language is one file with one [`Texts`], so a text that
//! is missing does not compile.

mod en;
mod zh;

use leptos::prelude::*;

/// A language of the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Chinese, in simplified characters.
    Chinese,
}

impl Language {
    /// Every language, in the order of the menu.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// The language's tag in addresses, attributes and storage.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// The language's name in itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "中文",
        }
    }

    /// The language of a tag such as `zh` or `zh-CN`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next()?;
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// Its texts.
    pub fn texts(self) -> &'static Texts {
        match self {
            Self::English => &en::TEXTS,
            Self::Chinese => &zh::TEXTS,
        }
    }
}

/// The language that the pages are shown in, as a context.
#[derive(Clone, Copy)]
pub struct I18n(pub RwSignal<Language>);

/// The language of the page around.
pub fn use_i18n() -> I18n {
    expect_context()
}

impl I18n {
    /// The texts of the current language; tracks it.
    pub fn get(self) -> &'static Texts {
        self.0.get().texts()
    }

    /// A text that follows the language.
    pub fn text(self, pick: fn(&Texts) -> &'static str) -> Signal<String> {
        Signal::derive(move || pick(self.get()).to_owned())
    }

    /// The text for that number: the first of the two for one, the second for all others.
    pub fn count(self, number: usize, pick: fn(&Texts) -> (&'static str, &'static str)) -> String {
        let (one, several) = pick(self.get());
        fill(if number == 1 { one } else { several }, &number.to_string())
    }
}

/// Every text of the app. `{}` stands for a name or a number; see [`fill`] and [`I18n::count`].
#[allow(missing_docs)]
pub struct Texts {
    // Frame
    pub rooms: &'static str,
    pub language: &'static str,
    pub theme: &'static str,
    pub light: &'static str,
    pub dark: &'static str,
    pub your_id: &'static str,
    pub connecting: &'static str,
    pub connected: &'static str,
    pub reconnecting: &'static str,
    pub offline: &'static str,
    pub close: &'static str,
    pub cancel: &'static str,
    pub copy: &'static str,
    pub copied: &'static str,
    pub skip: &'static str,
    pub settings: &'static str,
    pub system: &'static str,

    // Index
    pub index_title: &'static str,
    pub index_lead: &'static str,
    pub network: &'static str,
    pub join_network: &'static str,
    pub network_seeking: &'static str,
    pub network_root: &'static str,
    pub network_guest: &'static str,
    pub room_id: &'static str,
    pub room_id_hint: &'static str,
    pub go: &'static str,
    pub invalid_id: &'static str,
    pub invalid_room: &'static str,
    pub filter: &'static str,
    pub all: &'static str,
    pub live: &'static str,
    pub not_live: &'static str,
    pub members_one: &'static str,
    pub members: &'static str,
    pub no_rooms: &'static str,
    pub no_rooms_hint: &'static str,
    pub no_match: &'static str,
    pub no_match_hint: &'static str,
    pub room_gone: &'static str,
    pub untitled: &'static str,
    pub hosted_by: &'static str,
    pub someone: &'static str,
    pub join: &'static str,
    pub share_link: &'static str,
    pub since: &'static str,
    pub sort: &'static str,
    pub sort_new: &'static str,
    pub sort_people: &'static str,
    pub sort_title: &'static str,
    pub paste: &'static str,
    pub paste_failed: &'static str,
    pub qr: &'static str,
    pub qr_hint: &'static str,

    // Creating and editing a room
    pub create_room: &'static str,
    pub create: &'static str,
    pub title: &'static str,
    pub summary: &'static str,
    pub cover: &'static str,
    pub cover_hint: &'static str,
    pub invalid_cover: &'static str,
    pub private: &'static str,
    pub private_hint: &'static str,
    pub edit_room: &'static str,
    pub save: &'static str,
    pub saved: &'static str,

    // Host
    pub private_room: &'static str,
    pub public_room: &'static str,
    pub stream_source: &'static str,
    pub change_source: &'static str,
    pub screen: &'static str,
    pub screen_hint: &'static str,
    pub camera: &'static str,
    pub camera_hint: &'static str,
    pub microphone: &'static str,
    pub default_device: &'static str,
    pub no_sound: &'static str,
    pub no_picture: &'static str,
    pub file: &'static str,
    pub file_hint: &'static str,
    pub pattern: &'static str,
    pub pattern_hint: &'static str,
    pub stop: &'static str,
    pub starting: &'static str,
    pub off_air: &'static str,
    pub off_air_hint: &'static str,
    pub on_air: &'static str,
    pub preview: &'static str,
    pub hide_preview: &'static str,
    pub preview_off: &'static str,
    pub preview_off_hint: &'static str,
    pub quality: &'static str,
    pub quality_best: &'static str,
    pub quality_fair: &'static str,
    pub quality_low: &'static str,
    pub quality_least: &'static str,
    pub mix: &'static str,
    pub mix_hint: &'static str,

    // Audience
    pub map: &'static str,
    pub map_loading: &'static str,
    pub map_hint: &'static str,
    pub map_below: &'static str,
    pub zoom_in: &'static str,
    pub zoom_out: &'static str,
    pub zoom_fit: &'static str,
    pub join_under: &'static str,
    pub host_away: &'static str,
    pub host_away_hint: &'static str,
    pub joining: &'static str,
    pub waiting: &'static str,
    pub waiting_hint: &'static str,
    pub stopped: &'static str,
    pub stopped_hint: &'static str,
    pub ended: &'static str,
    pub loading: &'static str,
    pub finding_parent: &'static str,
    pub sound_only: &'static str,
    pub tap_for_sound: &'static str,
    pub refresh: &'static str,
    pub reconnect: &'static str,
    pub player: &'static str,
    pub controls: &'static str,
    pub mute: &'static str,
    pub volume: &'static str,
    pub full_screen: &'static str,
    pub theatre: &'static str,
    pub float: &'static str,
    pub stats: &'static str,
    pub shortcuts: &'static str,
    pub shortcuts_on: &'static str,
    pub louder: &'static str,
    pub quieter: &'static str,
    pub to_chat: &'static str,
    pub this_help: &'static str,
    pub bitrate: &'static str,
    pub resolution: &'static str,
    pub frame_rate: &'static str,
    pub round_trip: &'static str,
    pub buffer: &'static str,
    pub lost: &'static str,
    pub dropped: &'static str,
    pub codec: &'static str,

    // People and the tree
    pub people: &'static str,
    pub your_name: &'static str,
    pub connection: &'static str,
    pub parent: &'static str,
    pub depth: &'static str,
    pub carrier: &'static str,
    pub children: &'static str,
    pub helping_none: &'static str,
    pub helping_one: &'static str,
    pub helping: &'static str,
    pub none: &'static str,
    pub limit: &'static str,
    pub limit_site: &'static str,
    pub limit_none: &'static str,

    // Chat
    pub chat: &'static str,
    pub chat_empty: &'static str,
    pub chat_placeholder: &'static str,
    pub chat_wait: &'static str,
    pub send: &'static str,
    pub you: &'static str,
    pub to_latest: &'static str,
    pub chat_clear: &'static str,
    pub chat_new: &'static str,
    pub today: &'static str,
    pub yesterday: &'static str,
    pub said_joined: &'static str,
    pub said_lost: &'static str,
    pub said_back: &'static str,
    pub said_on_air: &'static str,
    pub said_off_air: &'static str,

    // Settings
    pub appearance: &'static str,
    pub you_section: &'static str,
    pub remember: &'static str,
    pub remember_hint: &'static str,
    pub forget: &'static str,
    pub forget_sure: &'static str,
    pub forgotten: &'static str,
    pub storage_blocked: &'static str,
    pub server: &'static str,
    pub server_hint: &'static str,
    pub host_name: &'static str,
    pub port: &'static str,
    pub path: &'static str,
    pub key: &'static str,
    pub secure: &'static str,
    pub by_itself: &'static str,
    pub yes: &'static str,
    pub no: &'static str,
    pub invalid_server: &'static str,
    pub ice: &'static str,
    pub ice_hint: &'static str,
    pub test: &'static str,
    pub testing: &'static str,
    pub ice_works: &'static str,
    pub ice_silent: &'static str,
    pub ice_refused: &'static str,
    pub ice_bad: &'static str,
    pub apply: &'static str,

    // What goes wrong, and what to do
    pub try_again: &'static str,
    pub back_to_rooms: &'static str,
    pub server_unreachable: &'static str,
    pub server_refused: &'static str,
    pub id_taken: &'static str,
    pub room_not_found: &'static str,
    pub not_a_room: &'static str,
    pub room_full: &'static str,
    pub unconnectable: &'static str,
    pub room_ended: &'static str,
    pub bad_room_id: &'static str,
    pub denied: &'static str,
    pub no_device: &'static str,
    pub device_busy: &'static str,
    pub not_secure: &'static str,
    pub capture_unsupported: &'static str,
    pub bad_file: &'static str,
    pub capture_failed: &'static str,
    pub bad_server: &'static str,
    pub no_webrtc: &'static str,
}

/// Puts `value` in the place of `{}`.
pub fn fill(template: &str, value: &str) -> String {
    match template.split_once("{}") {
        Some((before, after)) => [before, value, after].concat(),
        None => template.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_with_regions_find_their_language() {
        for tag in ["zh", "zh-CN", "ZH_tw"] {
            assert_eq!(Language::from_tag(tag), Some(Language::Chinese), "{tag}");
        }
        assert_eq!(Language::from_tag("en-GB"), Some(Language::English));
        for tag in ["", "host", "zhost"] {
            assert_eq!(Language::from_tag(tag), None, "{tag}");
        }
    }
}
