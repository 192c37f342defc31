//! The few fields of a message by which people look for it.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

/// Read from a payload without building the rest of it. A field of another type reads as absent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) kind: Option<String>,
    /// Event name of a track call, name of a page or screen.
    pub(crate) name: Option<String>,
    pub(crate) user_id: Option<String>,
    pub(crate) anonymous_id: Option<String>,
    pub(crate) message_id: Option<String>,
}

impl Head {
    /// None if the payload is no JSON object.
    pub(crate) fn read(payload: &[u8]) -> Option<Self> {
        serde_json::Deserializer::from_slice(payload).deserialize_map(HeadVisitor).ok()
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
                "type" => head.kind = text(map.next_value()?),
                "event" | "name" => head.name = text(map.next_value()?).or(head.name),
                "userId" => head.user_id = text(map.next_value()?),
                "anonymousId" => head.anonymous_id = text(map.next_value()?),
                "messageId" => head.message_id = text(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(head)
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_text_reads_as_absent() {
        let head = Head::read(br#"{"type":"track","event":"Paid","userId":7,"x":{"userId":"no"},"messageId":null}"#);
        let expected = Head { kind: Some("track".into()), name: Some("Paid".into()), ..Head::default() };
        assert_eq!(head, Some(expected));
        assert_eq!(Head::read(b"[1]"), None);
        assert_eq!(Head::read(b"{\"type\":"), None);
    }
}
