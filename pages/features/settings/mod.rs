//! The settings: what the person is, how the app looks, and which servers it uses.

pub(crate) mod choices;

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use live_core::picture::Picture;
use live_web::capture::DeviceKind;
use live_web::display;
use live_web::ice::IceServer;
use live_web::ice_probe::{self, ProbeResult};
use live_web::picture::{self, ObjectUrl};
use live_web::signalling::SignallingOverrides;
use live_web::storage;

use crate::app::{Shared, use_shared};
use crate::contexts::preferences;
use crate::dom::{El, check, el, labelled, menu};
use crate::features::people::name::name_field;
use crate::features::settings::choices::{language_choice, limit_choice, theme_choice};
use crate::features::source::devices::{PreferredDevice, use_devices};
use crate::i18n::{I18n, MessageKey, t, td_string, use_i18n};
use crate::later::{Later, later};
use crate::reactive::{flag, text};
use crate::ui::dialog::dialog;
use crate::ui::icon::Icon;
use crate::ui::icon_button::tool;
use crate::ui::picture_input::PictureInput;

/// The dialog, which is open while `open` is true. What is in it is made when it opens, from what
/// is kept by then.
pub(crate) fn settings(open: RwSignal<bool>) -> El {
    let title = use_i18n().text(|t| t.settings);
    let body = el("div").children(move || if open.get() { vec![later(form)] } else { Vec::new() });
    let close = Callback::new(move |()| open.set(false));
    dialog(open.into(), close, title, "settings-dialog", vec![body])
}

fn form() -> Later {
    let i18n = use_i18n();
    let shared = use_shared();
    let blocked = el("p")
        .named("alert", "storage-blocked")
        .set("role", "status")
        .text(i18n.text(|t| t.storage_blocked))
        .flag("hidden", Signal::stored(storage::is_available()));
    let looks = section(
        i18n.text(|t| t.appearance),
        [
            labelled(i18n.text(|t| t.language), language_choice("settings-language")),
            labelled(i18n.text(|t| t.theme), theme_choice("settings-theme")),
        ],
    );
    let you = section(
        i18n.text(|t| t.you_section),
        [
            labelled(i18n.text(|t| t.your_name), name_field("settings-name")),
            avatar(i18n, shared),
            labelled(i18n.text(|t| t.limit), limit_choice("settings-limit")),
            remember(i18n),
            forget(i18n, shared),
        ],
    );
    Ok(el("div").set("class", "settings").with([blocked, looks, you, devices(i18n), servers(i18n)]))
}

fn section(title: Signal<String>, fields: impl IntoIterator<Item = El>) -> El {
    el("section").with([el("h3").text(title)]).with(fields)
}

/// The camera, the microphone and the speaker that are taken unless others are chosen.
fn devices(i18n: I18n) -> El {
    let devices = use_devices();
    devices.look();
    let speaker = labelled(
        i18n.text(|t| t.speaker),
        El::from_view(
            view! { <PreferredDevice testid="settings-speaker" kind=DeviceKind::Speaker /> },
        ),
    );
    let ask = el("button")
        .set("type", "button")
        .set("data-testid", "name-devices")
        .text(i18n.text(|t| t.devices_ask))
        .on("click", move |_| devices.name());
    let unnamed = el("div")
        .set("class", "row")
        .flag("hidden", flag(move || devices.are_named()))
        .with([el("span").set("class", "faint").text(i18n.text(|t| t.devices_hint)), ask]);
    section(
        i18n.text(|t| t.devices),
        [
            unnamed,
            labelled(
                i18n.text(|t| t.camera),
                El::from_view(
                    view! { <PreferredDevice testid="settings-camera" kind=DeviceKind::Camera /> },
                ),
            ),
            labelled(
                i18n.text(|t| t.microphone),
                El::from_view(
                    view! { <PreferredDevice testid="settings-microphone" kind=DeviceKind::Microphone /> },
                ),
            ),
            speaker.flag("hidden", Signal::stored(!display::can_choose_speaker())),
        ],
    )
}

/// The picture beside the name, which others see in the chat.
fn avatar(i18n: I18n, shared: Shared) -> El {
    let keep = move |picture: Option<Picture>| {
        preferences::save_picture(preferences::AVATAR, picture.as_ref());
        shared.avatar.try_set(picture.map(Arc::new));
    };
    let choose = move |file| {
        spawn_local(async move {
            match picture::avatar(&file).await {
                Some(picture) => keep(Some(picture)),
                None => shared.say(i18n.get_untracked().image_bad),
            }
        });
    };
    let choose = El::from_view(view! {
        <PictureInput testid="avatar-file" label=t!(i18n, avatar) on_choose=choose />
    });
    // The address lives as long as the picture is shown.
    let shown = StoredValue::new(None::<ObjectUrl>);
    let preview = el("span").set("class", "row").children(move || {
        let address = shared.avatar.with(|avatar| avatar.as_deref().and_then(ObjectUrl::new));
        let image = address.as_ref().map(|address| {
            el("img").named("avatar", "avatar").set("src", address.as_str()).set("alt", "")
        });
        shown.set_value(address);
        let label = i18n.text(|t| t.image_remove);
        let remove = move || tool("avatar-remove", Icon::Clear, label, None, move || keep(None));
        image.into_iter().flat_map(|image| [image, remove()]).collect()
    });
    el("div").set("class", "row avatar-row").with([
        el("span").text(i18n.text(|t| t.avatar)),
        choose,
        preview,
    ])
}

fn remember(i18n: I18n) -> El {
    let remembered = RwSignal::new(preferences::remembers());
    let choice = check("remember-me", remembered.into(), move |on| {
        preferences::remember(on);
        remembered.set(on);
    });
    el("label").set("class", "check").with([
        choice,
        el("span").with([
            el("span").text(i18n.text(|t| t.remember)),
            el("span").set("class", "faint").text(i18n.text(|t| t.remember_hint)),
        ]),
    ])
}

/// Everything is forgotten by the second button only.
fn forget(i18n: I18n, shared: Shared) -> El {
    let asking = RwSignal::new(false);
    let button = |class, handle, label| {
        el("button").named(class, handle).set("type", "button").text(i18n.text(label))
    };
    let calm = flag(move || !asking.get());
    let ask = button("danger", "forget", |t| t.forget)
        .flag("hidden", asking.into())
        .on("click", move |_| asking.set(true));
    let sure = el("p")
        .set("role", "alert")
        .text(text(move || if asking.get() { i18n.get().forget_sure } else { "" }));
    let really =
        button("danger", "forget-sure", |t| t.forget).flag("hidden", calm).on("click", move |_| {
            preferences::forget();
            shared.name.set(String::new());
            shared.avatar.set(None);
            shared.limit.set(None);
            shared.devices().forget();
            asking.set(false);
            shared.say(i18n.get().forgotten);
        });
    let back = button("", "forget-not", |t| t.cancel)
        .flag("hidden", calm)
        .on("click", move |_| asking.set(false));
    el("div").set("class", "row").with([ask, sure, really, back])
}

fn servers(i18n: I18n) -> El {
    let stored = preferences::load(preferences::SERVER)
        .map(|kept| SignallingOverrides::parse(&kept))
        .unwrap_or_default();
    let input = |handle: &str, value: Option<String>| {
        let input = el("input").set("type", "text").set("data-testid", handle);
        let input = input.set("autocomplete", "off").set("spellcheck", "false");
        input.set("value", &value.unwrap_or_default())
    };
    let host = input("server-host", stored.host);
    let port = input("server-port", stored.port.map(|port| port.to_string()));
    let path = input("server-path", stored.path);
    let key = input("server-key", stored.key);
    let secure = RwSignal::new(stored.secure.map(|on| on.to_string()).unwrap_or_default());
    let words: [(&str, MessageKey); 3] =
        [("", |t| t.by_itself), ("true", |t| t.yes), ("false", |t| t.no)];
    let words = words.map(|(value, word)| (value.to_owned(), i18n.text(word)));
    let encrypted = menu("server-secure", words, secure.into(), move |word| secure.set(word));

    let known = stored.ice_servers.unwrap_or_default();
    let known: String = known.iter().map(IceServer::to_lines).collect();
    let ice = el("textarea")
        .set("rows", "3")
        .set("data-testid", "ice-servers")
        .set("spellcheck", "false")
        .set("aria-describedby", "ice-hint")
        .say(&known);
    let results = RwSignal::new(String::new());
    let lines = ice.clone();
    let test = el("button")
        .set("type", "button")
        .set("data-testid", "test-ice")
        .text(i18n.text(|t| t.test))
        .on("click", move |_| {
            let lines = lines.typed();
            spawn_local(test_lines(lines, i18n, results));
        });

    let wrong = RwSignal::new(false);
    let fields = [host, port, path, key];
    let [host, port, path, key] = fields.clone();
    let typed = ice.clone();
    let apply = move |event: web_sys::Event| {
        event.prevent_default();
        let typed_fields = fields.each_ref().map(El::typed);
        let choice = secure.with_untracked(|word| word.parse().ok());
        let chosen = SignallingOverrides::from_form(
            typed_fields.each_ref().map(String::as_str),
            choice,
            &typed.typed(),
        );
        wrong.set(chosen.is_none());
        if let Some(chosen) = chosen {
            preferences::save(preferences::SERVER, &chosen.to_json());
            // Every node has its server for life.
            let _ = window().location().reload();
        }
    };
    el("form")
        .with([
            el("h3").text(i18n.text(|t| t.server)),
            el("p").set("class", "faint").text(i18n.text(|t| t.server_hint)),
            el("div").set("class", "fields").with([
                labelled(i18n.text(|t| t.host_name), host),
                labelled(i18n.text(|t| t.port), port),
                labelled(i18n.text(|t| t.path), path),
                labelled(i18n.text(|t| t.key), key),
                labelled(i18n.text(|t| t.secure), encrypted),
            ]),
            el("p")
                .set("class", "error")
                .set("role", "alert")
                .text(text(move || if wrong.get() { i18n.get().invalid_server } else { "" })),
            labelled(i18n.text(|t| t.ice), ice),
            el("p").set("class", "faint").set("id", "ice-hint").text(i18n.text(|t| t.ice_hint)),
            el("p").named("prose", "ice-results").set("role", "status").text(results.into()),
            el("div").set("class", "actions").with([
                test,
                el("button").named("primary", "apply-server").text(i18n.text(|t| t.apply)),
            ]),
        ])
        .on("submit", apply)
}

/// Says of each line what it is good for, one after the other.
async fn test_lines(lines: String, i18n: I18n, results: RwSignal<String>) {
    let mut said = String::new();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let url = line.split_whitespace().next().unwrap_or_default();
        said.push_str(url);
        said.push_str(": ");
        let texts = i18n.get_untracked();
        results.try_set([&said, texts.testing].concat());
        let answer = match IceServer::from_line(line) {
            Some(server) => match ice_probe::probe(&server).await {
                ProbeResult::Works(millis) => td_string!(texts, ice_works, millis = millis),
                ProbeResult::Refused => texts.ice_refused.to_owned(),
                ProbeResult::Silent => texts.ice_silent.to_owned(),
            },
            None => texts.ice_bad.to_owned(),
        };
        said.push_str(&answer);
        said.push('\n');
        // The dialog may be closed by now.
        results.try_set(said.clone());
    }
}
