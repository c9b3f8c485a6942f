//! How types become messages, in BinaryPack and in JSON, and what is read back of strange ones.

use live_core::id::PeerId;
use live_core::wire::binarypack::{Error, Value, from_slice};
use serde::de::DeserializeOwned;

use crate::support::{Closed, Join, Message, Mood, messages, packed, unhex};

/// What a JSON text is when it is packed.
fn read<T: DeserializeOwned>(json: &str) -> Result<T, Error> {
    from_slice(&serde_json::from_str::<Value>(json).unwrap().encode())
}

fn is_misshapen<T>(read: &Result<T, Error>) -> bool {
    matches!(read, Err(Error::Shape(_)))
}

#[test]
fn messages_come_back_from_both_formats() {
    for message in messages() {
        assert_eq!(from_slice(&packed(&message)), Ok(message.clone()));
        let json = serde_json::to_string(&message).unwrap();
        assert_eq!(serde_json::from_str::<Message>(&json).unwrap(), message);
    }
}

#[test]
fn messages_are_plain_objects() {
    let [ping, join, _, chat, _] = <[_; 5]>::try_from(messages()).unwrap();
    let json = |message: &Message| serde_json::to_string(message).unwrap();
    assert_eq!(json(&ping), r#""ping""#);
    assert_eq!(json(&join), r#"{"join_room":{"name":"Zoë","version":2}}"#);
    // What there is none of is left out.
    assert_eq!(
        json(&chat),
        r#"{"chat":{"author":"a-1","number":1099511627776,"at":-5000000000,"text":"中 <b>\r\n\u0001\"","mood":"other"}}"#
    );
    for message in messages() {
        assert_eq!(read(&json(&message)), Ok(message));
    }
}

#[test]
fn members_may_be_missing_only_where_there_is_something_to_assume() {
    let join = |name: &str, version| Ok(Message::JoinRoom(Join { name: name.into(), version }));
    assert_eq!(read(r#"{"join_room":{"later":[{"x":null}],"name":"a"}}"#), join("a", 0));
    let chat = |reply_to, mood| {
        read(&format!(r#"{{"chat":{{"author":"a","number":1,"at":1,"text":""{reply_to}{mood}}}}}"#))
    };
    let expected = |reply_to, mood| {
        let author = PeerId::new("a").unwrap();
        Ok(Message::Chat { author, number: 1, at: 1, text: String::new(), reply_to, mood })
    };
    assert_eq!(chat("", ""), expected(None, Mood::Other));
    assert_eq!(chat(r#","replyTo":null"#, r#","mood":"new""#), expected(None, Mood::Other));
    assert_eq!(chat(r#","replyTo":7"#, r#","mood":"happy""#), expected(Some(7), Mood::Happy));
    assert!(is_misshapen::<Message>(&chat("", r#","mood":null"#)));
}

#[test]
fn repeated_members_are_refused() {
    let repeated = [b"\x81\xb9join_room\x82".as_slice(), &b"\xb4name\xb1a".repeat(2)].concat();
    assert!(is_misshapen(&from_slice::<Message>(&repeated)));
}

#[test]
fn only_names_that_may_be_unknown_are() {
    assert_eq!(read(r#"{"teleport":{"x":1}}"#), Ok(Message::Unknown));
    assert_eq!(read(r#"{"teleport":[[1,{"x":null}],7.5]}"#), Ok(Message::Unknown));
    assert_eq!(read(r#""teleport""#), Ok(Message::Unknown));
    assert_eq!(read(r#""open""#), Ok(Closed::Open));
    assert!(is_misshapen(&read::<Closed>(r#""shut""#)));
}

#[test]
fn wrong_types_are_refused() {
    for message in [
        "[]",
        "null",
        "7",
        r#"{"ping":null,"chat":null}"#,
        r#"{"join_room":null}"#,
        r#"{"join_room":{}}"#,
        r#"{"join_room":["a",1]}"#,
        r#"{"join_room":{"name":1}}"#,
        r#"{"join_room":{"name":"a","version":256}}"#,
        r#"{"join_room":{"name":"a","version":-1}}"#,
        r#"{"join_room":{"name":"a","version":1.5}}"#,
        r#"{"join_room":{"name":"a","version":null}}"#,
        r#"{"sizes":{"small":1,"short":1,"wide":4294967296,"ids":[],"seats":[]}}"#,
        r#"{"sizes":{"small":1,"short":1,"wide":1,"ids":["<b>"],"seats":[]}}"#,
        r#"{"sizes":{"small":1,"short":1,"wide":1,"ids":[],"seats":[1]}}"#,
    ] {
        assert!(is_misshapen(&read::<Message>(message)), "{message}");
    }
}

#[test]
fn integers_that_could_not_be_passed_on_are_refused() {
    for (int, fits) in [(1_i64 << 53, true), (-(1 << 53), true), ((1 << 53) + 1, false)] {
        let bytes = [&[0xd3][..], &int.to_be_bytes()].concat();
        let read = from_slice(&bytes);
        assert!(if fits { read == Ok(int) } else { is_misshapen(&read) }, "{int}");
    }
    let least = [&[0xd3][..], &i64::MIN.to_be_bytes()].concat();
    assert!(is_misshapen(&from_slice::<i64>(&least)));
    assert!(is_misshapen(&from_slice::<u64>(&unhex("cfffffffffffffffff"))));
    assert!(is_misshapen(&from_slice::<u64>(&packed(&u64::MAX))));
}
