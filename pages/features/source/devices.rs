//! The cameras, microphones and speakers, and which of them the user prefers.

use leptos::prelude::*;
use leptos::task::spawn_local;
use live_web::capture::{self, CameraOptions, Device, DeviceKind};

use crate::app::use_shared;
use crate::contexts::preferences;
use crate::i18n::use_i18n;

/// The value of the choice to do without a device.
pub(crate) const NONE: &str = "none";
/// The key under which the preferred device of each kind is remembered.
const KEPT: [(DeviceKind, &str); 3] = [
    (DeviceKind::Camera, preferences::CAMERA),
    (DeviceKind::Microphone, preferences::MICROPHONE),
    (DeviceKind::Speaker, preferences::SPEAKER),
];

/// All devices; cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Devices {
    there: RwSignal<Vec<Device>>,
    preferred: RwSignal<Vec<Device>>,
}

impl Devices {
    /// The devices that were preferred before. Follows what is plugged in for as long as the current
    /// owner lives.
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

    /// Lists the devices anew.
    pub(crate) fn look(self) {
        spawn_local(async move {
            // Without a list, the browser still chooses a device by itself.
            let there = capture::devices().await.unwrap_or_default();
            if self.there.try_with_untracked(|before| *before != there) == Some(true) {
                self.there.set(there);
            }
        });
    }

    /// Whether there is a device of this kind, or may be.
    pub(crate) fn has(self, kind: DeviceKind) -> bool {
        self.there.with_untracked(|all| all.is_empty() || all.iter().any(|one| one.kind == kind))
    }

    /// Whether the browser tells the devices' names, which it does after a permission.
    pub(crate) fn are_named(self) -> bool {
        self.there.with(|all| all.iter().any(|device| !device.label.is_empty()))
    }

    /// Asks for the permission to know the devices' names.
    pub(crate) fn name(self) {
        let has = |kind| self.has(kind);
        let options = CameraOptions {
            video: has(DeviceKind::Camera),
            audio: has(DeviceKind::Microphone),
            ..CameraOptions::default()
        };
        spawn_local(async move {
            // Devices that were refused stay without names, which the menu shows.
            drop(capture::camera(options).await);
            self.look();
        });
    }

    /// The id of the preferred device, or nothing.
    pub(crate) fn preferred(self, kind: DeviceKind) -> String {
        self.preferred.with(|all| {
            let device = all.iter().find(|device| device.kind == kind);
            device.map(|device| device.id.clone()).unwrap_or_default()
        })
    }

    /// Prefers another device from now on; the browser's choice if `id` is empty.
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

    /// Forgets which devices are preferred.
    pub(crate) fn forget(self) {
        self.preferred.set(Vec::new());
    }
}

/// The devices of the page around.
pub(crate) fn use_devices() -> Devices {
    use_shared().devices()
}

/// A menu of the devices of a kind. A preferred device that is not plugged in stays in it, and
/// says so.
#[component]
pub(crate) fn DeviceSelect(
    kind: DeviceKind,
    testid: &'static str,
    /// The name of doing without, if one can.
    #[prop(optional, into)]
    none: Option<Signal<String>>,
    #[prop(optional)] disabled: bool,
    /// The id of the chosen device, [`NONE`], or empty for the browser's choice.
    #[prop(into)]
    chosen: Signal<String>,
    #[prop(into)] on_choose: Callback<String>,
) -> impl IntoView {
    let i18n = use_i18n();
    let Devices { there, preferred } = use_devices();
    let options = Memo::new(move |_| {
        let texts = i18n.get();
        let of_kind = |all: &Vec<Device>| -> Vec<Device> {
            all.iter().filter(|one| one.kind == kind && !one.id.is_empty()).cloned().collect()
        };
        let there = there.with(of_kind);
        let unplugged = preferred.with(of_kind).into_iter().filter_map(|gone| {
            let is_there = there.iter().any(|one| one.id == gone.id);
            (!is_there).then(|| (gone.id, format!("{} ({})", gone.label, texts.unplugged)))
        });
        let mut options = vec![(String::new(), texts.default_device.to_owned())];
        options.extend(there.iter().map(|one| (one.id.clone(), one.label.clone())));
        options.extend(unplugged);
        options.extend(none.map(|none| (NONE.to_owned(), none.get())));
        options
    });
    view! {
        <select
            data-testid=testid
            disabled=disabled
            on:change:target=move |event| on_choose.run(event.target().value())
        >
            <For each=move || options.get() key=Clone::clone let((id, name))>
                {
                    let own = id.clone();
                    view! {
                        <option value=id prop:selected=move || chosen.with(|chosen| *chosen == own)>
                            {name}
                        </option>
                    }
                }
            </For>
        </select>
    }
}

/// The menu that changes which device of a kind is preferred.
#[component]
pub(crate) fn PreferredDevice(kind: DeviceKind, testid: &'static str) -> impl IntoView {
    let devices = use_devices();
    view! {
        <DeviceSelect
            kind
            testid
            chosen=Signal::derive(move || devices.preferred(kind))
            on_choose=move |id: String| devices.prefer(kind, &id)
        />
    }
}
