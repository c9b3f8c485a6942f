//! PeerServer's state as a pure state machine, for the server, the tests and the simulator.
//!
//! A realm maps ids to sockets, forwards offers, answers and candidates without reading their
//! payload, and queues them for a limited time if the receiver is not registered yet. It differs
//! from PeerServer where that is safer and PeerJS clients are not affected:
//!
//! - A socket that reopens an id with the same token gets `OPEN`, and the old socket is closed.
//! - `LEAVE` and `EXPIRE` are only forwarded if one of the two peers has sent the other an offer or
//!   an answer, so that a third peer cannot forge them.
//! - A peer that has unregistered (`LEAVE` without `dst`) may send until its id is taken.
//! - The id of a person stays reserved for a while after its socket is closed: meanwhile only the same
//!   token opens it again. Names that peers choose, such as an index's, are free at once.
//! - Ids follow [`PeerId`]'s rule, and everything is bounded (see [`limits`]).
//! - Each socket has a rate limit. Replies to an offer or an answer do not count against it.

use core::time::Duration;
use std::collections::{BTreeSet, VecDeque};

use indexmap::{IndexMap, IndexSet};
use serde_json::value::RawValue;

use self::replies::{Credit, Replies};
use self::reservations::Reservations;
use super::envelope::{Envelope, kind};
use crate::util::id::PeerId;
use crate::util::limits;
use crate::util::time::Time;

mod replies;
mod reservations;
#[cfg(test)]
mod tests;

pub use crate::util::bucket::{Bucket, Rate};

/// A realm's configuration. The defaults are those of PeerServer's command, where it has them.
#[derive(Clone, Debug)]
pub struct Options {
    /// The `key` that clients must send.
    pub key: String,
    /// How long messages are queued for an absent receiver.
    pub expire_timeout: Duration,
    /// How long a socket stays open without a heartbeat.
    pub alive_timeout: Duration,
    /// The maximum number of sockets.
    pub concurrent_limit: usize,
    /// The rate limit of each socket, in frames.
    pub rate: Rate,
    /// How long a person's id is kept for its last holder.
    pub reserve_time: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            key: "peerjs".into(),
            expire_timeout: Duration::from_secs(5),
            alive_timeout: Duration::from_secs(60),
            concurrent_limit: 5_000,
            rate: Rate {
                interval: Duration::from_secs(1) / limits::SIGNAL_RATE,
                burst: limits::SIGNAL_BURST,
            },
            reserve_time: Duration::from_secs(120),
        }
    }
}

/// The driver's handle of a socket; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(pub u64);

/// An event from the driver.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// A socket opened with these query parameters; a missing one is empty.
    Connect {
        /// The new socket.
        socket: SocketId,
        /// The requested id.
        id: &'a str,
        /// The secret that allows it to reopen the id.
        token: &'a str,
        /// The server's key.
        key: &'a str,
    },
    /// A frame arrived. Pass a frame that is not UTF-8 as an empty one: neither is JSON.
    Text {
        /// The socket that it came from.
        socket: SocketId,
        /// The frame.
        text: &'a str,
    },
    /// A socket was closed by the client or by the driver.
    Closed {
        /// The socket.
        socket: SocketId,
    },
    /// Time has passed; see [`Realm::deadline`].
    Tick,
}

/// An action for the driver; the order matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send a frame.
    Send {
        /// The socket to send it to.
        socket: SocketId,
        /// The frame.
        text: String,
    },
    /// Close the socket without a code, after the frames sent before. The realm has removed it.
    Close {
        /// The socket.
        socket: SocketId,
    },
}

/// Counters since the realm was created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Sockets accepted.
    pub opened: u64,
    /// Sockets refused.
    pub refused: u64,
    /// Of those, sockets whose id is kept for another.
    pub reserved: u64,
    /// Sockets replaced by another one with the same id.
    pub replaced: u64,
    /// Sockets closed for lack of heartbeats.
    pub timed_out: u64,
    /// Messages forwarded at once.
    pub forwarded: u64,
    /// Messages queued for an absent receiver.
    pub queued: u64,
    /// Messages whose receiver did not register in time, or that did not fit into the queues.
    pub expired: u64,
    /// Frames that could not be parsed.
    pub bad_frames: u64,
    /// Frames above the rate: held back by the driver, or else ignored.
    pub throttled: u64,
}

/// The state of a signalling server.
///
/// Each operation costs at most the logarithm of the number of sockets.
#[derive(Debug)]
pub struct Realm {
    options: Options,
    sockets: IndexMap<SocketId, Socket>,
    /// The socket of each registered id.
    registered: IndexMap<PeerId, SocketId>,
    /// Sockets that are still open after their `LEAVE`, by their former id.
    departed: IndexMap<PeerId, SocketId>,
    reservations: Reservations,
    /// All sockets by `check_at`.
    liveness: BTreeSet<(Time, SocketId)>,
    /// Messages for ids that are not registered.
    queues: IndexMap<PeerId, Queue>,
    /// All queues by the time at which they expire.
    expiry: BTreeSet<(Time, PeerId)>,
    queued_bytes: usize,
    stats: Stats,
    outputs: VecDeque<Output>,
}

#[derive(Debug)]
struct Socket {
    id: PeerId,
    token: Box<str>,
    last_heartbeat: Time,
    /// When to check `last_heartbeat`. Heartbeats do not move it, so it may be too early.
    check_at: Time,
    bad_frames: u32,
    bucket: Bucket,
    /// The frames that it may send in addition to its rate.
    replies: Replies,
    /// The last peers to which it sent an offer or an answer.
    contacts: IndexSet<PeerId>,
}

#[derive(Debug)]
struct Queue {
    expires: Time,
    messages: Vec<Message>,
}

/// An offer, an answer or a candidate on its way to its receiver.
#[derive(Debug)]
struct Message {
    src: PeerId,
    /// The replies that it entitles its receiver to.
    credit: Credit,
    text: String,
}

impl Realm {
    /// An empty realm.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            sockets: IndexMap::new(),
            registered: IndexMap::new(),
            departed: IndexMap::new(),
            reservations: Reservations::default(),
            liveness: BTreeSet::new(),
            queues: IndexMap::new(),
            expiry: BTreeSet::new(),
            queued_bytes: 0,
            stats: Stats::default(),
            outputs: VecDeque::new(),
        }
    }

    /// Handles an event. Events of unknown or closed sockets have no effect.
    pub fn handle(&mut self, now: Time, input: Input<'_>) {
        self.expire_queues(now);
        self.close_silent(now);
        self.reservations.expire(now);
        match input {
            Input::Connect { socket, id, token, key } => self.connect(now, socket, id, token, key),
            Input::Text { socket, text } => self.text(now, socket, text),
            Input::Closed { socket } => drop(self.remove(now, socket)),
            Input::Tick => {}
        }
    }

    /// The next action. Call it until `None` after every [`handle`](Self::handle).
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to pass [`Input::Tick`] at the latest.
    pub fn deadline(&self) -> Option<Time> {
        let liveness = self.liveness.first().map(|(time, _)| *time);
        let expiry = self.expiry.first().map(|(time, _)| *time);
        liveness.into_iter().chain(expiry).min()
    }

    /// Until when the driver must hold back a frame that is above the socket's rate; `None` if it
    /// may pass the frame to [`handle`](Self::handle) now. The realm ignores a frame that comes
    /// too early. No frame is lost if the driver stops reading from the socket meanwhile.
    pub fn hold_until(&mut self, now: Time, socket: SocketId, text: &str) -> Option<Time> {
        let state = self.sockets.get_mut(&socket)?;
        let ready = state.bucket.ready_at(self.options.rate);
        if ready <= now || text.len() > limits::SIGNAL_FRAME {
            return None;
        }
        if Envelope::parse(text).is_some_and(|message| state.replies.cover(now, &message)) {
            return None;
        }
        // Its heartbeats wait behind this frame.
        state.last_heartbeat = now;
        self.stats.throttled += 1;
        Some(ready)
    }

    /// The registered ids, in a stable order.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = &PeerId> {
        self.registered.keys()
    }

    /// Whether `id` is registered.
    pub fn contains(&self, id: &PeerId) -> bool {
        self.registered.contains_key(id)
    }

    /// How many ids are registered.
    pub fn len(&self) -> usize {
        self.registered.len()
    }

    /// Whether no id is registered.
    pub fn is_empty(&self) -> bool {
        self.registered.is_empty()
    }

    /// How many receivers have messages waiting for them.
    pub fn queues(&self) -> usize {
        self.queues.len()
    }

    /// How many ids are kept for their last holders.
    pub fn reservations(&self) -> usize {
        self.reservations.len()
    }

    /// The counters.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    fn connect(&mut self, now: Time, socket: SocketId, id: &str, token: &str, key: &str) {
        if self.sockets.contains_key(&socket) {
            return;
        }
        // The order of the checks and the messages are PeerServer's.
        if id.is_empty() || token.is_empty() || key.is_empty() {
            let msg = "No id, token, or key supplied to websocket server";
            return self.refuse(socket, kind::ERROR, msg);
        }
        if key != self.options.key {
            return self.refuse(socket, kind::ERROR, "Invalid key provided");
        }
        let Ok(id) = PeerId::new(id) else {
            return self.refuse(socket, kind::ERROR, "Invalid id provided");
        };
        if token.len() > limits::SIGNAL_TOKEN {
            return self.refuse(socket, kind::ERROR, "Invalid token provided");
        }
        let mut state = Socket {
            id: id.clone(),
            token: token.into(),
            last_heartbeat: now,
            check_at: now + self.options.alive_timeout,
            bad_frames: 0,
            bucket: Bucket::default(),
            replies: Replies::default(),
            contacts: IndexSet::new(),
        };
        if let Some(&old) = self.registered.get(&id) {
            let same = (self.sockets.get(&old)).is_some_and(|held| *held.token == *token);
            if !same {
                return self.refuse(socket, kind::ID_TAKEN, "ID is taken");
            }
            if let Some(old) = self.replace(now, old) {
                // Reconnecting does not reset the limits.
                state.bad_frames = old.bad_frames;
                state.bucket = old.bucket;
                state.replies = old.replies;
                state.contacts = old.contacts;
            }
        } else if self.reservations.bars(now, &id, token) {
            self.stats.reserved += 1;
            return self.refuse(socket, kind::ID_TAKEN, "ID is taken");
        } else if let Some(&old) = self.departed.get(&id) {
            self.replace(now, old);
        } else if self.sockets.len() >= self.options.concurrent_limit {
            let msg = "Server has reached its concurrent user limit";
            return self.refuse(socket, kind::ERROR, msg);
        }
        self.reservations.release(&id);
        self.liveness.insert((state.check_at, socket));
        self.sockets.insert(socket, state);
        self.registered.insert(id.clone(), socket);
        self.stats.opened += 1;
        self.send(socket, frame(kind::OPEN, None, None, None));
        for message in self.take_queue(&id) {
            self.deliver(now, socket, message);
        }
    }

    fn text(&mut self, now: Time, socket: SocketId, text: &str) {
        let Some(state) = self.sockets.get_mut(&socket) else {
            return;
        };
        if text.len() > limits::SIGNAL_FRAME {
            self.stats.bad_frames += 1;
            return self.expel(now, socket, "The frame is too large");
        }
        let message = Envelope::parse(text);
        let is_reply = message.as_ref().is_some_and(|message| state.replies.spend(now, message));
        if !is_reply && !state.bucket.take(now, self.options.rate) {
            self.stats.throttled += 1;
            return;
        }
        let Some(message) = message else {
            self.stats.bad_frames += 1;
            state.bad_frames += 1;
            if state.bad_frames >= limits::SIGNAL_BAD_FRAMES {
                self.expel(now, socket, "Too many frames that are no messages");
            }
            return;
        };
        let src = state.id.clone();
        match (&*message.kind, message.dst.as_deref()) {
            (kind::HEARTBEAT, _) => state.last_heartbeat = now,
            (kind::LEAVE, None) => self.unregister(now, socket, src),
            (kind::OFFER | kind::ANSWER | kind::CANDIDATE, Some(dst)) => {
                self.forward_negotiation(now, socket, src, dst, &message);
            }
            (kind::LEAVE | kind::EXPIRE, Some(dst)) => {
                self.forward_notice(socket, &src, dst, &message)
            }
            // PeerServer ignores all others.
            _ => {}
        }
    }

    /// Forwards an offer, an answer or a candidate, or queues it for an absent receiver.
    fn forward_negotiation(
        &mut self,
        now: Time,
        socket: SocketId,
        src: PeerId,
        dst: &str,
        message: &Envelope<'_>,
    ) {
        let lone_candidate = message.kind == kind::CANDIDATE;
        let Ok(id) = PeerId::new(dst) else {
            // The id is invalid and can never be registered.
            self.stats.expired += 1;
            if !lone_candidate && self.registered.get(&src) == Some(&socket) {
                self.send(socket, frame(kind::EXPIRE, Some(dst), Some(src.as_str()), None));
            }
            return;
        };
        if !lone_candidate && let Some(state) = self.sockets.get_mut(&socket) {
            state.remember(&id);
        }
        let text = frame(&message.kind, Some(src.as_str()), Some(dst), message.payload);
        let message = Message { src: src.clone(), credit: Credit::of(&message.kind), text };
        if let Some(&receiver) = self.registered.get(&id) {
            self.stats.forwarded += 1;
            return self.deliver(now, receiver, message);
        }
        if self.enqueue(now, &id, message) {
            self.stats.queued += 1;
            return;
        }
        self.stats.expired += 1;
        // A lost offer is reported once, not again for each candidate; and an offer that was
        // queued may succeed without a candidate that was not.
        if !lone_candidate {
            self.send_expire(&src, &id);
        }
    }

    /// Forwards a `LEAVE` or an `EXPIRE` if one of the peers has contacted the other.
    fn forward_notice(
        &mut self,
        socket: SocketId,
        src: &PeerId,
        dst: &str,
        message: &Envelope<'_>,
    ) {
        let Ok(dst) = PeerId::new(dst) else {
            return;
        };
        let Some(&receiver) = self.registered.get(&dst) else {
            return;
        };
        let knows = |socket: &SocketId, peer: &PeerId| {
            (self.sockets.get(socket)).is_some_and(|state| state.contacts.contains(peer))
        };
        if !knows(&socket, &dst) && !knows(&receiver, src) {
            return;
        }
        self.stats.forwarded += 1;
        let (src, dst) = (src.as_str(), dst.as_str());
        self.send(receiver, frame(&message.kind, Some(src), Some(dst), message.payload));
    }

    /// Unregisters a peer whose socket stays open.
    fn unregister(&mut self, now: Time, socket: SocketId, id: PeerId) {
        if self.registered.get(&id) == Some(&socket) {
            self.registered.swap_remove(&id);
            self.reserve(now, socket);
            self.departed.insert(id, socket);
        }
    }

    /// Rejects a socket that was not registered.
    fn refuse(&mut self, socket: SocketId, kind: &str, msg: &str) {
        self.stats.refused += 1;
        self.send(socket, error_frame(kind, msg));
        self.outputs.push_back(Output::Close { socket });
    }

    /// Closes a socket that violates the protocol.
    fn expel(&mut self, now: Time, socket: SocketId, msg: &str) {
        self.send(socket, error_frame(kind::ERROR, msg));
        self.close(now, socket);
    }

    /// Closes the previous socket of an id; returns its state.
    fn replace(&mut self, now: Time, socket: SocketId) -> Option<Socket> {
        self.stats.replaced += 1;
        self.close(now, socket)
    }

    fn close(&mut self, now: Time, socket: SocketId) -> Option<Socket> {
        self.outputs.push_back(Output::Close { socket });
        self.remove(now, socket)
    }

    /// Keeps a person's id for the peer behind this socket, which has it no longer.
    fn reserve(&mut self, now: Time, socket: SocketId) {
        let time = self.options.reserve_time;
        if let Some(Socket { id, token, .. }) = self.sockets.get(&socket)
            && !time.is_zero()
            && id.is_personal()
        {
            self.reservations.keep(now + time, id, token);
        }
    }

    fn remove(&mut self, now: Time, socket: SocketId) -> Option<Socket> {
        self.reserve(now, socket);
        let state = self.sockets.swap_remove(&socket)?;
        for map in [&mut self.registered, &mut self.departed] {
            if map.get(&state.id) == Some(&socket) {
                map.swap_remove(&state.id);
            }
        }
        self.liveness.remove(&(state.check_at, socket));
        Some(state)
    }

    fn enqueue(&mut self, now: Time, dst: &PeerId, message: Message) -> bool {
        if self.queued_bytes + message.text.len() > limits::SIGNAL_QUEUED_BYTES {
            return false;
        }
        if !self.queues.contains_key(dst) {
            if self.queues.len() >= limits::SIGNAL_QUEUES {
                return false;
            }
            let expires = now + self.options.expire_timeout;
            self.expiry.insert((expires, dst.clone()));
            let messages = Vec::new();
            self.queues.insert(dst.clone(), Queue { expires, messages });
        }
        let Some(queue) = self.queues.get_mut(dst) else {
            return false;
        };
        if queue.messages.len() >= limits::SIGNAL_QUEUE {
            return false;
        }
        self.queued_bytes += message.text.len();
        queue.messages.push(message);
        true
    }

    fn take_queue(&mut self, dst: &PeerId) -> Vec<Message> {
        let Some(queue) = self.queues.swap_remove(dst) else {
            return Vec::new();
        };
        self.expiry.remove(&(queue.expires, dst.clone()));
        let bytes: usize = queue.messages.iter().map(|message| message.text.len()).sum();
        self.queued_bytes -= bytes;
        queue.messages
    }

    /// Drops expired queues and sends each sender one `EXPIRE` per receiver.
    fn expire_queues(&mut self, now: Time) {
        while let Some((time, dst)) = self.expiry.first() {
            if *time > now {
                return;
            }
            let dst = dst.clone();
            let messages = self.take_queue(&dst);
            self.stats.expired += messages.len() as u64;
            let mut notified: Vec<PeerId> = Vec::new();
            for Message { src, .. } in messages {
                if !notified.contains(&src) {
                    self.send_expire(&src, &dst);
                    notified.push(src);
                }
            }
        }
    }

    /// Closes sockets whose last heartbeat is older than the time-out.
    fn close_silent(&mut self, now: Time) {
        while let Some(&(time, socket)) = self.liveness.first() {
            if time > now {
                return;
            }
            self.liveness.pop_first();
            let Some(state) = self.sockets.get_mut(&socket) else {
                continue;
            };
            let due = state.last_heartbeat + self.options.alive_timeout;
            if due > now {
                state.check_at = due;
                self.liveness.insert((due, socket));
                continue;
            }
            self.stats.timed_out += 1;
            self.close(now, socket);
        }
    }

    /// Tells `src`, if it is registered, that its messages for `dst` are lost.
    fn send_expire(&mut self, src: &PeerId, dst: &PeerId) {
        if let Some(&socket) = self.registered.get(src) {
            let text = frame(kind::EXPIRE, Some(dst.as_str()), Some(src.as_str()), None);
            self.send(socket, text);
        }
    }

    /// Sends an offer, an answer or a candidate, and credits the receiver with its reply.
    fn deliver(&mut self, now: Time, socket: SocketId, message: Message) {
        if let Some(state) = self.sockets.get_mut(&socket) {
            state.replies.grant(now, &message.src, message.credit);
        }
        self.send(socket, message.text);
    }

    fn send(&mut self, socket: SocketId, text: String) {
        self.outputs.push_back(Output::Send { socket, text });
    }
}

impl Socket {
    fn remember(&mut self, peer: &PeerId) {
        if self.contacts.contains(peer) {
            return;
        }
        if self.contacts.len() >= limits::SIGNAL_CONTACTS {
            self.contacts.shift_remove_index(0);
        }
        self.contacts.insert(peer.clone());
    }
}

fn frame(kind: &str, src: Option<&str>, dst: Option<&str>, payload: Option<&RawValue>) -> String {
    let envelope =
        Envelope { kind: kind.into(), src: src.map(Into::into), dst: dst.map(Into::into), payload };
    envelope.text()
}

/// `kind` and `msg` are constants that need no escaping.
fn error_frame(kind: &str, msg: &str) -> String {
    format!(r#"{{"type":"{kind}","payload":{{"msg":"{msg}"}}}}"#)
}
