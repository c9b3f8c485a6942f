//! Which tracks go where. Media itself never leaves the browser's own pipes.

use js_sys::Array;
use live_core::id::LinkId;
use live_core::node::Source;
use live_core::quality::Quality;
use live_core::small::Map;
use live_core::view::Tracks;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaStream, MediaStreamTrack, MediaStreamTrackState, RtcRtpSender};

use crate::platform::js;

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

    /// Takes `track` if its kind is still missing.
    pub(crate) fn add(&mut self, track: MediaStreamTrack) {
        let place = match track.kind().as_str() {
            "audio" => &mut self.audio,
            "video" => &mut self.video,
            _ => return,
        };
        place.get_or_insert(track);
    }

    /// Which tracks there are.
    pub fn presence(&self) -> Tracks {
        Tracks { audio: self.audio.is_some(), video: self.video.is_some() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.audio.is_none() && self.video.is_none()
    }

    fn iter(&self) -> impl Iterator<Item = &MediaStreamTrack> {
        self.audio.iter().chain(&self.video)
    }
}

/// Every track of a stream.
pub(crate) fn tracks(stream: &MediaStream) -> impl Iterator<Item = MediaStreamTrack> {
    stream.get_tracks().into_iter().filter_map(|track| track.dyn_into().ok())
}

/// Makes `sender` send pictures of at most this quality.
pub(crate) async fn encode(sender: &RtcRtpSender, quality: Quality) {
    let parameters = sender.get_parameters();
    let Some(encodings) = js::field(&parameters, "encodings") else {
        return;
    };
    let encodings = Array::from(&encodings);
    if encodings.length() == 0 {
        return;
    }
    // Not by constraints of the track: cameras answer those with another shape of picture, and
    // what comes from a server or a file has none.
    let settings = sender.track().and_then(|track| {
        js::method(&track, "getSettings").and_then(|settings| settings.call0(&track).ok())
    });
    let side = |name| settings.as_ref().and_then(|settings| js::number(settings, name));
    let shorter = side("height").unwrap_or(0.0).min(side("width").unwrap_or(f64::MAX));
    let encoding = encodings.get(0);
    js::set(&encoding, "maxBitrate", quality.bitrate * 1_000);
    js::set(&encoding, "maxFramerate", quality.rate);
    js::set(&encoding, "scaleResolutionDownBy", (shorter / f64::from(quality.height)).max(1.0));
    js::set(&parameters, "encodings", encodings);
    let set = JsFuture::from(sender.set_parameters_with_parameters(&parameters)).await;
    if let Err(error) = set {
        tracing::debug!("quality not limited: {}", js::message(&error));
    }
}

/// The routing table: which source feeds which link.
#[derive(Default)]
pub(crate) struct Routes(Map<LinkId, Source>);

impl Routes {
    pub(crate) fn set(&mut self, sink: LinkId, source: Option<Source>) {
        match source {
            Some(source) => self.0.insert(sink, source),
            None => self.0.remove(&sink),
        };
    }

    /// The links that `source` feeds.
    pub(crate) fn sinks(&self, source: Source) -> impl Iterator<Item = LinkId> {
        self.0.iter().filter(move |(_, from)| **from == source).map(|(sink, _)| *sink)
    }
}

/// What the page's player shows: one `MediaStream` for the whole session, whose tracks are
/// swapped, so that a `<video>` element is never given another one and never starts over.
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

    /// Shows `tracks`, which come from `source`. Says whether the stream appeared or disappeared.
    ///
    /// A source without tracks leaves the last picture where it is, for the next source follows
    /// soon; no source clears it.
    pub(crate) fn show(&mut self, source: Option<Source>, tracks: &TrackPair) -> bool {
        self.source = source;
        let Some(stream) = &self.stream else {
            return false;
        };
        if source.is_some() && tracks.is_empty() {
            return false;
        }
        let old: Vec<_> = self::tracks(stream).collect();
        let new: Vec<_> = tracks.iter().filter(|track| !old.contains(track)).collect();
        // A stream without a track, be it for an instant, ends the player; and Firefox goes on with
        // no track that came before the one it showed has gone. So clones hold the place.
        let between: Vec<_> = new.iter().map(|track| MediaStreamTrack::clone(track)).collect();
        between.iter().for_each(|clone| stream.add_track(clone));
        for track in old {
            if !tracks.iter().any(|kept| *kept == track) {
                stream.remove_track(&track);
            }
        }
        for track in new {
            stream.add_track(track);
        }
        for clone in between {
            stream.remove_track(&clone);
            clone.stop();
        }
        let before = core::mem::replace(&mut self.visible, !tracks.is_empty());
        before != self.visible
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_name_the_sinks_of_a_source() {
        let mut routes = Routes::default();
        routes.set(LinkId(1), Some(Source::Local));
        routes.set(LinkId(2), Some(Source::Link(LinkId(1))));
        routes.set(LinkId(3), Some(Source::Local));
        routes.set(LinkId(1), None);
        assert_eq!(routes.sinks(Source::Local).collect::<Vec<_>>(), [LinkId(3)]);
        assert_eq!(routes.sinks(Source::Link(LinkId(1))).collect::<Vec<_>>(), [LinkId(2)]);
    }
}
