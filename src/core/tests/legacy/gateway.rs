//! Our peers behind another one of ours that stands between them and a room of legacy pages.

use live_core::identity::Signed;
use live_core::wire::message::{Decision, MessageId, Order, RoomState, Seat, Summary};
use live_core::wire::request::Act;

use super::rig::*;

/// What a peer of ours says when it joins that knows what the host has said up to this number.
fn join(number: u64) -> Message {
    let summary = Summary { size: 1, slots: 2, ..Summary::default() };
    let high_water = vec![MessageId { author: peer("H"), number }];
    Message::Join { name: "Bea".to_owned(), summary, high_water }
}

/// A room whose host is a legacy page, as a gateway tells of it.
fn room(version: u64, title: &str) -> RoomState {
    let state = json!({
        "version": version, "id": "H", "since": 0, "host": "Hal",
        "meta": { "title": title, "summary": "", "cover": "", "kind": "live" },
    });
    serde_json::from_value(state).unwrap()
}

/// The peer of ours that was dialled last answers and adopts the viewer.
fn adopts(rig: &mut Rig, parent: &str, room: RoomState) -> LinkId {
    let link = rig.dialled();
    let end = &rig.links[&link];
    assert_eq!(end.peer, parent);
    let answer = json!({ "type": "ANSWER", "src": parent, "dst": "x", "payload": {
        "sdp": { "type": "answer", "sdp": "v=0" }, "type": "data",
        "connectionId": end.connection, "p2pLive": { "v": 1 },
    }});
    rig.text(&answer);
    rig.handle(Input::Link(link, LinkEvent::ChannelOpen));
    let path = vec![peer("H"), peer(parent)];
    let adopted = Message::Adopted {
        room: Signed::unproven(room),
        orders: Vec::new(),
        membership: Vec::new(),
        members: 3,
        path,
        high_water: Vec::new(),
    };
    rig.raw(link, adopted.encode());
    link
}

#[test]
fn a_gateway_whose_clock_is_behind_is_believed_as_well() {
    let mut rig = Rig::viewer("G");
    let first = adopts(&mut rig, "G", room(9_000_000, "one"));
    let title = |rig: &Rig| rig.view().room.as_ref().unwrap().meta.title.clone();
    assert_eq!(title(&rig), "one");
    rig.handle(Input::Command(Command::JoinUnder(peer("F"))));
    let second = adopts(&mut rig, "F", room(5_000, "two"));
    assert_ne!(first, second);
    assert_eq!((rig.view().tree.parent.clone(), title(&rig)), (Some(peer("F")), "two".to_owned()));
    rig.raw(second, Message::Room(Signed::unproven(room(6_000, "three"))).encode());
    assert_eq!(title(&rig), "three");
}

#[test]
fn a_gateway_counts_on_from_what_another_one_has_numbered() {
    let (mut rig, h) = Rig::joins("H", lone_host());
    let connection = "dc_bea";
    let b = rig.offer_of(
        "B",
        json!({
            "sdp": { "type": "offer", "sdp": "v=0" }, "type": "data", "connectionId": connection,
            "metadata": { "p2pLive": { "v": 1, "intent": "join", "slots": 2 } },
            "serialization": "binary",
        }),
    );
    let b = b.expect("is adopted");
    rig.handle(Input::Link(b, LinkEvent::ChannelOpen));
    rig.raw(b, join(9_000_000).encode());
    rig.run(1_000);
    rig.heard(h);
    // It comes from below a gateway whose clock is ahead, and brings what the host said there.
    let ahead = json!({
        "author": "H", "number": 9_000_000, "name": "Hal", "text": "before", "at": 9_000_000,
    });
    let ahead = Signed::unproven(serde_json::from_value(ahead).unwrap());
    rig.raw(b, Message::Chat(ahead).encode());
    assert_eq!(rig.heard(h), Vec::<Value>::new(), "the host has said it itself");
    rig.heard(b);
    rig.says(h, json!([0, "H", "Hal", "after", null, ""]));
    let chat = rig.links[&b].ours.iter().rev().find_map(|said| match said {
        Message::Chat(chat) => Some(chat),
        _ => None,
    });
    let chat = chat.expect("is passed on");
    assert_eq!(chat.text, "after");
    assert!(chat.number > 9_000_000, "{chat:?}");
    assert_eq!(rig.texts(), [tuple("Hal", "before"), tuple("Hal", "after")]);
}

/// A legacy page asks for its seat once; a host of ours frees a seat for which nobody asks again.
#[test]
fn a_relay_says_that_the_legacy_pages_below_it_still_use_their_seats() {
    let mut rig = Rig::viewer("G");
    let ours = |version| RoomState { since: 1, ..room(version, "ours") };
    let parent = adopts(&mut rig, "G", ours(1));
    let old = rig.joined_by("B");
    let wishes = |rig: &mut Rig, parent: LinkId| -> Vec<bool> {
        let said = core::mem::take(&mut rig.links.get_mut(&parent).unwrap().ours);
        let wish = |message: Message| {
            let Message::Request(request) = message else { return None };
            let Act::Seat(GatheringKind::Conference, seat) = &request.act else { return None };
            assert_eq!(request.author, peer("B"));
            Some(seat.join)
        };
        said.into_iter().filter_map(wish).collect()
    };
    let run = |rig: &mut Rig, parent, seconds| {
        for _ in 0..seconds {
            rig.run(1_000);
            rig.raw(parent, Message::Ping { at: 1 }.encode());
        }
    };
    let order = |number, decision| {
        Message::Order(Signed::unproven(Order { since: 1, number, decision })).encode()
    };
    let seat = Seat { legacy: true, ..Seat::new(peer("B"), "Bob".to_owned()) };
    rig.raw(parent, order(2, Decision::Gathering(GatheringKind::Conference, true)));
    rig.raw(parent, order(3, Decision::Seat(GatheringKind::Conference, 0, Some(seat))));
    rig.says(old, json!([5, 0, [null, "B", "Bob"]]));
    assert_eq!(wishes(&mut rig, parent), [true]);
    run(&mut rig, parent, 45);
    assert_eq!(wishes(&mut rig, parent), [true; 2], "every 20 s");
    rig.handle(Input::Command(Command::JoinUnder(peer("F"))));
    let parent = adopts(&mut rig, "F", ours(4));
    assert_eq!(wishes(&mut rig, parent), [true], "and to a new parent at once");
    rig.handle(Input::Link(old, LinkEvent::ChannelClosed));
    run(&mut rig, parent, 45);
    assert_eq!(wishes(&mut rig, parent), [false], "until the page is gone");
}
