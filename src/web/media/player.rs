//! The stream that the page's player shows.

use live_core::node::Source;
use web_sys::{MediaStream, MediaStreamTrack};

use crate::media::{TrackPair, tracks};

/// One `MediaStream` for the driver's lifetime, whose tracks are replaced, so that a `<video>`
/// element keeps its stream and never restarts.
pub(crate) struct Player {
    stream: Option<MediaStream>,
    source: Option<Source>,
    visible: bool,
}

impl Player {
    pub(crate) fn new() -> Self {
        Self { stream: MediaStream::new().ok(), source: None, visible: false }
    }

    /// The stream, while there is something to show.
    pub(crate) fn stream(&self) -> Option<MediaStream> {
        self.stream.clone().filter(|_| self.visible)
    }

    pub(crate) fn source(&self) -> Option<Source> {
        self.source
    }

    /// Shows `tracks`, which come from `source`. Returns whether the stream appeared or
    /// disappeared.
    ///
    /// A source without tracks keeps the last picture, because the next source follows soon; no
    /// source clears it.
    pub(crate) fn show(&mut self, source: Option<Source>, new: &TrackPair) -> bool {
        self.source = source;
        let Some(stream) = &self.stream else {
            return false;
        };
        if source.is_some() && new.is_empty() {
            return false;
        }
        replace(stream, new);
        let before = core::mem::replace(&mut self.visible, !new.is_empty());
        before != self.visible
    }
}

/// A stream that has no track, if only for an instant, ends the player. And Firefox plays no track
/// that was added before the track that it showed was removed. So clones bridge the gap.
fn replace(stream: &MediaStream, new: &TrackPair) {
    let old: Vec<_> = tracks(stream).collect();
    let added: Vec<_> = new.iter().filter(|track| !old.contains(track)).collect();
    let bridges: Vec<_> = added.iter().map(|track| MediaStreamTrack::clone(track)).collect();
    bridges.iter().for_each(|clone| stream.add_track(clone));
    for track in old {
        if !new.iter().any(|kept| *kept == track) {
            stream.remove_track(&track);
        }
    }
    for track in added {
        stream.add_track(track);
    }
    for clone in bridges {
        stream.remove_track(&clone);
        clone.stop();
    }
}
