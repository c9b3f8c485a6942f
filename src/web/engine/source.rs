//! The page's own source and the end of its tracks.

use std::rc::Weak;

use gloo_events::EventListener;

use super::{Engine, Event, push};
use crate::capture::Capture;
use crate::media::{TrackPair, tracks};

#[derive(Default)]
pub(super) struct LocalSource {
    capture: Option<Capture>,
    tracks: TrackPair,
    /// Distinguishes late events of an earlier source.
    generation: u32,
    _listeners: Vec<EventListener>,
}

impl LocalSource {
    /// The source after `previous`. Its events go to `engine`.
    pub(super) fn new(capture: Option<Capture>, previous: &Self, engine: &Weak<Engine>) -> Self {
        let generation = previous.generation + 1;
        let streams = capture.iter().map(Capture::stream);
        let on_ended = |track: web_sys::MediaStreamTrack| {
            let engine = engine.clone();
            EventListener::once(&track, "ended", move |_| {
                push(&engine, Event::SourceEnded(generation));
            })
        };
        let listeners = streams.flat_map(tracks).map(on_ended).collect();
        let mut source = Self { capture, generation, _listeners: listeners, ..Self::default() };
        source.refresh();
        source
    }

    /// Forgets the tracks that ended.
    pub(super) fn refresh(&mut self) {
        let stream = self.capture.as_ref().map(Capture::stream);
        self.tracks = stream.map(TrackPair::of).unwrap_or_default();
    }

    pub(super) fn capture(&self) -> Option<&Capture> {
        self.capture.as_ref()
    }

    pub(super) fn tracks(&self) -> &TrackPair {
        &self.tracks
    }

    pub(super) fn generation(&self) -> u32 {
        self.generation
    }
}
