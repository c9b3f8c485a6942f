//! JSON as a source of values: the same limits as in BinaryPack.

use live_core::wire::binarypack::Value;
use live_core::wire::limits;
use proptest::prelude::*;

use crate::support::values;

fn parse(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

#[test]
fn json_has_limits_too() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse(&nested(limits::DEPTH)).is_some());
    assert_eq!(parse(&nested(limits::DEPTH + 1)), None);
    assert_eq!(parse(&"[".repeat(1_000_000)), None);
    assert_eq!(parse(&"{\"\":".repeat(1_000_000)), None);
    let many = |n: usize| format!("[{}0]", "0,".repeat(n - 1));
    assert!(parse(&many(limits::VALUES)).is_some());
    assert_eq!(parse(&many(limits::VALUES + 1)), None);
}

#[test]
fn of_repeated_keys_the_last_counts() {
    let value = parse(r#"{"a":1,"\u0061":"x"}"#).unwrap();
    assert_eq!(value.get("a"), Some(&Value::from("x")));
}

#[test]
fn numbers_of_any_size_are_read() {
    assert_eq!(parse("-0"), Some(Value::Float(0.0)));
    assert_eq!(parse("9223372036854775807"), Some(Value::Int(i64::MAX)));
    assert_eq!(parse("9223372036854775808"), Some(Value::Float(9_223_372_036_854_775_808.0)));
    assert_eq!(parse("1e400"), None);
}

/// `value` as JSON can say it.
fn plain(value: Value) -> Value {
    match value {
        Value::Bytes(_) => Value::Null,
        Value::Float(float) if !float.is_finite() => Value::Null,
        Value::Array(elements) => Value::Array(elements.into_iter().map(plain).collect()),
        Value::Map(entries) => {
            Value::Map(entries.into_iter().map(|(k, v)| (k, plain(v))).collect())
        }
        other => other,
    }
}

/// Whether two values are the same, but for the last digits of numbers.
fn alike(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k == l && alike(a, b))
        }
        (Value::Float(a), Value::Float(b)) => (a - b).abs() <= a.abs() * 1e-14,
        (a, b) => a == b,
    }
}

proptest! {
    #[test]
    fn any_value_comes_back_from_json(value in values()) {
        let text = serde_json::to_string(&value).unwrap();
        let (value, read) = (plain(value), parse(&text).unwrap());
        prop_assert!(alike(&value, &read), "{:?} {:?}", value, read);
    }

    #[test]
    fn any_text_is_read_or_refused(
        text in prop_oneof![".{0,60}", r#"[\[\]{}",:a0-9 eE.+\\tfnurl-]{0,24}"#],
    ) {
        if let Some(value) = parse(&text) {
            prop_assert!(parse(&serde_json::to_string(&value).unwrap()).is_some());
        }
    }
}
