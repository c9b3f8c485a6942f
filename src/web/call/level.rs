//! How loud an own microphone is, and what arrives over a link.

use wasm_bindgen::JsCast;
use web_sys::{
    AnalyserNode, AudioContext, MediaStream, MediaStreamTrack, RtcPeerConnection, RtcRtpReceiver,
};

use crate::platform::js;

/// Samples per measurement.
const SAMPLES: u32 = 512;

/// Measures a microphone until it is dropped.
pub(super) struct Meter {
    context: AudioContext,
    analyser: AnalyserNode,
}

impl Meter {
    /// `None` for a stream without sound, or in a browser that cannot measure it.
    pub(super) fn of(stream: &MediaStream) -> Option<Self> {
        if stream.get_audio_tracks().length() == 0 {
            return None;
        }
        let context = AudioContext::new().ok()?;
        let analyser = context.create_analyser().ok();
        let source = context.create_media_stream_source(stream).ok();
        let (Some(analyser), Some(source)) = (analyser, source) else {
            close(&context);
            return None;
        };
        analyser.set_fft_size(SAMPLES);
        if source.connect_with_audio_node(&analyser).is_err() {
            close(&context);
            return None;
        }
        Some(Self { context, analyser })
    }

    /// The effective level, from 0 to 1.
    pub(super) fn level(&self) -> f64 {
        let mut samples = [0.0; SAMPLES as usize];
        self.analyser.get_float_time_domain_data(&mut samples);
        let energy: f64 = samples.iter().map(|sample| f64::from(sample * sample)).sum();
        (energy / f64::from(SAMPLES)).sqrt()
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        close(&self.context);
    }
}

/// How loud the sound of that track is that was played last, as its sender says: from 0 to 1.
pub(super) fn received(connection: &RtcPeerConnection, audio: &MediaStreamTrack) -> f64 {
    let receivers = connection.get_receivers().into_iter();
    // Every question about sources waits for another thread of the browser.
    let receiver = receivers
        .map(|receiver| receiver.unchecked_into::<RtcRtpReceiver>())
        .find(|receiver| receiver.track() == *audio);
    let sources = receiver.into_iter().flat_map(|it| it.get_synchronization_sources().into_iter());
    sources.filter_map(|source| js::audio_level(&source)).fold(0.0, f64::max)
}

fn close(context: &AudioContext) {
    // Fails only for a context that is already closed.
    let _ = context.close();
}
