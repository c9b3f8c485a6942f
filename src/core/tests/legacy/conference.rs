//! The conference.

use super::rig::*;

#[test]
fn old_members_confer_in_our_room() {
    let mut rig = Rig::conference();
    let (a, c) = (rig.joined_by("A"), rig.joined_by("C"));
    let below = |kids: Value| {
        let mut here = json!([1, 0, 1, [], "A", "A", []]);
        here.as_array_mut().unwrap().extend(kids.as_array().unwrap().iter().cloned());
        here
    };
    rig.says(a, below(json!(["B", "Bob", [1, 0, 0, [], "B", "Bob", []]])));
    rig.run(1_000);
    rig.heard(a);
    rig.heard(c);
    let rows = |heard: Vec<Value>| heard.last().unwrap()[11].clone();
    rig.says(a, json!([5, 0, [null, "A", "Ann"]]));
    rig.run(300);
    let heard = rig.heard(c);
    assert_eq!(heard[0], json!([5, 1, [1, "A", "Ann"]]), "before the map shows it");
    assert_eq!(rows(heard), json!([[0, 1], [0, "A"], [0, "Ann"], [0, null]]));
    rig.says(a, json!([5, 0, [null, "B", "Bob"]]));
    rig.run(300);
    assert!(rig.heard(c).contains(&json!([5, 1, [2, "B", "Bob"]])));
    // By what the map says of a stream the others know whose call it is.
    rig.says(a, json!([5, 3, 1, "{stream}", null, "Ann"]));
    rig.run(300);
    let heard = rig.heard(c);
    assert_eq!(heard.len(), 1, "the map alone");
    assert_eq!(rows(heard)[3], json!([0, "{stream}", null]));
    // Nobody but those behind a link is believed about themselves.
    rig.says(c, json!([5, 2, 0, 1, "A"]));
    rig.says(c, json!([5, 3, 1, "forged", null, "not Ann"]));
    rig.says(c, json!([5, 3, 0, "forged", null, ""]));
    rig.says(c, json!([5, 0, [null, "Z", "nobody"]]));
    rig.run(300);
    assert_eq!(rig.heard(c), Vec::<Value>::new());
    rig.says(a, json!([5, 2, 0, 1, "A"]));
    rig.run(300);
    let heard = rig.heard(c);
    assert_eq!(heard[0], json!([5, 2, 1, 1, "A"]));
    let second = json!([[0, null, 2], [0, null, "B"], [0, null, "Bob"], [0, null, null]]);
    assert_eq!(rows(heard), second);
    // Whoever goes leaves its seat.
    rig.says(a, below(json!([])));
    rig.run(300);
    assert!(rig.heard(c).contains(&json!([5, 2, 1, 2, "B"])));
    rig.says(c, json!([5, 0, [null, "C", "Cy"]]));
    rig.run(300);
    rig.handle(Input::Link(c, LinkEvent::ChannelClosed));
    rig.run(300);
    assert!(rig.heard(a).contains(&json!([5, 2, 1, 1, "C"])));
}

/// Whoever takes a seat dials those who sit, and is let in only if their map has it already.
#[test]
fn a_seat_is_in_the_map_as_soon_as_it_is_told() {
    let mut rig = Rig::conference();
    let (a, c) = (rig.joined_by("A"), rig.joined_by("C"));
    rig.run(1_000);
    rig.heard(c);
    for (link, id, column) in [(a, "A", 1), (c, "C", 2)] {
        rig.says(link, json!([5, 0, [null, id, id]]));
        let heard = rig.heard(c);
        assert_eq!(heard[0], json!([5, 1, [column, id, id]]));
        assert_eq!(heard[1][11][1][column], id, "without waiting for the next round");
        assert!(heard[1][2].as_array().unwrap().contains(&json!(id)));
    }
}

/// Old members who sit nowhere read no map any more after one without seats (C-12).
#[test]
fn a_conference_that_ends_leaves_empty_seats() {
    let (mut rig, h) = Rig::joins("H", lone_host());
    let b = rig.joined_by("B");
    let mut told = lone_host();
    told[11] = json!([[0, 1], [0, "H"], [0, "Hal"], [0, null]]);
    rig.says(h, told);
    rig.run(300);
    rig.heard(b);
    rig.heard(h);
    rig.says(h, lone_host());
    rig.run(300);
    let heard = rig.heard(b);
    assert_eq!(heard[0], json!([5, 2, 1, 1, "H"]));
    assert_eq!(heard[1][11], json!([[0], [0], [0], [0]]));
    rig.says(b, json!([5, 0, [null, "B", "Bob"]]));
    rig.run(300);
    assert_eq!(rig.heard(h), Vec::<Value>::new(), "nobody gives seats any more");
}

/// PeerJS before 1.5 reads JSON in text frames only, later ones in binary frames only.
#[test]
fn json_is_spoken_with_whoever_speaks_it() {
    let mut rig = Rig::host();
    rig.handle(Input::Command(Command::OnAir(Some(BOTH))));
    for (from, browser) in [("T", Some("chrome")), ("B", None)] {
        let mut payload = json!({
            "sdp": { "type": "offer", "sdp": "v=0" }, "type": "data", "connectionId": from,
            "serialization": "json",
        });
        if let Some(browser) = browser {
            payload["browser"] = json!(browser);
        }
        let link = rig.offer_of(from, payload).expect("is let in");
        rig.handle(Input::Link(link, LinkEvent::ChannelOpen));
        let says = |rig: &mut Rig, text: &str| rig.raw(link, text.as_bytes().to_vec());
        says(&mut rig, &json!([1, 0, 0, [], from, "Jo", []]).to_string());
        rig.run(300);
        says(&mut rig, &json!([0, from, "Jo", "héllo", null, ""]).to_string());
        rig.handle(Input::Command(Command::SendChat(format!("hello {from}"))));
        rig.run(300);
        let end = &rig.links[&link];
        let (heard, other) = match browser {
            Some(_) => (&end.texts, end.heard.len()),
            None => (&end.heard, end.texts.len()),
        };
        assert_eq!(heard[0][7], "H", "the map");
        assert_eq!(heard.last().unwrap()[3], json!(format!("hello {from}")));
        assert_eq!(other, 0, "the other kind of frame");
        // The same versions throw at a channel in a call.
        let call = rig.links.values().find(|end| end.peer == from && end.connection != from);
        assert_eq!(call.unwrap().channel.is_some(), browser.is_none());
        assert!(rig.view().chat.iter().any(|said| said.text == "héllo"));
        says(&mut rig, "[0,");
        assert!(rig.is_closed(link), "not JSON");
    }
}

#[test]
fn our_relay_carries_the_conference_of_an_old_host() {
    let (mut rig, h) = Rig::joins("H", lone_host());
    let b = rig.joined_by("B");
    rig.run(1_000);
    rig.heard(h);
    rig.says(b, json!([5, 0, [null, "B", "Bob"]]));
    assert_eq!(rig.heard(h), [json!([5, 0, [null, "B", "Bob"]])]);
    rig.heard(b);
    let mut told = lone_host();
    told[11] = json!([[0, null, 2], [0, null, "B"], [0, null, "Bob"], [0, null, null]]);
    rig.says(h, told.clone());
    rig.run(300);
    let heard = rig.heard(b);
    assert_eq!(heard[0], json!([5, 1, [2, "B", "Bob"]]));
    assert_eq!(heard[1][11], told[11]);
    for stream in [json!("{stream}"), json!(null)] {
        let shows = json!([5, 3, 2, stream, null, "Bob"]);
        rig.says(b, shows.clone());
        assert_eq!(rig.heard(h), [shows]);
        told[11][3][2] = stream;
        rig.says(h, told.clone());
        rig.run(300);
        if told[11][3][2] != json!(null) {
            assert_eq!(rig.heard(b).pop().unwrap()[11], told[11]);
        }
    }
    rig.heard(b);
    rig.says(b, json!([5, 2, 0, 2, "B"]));
    assert_eq!(rig.heard(h), [json!([5, 2, 0, 2, "B"])]);
}

#[test]
fn an_old_host_that_takes_us_for_a_conferee_is_asked_again() {
    let mut rig = Rig::viewer("H");
    for _ in 0..3 {
        let link = rig.dialled();
        rig.answer(link);
        rig.says(link, json!([5, 3, 1, null, null, "UN"]));
        assert!(rig.is_closed(link), "no map will come over it");
        assert_ne!(rig.view().problem, Some(Problem::NotARoom));
        rig.run(10_000);
        assert_ne!(rig.dialled(), link, "it is tried again");
    }
    let link = rig.dialled();
    rig.answer(link);
    rig.says(link, lone_host());
    assert_eq!(
        (rig.view().tree.parent.clone(), rig.view().problem.clone()),
        (Some(peer("H")), None)
    );
}
