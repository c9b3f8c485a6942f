//! The bar over the lower edge of the picture.

use leptos::prelude::*;

use super::stage::{Act, Stage};
use super::tool::tool;
use crate::i18n::use_i18n;
use crate::reactive::text;

/// The buttons, from left to right; the volume stands behind the first.
const TOOLS: [Act; 7] =
    [Act::Mute, Act::Preview, Act::Stats, Act::Help, Act::Float, Act::Theatre, Act::FullScreen];

/// The tools of the player.
pub(crate) fn controls(stage: Stage) -> AnyView {
    let i18n = use_i18n();
    let button = |act: Act| {
        let (handle, sign) = act.button();
        let label = Signal::derive(move || act.label(i18n.get()).to_owned());
        tool(handle, sign, label, stage.switch(act), Callback::new(move |()| stage.act(act)))
    };
    let mut tools: Vec<AnyView> =
        TOOLS.into_iter().filter(|act| stage.has(*act)).map(button).collect();
    if stage.has(Act::Mute) {
        let loudness = text(move || {
            let volume = if stage.muted.get() { 0.0 } else { stage.volume.get() };
            (volume as u32).to_string()
        });
        let slider = view! {
            <input
                type="range"
                class="volume"
                max="100"
                step="5"
                data-testid="volume"
                aria-label=i18n.text(|t| t.volume)
                prop:value=loudness
                on:input=move |event| {
                    stage.set_volume(event_target_value(&event).parse().unwrap_or(100.0));
                }
            />
        };
        tools.insert(1, slider.into_any());
    }
    view! {
        <div class="player-bar" role="group" aria-label=i18n.text(|t| t.controls)>
            {tools}
        </div>
    }
    .into_any()
}
