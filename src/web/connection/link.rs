//! One link: the handle that the engine holds, and the queue of its operations.

use core::time::Duration;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::StreamExt;
use gloo_events::EventListener;
use gloo_timers::future::TimeoutFuture;
use live_core::node::{Channel, LinkAction, LinkEvent, MediaRole};
use live_core::quality::Quality;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::RtcPeerConnection;

use crate::connection::channel::{DataChannel, Frame};
use crate::connection::ice::IceServer;
use crate::connection::media_monitor::MediaMonitor;
use crate::connection::peer_connection::{Operation, PeerConnection};
use crate::connection::send_monitor;
use crate::media::TrackPair;
use crate::platform::js;
use crate::platform::task::Task;

/// How long a closed link may take to send what is still buffered.
const LINGER_MILLIS: u32 = 300;
const LINGER_STEP_MILLIS: u32 = 10;

/// One negotiated connection; dropping it closes it at once, without events.
pub struct Link {
    peer: Rc<PeerConnection>,
    operations: UnboundedSender<Operation>,
    lingers: Cell<bool>,
    media_monitor: RefCell<Option<MediaMonitor>>,
    send_monitor: RefCell<Option<Task>>,
    _runner: Task,
    _listeners: [EventListener; 4],
}

impl Link {
    /// Performs [`LinkAction::Open`], with video of at most `quality`. `emit` is called from
    /// browser callbacks and only enqueues.
    pub fn open(
        ice_servers: &[IceServer],
        channel: Option<&Channel>,
        media: MediaRole,
        quality: Quality,
        emit: impl Fn(LinkEvent) + 'static,
    ) -> Result<Self, JsValue> {
        let peer = Rc::new(PeerConnection::new(ice_servers, media, quality, Rc::new(emit))?);
        let listeners = PeerConnection::listen(&peer);
        if let Some(channel) = channel {
            peer.create_channel(channel);
        }
        let (operations, queue) = unbounded();
        Ok(Self {
            _runner: Task::spawn(run(peer.clone(), queue)),
            _listeners: listeners,
            lingers: Cell::new(false),
            media_monitor: RefCell::default(),
            send_monitor: RefCell::default(),
            operations,
            peer,
        })
    }

    /// Performs every action but `Open`, `Feed` and `Close`, which need the engine.
    pub fn perform(&self, action: LinkAction) {
        let operation = match action {
            LinkAction::Offer { restart } => Operation::Offer { restart },
            LinkAction::Accept(description) => Operation::Accept(description),
            LinkAction::Answered(description) => Operation::Answered(description),
            LinkAction::AddCandidate(candidate) => Operation::AddCandidate(candidate),
            LinkAction::Send(bytes) => return self.send(Frame::Binary(bytes)),
            LinkAction::SendText(text) => return self.send(Frame::Text(text)),
            LinkAction::Watch(timeout) => return self.monitor_media(timeout),
            LinkAction::Open { .. } | LinkAction::Feed(_) | LinkAction::Close => return,
        };
        self.enqueue(operation);
    }

    /// Sends these tracks from now on.
    pub fn feed(&self, tracks: TrackPair) {
        let feeds = !tracks.is_empty();
        if !self.peer.set_outgoing(tracks) {
            return;
        }
        self.enqueue(Operation::Feed);
        // What a call can send is no measure of the slots for children.
        if self.is_call() {
            return;
        }
        let mut monitor = self.send_monitor.borrow_mut();
        if !feeds {
            *monitor = None;
        } else if monitor.is_none() {
            let emit = self.peer.emitter();
            *monitor = Some(send_monitor::start(self.connection().clone(), move |e| emit(e)));
        }
    }

    /// Sends video of at most this quality from now on.
    pub fn encode(&self, quality: Quality) {
        if self.peer.set_quality(quality) {
            self.enqueue(Operation::LimitEncoder);
        }
    }

    /// Whether it carries a conversation, in both directions.
    pub fn is_call(&self) -> bool {
        matches!(self.peer.media(), MediaRole::Call(_))
    }

    /// The tracks that arrive over the link.
    pub fn remote_tracks(&self) -> TrackPair {
        self.peer.remote_tracks()
    }

    /// The connection itself, for statistics.
    pub fn connection(&self) -> &RtcPeerConnection {
        self.peer.raw()
    }

    /// Closes the link once everything sent before has left the browser. No event follows.
    pub fn close(self) {
        let channel = self.peer.channel().as_ref().map(|channel| channel.raw().clone());
        let Some(channel) = channel.filter(DataChannel::is_busy) else {
            return;
        };
        self.lingers.set(true);
        let connection = self.connection().clone();
        spawn_local(async move {
            for _ in 0..LINGER_MILLIS / LINGER_STEP_MILLIS {
                TimeoutFuture::new(LINGER_STEP_MILLIS).await;
                if !DataChannel::is_busy(&channel) {
                    break;
                }
            }
            connection.close();
        });
    }

    /// Zero ends the monitoring.
    fn monitor_media(&self, timeout: Duration) {
        let mut monitor = self.media_monitor.borrow_mut();
        if timeout.is_zero() {
            *monitor = None;
            return;
        }
        let emit = self.peer.emitter();
        let connection = self.connection().clone();
        let new = MediaMonitor::start(connection, timeout, monitor.as_ref(), move |e| emit(e));
        *monitor = Some(new);
    }

    fn send(&self, frame: Frame) {
        let result = self.peer.channel().as_ref().map(|channel| channel.send(frame));
        if let Some(Err(error)) = result {
            self.peer.emit(LinkEvent::Failed(js::message(&error)));
        }
    }

    fn enqueue(&self, operation: Operation) {
        // The runner holds the receiver as long as this link lives.
        let _ = self.operations.unbounded_send(operation);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if !self.lingers.get() {
            self.connection().close();
        }
    }
}

/// Performs the operations one after another.
async fn run(peer: Rc<PeerConnection>, mut queue: UnboundedReceiver<Operation>) {
    while let Some(operation) = queue.next().await {
        if let Err(error) = peer.perform(operation).await {
            peer.emit(LinkEvent::Failed(js::message(&error)));
        }
    }
}
