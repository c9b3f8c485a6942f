//! Mixes a microphone with the sound of a source, and measures how loud each is.

use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::{
    AnalyserNode, AudioContext, GainNode, MediaStream, MediaStreamAudioDestinationNode,
    MediaStreamTrack,
};

use super::{CameraOptions, Capture, Error, Kind, camera};
use crate::media;

/// Samples per level measurement.
const SAMPLES: u32 = 512;

/// Mixes two captures into one track; dropping it ends both.
pub(super) struct Mixer {
    context: AudioContext,
    source: Capture,
    _microphone: Capture,
    sounds: Vec<Sound>,
}

/// An audio source of the stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// Whether it is a microphone.
    pub is_microphone: bool,
    via: Via,
}

#[derive(Clone, Debug, PartialEq)]
enum Via {
    /// Unmixed; it can only be muted.
    Track(MediaStreamTrack),
    /// Mixed.
    Mixer(GainNode, AnalyserNode),
}

impl Sound {
    /// The unmixed audio of `stream`, if it has any.
    pub(super) fn of(stream: &MediaStream, kind: Kind) -> Option<Self> {
        let track = media::TrackPair::of(stream).audio?;
        Some(Self { is_microphone: kind == Kind::Camera, via: Via::Track(track) })
    }

    /// Whether its gain can be set gradually, and it has a [`level`](Self::level).
    pub fn is_mixed(&self) -> bool {
        matches!(self.via, Via::Mixer(..))
    }

    /// Sets its gain: 0 is silent, 1 unchanged.
    pub fn set_gain(&self, gain: f32) {
        match &self.via {
            Via::Track(track) => track.set_enabled(gain > 0.0),
            Via::Mixer(node, _) => node.gain().set_value(gain),
        }
    }

    /// Its current level after the gain, from 0 to 1.
    pub fn level(&self) -> f32 {
        let Via::Mixer(_, meter) = &self.via else {
            return 0.0;
        };
        let mut samples = [0.0; SAMPLES as usize];
        meter.get_float_time_domain_data(&mut samples);
        samples.into_iter().map(f32::abs).fold(0.0, f32::max).min(1.0)
    }
}

/// Adds a microphone to `source`; the browser chooses it when `device` is `None`.
pub async fn with_microphone(source: Capture, device: Option<String>) -> Result<Capture, Error> {
    let options = CameraOptions { audio: true, audio_device: device, ..CameraOptions::default() };
    let microphone = camera(options).await?;
    let failed = |error: JsValue| Error::from_js(&error);
    let context = AudioContext::new().map_err(failed)?;
    let mut mixer = Mixer { context, source, _microphone: microphone, sounds: Vec::new() };
    let sum = MediaStreamAudioDestinationNode::new(&mixer.context).map_err(failed)?;
    for (capture, is_microphone) in [(&mixer.source, false), (&mixer._microphone, true)] {
        let stream = capture.stream();
        if stream.get_audio_tracks().length() == 0 {
            continue;
        }
        let node = mixer.context.create_media_stream_source(stream).map_err(failed)?;
        let gain = mixer.context.create_gain().map_err(failed)?;
        let meter = mixer.context.create_analyser().map_err(failed)?;
        meter.set_fft_size(SAMPLES);
        node.connect_with_audio_node(&gain).map_err(failed)?;
        gain.connect_with_audio_node(&meter).map_err(failed)?;
        gain.connect_with_audio_node(&sum).map_err(failed)?;
        mixer.sounds.push(Sound { is_microphone, via: Via::Mixer(gain, meter) });
    }
    let tracks = Array::new();
    for track in media::tracks(mixer.source.stream()).filter(|track| track.kind() == "video") {
        tracks.push(&track);
    }
    tracks.push(&sum.stream().get_audio_tracks().get(0));
    let stream = MediaStream::new_with_tracks(&tracks).map_err(failed)?;
    Ok(Capture::mixed(stream, mixer))
}

impl Mixer {
    pub(super) fn source(&self) -> &Capture {
        &self.source
    }

    pub(super) fn sounds(&self) -> Vec<Sound> {
        self.sounds.clone()
    }
}

impl Drop for Mixer {
    fn drop(&mut self) {
        // Fails only for a context that is already closed.
        let _ = self.context.close();
    }
}
