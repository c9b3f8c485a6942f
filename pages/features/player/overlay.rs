//! The notice over the video while there is no moving picture.

use leptos::prelude::*;
use live_core::view::{Phase, Tracks, View};

use crate::i18n::{I18n, t_string, use_i18n};

/// The part of the room's state that the overlay depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoomState {
    Joining,
    OffAir,
    OnAir { video: bool, stalled: bool },
    Repairing,
    HostAway,
    Ended,
}

impl RoomState {
    pub(crate) fn of(view: &View) -> Self {
        let Some(room) = &view.room else {
            return Self::Joining;
        };
        match (room.phase, room.on_air) {
            (Phase::Joining, _) => Self::Joining,
            (Phase::Ended, _) => Self::Ended,
            (Phase::Repairing, _) => Self::Repairing,
            (Phase::HostAway, _) => Self::HostAway,
            (Phase::Attached, Some(Tracks { video, .. })) => {
                Self::OnAir { video, stalled: room.source_stalled }
            }
            (Phase::Attached, None) => Self::OffAir,
        }
    }
}

/// The playback state of the page's `<video>`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Playback {
    /// The page is the host's, which shows a preview of its own source.
    pub(crate) is_host: bool,
    /// The video plays.
    pub(crate) playing: bool,
    /// The video has played before.
    pub(crate) has_played: bool,
    /// The host has turned its preview off.
    pub(crate) preview_hidden: bool,
}

/// The notice over the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overlay {
    /// The picture is visible.
    None,
    Joining,
    /// The host has not started yet.
    Waiting,
    /// The host has stopped and may start again.
    Stopped,
    Loading,
    /// The host's source has stalled.
    Paused,
    SoundOnly,
    Repairing,
    HostAway,
    Ended,
    /// To the host: nothing is streamed.
    OffAir,
    PreviewHidden,
}

impl Overlay {
    /// The overlay for a state of the room and of the video.
    pub(crate) fn new(room: RoomState, playback: Playback) -> Self {
        match room {
            RoomState::OffAir if playback.is_host => Self::OffAir,
            RoomState::Joining => Self::Joining,
            RoomState::Ended => Self::Ended,
            RoomState::OffAir if playback.has_played => Self::Stopped,
            RoomState::OffAir => Self::Waiting,
            RoomState::Repairing => Self::Repairing,
            RoomState::HostAway => Self::HostAway,
            RoomState::OnAir { .. } if playback.preview_hidden => Self::PreviewHidden,
            RoomState::OnAir { video: false, .. } => Self::SoundOnly,
            RoomState::OnAir { .. } if playback.playing => Self::None,
            RoomState::OnAir { stalled: true, .. } => Self::Paused,
            RoomState::OnAir { .. } => Self::Loading,
        }
    }

    /// The value of the attribute `data-cover`, which the style sheet uses.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Joining => "joining",
            Self::Waiting => "waiting",
            Self::Stopped => "stopped",
            Self::Loading => "loading",
            Self::Paused => "paused",
            Self::SoundOnly => "sound-only",
            Self::Repairing => "reconnecting",
            Self::HostAway => "host-away",
            Self::Ended => "ended",
            Self::OffAir => "off-air",
            Self::PreviewHidden => "unseen",
        }
    }

    /// The title and the hint below it; tracks the language.
    fn texts(self, i18n: I18n) -> (&'static str, &'static str) {
        match self {
            Self::None => ("", ""),
            Self::Joining => (t_string!(i18n, joining), ""),
            Self::Waiting => (t_string!(i18n, waiting), t_string!(i18n, waiting_hint)),
            Self::Stopped => (t_string!(i18n, stopped), t_string!(i18n, stopped_hint)),
            Self::Loading => (t_string!(i18n, loading), ""),
            Self::Paused => (t_string!(i18n, paused), ""),
            Self::SoundOnly => (t_string!(i18n, sound_only), ""),
            Self::Repairing => (t_string!(i18n, finding_parent), ""),
            Self::HostAway => (t_string!(i18n, host_away), t_string!(i18n, host_away_hint)),
            Self::Ended => (t_string!(i18n, ended), ""),
            Self::OffAir => (t_string!(i18n, off_air), t_string!(i18n, off_air_hint)),
            Self::PreviewHidden => {
                (t_string!(i18n, preview_off), t_string!(i18n, preview_off_hint))
            }
        }
    }
}

/// The notice itself; empty, and hidden by the style sheet, while the picture is visible.
#[component]
pub(crate) fn OverlayNotice(#[prop(into)] overlay: Signal<Overlay>) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="player-cover" role="status">
            <p class="player-title">{move || overlay.get().texts(i18n).0}</p>
            <p class="player-hint">{move || overlay.get().texts(i18n).1}</p>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    const ON_AIR: RoomState = RoomState::OnAir { video: true, stalled: false };

    #[test]
    fn a_viewer_sees_the_picture_once_it_plays() {
        let playback = Playback::default();
        assert_eq!(Overlay::new(ON_AIR, playback), Overlay::Loading);
        assert_eq!(Overlay::new(ON_AIR, Playback { playing: true, ..playback }), Overlay::None);
        let stalled = RoomState::OnAir { video: true, stalled: true };
        assert_eq!(Overlay::new(stalled, playback), Overlay::Paused);
        let sound = RoomState::OnAir { video: false, stalled: false };
        assert_eq!(Overlay::new(sound, Playback { playing: true, ..playback }), Overlay::SoundOnly);
    }

    #[test]
    fn a_stopped_stream_is_not_one_that_never_began() {
        let playback = Playback::default();
        assert_eq!(Overlay::new(RoomState::OffAir, playback), Overlay::Waiting);
        let played = Playback { has_played: true, ..playback };
        assert_eq!(Overlay::new(RoomState::OffAir, played), Overlay::Stopped);
        let host = Playback { is_host: true, ..played };
        assert_eq!(Overlay::new(RoomState::OffAir, host), Overlay::OffAir);
    }

    #[test]
    fn a_hidden_preview_does_not_hide_that_the_room_ended() {
        let hidden = Playback { is_host: true, preview_hidden: true, ..Playback::default() };
        assert_eq!(Overlay::new(ON_AIR, hidden), Overlay::PreviewHidden);
        assert_eq!(Overlay::new(RoomState::Ended, hidden), Overlay::Ended);
    }
}
