//! What peers say, counted by kind.

/// The kinds of messages that are counted apart; the rest is `other`. The first
/// [`HEARTBEATS`] prove that a link lives.
const KINDS: [&str; 16] = [
    "ping", "pong", "chat", "hello", "join", "adopted", "summary", "room", "order", "members",
    "path", "backups", "leave", "map", "picture", "other",
];
const HEARTBEATS: usize = 2;
const CHAT: usize = 2;
const OTHER: usize = KINDS.len() - 1;

/// How often each kind was sent by anyone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; KINDS.len()]);

/// What one peer has said and heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Control messages sent over links: neither heartbeats nor chat.
    pub control: u32,
    /// Messages sent and received over links, heartbeats left out.
    pub messages: u32,
    /// Frames sent to the signalling server, heartbeats left out.
    pub signals: u32,
}

/// The place of a message's kind among [`KINDS`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind(u8);

/// Whether a frame only says that its sender lives.
pub(super) fn is_heartbeat(frame: &[u8]) -> bool {
    usize::from(Kind::of(frame).0) < HEARTBEATS
}

impl Counts {
    pub(super) fn add(&mut self, kind: Kind) {
        self.0[usize::from(kind.0)] += 1;
    }

    /// Every kind with its count.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        KINDS.into_iter().zip(self.0)
    }

    /// All but heartbeats and chat.
    pub fn control(&self) -> u64 {
        self.0[CHAT + 1..].iter().sum()
    }

    /// What has been counted since `before`.
    pub fn since(&self, before: &Self) -> Self {
        Self(core::array::from_fn(|at| self.0[at] - before.0[at]))
    }
}

impl Traffic {
    pub(super) fn sent(&mut self, frame: &[u8]) -> Kind {
        let kind = Kind::of(frame);
        self.control += u32::from(usize::from(kind.0) > CHAT);
        self.messages += u32::from(usize::from(kind.0) >= HEARTBEATS);
        kind
    }

    /// Returns whether it is a heartbeat.
    pub(super) fn received(&mut self, frame: &[u8]) -> bool {
        let is_heartbeat = is_heartbeat(frame);
        self.messages += u32::from(!is_heartbeat);
        is_heartbeat
    }

    pub(super) fn signalled(&mut self, text: &str) {
        self.signals += u32::from(!text.contains(r#""HEARTBEAT""#));
    }
}

impl Kind {
    /// Reads the name of a packed message: the only key of a map, or a text.
    fn of(frame: &[u8]) -> Self {
        let name = match frame {
            [0x81, mark @ 0xb0..=0xbf, rest @ ..] | [mark @ 0xb0..=0xbf, rest @ ..] => {
                rest.get(..usize::from(mark & 15))
            }
            _ => None,
        };
        let known = |name| KINDS.iter().position(|kind| kind.as_bytes() == name);
        Self(name.and_then(known).unwrap_or(OTHER) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::message::Message;

    #[test]
    fn messages_are_counted_by_kind() {
        let (mut counts, mut traffic) = (Counts::default(), Traffic::default());
        for message in [
            Message::Ping { at: 1 },
            Message::Pong { at: 1 << 40 },
            Message::Members { count: 2, depth: None },
            Message::Path { path: None },
            Message::Away,
        ] {
            counts.add(traffic.sent(&message.encode()));
        }
        let seen: Vec<_> = counts.iter().filter(|(_, n)| *n > 0).map(|(kind, _)| kind).collect();
        assert_eq!(seen, ["ping", "pong", "members", "path", "other"]);
        assert_eq!((counts.control(), traffic.control, traffic.messages), (3, 3, 3));
    }
}
