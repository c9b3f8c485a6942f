//! What a later version adds to messages that peers pass on.

use serde::{Deserialize, Serialize};

use crate::util::binarypack::Value;
use crate::util::limits;

/// Members that this version does not know. They are kept so that relays pass them on untouched to
/// peers that do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Extra(Value);

impl Default for Extra {
    fn default() -> Self {
        Self(Value::Map(Vec::new()))
    }
}

// Numbers that are not finite are refused when they are read, so no value differs from itself.
impl Eq for Extra {}

impl Extra {
    /// Drops everything if it is larger than [`limits::EXTRA`].
    pub(crate) fn clamp(&mut self) {
        if *self != Self::default() && self.0.encode().len() > limits::EXTRA {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::wire::message::Message;

    fn chat(extra: &[(&str, Value)]) -> Vec<u8> {
        let known = [
            ("author", Value::from("a")),
            ("number", Value::Int(1)),
            ("name", Value::from("Ann")),
            ("text", Value::from("hello")),
            ("at", Value::Int(1 << 40)),
        ];
        let members =
            known.iter().chain(extra).map(|(key, value)| ((*key).to_owned(), value.clone()));
        Value::Map(vec![("chat".to_owned(), Value::Map(members.collect()))]).encode()
    }

    #[test]
    fn unknown_members_are_passed_on_untouched() {
        let nested = Value::Map(vec![
            ("text".to_owned(), Value::Bytes(vec![1, 2])),
            ("list".to_owned(), Value::Array(vec![Value::Null, Value::Float(0.5)])),
        ]);
        let packed = chat(&[("color", Value::from("red")), ("later", nested)]);
        let message = Message::decode(&packed).unwrap();
        assert!(matches!(&message, Message::Chat(chat) if chat.text == "hello"));
        assert_eq!(message.encode(), packed);
    }

    #[test]
    fn too_much_of_it_is_dropped() {
        let large = Value::Bytes(vec![0; limits::EXTRA]);
        let message = Message::decode(&chat(&[("later", large)])).unwrap();
        assert_eq!(message.encode(), chat(&[]));
    }
}
