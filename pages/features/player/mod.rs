//! The video with its controls, and the notice over it.

mod controls;
mod media_stats;
mod overlay;
mod shortcuts;
mod state;
mod stats;

use core::time::Duration;

use leptos::html;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::controls::Controls;
use self::overlay::{Overlay, OverlayNotice, Playback, RoomState};
use self::shortcuts::ShortcutsDialog;
use self::state::{PlayerAction, PlayerState};
use self::stats::StatsPanel;
use crate::contexts::room_handle::RoomHandle;
use crate::contexts::tabs::use_tab;
use crate::features::rooms::cover::cover_url;
use crate::i18n::{t, t_string, use_i18n};
use crate::ui::icon::Icon;
use crate::ui::media::play;

/// How long the controls stay after the last movement of the pointer.
const CONTROLS_LINGER: Duration = Duration::from_secs(3);

/// The room's video; on a host's page a muted preview of the own source.
#[component]
pub(crate) fn Player(room: RoomHandle, #[prop(optional)] is_host: bool) -> impl IntoView {
    let i18n = use_i18n();
    let tab = use_tab();
    let player = PlayerState::new(room, is_host);
    let PlayerState { playing, has_played, autoplay_blocked, preview_hidden, .. } = player;
    let tracks = room.select(|view| view.room.as_ref().and_then(|room| room.on_air));
    let state = room.select(RoomState::of);

    player.follow_factor();
    let shows_own = room.select(|view| view.shows_own);
    mute_while(player.video, move || !tab.is_shown() || shows_own.get());
    attach_stream(player, move || tracks.track());
    let overlay = Memo::new(move |_| {
        let playback = Playback {
            is_host,
            playing: playing.get(),
            has_played: has_played.get(),
            preview_hidden: preview_hidden.get(),
        };
        Overlay::new(state.get(), playback)
    });
    let visible = Signal::derive(move || tab.is_shown() && playing.get() && tracks.get().is_some());
    let (active, stir) = use_linger(CONTROLS_LINGER);
    let unmute = move |_| {
        autoplay_blocked.set(false);
        if let Some(video) = player.video.get_untracked() {
            video.set_muted(false);
            spawn_local(play(video.into(), autoplay_blocked));
        }
    };
    let label = move || {
        if is_host { t_string!(i18n, preview) } else { t_string!(i18n, player) }
    };

    view! {
        <div
            class="player"
            node_ref=player.frame
            data-cover=move || overlay.get().as_str()
            data-theatre=move || player.theatre.get().to_string()
            data-active=move || active.get().to_string()
            on:pointermove=move |_| stir()
            on:pointerdown=move |_| stir()
        >
            <video
                node_ref=player.video
                data-testid="player"
                playsinline=""
                autoplay=""
                prop:muted=is_host
                prop:volume=player.volume.get_untracked() / 100.0
                aria-label=label
                poster=room_cover(room)
                on:playing=move |_| {
                    playing.set(true);
                    has_played.set(true);
                }
                on:emptied=move |_| playing.set(false)
                on:volumechange=move |_| {
                    if let Some(video) = player.video.get_untracked() {
                        player.on_volume_change(&video);
                    }
                }
                on:dblclick=move |_| player.perform(PlayerAction::ToggleFullScreen)
            ></video>
            <OverlayNotice overlay/>
            <button
                class="player-sound primary"
                type="button"
                hidden=move || !autoplay_blocked.get()
                on:click=unmute
            >
                <Icon icon=Icon::Sound/>
                <span>{t!(i18n, tap_for_sound)}</span>
            </button>
            <div class="player-figures">
                <Show when=move || player.stats_open.get()>
                    <StatsPanel room/>
                </Show>
            </div>
            <Controls player visible/>
        </div>
        <ShortcutsDialog player/>
    }
}

/// The address of the room's cover.
fn room_cover(room: RoomHandle) -> Signal<String> {
    let address = room
        .select(|view| view.room.as_ref().map(|room| room.meta.cover.clone()).unwrap_or_default());
    let image = room.select(|view| view.room.as_ref()?.meta.image);
    cover_url(address.into(), image.into(), room.select(|view| view.covers.clone()))
}

/// Mutes the video while nobody should hear it, since its tab is in the background or it shows a
/// viewer's own microphone, and then restores its state.
fn mute_while(video: NodeRef<html::Video>, unheard: impl Fn() -> bool + 'static) {
    // The value: what `muted` was before this effect muted the video.
    Effect::new(move |muted_here: Option<Option<bool>>| {
        let muted_here = muted_here.flatten();
        let unheard = unheard();
        let Some(video) = video.get() else {
            return muted_here;
        };
        match (unheard, muted_here) {
            (true, None) => {
                let before = video.muted();
                video.set_muted(true);
                Some(before)
            }
            (false, Some(before)) => {
                video.set_muted(before);
                None
            }
            _ => muted_here,
        }
    });
}

/// Keeps the room's stream in the video. `changed` tracks what makes it play again.
fn attach_stream(player: PlayerState, changed: impl Fn() + 'static) {
    let stream = player.room.stream();
    Effect::new(move || {
        let stream = stream.get().filter(|_| !player.preview_hidden.get());
        // Tracks that are added to the stream may pause the video.
        changed();
        let Some(video) = player.video.get() else {
            return;
        };
        // The stream is one object for the whole room; setting it again would restart the video.
        if video.src_object() != stream {
            video.set_src_object(stream.as_ref());
        }
        if stream.is_some() {
            spawn_local(play(video.into(), player.autoplay_blocked));
        }
    });
}

/// A signal that is true from each call of the function until `linger` after the last one.
fn use_linger(linger: Duration) -> (ReadSignal<bool>, impl Fn() + Copy + Send + 'static) {
    let (active, set_active) = signal(false);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(timer) = timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    };
    on_cleanup(stop);
    let stir = move || {
        set_active.set(true);
        stop();
        let rest = move || _ = set_active.try_set(false);
        timer.set_value(set_timeout_with_handle(rest, linger).ok());
    };
    (active, stir)
}
