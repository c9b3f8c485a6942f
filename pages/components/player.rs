//! The picture, with what there is to say while there is none.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use live_core::view::{Phase, Tracks, View};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DomException, HtmlVideoElement};

use super::icon::{Icon, icon};
use crate::i18n::use_i18n;
use crate::reactive::{flag, text};
use crate::session::Session;

/// How the room stands, as far as the picture is concerned.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Room {
    Joining,
    OffAir,
    OnAir { video: bool },
    Repairing,
    Ended,
}

/// What lies over the picture.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cover {
    Nothing,
    Joining,
    Waiting,
    Stopped,
    Loading,
    SoundOnly,
    Repairing,
    Ended,
    HostOffAir,
}

impl Cover {
    fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::Joining => "joining",
            Self::Waiting => "waiting",
            Self::Stopped => "stopped",
            Self::Loading => "loading",
            Self::SoundOnly => "sound-only",
            Self::Repairing => "reconnecting",
            Self::Ended => "ended",
            Self::HostOffAir => "off-air",
        }
    }
}

/// The room's picture; for a host a silent preview of the own source.
#[component]
pub(crate) fn Player(session: Session, host: bool) -> impl IntoView {
    let i18n = use_i18n();
    let node = NodeRef::<html::Video>::new();
    let playing = RwSignal::new(false);
    let silenced = RwSignal::new(false);
    let seen = RwSignal::new(false);
    let room = session.part(room);
    let stream = session.stream();
    let tracks = session.part(|view| view.room.as_ref().and_then(|room| room.on_air));

    Effect::new(move || {
        let Some(video) = node.get() else {
            return;
        };
        // One object for the whole session: setting it again would start the picture over.
        let shown = stream.get();
        if video.src_object() != shown {
            video.set_src_object(shown.as_ref());
        }
        // Tracks that join a stream may pause what plays.
        tracks.track();
        if shown.is_none() {
            playing.set(false);
        } else {
            spawn_local(play(video, silenced));
        }
    });
    let started = move |_| {
        playing.set(true);
        seen.set(true);
    };
    let unmute = move |_| {
        silenced.set(false);
        if let Some(video) = node.get_untracked() {
            video.set_muted(false);
            spawn_local(play(video, silenced));
        }
    };

    let cover = Memo::new(move |_| match room.get() {
        Room::OffAir if host => Cover::HostOffAir,
        Room::Joining => Cover::Joining,
        Room::Ended => Cover::Ended,
        Room::OffAir if seen.get() => Cover::Stopped,
        Room::OffAir => Cover::Waiting,
        Room::Repairing => Cover::Repairing,
        Room::OnAir { video: false } => Cover::SoundOnly,
        Room::OnAir { .. } if playing.get() => Cover::Nothing,
        Room::OnAir { .. } => Cover::Loading,
    });
    let texts = move || {
        let texts = i18n.get();
        match cover.get() {
            Cover::Nothing => ("", ""),
            Cover::Joining => (texts.joining, ""),
            Cover::Waiting => (texts.waiting, texts.waiting_hint),
            Cover::Stopped => (texts.stopped, texts.stopped_hint),
            Cover::Loading => (texts.loading, ""),
            Cover::SoundOnly => (texts.sound_only, ""),
            Cover::Repairing => (texts.finding_parent, ""),
            Cover::Ended => (texts.ended, ""),
            Cover::HostOffAir => (texts.off_air, texts.off_air_hint),
        }
    };

    view! {
        <div class="player" data-cover=text(move || cover.get().as_str())>
            <video
                node_ref=node
                data-testid="player"
                aria-label=i18n.text(if host { |t| t.preview } else { |t| t.player })
                playsinline
                autoplay
                prop:muted=host
                prop:controls=flag(move || !host && playing.get())
                on:playing=started
                on:emptied=move |_| playing.set(false)
            ></video>
            <div class="player-cover" role="status">
                <p class="player-title">{text(move || texts().0)}</p>
                <p class="player-hint">{text(move || texts().1)}</p>
            </div>
            <button class="player-sound primary" hidden=flag(move || !silenced.get()) on:click=unmute>
                {icon(Icon::Sound)}
                {i18n.text(|t| t.tap_for_sound)}
            </button>
        </div>
    }
}

fn room(view: &View) -> Room {
    let Some(room) = &view.room else {
        return Room::Joining;
    };
    match (room.phase, room.on_air) {
        (Phase::Joining, _) => Room::Joining,
        (Phase::Ended, _) => Room::Ended,
        (Phase::Repairing, _) => Room::Repairing,
        (Phase::Attached, Some(Tracks { video, .. })) => Room::OnAir { video },
        (Phase::Attached, None) => Room::OffAir,
    }
}

/// Plays with sound, or, where the browser wants a tap first, without.
async fn play(video: HtmlVideoElement, silenced: RwSignal<bool>) {
    let refused = match video.play() {
        Ok(promise) => JsFuture::from(promise).await.err(),
        Err(error) => Some(error),
    };
    let refused = refused.and_then(|error| error.dyn_into::<DomException>().ok());
    // Other errors say that something newer is being played already.
    if refused.is_some_and(|error| error.name() == "NotAllowedError") && !video.muted() {
        video.set_muted(true);
        silenced.try_set(true);
        if let Ok(promise) = video.play() {
            let _ = JsFuture::from(promise).await;
        }
    }
}
