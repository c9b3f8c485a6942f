//! One link: an `RTCPeerConnection` with its data channel and its transceivers.

use core::time::Duration;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::StreamExt;
use gloo_events::EventListener;
use js_sys::Array;
use live_core::node::{Candidate, Channel, Description, LinkAction, LinkEvent, MediaRole, SdpKind};
use live_core::quality::Quality;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    MediaStream, MediaStreamTrack, RtcBundlePolicy, RtcConfiguration, RtcDataChannelEvent,
    RtcDataChannelInit, RtcIceCandidateInit, RtcOfferOptions, RtcPeerConnection,
    RtcPeerConnectionIceEvent, RtcPeerConnectionState, RtcRtpSender, RtcRtpTransceiver,
    RtcRtpTransceiverDirection, RtcRtpTransceiverInit, RtcSdpType, RtcSessionDescriptionInit,
    RtcTrackEvent,
};

use crate::connection::channel::{DataChannel, Frame};
use crate::connection::ice::IceServer;
use crate::connection::media_monitor::Watcher;
use crate::connection::{sdp, send_monitor};
use crate::media::{self, TrackPair};
use crate::platform::js;
use crate::platform::task::Task;

/// Where the bandwidth estimate starts, in kbit/s; see [`sdp::start_bitrate`].
const START_BITRATE: u32 = 1_500;
/// How long a closed link may take to send what it was given before.
const LINGER_MILLIS: u32 = 300;

/// One negotiated connection; dropping it closes it at once, without events.
pub struct Link {
    shared: Rc<Shared>,
    operations: UnboundedSender<Operation>,
    lingers: Cell<bool>,
    watcher: RefCell<Option<Watcher>>,
    meter: RefCell<Option<Task>>,
    _runner: Task,
    _listeners: [EventListener; 4],
}

struct Shared {
    connection: RtcPeerConnection,
    media: MediaRole,
    emit: Rc<dyn Fn(LinkEvent)>,
    channel: RefCell<Option<DataChannel>>,
    /// What comes in.
    remote: RefCell<TrackPair>,
    /// What shall go out.
    outgoing: RefCell<TrackPair>,
    senders: RefCell<Senders>,
    quality: Cell<Quality>,
    /// Gives what we send a stream id, so that the two tracks stay together on the other side.
    stream: Option<MediaStream>,
}

#[derive(Default)]
struct Senders {
    audio: Option<RtcRtpSender>,
    video: Option<RtcRtpSender>,
}

/// What takes its turn: each operation starts when the one before has ended.
enum Operation {
    Offer { restart: bool },
    Accept(Description),
    Answered(Description),
    AddCandidate(Candidate),
    Feed,
    Tune,
}

impl Link {
    /// Carries out [`LinkAction::Open`], for pictures of at most `quality`; `emit` is called from the
    /// browser's callbacks and only enqueues.
    pub fn open(
        ice_servers: &[IceServer],
        channel: Option<&Channel>,
        media: MediaRole,
        quality: Quality,
        emit: impl Fn(LinkEvent) + 'static,
    ) -> Result<Self, JsValue> {
        let configuration = RtcConfiguration::new();
        configuration.set_ice_servers(&IceServer::to_js(ice_servers));
        configuration.set_bundle_policy(RtcBundlePolicy::MaxBundle);
        let shared = Rc::new(Shared {
            connection: RtcPeerConnection::new_with_configuration(&configuration)?,
            media,
            emit: Rc::new(emit),
            channel: RefCell::default(),
            remote: RefCell::default(),
            outgoing: RefCell::default(),
            senders: RefCell::default(),
            quality: Cell::new(quality),
            stream: MediaStream::new().ok(),
        });
        let listeners = listen(&shared);
        if let Some(channel) = channel {
            shared.add_channel(channel);
        }
        let (operations, queue) = unbounded();
        Ok(Self {
            _runner: Task::spawn(run(shared.clone(), queue)),
            _listeners: listeners,
            lingers: Cell::new(false),
            watcher: RefCell::default(),
            meter: RefCell::default(),
            operations,
            shared,
        })
    }

    /// Carries out what concerns only this link: everything but `Open`, `Feed` and `Close`.
    pub fn perform(&self, action: LinkAction) {
        let operation = match action {
            LinkAction::Offer { restart } => Operation::Offer { restart },
            LinkAction::Accept(description) => Operation::Accept(description),
            LinkAction::Answered(description) => Operation::Answered(description),
            LinkAction::AddCandidate(candidate) => Operation::AddCandidate(candidate),
            LinkAction::Send(bytes) => return self.send(Frame::Binary(bytes)),
            LinkAction::SendText(text) => return self.send(Frame::Text(text)),
            LinkAction::Watch(patience) => return self.watch(patience),
            LinkAction::Open { .. } | LinkAction::Feed(_) | LinkAction::Close => return,
        };
        self.enqueue(operation);
    }

    /// Sends these tracks from now on.
    pub fn feed(&self, tracks: TrackPair) {
        if *self.shared.outgoing.borrow() == tracks {
            return;
        }
        let feeds = !tracks.is_empty();
        *self.shared.outgoing.borrow_mut() = tracks;
        self.enqueue(Operation::Feed);
        let mut meter = self.meter.borrow_mut();
        if !feeds {
            *meter = None;
        } else if meter.is_none() {
            let emit = self.shared.emit.clone();
            *meter = Some(send_monitor::start(self.connection().clone(), move |event| emit(event)));
        }
    }

    /// Sends pictures of at most this quality from now on.
    pub fn encode(&self, quality: Quality) {
        if self.shared.quality.replace(quality) != quality {
            self.enqueue(Operation::Tune);
        }
    }

    /// What arrives over the link.
    pub fn remote_tracks(&self) -> TrackPair {
        self.shared.remote.borrow().clone()
    }

    /// The connection itself, for statistics.
    pub fn connection(&self) -> &RtcPeerConnection {
        &self.shared.connection
    }

    /// Closes the link once what was sent before is on its way. No event follows.
    pub fn close(self) {
        let channel = self.shared.channel.borrow();
        let Some(channel) = channel.as_ref().map(|channel| channel.raw().clone()) else {
            return;
        };
        if !DataChannel::is_busy(&channel) {
            return;
        }
        self.lingers.set(true);
        let connection = self.shared.connection.clone();
        wasm_bindgen_futures::spawn_local(async move {
            let step = 10;
            for _ in 0..LINGER_MILLIS / step {
                gloo_timers::future::TimeoutFuture::new(step).await;
                if !DataChannel::is_busy(&channel) {
                    break;
                }
            }
            connection.close();
        });
    }

    fn watch(&self, patience: Duration) {
        if patience.is_zero() {
            *self.watcher.borrow_mut() = None;
            return;
        }
        let emit = self.shared.emit.clone();
        let connection = self.shared.connection.clone();
        let mut watcher = self.watcher.borrow_mut();
        let new = Watcher::start(connection, patience, watcher.as_ref(), move |event| emit(event));
        *watcher = Some(new);
    }

    fn send(&self, frame: Frame) {
        let Some(result) = self.shared.channel.borrow().as_ref().map(|c| c.send(frame)) else {
            return;
        };
        if let Err(error) = result {
            (self.shared.emit)(LinkEvent::Failed(js::message(&error)));
        }
    }

    fn enqueue(&self, operation: Operation) {
        // The runner holds the other end as long as this link lives.
        let _ = self.operations.unbounded_send(operation);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if !self.lingers.get() {
            self.shared.connection.close();
        }
    }
}

async fn run(shared: Rc<Shared>, mut queue: UnboundedReceiver<Operation>) {
    while let Some(operation) = queue.next().await {
        if let Err(error) = shared.perform(operation).await {
            (shared.emit)(LinkEvent::Failed(js::message(&error)));
        }
    }
}

/// The listeners hold the link weakly, for it holds them.
fn listen(shared: &Rc<Shared>) -> [EventListener; 4] {
    let on = |kind: &'static str, handle: fn(&Rc<Shared>, &web_sys::Event)| {
        let weak = Rc::downgrade(shared);
        EventListener::new(&shared.connection, kind, move |event| {
            if let Some(shared) = weak.upgrade() {
                handle(&shared, event);
            }
        })
    };
    [
        on("icecandidate", |shared, event| {
            if let Some(candidate) = event.dyn_ref().and_then(local_candidate) {
                (shared.emit)(LinkEvent::Candidate(candidate));
            }
        }),
        on("connectionstatechange", |shared, _| {
            let event = match shared.connection.connection_state() {
                RtcPeerConnectionState::Connected => LinkEvent::Connected,
                RtcPeerConnectionState::Disconnected => LinkEvent::Disconnected,
                RtcPeerConnectionState::Failed => LinkEvent::IceFailed,
                RtcPeerConnectionState::Closed => LinkEvent::ChannelClosed,
                _ => return,
            };
            (shared.emit)(event);
        }),
        on("datachannel", |shared, event| {
            if let Some(event) = event.dyn_ref::<RtcDataChannelEvent>() {
                shared.take_channel(event);
            }
        }),
        on("track", |shared, event| {
            if let Some(event) = event.dyn_ref::<RtcTrackEvent>() {
                shared.take_track(event);
            }
        }),
    ]
}

impl Shared {
    fn add_channel(&self, channel: &Channel) {
        let init = RtcDataChannelInit::new();
        init.set_ordered(channel.ordered);
        let channel =
            self.connection.create_data_channel_with_data_channel_dict(&channel.label, &init);
        *self.channel.borrow_mut() = Some(DataChannel::new(channel, &self.emit));
    }

    fn take_channel(&self, event: &RtcDataChannelEvent) {
        let mut channel = self.channel.borrow_mut();
        if channel.is_some() {
            event.channel().close();
            return;
        }
        *channel = Some(DataChannel::new(event.channel(), &self.emit));
    }

    fn take_track(&self, event: &RtcTrackEvent) {
        if self.media != MediaRole::Receive {
            return;
        }
        // As little delay per hop as the network allows; the buffer still grows with jitter.
        let receiver = event.receiver();
        if !js::set_known(&receiver, "jitterBufferTarget", 0) {
            js::set_known(&receiver, "playoutDelayHint", 0);
        }
        let mut remote = self.remote.borrow_mut();
        remote.add(event.track());
        (self.emit)(LinkEvent::Tracks(remote.presence()));
    }

    fn add_transceivers(&self) {
        let direction = match self.media {
            MediaRole::None => return,
            MediaRole::Receive => RtcRtpTransceiverDirection::Recvonly,
            MediaRole::Send => RtcRtpTransceiverDirection::Sendonly,
        };
        let init = RtcRtpTransceiverInit::new();
        init.set_direction(direction);
        if let (MediaRole::Send, Some(stream)) = (self.media, &self.stream) {
            init.set_streams(&Array::of1(stream));
        }
        for kind in ["audio", "video"] {
            let transceiver = self.connection.add_transceiver_with_str_and_init(kind, &init);
            if self.media == MediaRole::Send {
                self.senders.borrow_mut().take(kind, transceiver.sender());
            }
        }
    }

    async fn perform(&self, operation: Operation) -> Result<(), JsValue> {
        match operation {
            Operation::Offer { restart } => {
                // The other side's come with the offer.
                if !restart {
                    self.add_transceivers();
                }
                self.offer(restart).await
            }
            Operation::Accept(description) => self.accept(description).await,
            Operation::Answered(description) => {
                self.set_remote(description).await?;
                self.tune().await;
                Ok(())
            }
            Operation::AddCandidate(candidate) => {
                self.add_candidate(candidate).await;
                Ok(())
            }
            Operation::Feed => {
                self.apply_feed().await;
                self.tune().await;
                Ok(())
            }
            Operation::Tune => {
                self.tune().await;
                Ok(())
            }
        }
    }

    async fn offer(&self, restart: bool) -> Result<(), JsValue> {
        let options = RtcOfferOptions::new();
        options.set_ice_restart(restart);
        let offer = self.connection.create_offer_with_rtc_offer_options(&options);
        let offer = JsFuture::from(offer).await?;
        self.set_local(SdpKind::Offer, &offer).await
    }

    async fn accept(&self, description: Description) -> Result<(), JsValue> {
        self.set_remote(description).await?;
        match self.media {
            MediaRole::Send => {
                self.claim_transceivers();
                self.apply_feed().await;
            }
            MediaRole::None => self.decline_transceivers(),
            MediaRole::Receive => {}
        }
        let answer = JsFuture::from(self.connection.create_answer()).await?;
        self.set_local(SdpKind::Answer, &answer).await?;
        self.tune().await;
        Ok(())
    }

    async fn set_local(&self, kind: SdpKind, description: &JsValue) -> Result<(), JsValue> {
        let sdp = js::text(description, "sdp").unwrap_or_default();
        let init = description.unchecked_ref::<RtcSessionDescriptionInit>();
        JsFuture::from(self.connection.set_local_description(init)).await?;
        (self.emit)(LinkEvent::Described(Description { kind, sdp }));
        Ok(())
    }

    async fn set_remote(&self, description: Description) -> Result<(), JsValue> {
        let init = RtcSessionDescriptionInit::new(match description.kind {
            SdpKind::Offer => RtcSdpType::Offer,
            SdpKind::Answer => RtcSdpType::Answer,
        });
        if self.media == MediaRole::Send {
            init.set_sdp(&sdp::start_bitrate(&description.sdp, START_BITRATE));
        } else {
            init.set_sdp(&description.sdp);
        }
        JsFuture::from(self.connection.set_remote_description(&init)).await?;
        Ok(())
    }

    /// A candidate that the browser cannot use (another address family, a name that does not
    /// resolve, nonsense) is no reason to give the link up: others may work.
    async fn add_candidate(&self, candidate: Candidate) {
        let init = RtcIceCandidateInit::new(&candidate.candidate);
        init.set_sdp_mid(candidate.sdp_mid.as_deref());
        init.set_sdp_m_line_index(candidate.sdp_m_line_index);
        if let Some(fragment) = candidate.username_fragment {
            js::set(&init, "usernameFragment", fragment);
        }
        let added = self.connection.add_ice_candidate_with_opt_rtc_ice_candidate_init(Some(&init));
        if let Err(error) = JsFuture::from(added).await {
            tracing::debug!("candidate not usable: {}", js::message(&error));
        }
    }

    /// Turns the transceivers of an offer that asks for media into senders. One that an offer
    /// created is `recvonly` until then, which would answer `recvonly` with `inactive`.
    fn claim_transceivers(&self) {
        let mut senders = self.senders.borrow_mut();
        for transceiver in self.transceivers() {
            let sender = transceiver.sender();
            if !senders.take(&transceiver.receiver().track().kind(), sender.clone()) {
                continue;
            }
            transceiver.set_direction(RtcRtpTransceiverDirection::Sendonly);
            // Not in every browser; without it the tracks arrive without a stream id.
            if let (Some(set), Some(stream)) = (js::method(&sender, "setStreams"), &self.stream) {
                let _ = set.call1(&sender, stream);
            }
        }
    }

    /// Takes no media where none was agreed on; the browser would receive what is offered.
    fn decline_transceivers(&self) {
        for transceiver in self.transceivers() {
            transceiver.set_direction(RtcRtpTransceiverDirection::Inactive);
        }
    }

    fn transceivers(&self) -> impl Iterator<Item = RtcRtpTransceiver> {
        let transceivers = self.connection.get_transceivers();
        transceivers.into_iter().filter_map(|transceiver| transceiver.dyn_into().ok())
    }

    async fn apply_feed(&self) {
        let tracks = self.outgoing.borrow().clone();
        let (audio, video) = {
            let senders = self.senders.borrow();
            (senders.audio.clone(), senders.video.clone())
        };
        // The picture is waited for more than the sound.
        for (sender, track) in [(video, tracks.video), (audio, tracks.audio)] {
            if let Some(sender) = sender {
                replace(&sender, track).await;
            }
        }
    }

    /// Limits what the picture takes of the uplink.
    async fn tune(&self) {
        let sender = self.senders.borrow().video.clone();
        if let Some(sender) = sender {
            media::encode(&sender, self.quality.get()).await;
        }
    }
}

impl Senders {
    /// Keeps `sender` if it is the first of its kind, or the one that is kept already.
    fn take(&mut self, kind: &str, sender: RtcRtpSender) -> bool {
        let place = match kind {
            "audio" => &mut self.audio,
            "video" => &mut self.video,
            _ => return false,
        };
        *place.get_or_insert_with(|| sender.clone()) == sender
    }
}

async fn replace(sender: &RtcRtpSender, track: Option<MediaStreamTrack>) {
    if sender.track() == track {
        return;
    }
    if let Err(error) = JsFuture::from(sender.replace_track(track.as_ref())).await {
        tracing::debug!("track not replaced: {}", js::message(&error));
    }
}

/// The candidate of an event; `None` for the empty ones that mark the end, which PeerJS does not
/// send either.
fn local_candidate(event: &RtcPeerConnectionIceEvent) -> Option<Candidate> {
    let candidate = event.candidate()?;
    let line = candidate.candidate();
    (!line.is_empty()).then(|| Candidate {
        candidate: line,
        sdp_mid: candidate.sdp_mid(),
        sdp_m_line_index: candidate.sdp_m_line_index(),
        username_fragment: js::text(&candidate, "usernameFragment"),
    })
}
