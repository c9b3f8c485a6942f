//! The volume and mute controls of the sounds that a host streams.

use core::time::Duration;

use leptos::prelude::*;
use live_web::capture::Sound;

use crate::contexts::room_handle::RoomHandle;
use crate::i18n::{t_string, use_i18n};
use crate::ui::icon::Icon;
use crate::ui::icon_button::IconButton;

/// How often the levels are read.
const PERIOD: Duration = Duration::from_millis(100);
/// The most that a level falls per period, of 100, so that short peaks stay visible.
const FALL: u32 = 8;

/// A row for each sound of the present source.
#[component]
pub(crate) fn SoundMixer(room: RoomHandle) -> impl IntoView {
    let sounds = Memo::new_owning(move |before: Option<Vec<Sound>>| {
        let sounds = room
            .source()
            .with(|source| source.as_ref().map(|source| source.sounds.clone()).unwrap_or_default());
        let changed = before.as_ref() != Some(&sounds);
        (sounds, changed)
    });
    view! {
        <div class="sounds">
            {move || sounds.get().into_iter().map(|sound| view! { <SoundRow sound/> }).collect_view()}
        </div>
    }
}

#[component]
fn SoundRow(sound: Sound) -> impl IntoView {
    let i18n = use_i18n();
    let is_microphone = sound.is_microphone;
    let is_mixed = sound.is_mixed();
    let name = move || {
        if is_microphone { t_string!(i18n, microphone) } else { t_string!(i18n, source_sound) }
    };
    let loudness = RwSignal::new(100_u32);
    let muted = RwSignal::new(false);
    let sound = StoredValue::new_local(sound);
    let apply = move || {
        let loudness = if muted.get_untracked() { 0 } else { loudness.get_untracked() };
        sound.with_value(|sound| sound.set_gain(loudness as f32 / 100.0));
    };
    let toggle = move || {
        muted.update(|muted| *muted = !*muted);
        apply();
    };
    // Only what goes through the mixer has a volume and a level.
    let mixed = is_mixed.then(|| {
        let level = sampled_level(sound);
        view! {
            <input
                class="volume"
                data-testid="sound-volume"
                type="range"
                max="150"
                step="5"
                aria-label=move || t_string!(i18n, sound_volume, sound = name())
                prop:value=move || loudness.get().to_string()
                on:input:target=move |event| {
                    loudness.set(event.target().value().parse().unwrap_or(100));
                    muted.set(false);
                    apply();
                }
            />
            <meter
                data-testid="sound-level"
                max="100"
                high="95"
                aria-label=move || t_string!(i18n, sound_level, sound = name())
                prop:value=move || level.get().to_string()
            ></meter>
        }
    });
    view! {
        <div
            class="sound"
            data-testid=if is_microphone { "sound-microphone" } else { "sound-source" }
        >
            <IconButton
                testid="mute-sound"
                icon=Icon::Sound
                label=move || t_string!(i18n, mute_sound, sound = name())
                pressed=muted
                on_press=toggle
            />
            <span>{name}</span>
            {mixed}
        </div>
    }
}

/// How loud the sound is, from 0 to 100, until the owner is cleaned up.
fn sampled_level(sound: StoredValue<Sound, LocalStorage>) -> ReadSignal<u32> {
    let (level, set_level) = signal(0_u32);
    let sample = move || {
        let now = sound.try_with_value(|sound| (sound.level() * 100.0) as u32).unwrap_or(0);
        set_level.try_update(|level| *level = now.max(level.saturating_sub(FALL)));
    };
    if let Ok(timer) = set_interval_with_handle(sample, PERIOD) {
        on_cleanup(move || timer.clear());
    }
    level
}
