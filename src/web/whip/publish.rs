//! Publishes the host's stream on a stream server beside the room, over WHIP (RFC 9725).

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use gloo_events::EventListener;
use live_core::quality::Quality;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    MediaStreamTrack, RtcPeerConnection, RtcPeerConnectionState, RtcRtpSender,
    RtcRtpTransceiverDirection, RtcRtpTransceiverInit,
};

use crate::media::{Error, TrackPair, encoder};
use crate::whip::{self, Resource};

/// Where to publish.
#[derive(Clone, Debug)]
pub struct Target {
    /// The address of a WHIP endpoint.
    pub address: String,
    /// The bearer token that the server wants; may be empty.
    pub token: String,
}

/// The state of a publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Waiting for the server.
    Connecting,
    /// The server receives the stream.
    Live,
    /// It ended.
    Failed(Error),
}

/// A stream that is being published; dropping it also ends it on the server.
pub(crate) struct Publication(Rc<Inner>);

struct Inner {
    connection: RtcPeerConnection,
    audio: RtcRtpSender,
    video: RtcRtpSender,
    state: RefCell<State>,
    session: RefCell<Option<Resource>>,
    listener: RefCell<Option<EventListener>>,
    on_change: Box<dyn Fn()>,
}

impl Publication {
    /// Publishes `tracks` on `target`, as video of at most `quality`; `on_change` is called
    /// whenever the state changes.
    pub(crate) fn start(
        target: &Target,
        tracks: &TrackPair,
        quality: Quality,
        on_change: impl Fn() + 'static,
    ) -> Result<Self, Error> {
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
            on_change: Box::new(on_change),
        });
        let weak = Rc::downgrade(&inner);
        let listener = EventListener::new(&inner.connection, "connectionstatechange", move |_| {
            if let Some(inner) = weak.upgrade() {
                inner.connection_state_changed();
            }
        });
        inner.listener.replace(Some(listener));
        let publication = Self(inner);
        publication.feed(tracks, quality);
        spawn_local(negotiate(Rc::downgrade(&publication.0), url, authorization));
        Ok(publication)
    }

    /// Its state.
    pub(crate) fn state(&self) -> State {
        self.0.state.borrow().clone()
    }

    /// Publishes these tracks from now on, as video of at most this quality.
    pub(crate) fn feed(&self, tracks: &TrackPair, quality: Quality) {
        let replace = |sender: &RtcRtpSender, track: &Option<MediaStreamTrack>| {
            JsFuture::from(sender.replace_track(track.as_ref()))
        };
        let audio = replace(&self.0.audio, &tracks.audio);
        let video = replace(&self.0.video, &tracks.video);
        let sender = self.0.video.clone();
        spawn_local(async move {
            // Fails only for a connection that was closed meanwhile.
            let _ = (audio.await, video.await);
            encoder::limit(&sender, quality).await;
        });
    }
}

impl Inner {
    fn set(&self, state: State) {
        if self.state.replace(state.clone()) != state {
            (self.on_change)();
        }
    }

    /// Also deletes the session, because the server may still wait for the lost connection.
    fn fail(&self, error: Error) {
        self.connection.close();
        drop(self.session.take());
        self.set(State::Failed(error));
    }

    fn connection_state_changed(&self) {
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

/// If the publication is dropped before the answer arrives, the session is deleted at once.
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
