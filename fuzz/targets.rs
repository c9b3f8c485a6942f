//! What each fuzz target does with one input. The tests of `live-core` call the same functions with
//! the corpus.
#![allow(dead_code, clippy::unwrap_used)]

use core::time::Duration;

use live_core::id::{LinkId, PeerId};
use live_core::identity::{Identity, Signed, Statement};
use live_core::model::{ChatMessage, Profile, RoomCard, Vouch};
use live_core::node::{
    Config, Description, Input, LinkAction, LinkEvent, Node, Output, Role, SdpKind, SocketEvent,
};
use live_core::signal::envelope::Envelope;
use live_core::signal::payload::{Answer, Offer, Trickle};
use live_core::time::Time;
use live_core::view::RoomMeta;
use live_core::wire::binarypack::{self, Value};
use live_core::wire::chunk::{self, Reassembler};
use live_core::wire::legacy::Old;
use live_core::wire::message::{Message, Order, RoomState};
use rand_core::SeedableRng;
use rand_pcg::Pcg64Mcg;

#[path = "../src/web/connection/sdp.rs"]
mod start_bitrate;

/// What is read can be written, and is read again as the same.
pub(crate) fn binarypack(bytes: &[u8]) {
    if let Ok(value) = Value::decode(bytes) {
        let again = value.encode();
        let value = Value::decode(&again).expect("what was written can be read");
        assert_eq!(value.encode(), again);
    }
}

/// Frames of any length and content: the first two bytes of each say how long it is.
pub(crate) fn chunks(bytes: &[u8]) {
    let mut reassembler = Reassembler::default();
    let mut now = Time::from_millis(0);
    for frame in frames(bytes) {
        now = now + Duration::from_millis(100);
        if reassembler.accept(now, frame.to_vec()).is_err() {
            break;
        }
    }
    // Own frames are read.
    let mut reassembler = Reassembler::default();
    for frame in chunk::split(bytes.to_vec(), 1) {
        let _ = reassembler.accept(now, frame);
    }
}

/// A message that is read is written and read again as the same.
pub(crate) fn message(bytes: &[u8]) {
    if let Ok(message) = Message::decode(bytes) {
        let again = Message::decode(&message.encode()).expect("what was written can be read");
        assert_eq!(again, message);
    }
}

/// A signed statement of any kind: what is read is passed on as it came, whoever has signed it.
pub(crate) fn statement(bytes: &[u8]) {
    fn pass_on<T: Statement>(bytes: &[u8]) {
        let room = PeerId::new("ROOM").unwrap();
        if let Ok(signed) = binarypack::from_slice::<Signed<T>>(bytes) {
            let _ = signed.verify(&room);
            let again = binarypack::to_vec(&signed).unwrap();
            assert!(binarypack::from_slice::<Signed<T>>(&again).unwrap() == signed);
        }
    }
    pass_on::<ChatMessage>(bytes);
    pass_on::<RoomState>(bytes);
    pass_on::<Order>(bytes);
    pass_on::<RoomCard>(bytes);
    pass_on::<Vouch>(bytes);
    pass_on::<Profile>(bytes);
}

/// A frame of signalling with its payload.
pub(crate) fn envelope(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    if let Some(envelope) = Envelope::parse(text) {
        let _ = envelope.text();
    }
    let _ = (Offer::parse(text), Answer::parse(text), Trickle::parse(text));
}

/// An array of the original pages.
pub(crate) fn legacy(bytes: &[u8]) {
    let _ = Old::parse(bytes);
}

/// The change that the driver makes to remote descriptions: once made, it changes nothing more.
pub(crate) fn sdp(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    let changed = start_bitrate::start_bitrate(text, 900);
    assert_eq!(start_bitrate::start_bitrate(&changed, 900), changed);
}

/// A whole node: a host whose child says anything, and a stranger on an old page, too. The first
/// byte of each frame says who speaks.
pub(crate) fn node(bytes: &[u8]) {
    let mut host = Host::new();
    let child = host.link("child", r#""metadata":{"p2pLive":{"v":1,"intent":"join","slots":2}},"#);
    let stranger = host.link("stranger", "");
    for frame in frames(bytes) {
        let Some((who, content)) = frame.split_first() else { continue };
        match who % 4 {
            0 => host.frame(child, content),
            1 => host.frame(stranger, content),
            2 => {
                if let Ok(text) = core::str::from_utf8(content) {
                    host.text(text);
                }
            }
            _ => host.wait(content.first().copied().unwrap_or(0)),
        }
    }
}

/// The input as frames, each after two bytes that give its length.
fn frames(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    core::iter::from_fn(move || {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_le_bytes(*length)).min(rest.len());
        let (frame, rest) = rest.split_at(length);
        bytes = rest;
        Some(frame)
    })
}

struct Host {
    node: Node<Pcg64Mcg>,
    now: Time,
    accepted: Option<LinkId>,
}

impl Host {
    fn new() -> Self {
        let now = Time::from_millis(1_000_000);
        let identity = PeerId::new("HOST").ok().map(Identity::Name);
        let role = Role::Host { meta: RoomMeta::default(), network: None, since: None };
        let config = Config { role, identity, token: None, name: String::new(), max_children: 4 };
        let node = Node::new(config, now, Pcg64Mcg::seed_from_u64(1));
        let mut host = Self { node, now, accepted: None };
        host.input(Input::Socket(SocketEvent::Opened));
        host.text(r#"{"type":"OPEN"}"#);
        host
    }

    /// An open link to a peer that has offered it with these members.
    fn link(&mut self, peer: &str, members: &str) -> Option<LinkId> {
        self.accepted = None;
        self.text(&format!(
            r#"{{"type":"OFFER","src":"{peer}","dst":"HOST","payload":{{{members}"sdp":
            {{"type":"offer","sdp":"v=0"}},"type":"data","connectionId":"dc_{peer}","label":"x",
            "reliable":true,"serialization":"binary"}}}}"#
        ));
        let link = self.accepted?;
        self.input(Input::Link(link, LinkEvent::ChannelOpen));
        Some(link)
    }

    fn frame(&mut self, link: Option<LinkId>, content: &[u8]) {
        if let Some(link) = link {
            self.input(Input::Link(link, LinkEvent::Data(content.to_vec())));
        }
    }

    fn text(&mut self, text: &str) {
        self.input(Input::Socket(SocketEvent::Text(text.to_owned())));
    }

    /// So many tenths of a second pass.
    fn wait(&mut self, tenths: u8) {
        self.now = self.now + Duration::from_millis(u64::from(tenths) * 100);
        self.input(Input::Tick);
    }

    fn input(&mut self, input: Input) {
        self.node.handle(self.now, input);
        let mut described = Vec::new();
        while let Some(output) = self.node.poll() {
            if let Output::Link(link, LinkAction::Accept(_)) = output {
                self.accepted = Some(link);
                described.push(link);
            }
        }
        for link in described {
            let description = Description { kind: SdpKind::Answer, sdp: "v=0".to_owned() };
            self.input(Input::Link(link, LinkEvent::Described(description)));
        }
    }
}
