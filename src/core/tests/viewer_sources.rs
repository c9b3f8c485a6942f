//! A viewer with a source of its own; the test plays the rest of the room.
#![allow(clippy::unwrap_used)]

#[path = "support/node_rig.rs"]
mod rig;

use live_core::id::LinkId;
use live_core::identity::Signed;
use live_core::node::{Command, LinkEvent, Moderation, Source};
use live_core::view::Tracks;
use live_core::wire::message::{Decision, Message, Order, Summary};
use rig::{Rig, peer, room_of};

const BOTH: Tracks = Tracks { audio: true, video: true };
const VIDEO: Tracks = Tracks { audio: false, video: true };
const OWN: Option<Source> = Some(Source::Local);

struct Relay {
    rig: Rig,
    parent: LinkId,
    child: LinkId,
    said: u64,
}

impl Relay {
    /// Between `H` and a child.
    fn new() -> Self {
        let (mut rig, parent) = Rig::attached();
        let child = rig.child("C", Summary { size: 1, ..Summary::default() });
        let mut relay = Self { rig, parent, child, said: 1 };
        relay.told();
        relay
    }

    fn allow(&mut self, allowed: bool) {
        self.said += 1;
        let decision = Decision::ViewerSources(allowed);
        let order = Order { since: 1_000, number: self.said, decision };
        self.rig.says(self.parent, &Message::Order(Signed::unproven(order)));
    }

    fn host_streams(&mut self, on_air: Option<Tracks>) {
        self.said += 1;
        let mut room = room_of("H");
        (room.version, room.on_air) = (self.said, on_air);
        self.rig.says(self.parent, &Message::Room(Signed::unproven(room)));
    }

    /// The parent says that it, or somebody above it, shows something.
    fn above_shows(&mut self, tracks: Option<Tracks>) {
        self.rig.says(self.parent, &on_air(tracks));
    }

    fn starts(&mut self, tracks: Option<Tracks>) {
        self.rig.command(Command::OnAir(tracks));
    }

    /// What the child was told of viewers' sources since the test asked last.
    fn told(&mut self) -> Vec<Option<Tracks>> {
        let sent = self.rig.sent(self.child).into_iter();
        let tracks = sent.filter_map(|message| match message {
            Message::OnAir { tracks, .. } => Some(tracks),
            _ => None,
        });
        tracks.collect()
    }

    /// What is shown here, and what the child is fed with.
    fn streams(&self) -> (Option<Source>, Option<Source>) {
        (self.rig.shown, self.rig.fed(self.child))
    }

    fn above(&self) -> Option<Source> {
        Some(Source::Link(self.parent))
    }

    fn on_air(&self) -> Option<Tracks> {
        self.rig.view().room.as_ref().unwrap().on_air
    }
}

fn on_air(tracks: Option<Tracks>) -> Message {
    Message::OnAir { name: String::new(), by: None, tracks }
}

/// What a peer tells that shows a source of its own.
fn own(tracks: Option<Tracks>) -> Message {
    Message::OnAir { name: String::new(), by: Some(peer("N")), tracks }
}

#[test]
fn it_is_off_until_the_host_allows_it_and_ends_when_the_host_forbids_it() {
    let mut relay = Relay::new();
    relay.starts(Some(BOTH));
    assert_eq!(relay.streams(), (None, relay.above()));
    assert_eq!((relay.told(), relay.on_air()), (vec![], None));
    relay.allow(true);
    assert_eq!(relay.streams(), (OWN, OWN));
    assert_eq!((relay.told(), relay.on_air()), (vec![Some(BOTH)], Some(BOTH)));
    assert!(relay.rig.view().shows_own);
    // Another source, other tracks.
    relay.starts(Some(VIDEO));
    assert_eq!((relay.told(), relay.streams()), (vec![Some(VIDEO)], (OWN, OWN)));
    let late = relay.rig.child("D", Summary { size: 1, ..Summary::default() });
    assert_eq!(relay.rig.fed(late), OWN);
    assert!(relay.rig.sent(late).contains(&own(Some(VIDEO))));
    relay.allow(false);
    assert_eq!(relay.streams(), (None, relay.above()));
    assert_eq!((relay.told(), relay.on_air()), (vec![None], None));
    assert!(!relay.rig.view().shows_own);
}

#[test]
fn what_comes_from_the_host_overrides_it_and_it_resumes_afterwards() {
    let mut relay = Relay::new();
    relay.allow(true);
    relay.starts(Some(BOTH));
    relay.told();
    for _ in 0..2 {
        relay.host_streams(Some(VIDEO));
        assert_eq!(relay.streams(), (relay.above(), relay.above()));
        assert_eq!((relay.told(), relay.on_air()), (vec![None], Some(VIDEO)));
        relay.host_streams(None);
        assert_eq!(relay.streams(), (OWN, OWN));
        assert_eq!((relay.told(), relay.on_air()), (vec![Some(BOTH)], Some(BOTH)));
    }
    relay.starts(None);
    assert_eq!(relay.streams(), (None, relay.above()));
    assert_eq!((relay.told(), relay.on_air()), (vec![None], None));
}

#[test]
fn so_does_a_viewer_further_up() {
    let mut relay = Relay::new();
    relay.above_shows(Some(BOTH));
    assert_eq!((relay.streams(), relay.told()), ((None, relay.above()), vec![]), "not allowed");
    relay.above_shows(None);
    relay.allow(true);
    relay.starts(Some(VIDEO));
    relay.told();
    relay.above_shows(Some(BOTH));
    assert_eq!(relay.streams(), (relay.above(), relay.above()));
    assert_eq!((relay.told(), relay.on_air()), (vec![Some(BOTH)], Some(BOTH)));
    relay.above_shows(None);
    assert_eq!((relay.streams(), relay.told()), ((OWN, OWN), vec![Some(VIDEO)]));
    // With the parent goes what came from it.
    relay.above_shows(Some(BOTH));
    relay.told();
    relay.rig.link(relay.parent, LinkEvent::ChannelClosed);
    assert_eq!((relay.streams(), relay.told()), ((OWN, OWN), vec![Some(VIDEO)]));
}

#[test]
fn whose_it_is_is_said_and_believed_only_of_those_above() {
    let mut relay = Relay::new();
    relay.allow(true);
    let path = ["H", "P", "Q"].map(peer).to_vec();
    relay.rig.says(relay.parent, &Message::Path { path: Some(path) });
    let mut shows = |by: &str, name: &str| {
        let (by, name) = (Some(peer(by)), name.to_owned());
        relay.rig.says(relay.parent, &Message::OnAir { name, by, tracks: Some(BOTH) });
        relay.rig.view().source_owner.clone().map(|owner| (owner.peer, owner.name))
    };
    assert_eq!(shows("P", "Pia"), Some((Some(peer("P")), "Pia".to_owned())));
    for other in ["H", "N", "C", "X"] {
        assert_eq!(shows(other, "Pia"), Some((None, String::new())), "{other}");
    }
    shows("Q", "Quin");
    let told = relay.rig.sent(relay.child).into_iter().rev();
    let mut told = told.filter(|message| matches!(message, Message::OnAir { .. }));
    let by = Some(peer("Q"));
    let passed_on = Message::OnAir { name: "Quin".to_owned(), by, tracks: Some(BOTH) };
    assert_eq!(told.next(), Some(passed_on), "that the same tracks are of another");
    relay.host_streams(Some(VIDEO));
    assert_eq!(relay.rig.view().source_owner, None);
    relay.host_streams(None);
    relay.above_shows(None);
    relay.starts(Some(BOTH));
    assert_eq!(relay.rig.view().source_owner, None, "that is the own one");
}

#[test]
fn only_the_host_allows_it_and_only_from_above_it_comes() {
    let mut relay = Relay::new();
    relay.allow(true);
    let refused = relay.rig.node.refused();
    relay.rig.says(relay.child, &on_air(Some(BOTH)));
    assert_eq!((relay.rig.node.refused(), relay.on_air()), (refused + 1, None));
    relay.rig.command(Command::Moderate(Moderation::AllowSources(false)));
    assert!(relay.rig.view().room.as_ref().unwrap().rules.viewer_sources, "that is the host's");

    let mut host = Rig::host(2);
    let child = host.child("C", Summary { size: 1, ..Summary::default() });
    host.sent(child);
    host.command(Command::Moderate(Moderation::AllowSources(true)));
    host.command(Command::Moderate(Moderation::AllowSources(true)));
    let orders = host.sent(child).into_iter().filter(|m| matches!(m, Message::Order(_)));
    assert_eq!(orders.count(), 1);
    assert!(host.view().room.as_ref().unwrap().rules.viewer_sources);
}
