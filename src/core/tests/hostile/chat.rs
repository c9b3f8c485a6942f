//! What a hostile peer can do to the chat: silence an author, flood it, fill it with pictures.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use live_core::id::LinkId;
use live_core::identity::Signed;
use live_core::node::{Command, Input, LinkEvent, Moderation};
use live_core::picture::Picture;
use live_core::view::ChatMessage;
use live_core::wire::binarypack::Value;
use live_core::wire::limits;
use live_core::wire::message::{Message, MessageId, Summary};

use super::rig::{Rig, adopted, peer, room_of};

fn chat(author: &str, number: u64) -> ChatMessage {
    ChatMessage {
        author: peer(author),
        number,
        name: author.to_owned(),
        text: format!("{author} {number}"),
        at: 0,
        image: None,
        avatar: None,
    }
}

fn picture(tag: u8) -> Arc<Picture> {
    let gif = [b"GIF89a\x01\0\x01\0\0\0\0;".as_slice(), &[tag]].concat();
    Arc::new(Picture::new(gif).unwrap())
}

fn subtree(size: u32) -> Summary {
    Summary { size, height: u32::from(size > 1), slots: 1, ..Summary::default() }
}

fn texts(rig: &Rig) -> Vec<&str> {
    rig.view().chat.iter().map(|message| message.text.as_str()).collect()
}

/// The messages that went out over a link since the test asked last, and the pictures.
fn forwarded(rig: &mut Rig, link: LinkId) -> (usize, usize) {
    let sent = rig.sent(link);
    let count = |kind: fn(&Message) -> bool| sent.iter().filter(|message| kind(message)).count();
    (count(|m| matches!(m, Message::Chat(_))), count(|m| matches!(m, Message::Picture(_))))
}

#[test]
fn a_huge_number_silences_nobody() {
    let mut host = Rig::host(4);
    let liar = host.child("LIAR", subtree(5));
    let ann = host.child("ANN", subtree(1));
    host.says(liar, &Message::Chat(Signed::unproven(chat("ANN", limits::CHAT_NUMBER))));
    host.says(ann, &Message::Chat(Signed::unproven(chat("ANN", 1))));
    host.says(liar, &Message::Chat(Signed::unproven(chat("ANN", limits::CHAT_NUMBER - 7))));
    host.says(ann, &Message::Chat(Signed::unproven(chat("ANN", 2))));
    assert_eq!(texts(&host), ["ANN 1", "ANN 2"]);
    assert_eq!(host.node.refused(), 2);
    // A page that was reloaded numbers by its clock, and so does a gateway.
    let clock = host.now.as_millis();
    host.says(ann, &Message::Chat(Signed::unproven(chat("ANN", clock))));
    host.says(ann, &Message::Chat(Signed::unproven(chat("ANN", clock + 1))));
    assert_eq!(texts(&host).len(), 4);
    assert!(!host.is_closed(liar));
}

#[test]
fn bad_content_costs_the_message_and_broken_framing_the_link() {
    let (mut viewer, parent) = Rig::attached();
    viewer.says(parent, &Message::Chat(Signed::unproven(chat("ANN", limits::CHAT_NUMBER + 1))));
    let late = ChatMessage { at: u64::MAX, ..chat("ANN", 1) };
    viewer.says(parent, &Message::Chat(Signed::unproven(late)));
    let huge = b"GIF89a\x01\x20\x01\0\0\0\0;".to_vec();
    for bytes in [huge, b"<svg>".to_vec()] {
        let picture = Value::Map(vec![("picture".to_owned(), Value::Bytes(bytes))]);
        viewer.link(parent, LinkEvent::Data(picture.encode()));
    }
    assert!(!viewer.is_closed(parent));
    assert_eq!(viewer.node.refused(), 4);
    viewer.says(parent, &Message::Chat(Signed::unproven(chat("ANN", 1))));
    assert_eq!(texts(&viewer), ["ANN 1"]);
    viewer.link(parent, LinkEvent::Data(vec![0xd4]));
    assert!(viewer.is_closed(parent));
}

#[test]
fn a_leaf_speaks_for_itself_and_repeats_what_it_named() {
    let mut host = Rig::host(4);
    let leaf = host.offered_by("LEAF", 1).unwrap();
    host.link(leaf, LinkEvent::ChannelOpen);
    let high_water = vec![MessageId { author: peer("OLD"), number: 3 }];
    host.says(leaf, &Message::Join { name: String::new(), summary: subtree(1), high_water });
    for number in 2..=4 {
        host.says(leaf, &Message::Chat(Signed::unproven(chat("OLD", number))));
    }
    host.says(leaf, &Message::Chat(Signed::unproven(chat("ANN", 1))));
    host.says(leaf, &Message::Chat(Signed::unproven(chat("LEAF", 1))));
    assert_eq!(texts(&host), ["OLD 2", "OLD 3", "LEAF 1"]);
    // Once it has children, they speak through it.
    host.says(leaf, &Message::Summary(subtree(2)));
    host.says(leaf, &Message::Chat(Signed::unproven(chat("ANN", 1))));
    assert_eq!(texts(&host).len(), 4);
}

#[test]
fn a_leaf_that_is_muted_is_silent_under_every_name() {
    let mut host = Rig::host(4);
    let leaf = host.offered_by("LEAF", 1).unwrap();
    host.link(leaf, LinkEvent::ChannelOpen);
    host.handle(Input::Command(Command::Moderate(Moderation::Mute(peer("LEAF"), true))));
    let high_water = vec![MessageId { author: peer("OLD"), number: 3 }];
    host.says(leaf, &Message::Join { name: String::new(), summary: subtree(1), high_water });
    for author in ["LEAF", "ANN", "OLD"] {
        host.says(leaf, &Message::Chat(Signed::unproven(chat(author, 1))));
    }
    host.says(leaf, &Message::Summary(subtree(2)));
    host.says(leaf, &Message::Chat(Signed::unproven(chat("LEAF", 2))));
    assert!(texts(&host).is_empty());
}

#[test]
fn a_relay_tells_of_its_first_child_before_the_child_speaks() {
    let (mut relay, parent) = Rig::attached();
    // Summaries are paced: the parent has just heard that there is no child any more.
    let child = relay.child("A", subtree(1));
    relay.link(child, LinkEvent::ChannelClosed);
    relay.run(450);
    let child = relay.child("A", subtree(1));
    relay.says(child, &Message::Chat(Signed::unproven(chat("A", 1))));
    let sent = relay.sent(parent);
    let chat = sent.iter().position(|message| matches!(message, Message::Chat(_))).unwrap();
    let said = sent[..chat].iter().rev().find_map(|message| match message {
        Message::Summary(summary) => Some(summary.size),
        _ => None,
    });
    assert_eq!(said, Some(2), "{sent:?}");
}

#[test]
fn a_flood_is_cut_and_others_are_heard() {
    let mut host = Rig::host(4);
    let flood = host.child("FLOOD", subtree(9));
    let ann = host.child("ANN", subtree(1));
    host.sent(ann);
    for number in 1..=500 {
        host.says(flood, &Message::Chat(Signed::unproven(chat("FLOOD", number))));
    }
    let (passed, _) = forwarded(&mut host, ann);
    assert!((50..=110).contains(&passed), "{passed} of one author");
    for author in 0..500 {
        host.says(flood, &Message::Chat(Signed::unproven(chat(&format!("X{author}"), 1))));
    }
    let (passed, _) = forwarded(&mut host, ann);
    assert!((100..=450).contains(&passed), "{passed} of one link");
    host.says(ann, &Message::Chat(Signed::unproven(chat("ANN", 1))));
    assert_eq!(texts(&host).last(), Some(&"ANN 1"));
    assert!(!host.is_closed(flood));
    // Somewhat later there is room again.
    host.run(2_900);
    host.says(flood, &Message::Chat(Signed::unproven(chat("FLOOD", 501))));
    assert_eq!(texts(&host).last(), Some(&"FLOOD 501"));
}

#[test]
fn all_that_a_parent_names_may_follow_at_once() {
    let mut viewer = Rig::viewer();
    let offer = viewer.offers().pop().unwrap();
    viewer.answer(&offer, 1);
    let link = viewer.dialled();
    viewer.link(link, LinkEvent::ChannelOpen);
    let high_water = vec![MessageId { author: peer("H"), number: 100 }];
    viewer.says(link, &adopted(room_of("H"), vec![peer("H")], high_water));
    for number in 1..=100 {
        viewer.says(link, &Message::Chat(Signed::unproven(chat("H", number))));
    }
    assert_eq!(texts(&viewer).len(), 100);
}

#[test]
fn pictures_come_with_messages_and_few_of_each_author() {
    let mut host = Rig::host(4);
    let flood = host.child("FLOOD", subtree(9));
    let ann = host.child("ANN", subtree(1));
    host.sent(ann);
    for tag in 0..40 {
        host.says(flood, &Message::Picture(picture(tag)));
    }
    assert!(host.view().pictures.is_empty(), "no message names them");
    let post = |host: &mut Rig, numbers: core::ops::Range<u8>| {
        for tag in numbers {
            let picture = picture(100 + tag);
            let message =
                ChatMessage { image: Some(picture.id()), ..chat("FLOOD", u64::from(tag) + 1) };
            host.says(flood, &Message::Picture(picture));
            host.says(flood, &Message::Chat(Signed::unproven(message)));
        }
    };
    post(&mut host, 0..10);
    assert_eq!(host.view().pictures.len(), 4);
    assert_eq!(forwarded(&mut host, ann), (10, 4));
    host.run_alive(flood, 61);
    host.sent(ann);
    post(&mut host, 10..20);
    assert_eq!(host.view().pictures.len(), 8);
    // A picture of which nothing was said for long is forgotten.
    let stale = picture(250);
    host.says(flood, &Message::Picture(stale.clone()));
    host.run_alive(flood, 61);
    let message = ChatMessage { image: Some(stale.id()), ..chat("FLOOD", 90) };
    host.says(flood, &Message::Chat(Signed::unproven(message)));
    assert!(!host.view().pictures.contains(&stale));
}

#[test]
fn a_leaf_repeats_only_so_much_of_what_it_named() {
    let mut host = Rig::host(4);
    let leaf = host.offered_by("LEAF", 1).unwrap();
    host.link(leaf, LinkEvent::ChannelOpen);
    let high_water = vec![MessageId { author: peer("OLD"), number: 1_000 }];
    host.says(leaf, &Message::Join { name: String::new(), summary: subtree(1), high_water });
    for number in 1..=500 {
        host.says(leaf, &Message::Chat(Signed::unproven(chat("OLD", number))));
    }
    assert_eq!(host.node.refused(), 500 - limits::CHAT_HISTORY as u64);
}
