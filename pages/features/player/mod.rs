//! The picture, with what there is to say while there is none.

mod controls;
mod media_stats;
pub(crate) mod quality;
mod shortcuts;
pub(crate) mod sounds;
mod stage;
mod stats;

use core::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use live_core::view::{Phase, Tracks, View};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DomException, HtmlVideoElement};

use crate::contexts::preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::contexts::tabs::use_tab;
use crate::dom::{El, el, follow, sign};
use crate::features::player::controls::controls;
use crate::features::player::shortcuts::shortcuts;
use crate::features::player::stage::Stage;
use crate::features::player::stats::stats;
use crate::features::rooms::cover;
use crate::i18n::use_i18n;
use crate::later::later;
use crate::reactive::{flag, text};
use crate::ui::icon::Icon;

/// How long the controls stay after the last movement.
const LINGER: Duration = Duration::from_secs(3);

/// How the room stands, as far as the picture is concerned.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Room {
    Joining,
    OffAir,
    OnAir { video: bool, still: bool },
    Repairing,
    HostAway,
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
    Paused,
    SoundOnly,
    Repairing,
    HostAway,
    Ended,
    HostOffAir,
    Unseen,
}

impl Cover {
    fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::Joining => "joining",
            Self::Waiting => "waiting",
            Self::Stopped => "stopped",
            Self::Loading => "loading",
            Self::Paused => "paused",
            Self::SoundOnly => "sound-only",
            Self::Repairing => "reconnecting",
            Self::HostAway => "host-away",
            Self::Ended => "ended",
            Self::HostOffAir => "off-air",
            Self::Unseen => "unseen",
        }
    }
}

/// The room's picture; for a host a silent preview of the own source.
pub(crate) fn player(session: RoomHandle, host: bool) -> [El; 2] {
    let i18n = use_i18n();
    let frame = el("div").set("class", "player");
    let picture =
        el("video").set("data-testid", "player").set("playsinline", "").set("autoplay", "");
    let video: HtmlVideoElement = picture.node();
    video.set_muted(host);
    let stage = Stage::new(session, host, &frame, &picture);
    let playing = RwSignal::new(false);
    let silenced = RwSignal::new(false);
    let seen = RwSignal::new(false);
    let room = session.select(room);
    let stream = session.stream();
    let tracks = session.select(|view| view.room.as_ref().and_then(|room| room.on_air));

    let tab = use_tab();
    // Only what is shown is heard.
    let (hushed, speaks) = (StoredValue::new(None), video.clone());
    follow(move || match (tab.is_shown(), hushed.get_value()) {
        (false, None) => {
            hushed.set_value(Some(speaks.muted()));
            speaks.set_muted(true);
        }
        (true, Some(muted)) => {
            hushed.set_value(None);
            speaks.set_muted(muted);
        }
        _ => {}
    });
    let shown = flag(move || tab.is_shown() && playing.get() && tracks.get().is_some());
    let active = RwSignal::new(false);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stir = move |_| {
        active.set(true);
        if let Some(timer) = timer.get_value() {
            timer.clear();
        }
        let rest = move || _ = active.try_set(false);
        timer.set_value(set_timeout_with_handle(rest, LINGER).ok());
    };

    if !host {
        let volume =
            preferences::load(preferences::VOLUME).and_then(|volume| volume.parse::<u32>().ok());
        video.set_volume(f64::from(volume.unwrap_or(100).min(100)) / 100.0);
    }
    let shows = video.clone();
    follow(move || {
        // One object for the whole session: setting it again would start the picture over.
        let stream = stream.get().filter(|_| !stage.unseen.get());
        if shows.src_object() != stream {
            shows.set_src_object(stream.as_ref());
        }
        // Tracks that join a stream may pause what plays.
        tracks.track();
        if stream.is_none() {
            playing.set(false);
        } else {
            spawn_local(play(shows.clone(), silenced));
        }
    });
    let heard = video.clone();
    let picture = picture
        .bind("aria-label", i18n.text(if host { |t| t.preview } else { |t| t.player }))
        .on("playing", move |_| {
            playing.set(true);
            seen.set(true);
        })
        .on("emptied", move |_| playing.set(false))
        .on("volumechange", move |_| stage.heard(&heard));
    let unmute = move |_| {
        silenced.set(false);
        video.set_muted(false);
        spawn_local(play(video.clone(), silenced));
    };

    let cover = Memo::new(move |_| match room.get() {
        Room::OffAir if host => Cover::HostOffAir,
        Room::Joining => Cover::Joining,
        Room::Ended => Cover::Ended,
        Room::OffAir if seen.get() => Cover::Stopped,
        Room::OffAir => Cover::Waiting,
        Room::Repairing => Cover::Repairing,
        Room::HostAway => Cover::HostAway,
        Room::OnAir { .. } if stage.unseen.get() => Cover::Unseen,
        Room::OnAir { video: false, .. } => Cover::SoundOnly,
        Room::OnAir { .. } if playing.get() => Cover::Nothing,
        Room::OnAir { still: true, .. } => Cover::Paused,
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
            Cover::Paused => (texts.paused, ""),
            Cover::SoundOnly => (texts.sound_only, ""),
            Cover::Repairing => (texts.finding_parent, ""),
            Cover::HostAway => (texts.host_away, texts.host_away_hint),
            Cover::Ended => (texts.ended, ""),
            Cover::HostOffAir => (texts.off_air, texts.off_air_hint),
            Cover::Unseen => (texts.preview_off, texts.preview_off_hint),
        }
    };
    let address = text(move || {
        let view = session.view();
        view.with(|view| view.room.as_ref().map(|r| r.meta.cover.clone()).unwrap_or_default())
    });
    let image = session.select(|view| view.room.as_ref()?.meta.image);
    let covers = session.select(|view| view.covers.clone());
    let picture = picture.bind("poster", cover::cover_url(address, image.into(), covers));
    let figures = el("div").set("class", "player-figures").children(move || {
        if stage.stats.get() { vec![later(move || stats(session))] } else { Vec::new() }
    });
    let frame = frame
        .bind("data-cover", text(move || cover.get().as_str()))
        .bind("data-theatre", text(move || stage.theatre.get().to_string()))
        .bind("data-active", text(move || active.get().to_string()))
        .on("pointermove", stir)
        .on("pointerdown", stir)
        .with([
            picture,
            el("div").set("class", "player-cover").set("role", "status").with([
                el("p").set("class", "player-title").text(text(move || texts().0)),
                el("p").set("class", "player-hint").text(text(move || texts().1)),
            ]),
            el("button")
                .set("class", "player-sound primary")
                .flag("hidden", flag(move || !silenced.get()))
                .with([sign(Icon::Sound), el("span").text(i18n.text(|t| t.tap_for_sound))])
                .on("click", unmute),
            figures,
            later(move || controls(stage, shown)),
        ]);
    [frame, shortcuts(stage)]
}

fn room(view: &View) -> Room {
    let Some(room) = &view.room else {
        return Room::Joining;
    };
    match (room.phase, room.on_air) {
        (Phase::Joining, _) => Room::Joining,
        (Phase::Ended, _) => Room::Ended,
        (Phase::Repairing, _) => Room::Repairing,
        (Phase::HostAway, _) => Room::HostAway,
        (Phase::Attached, Some(Tracks { video, .. })) => {
            Room::OnAir { video, still: room.source_stalled }
        }
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
