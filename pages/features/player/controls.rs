//! The control bar of the player, and the keyboard shortcuts.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use live_web::capture::DeviceKind;
use live_web::display::{self, WakeLock};

use super::state::{PlayerAction, PlayerState};
use crate::contexts::devices::use_devices;
use crate::contexts::tabs::use_tab;
use crate::i18n::{t, use_i18n};
use crate::ui::icon_button::IconButton;

/// The buttons after mute and volume, from left to right.
const BUTTONS: [PlayerAction; 6] = [
    PlayerAction::TogglePreview,
    PlayerAction::ToggleStats,
    PlayerAction::ToggleHelp,
    PlayerAction::PictureInPicture,
    PlayerAction::ToggleTheatre,
    PlayerAction::ToggleFullScreen,
];

/// The player's buttons and keys. The screen stays awake while the picture is `visible`.
#[component]
pub(crate) fn Controls(player: PlayerState, #[prop(into)] visible: Signal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    listen_for_keys(player);
    keep_awake(visible);
    if !player.is_host && display::can_choose_speaker() {
        use_preferred_speaker(player);
    }
    let button = move |action: PlayerAction| {
        let (testid, icon) = action.button().filter(|_| player.offers(action))?;
        Some(view! {
            <IconButton
                testid
                icon
                label=move || action.label(i18n)
                pressed=MaybeProp::derive(move || Some(player.pressed(action)?.get()))
                on_press=move || player.perform(action)
            />
        })
    };
    view! {
        <div class="player-bar" role="group" aria-label=t!(i18n, controls)>
            {button(PlayerAction::ToggleMute)}
            {player.offers(PlayerAction::ToggleMute).then(|| view! { <VolumeSlider player/> })}
            {BUTTONS.map(button).into_iter().collect_view()}
        </div>
    }
}

#[component]
fn VolumeSlider(player: PlayerState) -> impl IntoView {
    let i18n = use_i18n();
    let loudness = move || {
        let volume = if player.muted.get() { 0.0 } else { player.volume.get() };
        (volume as u32).to_string()
    };
    view! {
        <input
            class="volume"
            data-testid="volume"
            type="range"
            max="100"
            step="5"
            aria-label=t!(i18n, volume)
            prop:value=loudness
            on:input:target=move |event| {
                player.set_volume(event.target().value().parse::<u32>().unwrap_or(100).into());
            }
        />
    }
}

/// Shortcuts work wherever the focus is, but only for the visible tab.
fn listen_for_keys(player: PlayerState) {
    let tab = use_tab();
    let keys = window_event_listener(ev::keydown, move |event| {
        if untrack(|| tab.is_shown()) {
            player.on_key(&event);
        }
    });
    let full_screen = window_event_listener(ev::fullscreenchange, move |_| {
        player.full_screen.set(display::is_fullscreen());
    });
    on_cleanup(move || {
        keys.remove();
        full_screen.remove();
    });
}

/// Holds the screen's wake lock while `wanted`.
fn keep_awake(wanted: Signal<bool>) {
    let awake = WakeLock::new();
    Effect::new(move || awake.hold(wanted.get()));
}

/// Plays through the speaker that the user chose in the settings.
fn use_preferred_speaker(player: PlayerState) {
    let devices = use_devices();
    let speaker = Memo::new(move |_| devices.preferred(DeviceKind::Speaker));
    Effect::new(move || {
        let speaker = speaker.get();
        if let Some(video) = player.video.get() {
            spawn_local(display::set_speaker(video.into(), speaker));
        }
    });
}
