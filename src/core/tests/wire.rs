//! The encodings: BinaryPack against the protocol's vectors, chunks, and hostile bytes.

#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;

use live_core::id::PeerId;
use live_core::time::Time;
use live_core::wire::chunk::{self, Reassembler, Received, split};
use live_core::wire::limits;
use live_core::wire::pack::{Error, Value, from_slice, to_vec};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

fn text(text: &str) -> Value {
    text.into()
}

fn map(entries: &[(&str, Value)]) -> Value {
    Value::Map(entries.iter().map(|(k, v)| ((*k).into(), v.clone())).collect())
}

fn unhex(digits: &str) -> Vec<u8> {
    let byte = |i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(byte).collect()
}

/// What npm `peerjs-js-binarypack` writes.
fn vectors() -> Vec<(Value, Vec<u8>)> {
    let close = map(&[("__peerData", map(&[("type", text("close"))]))]);
    let chunk = map(&[
        ("__peerData", Value::Int(1)),
        ("n", Value::Int(0)),
        ("data", Value::Bytes(vec![9, 8])),
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
        (text(&"a".repeat(16)), "d8001061616161616161616161616161616161"),
        (text("中文"), "b6e4b8ade69687"),
        (mixed, "9301b161c0"),
        (map(&[("a", Value::Int(1)), ("b", text("x"))]), "82b16101b162b178"),
        (map(&[("1", Value::Int(2))]), "81b13102"),
        (Value::Bytes(vec![1, 2, 3]), "a3010203"),
        (Value::Bytes(vec![0; 16]), "da001000000000000000000000000000000000"),
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
        assert_eq!(to_vec(&value).unwrap(), bytes, "{value:?}");
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
        (Value::Str("x".repeat(65_535)), "d8ffff"),
        (Value::Str("x".repeat(65_536)), "d900010000"),
        (Value::Bytes(vec![7; 65_536]), "db00010000"),
        (Value::Array(vec![Value::Null; 16]), "dc0010"),
        (Value::Array(vec![Value::Null; 65_536]), "dd00010000"),
        (Value::Map(vec![(String::new(), Value::Null); 16]), "de0010"),
        (Value::Map(vec![(String::new(), Value::Null); 65_536]), "df00010000"),
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
    assert_eq!(from_slice::<f64>(&[1]), Ok(1.0));
}

#[test]
fn integers_that_javascript_would_misread_are_doubles() {
    let safe = 1_i64 << 53;
    assert_eq!(Value::Int(safe).encode(), unhex("d30020000000000000"));
    for int in [-2_147_483_649, -safe, safe + 2, i64::MAX, i64::MIN] {
        let bytes = Value::Int(int).encode();
        assert_eq!(bytes[0], 0xcb, "{int}");
        assert_eq!(bytes[1..], (int as f64).to_be_bytes());
        assert_eq!(to_vec(&Value::Int(int)).unwrap(), bytes);
    }
    assert_eq!(to_vec(&-2_147_483_649_i64).unwrap()[0], 0xcb);
    assert_eq!(from_slice(&to_vec(&-safe).unwrap()), Ok(-safe));
}

#[test]
fn typed_integers_that_would_change_are_refused() {
    for int in [(1_i64 << 53) + 1, -(1 << 53) - 1, i64::MAX, i64::MIN] {
        assert_eq!(to_vec(&int), Err(Error::Integer));
    }
    assert_eq!(to_vec(&u64::MAX), Err(Error::Integer));
}

#[test]
fn wide_integers_are_read() {
    assert_eq!(from_slice(&unhex("cfffffffffffffffff")), Ok(u64::MAX));
    assert_eq!(from_slice(&unhex("d38000000000000000")), Ok(i64::MIN));
    assert_eq!(Value::decode(&unhex("cf0000000000000005")), Ok(Value::Int(5)));
    let beyond = Value::Float(18_446_744_073_709_551_615.0);
    assert_eq!(Value::decode(&unhex("cfffffffffffffffff")), Ok(beyond));
}

#[test]
fn undefined_is_null_and_singles_are_numbers() {
    assert_eq!(Value::decode(&[0xc1]), Ok(Value::Null));
    assert_eq!(from_slice::<Option<u8>>(&[0xc1]), Ok(None));
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
        assert_eq!(from_slice::<Vec<u8>>(&unhex(head)), Err(Error::Truncated), "{head}");
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
    // Skipped values count as well.
    let bytes = [vec![0x82, 0xb1, b'x'], nested(limits::DEPTH)].concat();
    assert_eq!(from_slice::<Sparse>(&bytes), Err(Error::TooDeep));
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
    let bytes = Value::Bytes(largest.clone()).encode();
    assert_eq!(Value::decode(&bytes), Ok(Value::Bytes(largest)));
    let too_large = Value::Bytes(vec![b'x'; limits::MESSAGE - 4]);
    assert_eq!(Value::decode(&too_large.encode()), Err(Error::TooLarge));
    assert_eq!(to_vec(&too_large), Err(Error::TooLarge));
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
    assert_eq!(to_vec(&BTreeMap::from([(1, 2)])), Err(Error::Key));
    let by_id = BTreeMap::from([(PeerId::new("1").unwrap(), 2)]);
    assert_eq!(to_vec(&by_id).unwrap(), unhex("81b13102"));
    assert_eq!(from_slice(&unhex("81b13102")), Ok(by_id));
}

#[test]
fn of_repeated_keys_the_last_counts() {
    let value = Value::decode(&unhex("82b16101b16102")).unwrap();
    assert_eq!(value.get("a"), Some(&Value::Int(2)));
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
enum Message {
    Ping,
    JoinRoom(Join),
    Chat {
        author: PeerId,
        number: u64,
        at: i64,
        loudness: f64,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<u64>,
        /// Written as null.
        mood: Option<Mood>,
    },
    Sizes {
        tiny: i8,
        small: u16,
        wide: u32,
        pair: (u8, bool),
        ids: Vec<Number>,
        more: BTreeMap<String, Shape>,
        anything: Value,
    },
    #[serde(other)]
    Unknown,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Join {
    name: String,
    #[serde(default)]
    version: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Number(u32);

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mood {
    Happy,
    #[serde(other)]
    Other,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Shape {
    Point,
    Circle(f64),
    Line(i32, i32),
    Rectangle { width: u32, height: u32 },
}

/// Everything but this field is skipped.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Sparse {
    #[serde(default)]
    wanted: u8,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    own: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, u8>,
}

fn messages() -> Vec<Message> {
    let shapes = [
        Shape::Point,
        Shape::Circle(2.0),
        Shape::Line(-1, 70_000),
        Shape::Rectangle { width: 3, height: 4 },
    ];
    let chat = |reply_to, mood, loudness| Message::Chat {
        author: PeerId::new("a-1").unwrap(),
        number: 1 << 40,
        at: -5_000_000_000,
        loudness,
        text: "中 <b>".into(),
        reply_to,
        mood,
    };
    vec![
        Message::Ping,
        Message::JoinRoom(Join { name: "Zoë".into(), version: 2 }),
        chat(Some(3), Some(Mood::Happy), 1.0),
        chat(None, None, 0.25),
        Message::Sizes {
            tiny: -128,
            small: 65_535,
            wide: u32::MAX,
            pair: (200, true),
            ids: vec![Number(1), Number(300)],
            more: shapes.into_iter().map(|s| (format!("{s:?}"), s)).collect(),
            anything: Value::Array(vec![text("chat"), Value::Bytes(vec![1]), Value::Null]),
        },
    ]
}

#[test]
fn derived_messages_come_back() {
    for message in messages() {
        let bytes = to_vec(&message).unwrap();
        assert_eq!(from_slice(&bytes), Ok(message));
    }
}

#[test]
fn derived_messages_are_plain_objects() {
    let bytes = to_vec(&Message::Ping).unwrap();
    assert_eq!(Value::decode(&bytes), Ok(map(&[("t", text("ping"))])));
    let join = Join { name: "a".into(), version: 1 };
    let fields = [("t", text("join_room")), ("name", text("a")), ("version", Value::Int(1))];
    let bytes = to_vec(&Message::JoinRoom(join)).unwrap();
    assert_eq!(Value::decode(&bytes), Ok(map(&fields)));
    let chat = Value::decode(&to_vec(&messages()[3]).unwrap()).unwrap();
    assert_eq!(chat.get("reply_to"), None);
    assert_eq!(chat.get("mood"), Some(&Value::Null));
}

#[test]
fn the_tag_may_come_last_and_unknown_fields_are_skipped() {
    let fields = [
        ("later", Value::Array(vec![map(&[("x", Value::Null)])])),
        ("name", text("a")),
        ("t", text("join_room")),
    ];
    let join = Join { name: "a".into(), version: 0 };
    assert_eq!(from_slice(&map(&fields).encode()), Ok(Message::JoinRoom(join)));
    let unheard = map(&[("t", text("teleport")), ("x", Value::Int(1))]);
    assert_eq!(from_slice(&unheard.encode()), Ok(Message::Unknown));
}

#[test]
fn plain_types_come_back_on_their_own() {
    for shape in [Shape::Point, Shape::Circle(0.5), Shape::Line(1, 2)] {
        assert_eq!(from_slice(&to_vec(&shape).unwrap()), Ok(shape));
    }
    assert_eq!(from_slice(&to_vec(&('é', ())).unwrap()), Ok(('é', ())));
    assert_eq!(from_slice(&to_vec(&Some(Some(1.5_f32))).unwrap()), Ok(Some(Some(1.5_f32))));
}

#[test]
fn maps_of_unknown_length_come_back() {
    for entries in [0, 1, 15, 40] {
        let rest = (0..entries).map(|i| (format!("key{i}"), i)).collect();
        let flat = Flat { own: 1, rest };
        assert_eq!(from_slice(&to_vec(&flat).unwrap()), Ok(flat));
    }
}

#[test]
fn wrong_types_are_refused_with_a_sentence() {
    for value in [
        Value::Array(vec![]),
        map(&[("t", text("join_room"))]),
        map(&[("t", text("join_room")), ("name", Value::Int(1))]),
        map(&[("t", Value::Int(300))]),
    ] {
        let error = from_slice::<Message>(&value.encode()).unwrap_err();
        assert_eq!(error, Error::Shape);
    }
    let long = to_vec(&(1, 2, 3)).unwrap();
    assert!(matches!(from_slice::<(u8, u8)>(&long), Err(Error::Shape | Error::Data(_))));
    assert!(matches!(from_slice::<u8>(&to_vec(&256).unwrap()), Err(Error::Shape | Error::Data(_))));
    assert!(matches!(from_slice::<Shape>(&[1]), Err(Error::Shape | Error::Data(_))));
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<i32>().prop_map(|int| Value::Int(int.into())),
        any::<i16>().prop_map(|int| Value::Int(int.into())),
        any::<f64>().prop_map(Value::Float),
        any::<i32>().prop_map(|int| Value::Float(int.into())),
        ".{0,40}".prop_map(Value::Str),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
    ];
    leaf.prop_recursive(6, 200, 20, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..20).prop_map(Value::Array),
            prop::collection::vec((".{0,20}", inner), 0..20).prop_map(Value::Map),
        ]
    })
}

/// `value` as JavaScript sees it.
fn normalised(value: Value) -> Value {
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

proptest! {
    #[test]
    fn any_value_comes_back(value in values()) {
        let bytes = value.encode();
        prop_assert_eq!(&to_vec(&value).unwrap(), &bytes);
        prop_assert_eq!(Value::decode(&bytes), Ok(normalised(value)));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(value) = Value::decode(&bytes) {
            prop_assert_eq!(Value::decode(&value.encode()), Ok(value));
        }
        let _ = from_slice::<Message>(&bytes);
        let _ = Reassembler::default().accept(Time::default(), bytes);
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
        let _ = from_slice::<Message>(&bytes);
    }

    #[test]
    fn any_chunk_is_taken_or_refused(
        fields in prop::collection::vec(("n|data|total|type", values()), 0..6),
        id in values(),
    ) {
        let mut entries = vec![("__peerData".to_owned(), id)];
        entries.extend(fields);
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
    let data = ("data", Value::Bytes(vec![1]));
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
