//! The cameras, microphones and speakers there are, and which of them the person prefers.

use leptos::prelude::*;
use leptos::task::spawn_local;
use live_web::capture::{self, CameraOptions, Device, DeviceKind};

use crate::app::use_shared;
use crate::contexts::preferences;
use crate::dom::{El, el, event_value};
use crate::i18n::{MessageKey, use_i18n};

/// The value of a menu that leaves the device out.
pub(crate) const NONE: &str = "none";
/// Where each kind is remembered.
const KEPT: [(DeviceKind, &str); 3] = [
    (DeviceKind::Camera, preferences::CAMERA),
    (DeviceKind::Microphone, preferences::MICROPHONE),
    (DeviceKind::Speaker, preferences::SPEAKER),
];

/// All of them; cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Devices {
    there: RwSignal<Vec<Device>>,
    preferred: RwSignal<Vec<Device>>,
}

impl Devices {
    /// What was preferred before. It follows what is plugged in, for as long as the current owner
    /// lives.
    pub(crate) fn start() -> Self {
        let kept = KEPT.into_iter().filter_map(|(kind, key)| {
            let kept = preferences::load(key)?;
            let (id, label) = kept.split_once('\n')?;
            Some(Device { kind, id: id.to_owned(), label: label.to_owned() })
        });
        let devices = Self { there: RwSignal::default(), preferred: RwSignal::new(kept.collect()) };
        let plugged = StoredValue::new_local(capture::on_devices(move || devices.look()));
        on_cleanup(move || plugged.dispose());
        devices
    }

    /// Sees which there are.
    pub(crate) fn look(self) {
        spawn_local(async move {
            // Where there is no list, the browser still chooses by itself.
            let there = capture::devices().await.unwrap_or_default();
            if self.there.try_with_untracked(|before| *before != there) == Some(true) {
                self.there.set(there);
            }
        });
    }

    /// Whether there is one of this kind, or may be.
    pub(crate) fn has(self, kind: DeviceKind) -> bool {
        self.there.with_untracked(|all| all.is_empty() || all.iter().any(|one| one.kind == kind))
    }

    /// Whether the browser says their names; it does once the person has allowed them.
    pub(crate) fn are_named(self) -> bool {
        self.there.with(|all| all.iter().any(|device| !device.label.is_empty()))
    }

    /// Asks to be allowed to know their names.
    pub(crate) fn name(self) {
        let has = |kind| self.has(kind);
        let options = CameraOptions {
            video: has(DeviceKind::Camera),
            audio: has(DeviceKind::Microphone),
            ..CameraOptions::default()
        };
        spawn_local(async move {
            // What was refused stays without names, which is to be seen.
            drop(capture::camera(options).await);
            self.look();
        });
    }

    /// The id of the preferred one, or nothing.
    pub(crate) fn preferred(self, kind: DeviceKind) -> String {
        self.preferred.with(|all| {
            let device = all.iter().find(|device| device.kind == kind);
            device.map(|device| device.id.clone()).unwrap_or_default()
        })
    }

    /// Prefers another one from now on; the browser's choice if `id` is empty.
    pub(crate) fn prefer(self, kind: DeviceKind, id: &str) {
        let found = self.there.with_untracked(|all| {
            all.iter().find(|device| device.kind == kind && device.id == id).cloned()
        });
        let key = KEPT.iter().find(|(kept, _)| *kept == kind).map(|(_, key)| *key);
        if let Some(key) = key {
            let kept = found.as_ref().map(|device| [&device.id, "\n", &device.label].concat());
            preferences::save(key, &kept.unwrap_or_default());
        }
        self.preferred.update(|all| {
            all.retain(|device| device.kind != kind);
            all.extend(found.filter(|device| !device.id.is_empty()));
        });
    }

    /// Prefers none.
    pub(crate) fn forget(self) {
        self.preferred.set(Vec::new());
    }

    /// A menu of those of a kind; `none` is the name of doing without. One that is preferred but not
    /// plugged in stays in it, and says so.
    pub(crate) fn menu(
        self,
        handle: &str,
        kind: DeviceKind,
        none: Option<MessageKey>,
        chosen: Signal<String>,
        choose: impl Fn(String) + 'static,
    ) -> El {
        let i18n = use_i18n();
        el("select")
            .set("data-testid", handle)
            .children(move || {
                let texts = i18n.get();
                let chosen = chosen.get();
                let option = |value: &str, name: &str| {
                    let option = el("option").set("value", value).say(name);
                    if value == chosen { option.set("selected", "") } else { option }
                };
                let mut options = vec![option("", texts.default_device)];
                let known = |all: &Vec<Device>| {
                    let of_kind = all.iter().filter(|one| one.kind == kind && !one.id.is_empty());
                    of_kind.cloned().collect::<Vec<_>>()
                };
                let there = self.there.with(known);
                options.extend(there.iter().map(|one| option(&one.id, &one.label)));
                for gone in self.preferred.with(known) {
                    if !there.iter().any(|one| one.id == gone.id) {
                        let name = [&gone.label, " (", texts.unplugged, ")"].concat();
                        options.push(option(&gone.id, &name));
                    }
                }
                options.extend(none.map(|none| option(NONE, none(texts))));
                options
            })
            .on("change", move |event| choose(event_value(&event)))
    }

    /// The menu that changes what is preferred.
    pub(crate) fn preference(self, handle: &str, kind: DeviceKind) -> El {
        let chosen = Signal::derive(move || self.preferred(kind));
        self.menu(handle, kind, None, chosen, move |id| self.prefer(kind, &id))
    }
}

/// The devices of the page around.
pub(crate) fn use_devices() -> Devices {
    use_shared().devices()
}
