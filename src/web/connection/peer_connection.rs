//! An `RTCPeerConnection` with its data channel and its transceivers: offers, answers, candidates
//! and the tracks of its senders.

use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;

use gloo_events::EventListener;
use js_sys::Array;
use live_core::node::{Candidate, Channel, Description, LinkEvent, MediaRole, SdpKind};
use live_core::quality::Quality;
use live_core::view::GatheringKind;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    MediaStream, MediaStreamTrack, RtcBundlePolicy, RtcConfiguration, RtcDataChannelEvent,
    RtcDataChannelInit, RtcIceCandidateInit, RtcOfferOptions, RtcPeerConnection,
    RtcPeerConnectionIceEvent, RtcPeerConnectionState, RtcRtpSender, RtcRtpTransceiver,
    RtcRtpTransceiverDirection as Direction, RtcRtpTransceiverInit, RtcSdpType,
    RtcSessionDescriptionInit, RtcTrackEvent,
};

use crate::connection::channel::DataChannel;
use crate::connection::ice::IceServer;
use crate::connection::sdp;
use crate::media::{TrackPair, encoder};
use crate::platform::js;

/// Initial bandwidth estimate in kbit/s; see [`sdp::start_bitrate`].
const START_BITRATE: u32 = 1_500;

/// The browser objects of one link. `Link` owns it, its listeners and its running operation.
pub(super) struct PeerConnection {
    connection: RtcPeerConnection,
    media: MediaRole,
    emit: Rc<dyn Fn(LinkEvent)>,
    channel: RefCell<Option<DataChannel>>,
    remote: RefCell<TrackPair>,
    outgoing: RefCell<TrackPair>,
    senders: RefCell<Senders>,
    quality: Cell<Quality>,
    /// Gives the sent tracks a common stream id, so that the receiver keeps them in sync.
    stream: Option<MediaStream>,
}

#[derive(Default)]
struct Senders {
    audio: Option<RtcRtpSender>,
    video: Option<RtcRtpSender>,
}

/// Asynchronous work; one operation at a time.
pub(super) enum Operation {
    Offer { restart: bool },
    Accept(Description),
    Answered(Description),
    AddCandidate(Candidate),
    Feed,
    LimitEncoder,
}

impl PeerConnection {
    pub(super) fn new(
        ice_servers: &[IceServer],
        media: MediaRole,
        quality: Quality,
        emit: Rc<dyn Fn(LinkEvent)>,
    ) -> Result<Self, JsValue> {
        let configuration = RtcConfiguration::new();
        configuration.set_ice_servers(&IceServer::to_js(ice_servers));
        configuration.set_bundle_policy(RtcBundlePolicy::MaxBundle);
        Ok(Self {
            connection: RtcPeerConnection::new_with_configuration(&configuration)?,
            media,
            emit,
            channel: RefCell::default(),
            remote: RefCell::default(),
            outgoing: RefCell::default(),
            senders: RefCell::default(),
            quality: Cell::new(quality),
            stream: MediaStream::new().ok(),
        })
    }

    /// Turns the connection's events into link events. Weak references: `Link` owns the listeners.
    pub(super) fn listen(this: &Rc<Self>) -> [EventListener; 4] {
        let on = |kind: &'static str, handle: fn(&Self, &web_sys::Event)| {
            let weak = Rc::downgrade(this);
            EventListener::new(&this.connection, kind, move |event| {
                if let Some(this) = weak.upgrade() {
                    handle(&this, event);
                }
            })
        };
        [
            on("icecandidate", |this, event| {
                if let Some(candidate) = event.dyn_ref().and_then(local_candidate) {
                    this.emit(LinkEvent::Candidate(candidate));
                }
            }),
            on("connectionstatechange", |this, _| {
                let event = match this.connection.connection_state() {
                    RtcPeerConnectionState::Connected => LinkEvent::Connected,
                    RtcPeerConnectionState::Disconnected => LinkEvent::Disconnected,
                    RtcPeerConnectionState::Failed => LinkEvent::IceFailed,
                    RtcPeerConnectionState::Closed => LinkEvent::ChannelClosed,
                    _ => return,
                };
                this.emit(event);
            }),
            on("datachannel", |this, event| {
                if let Some(event) = event.dyn_ref::<RtcDataChannelEvent>() {
                    this.accept_channel(event);
                }
            }),
            on("track", |this, event| {
                if let Some(event) = event.dyn_ref::<RtcTrackEvent>() {
                    this.accept_track(event);
                }
            }),
        ]
    }

    pub(super) fn media(&self) -> MediaRole {
        self.media
    }

    pub(super) fn raw(&self) -> &RtcPeerConnection {
        &self.connection
    }

    pub(super) fn channel(&self) -> Ref<'_, Option<DataChannel>> {
        self.channel.borrow()
    }

    pub(super) fn remote_tracks(&self) -> TrackPair {
        self.remote.borrow().clone()
    }

    pub(super) fn emit(&self, event: LinkEvent) {
        (self.emit)(event);
    }

    pub(super) fn emitter(&self) -> Rc<dyn Fn(LinkEvent)> {
        self.emit.clone()
    }

    /// Returns whether this is a change, which [`Operation::Feed`] applies.
    pub(super) fn set_outgoing(&self, tracks: TrackPair) -> bool {
        let changed = *self.outgoing.borrow() != tracks;
        if changed {
            *self.outgoing.borrow_mut() = tracks;
        }
        changed
    }

    /// Returns whether this is a change, which [`Operation::LimitEncoder`] applies.
    pub(super) fn set_quality(&self, quality: Quality) -> bool {
        self.quality.replace(quality) != quality
    }

    pub(super) fn create_channel(&self, channel: &Channel) {
        let init = RtcDataChannelInit::new();
        init.set_ordered(channel.ordered);
        let channel =
            self.connection.create_data_channel_with_data_channel_dict(&channel.label, &init);
        *self.channel.borrow_mut() = Some(DataChannel::new(channel, &self.emit));
    }

    pub(super) async fn perform(&self, operation: Operation) -> Result<(), JsValue> {
        match operation {
            Operation::Offer { restart } => self.offer(restart).await,
            Operation::Accept(description) => self.accept(description).await,
            Operation::Answered(description) => {
                self.set_remote(description).await?;
                self.limit_encoder().await;
                Ok(())
            }
            Operation::AddCandidate(candidate) => {
                self.add_candidate(candidate).await;
                Ok(())
            }
            Operation::Feed => {
                self.replace_tracks().await;
                self.limit_encoder().await;
                Ok(())
            }
            Operation::LimitEncoder => {
                self.limit_encoder().await;
                Ok(())
            }
        }
    }

    /// A link has one data channel; any other is closed.
    fn accept_channel(&self, event: &RtcDataChannelEvent) {
        let mut channel = self.channel.borrow_mut();
        if channel.is_some() {
            event.channel().close();
            return;
        }
        *channel = Some(DataChannel::new(event.channel(), &self.emit));
    }

    fn accept_track(&self, event: &RtcTrackEvent) {
        let expected = match self.media {
            MediaRole::Receive | MediaRole::Both => true,
            MediaRole::Call(gathering) => {
                kinds_of(gathering).contains(&event.track().kind().as_str())
            }
            MediaRole::Send | MediaRole::None => false,
        };
        if !expected {
            return;
        }
        js::minimise_jitter_buffer(&event.receiver());
        let mut remote = self.remote.borrow_mut();
        remote.add(event.track());
        self.emit(LinkEvent::Tracks(remote.presence()));
    }

    async fn offer(&self, restart: bool) -> Result<(), JsValue> {
        if !restart {
            self.add_transceivers();
        }
        let options = RtcOfferOptions::new();
        options.set_ice_restart(restart);
        let offer = self.connection.create_offer_with_rtc_offer_options(&options);
        let offer = JsFuture::from(offer).await?;
        self.set_local(SdpKind::Offer, offer.unchecked_ref()).await
    }

    async fn accept(&self, description: Description) -> Result<(), JsValue> {
        self.set_remote(description).await?;
        match self.media {
            MediaRole::Send => self.claim_transceivers(Direction::Sendonly).await,
            MediaRole::Both => self.claim_transceivers(Direction::Sendrecv).await,
            MediaRole::Call(gathering) => self.mirror_transceivers(gathering).await,
            MediaRole::None => self.decline_transceivers(),
            MediaRole::Receive => {}
        }
        let answer = JsFuture::from(self.connection.create_answer()).await?;
        self.set_local(SdpKind::Answer, answer.unchecked_ref()).await?;
        self.limit_encoder().await;
        Ok(())
    }

    async fn set_local(
        &self,
        kind: SdpKind,
        description: &RtcSessionDescriptionInit,
    ) -> Result<(), JsValue> {
        let sdp = description.get_sdp().unwrap_or_default();
        JsFuture::from(self.connection.set_local_description(description)).await?;
        self.emit(LinkEvent::Described(Description { kind, sdp }));
        Ok(())
    }

    async fn set_remote(&self, description: Description) -> Result<(), JsValue> {
        let init = RtcSessionDescriptionInit::new(match description.kind {
            SdpKind::Offer => RtcSdpType::Offer,
            SdpKind::Answer => RtcSdpType::Answer,
        });
        if self.sends() {
            init.set_sdp(&sdp::start_bitrate(&description.sdp, START_BITRATE));
        } else {
            init.set_sdp(&description.sdp);
        }
        JsFuture::from(self.connection.set_remote_description(&init)).await?;
        Ok(())
    }

    /// An unusable candidate (another address family, an unresolvable name, malformed) does not
    /// fail the link, because other candidates may work.
    async fn add_candidate(&self, candidate: Candidate) {
        let init = RtcIceCandidateInit::new(&candidate.candidate);
        init.set_sdp_mid(candidate.sdp_mid.as_deref());
        init.set_sdp_m_line_index(candidate.sdp_m_line_index);
        if let Some(fragment) = &candidate.username_fragment {
            js::set_username_fragment(&init, fragment);
        }
        let added = self.connection.add_ice_candidate_with_opt_rtc_ice_candidate_init(Some(&init));
        if let Err(error) = JsFuture::from(added).await {
            tracing::debug!("candidate not usable: {}", js::message(&error));
        }
    }

    fn add_transceivers(&self) {
        let (kinds, directions): (&[&str], &[Direction]) = match self.media {
            MediaRole::None => return,
            MediaRole::Receive => (&KINDS, &[Direction::Recvonly]),
            MediaRole::Send => (&KINDS, &[Direction::Sendonly]),
            MediaRole::Both => (&KINDS, &[Direction::Sendrecv]),
            MediaRole::Call(gathering) => {
                (kinds_of(gathering), &[Direction::Sendonly, Direction::Recvonly])
            }
        };
        for (kind, direction) in
            kinds.iter().flat_map(|kind| directions.iter().map(move |it| (kind, it)))
        {
            let sends = *direction != Direction::Recvonly;
            let init = RtcRtpTransceiverInit::new();
            init.set_direction(*direction);
            if let Some(stream) = self.stream.as_ref().filter(|_| sends) {
                init.set_streams(&Array::of1(stream));
            }
            let transceiver = self.connection.add_transceiver_with_str_and_init(kind, &init);
            if sends {
                self.senders.borrow_mut().claim(kind, transceiver.sender());
            }
        }
    }

    /// Whether it sends a stream.
    fn sends(&self) -> bool {
        matches!(self.media, MediaRole::Send | MediaRole::Both)
    }

    /// Turns the transceivers of an offer that asks for media into senders. The offer created them
    /// as `recvonly`, and answering `recvonly` with that would give `inactive`.
    async fn claim_transceivers(&self, direction: Direction) {
        for transceiver in self.transceivers() {
            self.claim(&transceiver, direction);
        }
        self.replace_tracks().await;
    }

    /// Makes it a sender if there is none of its kind. Returns whether it is the one that is kept.
    fn claim(&self, transceiver: &RtcRtpTransceiver, direction: Direction) -> bool {
        let sender = transceiver.sender();
        let kind = transceiver.receiver().track().kind();
        let is_kept = self.senders.borrow_mut().claim(&kind, sender.clone());
        if is_kept {
            transceiver.set_direction(direction);
            if let Some(stream) = &self.stream {
                js::set_streams(&sender, stream);
            }
        }
        is_kept
    }

    /// Receives over the transceivers that the other side sends on, and sends over those on which
    /// it receives. It sends on those whose tracks were announced before the offer was set; their
    /// direction does not tell, for an offer makes all of them `recvonly`.
    async fn mirror_transceivers(&self, gathering: GatheringKind) {
        let kinds = kinds_of(gathering);
        let remote = self.remote_tracks();
        for transceiver in self.transceivers() {
            let track = transceiver.receiver().track();
            let is_received = remote.iter().any(|received| *received == track);
            let wanted = kinds.contains(&track.kind().as_str());
            if !wanted || (!is_received && !self.claim(&transceiver, Direction::Sendonly)) {
                transceiver.set_direction(Direction::Inactive);
            }
        }
        self.replace_tracks().await;
    }

    /// Without this, the browser would receive the offered media although no role needs it.
    fn decline_transceivers(&self) {
        for transceiver in self.transceivers() {
            transceiver.set_direction(Direction::Inactive);
        }
    }

    fn transceivers(&self) -> impl Iterator<Item = RtcRtpTransceiver> {
        let transceivers = self.connection.get_transceivers();
        transceivers.into_iter().filter_map(|transceiver| transceiver.dyn_into().ok())
    }

    async fn replace_tracks(&self) {
        let tracks = self.outgoing.borrow().clone();
        let (audio, video) = {
            let senders = self.senders.borrow();
            (senders.audio.clone(), senders.video.clone())
        };
        // Video first: viewers notice its delay more.
        for (sender, track) in [(video, tracks.video), (audio, tracks.audio)] {
            if let Some(sender) = sender {
                replace_track(&sender, track).await;
            }
        }
    }

    async fn limit_encoder(&self) {
        let sender = self.senders.borrow().video.clone();
        if let Some(sender) = sender {
            encoder::limit(&sender, self.quality.get()).await;
        }
    }
}

/// The kinds of media.
const KINDS: [&str; 2] = ["audio", "video"];

/// The kinds of media that a gathering has.
fn kinds_of(gathering: GatheringKind) -> &'static [&'static str] {
    match gathering {
        GatheringKind::Conference => &KINDS,
        GatheringKind::Voice => &["audio"],
    }
}

impl Senders {
    /// Keeps `sender` if it is the first of its kind. Returns whether it is the one that is kept.
    fn claim(&mut self, kind: &str, sender: RtcRtpSender) -> bool {
        let slot = match kind {
            "audio" => &mut self.audio,
            "video" => &mut self.video,
            _ => return false,
        };
        *slot.get_or_insert_with(|| sender.clone()) == sender
    }
}

async fn replace_track(sender: &RtcRtpSender, track: Option<MediaStreamTrack>) {
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
        username_fragment: js::username_fragment(&candidate),
    })
}
