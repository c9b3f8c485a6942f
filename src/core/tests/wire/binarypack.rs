//! BinaryPack against the vectors of npm `peerjs-js-binarypack`, and hostile bytes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use live_core::wire::binarypack::{Budget, Error, Value, from_slice, from_slice_within, to_vec};
use live_core::wire::limits;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use crate::support::{Join, map, packed, text, unhex, values};

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
        ("a".repeat(16).into(), "d8001061616161616161616161616161616161"),
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
    assert_eq!(packed(&-2_147_483_649_i64)[0], 0xcb);
    assert_eq!(from_slice(&packed(&-safe)), Ok(-safe));
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
    assert_eq!(from_slice::<Join>(&bytes), Err(Error::TooDeep));
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

#[test]
fn the_budget_can_be_smaller() {
    let within = |budget| from_slice_within::<Value>(b"\x92\x01\x91\x02", budget);
    let least = Budget { bytes: 4, depth: 2, values: 3 };
    assert!(within(least).is_ok());
    assert_eq!(within(Budget { bytes: 3, ..least }), Err(Error::TooLarge));
    assert_eq!(within(Budget { depth: 1, ..least }), Err(Error::TooDeep));
    assert_eq!(within(Budget { values: 2, ..least }), Err(Error::TooMany));
}

#[test]
fn texts_and_bytes_are_borrowed() {
    let bytes = b"\x82\xb4text\xb1a\xb4data\xa2\x01\x02";
    #[derive(Deserialize)]
    struct Both<'a> {
        text: &'a str,
        #[serde(borrow, with = "serde_bytes")]
        data: &'a [u8],
        #[serde(borrow, default)]
        none: Option<Cow<'a, str>>,
    }
    let both: Both<'_> = from_slice(bytes).unwrap();
    assert_eq!((both.text, both.data, both.none), ("a", &[1, 2][..], None));
    assert!(bytes.as_ptr_range().contains(&both.text.as_ptr()));
    assert!(bytes.as_ptr_range().contains(&both.data.as_ptr()));
}

#[test]
fn maps_of_unknown_length_get_their_length_afterwards() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Open {
        a: u8,
        #[serde(flatten)]
        rest: BTreeMap<String, Value>,
    }
    let rest = |count| (0..count).map(|n| (format!("k{n:02}"), Value::Array(vec![]))).collect();
    for (count, head) in [(0, "81b161"), (1, "82b161"), (40, "de0029b161")] {
        let open = Open { a: 1, rest: rest(count) };
        let bytes = packed(&open);
        assert!(bytes.starts_with(&unhex(head)), "{bytes:x?}");
        assert_eq!(from_slice(&bytes), Ok(open));
    }
}

#[test]
fn other_types_of_serde_have_a_shape_too() {
    assert_eq!(packed(&('x', 1.5_f32, ())), unhex("93b178cb3ff8000000000000c0"));
    assert_eq!(from_slice(&packed(&(1, "a"))), Ok((1, "a".to_owned())));
    assert!(matches!(from_slice::<(u8, u8)>(&packed(&[1, 2, 3])), Err(Error::Shape(_))));
    assert_eq!(to_vec(&BTreeMap::from([(1, 2)])), Err(Error::Key));
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
        prop_assert_eq!(Value::decode(&bytes), Ok(normalised(value)));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(value) = Value::decode(&bytes) {
            let bytes = value.encode();
            prop_assert_eq!(Value::decode(&bytes), Ok(value));
        }
        let _ = from_slice::<crate::support::Message>(&bytes);
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
        let _ = from_slice::<crate::support::Message>(&bytes);
    }
}
