//! The stream is lower while somebody speaks, if that is wanted.

use leptos::prelude::*;

use crate::contexts::preferences::{self, use_preferences};
use crate::contexts::room_handle::RoomHandle;
use crate::i18n::{t, use_i18n};
use crate::ui::field::Checkbox;

/// What is left of the stream's volume while somebody speaks.
const LOWERED: f64 = 0.3;

/// What the stream's volume is multiplied by.
pub(crate) fn volume_factor(room: RoomHandle) -> Signal<f64> {
    let wanted = use_preferences().lower_stream;
    let hears_speech = room.hears_speech();
    Signal::derive(move || if wanted.get() && hears_speech.get() { LOWERED } else { 1.0 })
}

/// Whether it is wanted.
#[component]
pub(super) fn DuckingChoice() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Checkbox
            testid="voice-duck"
            label=t!(i18n, lower_stream)
            checked=use_preferences().lower_stream
            on_change=|wanted: bool| preferences::set_flag(preferences::LOWER_STREAM, wanted)
        />
    }
}
