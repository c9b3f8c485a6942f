//! A microphone over the sound of a source, and how loud each is.

use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::{
    AnalyserNode, AudioContext, GainNode, MediaStream, MediaStreamAudioDestinationNode,
    MediaStreamTrack,
};

use super::{CameraOptions, Capture, Error, Kind, camera};
use crate::media;

/// How many samples a reading of the level looks at.
const SAMPLES: u32 = 512;

/// What makes one sound of two; dropping it ends both.
pub(super) struct Mixer {
    context: AudioContext,
    _source: Capture,
    _microphone: Capture,
    sounds: Vec<Sound>,
}

/// A sound that is streamed.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// Whether it is what somebody says.
    pub is_microphone: bool,
    via: Via,
}

#[derive(Clone, Debug, PartialEq)]
enum Via {
    /// As it comes: it can be silenced.
    Track(MediaStreamTrack),
    /// Through a mixer.
    Mixer(GainNode, AnalyserNode),
}

impl Sound {
    /// What `stream` sounds like, if it does.
    pub(super) fn of(stream: &MediaStream, kind: Kind) -> Option<Self> {
        let track = media::TrackPair::of(stream).audio?;
        Some(Self { is_microphone: kind == Kind::Camera, via: Via::Track(track) })
    }

    /// Whether it can be more or less loud, and has a [`level`](Self::level).
    pub fn is_mixed(&self) -> bool {
        matches!(self.via, Via::Mixer(..))
    }

    /// Makes it so loud from now on: 0 is silent, 1 as it comes.
    pub fn set_gain(&self, loudness: f32) {
        match &self.via {
            Via::Track(track) => track.set_enabled(loudness > 0.0),
            Via::Mixer(gain, _) => gain.gain().set_value(loudness),
        }
    }

    /// How loud it goes out right now, from 0 to 1.
    pub fn level(&self) -> f32 {
        let Via::Mixer(_, meter) = &self.via else {
            return 0.0;
        };
        let mut samples = [0.0; SAMPLES as usize];
        meter.get_float_time_domain_data(&mut samples);
        samples.into_iter().map(f32::abs).fold(0.0, f32::max).min(1.0)
    }
}

/// Adds a microphone to `source`; the browser's choice when `device` is `None`.
pub async fn with_microphone(source: Capture, device: Option<String>) -> Result<Capture, Error> {
    let options = CameraOptions { audio: true, audio_device: device, ..CameraOptions::default() };
    let microphone = camera(options).await?;
    let other = |error: JsValue| Error::from_js(&error);
    let context = AudioContext::new().map_err(other)?;
    let mut mixer = Mixer { context, _source: source, _microphone: microphone, sounds: Vec::new() };
    let sum = MediaStreamAudioDestinationNode::new(&mixer.context).map_err(other)?;
    for (capture, is_microphone) in [(&mixer._source, false), (&mixer._microphone, true)] {
        let stream = capture.stream();
        if stream.get_audio_tracks().length() == 0 {
            continue;
        }
        let node = mixer.context.create_media_stream_source(stream).map_err(other)?;
        let gain = mixer.context.create_gain().map_err(other)?;
        let meter = mixer.context.create_analyser().map_err(other)?;
        meter.set_fft_size(SAMPLES);
        node.connect_with_audio_node(&gain).map_err(other)?;
        gain.connect_with_audio_node(&meter).map_err(other)?;
        gain.connect_with_audio_node(&sum).map_err(other)?;
        mixer.sounds.push(Sound { is_microphone, via: Via::Mixer(gain, meter) });
    }
    let tracks = Array::new();
    for track in media::tracks(mixer._source.stream()).filter(|track| track.kind() == "video") {
        tracks.push(&track);
    }
    tracks.push(&sum.stream().get_audio_tracks().get(0));
    let stream = MediaStream::new_with_tracks(&tracks).map_err(other)?;
    Ok(Capture::mixed(stream, mixer))
}

impl Mixer {
    pub(super) fn source(&self) -> &Capture {
        &self._source
    }

    pub(super) fn sounds(&self) -> Vec<Sound> {
        self.sounds.clone()
    }
}

impl Drop for Mixer {
    fn drop(&mut self) {
        // Fails for a context that is closed already only.
        let _ = self.context.close();
    }
}
