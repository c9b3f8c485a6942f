//! Hosts and index roots that say too much of rooms and covers.
#![allow(clippy::unwrap_used)]

use live_core::id::{LinkId, PeerId};
use live_core::identity::{LinkProof, LinkTerms, Signed};
use live_core::model::RoomCard;
use live_core::node::{Command, LinkEvent, Role, SocketEvent};
use live_core::picture::{Picture, PictureId};
use live_core::view::RoomMeta;
use live_core::wire::limits;
use live_core::wire::message::Message;
use serde_json::json;

use super::keyed::{host, key};
use super::rig::{Rig, peer};

fn card(id: &str, title: &str, image: Option<PictureId>) -> Signed<RoomCard> {
    Signed::unproven(card_of(peer(id), title, image))
}

fn card_of(id: PeerId, title: &str, image: Option<PictureId>) -> RoomCard {
    RoomCard {
        id,
        meta: RoomMeta { title: title.to_owned(), image, ..RoomMeta::default() },
        host: String::new(),
        members: 1,
        live: true,
        since: 1,
        version: 1,
    }
}

fn cover(tag: usize) -> Option<PictureId> {
    let bytes = [b"GIF89a\x01\0\x01\0\0\0\0;".as_slice(), &tag.to_be_bytes()].concat();
    Some(Picture::new(bytes).unwrap().id())
}

fn linked(rig: &mut Rig, from: &str, connection: &str, intent: &str) -> LinkId {
    let link = rig.offered_for(from, connection, intent).unwrap();
    rig.link(link, LinkEvent::ChannelOpen);
    link
}

/// The cards that a guest was told of since the test asked last.
fn cards(rig: &mut Rig, guest: LinkId) -> Vec<Signed<RoomCard>> {
    let card = |message| if let Message::Card(card) = message { Some(card) } else { None };
    rig.sent(guest).into_iter().filter_map(card).collect()
}

/// Lets time pass while these links live.
fn alive(rig: &mut Rig, links: &[LinkId], millis: u64) {
    for _ in 0..millis / 500 {
        rig.run(500);
        let ping = Message::Ping { at: 1 };
        links.iter().for_each(|link| rig.says(*link, &ping));
    }
}

#[test]
fn a_room_is_told_once_a_second_and_the_last_card_wins() {
    let mut root = Rig::lobby();
    let guest = linked(&mut root, "G", "dc", "browse");
    let host = linked(&mut root, "H", "dc", "announce");
    for at in 0..500 {
        root.says(host, &Message::Announce(card("H", &format!("{at}"), None)));
    }
    assert_eq!(cards(&mut root, guest), [card("H", "0", None)]);
    alive(&mut root, &[guest, host], 1_000);
    assert_eq!(cards(&mut root, guest), [card("H", "499", None)], "nothing is lost");
    for _ in 0..20 {
        root.says(host, &Message::Announce(card("H", "499", None)));
        alive(&mut root, &[guest, host], 500);
    }
    assert_eq!(cards(&mut root, guest), [], "that is no news");
    // Nor is it by going and coming back.
    let mut last = host;
    for at in 0..20 {
        root.link(last, LinkEvent::ChannelClosed);
        last = linked(&mut root, "H", &format!("dc{at}"), "announce");
        root.says(last, &Message::Announce(card("H", &format!("again {at}"), None)));
    }
    assert!(root.sent(guest).len() <= 3);
    alive(&mut root, &[guest, last], 1_000);
    assert_eq!(cards(&mut root, guest), [card("H", "again 19", None)]);
}

#[test]
fn covers_change_seldom_and_titles_do_not_wait_for_them() {
    let mut root = Rig::lobby();
    let guest = linked(&mut root, "G", "dc", "browse");
    let host = linked(&mut root, "H", "dc", "announce");
    let mut told = Vec::new();
    for at in 0..20 {
        root.says(host, &Message::Announce(card("H", &format!("{at}"), cover(at))));
        alive(&mut root, &[guest, host], 1_000);
        told.extend(cards(&mut root, guest));
    }
    assert_eq!(told.len(), 20);
    alive(&mut root, &[guest, host], 15_000);
    let asked = root.sent(host).into_iter().filter(|m| matches!(m, Message::RequestBlob(_)));
    assert_eq!(asked.count(), 2, "of the host, too");
}

#[test]
fn a_root_cannot_invent_rooms_of_hosts_with_keys() {
    let (mut guest, root) = guest();
    let (host, eve) = (host(), key(9));
    let card = |title| card_of(host.id().clone(), title, None);
    let signed = |by, title| Signed::new(card(title), host.id(), by);
    guest.says(root, &Message::Card(signed(&host, "true")));
    guest.says(root, &Message::Card(signed(&eve, "forged")));
    let titles = |guest: &Rig| -> Vec<_> {
        guest.view().rooms.iter().map(|card| card.meta.title.clone()).collect()
    };
    assert_eq!(titles(&guest), ["true"]);
    assert!(!guest.is_closed(root));
    guest.says(root, &Message::Rooms { cards: vec![Signed::unproven(card("forged"))] });
    assert!(!titles(&guest).contains(&"forged".to_owned()));
    assert!(guest.is_closed(root), "another root may be honest");
}

#[test]
fn a_host_cannot_announce_the_room_of_another() {
    let mut root = Rig::lobby();
    let (host, eve) = (host(), key(9));
    let guest = linked(&mut root, "G", "dc", "browse");
    let id = eve.id().to_string();
    let link = root.offered_for(&id, "dc_e", "announce").unwrap();
    root.link(link, LinkEvent::ChannelOpen);
    let terms = LinkTerms { connection: "dc_e", offer: "sha-256 bb", answer: "sha-256 aa" };
    root.says(link, &Message::Hello(LinkProof::new(&eve, &peer("N"), terms)));
    for of in [&host, &eve] {
        let signed = Signed::new(card_of(of.id().clone(), "title", None), of.id(), of);
        root.says(link, &Message::Announce(signed));
    }
    let told: Vec<_> = cards(&mut root, guest).iter().map(|card| card.id.clone()).collect();
    assert_eq!(told, [eve.id().clone()]);
}

/// A lobby that is a guest of the index root at the other end of this link.
fn guest() -> (Rig, LinkId) {
    let mut guest = Rig::lobby();
    guest.text(&json!({ "type": "ID-TAKEN", "payload": { "msg": "ID is taken" } }));
    guest.socket(SocketEvent::Opened);
    guest.text(&json!({ "type": "OPEN" }));
    let offer = guest.offers().pop().unwrap();
    guest.answer(&offer, 1);
    let root = guest.dialled();
    guest.link(root, LinkEvent::ChannelOpen);
    (guest, root)
}

#[test]
fn a_root_cannot_keep_its_guests_busy() {
    let (mut guest, root) = guest();
    guest.says(root, &Message::Rooms { cards: vec![card("A", "first", None)] });
    for at in 0..5_000 {
        guest.says(root, &Message::Card(card("A", &format!("{at}"), None)));
    }
    assert!(guest.node.refused() >= 3_900, "{}", guest.node.refused());
    assert!(!guest.is_closed(root));
    let before = guest.node.refused();
    for _ in 0..100 {
        guest.says(root, &Message::Rooms { cards: vec![card("A", "again", None)] });
    }
    assert!(guest.node.refused() - before >= 80);
    alive(&mut guest, &[root], 1_000);
    guest.says(root, &Message::Card(card("A", "later", None)));
    assert_eq!(guest.view().rooms[0].meta.title, "later");
    guest.says(root, &Message::Gone { id: peer("A") });
    assert_eq!(guest.view().rooms.len(), 0);
}

#[test]
fn a_root_cannot_have_its_guests_fetch_without_end() {
    let (mut guest, root) = guest();
    for at in 0..900 {
        guest.says(root, &Message::Card(card("A", "title", cover(at))));
    }
    let asked = |guest: &mut Rig| guest.sent(root).len();
    assert_eq!(asked(&mut guest), limits::COVER_BURST as usize);
    alive(&mut guest, &[root], 10_000);
    for at in 1_000..1_100 {
        guest.says(root, &Message::Card(card("A", "title", cover(at))));
    }
    assert_eq!(asked(&mut guest), 5);
}

#[test]
fn a_host_announces_neither_what_another_has_signed_nor_what_nobody_has() {
    let mut root = Rig::lobby();
    let (host, eve) = (host(), key(9));
    let guest = linked(&mut root, "G", "dc", "browse");
    let id = eve.id().to_string();
    let link = root.offered_for(&id, "dc_e", "announce").unwrap();
    root.link(link, LinkEvent::ChannelOpen);
    let terms = LinkTerms { connection: "dc_e", offer: "sha-256 bb", answer: "sha-256 aa" };
    root.says(link, &Message::Hello(LinkProof::new(&eve, &peer("N"), terms)));
    let others = Signed::new(card_of(host.id().clone(), "over", None), host.id(), &host);
    root.says(link, &Message::Announce(others));
    root.says(link, &Message::Announce(Signed::unproven(card_of(eve.id().clone(), "", None))));
    assert_eq!(cards(&mut root, guest), []);
    assert!(root.view().rooms.is_empty());
}

#[test]
fn a_crowd_finds_an_end_of_the_links_of_an_index_root() {
    let mut root = Rig::lobby();
    for at in 0..limits::LINKS {
        linked(&mut root, &format!("G{at}"), "dc", "browse");
    }
    assert_eq!(root.offered_for("X", "dc", "browse"), None);
}

#[test]
fn a_host_without_a_key_speaks_for_its_own_room_only() {
    let mut root = Rig::lobby();
    let host = linked(&mut root, "H", "dc", "announce");
    let eve = linked(&mut root, "EVE", "dc", "announce");
    root.says(host, &Message::Announce(card("H", "true", None)));
    let newer = RoomCard { version: 9, ..card_of(peer("H"), "forged", None) };
    root.says(eve, &Message::Announce(Signed::unproven(newer)));
    alive(&mut root, &[host, eve], 2_000);
    let titles: Vec<_> = root.view().rooms.iter().map(|card| card.meta.title.as_str()).collect();
    assert_eq!(titles, ["true"]);
}

#[test]
fn a_host_that_changes_its_room_all_the_time_announces_it_once_a_second() {
    let role = Role::Host { meta: RoomMeta::default(), network: Some(peer("ROOT")), since: None };
    let mut host = Rig::new(role, 4);
    host.run(100);
    let offer = host.offers().pop().expect("it announces itself");
    host.answer(&offer, 1);
    let root = host.dialled();
    host.link(root, LinkEvent::ChannelOpen);
    host.sent(root);
    for at in 0..100 {
        let meta = RoomMeta { title: format!("{at}"), ..RoomMeta::default() };
        host.command(Command::Edit(meta));
    }
    let announced = |host: &mut Rig| {
        let sent = host.sent(root).into_iter();
        sent.filter(|said| matches!(said, Message::Announce(_))).count()
    };
    assert_eq!(announced(&mut host), 0);
    host.run(1_000);
    assert_eq!(announced(&mut host), 1, "the last one");
}
