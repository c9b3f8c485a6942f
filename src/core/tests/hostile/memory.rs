//! Messages that never end: what one link, and all of them together, can make a peer keep.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use live_core::id::LinkId;
use live_core::identity::Signed;
use live_core::node::LinkEvent;
use live_core::picture::Picture;
use live_core::view::ChatMessage;
use live_core::wire::chunk::split;
use live_core::wire::limits;
use live_core::wire::message::{Message, Summary};

use super::rig::{Rig, peer};

fn leaf() -> Summary {
    Summary { size: 1, slots: 1, ..Summary::default() }
}

fn picture(size: usize) -> Arc<Picture> {
    let mut gif = b"GIF89a\x01\0\x01\0\0\0\0;".to_vec();
    gif.resize(size, 0);
    Arc::new(Picture::new(gif).unwrap())
}

/// The frames of a message of so many bytes but the last one.
fn endless(size: usize, id: u32) -> Vec<Vec<u8>> {
    let mut frames: Vec<_> = split(vec![0; size], id).collect();
    frames.pop();
    frames
}

fn send(rig: &mut Rig, link: LinkId, frames: Vec<Vec<u8>>) {
    frames.into_iter().for_each(|frame| rig.link(link, LinkEvent::Data(frame)));
}

#[test]
fn a_stranger_gets_little_room() {
    let mut host = Rig::host(4);
    let stranger = host.offered_by("S", 1).unwrap();
    host.link(stranger, LinkEvent::ChannelOpen);
    send(&mut host, stranger, endless(60_000, 1));
    assert!(!host.is_closed(stranger));
    send(&mut host, stranger, endless(200_000, 2));
    assert!(host.is_closed(stranger));
    let other = host.offered_by("T", 1).unwrap();
    host.link(other, LinkEvent::ChannelOpen);
    host.link(other, LinkEvent::Data(vec![0; 100_000]));
    assert!(host.is_closed(other), "in one frame neither");
    assert_eq!(host.node.buffered(), 0);
}

#[test]
fn a_member_gets_room_for_the_largest_message() {
    let mut host = Rig::host(4);
    let child = host.child("A", leaf());
    let image = picture(limits::PICTURE);
    let message = ChatMessage {
        author: peer("A"),
        number: 1,
        name: String::new(),
        text: String::new(),
        at: 0,
        image: Some(image.id()),
        avatar: None,
    };
    for frame in split(Message::Picture(image.clone()).encode(), 1) {
        host.link(child, LinkEvent::Data(frame));
    }
    host.says(child, &Message::Chat(Signed::unproven(message)));
    assert!(host.view().pictures.contains(&image));
    send(&mut host, child, endless(limits::PICTURE * 2, 2));
    assert!(host.is_closed(child), "no message is that large");
}

#[test]
fn all_links_share_one_budget() {
    let mut host = Rig::host(64);
    let honest = host.child("ANN", leaf());
    let name = Message::Rename { name: "Ann".to_owned() };
    for at in 0..30 {
        let link = host.child(&format!("X{at}"), leaf());
        for id in 0..4 {
            send(&mut host, link, endless(limits::PICTURE, id + 1));
        }
        assert!(host.node.buffered() <= 32 * 1024 * 1024 + 64 * 1024);
        assert!(!host.is_closed(link), "it loses the message only");
    }
    // An honest one still comes through.
    let image = picture(200_000);
    for frame in split(Message::Picture(image).encode(), 9) {
        host.link(honest, LinkEvent::Data(frame));
    }
    host.says(honest, &name);
    let children = &host.view().tree.children;
    assert!(children.contains(&(peer("ANN"), "Ann".to_owned())));
    for at in 0..30 {
        let link = host.child(&format!("X{at}"), leaf());
        assert!(!host.is_closed(link));
    }
    host.run(60_000);
    assert_eq!(host.node.buffered(), 0, "what is lost with a link is freed");
}
