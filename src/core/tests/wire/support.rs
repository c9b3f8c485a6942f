//! What the tests of the encodings share.

use live_core::id::PeerId;
use live_core::wire::binarypack::{Value, to_vec};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

pub(crate) fn packed<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    to_vec(value).unwrap()
}

pub(crate) fn text(text: &str) -> Value {
    text.into()
}

pub(crate) fn map(entries: &[(&str, Value)]) -> Value {
    Value::Map(entries.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect())
}

pub(crate) fn unhex(digits: &str) -> Vec<u8> {
    let byte = |i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(byte).collect()
}

/// A message of every shape that ours have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Message {
    Ping,
    JoinRoom(Join),
    #[serde(rename_all = "camelCase")]
    Chat {
        author: PeerId,
        number: u64,
        at: i64,
        text: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        reply_to: Option<u64>,
        #[serde(default)]
        mood: Mood,
    },
    Sizes {
        small: u8,
        short: u16,
        wide: u32,
        ids: Vec<PeerId>,
        seats: Vec<Option<bool>>,
    },
    #[serde(other)]
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Join {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) version: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mood {
    Happy,
    #[default]
    #[serde(other)]
    Other,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Closed {
    Open,
}

pub(crate) fn messages() -> Vec<Message> {
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

pub(crate) fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<i32>().prop_map(|int| Value::Int(int.into())),
        any::<i16>().prop_map(|int| Value::Int(int.into())),
        any::<f64>().prop_map(Value::Float),
        any::<i32>().prop_map(|int| Value::Float(int.into())),
        ".{0,40}".prop_map(Value::from),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
    ];
    leaf.prop_recursive(6, 200, 20, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..20).prop_map(Value::Array),
            prop::collection::vec((".{0,20}", inner), 0..20).prop_map(Value::Map),
        ]
    })
}
