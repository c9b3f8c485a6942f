//! The encodings: BinaryPack against the protocol's vectors, chunks, and hostile bytes.

#![allow(clippy::unwrap_used, missing_docs)]

use std::borrow::Cow;

use live_core::id::PeerId;
use live_core::time::Time;
use live_core::wire;
use live_core::wire::chunk::{self, Reassembler, Received, split};
use live_core::wire::codec::Wire;
use live_core::wire::json;
use live_core::wire::limits;
use live_core::wire::pack::{self, Error};
use live_core::wire::value::Value;
use proptest::prelude::*;

fn text(text: &str) -> Value<'_> {
    text.into()
}

fn map<'a>(entries: &[(&'a str, Value<'a>)]) -> Value<'a> {
    Value::Map(entries.iter().map(|(k, v)| ((*k).into(), v.clone())).collect())
}

fn unhex(digits: &str) -> Vec<u8> {
    let byte = |i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(byte).collect()
}

/// What npm `peerjs-js-binarypack` writes.
fn vectors() -> Vec<(Value<'static>, Vec<u8>)> {
    let close = map(&[("__peerData", map(&[("type", text("close"))]))]);
    let chunk = map(&[
        ("__peerData", Value::Int(1)),
        ("n", Value::Int(0)),
        ("data", Value::Bytes(vec![9, 8].into())),
        ("total", Value::Int(2)),
    ]);
    let mixed = Value::Array(vec![Value::Int(1), text("a"), Value::Null]);
    [
        (Value::Null, "c0"),
        (Value::Bool(false), "c2"),
        (Value::Bool(true), "c3"),
        (Value::Int(0), "00"),
        (Value::Int(127), "7f"),
        (Value::Int(128), "cc80"),
        (Value::Int(256), "cd0100"),
        (Value::Int(65_536), "ce00010000"),
        (Value::Int(0xffff_ffff), "ceffffffff"),
        (Value::Int(4_294_967_296), "d30000000100000000"),
        (Value::Int(-1), "ff"),
        (Value::Int(-32), "e0"),
        (Value::Int(-33), "d0df"),
        (Value::Int(-129), "d1ff7f"),
        (Value::Int(-32_769), "d2ffff7fff"),
        (Value::Int(-2_147_483_648), "d280000000"),
        (Value::Float(0.1), "cb3fb999999999999a"),
        (text(""), "b0"),
        (text("a"), "b161"),
        ("a".repeat(16).into(), "d8001061616161616161616161616161616161"),
        (text("中文"), "b6e4b8ade69687"),
        (mixed, "9301b161c0"),
        (map(&[("a", Value::Int(1)), ("b", text("x"))]), "82b16101b162b178"),
        (map(&[("1", Value::Int(2))]), "81b13102"),
        (Value::Bytes(vec![1, 2, 3].into()), "a3010203"),
        (Value::Bytes(vec![0; 16].into()), "da001000000000000000000000000000000000"),
        (close, "81ba5f5f706565724461746181b474797065b5636c6f7365"),
        (chunk, "84ba5f5f706565724461746101b16e00b464617461a20908b5746f74616c02"),
    ]
    .map(|(value, digits)| (value, unhex(digits)))
    .into()
}

#[test]
fn vectors_are_written_as_in_javascript() {
    for (value, bytes) in vectors() {
        assert_eq!(value.encode(), bytes, "{value:?}");
    }
}

#[test]
fn vectors_are_read() {
    for (value, bytes) in vectors() {
        assert_eq!(Value::decode(&bytes), Ok(value));
    }
}

#[test]
fn vectors_cut_anywhere_are_refused() {
    for (_, bytes) in vectors() {
        for end in 0..bytes.len() {
            assert_eq!(Value::decode(&bytes[..end]), Err(Error::Truncated), "{bytes:x?}");
        }
    }
}

#[test]
fn vectors_with_a_tail_are_refused() {
    for (_, mut bytes) in vectors() {
        bytes.push(0xc0);
        assert_eq!(Value::decode(&bytes), Err(Error::Trailing), "{bytes:x?}");
    }
}

#[test]
fn long_lengths_have_wide_marks() {
    for (value, head) in [
        (Value::from("x".repeat(65_535)), "d8ffff"),
        (Value::from("x".repeat(65_536)), "d900010000"),
        (Value::Bytes(vec![7; 65_536].into()), "db00010000"),
        (Value::Array(vec![Value::Null; 16]), "dc0010"),
        (Value::Array(vec![Value::Null; 65_536]), "dd00010000"),
        (Value::Map(vec![("".into(), Value::Null); 16]), "de0010"),
        (Value::Map(vec![("".into(), Value::Null); 65_536]), "df00010000"),
    ] {
        let bytes = value.encode();
        assert!(bytes.starts_with(&unhex(head)), "{head}");
        assert_eq!(Value::decode(&bytes), Ok(value));
    }
}

#[test]
fn whole_floats_are_integers() {
    for (float, int) in [(1.0, 1), (0.0, 0), (-0.0, 0), (-3e9, -3_000_000_000)] {
        assert_eq!(Value::Float(float).encode(), Value::Int(int).encode());
        assert_eq!(Value::decode(&Value::Float(float).encode()), Ok(Value::Int(int)));
    }
    assert_eq!(Value::Float(1.0).encode(), [1]);
    assert_eq!(Value::Float(0.0).encode(), [0]);
}

#[test]
fn integers_that_javascript_would_misread_are_doubles() {
    let safe = 1_i64 << 53;
    assert_eq!(Value::Int(safe).encode(), unhex("d30020000000000000"));
    for int in [-2_147_483_649, -safe, safe + 2, i64::MAX, i64::MIN] {
        let bytes = Value::Int(int).encode();
        assert_eq!(bytes[0], 0xcb, "{int}");
        assert_eq!(bytes[1..], (int as f64).to_be_bytes());
    }
    assert_eq!(pack::bytes(&-2_147_483_649_i64)[0], 0xcb);
    assert_eq!(pack::read(&pack::bytes(&-safe)), Ok(-safe));
}

#[test]
fn wide_integers_are_read() {
    assert_eq!(Value::decode(&unhex("d38000000000000000")), Ok(Value::Int(i64::MIN)));
    assert_eq!(Value::decode(&unhex("cf0000000000000005")), Ok(Value::Int(5)));
    let beyond = Value::Float(18_446_744_073_709_551_615.0);
    assert_eq!(Value::decode(&unhex("cfffffffffffffffff")), Ok(beyond));
}

#[test]
fn undefined_is_null_and_singles_are_numbers() {
    assert_eq!(Value::decode(&[0xc1]), Ok(Value::Null));
    assert_eq!(pack::read::<Option<u8>>(&[0xc1]), Ok(None));
    assert_eq!(Value::decode(&unhex("ca3fc00000")), Ok(Value::Float(1.5)));
    assert_eq!(Value::decode(&unhex("ca3f800000")), Ok(Value::Int(1)));
}

#[test]
fn numbers_that_are_not_finite_become_null_and_are_not_read() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(Value::Float(number).encode(), [0xc0]);
        let mut bytes = vec![0xcb];
        bytes.extend(number.to_be_bytes());
        assert_eq!(Value::decode(&bytes), Err(Error::NotFinite));
        bytes = vec![0xca];
        bytes.extend((number as f32).to_be_bytes());
        assert_eq!(Value::decode(&bytes), Err(Error::NotFinite));
    }
}

#[test]
fn marks_outside_binarypack_are_refused() {
    for mark in (0xc4..=0xc9).chain(0xd4..=0xd7) {
        let bytes = [mark, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(Value::decode(&bytes), Err(Error::Mark(mark)));
    }
}

#[test]
fn lengths_that_lie_are_refused_at_once() {
    for head in ["d9ffffffff", "dbffffffff", "ddffffffff", "dfffffffff", "df80000000"] {
        assert_eq!(Value::decode(&unhex(head)), Err(Error::Truncated), "{head}");
    }
}

#[test]
fn nesting_has_a_limit() {
    let nested = |depth: usize| [vec![0x91; depth], vec![0xc0]].concat();
    assert!(Value::decode(&nested(limits::DEPTH)).is_ok());
    assert_eq!(Value::decode(&nested(limits::DEPTH + 1)), Err(Error::TooDeep));
    assert_eq!(Value::decode(&nested(1_000_000)), Err(Error::TooDeep));
    let maps = [0x81, 0xb0].repeat(1_000_000);
    assert_eq!(Value::decode(&maps), Err(Error::TooDeep));
    // So do those that nobody wants.
    let bytes = [vec![0x82, 0xb1, b'x'], nested(limits::DEPTH)].concat();
    assert_eq!(pack::read::<Join>(&bytes), Err(Error::TooDeep));
}

#[test]
fn siblings_do_not_count_as_nesting() {
    let value = Value::Array(vec![Value::Array(vec![]); 100]);
    assert_eq!(Value::decode(&value.encode()), Ok(value));
}

#[test]
fn the_number_of_values_has_a_limit() {
    let nulls = |n| Value::Array(vec![Value::Null; n]).encode();
    assert!(Value::decode(&nulls(limits::VALUES)).is_ok());
    assert_eq!(Value::decode(&nulls(limits::VALUES + 1)), Err(Error::TooMany));
    let half = Value::Array(vec![Value::Null; limits::VALUES / 2]);
    let bytes = Value::Array(vec![half.clone(), half]).encode();
    assert_eq!(Value::decode(&bytes), Err(Error::TooMany));
}

#[test]
fn size_has_a_limit() {
    let largest = vec![b'x'; limits::MESSAGE - 5];
    let bytes = Value::Bytes((&largest).into()).encode();
    assert_eq!(Value::decode(&bytes), Ok(Value::Bytes(largest.into())));
    let too_large = Value::Bytes(vec![b'x'; limits::MESSAGE - 4].into());
    assert_eq!(Value::decode(&too_large.encode()), Err(Error::TooLarge));
}

#[test]
fn text_is_utf8() {
    assert_eq!(Value::decode(&[0xb1, 0xff]), Err(Error::Utf8));
    assert_eq!(Value::decode(&[0xb3, 0xed, 0xa0, 0x80]), Err(Error::Utf8));
}

#[test]
fn keys_are_texts() {
    assert_eq!(Value::decode(&[0x81, 0x01, 0x02]), Err(Error::Key));
    assert_eq!(Value::decode(&[0x81, 0x90, 0x02]), Err(Error::Key));
}

#[test]
fn of_repeated_keys_the_last_counts() {
    let value = Value::decode(b"\x82\xb1a\x01\xb1a\x02").unwrap();
    assert_eq!(value.get("a"), Some(&Value::Int(2)));
}

#[derive(Clone, Debug, PartialEq)]
enum Message {
    Ping,
    JoinRoom(Join),
    Chat { author: PeerId, number: u64, at: i64, text: String, reply_to: Option<u64>, mood: Mood },
    Sizes { small: u8, short: u16, wide: u32, ids: Vec<PeerId>, seats: Vec<Option<bool>> },
    Unknown,
}

wire!(enum Message {
    "ping" => Ping,
    "join_room" => JoinRoom(join),
    "chat" => Chat { author, number, at, text, reply_to as "replyTo", mood = Mood::Other },
    "sizes" => Sizes { small, short, wide, ids, seats },
    _ => Unknown,
});

#[derive(Clone, Debug, PartialEq)]
struct Join {
    name: String,
    version: u8,
}

wire!(struct Join { name, version = 0 });

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mood {
    Happy,
    Other,
}

wire!(enum Mood { "happy" => Happy, "other" => Other, _ => Other });

#[derive(Debug, PartialEq)]
enum Closed {
    Open,
}

wire!(enum Closed { "open" => Open });

fn messages() -> Vec<Message> {
    let chat = |reply_to, mood| Message::Chat {
        author: PeerId::new("a-1").unwrap(),
        number: 1 << 40,
        at: -5_000_000_000,
        text: "中 <b>\r\n\u{1}\"".into(),
        reply_to,
        mood,
    };
    let ids = ["1", "two words"].map(|id| PeerId::new(id).unwrap());
    let seats = vec![Some(true), None];
    vec![
        Message::Ping,
        Message::JoinRoom(Join { name: "Zoë".into(), version: 2 }),
        chat(Some(3), Mood::Happy),
        chat(None, Mood::Other),
        Message::Sizes { small: 255, short: 65_535, wide: u32::MAX, ids: ids.into(), seats },
    ]
}

/// What a JSON text is when it is packed.
fn read<T: Wire>(json: &str) -> Result<T, Error> {
    pack::read(&json::parse(json).unwrap().encode())
}

#[test]
fn messages_come_back_from_both_formats() {
    for message in messages() {
        assert_eq!(pack::read(&pack::bytes(&message)), Ok(message.clone()));
        assert_eq!(json::read(&json::text(&message)), Some(message));
    }
}

#[test]
fn messages_are_plain_objects() {
    let [ping, join, _, chat, _] = <[_; 5]>::try_from(messages()).unwrap();
    assert_eq!(json::text(&ping), r#""ping""#);
    assert_eq!(json::text(&join), r#"{"join_room":{"name":"Zoë","version":2}}"#);
    // What there is none of is left out.
    assert_eq!(
        json::text(&chat),
        r#"{"chat":{"author":"a-1","number":1099511627776,"at":-5000000000,"text":"中 <b>\r\n\u0001\"","mood":"other"}}"#
    );
}

#[test]
fn members_may_be_missing_only_where_there_is_something_to_assume() {
    let join = |name: &str, version| Ok(Message::JoinRoom(Join { name: name.into(), version }));
    assert_eq!(read(r#"{"join_room":{"later":[{"x":null}],"name":"a"}}"#), join("a", 0));
    assert_eq!(read(r#"{"join_room":{"name":"a","name":"b","version":3}}"#), join("b", 3));
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
    assert_eq!(chat("", r#","mood":null"#), Err(Error::Shape));
}

#[test]
fn only_names_that_may_be_unknown_are() {
    assert_eq!(read(r#"{"teleport":{"x":1}}"#), Ok(Message::Unknown));
    assert_eq!(read(r#""teleport""#), Ok(Message::Unknown));
    assert_eq!(read(r#""open""#), Ok(Closed::Open));
    assert_eq!(read::<Closed>(r#""shut""#), Err(Error::Shape));
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
        r#"{"join_room":{"name":1}}"#,
        r#"{"join_room":{"name":"a","version":256}}"#,
        r#"{"join_room":{"name":"a","version":-1}}"#,
        r#"{"join_room":{"name":"a","version":1.5}}"#,
        r#"{"join_room":{"name":"a","version":null}}"#,
        r#"{"sizes":{"small":1,"short":1,"wide":4294967296,"ids":[],"seats":[]}}"#,
        r#"{"sizes":{"small":1,"short":1,"wide":1,"ids":["<b>"],"seats":[]}}"#,
        r#"{"sizes":{"small":1,"short":1,"wide":1,"ids":[],"seats":[1]}}"#,
    ] {
        assert_eq!(read::<Message>(message), Err(Error::Shape), "{message}");
    }
}

#[test]
fn integers_that_could_not_be_passed_on_are_refused() {
    for (int, read_as) in [
        ((1_i64 << 53), Ok(1_i64 << 53)),
        (-(1 << 53), Ok(-(1 << 53))),
        ((1 << 53) + 1, Err(Error::Shape)),
        (i64::MIN, Err(Error::Shape)),
    ] {
        let bytes = [&[0xd3][..], &int.to_be_bytes()].concat();
        assert_eq!(pack::read(&bytes), read_as, "{int}");
    }
    assert_eq!(pack::read::<u64>(&unhex("cfffffffffffffffff")), Err(Error::Shape));
    assert_eq!(pack::read(&pack::bytes(&u64::MAX)), Err::<u64, _>(Error::Shape));
}

/// What serde_json reads, as our own value.
fn read_by_serde(text: &str) -> Option<Value<'static>> {
    fn value(json: serde_json::Value) -> Value<'static> {
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Bool(value),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(int) => Value::Int(int),
                None => Value::Float(number.as_f64().unwrap()),
            },
            serde_json::Value::String(text) => text.into(),
            serde_json::Value::Array(list) => Value::Array(list.into_iter().map(value).collect()),
            serde_json::Value::Object(map) => {
                Value::Map(map.into_iter().map(|(k, v)| (k.into(), value(v))).collect())
            }
        }
    }
    serde_json::from_str(text).ok().map(value)
}

/// Whether two values are the same, but for the order of keys and the last digits of floats.
fn alike(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b))
        }
        (Value::Map(a), Value::Map(_)) => {
            a.iter().all(|(key, _)| b.get(key).is_some_and(|b| alike(value_of(a, key), b)))
        }
        (Value::Float(a), Value::Float(b)) => (a - b).abs() <= a.abs() * 1e-14 + f64::MIN_POSITIVE,
        (Value::Int(int), Value::Float(float)) | (Value::Float(float), Value::Int(int)) => {
            (*int as f64 - float).abs() <= float.abs() * 1e-14
        }
        (a, b) => a == b,
    }
}

fn value_of<'v, 'a>(entries: &'v [(Cow<'a, str>, Value<'a>)], key: &str) -> &'v Value<'a> {
    entries.iter().rev().find(|(k, _)| k == key).map(|(_, value)| value).unwrap()
}

#[test]
fn json_is_read_as_elsewhere() {
    for text in [
        "",
        " ",
        "null",
        " true ",
        "false",
        "nul",
        "nullx",
        "01",
        "-01",
        "-",
        "-0",
        "0",
        "+1",
        "1.",
        ".5",
        "1.5",
        "-1.25e2",
        "1e3",
        "1E+3",
        "1e-400",
        "1e400",
        "-1e400",
        "0e999999999999",
        "1e99999999999999999999",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "123456789012345678901234567890",
        "0.1",
        "1e",
        "1e+",
        "18446744073709551619.5",
        "5e-324",
        "1.79e308",
        "12345678901234567890e-25",
        "\"\"",
        "\"a",
        "\"\u{1}\"",
        "\"\\\"\"",
        r#""\/\b\f\n\r\t\\""#,
        r#""\u00e9\u4e2d""#,
        r#""\ud83d\ude00""#,
        r#""\ud83d""#,
        r#""\ud83dx""#,
        r#""\ud83d\u0041""#,
        r#""\ude00""#,
        r#""\u12""#,
        r#""\x""#,
        "\"é中\"",
        "[]",
        "[ ]",
        "[1,]",
        "[,]",
        "[1 2]",
        "[1,2",
        "[1]]",
        "{}",
        "{ }",
        "{\"a\":1,}",
        "{\"a\"}",
        "{a:1}",
        "{1:1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\" : 1 , \"b\" : [ { } ] }",
        "\u{feff}1",
        "{\"\\u0061\":1}",
        "[1}",
        "{\"a\":1]",
    ] {
        let (ours, theirs) = (json::parse(text), read_by_serde(text));
        match (&ours, &theirs) {
            (Some(a), Some(b)) => assert!(alike(a, b), "{text}: {a:?}, {b:?}"),
            _ => assert_eq!(ours, theirs, "{text}"),
        }
    }
}

#[test]
fn json_has_limits_too() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(json::parse(&nested(limits::DEPTH)).is_some());
    assert_eq!(json::parse(&nested(limits::DEPTH + 1)), None);
    assert_eq!(json::parse(&"[".repeat(1_000_000)), None);
    assert_eq!(json::parse(&"{\"\":".repeat(1_000_000)), None);
    let many = |n: usize| format!("[{}0]", "0,".repeat(n - 1));
    assert!(json::parse(&many(limits::VALUES - 1)).is_some());
    assert_eq!(json::parse(&many(limits::VALUES)), None);
}

#[test]
fn members_are_found_as_they_are_written() {
    let members = json::members(r#" { "a" : [1, {"b":"}"}] ,"\u0062":"x\n", "a":null } "#).unwrap();
    let members: Vec<_> = members.iter().map(|(name, text)| (&**name, *text)).collect();
    assert_eq!(members, [("a", r#"[1, {"b":"}"}]"#), ("b", r#""x\n""#), ("a", "null")]);
    for text in ["", "[]", "{} x", r#"{"a":}"#, r#"{"a":[1}"#] {
        assert_eq!(json::members(text), None, "{text}");
    }
}

fn values() -> impl Strategy<Value = Value<'static>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<i32>().prop_map(|int| Value::Int(int.into())),
        any::<i16>().prop_map(|int| Value::Int(int.into())),
        any::<f64>().prop_map(Value::Float),
        any::<i32>().prop_map(|int| Value::Float(int.into())),
        ".{0,40}".prop_map(Value::from),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(|bytes| Value::Bytes(bytes.into())),
    ];
    leaf.prop_recursive(6, 200, 20, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..20).prop_map(Value::Array),
            prop::collection::vec((".{0,20}".prop_map(Cow::Owned), inner), 0..20)
                .prop_map(Value::Map),
        ]
    })
}

/// `value` as JavaScript sees it.
fn normalised(value: Value<'_>) -> Value<'_> {
    const SAFE: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Int(int) if int.unsigned_abs() > 1 << 53 => normalised(Value::Float(int as f64)),
        Value::Float(float) if !float.is_finite() => Value::Null,
        Value::Float(float) if float.fract() == 0.0 && float.abs() <= SAFE => {
            Value::Int(float as i64)
        }
        Value::Array(elements) => Value::Array(elements.into_iter().map(normalised).collect()),
        Value::Map(entries) => {
            Value::Map(entries.into_iter().map(|(k, v)| (k, normalised(v))).collect())
        }
        other => other,
    }
}

/// `value` as JSON can say it.
fn plain(value: Value<'_>) -> Value<'_> {
    match value {
        Value::Int(i64::MIN) => Value::Float(i64::MIN as f64),
        Value::Float(_) | Value::Bytes(_) => Value::Null,
        Value::Array(elements) => Value::Array(elements.into_iter().map(plain).collect()),
        Value::Map(entries) => {
            Value::Map(entries.into_iter().map(|(k, v)| (k, plain(v))).collect())
        }
        other => other,
    }
}

proptest! {
    #[test]
    fn any_value_comes_back(value in values()) {
        let bytes = value.encode();
        prop_assert_eq!(Value::decode(&bytes), Ok(normalised(value)));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(value) = Value::decode(&bytes) {
            let bytes = value.encode();
            prop_assert_eq!(Value::decode(&bytes), Ok(value));
        }
        let _ = pack::read::<Message>(&bytes);
        let _ = Reassembler::default().accept(Time::default(), bytes);
    }

    #[test]
    fn any_text_is_read_as_by_serde_or_refused(
        text in prop_oneof![
            ".{0,60}",
            r#"[\[\]{}",:a0-9 eE.+\\tfnurl-]{0,24}"#,
            r#"-?[0-9]{1,25}(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?"#,
        ],
    ) {
        let (ours, theirs) = (json::parse(&text), read_by_serde(&text));
        prop_assert_eq!(ours.is_some(), theirs.is_some());
        if let (Some(ours), Some(theirs)) = (ours, theirs) {
            prop_assert!(alike(&ours, &theirs), "{:?} {:?}", ours, theirs);
        }
        prop_assert_eq!(json::members(&text).is_some(), matches!(json::parse(&text), Some(Value::Map(_))));
    }

    #[test]
    fn any_value_comes_back_from_json(value in values()) {
        let text = value.to_json();
        let value = plain(value);
        prop_assert_eq!(json::parse(&text), Some(value.clone()));
        prop_assert!(alike(&value, &read_by_serde(&text).unwrap()));
    }

    #[test]
    fn any_damage_is_read_or_refused(
        value in values(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
    ) {
        let mut bytes = value.encode();
        for (index, byte) in damage {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        let _ = Value::decode(&bytes);
        let _ = pack::read::<Message>(&bytes);
    }

    #[test]
    fn any_chunk_is_taken_or_refused(
        fields in prop::collection::vec(("n|data|total|type", values()), 0..6),
        id in values(),
    ) {
        let mut entries = vec![("__peerData".into(), id)];
        entries.extend(fields.into_iter().map(|(key, value)| (key.into(), value)));
        let mut reassembler = Reassembler::default();
        let _ = reassembler.accept(Time::default(), Value::Map(entries).encode());
    }

    #[test]
    fn shuffled_and_repeated_chunks_come_together_once(
        size in limits::CHUNK - 2..6 * limits::CHUNK,
        (order, repeats) in (any::<u64>(), 1_usize..3),
    ) {
        let message: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
        let mut frames: Vec<_> = split(message.clone(), 7).collect();
        prop_assert_eq!(frames.len(), size.div_ceil(limits::CHUNK));
        let chunked = frames.len() > 1;
        if chunked {
            frames = frames.iter().cycle().take(frames.len() * repeats).cloned().collect();
        }
        let mut rng = rand_pcg::Pcg32::new(order, 1);
        for i in (1..frames.len()).rev() {
            use rand_pcg::rand_core::RngCore;
            frames.swap(i, rng.next_u32() as usize % (i + 1));
        }
        let mut reassembler = Reassembler::default();
        let received: Vec<_> = frames
            .into_iter()
            .filter_map(|frame| reassembler.accept(Time::default(), frame).unwrap())
            .collect();
        prop_assert_eq!(received, [Received::Message(message)]);
    }
}

fn chunk(id: i64, n: i64, data: &[u8], total: i64) -> Vec<u8> {
    map(&[
        ("__peerData", Value::Int(id)),
        ("n", Value::Int(n)),
        ("data", Value::Bytes(data.into())),
        ("total", Value::Int(total)),
    ])
    .encode()
}

fn at(seconds: u64) -> Time {
    Time::from_millis(seconds * 1000)
}

fn accept(reassembler: &mut Reassembler, frame: Vec<u8>) -> Result<Option<Received>, chunk::Error> {
    reassembler.accept(at(0), frame)
}

#[test]
fn small_messages_are_their_own_frame() {
    for size in [0, 1, limits::CHUNK] {
        let message = vec![0xc0; size];
        let frames: Vec<_> = split(message.clone(), 1).collect();
        assert_eq!(frames, std::slice::from_ref(&message));
        let received = accept(&mut Reassembler::default(), message.clone());
        assert_eq!(received, Ok(Some(Received::Message(message))));
    }
}

#[test]
fn chunks_are_those_of_peerjs() {
    let message: Vec<u8> = (0..limits::CHUNK + 2).map(|i| i as u8).collect();
    let frames: Vec<_> = split(message.clone(), 5).collect();
    let (first, last) = message.split_at(limits::CHUNK);
    assert_eq!(frames, [chunk(5, 0, first, 2), chunk(5, 1, last, 2)]);
}

#[test]
fn the_largest_message_fits() {
    let message = vec![1; limits::MESSAGE];
    let mut reassembler = Reassembler::default();
    let mut received = None;
    for frame in split(message.clone(), 1) {
        received = accept(&mut reassembler, frame).unwrap();
    }
    assert!(received == Some(Received::Message(message)));
}

#[test]
fn messages_interleave() {
    let mut reassembler = Reassembler::default();
    for (id, n, done) in [(1, 1, None), (2, 0, None), (1, 0, Some(b"ab")), (2, 1, Some(b"ab"))] {
        let data = if n == 0 { b"a" } else { b"b" };
        let received = accept(&mut reassembler, chunk(id, n, data, 2));
        assert_eq!(received, Ok(done.map(|m| Received::Message(m.to_vec()))));
    }
}

#[test]
fn a_request_to_close_is_seen() {
    let bytes = unhex("81ba5f5f706565724461746181b474797065b5636c6f7365");
    assert_eq!(chunk::close(), bytes);
    assert_eq!(accept(&mut Reassembler::default(), bytes), Ok(Some(Received::Close)));
}

#[test]
fn maps_that_merely_mention_the_mark_are_messages() {
    for value in [
        map(&[("a", Value::Null), ("__peerData", Value::Int(1))]),
        map(&[("__peerDat", Value::Int(1))]),
        map(&[("__peerData2", Value::Int(1))]),
        text("__peerData"),
    ] {
        let bytes = value.encode();
        let received = accept(&mut Reassembler::default(), bytes.clone());
        assert_eq!(received, Ok(Some(Received::Message(bytes))));
    }
}

#[test]
fn late_chunks_of_a_finished_message_start_nothing() {
    let mut reassembler = Reassembler::default();
    assert_eq!(accept(&mut reassembler, chunk(1, 1, b"b", 2)), Ok(None));
    assert!(accept(&mut reassembler, chunk(1, 0, b"a", 2)).unwrap().is_some());
    assert_eq!(accept(&mut reassembler, chunk(1, 0, b"a", 2)), Ok(None));
    assert_eq!(accept(&mut reassembler, chunk(1, 1, b"b", 2)), Ok(None));
}

#[test]
fn a_repeated_chunk_does_not_replace_the_first() {
    let mut reassembler = Reassembler::default();
    assert_eq!(accept(&mut reassembler, chunk(1, 0, b"a", 2)), Ok(None));
    assert_eq!(accept(&mut reassembler, chunk(1, 0, b"x", 2)), Ok(None));
    let received = accept(&mut reassembler, chunk(1, 1, b"b", 2));
    assert_eq!(received, Ok(Some(Received::Message(b"ab".to_vec()))));
}

#[test]
fn numbers_and_totals_out_of_range_are_refused() {
    let most = limits::CHUNKS as i64;
    for (n, total) in [(0, 0), (2, 2), (3, 2), (-1, 2), (0, -1), (0, most + 1), (0, 1 << 40)] {
        let received = accept(&mut Reassembler::default(), chunk(1, n, b"a", total));
        assert_eq!(received, Err(chunk::Error::OutOfRange), "{n} of {total}");
    }
    assert_eq!(accept(&mut Reassembler::default(), chunk(1, most - 1, b"a", most)), Ok(None));
}

#[test]
fn chunks_that_contradict_each_other_end_the_message() {
    let mut reassembler = Reassembler::default();
    assert_eq!(accept(&mut reassembler, chunk(1, 0, b"a", 2)), Ok(None));
    let received = accept(&mut reassembler, chunk(1, 1, b"b", 3));
    assert_eq!(received, Err(chunk::Error::Contradiction));
    assert_eq!(accept(&mut reassembler, chunk(1, 1, b"b", 2)), Ok(None));
}

#[test]
fn incomplete_chunks_are_refused() {
    let id = ("__peerData", Value::Int(1));
    let data = ("data", Value::Bytes(vec![1].into()));
    let (n, total) = (("n", Value::Int(0)), ("total", Value::Int(1)));
    for fields in [
        vec![id.clone()],
        vec![id.clone(), n.clone(), data.clone()],
        vec![id.clone(), data.clone(), total.clone()],
        vec![id.clone(), n.clone(), total.clone()],
        vec![id, n.clone(), ("data", text("x")), total.clone()],
        vec![("__peerData", text("1")), n, data, total],
        vec![("__peerData", map(&[("type", text("open"))]))],
    ] {
        let received = accept(&mut Reassembler::default(), map(&fields).encode());
        assert_eq!(received, Err(chunk::Error::Malformed), "{fields:?}");
    }
}

#[test]
fn a_broken_chunk_is_refused() {
    let mut frame = chunk(1, 0, b"abc", 2);
    frame.pop();
    let received = accept(&mut Reassembler::default(), frame);
    assert_eq!(received, Err(chunk::Error::Pack(Error::Truncated)));
}

#[test]
fn a_chunked_message_that_grows_too_large_is_given_up() {
    let mut reassembler = Reassembler::default();
    let half = vec![0; limits::MESSAGE / 2 + 1];
    assert_eq!(accept(&mut reassembler, chunk(1, 0, &half, 3)), Ok(None));
    let received = accept(&mut reassembler, chunk(1, 1, &half, 3));
    assert_eq!(received, Err(chunk::Error::TooLarge));
    assert_eq!(accept(&mut reassembler, chunk(1, 2, b"a", 3)), Ok(None));
}

#[test]
fn a_frame_that_is_too_large_is_refused() {
    let received = accept(&mut Reassembler::default(), vec![0; limits::MESSAGE + 1]);
    assert_eq!(received, Err(chunk::Error::TooLarge));
}

#[test]
fn incomplete_messages_are_few_and_expire() {
    let mut reassembler = Reassembler::default();
    let few = limits::REASSEMBLIES as i64;
    for id in 0..few {
        assert_eq!(reassembler.accept(at(0), chunk(id, 0, b"a", 2)), Ok(None));
    }
    let refused = reassembler.accept(at(29), chunk(few, 0, b"a", 2));
    assert_eq!(refused, Err(chunk::Error::TooMany));
    let known = reassembler.accept(at(29), chunk(0, 1, b"b", 2));
    assert_eq!(known, Ok(Some(Received::Message(b"ab".to_vec()))));
    assert_eq!(reassembler.accept(at(30), chunk(1, 1, b"b", 2)), Ok(None));
    for id in 10..10 + few {
        assert_eq!(reassembler.accept(at(30), chunk(id, 0, b"a", 2)), Ok(None));
    }
}
