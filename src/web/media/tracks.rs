//! The tracks of a stream.

use live_core::view::Tracks;
use wasm_bindgen::JsCast;
use web_sys::{MediaStream, MediaStreamTrack, MediaStreamTrackState};

/// At most one track of each kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrackPair {
    /// The sound.
    pub audio: Option<MediaStreamTrack>,
    /// The picture.
    pub video: Option<MediaStreamTrack>,
}

impl TrackPair {
    /// The first live track of each kind in `stream`.
    pub fn of(stream: &MediaStream) -> Self {
        let mut pair = Self::default();
        for track in tracks(stream) {
            if track.ready_state() == MediaStreamTrackState::Live {
                pair.add(track);
            }
        }
        pair
    }

    /// Adds `track` if its kind is still missing.
    pub(crate) fn add(&mut self, track: MediaStreamTrack) {
        let slot = match track.kind().as_str() {
            "audio" => &mut self.audio,
            "video" => &mut self.video,
            _ => return,
        };
        slot.get_or_insert(track);
    }

    /// Which tracks exist.
    pub fn presence(&self) -> Tracks {
        Tracks { audio: self.audio.is_some(), video: self.video.is_some() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.audio.is_none() && self.video.is_none()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &MediaStreamTrack> {
        self.audio.iter().chain(&self.video)
    }
}

/// Every track of a stream.
pub(crate) fn tracks(stream: &MediaStream) -> impl Iterator<Item = MediaStreamTrack> {
    stream.get_tracks().into_iter().filter_map(|track| track.dyn_into().ok())
}
