//! The few fields of a message that delivery looks at.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

/// Read from a payload without building the rest of it.
#[derive(Debug, Default)]
pub(crate) struct Head {
    pub(crate) message_id: String,
    pub(crate) kind: String,
    /// Event name of a track call, name of a page or screen.
    pub(crate) name: String,
    pub(crate) integrations: Value,
    pub(crate) metadata: Value,
}

impl Head {
    /// What can be read: a field of another type reads as absent, of a field given twice the later counts.
    pub(crate) fn read(payload: &[u8]) -> Self {
        serde_json::Deserializer::from_slice(payload).deserialize_map(HeadVisitor).unwrap_or_default()
    }
}

struct HeadVisitor;

impl<'de> Visitor<'de> for HeadVisitor {
    type Value = Head;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Head, A::Error> {
        let mut head = Head::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "messageId" => head.message_id = text(map.next_value()?),
                "type" => head.kind = text(map.next_value()?),
                "event" => head.name = text(map.next_value()?),
                "name" if head.name.is_empty() => head.name = text(map.next_value()?),
                "integrations" => head.integrations = map.next_value()?,
                "_metadata" => head.metadata = map.next_value()?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(head)
    }
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_is_read_whatever_else_the_message_holds() {
        let head = Head::read(
            br#"{"type":"track","event":"Signup","properties":{"type":"x","n":[1,{"a":null}]},"messageId":"m","integrations":{"All":false}}"#,
        );
        assert_eq!((head.kind.as_str(), head.name.as_str(), head.message_id.as_str()), ("track", "Signup", "m"));
        assert_eq!(head.integrations["All"], false);
    }

    #[test]
    fn a_message_that_cannot_be_read_has_an_empty_head() {
        for payload in ["", "[]", "{", "null", r#"{"type":3,"event":{}}"#] {
            let head = Head::read(payload.as_bytes());
            assert!(head.kind.is_empty() && head.name.is_empty(), "{payload}");
        }
        assert_eq!(Head::read(br#"{"type":"a","type":"b"}"#).kind, "b");
    }
}
