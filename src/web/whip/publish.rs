//! The own stream on a stream server, beside the room: WHIP (RFC 9725).

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use gloo_events::EventListener;
use live_core::quality::Quality;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    MediaStreamTrack, RtcPeerConnection, RtcPeerConnectionState, RtcRtpSender,
    RtcRtpTransceiverDirection, RtcRtpTransceiverInit,
};

use crate::capture::Error;
use crate::media::{self, TrackPair};
use crate::whip::{self, Resource};

/// Where to publish.
#[derive(Clone, Debug)]
pub struct Target {
    /// The address of a WHIP endpoint.
    pub address: String,
    /// The bearer token that the server wants, or nothing.
    pub token: String,
}

/// How it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The server has been asked.
    Connecting,
    /// The server takes the stream.
    Live,
    /// It has come to an end.
    Failed(Error),
}

/// A stream that is being published; dropping it ends that on the server, too.
pub(crate) trait Outlet {
    /// How it stands.
    fn state(&self) -> State;

    /// Publishes these tracks from now on, in pictures of at most this quality.
    fn feed(&self, tracks: &TrackPair, quality: Quality);
}

/// Begins to publish tracks; the last argument is called whenever the state changes. What it
/// calls is known to whoever makes it alone, so that only hosts carry it.
pub(crate) type Start =
    Box<dyn FnOnce(&TrackPair, Quality, Box<dyn Fn()>) -> Result<Box<dyn Outlet>, Error>>;

struct Publication(Rc<Inner>);

struct Inner {
    connection: RtcPeerConnection,
    audio: RtcRtpSender,
    video: RtcRtpSender,
    state: RefCell<State>,
    session: RefCell<Option<Resource>>,
    listener: RefCell<Option<EventListener>>,
    changed: Box<dyn Fn()>,
}

/// Publishes `tracks` on `target`.
pub(crate) fn start(
    target: Target,
    tracks: &TrackPair,
    quality: Quality,
    changed: Box<dyn Fn()>,
) -> Result<Box<dyn Outlet>, Error> {
    let url = whip::endpoint(&target.address)?;
    let authorization = whip::bearer(&target.token)?;
    let connection = RtcPeerConnection::new().map_err(|_| Error::Unsupported)?;
    let sender = |kind| {
        let init = RtcRtpTransceiverInit::new();
        init.set_direction(RtcRtpTransceiverDirection::Sendonly);
        connection.add_transceiver_with_str_and_init(kind, &init).sender()
    };
    let inner = Rc::new(Inner {
        audio: sender("audio"),
        video: sender("video"),
        connection,
        state: RefCell::new(State::Connecting),
        session: RefCell::default(),
        listener: RefCell::default(),
        changed,
    });
    let weak = Rc::downgrade(&inner);
    let listener = EventListener::new(&inner.connection, "connectionstatechange", move |_| {
        if let Some(inner) = weak.upgrade() {
            inner.look();
        }
    });
    inner.listener.replace(Some(listener));
    let publication = Publication(inner);
    publication.feed(tracks, quality);
    spawn_local(negotiate(Rc::downgrade(&publication.0), url, authorization));
    Ok(Box::new(publication))
}

impl Outlet for Publication {
    fn state(&self) -> State {
        self.0.state.borrow().clone()
    }

    fn feed(&self, tracks: &TrackPair, quality: Quality) {
        let replace = |sender: &RtcRtpSender, track: &Option<MediaStreamTrack>| {
            JsFuture::from(sender.replace_track(track.as_ref()))
        };
        let audio = replace(&self.0.audio, &tracks.audio);
        let video = replace(&self.0.video, &tracks.video);
        let inner = self.0.clone();
        spawn_local(async move {
            // Fails for a connection that has been closed meanwhile only.
            let _ = (audio.await, video.await);
            media::encode(&inner.video, quality).await;
        });
    }
}

impl Inner {
    fn set(&self, state: State) {
        if self.state.replace(state.clone()) != state {
            (self.changed)();
        }
    }

    /// A lost session is deleted, too: the server may still wait for it.
    fn fail(&self, error: Error) {
        self.connection.close();
        drop(self.session.take());
        self.set(State::Failed(error));
    }

    fn look(&self) {
        match self.connection.connection_state() {
            RtcPeerConnectionState::Connected => self.set(State::Live),
            RtcPeerConnectionState::Failed => self.fail(Error::NoServer("ICE".to_owned())),
            _ => {}
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.connection.close();
    }
}

/// Nobody waits for the answer of a publication that was dropped, but its session is deleted.
async fn negotiate(publication: Weak<Inner>, url: String, authorization: String) {
    let Some(connection) = publication.upgrade().map(|inner| inner.connection.clone()) else {
        return;
    };
    let negotiated = async {
        let offer = whip::offer(&connection).await?;
        let (answer, session) = whip::post(&url, "application/sdp", &authorization, &offer).await?;
        if let Some(inner) = publication.upgrade() {
            inner.session.replace(session);
            whip::accept(&connection, &answer).await?;
        }
        Ok(())
    };
    if let (Err(error), Some(inner)) = (negotiated.await, publication.upgrade()) {
        inner.fail(error);
    }
}
