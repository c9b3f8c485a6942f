//! Taking part in a conference or in the voice channel, and the devices for it.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use live_core::id::PeerId;
use live_core::node::{Command, GatheringCommand};
use live_core::view::{GatheringKind, GatheringMember, GatheringView, Tracks};
use live_web::call::{self, CallAction, OwnCall};
use live_web::capture::{self, CallDevices, CameraOptions, DeviceKind};

use crate::contexts::devices::{Devices, use_devices};
use crate::contexts::room_handle::RoomHandle;
use crate::contexts::user_error::UserError;

/// A gathering of a room; cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Gathering {
    pub(crate) room: RoomHandle,
    pub(crate) kind: GatheringKind,
    /// Whether this page is the host's.
    pub(crate) is_host: bool,
    /// Devices are being asked for.
    pub(crate) starting: RwSignal<bool>,
    /// Why a device cannot be used.
    pub(crate) error: RwSignal<Option<UserError>>,
    /// The browser requires a tap before it plays the others.
    pub(crate) autoplay_blocked: RwSignal<bool>,
    view: Memo<Arc<GatheringView>>,
    devices: Devices,
}

impl Gathering {
    pub(crate) fn new(room: RoomHandle, kind: GatheringKind, is_host: bool) -> Self {
        let view = match kind {
            GatheringKind::Conference => room.select(|view| view.conference.clone()),
            GatheringKind::Voice => room.select(|view| view.voice.clone()),
        };
        Self {
            room,
            kind,
            is_host,
            starting: RwSignal::new(false),
            error: RwSignal::new(None),
            autoplay_blocked: RwSignal::new(false),
            view,
            devices: use_devices(),
        }
    }

    /// A part of its view.
    pub(crate) fn select<T>(self, pick: fn(&GatheringView) -> T) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        Memo::new(move |_| self.view.with(|view| pick(view)))
    }

    /// Whether this page takes part, or is about to.
    pub(crate) fn is_in(self) -> Memo<bool> {
        self.select(call::is_in)
    }

    /// A member; tracks it.
    pub(crate) fn member(self, peer: &PeerId) -> Option<GatheringMember> {
        self.view.with(|view| view.members.iter().find(|member| member.peer == *peer).cloned())
    }

    /// What this page sends; tracks it.
    pub(crate) fn own(self) -> OwnCall {
        self.room.own_call(self.kind)
    }

    /// Whether the host has muted this page.
    pub(crate) fn is_silenced(self) -> Memo<bool> {
        let Self { room, view, .. } = self;
        Memo::new(move |_| {
            let own = room.view().with(|view| view.id.clone());
            let own = |member: &&GatheringMember| Some(&member.peer) == own.as_ref();
            view.with(|view| view.members.iter().find(own).is_some_and(|member| member.muted))
        })
    }

    /// Takes part with as many of the wanted devices as there are: who has none can still listen.
    pub(crate) fn join(self, wanted: Tracks) {
        self.error.set(None);
        self.starting.set(true);
        let mut options = self.options(wanted);
        spawn_local(async move {
            let mut devices = CallDevices::default();
            let mut error = None;
            for tries in attempts(wanted) {
                (options.video, options.audio) = (tries.video, tries.audio);
                match capture::for_call(options.clone()).await {
                    Ok(opened) => {
                        devices = opened;
                        break;
                    }
                    Err(failed) => _ = error.get_or_insert(failed),
                }
            }
            // The page may be closed by now.
            if self.starting.try_set(false).is_none() {
                self.fail(error);
                self.room.call(self.kind, CallAction::Join(devices));
            }
        });
    }

    pub(crate) fn leave(self) {
        self.error.set(None);
        self.command(GatheringCommand::Leave);
    }

    /// Switches the camera on or off. It is not only dark while it is off: another program may use
    /// it.
    pub(crate) fn show_camera(self, on: bool) {
        if !on {
            return self.room.call(self.kind, CallAction::Camera(None));
        }
        self.open(Tracks { video: true, audio: false }, |it| CallAction::Camera(it.camera));
    }

    /// Mutes or opens the microphone, which is asked for if there was none.
    pub(crate) fn open_microphone(self, on: bool) {
        let has_microphone = untrack(|| self.own()).microphone;
        if on && !has_microphone {
            self.ask_for_microphone();
        }
        self.room.call(self.kind, CallAction::Mute(!on));
    }

    fn ask_for_microphone(self) {
        self.open(Tracks { video: false, audio: true }, |it| CallAction::Microphone(it.microphone));
    }

    /// Takes another device, without a new call, when the user prefers another one.
    pub(crate) fn follow_devices(self) {
        let preferred = |kind| Memo::new(move |_| self.devices.preferred(kind));
        let (camera, microphone) =
            (preferred(DeviceKind::Camera), preferred(DeviceKind::Microphone));
        Effect::new(move |is_change: Option<bool>| {
            camera.track();
            if is_change.is_some() && untrack(|| self.own()).camera.is_some() {
                self.show_camera(true);
            }
            true
        });
        Effect::new(move |is_change: Option<bool>| {
            microphone.track();
            if is_change.is_some() && untrack(|| self.own()).microphone {
                self.ask_for_microphone();
            }
            true
        });
    }

    /// Does something with the gathering or a member of it.
    pub(crate) fn command(self, command: GatheringCommand) {
        self.room.send(Command::Gathering(self.kind, command));
    }

    /// Opens devices while this page takes part.
    fn open(self, wanted: Tracks, action: fn(CallDevices) -> CallAction) {
        self.error.set(None);
        self.starting.set(true);
        let opening = capture::for_call(self.options(wanted));
        spawn_local(async move {
            let opened = opening.await;
            if self.starting.try_set(false).is_some() {
                return;
            }
            match opened {
                Ok(devices) => self.room.call(self.kind, action(devices)),
                Err(error) => self.fail(Some(error)),
            }
        });
    }

    fn fail(self, error: Option<capture::Error>) {
        self.error.set(error.map(UserError::Capture));
    }

    fn options(self, wanted: Tracks) -> CameraOptions {
        let preferred = |kind| Some(untrack(|| self.devices.preferred(kind)));
        CameraOptions {
            video: wanted.video,
            audio: wanted.audio,
            video_device: preferred(DeviceKind::Camera),
            audio_device: preferred(DeviceKind::Microphone),
        }
    }
}

/// What is asked for, one after the other, until it is there: the browser gives both devices or
/// none.
fn attempts(wanted: Tracks) -> impl Iterator<Item = Tracks> {
    let alone = [Tracks { audio: true, video: false }, Tracks { audio: false, video: true }];
    let both = (wanted.audio && wanted.video).then_some(wanted);
    let alone = alone
        .into_iter()
        .filter(move |one| (one.audio && wanted.audio) || (one.video && wanted.video));
    both.into_iter().chain(alone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_no_camera_still_speaks() {
        let tracks = |audio, video| Tracks { audio, video };
        let tried = |audio, video| attempts(tracks(audio, video)).collect::<Vec<_>>();
        assert_eq!(
            tried(true, true),
            [tracks(true, true), tracks(true, false), tracks(false, true)]
        );
        assert_eq!(tried(true, false), [tracks(true, false)]);
        assert_eq!(tried(false, false), []);
    }
}
