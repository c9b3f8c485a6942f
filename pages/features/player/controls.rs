//! The bar over the lower edge of the picture, and what else a person does with the player. It comes
//! right after the player, which does not wait for it.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use live_web::capture::DeviceKind;
use live_web::display::{self, WakeLock};
use web_sys::HtmlVideoElement;

use crate::contexts::tabs::use_tab;
use crate::dom::{el, event_value, follow};
use crate::features::player::stage::{Act, Stage};
use crate::contexts::devices::use_devices;
use crate::i18n::use_i18n;
use crate::later::Later;
use crate::reactive::text;
use crate::ui::icon_button::tool;

/// The buttons, from left to right; the volume stands behind the first.
const TOOLS: [Act; 7] =
    [Act::Mute, Act::Preview, Act::Stats, Act::Help, Act::Float, Act::Theatre, Act::FullScreen];

/// The tools of the player. The screen stays awake while something is `shown` on it.
pub(crate) fn controls(stage: Stage, shown: Signal<bool>) -> Later {
    let i18n = use_i18n();
    let tab = use_tab();
    let keys = window_event_listener(ev::keydown, move |event| {
        if untrack(|| tab.is_shown()) {
            stage.key(&event);
        }
    });
    let screen = window_event_listener(ev::fullscreenchange, move |_| {
        stage.full_screen.set(display::is_fullscreen());
    });
    on_cleanup(move || {
        keys.remove();
        screen.remove();
    });
    let awake = WakeLock::new();
    follow(move || awake.hold(shown.get()));
    let video = stage.video();
    if !stage.host && display::can_choose_speaker() {
        let (devices, heard) = (use_devices(), video.node());
        let speaker = Memo::new(move |_| devices.preferred(DeviceKind::Speaker));
        follow(move || {
            spawn_local(display::set_speaker(HtmlVideoElement::clone(&heard), speaker.get()))
        });
    }
    video.on("dblclick", move |_| stage.act(Act::FullScreen));

    let bar = el("div")
        .set("class", "player-bar")
        .set("role", "group")
        .bind("aria-label", i18n.text(|t| t.controls));
    let mut tools = Vec::new();
    for act in TOOLS.into_iter().filter(|act| stage.has(*act)) {
        let (handle, icon) = act.button();
        let label = text(move || act.label(i18n.get()));
        tools.push(tool(handle, icon, label, stage.switch(act), move || stage.act(act)));
    }
    if stage.has(Act::Mute) {
        let loudness = text(move || {
            let volume = if stage.muted.get() { 0.0 } else { stage.volume.get() };
            (volume as u32).to_string()
        });
        let slider = el("input")
            .named("volume", "volume")
            .set("type", "range")
            .set("max", "100")
            .set("step", "5")
            .bind("aria-label", i18n.text(|t| t.volume))
            .value(loudness)
            .on("input", move |event| {
                stage.set_volume(event_value(&event).parse::<u32>().unwrap_or(100).into());
            });
        tools.insert(1, slider);
    }
    Ok(bar.with(tools))
}
