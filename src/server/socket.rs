//! The sockets: what comes in goes to the realm, what the realm says goes out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use live_core::signal::realm::{Input, Options, Output, Realm, SocketId, Stats};
use live_core::time::Time;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout};

/// Frames that wait for one socket; one that does not drain them is closed.
const OUTBOX: usize = 256;
/// How long one frame may take to leave.
const SEND_TIME: Duration = Duration::from_secs(10);
/// How long the closing of a socket may take.
const CLOSE_TIME: Duration = Duration::from_millis(900);
/// How exactly the realm's time-outs are kept.
const TICK: Duration = Duration::from_millis(100);

/// What a client says of itself in the address of its socket.
#[derive(Debug, Default)]
pub(crate) struct Params {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) key: String,
}

/// The realm and the sockets that it speaks through.
pub(crate) struct Hub {
    state: Mutex<State>,
    started: Instant,
    /// How many sockets are open, registered or not.
    open: watch::Sender<usize>,
}

/// Figures for the metrics.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) stats: Stats,
    pub(crate) peers: usize,
    pub(crate) queues: usize,
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

/// The realm's end of a socket. Dropping it closes the socket once the frames are sent.
struct Outbox {
    frames: mpsc::Sender<Utf8Bytes>,
    /// Closes the socket at once.
    abort: oneshot::Sender<()>,
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
        if let Some((id, frames, aborted)) = self.open(&params) {
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

    /// Keeps the realm's time-outs; never returns.
    pub(crate) async fn tick(&self) {
        loop {
            tokio::time::sleep(TICK).await;
            self.lock().handle(self.now(), Input::Tick);
        }
    }

    /// Closes every socket and lets no other in.
    pub(crate) fn close_all(&self) {
        let mut state = self.lock();
        state.closing = true;
        state.outboxes.clear();
    }

    /// Waits until no socket is open.
    pub(crate) async fn all_closed(&self) {
        // It fails only if the sender is gone, and the sender is here.
        let _ = self.open.subscribe().wait_for(|open| *open == 0).await;
    }

    /// Looks at the realm.
    pub(crate) fn with_realm<T>(&self, look: impl FnOnce(&Realm) -> T) -> T {
        look(&self.lock().realm)
    }

    pub(crate) fn figures(&self) -> Figures {
        let state = self.lock();
        Figures {
            stats: *state.realm.stats(),
            peers: state.realm.len(),
            queues: state.realm.queues(),
            sockets: *self.open.borrow(),
            overflows: state.overflows,
        }
    }

    /// The moment as the realm counts.
    pub(crate) fn now(&self) -> Time {
        let millis = self.started.elapsed().as_millis();
        Time::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }

    fn open(
        &self,
        params: &Params,
    ) -> Option<(SocketId, mpsc::Receiver<Utf8Bytes>, oneshot::Receiver<()>)> {
        let (frames, receiver) = mpsc::channel(OUTBOX);
        let (abort, aborted) = oneshot::channel();
        let mut state = self.lock();
        if state.closing {
            return None;
        }
        let socket = SocketId(state.next);
        state.next += 1;
        state.outboxes.insert(socket, Outbox { frames, abort });
        let input =
            Input::Connect { socket, id: &params.id, token: &params.token, key: &params.key };
        state.handle(self.now(), input);
        Some((socket, receiver, aborted))
    }

    async fn exchange(
        &self,
        id: SocketId,
        socket: &mut WebSocket,
        mut frames: mpsc::Receiver<Utf8Bytes>,
    ) {
        // A frame above the socket's rate. Nothing more is read until it may pass, so TCP makes the
        // sender wait.
        let mut held: Option<(Instant, Utf8Bytes)> = None;
        loop {
            let release = held.as_ref().map_or_else(Instant::now, |(release, _)| *release);
            let text = tokio::select! {
                frame = frames.recv() => {
                    let Some(text) = frame else {
                        return close(socket).await;
                    };
                    let sent = timeout(SEND_TIME, socket.send(Message::Text(text))).await;
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
                    // PeerServer takes JSON in binary frames, too.
                    Some(Ok(Message::Binary(bytes))) => bytes.try_into().unwrap_or_default(),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    Some(Ok(Message::Close(_))) => return close(socket).await,
                    Some(Err(_)) | None => return,
                },
            };
            held = self.text(id, &text).map(|release| (release, text));
        }
    }

    /// Handles a frame, unless it has to be held back; returns until when.
    fn text(&self, socket: SocketId, text: &str) -> Option<Instant> {
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
        if let Err(TrySendError::Full(_)) = outbox.frames.try_send(text.into()) {
            tracing::debug!(socket = socket.0, "too slow, closed");
            self.overflows += 1;
            if let Some(outbox) = self.outboxes.remove(&socket) {
                // Unless it is closing already.
                let _ = outbox.abort.send(());
            }
            self.realm.handle(now, Input::Closed { socket });
        }
    }
}

/// Closes without a code and reads what is still on its way: closing a connection on top of
/// unread data would destroy what was just sent.
async fn close(socket: &mut WebSocket) {
    let _ = timeout(CLOSE_TIME, async {
        let _ = socket.send(Message::Close(None)).await;
        while let Some(Ok(_)) = socket.recv().await {}
    })
    .await;
}
