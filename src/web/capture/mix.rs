//! A microphone over the sound of a source.

use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::{AudioContext, MediaStream, MediaStreamAudioDestinationNode};

use super::{CameraOptions, Capture, Error, camera};
use crate::media;

/// What makes one sound of two; dropping it ends both.
pub(super) struct Mixer {
    context: AudioContext,
    _source: Capture,
    _microphone: Capture,
}

/// Adds a microphone to `source`; the browser's choice when `device` is `None`.
pub async fn with_microphone(source: Capture, device: Option<String>) -> Result<Capture, Error> {
    let options = CameraOptions { audio: true, audio_device: device, ..CameraOptions::default() };
    let microphone = camera(options).await?;
    let other = |error: JsValue| Error::from_js(&error);
    let context = AudioContext::new().map_err(other)?;
    let mixer = Mixer { context, _source: source, _microphone: microphone };
    let sum = MediaStreamAudioDestinationNode::new(&mixer.context).map_err(other)?;
    for capture in [&mixer._source, &mixer._microphone] {
        let stream = capture.stream();
        if stream.get_audio_tracks().length() > 0 {
            let node = mixer.context.create_media_stream_source(stream).map_err(other)?;
            node.connect_with_audio_node(&sum).map_err(other)?;
        }
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
}

impl Drop for Mixer {
    fn drop(&mut self) {
        // Fails for a context that is closed already only.
        let _ = self.context.close();
    }
}
