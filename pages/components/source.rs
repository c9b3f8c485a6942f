//! What a host streams: the menu of sources.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use live_web::capture::{self, CameraOptions, Capture, Device, DeviceKind};
use web_sys::{HtmlInputElement, HtmlSelectElement};

use super::icon::{Icon, icon};
use crate::app::use_shared;
use crate::i18n::use_i18n;
use crate::reactive::{flag, text};
use crate::session::Session;
use crate::trouble::Trouble;

/// The value of a device menu that leaves the device out.
const NONE: &str = "none";

/// Starts, changes and stops the stream of `session`.
#[component]
pub(crate) fn SourceMenu(session: Session) -> impl IntoView {
    let i18n = use_i18n();
    let shared = use_shared();
    let open = RwSignal::new(false);
    let starting = RwSignal::new(false);
    let devices = RwSignal::new_local(Vec::<Device>::new());
    let cameras = NodeRef::<html::Select>::new();
    let microphones = NodeRef::<html::Select>::new();
    let live = Memo::new(move |_| session.source().with(Option::is_some));

    let list = move || {
        spawn_local(async move {
            // Where there is no list, the browser still chooses by itself.
            devices.try_set(capture::devices().await.unwrap_or_default());
        });
    };
    let toggle = move |_| {
        open.update(|open| *open = !*open);
        if open.get_untracked() {
            list();
        }
    };
    let settle = move |result: Result<Capture, capture::Error>| {
        starting.try_set(false);
        open.try_set(false);
        match result {
            Ok(capture) => {
                session.stream_from(Some(capture));
                shared.trouble.set(None);
            }
            Err(error) => shared.trouble.set(Some(Trouble::Capture(error))),
        }
    };

    let stop = move |_| {
        open.set(false);
        session.stream_from(None);
    };

    // The browser wants to be asked within the click, so nothing is awaited before.
    let screen = move |_| {
        starting.set(true);
        spawn_local(async move { settle(capture::screen().await) });
    };
    let pattern = move |_| {
        starting.set(true);
        spawn_local(async move { settle(capture::pattern().await) });
    };
    let camera = move |_| {
        let has = |kind| {
            devices.with_untracked(|all| {
                all.is_empty() || all.iter().any(|device| device.kind == kind)
            })
        };
        let (video, video_device) = chosen(cameras.get_untracked());
        let (audio, audio_device) = chosen(microphones.get_untracked());
        let options = CameraOptions {
            video: video && has(DeviceKind::Camera),
            audio: audio && has(DeviceKind::Microphone),
            video_device,
            audio_device,
        };
        starting.set(true);
        spawn_local(async move { settle(capture::camera(options).await) });
    };
    let file = move |event| {
        let input: HtmlInputElement = event_target(&event);
        let Some(file) = input.files().and_then(|files| files.get(0)) else {
            return;
        };
        starting.set(true);
        spawn_local(async move {
            settle(capture::file(file).await);
            // So that the same file can be chosen again.
            input.set_value("");
        });
    };
    let options = move |kind| {
        let found = devices
            .get()
            .into_iter()
            .filter(move |device| device.kind == kind && !device.id.is_empty());
        found.map(|device| view! { <option value=device.id>{device.label}</option> }).collect_view()
    };
    let label = text(move || {
        let texts = i18n.get();
        if starting.get() {
            texts.starting
        } else if live.get() {
            texts.change_source
        } else {
            texts.stream_source
        }
    });
    let what = text(move || {
        session
            .source()
            .with(|source| source.as_ref().map_or("".into(), |source| source.label.clone()))
    });

    view! {
        <div class="source">
            <div class="row">
                <button
                    class:primary=flag(move || !live.get())
                    data-testid="stream-source"
                    aria-expanded=text(move || open.get().to_string())
                    aria-controls="source-menu"
                    aria-busy=text(move || starting.get().to_string())
                    on:click=toggle
                >
                    {icon(Icon::Live)}
                    {label}
                </button>
                <button
                    class="danger"
                    data-testid="stop-source"
                    hidden=flag(move || !live.get())
                    on:click=stop
                >
                    {icon(Icon::Stop)}
                    {i18n.text(|t| t.stop)}
                </button>
                <span class="faint clip">{what}</span>
            </div>
            <div class="source-menu" id="source-menu" hidden=flag(move || !open.get())>
                <button class="tile" data-testid="source-screen" on:click=screen>
                    {icon(Icon::Screen)}
                    <b>{i18n.text(|t| t.screen)}</b>
                    <span class="faint">{i18n.text(|t| t.screen_hint)}</span>
                </button>
                <label class="tile">
                    {icon(Icon::File)}
                    <b>{i18n.text(|t| t.file)}</b>
                    <span class="faint">{i18n.text(|t| t.file_hint)}</span>
                    <input
                        type="file"
                        accept="video/*,audio/*"
                        data-testid="source-file"
                        aria-label=i18n.text(|t| t.file)
                        on:change=file
                    />
                </label>
                <button class="tile" data-testid="source-pattern" on:click=pattern>
                    {icon(Icon::Pattern)}
                    <b>{i18n.text(|t| t.pattern)}</b>
                    <span class="faint">{i18n.text(|t| t.pattern_hint)}</span>
                </button>
                <div class="tile-group">
                    <button class="tile" data-testid="source-camera" on:click=camera>
                        {icon(Icon::Camera)}
                        <b>{i18n.text(|t| t.camera)}</b>
                        <span class="faint">{i18n.text(|t| t.camera_hint)}</span>
                    </button>
                    <label class="field">
                        <span>{i18n.text(|t| t.camera)}</span>
                        <select node_ref=cameras data-testid="camera-device">
                            <option value="">{i18n.text(|t| t.default_device)}</option>
                            {move || options(DeviceKind::Camera)}
                            <option value=NONE>{i18n.text(|t| t.no_picture)}</option>
                        </select>
                    </label>
                    <label class="field">
                        <span>{i18n.text(|t| t.microphone)}</span>
                        <select node_ref=microphones data-testid="microphone-device">
                            <option value="">{i18n.text(|t| t.default_device)}</option>
                            {move || options(DeviceKind::Microphone)}
                            <option value=NONE>{i18n.text(|t| t.no_sound)}</option>
                        </select>
                    </label>
                </div>
            </div>
        </div>
    }
}

/// Whether a device of the menu's kind is wanted, and which; the browser chooses by default.
fn chosen(menu: Option<HtmlSelectElement>) -> (bool, Option<String>) {
    let value = menu.map(|menu| menu.value()).unwrap_or_default();
    match value.as_str() {
        NONE => (false, None),
        "" => (true, None),
        _ => (true, Some(value)),
    }
}
