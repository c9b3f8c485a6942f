//! What keeps this page from taking part, or from being seen and heard.

use leptos::prelude::*;
use live_core::view::{GatheringKind, OwnSeat};

use super::Gathering;
use crate::i18n::{t, t_string, use_i18n};
use crate::ui::button::{Button, ButtonVariant};
use crate::ui::icon::Icon;

/// The notices of a gathering; nothing while there is nothing to say.
#[component]
pub(crate) fn GatheringNotice(gathering: Gathering) -> impl IntoView {
    let i18n = use_i18n();
    let Gathering { kind, error, autoplay_blocked, .. } = gathering;
    let own = gathering.select(|view| view.own);
    let seats = gathering.select(|view| view.seats);
    let silenced = gathering.is_silenced();
    let text = move || match (own.get(), kind) {
        (OwnSeat::Full, GatheringKind::Conference) => {
            Some(t_string!(i18n, conference_full, count = seats.get()))
        }
        (OwnSeat::Full, GatheringKind::Voice) => {
            Some(t_string!(i18n, voice_full, count = seats.get()))
        }
        (OwnSeat::Refused, _) => Some(t_string!(i18n, gathering_refused).to_owned()),
        (OwnSeat::Asked, _) => Some(t_string!(i18n, gathering_asked).to_owned()),
        (OwnSeat::Taken, _) if silenced.get() => Some(t_string!(i18n, silenced).to_owned()),
        _ => None,
    };
    let state = move || match own.get() {
        OwnSeat::None => "none",
        OwnSeat::Asked => "asked",
        OwnSeat::Taken => "taken",
        OwnSeat::Full => "full",
        OwnSeat::Refused => "refused",
    };
    let failure = move || error.with(|error| error.as_ref().map(|error| error.text(i18n.get())));
    view! {
        <div class="gathering-notice" role="status" data-testid="gathering-notice" data-seat=state>
            {move || text().map(|text| view! { <p>{text}</p> })}
            {move || failure().map(|text| view! { <p class="error">{text}</p> })}
        </div>
        <Button
            variant=ButtonVariant::Primary
            icon=Icon::Sound
            hidden=move || !autoplay_blocked.get()
            on_press=move || autoplay_blocked.set(false)
        >
            {t!(i18n, tap_for_sound)}
        </Button>
    }
}
