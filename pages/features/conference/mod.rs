//! The conference: people of the room who see and hear each other.

mod tile;

use leptos::prelude::*;
use live_core::node::GatheringCommand;
use live_core::view::{GatheringKind, Tracks};
use live_web::call::OwnCall;

use self::tile::Tile;
use crate::contexts::preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::features::gathering::Gathering;
use crate::features::gathering::notice::GatheringNotice;
use crate::i18n::{t, use_i18n};
use crate::ui::button::{Button, ButtonVariant};
use crate::ui::icon::Icon;

/// The conference of a room; nothing while the host has not opened it.
#[component]
pub(crate) fn Conference(
    room: RoomHandle,
    /// Whether this page is the host's, which opens and ends it.
    #[prop(optional)]
    is_host: bool,
) -> impl IntoView {
    let i18n = use_i18n();
    let gathering = Gathering::new(room, GatheringKind::Conference, is_host);
    gathering.follow_devices();
    let open = gathering.select(|view| view.open);
    let is_in = gathering.is_in();
    let ids = gathering
        .select(|view| view.members.iter().map(|member| member.peer.clone()).collect::<Vec<_>>());
    let is_empty = move || ids.with(Vec::is_empty);
    let closed = is_host.then(|| {
        view! {
            <div class="panel gathering idle" data-testid="conference-closed" hidden=open>
                <p class="faint">{t!(i18n, conference_hint)}</p>
                <Button
                    testid="conference-open"
                    icon=Icon::People
                    on_press=move || gathering.command(GatheringCommand::Open)
                >
                    {t!(i18n, conference_open)}
                </Button>
            </div>
        }
    });
    view! {
        {closed}
        <section
            class="panel gathering"
            data-testid="conference"
            data-joined=move || is_in.get().to_string()
            aria-label=t!(i18n, conference)
            hidden=move || !open.get()
        >
            <h2>{t!(i18n, conference)}</h2>
            <p class="faint" hidden=move || !is_empty()>{t!(i18n, gathering_empty)}</p>
            <ul class="tiles" hidden=is_empty>
                <For each=move || ids.get() key=Clone::clone let:peer>
                    <Tile gathering peer />
                </For>
            </ul>
            <GatheringNotice gathering />
            <Controls gathering />
        </section>
    }
}

/// What this page sends, and the way in and out.
#[component]
fn Controls(gathering: Gathering) -> impl IntoView {
    let i18n = use_i18n();
    let is_in = gathering.is_in();
    // What is wanted before joining, as it was the last time.
    let wants_camera = RwSignal::new(preferences::load(preferences::NO_CALL_CAMERA).is_none());
    let wants_microphone = RwSignal::new(true);
    // Whether a device is on, and what switches it: before joining, only the wish changes.
    let switch = move |wish: RwSignal<bool>,
                       sends: fn(OwnCall) -> bool,
                       set: fn(Gathering, bool)| {
        let on =
            Signal::derive(move || if is_in.get() { sends(gathering.own()) } else { wish.get() });
        let toggle = move || {
            let on = !on.get_untracked();
            if is_in.get_untracked() { set(gathering, on) } else { wish.set(on) }
        };
        (on, toggle)
    };
    let (camera_on, toggle_camera) =
        switch(wants_camera, |own| own.camera.is_some(), Gathering::show_camera);
    let (microphone_on, toggle_microphone) =
        switch(wants_microphone, |own| own.microphone && !own.muted, Gathering::open_microphone);
    let join = move || {
        let (video, audio) = (wants_camera.get_untracked(), wants_microphone.get_untracked());
        preferences::set_flag(preferences::NO_CALL_CAMERA, !video);
        gathering.join(Tracks { audio, video });
    };
    let end = gathering.is_host.then(|| {
        view! {
            <Button
                testid="conference-end"
                variant=ButtonVariant::Danger
                icon=Icon::Stop
                on_press=move || gathering.command(GatheringCommand::End)
            >
                {t!(i18n, gathering_end)}
            </Button>
        }
    });
    view! {
        <div class="row" aria-busy=move || gathering.starting.get().to_string()>
            <Button
                testid="conference-camera"
                icon=Icon::Camera
                pressed=camera_on
                on_press=toggle_camera
            >
                {t!(i18n, camera)}
            </Button>
            <Button
                testid="conference-microphone"
                pressed=microphone_on
                on_press=toggle_microphone
            >
                {move || {
                    let icon = if microphone_on.get() { Icon::Microphone } else { Icon::Muted };
                    view! { <Icon icon /> }
                }}
                <span>{t!(i18n, microphone)}</span>
            </Button>
            <Button
                testid="conference-join"
                variant=ButtonVariant::Primary
                hidden=is_in
                on_press=join
            >
                {t!(i18n, conference_join)}
            </Button>
            <Button
                testid="conference-leave"
                hidden=move || !is_in.get()
                on_press=move || gathering.leave()
            >
                {t!(i18n, gathering_leave)}
            </Button>
            {end}
        </div>
    }
}
