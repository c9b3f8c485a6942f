//! What can be done with the player, whether by its buttons or by keys.

use leptos::prelude::*;
use live_core::node::Command;
use live_web::display;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlVideoElement, KeyboardEvent};

use crate::contexts::preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::dom::El;
use crate::i18n::Texts;
use crate::ui::icon::Icon;

/// How much one press changes the volume, of 100.
const STEP: f64 = 10.0;

/// The player of a page. The `<video>` itself is what knows how loud it is.
#[derive(Clone, Copy)]
pub(crate) struct Stage {
    pub(crate) session: RoomHandle,
    pub(crate) host: bool,
    frame: StoredValue<El>,
    video: StoredValue<El>,
    /// How loud it is, from 0 to 100.
    pub(crate) volume: RwSignal<f64>,
    pub(crate) muted: RwSignal<bool>,
    pub(crate) full_screen: RwSignal<bool>,
    pub(crate) theatre: RwSignal<bool>,
    pub(crate) stats: RwSignal<bool>,
    pub(crate) help: RwSignal<bool>,
    /// Whether a host does without the own picture.
    pub(crate) unseen: RwSignal<bool>,
    /// Whether single keys do something.
    pub(crate) keys: RwSignal<bool>,
}

/// Something to do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Mute,
    Louder,
    Quieter,
    FullScreen,
    Theatre,
    Float,
    Stats,
    Preview,
    Refresh,
    Chat,
    Help,
}

impl Act {
    /// What the keys can do, in the order of the help.
    pub(crate) const ALL: [Self; 11] = [
        Self::Mute,
        Self::Louder,
        Self::Quieter,
        Self::FullScreen,
        Self::Theatre,
        Self::Float,
        Self::Stats,
        Self::Preview,
        Self::Refresh,
        Self::Chat,
        Self::Help,
    ];

    /// Its key.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Mute => "m",
            Self::Louder => "+",
            Self::Quieter => "-",
            Self::FullScreen => "f",
            Self::Theatre => "t",
            Self::Float => "p",
            Self::Stats => "i",
            Self::Preview => "h",
            Self::Refresh => "r",
            Self::Chat => "c",
            Self::Help => "?",
        }
    }

    /// What it does, in words.
    pub(crate) fn label(self, texts: &Texts) -> &'static str {
        match self {
            Self::Mute => texts.mute,
            Self::Louder => texts.louder,
            Self::Quieter => texts.quieter,
            Self::FullScreen => texts.full_screen,
            Self::Theatre => texts.theatre,
            Self::Float => texts.float,
            Self::Stats => texts.stats,
            Self::Preview => texts.hide_preview,
            Self::Refresh => texts.refresh,
            Self::Chat => texts.to_chat,
            Self::Help => texts.shortcuts,
        }
    }

    /// The handle and the sign of its button.
    pub(crate) fn button(self) -> (&'static str, Icon) {
        match self {
            Self::Mute => ("mute", Icon::Sound),
            Self::Theatre => ("theatre", Icon::Theatre),
            Self::Float => ("picture-in-picture", Icon::Float),
            Self::Stats => ("show-stats", Icon::Stats),
            Self::Preview => ("hide-preview", Icon::Eye),
            Self::Help => ("shortcuts", Icon::Help),
            _ => ("full-screen", Icon::FullScreen),
        }
    }
}

impl Stage {
    pub(crate) fn new(session: RoomHandle, host: bool, frame: &El, video: &El) -> Self {
        Self {
            session,
            host,
            frame: StoredValue::new(frame.clone()),
            video: StoredValue::new(video.clone()),
            volume: RwSignal::new(100.0),
            muted: RwSignal::new(host),
            full_screen: RwSignal::new(false),
            theatre: RwSignal::new(preferences::load(preferences::THEATRE).is_some()),
            stats: RwSignal::new(false),
            help: RwSignal::new(false),
            unseen: RwSignal::new(false),
            keys: RwSignal::new(preferences::load(preferences::KEYS).is_none()),
        }
    }

    /// Whether the page has it: a host hears nothing of itself, a viewer has no preview.
    pub(crate) fn has(self, act: Act) -> bool {
        match act {
            Act::Mute | Act::Louder | Act::Quieter | Act::Refresh => !self.host,
            Act::Preview => self.host,
            Act::Float => display::has_picture_in_picture(),
            _ => true,
        }
    }

    /// The switch that it turns, if it is one.
    pub(crate) fn switch(self, act: Act) -> Option<Signal<bool>> {
        match act {
            Act::Mute => Some(self.muted.into()),
            Act::FullScreen => Some(self.full_screen.into()),
            Act::Theatre => Some(self.theatre.into()),
            Act::Stats => Some(self.stats.into()),
            Act::Preview => Some(self.unseen.into()),
            _ => None,
        }
    }

    pub(crate) fn act(self, act: Act) {
        let video = self.player();
        match act {
            Act::Mute => video.set_muted(!video.muted()),
            Act::Louder => self.set_volume(self.volume.get_untracked() + STEP),
            Act::Quieter => self.set_volume(self.volume.get_untracked() - STEP),
            Act::FullScreen => display::toggle_fullscreen(&self.frame.get_value().node(), &video),
            Act::Theatre => {
                toggle(self.theatre);
                preferences::set_flag(preferences::THEATRE, self.theatre.get_untracked());
            }
            Act::Float => display::toggle_picture_in_picture(&video),
            Act::Stats => toggle(self.stats),
            Act::Preview => toggle(self.unseen),
            Act::Refresh => self.session.send(Command::Refresh),
            Act::Chat => self.to_chat(),
            Act::Help => toggle(self.help),
        }
    }

    /// Sets the volume, from 0 to 100, and ends the silence.
    pub(crate) fn set_volume(self, volume: f64) {
        let video = self.player();
        video.set_volume(volume.clamp(0.0, 100.0) / 100.0);
        video.set_muted(false);
    }

    fn to_chat(self) {
        let room = self.frame.get_value().node::<Element>().closest(".room").ok().flatten();
        let field = room.and_then(|room| room.query_selector("[data-testid=chat-input]").ok()?);
        if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
            // Fails for elements that have left the document only.
            let _ = field.focus();
        }
    }

    /// The picture.
    pub(crate) fn video(self) -> El {
        self.video.get_value()
    }

    fn player(self) -> HtmlVideoElement {
        self.video().node()
    }

    /// Takes over how loud the player is now.
    pub(crate) fn heard(self, video: &HtmlVideoElement) {
        let volume = (video.volume() * 100.0).round();
        if volume != self.volume.get_untracked() {
            self.volume.set(volume);
            preferences::save(preferences::VOLUME, &(volume as u32).to_string());
        }
        self.muted.set(video.muted());
    }

    /// A key was pressed somewhere on the page.
    pub(crate) fn key(self, event: &KeyboardEvent) {
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key();
        if modified || event.default_prevented() || event.is_composing() {
            return;
        }
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        // Where somebody writes or chooses, keys mean something else.
        let taken = "input:not([type=range],[type=checkbox]),textarea,select,[role=log],dialog";
        if target.is_some_and(|target| target.closest(taken).ok().flatten().is_some()) {
            return;
        }
        let key = event.key();
        let fits = |act: &Act| act.key().eq_ignore_ascii_case(&key) && self.has(*act);
        // The help itself can be reached by its button, too, so it obeys the switch.
        if let Some(act) = Act::ALL.into_iter().find(fits).filter(|_| self.keys.get_untracked()) {
            event.prevent_default();
            self.act(act);
        }
    }
}

fn toggle(switch: RwSignal<bool>) {
    switch.update(|on| *on = !*on);
}
