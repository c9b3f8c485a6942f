//! The cameras, microphones and speakers, and which of them the user prefers.

use leptos::prelude::*;
use leptos::task::spawn_local;
use live_web::capture::{self, CameraOptions, Device, DeviceKind};

use crate::contexts::preferences;

/// The value of the choice of no device.
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
    /// The connected devices.
    pub(crate) there: RwSignal<Vec<Device>>,
    /// The preferred one of each kind.
    pub(crate) preferred: RwSignal<Vec<Device>>,
}

impl Devices {
    /// Loads the stored preferences, and watches the connected devices until the current owner is
    /// disposed of.
    fn start() -> Self {
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
            // If the list fails, the browser still chooses a device.
            let there = capture::devices().await.unwrap_or_default();
            if self.there.try_with_untracked(|before| *before != there) == Some(true) {
                self.there.set(there);
            }
        });
    }

    /// Whether there may be a device of this kind: yes while the list is empty.
    pub(crate) fn has(self, kind: DeviceKind) -> bool {
        self.there.with_untracked(|all| all.is_empty() || all.iter().any(|one| one.kind == kind))
    }

    /// Whether the browser reveals the devices' names, which needs a permission.
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
            // If the user refuses, the names stay empty, which the menu shows.
            drop(capture::camera(options).await);
            self.look();
        });
    }

    /// The id of the preferred device, or an empty text.
    pub(crate) fn preferred(self, kind: DeviceKind) -> String {
        self.preferred.with(|all| {
            let device = all.iter().find(|device| device.kind == kind);
            device.map(|device| device.id.clone()).unwrap_or_default()
        })
    }

    /// Sets the preferred device; an empty `id` leaves the choice to the browser.
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

    /// Clears the preferred devices.
    pub(crate) fn forget(self) {
        self.preferred.set(Vec::new());
    }
}

/// The devices of the app, started on first use.
#[derive(Clone, Copy)]
struct Shared {
    devices: StoredValue<Option<Devices>>,
    owner: StoredValue<Owner>,
}

/// Makes the devices a context of the current owner.
pub(crate) fn provide_devices() {
    provide_context(Shared {
        devices: StoredValue::new(None),
        owner: StoredValue::new(Owner::current().unwrap_or_default()),
    });
}

/// The devices of the app.
pub(crate) fn use_devices() -> Devices {
    let Shared { devices, owner } = expect_context();
    devices.get_value().unwrap_or_else(|| {
        let started = owner.get_value().with(Devices::start);
        devices.set_value(Some(started));
        started
    })
}
