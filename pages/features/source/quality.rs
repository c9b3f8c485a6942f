//! The quality of the picture that the host sends.

use leptos::prelude::*;
use live_core::node::Command;
use live_core::quality::Quality;

use crate::contexts::preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::i18n::{I18n, t, t_string, use_i18n};
use crate::ui::field::{Checkbox, Field, Select, options};

/// The upper limits that the host can choose from, the best first. Preferences keep the index.
const PRESETS: [Quality; 4] = [
    Quality::BEST,
    Quality { height: 720, rate: 30, bitrate: 1_800 },
    Quality { height: 480, rate: 20, bitrate: 900 },
    Quality { height: 360, rate: 15, bitrate: 450 },
];

fn preset_name(i18n: I18n, preset: usize) -> &'static str {
    match preset {
        0 => t_string!(i18n, quality_best),
        1 => t_string!(i18n, quality_fair),
        2 => t_string!(i18n, quality_low),
        _ => t_string!(i18n, quality_least),
    }
}

/// The choice of a preset, whether the quality adapts to the uplink, and what it is now.
#[component]
pub(crate) fn QualityMenu(room: RoomHandle) -> impl IntoView {
    let i18n = use_i18n();
    let stored = preferences::load(preferences::QUALITY).and_then(|stored| stored.parse().ok());
    let chosen = RwSignal::new(stored.unwrap_or(0_usize));
    let adapts = RwSignal::new(preferences::load(preferences::ADAPT).is_some());
    let most = move || PRESETS[chosen.get().min(PRESETS.len() - 1)];
    Effect::new(move || room.send(Command::Quality { most: most(), adapts: adapts.get() }));

    let now = room.select(|view| view.quality);
    let live = Memo::new(move |_| room.source().with(Option::is_some));
    let has_children = room.select(|view| !view.tree.children.is_empty());
    let state = move || {
        let now = now.get();
        if !adapts.get() || !live.get() || !has_children.get() {
            String::new()
        } else if now == most() {
            t_string!(i18n, adapt_full).to_owned()
        } else {
            let (bitrate, lines, rate) = (now.bitrate, now.height, now.rate);
            t_string!(i18n, adapt_less, bitrate = bitrate, lines = lines, rate = rate)
        }
    };
    let names = (0..PRESETS.len())
        .map(move |preset| (preset, Signal::derive(move || preset_name(i18n, preset).to_owned())));
    view! {
        <div class="row">
            <Field label=t!(i18n, quality)>
                <Select
                    testid="quality"
                    options=options(names)
                    chosen=Signal::derive(move || chosen.get().to_string())
                    on_choose=move |preset: String| {
                        preferences::save(preferences::QUALITY, &preset);
                        chosen.set(preset.parse().unwrap_or(0));
                    }
                />
            </Field>
            <Checkbox
                testid="adapt"
                label=t!(i18n, adapt)
                checked=adapts
                on_change=|on: bool| preferences::set_flag(preferences::ADAPT, on)
            />
            <span class="faint" data-testid="adapt-state" role="status">{state}</span>
        </div>
    }
}
