//! What a host streams: the menu of sources.

pub(crate) mod devices;
pub(crate) mod stream_request;

use core::future::Future;
use core::pin::Pin;

use leptos::prelude::*;
use leptos::task::spawn_local;
use live_web::capture::{self, CameraOptions, Capture, DeviceKind, Kind};
use web_sys::{Event, HtmlInputElement};

use crate::app::use_shared;
use crate::contexts::preferences;
use crate::contexts::room_handle::RoomHandle;
use crate::contexts::tabs::use_tab;
use crate::contexts::user_error::UserError;
use crate::dom::{El, check, el, event_value, follow, labelled, sign};
use crate::features::player::quality::quality;
use crate::features::player::sounds::sounds;
use crate::features::source::devices::{NONE, use_devices};
use crate::i18n::{MessageKey, use_i18n};
use crate::reactive::{flag, text};
use crate::ui::icon::Icon;

/// A source that is being asked for.
type Pending = Pin<Box<dyn Future<Output = Result<Capture, capture::Error>>>>;

/// Starts, changes and stops the stream of `session`.
pub(crate) fn source_menu(session: RoomHandle) -> El {
    let i18n = use_i18n();
    let shared = use_shared();
    let menu_id = use_tab().id("source-menu");
    let open = RwSignal::new(false);
    let starting = RwSignal::new(false);
    let devices = use_devices();
    // Here it may be another one than usually.
    let choice = |kind| {
        let choice = RwSignal::new(String::new());
        follow(move || choice.set(devices.preferred(kind)));
        choice
    };
    let camera_choice = choice(DeviceKind::Camera);
    let microphone_choice = choice(DeviceKind::Microphone);
    let mixed = RwSignal::new(false);
    let address = RwSignal::new(preferences::load(preferences::STREAM_SERVER).unwrap_or_default());
    // Nothing has come from the stream server yet.
    let silent = RwSignal::new(false);
    // Counts what was asked for, for only the last of it is wanted.
    let turns = StoredValue::new(0_u32);
    let live = Memo::new(move |_| session.source().with(Option::is_some));

    let toggle = move |_| {
        open.update(|open| *open = !*open);
        if open.get_untracked() {
            devices.look();
        }
    };
    let settle = move |result: Result<Capture, capture::Error>| {
        starting.try_set(false);
        silent.try_set(false);
        open.try_set(false);
        match result {
            Ok(capture) => {
                session.stream_from(Some(capture));
                shared.trouble.set(None);
            }
            Err(error) => shared.trouble.set(Some(UserError::Capture(error))),
        }
    };
    // One kind of future for all sources. The browser wants to be asked within the click, so it has
    // been by now.
    let begin = move |source: Pending, mixes: bool| {
        starting.set(true);
        silent.set(false);
        let turn = turns.get_value() + 1;
        turns.set_value(turn);
        spawn_local(async move {
            let captured = match source.await {
                Ok(capture) if mixes && mixed.get_untracked() => {
                    let (_, device) = chosen(microphone_choice);
                    capture::with_microphone(capture, device).await
                }
                captured => captured,
            };
            if turns.try_get_value() == Some(turn) {
                settle(captured);
            }
        });
    };
    let server = move |event: Event| {
        event.prevent_default();
        let turn = turns.get_value() + 1;
        let wanted = move || {
            let wanted = turns.try_get_value() == Some(turn);
            if wanted {
                silent.try_set(true);
            }
            wanted
        };
        preferences::save(preferences::STREAM_SERVER, &address.get_untracked());
        begin(Box::pin(capture::server(address.get_untracked(), wanted)), true);
    };
    let camera = move |_| {
        let (video, video_device) = chosen(camera_choice);
        let (audio, audio_device) = chosen(microphone_choice);
        let options = CameraOptions {
            video: video && devices.has(DeviceKind::Camera),
            audio: audio && devices.has(DeviceKind::Microphone),
            video_device,
            audio_device,
        };
        begin(Box::pin(capture::camera(options)), false);
    };
    let file = move |event: Event| {
        let input: HtmlInputElement = event_target(&event);
        let Some(file) = input.files().and_then(|files| files.get(0)) else {
            return;
        };
        begin(
            Box::pin(async move {
                let captured = capture::file(file).await;
                // So that the same file can be chosen again.
                input.set_value("");
                captured
            }),
            true,
        );
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
    let start = el("button")
        .set("data-testid", "stream-source")
        .set("aria-controls", &menu_id)
        .bind("class", text(move || if live.get() { "" } else { "primary" }))
        .bind("aria-expanded", text(move || open.get().to_string()))
        .bind("aria-busy", text(move || starting.get().to_string()))
        .on("click", toggle)
        .with([sign(Icon::Live), el("span").text(label)]);
    let stop = el("button")
        .named("danger", "stop-source")
        .flag("hidden", flag(move || !live.get() && !silent.get()))
        .with([sign(Icon::Stop), el("span").text(i18n.text(|t| t.stop))])
        .on("click", move |_| {
            open.set(false);
            // Nor is what was being waited for wanted any more.
            turns.set_value(turns.get_value() + 1);
            starting.set(false);
            silent.set(false);
            session.stream_from(None);
        });

    // What the browser cannot do says so in place of what it would be.
    let tile = |kind: Kind, icon: Icon, name: MessageKey, hint: MessageKey| {
        let missing = capture::unsupported_reason(kind).map(UserError::Capture);
        let tag = if kind == Kind::File { "label" } else { "button" };
        let hint = text(move || match &missing {
            Some(trouble) => trouble.text(i18n.get()),
            None => hint(i18n.get()).to_owned(),
        });
        bar(kind, el(tag)).set("class", "tile").with([
            sign(icon),
            el("b").text(i18n.text(name)),
            el("span").set("class", "faint").text(hint),
        ])
    };
    let chooser = bar(Kind::File, el("input"))
        .set("type", "file")
        .set("accept", "video/*,audio/*")
        .set("data-testid", "source-file")
        .bind("aria-label", i18n.text(|t| t.file))
        .on("change", file);
    let device = |handle: &str, kind, none: MessageKey, choice: RwSignal<String>| {
        bar(
            Kind::Camera,
            devices.menu(handle, kind, Some(none), choice.into(), move |id| choice.set(id)),
        )
    };
    let cameras = device("camera-device", DeviceKind::Camera, |t| t.no_picture, camera_choice);
    let microphones =
        device("microphone-device", DeviceKind::Microphone, |t| t.no_sound, microphone_choice);
    let addressed = el("input")
        .set("data-testid", "source-address")
        .set("placeholder", "localhost/live/livestream")
        .set("inputmode", "url")
        .set("autocapitalize", "none")
        .set("spellcheck", "false")
        .set("value", &address.get_untracked())
        .on("input", move |event| address.set(event_value(&event)));
    let mix = el("label").set("class", "check mix").with([
        bar(Kind::Camera, check("mix-microphone", mixed.into(), move |on| mixed.set(on))),
        el("span").with([
            el("span").text(i18n.text(|t| t.mix)),
            el("span").set("class", "faint").text(i18n.text(|t| t.mix_hint)),
        ]),
    ]);
    let menu = el("div")
        .set("class", "source-menu")
        .set("id", &menu_id)
        .flag("hidden", flag(move || !open.get()))
        .with([
            tile(Kind::Screen, Icon::Screen, |t| t.screen, |t| t.screen_hint)
                .set("data-testid", "source-screen")
                .on("click", move |_| begin(Box::pin(capture::screen()), true)),
            tile(Kind::File, Icon::File, |t| t.file, |t| t.file_hint).with([chooser]),
            tile(Kind::Pattern, Icon::Pattern, |t| t.pattern, |t| t.pattern_hint)
                .set("data-testid", "source-pattern")
                .on("click", move |_| begin(Box::pin(capture::pattern()), true)),
            mix,
            el("div").set("class", "tile-group").with([
                tile(Kind::Camera, Icon::Camera, |t| t.camera, |t| t.camera_hint)
                    .set("data-testid", "source-camera")
                    .on("click", camera),
                labelled(i18n.text(|t| t.camera), cameras),
                labelled(i18n.text(|t| t.microphone), microphones),
            ]),
            el("form").set("class", "tile-group").on("submit", server).with([
                tile(Kind::Server, Icon::Send, |t| t.stream_server, |t| t.stream_server_hint)
                    .set("data-testid", "source-url"),
                labelled(i18n.text(|t| t.stream_address), addressed),
                el("p")
                    .set("role", "status")
                    .set("data-testid", "no-stream-yet")
                    .flag("hidden", flag(move || !silent.get()))
                    .text(i18n.text(|t| t.no_stream_yet)),
            ]),
        ]);
    el("div").set("class", "source").with([
        el("div").set("class", "row").with([
            start,
            stop,
            el("span").set("class", "faint clip").text(what),
        ]),
        quality(session),
        sounds(session),
        menu,
    ])
}

/// Disables what needs a kind of source that cannot be had here.
fn bar(kind: Kind, control: El) -> El {
    if capture::unsupported_reason(kind).is_some() { control.set("disabled", "") } else { control }
}

/// Whether a device of a menu's kind is wanted, and which; the browser chooses by default.
fn chosen(choice: RwSignal<String>) -> (bool, Option<String>) {
    let value = choice.get_untracked();
    match value.as_str() {
        NONE => (false, None),
        "" => (true, None),
        _ => (true, Some(value)),
    }
}
