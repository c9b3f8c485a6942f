//! What happens to chosen peers, line by line, to find the cause of a failure.

use core::fmt::Write;

use super::PeerIndex;
use crate::node::{Input, LinkAction, LinkEvent, Output, SocketAction, SocketEvent};
use crate::util::time::Time;
use crate::wire::message::Message;

/// The log of a few peers; usually of none.
#[derive(Default)]
pub(super) struct EventLog {
    pub(super) peers: Vec<PeerIndex>,
    pub(super) lines: Vec<String>,
}

impl EventLog {
    pub(super) fn happens(&mut self, now: Time, peer: PeerIndex, input: &Input) {
        if !self.peers.contains(&peer) {
            return;
        }
        match input {
            Input::Tick | Input::Socket(SocketEvent::Opened | SocketEvent::Closed) => {}
            Input::Socket(SocketEvent::Text(text)) => self.note(now, peer, &format!("<- {text}")),
            Input::Link(link, LinkEvent::Data(frame)) => self.frame(now, peer, "<-", link.0, frame),
            input => self.note(now, peer, &format!("<- {input:?}")),
        }
    }

    pub(super) fn wants(&mut self, now: Time, peer: PeerIndex, output: &Output) {
        if !self.peers.contains(&peer) {
            return;
        }
        match output {
            Output::Encode(_) | Output::Sound(_) | Output::Changed => {}
            Output::Socket(SocketAction::Send(text)) if text.contains("HEARTBEAT") => {}
            Output::Link(link, LinkAction::Send(frame)) => {
                self.frame(now, peer, "->", link.0, frame);
            }
            output => self.note(now, peer, &format!("-> {output:?}")),
        }
    }

    fn frame(&mut self, now: Time, peer: PeerIndex, way: &str, link: u32, frame: &[u8]) {
        match Message::decode(frame) {
            Ok(Message::Ping { .. } | Message::Pong { .. }) => {}
            Ok(message) => self.note(now, peer, &format!("{way} link {link}: {message:?}")),
            Err(error) => self.note(now, peer, &format!("{way} link {link}: {error}")),
        }
    }

    fn note(&mut self, now: Time, peer: PeerIndex, what: &str) {
        let mut line = String::new();
        // Writing to a text does not fail.
        let _ = write!(line, "{:>7} p{peer} {what}", now.as_millis());
        self.lines.push(line);
    }
}
