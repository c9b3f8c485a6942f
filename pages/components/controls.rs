//! The bar over the lower edge of the picture.

use leptos::prelude::*;

use super::stage::{Act, Stage};
use super::tool::tool;
use crate::dom::{El, el, event_value};
use crate::i18n::use_i18n;
use crate::reactive::text;

/// The buttons, from left to right; the volume stands behind the first.
const TOOLS: [Act; 7] =
    [Act::Mute, Act::Preview, Act::Stats, Act::Help, Act::Float, Act::Theatre, Act::FullScreen];

/// The tools of the player.
pub(crate) fn controls(stage: Stage) -> El {
    let i18n = use_i18n();
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
    bar.with(tools)
}
