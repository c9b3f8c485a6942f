//! The state of the source menu: the pending capture request and its result.

use core::future::Future;

use leptos::prelude::*;
use leptos::task::spawn_local;
use live_web::capture::{self, CameraOptions, Capture, DeviceKind};
use web_sys::File;

use crate::contexts::devices::{Devices, NONE, use_devices};
use crate::contexts::room_handle::RoomHandle;
use crate::contexts::tabs::{Tab, use_tab};
use crate::contexts::user_error::UserError;

/// The state of the menu; cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct SourceState {
    room: RoomHandle,
    tab: Tab,
    devices: Devices,
    /// Whether the menu is open.
    pub(super) open: RwSignal<bool>,
    /// Whether a capture request is pending.
    pub(super) starting: RwSignal<bool>,
    /// Whether the stream server was contacted and has sent nothing yet.
    pub(super) silent: RwSignal<bool>,
    /// Whether the microphone is mixed into other sources.
    pub(super) mixed: RwSignal<bool>,
    pub(super) camera: DeviceChoice,
    pub(super) microphone: DeviceChoice,
    /// Counts the requests; the results of all but the last are dropped.
    turn: StoredValue<u32>,
}

/// The device chosen in this menu: the preferred one, unless the user chose another one here since.
#[derive(Clone, Copy)]
pub(super) struct DeviceChoice {
    kind: DeviceKind,
    devices: Devices,
    /// The choice, and what was preferred at that time.
    chosen: RwSignal<Option<(String, String)>>,
}

impl DeviceChoice {
    fn new(kind: DeviceKind, devices: Devices) -> Self {
        Self { kind, devices, chosen: RwSignal::new(None) }
    }

    /// The id of the device, [`NONE`], or empty for the browser's choice.
    pub(super) fn id(self) -> String {
        let preferred = self.devices.preferred(self.kind);
        match self.chosen.get() {
            Some((id, before)) if before == preferred => id,
            _ => preferred,
        }
    }

    pub(super) fn choose(self, id: String) {
        let preferred = untrack(|| self.devices.preferred(self.kind));
        self.chosen.set(Some((id, preferred)));
    }

    /// Whether a device is wanted, and which one; `None` leaves it to the browser.
    fn wanted(self) -> (bool, Option<String>) {
        let id = untrack(|| self.id());
        match id.as_str() {
            NONE => (false, None),
            "" => (true, None),
            _ => (true, Some(id)),
        }
    }
}

impl SourceState {
    pub(super) fn new(room: RoomHandle) -> Self {
        let devices = use_devices();
        Self {
            room,
            tab: use_tab(),
            devices,
            open: RwSignal::new(false),
            starting: RwSignal::new(false),
            silent: RwSignal::new(false),
            mixed: RwSignal::new(false),
            camera: DeviceChoice::new(DeviceKind::Camera, devices),
            microphone: DeviceChoice::new(DeviceKind::Microphone, devices),
            turn: StoredValue::new(0),
        }
    }

    /// Opens or closes the menu.
    pub(super) fn toggle(self) {
        self.open.update(|open| *open = !*open);
        if self.open.get_untracked() {
            self.devices.look();
        }
    }

    pub(super) fn start_screen(self) {
        self.start(capture::screen(), true);
    }

    pub(super) fn start_pattern(self) {
        self.start(capture::pattern(), true);
    }

    pub(super) fn start_file(self, file: File) {
        self.start(capture::file(file), true);
    }

    pub(super) fn start_camera(self) {
        let (video, video_device) = self.camera.wanted();
        let (audio, audio_device) = self.microphone.wanted();
        let options = CameraOptions {
            video: video && self.devices.has(DeviceKind::Camera),
            audio: audio && self.devices.has(DeviceKind::Microphone),
            video_device,
            audio_device,
        };
        self.start(capture::camera(options), false);
    }

    /// Asks the stream server at `address` (WHEP or SRS) until it sends something.
    pub(super) fn start_server(self, address: String) {
        let Self { turn, silent, .. } = self;
        let own_turn = turn.get_value() + 1;
        // Called before each attempt.
        let wanted = move || {
            let wanted = turn.try_get_value() == Some(own_turn);
            if wanted {
                silent.try_set(true);
            }
            wanted
        };
        self.start(capture::server(address, wanted), true);
    }

    /// Stops the stream and cancels a pending request.
    pub(super) fn stop(self) {
        self.open.set(false);
        self.starting.set(false);
        self.silent.set(false);
        self.turn.update_value(|turn| *turn += 1);
        self.room.stream_from(None);
    }

    /// Streams `source` once it resolves. Browsers require the request during the click, so the
    /// caller has made it already. `mixes` tells whether the microphone may be mixed in.
    fn start(
        self,
        source: impl Future<Output = Result<Capture, capture::Error>> + 'static,
        mixes: bool,
    ) {
        self.starting.set(true);
        self.silent.set(false);
        let turn = self.turn.get_value() + 1;
        self.turn.set_value(turn);
        spawn_local(async move {
            let captured = match source.await {
                Ok(capture) if mixes && self.mixed.try_get_untracked() == Some(true) => {
                    let (_, device) = self.microphone.wanted();
                    capture::with_microphone(capture, device).await
                }
                captured => captured,
            };
            // The page may be closed by now, or a newer request pending.
            if self.turn.try_get_value() == Some(turn) {
                self.finish(captured);
            }
        });
    }

    fn finish(self, captured: Result<Capture, capture::Error>) {
        self.starting.set(false);
        self.silent.set(false);
        self.open.set(false);
        let error = match captured {
            Ok(capture) => {
                self.room.stream_from(Some(capture));
                None
            }
            Err(error) => Some(UserError::Capture(error)),
        };
        self.tab.error.set(error);
    }
}
