//! The few fields of a message by which people look for it and destinations decide about it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::timestamp::Timestamp;

/// Read from a payload without building the rest of it. A field of another type reads as absent; of a field given twice
/// the later counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventHead {
    pub kind: Option<String>,
    /// Event name of a track call, name of a page or screen.
    pub name: Option<String>,
    pub user_id: Option<String>,
    pub anonymous_id: Option<String>,
    pub message_id: Option<String>,
    /// Null when absent.
    pub integrations: Value,
    /// What the SDK says of itself, `_metadata`. Null when absent.
    pub metadata: Value,
}

impl EventHead {
    /// None if the payload is no JSON object.
    pub fn read(payload: &[u8]) -> Option<Self> {
        serde_json::Deserializer::from_slice(payload).deserialize_map(HeadVisitor).ok()
    }
}

/// By what a message that is sent again is known: read from a payload without building the rest of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageIdentity {
    pub message_id: String,
    /// When it happened by the sender's own clock, where the sender said so.
    pub original_timestamp: Option<Timestamp>,
}

impl MessageIdentity {
    /// None if the payload is no JSON object with a `messageId`; every processed event is one.
    pub fn read(payload: &[u8]) -> Option<Self> {
        serde_json::Deserializer::from_slice(payload).deserialize_map(IdentityVisitor).ok().flatten()
    }
}

struct IdentityVisitor;

impl<'de> Visitor<'de> for IdentityVisitor {
    type Value = Option<MessageIdentity>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a processed event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut message_id, mut original_timestamp) = (None, None);
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match key.as_ref() {
                "messageId" => message_id = Some(map.next_value::<String>()?),
                "originalTimestamp" => original_timestamp = Timestamp::parse(&map.next_value::<Cow<'de, str>>()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(message_id.map(|message_id| MessageIdentity { message_id, original_timestamp }))
    }
}

struct HeadVisitor;

impl<'de> Visitor<'de> for HeadVisitor {
    type Value = EventHead;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EventHead, A::Error> {
        let mut head = EventHead::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "type" => head.kind = text(map.next_value()?),
                "event" | "name" => head.name = text(map.next_value()?).or(head.name),
                "userId" => head.user_id = text(map.next_value()?),
                "anonymousId" => head.anonymous_id = text(map.next_value()?),
                "messageId" => head.message_id = text(map.next_value()?),
                "integrations" => head.integrations = map.next_value()?,
                "_metadata" => head.metadata = map.next_value()?,
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
        let head =
            EventHead::read(br#"{"type":"track","event":"Paid","userId":7,"x":{"userId":"no"},"messageId":null}"#);
        let expected = EventHead { kind: Some("track".into()), name: Some("Paid".into()), ..EventHead::default() };
        assert_eq!(head, Some(expected));
        assert_eq!(EventHead::read(b"[1]"), None);
        assert_eq!(EventHead::read(b"{\"type\":"), None);
    }

    #[test]
    fn what_makes_a_message_known_again_is_read_from_among_everything_else() {
        let payload = br#"{"type":"page","messageId":"m\u0041","properties":{"messageId":"no"},"originalTimestamp":"2025-01-01T00:00:00.005Z"}"#;
        let identity = MessageIdentity::read(payload).unwrap();
        assert_eq!(identity.message_id, "mA");
        assert_eq!(identity.original_timestamp, Timestamp::parse("2025-01-01T00:00:00.005Z"));
        assert_eq!(MessageIdentity::read(br#"{"messageId":"m"}"#).unwrap().original_timestamp, None);
        assert_eq!(MessageIdentity::read(br#"{"type":"page"}"#), None);
    }
}
