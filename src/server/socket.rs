//! The WebSockets: frames from clients go to the realm, and the realm's outputs to the clients.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use live_core::signal::realm::{Input, Options, Output, Realm, SocketId, Stats};
use live_core::time::Time;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout};

/// Bytes that may be queued for one socket; a socket that does not drain them is closed. Enough for
/// the offers of a few thousand newcomers who dial a host at once.
const OUTBOX_BYTES: usize = 8 * 1024 * 1024;
/// What a queued frame counts for in addition to its text.
const FRAME_OVERHEAD: usize = 128;
/// How long sending one frame may take.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// How long closing a socket may take.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(900);
/// The precision of the realm's time-outs.
const TICK_INTERVAL: Duration = Duration::from_millis(100);

/// The query parameters of a client's WebSocket address.
#[derive(Debug, Default)]
pub(crate) struct Params {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) key: String,
}

/// The realm and its open sockets.
pub(crate) struct Hub {
    state: Mutex<State>,
    started: Instant,
    /// The number of open sockets, registered or not.
    open: watch::Sender<usize>,
}

/// The values behind `/metrics`.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) stats: Stats,
    pub(crate) peers: usize,
    pub(crate) queues: usize,
    pub(crate) reservations: usize,
    pub(crate) sockets: usize,
    pub(crate) overflows: u64,
}

struct State {
    realm: Realm,
    outboxes: HashMap<SocketId, Outbox>,
    next: u64,
    closing: bool,
    overflows: u64,
}

/// The sending end of a socket's queue. Dropping it closes the socket after the queued frames.
struct Outbox {
    /// Bounded by `space`.
    frames: mpsc::UnboundedSender<QueuedFrame>,
    /// One permit per byte.
    space: Arc<Semaphore>,
    /// Closes the socket at once.
    abort: oneshot::Sender<()>,
}

struct QueuedFrame {
    text: Utf8Bytes,
    /// Returned to the outbox when the frame has been sent.
    _space: OwnedSemaphorePermit,
}

/// The socket task's ends of the channels in an [`Outbox`].
struct Inlet {
    frames: mpsc::UnboundedReceiver<QueuedFrame>,
    aborted: oneshot::Receiver<()>,
}

impl Hub {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            state: Mutex::new(State {
                realm: Realm::new(options),
                outboxes: HashMap::new(),
                next: 0,
                closing: false,
                overflows: 0,
            }),
            started: Instant::now(),
            open: watch::Sender::new(0),
        }
    }

    /// Serves one socket until it is closed.
    pub(crate) async fn serve(self: Arc<Self>, mut socket: WebSocket, params: Params) {
        self.open.send_modify(|open| *open += 1);
        if let Some((id, Inlet { frames, aborted })) = self.open(&params) {
            tokio::select! {
                Ok(()) = aborted => {}
                () = self.exchange(id, &mut socket, frames) => {}
            }
            let mut state = self.lock();
            state.outboxes.remove(&id);
            state.handle(self.now(), Input::Closed { socket: id });
        }
        self.open.send_modify(|open| *open -= 1);
    }

    /// Drives the realm's time-outs; never returns.
    pub(crate) async fn tick(&self) {
        loop {
            tokio::time::sleep(TICK_INTERVAL).await;
            self.lock().handle(self.now(), Input::Tick);
        }
    }

    /// Closes every socket and refuses new ones.
    pub(crate) fn close_all(&self) {
        let mut state = self.lock();
        state.closing = true;
        state.outboxes.clear();
    }

    /// Waits until no socket is open.
    pub(crate) async fn all_closed(&self) {
        // It only fails if the sender is dropped, and `self` owns the sender.
        let _ = self.open.subscribe().wait_for(|open| *open == 0).await;
    }

    /// Reads from the realm.
    pub(crate) fn with_realm<T>(&self, read: impl FnOnce(&Realm) -> T) -> T {
        read(&self.lock().realm)
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let state = self.lock();
        Snapshot {
            stats: *state.realm.stats(),
            peers: state.realm.len(),
            queues: state.realm.queues(),
            reservations: state.realm.reservations(),
            sockets: *self.open.borrow(),
            overflows: state.overflows,
        }
    }

    /// The current moment on the realm's clock.
    pub(crate) fn now(&self) -> Time {
        let millis = self.started.elapsed().as_millis();
        Time::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }

    /// Registers a socket with the realm; `None` while the server stops.
    fn open(&self, params: &Params) -> Option<(SocketId, Inlet)> {
        let (frames, receiver) = mpsc::unbounded_channel();
        let (abort, aborted) = oneshot::channel();
        let mut state = self.lock();
        if state.closing {
            return None;
        }
        let socket = SocketId(state.next);
        state.next += 1;
        let space = Arc::new(Semaphore::new(OUTBOX_BYTES));
        state.outboxes.insert(socket, Outbox { frames, space, abort });
        let input =
            Input::Connect { socket, id: &params.id, token: &params.token, key: &params.key };
        state.handle(self.now(), input);
        Some((socket, Inlet { frames: receiver, aborted }))
    }

    /// Passes frames in both directions until the socket is closed.
    async fn exchange(
        &self,
        id: SocketId,
        socket: &mut WebSocket,
        mut frames: mpsc::UnboundedReceiver<QueuedFrame>,
    ) {
        // A frame above the socket's rate. Nothing else is read until it may pass, so that TCP slows
        // the sender down.
        let mut held: Option<(Instant, Utf8Bytes)> = None;
        loop {
            let release = held.as_ref().map_or_else(Instant::now, |(release, _)| *release);
            let text = tokio::select! {
                frame = frames.recv() => {
                    let Some(frame) = frame else {
                        return close(socket).await;
                    };
                    let message = Message::Text(frame.text.clone());
                    let sent = timeout(SEND_TIMEOUT, socket.send(message)).await;
                    if !matches!(sent, Ok(Ok(()))) {
                        return;
                    }
                    continue;
                }
                () = sleep_until(release), if held.is_some() => {
                    let Some((_, text)) = held.take() else { continue };
                    text
                }
                message = socket.recv(), if held.is_none() => match message {
                    Some(Ok(Message::Text(text))) => text,
                    // PeerServer accepts JSON in binary frames as well. Invalid UTF-8 is a bad frame.
                    Some(Ok(Message::Binary(bytes))) => bytes.try_into().unwrap_or_default(),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    Some(Ok(Message::Close(_))) => return close(socket).await,
                    Some(Err(_)) | None => return,
                },
            };
            held = self.receive(id, &text).map(|release| (release, text));
        }
    }

    /// Passes a frame to the realm, or returns until when it has to be held back.
    fn receive(&self, socket: SocketId, text: &str) -> Option<Instant> {
        let mut state = self.lock();
        let now = self.now();
        if let Some(release) = state.realm.hold_until(now, socket, text) {
            return Some(self.started + Duration::from_millis(release.as_millis()));
        }
        state.handle(now, Input::Text { socket, text });
        None
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn handle(&mut self, now: Time, input: Input<'_>) {
        self.realm.handle(now, input);
        while let Some(output) = self.realm.poll() {
            match output {
                Output::Send { socket, text } => self.send(now, socket, text),
                Output::Close { socket } => {
                    self.outboxes.remove(&socket);
                }
            }
        }
    }

    fn send(&mut self, now: Time, socket: SocketId, text: String) {
        let Some(outbox) = self.outboxes.get(&socket) else {
            return;
        };
        let size = u32::try_from(text.len() + FRAME_OVERHEAD).unwrap_or(u32::MAX);
        if let Ok(space) = Arc::clone(&outbox.space).try_acquire_many_owned(size) {
            // It fails if the socket's task has ended, which tells the realm itself.
            let _ = outbox.frames.send(QueuedFrame { text: text.into(), _space: space });
            return;
        }
        tracing::debug!(socket = socket.0, "closed, because its outbox is full");
        self.overflows += 1;
        if let Some(outbox) = self.outboxes.remove(&socket) {
            // It fails if the socket is closing already.
            let _ = outbox.abort.send(());
        }
        self.realm.handle(now, Input::Closed { socket });
    }
}

/// Closes without a code and reads to the end: closing a TCP connection with unread data resets it,
/// and the client would lose the last frames.
async fn close(socket: &mut WebSocket) {
    let _ = timeout(CLOSE_TIMEOUT, async {
        let _ = socket.send(Message::Close(None)).await;
        while let Some(Ok(_)) = socket.recv().await {}
    })
    .await;
}
