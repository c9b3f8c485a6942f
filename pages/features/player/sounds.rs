//! The sounds that a host streams: how loud each is, and whether it is heard at all.

use core::time::Duration;

use leptos::prelude::*;
use live_web::capture::Sound;

use crate::contexts::room_handle::RoomHandle;
use crate::dom::{El, el, event_value};
use crate::i18n::{t_string, use_i18n};
use crate::reactive::text;
use crate::ui::icon::Icon;
use crate::ui::icon_button::tool;

/// How often the levels are read.
const PERIOD: Duration = Duration::from_millis(100);

/// A row for each sound of the present source.
pub(crate) fn sounds(session: RoomHandle) -> El {
    let all = Memo::new_owning(move |before: Option<Vec<Sound>>| {
        let sounds = session
            .source()
            .with(|source| source.as_ref().map(|source| source.sounds.clone()).unwrap_or_default());
        let changed = before.as_ref() != Some(&sounds);
        (sounds, changed)
    });
    el("div").set("class", "sounds").children(move || all.get().into_iter().map(row).collect())
}

fn row(sound: Sound) -> El {
    let i18n = use_i18n();
    let name = {
        let microphone = sound.is_microphone;
        move || if microphone { i18n.get().microphone } else { i18n.get().source_sound }
    };
    let loudness = RwSignal::new(100_u32);
    let muted = RwSignal::new(false);
    let is_mixed = sound.is_mixed();
    let sound = StoredValue::new_local(sound);
    let apply = move || {
        let loudness = if muted.get_untracked() { 0 } else { loudness.get_untracked() };
        sound.with_value(|sound| sound.set_gain(loudness as f32 / 100.0));
    };
    let silence = text(move || t_string!(i18n, mute_sound, sound = name()));
    let silence = tool("mute-sound", Icon::Sound, silence, Some(muted.into()), move || {
        muted.update(|muted| *muted = !*muted);
        apply();
    });
    let row = el("div")
        .named(
            "sound",
            if sound.with_value(|sound| sound.is_microphone) {
                "sound-microphone"
            } else {
                "sound-source"
            },
        )
        .with([silence, el("span").text(text(name))]);
    if !is_mixed {
        return row;
    }
    let slider = el("input")
        .named("volume", "sound-volume")
        .set("type", "range")
        .set("max", "150")
        .set("step", "5")
        .bind("aria-label", text(move || t_string!(i18n, sound_volume, sound = name())))
        .value(text(move || loudness.get().to_string()))
        .on("input", move |event| {
            loudness.set(event_value(&event).parse().unwrap_or(100));
            muted.set(false);
            apply();
        });
    let level = RwSignal::new(0_u32);
    let read = move || {
        let now = sound.try_with_value(|sound| (sound.level() * 100.0) as u32).unwrap_or(0);
        // Falls slowly, so that eyes can follow.
        level.try_update(|level| *level = now.max(level.saturating_sub(8)));
    };
    if let Ok(timer) = set_interval_with_handle(read, PERIOD) {
        on_cleanup(move || timer.clear());
    }
    let meter = el("meter")
        .set("data-testid", "sound-level")
        .set("max", "100")
        .set("high", "95")
        .bind("aria-label", text(move || t_string!(i18n, sound_level, sound = name())))
        .value(text(move || level.get().to_string()));
    row.with([slider, meter])
}
