//! The own side of conference and voice: what this page sends to each, whom it sees and hears
//! there, and who speaks.

mod gate;
mod level;
mod speech;

use std::sync::Arc;

use gloo_events::EventListener;
use indexmap::IndexMap;
use live_core::id::{LinkId, PeerId};
use live_core::quality::Quality;
use live_core::time::Time;
use live_core::view::{GatheringKind, GatheringView, OwnSeat, Tracks, View};
use web_sys::{MediaStream, MediaStreamTrack};

use crate::call::gate::Gate;
use crate::call::level::Meter;
use crate::call::speech::Speech;
use crate::capture::{CallDevices, Capture};
use crate::connection::link::Link;
use crate::media::{TrackPair, tracks};

/// What a page does with its own side of a gathering.
pub enum CallAction {
    /// Takes part, with these devices.
    Join(CallDevices),
    /// Sends this camera, or none.
    Camera(Option<Capture>),
    /// Sends this microphone, or none.
    Microphone(Option<Capture>),
    /// Mutes the own microphone, of which the others are told.
    Mute(bool),
    /// Keeps the own microphone closed but while the user [talks](Self::Talk).
    PushToTalk(bool),
    /// The user holds the key or the button for talking, or lets go of it. Nobody is told.
    Talk(bool),
}

/// What this page sends to a gathering, for display.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnCall {
    /// The picture of the own camera.
    pub camera: Option<MediaStream>,
    /// Whether there is a microphone.
    pub microphone: bool,
    /// Whether it is muted by this page.
    pub muted: bool,
}

/// One gathering as the driver carries it.
#[derive(Default)]
pub(crate) struct Call {
    camera: Option<Device>,
    microphone: Option<Device>,
    gate: Gate,
    members: IndexMap<PeerId, Member>,
    own_speech: Speech,
}

/// A member whom this peer is linked with.
struct Member {
    /// The link over which it shows itself.
    link: LinkId,
    /// Its media, for an element of the page.
    stream: MediaStream,
    speech: Speech,
}

/// A capture, and what tells that it has ended.
struct Device {
    capture: Capture,
    meter: Option<Meter>,
    _listeners: Vec<EventListener>,
}

impl Device {
    fn new(capture: Capture, on_end: impl Fn() + Clone + 'static) -> Self {
        let listeners = tracks(capture.stream()).map(|track| {
            let on_end = on_end.clone();
            EventListener::once(&track, "ended", move |_| on_end())
        });
        let listeners = listeners.collect();
        let meter = Meter::of(capture.stream());
        Self { capture, meter, _listeners: listeners }
    }

    fn tracks(&self) -> TrackPair {
        TrackPair::of(self.capture.stream())
    }
}

impl Call {
    /// `on_end` is called when a device is unplugged.
    pub(crate) fn apply(&mut self, action: CallAction, on_end: impl Fn() + Clone + 'static) {
        let device = |capture: Option<Capture>| capture.map(|it| Device::new(it, on_end.clone()));
        match action {
            CallAction::Join(CallDevices { camera, microphone }) => {
                (self.camera, self.microphone) = (device(camera), device(microphone));
                self.gate.muted = false;
            }
            CallAction::Camera(camera) => self.camera = device(camera),
            CallAction::Microphone(microphone) => self.microphone = device(microphone),
            CallAction::Mute(muted) => self.gate.muted = muted,
            CallAction::PushToTalk(on) => self.gate.push_to_talk = on,
            CallAction::Talk(talking) => self.gate.talking = talking,
        }
        self.apply_gate();
    }

    /// Forgets the devices that were unplugged.
    pub(crate) fn refresh(&mut self) {
        self.camera.take_if(|device| device.tracks().is_empty());
        self.microphone.take_if(|device| device.tracks().is_empty());
    }

    /// The host has muted this peer, or lets it speak again.
    pub(crate) fn silence(&mut self, silenced: bool) {
        self.gate.silenced = silenced;
        self.apply_gate();
    }

    /// What is sent over each link.
    pub(crate) fn outgoing(&self) -> TrackPair {
        let audio = self.microphone.as_ref().and_then(|microphone| microphone.tracks().audio);
        TrackPair {
            audio: audio.filter(|_| !self.gate.silenced),
            video: self.camera.as_ref().and_then(|camera| camera.tracks().video),
        }
    }

    /// What the others are told.
    pub(crate) fn presence(&self) -> Tracks {
        let audio = self.microphone.is_some() && !self.gate.muted;
        Tracks { audio, video: self.camera.is_some() }
    }

    pub(crate) fn own(&self) -> OwnCall {
        OwnCall {
            // The method `clone` of a stream would make another one.
            camera: self.camera.as_ref().map(|camera| Clone::clone(camera.capture.stream())),
            microphone: self.microphone.is_some(),
            muted: self.gate.muted,
        }
    }

    /// The members' media.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&PeerId, &MediaStream)> {
        self.members.iter().map(|(peer, member)| (peer, &member.stream))
    }

    /// Follows a new view: releases the devices once this peer takes no part, and gives each member
    /// what it sends. Returns whether what is sent has changed.
    pub(crate) fn follow<'a>(
        &mut self,
        view: &GatheringView,
        own: Option<&PeerId>,
        link_of: impl Fn(&PeerId) -> Option<(LinkId, &'a Link)>,
    ) -> bool {
        if !is_in(view) {
            let had = self.camera.is_some() || self.microphone.is_some();
            let gate = Gate { push_to_talk: self.gate.push_to_talk, ..Gate::default() };
            *self = Self { gate, ..Self::default() };
            return had;
        }
        let mut members = core::mem::take(&mut self.members);
        for member in view.members.iter().filter(|member| Some(&member.peer) != own) {
            let Some((id, link)) = link_of(&member.peer) else { continue };
            let known = members.shift_remove(&member.peer).filter(|known| known.link == id);
            let Some(entry) = known.or_else(|| Member::new(id)) else { continue };
            let remote = link.remote_tracks();
            if let Some(audio) = &remote.audio {
                // Not removed: an element ends when its stream has no track left.
                audio.set_enabled(!member.muted);
            }
            // A picture that never comes would hold the sound back in some browsers.
            let video = remote.video.filter(|_| member.tracks.video);
            entry.play(TrackPair { video, ..remote });
            self.members.insert(member.peer.clone(), entry);
        }
        false
    }

    /// Samples how loud everybody is. Returns who speaks; `own` is this peer.
    pub(crate) fn sample<'a>(
        &mut self,
        now: Time,
        own: &PeerId,
        link: impl Fn(LinkId) -> Option<&'a Link>,
    ) -> Vec<PeerId> {
        let mut speakers = Vec::new();
        let meter = self.microphone.as_ref().and_then(|it| it.meter.as_ref());
        let own_level = meter.map_or(0.0, Meter::level);
        if self.own_speech.sample(now, own_level) {
            speakers.push(own.clone());
        }
        for (peer, member) in &mut self.members {
            let audio = TrackPair::of(&member.stream).audio.filter(MediaStreamTrack::enabled);
            let level = link(member.link).zip(audio);
            let level =
                level.map_or(0.0, |(link, audio)| level::received(link.connection(), &audio));
            if member.speech.sample(now, level) {
                speakers.push(peer.clone());
            }
        }
        speakers
    }

    /// A track that is not enabled sends silence, and is open again at once.
    fn apply_gate(&self) {
        let open = self.gate.is_open();
        if let Some(audio) = self.microphone.as_ref().and_then(|it| it.tracks().audio) {
            audio.set_enabled(open);
        }
    }
}

impl Member {
    fn new(link: LinkId) -> Option<Self> {
        let stream = MediaStream::new().ok()?;
        Some(Self { link, stream, speech: Speech::default() })
    }

    fn play(&self, wanted: TrackPair) {
        let before: Vec<MediaStreamTrack> = tracks(&self.stream).collect();
        for track in &before {
            if !wanted.iter().any(|kept| kept == track) {
                self.stream.remove_track(track);
            }
        }
        for track in wanted.iter().filter(|track| !before.contains(track)) {
            self.stream.add_track(track);
        }
    }
}

/// The gathering of that kind in a view.
pub fn gathering(view: &View, kind: GatheringKind) -> &Arc<GatheringView> {
    match kind {
        GatheringKind::Conference => &view.conference,
        GatheringKind::Voice => &view.voice,
    }
}

/// Whether this peer takes part, or is about to.
pub fn is_in(view: &GatheringView) -> bool {
    matches!(view.own, OwnSeat::Asked | OwnSeat::Taken)
}

/// What a member sends to each of the others: together about as much as a usual uplink carries.
pub(crate) fn quality(members: usize) -> Quality {
    match members {
        0..=2 => Quality { height: 720, rate: 30, bitrate: 1_200 },
        3..=4 => Quality { height: 480, rate: 25, bitrate: 500 },
        _ => Quality { height: 360, rate: 20, bitrate: 250 },
    }
}

/// Both gatherings of a room.
#[derive(Default)]
pub(crate) struct Calls {
    conference: Call,
    voice: Call,
}

impl Calls {
    pub(crate) fn get(&self, kind: GatheringKind) -> &Call {
        match kind {
            GatheringKind::Conference => &self.conference,
            GatheringKind::Voice => &self.voice,
        }
    }

    pub(crate) fn get_mut(&mut self, kind: GatheringKind) -> &mut Call {
        match kind {
            GatheringKind::Conference => &mut self.conference,
            GatheringKind::Voice => &mut self.voice,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_members_the_less_goes_to_each() {
        let uplink = |members: usize| quality(members).bitrate as usize * (members - 1);
        for members in 2..=8 {
            assert!(uplink(members) <= 1_800, "{members}");
            assert!(quality(members + 1).bitrate <= quality(members).bitrate);
        }
    }
}
