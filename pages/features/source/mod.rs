//! What a host streams: the menu of sources.

pub(crate) mod borrow;
mod capture_state;
pub(crate) mod devices;
pub(crate) mod own_source;
mod quality;
mod sounds;
pub(crate) mod stream_request;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use live_web::SourceInfo;
use live_web::capture::{self, DeviceKind, Kind};

use self::capture_state::{DeviceChoice, SourceState};
use self::devices::DeviceSelect;
use self::quality::QualityMenu;
use self::sounds::SoundMixer;
use crate::contexts::preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::contexts::tabs::use_tab;
use crate::contexts::user_error::UserError;
use crate::i18n::{Texts, t, use_i18n};
use crate::ui::button::{Button, ButtonVariant};
use crate::ui::field::Field;
use crate::ui::icon::Icon;

/// Starts, changes and stops the stream of `room`.
#[component]
pub(crate) fn SourceMenu(
    room: RoomHandle,
    /// The handle of the button that opens the menu, for scripts.
    #[prop(default = "stream-source")]
    testid: &'static str,
) -> impl IntoView {
    let i18n = use_i18n();
    let menu_id = use_tab().id("source-menu");
    let state = SourceState::new(room);
    let SourceState { open, starting, silent, .. } = state;
    let live = Memo::new(move |_| room.source().with(Option::is_some));
    let start_label = move || {
        let texts = i18n.get();
        match (starting.get(), live.get()) {
            (true, _) => texts.starting,
            (false, true) => texts.change_source,
            (false, false) => texts.stream_source,
        }
    };
    let source_label = move || {
        let label = |source: &SourceInfo| match source.label.as_str() {
            "" => kind_name(source.kind, i18n.get()).to_owned(),
            label => label.to_owned(),
        };
        room.source().with(|source| source.as_ref().map(label))
    };
    view! {
        <div class="source">
            <div class="row">
                <button
                    class=move || if live.get() { "" } else { "primary" }
                    data-testid=testid
                    aria-controls=menu_id.clone()
                    aria-expanded=move || open.get().to_string()
                    aria-busy=move || starting.get().to_string()
                    on:click=move |_| state.toggle()
                >
                    <Icon icon=Icon::Live />
                    <span>{start_label}</span>
                </button>
                <Button
                    testid="stop-source"
                    variant=ButtonVariant::Danger
                    icon=Icon::Stop
                    hidden=move || !live.get() && !silent.get()
                    on_press=move || state.stop()
                >
                    {t!(i18n, stop)}
                </Button>
                <span class="faint clip" data-testid="source-name">{source_label}</span>
            </div>
            <div class="source-menu" id=menu_id hidden=move || !open.get()>
                <SourceTile
                    testid="source-screen"
                    kind=Kind::Screen
                    icon=Icon::Screen
                    name=t!(i18n, screen)
                    hint=t!(i18n, screen_hint)
                    on_press=move || state.start_screen()
                />
                <FileTile state />
                <SourceTile
                    testid="source-pattern"
                    kind=Kind::Pattern
                    icon=Icon::Pattern
                    name=t!(i18n, pattern)
                    hint=t!(i18n, pattern_hint)
                    on_press=move || state.start_pattern()
                />
                <MixChoice mixed=state.mixed />
                <CameraGroup state />
                <ServerForm state />
            </div>
            <QualityMenu room />
            <SoundMixer room />
        </div>
    }
}

/// What a source is called that has no name of its own.
fn kind_name(kind: Kind, texts: &Texts) -> &'static str {
    match kind {
        Kind::Screen => texts.screen,
        Kind::Camera => texts.camera,
        Kind::File => texts.file,
        Kind::Pattern => texts.pattern,
        Kind::Server => texts.stream_server,
    }
}

/// Shows the screen, or the camera where the browser shares no screens, until something is shown.
#[component]
pub(crate) fn QuickStart(
    room: RoomHandle,
    /// The handle for scripts.
    testid: &'static str,
    /// Its text.
    children: Children,
) -> impl IntoView {
    let state = SourceState::new(room);
    let live = Memo::new(move |_| room.source().with(Option::is_some));
    let start = move || {
        if unavailable(Kind::Screen) { state.start_camera() } else { state.start_screen() }
    };
    view! {
        <Button
            testid
            variant=ButtonVariant::Primary
            icon=Icon::Screen
            hidden=live
            on_press=start
        >
            {children()}
        </Button>
    }
}

/// A tile that starts a source. Without `on_press` it submits the form around it.
#[component]
fn SourceTile(
    testid: &'static str,
    kind: Kind,
    icon: Icon,
    #[prop(into)] name: Signal<String>,
    #[prop(into)] hint: Signal<String>,
    #[prop(optional, into)] on_press: Option<Callback<()>>,
) -> impl IntoView {
    let press = move |_| {
        if let Some(on_press) = on_press {
            on_press.run(());
        }
    };
    view! {
        <button class="tile" data-testid=testid disabled=unavailable(kind) on:click=press>
            <TileText kind icon name hint />
        </button>
    }
}

#[component]
fn FileTile(state: SourceState) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <label class="tile">
            <TileText
                kind=Kind::File
                icon=Icon::File
                name=t!(i18n, file)
                hint=t!(i18n, file_hint)
            />
            <input
                type="file"
                accept="video/*,audio/*"
                data-testid="source-file"
                aria-label=t!(i18n, file)
                disabled=unavailable(Kind::File)
                on:change:target=move |event| {
                    let input = event.target();
                    if let Some(file) = input.files().and_then(|files| files.get(0)) {
                        state.start_file(file);
                        // Without this, choosing the same file again fires no event.
                        input.set_value("");
                    }
                }
            />
        </label>
    }
}

#[component]
fn MixChoice(mixed: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <label class="check mix">
            <input
                type="checkbox"
                data-testid="mix-microphone"
                disabled=unavailable(Kind::Camera)
                bind:checked=mixed
            />
            <span>
                <span>{t!(i18n, mix)}</span>
                <span class="faint">{t!(i18n, mix_hint)}</span>
            </span>
        </label>
    }
}

#[component]
fn CameraGroup(state: SourceState) -> impl IntoView {
    let i18n = use_i18n();
    let SourceState { camera, microphone, .. } = state;
    let id = |choice: DeviceChoice| Signal::derive(move || choice.id());
    view! {
        <div class="tile-group">
            <SourceTile
                testid="source-camera"
                kind=Kind::Camera
                icon=Icon::Camera
                name=t!(i18n, camera)
                hint=t!(i18n, camera_hint)
                on_press=move || state.start_camera()
            />
            <Field label=t!(i18n, camera)>
                <DeviceSelect
                    testid="camera-device"
                    kind=DeviceKind::Camera
                    none=t!(i18n, no_picture)
                    disabled=unavailable(Kind::Camera)
                    chosen=id(camera)
                    on_choose=move |id| camera.choose(id)
                />
            </Field>
            <Field label=t!(i18n, microphone)>
                <DeviceSelect
                    testid="microphone-device"
                    kind=DeviceKind::Microphone
                    none=t!(i18n, no_sound)
                    disabled=unavailable(Kind::Camera)
                    chosen=id(microphone)
                    on_choose=move |id| microphone.choose(id)
                />
            </Field>
        </div>
    }
}

/// The stream of a stream server (WHEP or SRS).
#[component]
fn ServerForm(state: SourceState) -> impl IntoView {
    let i18n = use_i18n();
    let address = RwSignal::new(preferences::load(preferences::STREAM_SERVER).unwrap_or_default());
    let start = move |event: SubmitEvent| {
        event.prevent_default();
        let address = address.get_untracked();
        preferences::save(preferences::STREAM_SERVER, &address);
        state.start_server(address);
    };
    view! {
        <form class="tile-group" on:submit=start>
            <SourceTile
                testid="source-url"
                kind=Kind::Server
                icon=Icon::Send
                name=t!(i18n, stream_server)
                hint=t!(i18n, stream_server_hint)
            />
            <Field label=t!(i18n, stream_address)>
                <input
                    data-testid="source-address"
                    placeholder="localhost/live/livestream"
                    inputmode="url"
                    autocapitalize="none"
                    spellcheck="false"
                    bind:value=address
                />
            </Field>
            <p role="status" data-testid="no-stream-yet" hidden=move || !state.silent.get()>
                {t!(i18n, no_stream_yet)}
            </p>
        </form>
    }
}

/// The name of a source and its hint, or the reason why the browser does not support it.
#[component]
fn TileText(
    kind: Kind,
    icon: Icon,
    #[prop(into)] name: Signal<String>,
    #[prop(into)] hint: Signal<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let missing = capture::unsupported_reason(kind).map(UserError::Capture);
    let hint = move || match &missing {
        Some(error) => error.text(i18n.get()),
        None => hint.get(),
    };
    view! {
        <Icon icon />
        <b>{name}</b>
        <span class="faint">{hint}</span>
    }
}

/// Whether the browser does not support this kind of source.
fn unavailable(kind: Kind) -> bool {
    capture::unsupported_reason(kind).is_some()
}
