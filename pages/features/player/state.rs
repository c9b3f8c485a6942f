//! The player's state, and the actions of its buttons and shortcuts.

use leptos::html;
use leptos::prelude::*;
use live_core::node::Command;
use live_web::display;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlVideoElement, KeyboardEvent};

use crate::contexts::preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::features::voice::ducking::volume_factor;
use crate::i18n::{I18n, t_string};
use crate::ui::icon::Icon;

/// The volume step of one key press, of 100.
const VOLUME_STEP: f64 = 10.0;

/// The elements in which single keys have another meaning: text fields, menus, the chat.
const TYPING: &str = "input:not([type=range],[type=checkbox]),textarea,select,[role=log],dialog";

/// The state of one page's player. Cheap to copy. The `<video>` owns volume and mute; the signals
/// here follow it.
#[derive(Clone, Copy)]
pub(crate) struct PlayerState {
    pub(crate) room: RoomHandle,
    /// The page is the host's: the player is a silent preview.
    pub(crate) is_host: bool,
    /// The frame around the video, which goes full screen.
    pub(crate) frame: NodeRef<html::Div>,
    pub(crate) video: NodeRef<html::Video>,
    /// What the volume is multiplied by at the moment.
    pub(crate) factor: Signal<f64>,
    /// From 0 to 100, as the user has set it.
    pub(crate) volume: RwSignal<f64>,
    pub(crate) muted: RwSignal<bool>,
    pub(crate) full_screen: RwSignal<bool>,
    pub(crate) theatre: RwSignal<bool>,
    pub(crate) stats_open: RwSignal<bool>,
    pub(crate) help_open: RwSignal<bool>,
    /// The host has turned its preview off.
    pub(crate) preview_hidden: RwSignal<bool>,
    /// Keyboard shortcuts are on.
    pub(crate) shortcuts_enabled: RwSignal<bool>,
    /// The video plays.
    pub(crate) playing: RwSignal<bool>,
    /// The video has played before.
    pub(crate) has_played: RwSignal<bool>,
    /// The browser requires a tap before it plays sound.
    pub(crate) autoplay_blocked: RwSignal<bool>,
}

/// An action of the player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlayerAction {
    ToggleMute,
    Louder,
    Quieter,
    ToggleFullScreen,
    ToggleTheatre,
    PictureInPicture,
    ToggleStats,
    TogglePreview,
    Refresh,
    FocusChat,
    ToggleHelp,
}

impl PlayerAction {
    /// All actions, in the order of the help.
    pub(crate) const ALL: [Self; 11] = [
        Self::ToggleMute,
        Self::Louder,
        Self::Quieter,
        Self::ToggleFullScreen,
        Self::ToggleTheatre,
        Self::PictureInPicture,
        Self::ToggleStats,
        Self::TogglePreview,
        Self::Refresh,
        Self::FocusChat,
        Self::ToggleHelp,
    ];

    /// Its shortcut: the value of `KeyboardEvent.key` in lower case.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::ToggleMute => "m",
            Self::Louder => "+",
            Self::Quieter => "-",
            Self::ToggleFullScreen => "f",
            Self::ToggleTheatre => "t",
            Self::PictureInPicture => "p",
            Self::ToggleStats => "i",
            Self::TogglePreview => "h",
            Self::Refresh => "r",
            Self::FocusChat => "c",
            Self::ToggleHelp => "?",
        }
    }

    /// Its description; tracks the language.
    pub(crate) fn label(self, i18n: I18n) -> &'static str {
        match self {
            Self::ToggleMute => t_string!(i18n, mute),
            Self::Louder => t_string!(i18n, louder),
            Self::Quieter => t_string!(i18n, quieter),
            Self::ToggleFullScreen => t_string!(i18n, full_screen),
            Self::ToggleTheatre => t_string!(i18n, theatre),
            Self::PictureInPicture => t_string!(i18n, float),
            Self::ToggleStats => t_string!(i18n, stats),
            Self::TogglePreview => t_string!(i18n, hide_preview),
            Self::Refresh => t_string!(i18n, refresh),
            Self::FocusChat => t_string!(i18n, to_chat),
            Self::ToggleHelp => t_string!(i18n, shortcuts),
        }
    }

    /// The `data-testid` and the icon of its button; `None` if it has only a shortcut.
    pub(crate) fn button(self) -> Option<(&'static str, Icon)> {
        match self {
            Self::ToggleMute => Some(("mute", Icon::Sound)),
            Self::ToggleFullScreen => Some(("full-screen", Icon::FullScreen)),
            Self::ToggleTheatre => Some(("theatre", Icon::Theatre)),
            Self::PictureInPicture => Some(("picture-in-picture", Icon::Float)),
            Self::ToggleStats => Some(("show-stats", Icon::Stats)),
            Self::TogglePreview => Some(("hide-preview", Icon::Eye)),
            Self::ToggleHelp => Some(("shortcuts", Icon::Help)),
            Self::Louder | Self::Quieter | Self::Refresh | Self::FocusChat => None,
        }
    }
}

impl PlayerState {
    pub(crate) fn new(room: RoomHandle, is_host: bool) -> Self {
        Self {
            room,
            is_host,
            frame: NodeRef::new(),
            video: NodeRef::new(),
            factor: volume_factor(room),
            volume: RwSignal::new(if is_host { 100.0 } else { stored_volume() }),
            muted: RwSignal::new(is_host),
            full_screen: RwSignal::new(false),
            theatre: RwSignal::new(preferences::load(preferences::THEATRE).is_some()),
            stats_open: RwSignal::new(false),
            help_open: RwSignal::new(false),
            preview_hidden: RwSignal::new(false),
            shortcuts_enabled: RwSignal::new(preferences::load(preferences::KEYS).is_none()),
            playing: RwSignal::new(false),
            has_played: RwSignal::new(false),
            autoplay_blocked: RwSignal::new(false),
        }
    }

    /// Whether this page offers it: a host has no sound, a viewer no preview.
    pub(crate) fn offers(self, action: PlayerAction) -> bool {
        match action {
            PlayerAction::ToggleMute
            | PlayerAction::Louder
            | PlayerAction::Quieter
            | PlayerAction::Refresh => !self.is_host,
            PlayerAction::TogglePreview => self.is_host,
            PlayerAction::PictureInPicture => display::has_picture_in_picture(),
            _ => true,
        }
    }

    /// Whether it is on; `None` if it is not a toggle.
    pub(crate) fn pressed(self, action: PlayerAction) -> Option<Signal<bool>> {
        match action {
            PlayerAction::ToggleMute => Some(self.muted.into()),
            PlayerAction::ToggleFullScreen => Some(self.full_screen.into()),
            PlayerAction::ToggleTheatre => Some(self.theatre.into()),
            PlayerAction::ToggleStats => Some(self.stats_open.into()),
            PlayerAction::TogglePreview => Some(self.preview_hidden.into()),
            _ => None,
        }
    }

    /// Performs it; does nothing before the video is mounted.
    pub(crate) fn perform(self, action: PlayerAction) {
        let (Some(frame), Some(video)) = (self.frame.get_untracked(), self.video.get_untracked())
        else {
            return;
        };
        match action {
            PlayerAction::ToggleMute => video.set_muted(!video.muted()),
            PlayerAction::Louder => self.set_volume(self.volume.get_untracked() + VOLUME_STEP),
            PlayerAction::Quieter => self.set_volume(self.volume.get_untracked() - VOLUME_STEP),
            PlayerAction::ToggleFullScreen => display::toggle_fullscreen(&frame, &video),
            PlayerAction::ToggleTheatre => {
                toggle(self.theatre);
                preferences::set_flag(preferences::THEATRE, self.theatre.get_untracked());
            }
            PlayerAction::PictureInPicture => display::toggle_picture_in_picture(&video),
            PlayerAction::ToggleStats => toggle(self.stats_open),
            PlayerAction::TogglePreview => toggle(self.preview_hidden),
            PlayerAction::Refresh => self.room.send(Command::Refresh),
            PlayerAction::FocusChat => focus_chat(&frame),
            PlayerAction::ToggleHelp => toggle(self.help_open),
        }
    }

    /// Sets the volume, from 0 to 100, and unmutes.
    pub(crate) fn set_volume(self, volume: f64) {
        if let Some(video) = self.video.get_untracked() {
            video.set_volume(volume.clamp(0.0, 100.0) / 100.0 * self.factor.get_untracked());
            video.set_muted(false);
        }
    }

    /// Keeps the video as loud as the user has set it, times the factor.
    pub(crate) fn follow_factor(self) {
        Effect::new(move |before: Option<f64>| {
            let factor = self.factor.get();
            if let Some(video) = self.video.get_untracked().filter(|_| before.is_some()) {
                video.set_volume(self.volume.get_untracked() / 100.0 * factor);
            }
            factor
        });
    }

    /// `volumechange`: reads volume and mute from the video, and stores the volume.
    pub(crate) fn on_volume_change(self, video: &HtmlVideoElement) {
        let volume = (video.volume() / self.factor.get_untracked() * 100.0).round();
        if volume != self.volume.get_untracked() {
            self.volume.set(volume);
            preferences::save(preferences::VOLUME, &(volume as u32).to_string());
        }
        self.muted.set(video.muted());
    }

    /// A key was pressed anywhere on the page.
    pub(crate) fn on_key(self, event: &KeyboardEvent) {
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key();
        if modified || event.default_prevented() || event.is_composing() {
            return;
        }
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if target.is_some_and(|target| target.closest(TYPING).ok().flatten().is_some()) {
            return;
        }
        let key = event.key();
        let action = PlayerAction::ALL
            .into_iter()
            .find(|action| action.key().eq_ignore_ascii_case(&key) && self.offers(*action));
        // The switch also turns off the shortcut of the help, which still has a button.
        if let Some(action) = action.filter(|_| self.shortcuts_enabled.get_untracked()) {
            event.prevent_default();
            self.perform(action);
        }
    }
}

/// The volume that was stored last, from 0 to 100.
fn stored_volume() -> f64 {
    let stored = preferences::load(preferences::VOLUME);
    stored.and_then(|volume| volume.parse::<u32>().ok()).unwrap_or(100).min(100).into()
}

/// Moves the focus to the field for a chat message of the same room.
fn focus_chat(frame: &Element) {
    let room = frame.closest(".room").ok().flatten();
    let field = room.and_then(|room| room.query_selector(".chat-writer textarea").ok()?);
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
        // Fails only for elements that are not in the document.
        let _ = field.focus();
    }
}

fn toggle(switch: RwSignal<bool>) {
    switch.update(|on| *on = !*on);
}
