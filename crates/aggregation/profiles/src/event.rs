//! What an event says to profiles.

use std::borrow::Cow;
use std::sync::OnceLock;

use bytes::Bytes;
use prime_event::{EventRecord, MessageType, Timestamp};
use sonic_rs::{JsonValueTrait, LazyValue};
use thiserror::Error;

use crate::history::pack;
use crate::stamp::Stamp;
use crate::trait_rules::{GROUP_ID_BYTES_MAX, PROPERTIES_MAX, TRAITS_OF_A_CALL_END, is_time_without_zone};
use crate::traits::Trait;

/// One processed event, as far as profiles are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileEvent {
    pub stamp: Stamp,
    pub kind: MessageType,
    /// The name of a track call, and "Page Viewed" and "Screen Viewed" as the Profile API has them.
    pub name: Option<Box<str>>,
    /// The traits of an identify or group call that are kept: name and JSON as it was written. Those of an identify are
    /// the person's, those of a group the account's. `context.traits` is nobody's.
    pub traits: Vec<(Box<str>, Box<str>)>,
    /// Traits that were left out because their time has no zone.
    pub zoneless_traits: usize,
    /// The message itself.
    pub payload: Bytes,
    /// The payload as histories keep it, once it was packed.
    pub(crate) packed: OnceLock<Box<[u8]>>,
}

/// Why an event leaves no trace on profiles. It stays in its stream.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dropped {
    #[error("the payload is no processed event")]
    Unreadable,
    #[error("an identify or group call has 300 traits or more")]
    TooManyTraits,
    #[error("the event has more than 300 properties")]
    TooManyProperties,
    #[error("a group id has more than 500 characters")]
    GroupIdTooLong,
    #[error("a group id is empty")]
    GroupIdEmpty,
}

impl ProfileEvent {
    pub fn read(record: &EventRecord) -> Result<Self, Dropped> {
        let fields = Fields::read(&record.payload).ok_or(Dropped::Unreadable)?;
        let kind = fields.kind.as_deref().and_then(MessageType::parse).ok_or(Dropped::Unreadable)?;
        let timestamp = fields.timestamp.as_deref().and_then(Timestamp::parse).unwrap_or(record.received_at);
        let message_id = fields.message_id.as_deref().ok_or(Dropped::Unreadable)?;
        check_group_id(kind, &fields)?;
        check_properties(&fields)?;
        let (traits, zoneless_traits) = kept_traits(kind, &fields)?;
        Ok(Self {
            stamp: Stamp::new(timestamp, message_id, record.source.clone()),
            kind,
            name: name(kind, &fields),
            traits,
            zoneless_traits,
            payload: record.payload.clone(),
            packed: OnceLock::new(),
        })
    }

    /// Packs the payload for its history, which whoever writes would do otherwise.
    pub fn pack(&self) -> &[u8] {
        self.packed.get_or_init(|| pack(&self.payload))
    }
}

impl ProfileEvent {
    /// The name that [`Self::name`] has for a payload of a kind.
    pub(crate) fn name_in(kind: MessageType, payload: &[u8]) -> Option<Box<str>> {
        name(kind, &Fields::read(payload)?)
    }

    /// Its traits as they are set on a profile.
    pub(crate) fn set_traits(&self) -> impl Iterator<Item = (Box<str>, Trait)> {
        self.traits
            .iter()
            .map(|(name, value)| (name.clone(), Trait { stamp: self.stamp.clone(), value: value.clone() }))
    }
}

#[derive(Default)]
struct Fields<'a> {
    kind: Option<Cow<'a, str>>,
    event: Option<Cow<'a, str>>,
    message_id: Option<Cow<'a, str>>,
    timestamp: Option<Cow<'a, str>>,
    group_id: Option<Cow<'a, str>>,
    context_group_id: Option<Cow<'a, str>>,
    traits: Option<LazyValue<'a>>,
    properties: Option<LazyValue<'a>>,
}

impl<'a> Fields<'a> {
    /// Passes over the payload once; of a field given twice the later counts. None if it is no JSON object.
    fn read(payload: &'a [u8]) -> Option<Self> {
        let mut fields = Self::default();
        for member in sonic_rs::to_object_iter(payload) {
            let (name, value) = member.ok()?;
            match &*name {
                "type" => fields.kind = text(&value),
                "event" => fields.event = text(&value),
                "messageId" => fields.message_id = text(&value),
                "timestamp" => fields.timestamp = text(&value),
                "groupId" => fields.group_id = text(&value),
                "context" => fields.context_group_id = text_member(&value, "groupId"),
                "traits" => fields.traits = Some(value),
                "properties" => fields.properties = Some(value),
                _ => {}
            }
        }
        Some(fields)
    }
}

/// The text of a JSON string.
fn text<'a>(value: &LazyValue<'a>) -> Option<Cow<'a, str>> {
    let raw = value.as_raw_cow();
    match raw {
        Cow::Borrowed(raw) => unquoted(raw),
        Cow::Owned(raw) => sonic_rs::from_str::<String>(&raw).ok().map(Cow::Owned),
    }
}

fn unquoted(raw: &str) -> Option<Cow<'_, str>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        sonic_rs::from_str::<String>(raw).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

fn text_member(object: &LazyValue<'_>, name: &str) -> Option<Cow<'static, str>> {
    // Most contexts have none: a search for the name is cheaper than to take the object apart.
    if !object.as_raw_str().contains(name) {
        return None;
    }
    let member = object.get(name)?;
    text(&member).map(|text| Cow::Owned(text.into_owned()))
}

fn check_group_id(kind: MessageType, fields: &Fields<'_>) -> Result<(), Dropped> {
    let empty = match kind {
        MessageType::Group => fields.group_id.as_deref().is_none_or(str::is_empty),
        MessageType::Track => fields.context_group_id.as_deref() == Some(""),
        _ => false,
    };
    let long =
        [&fields.group_id, &fields.context_group_id].into_iter().flatten().any(|id| id.len() > GROUP_ID_BYTES_MAX);
    match (empty, long) {
        (true, _) => Err(Dropped::GroupIdEmpty),
        (_, true) => Err(Dropped::GroupIdTooLong),
        _ => Ok(()),
    }
}

fn check_properties(fields: &Fields<'_>) -> Result<(), Dropped> {
    let Some(properties) = &fields.properties else { return Ok(()) };
    // Each member has at least six characters, `"a":1,`: most properties need not be counted.
    let may_be_many = properties.as_raw_str().len() > PROPERTIES_MAX * 6;
    if may_be_many && members(properties).count() > PROPERTIES_MAX { Err(Dropped::TooManyProperties) } else { Ok(()) }
}

type KeptTraits = Vec<(Box<str>, Box<str>)>;

fn kept_traits(kind: MessageType, fields: &Fields<'_>) -> Result<(KeptTraits, usize), Dropped> {
    let Some(traits) = fields.traits.as_ref().filter(|_| matches!(kind, MessageType::Identify | MessageType::Group))
    else {
        return Ok((Vec::new(), 0));
    };
    let (mut kept, mut zoneless, mut given) = (Vec::new(), 0, 0);
    for (name, value) in members(traits) {
        given += 1;
        if text(&value).is_some_and(|text| is_time_without_zone(&text)) {
            zoneless += 1;
        } else {
            kept.push((name, value.as_raw_str().into()));
        }
    }
    if given >= TRAITS_OF_A_CALL_END { Err(Dropped::TooManyTraits) } else { Ok((kept, zoneless)) }
}

/// The members of an object; none for anything else.
fn members<'a>(object: &'a LazyValue<'_>) -> impl Iterator<Item = (Box<str>, LazyValue<'a>)> {
    let raw = object.as_raw_str();
    let members = raw.starts_with('{').then(|| sonic_rs::to_object_iter(raw));
    members.into_iter().flatten().map_while(Result::ok).map(|(name, value)| (Box::from(&*name), value))
}

fn name(kind: MessageType, fields: &Fields<'_>) -> Option<Box<str>> {
    match kind {
        MessageType::Track => fields.event.as_deref().map(Box::from),
        MessageType::Page => Some("Page Viewed".into()),
        MessageType::Screen => Some("Screen Viewed".into()),
        MessageType::Identify | MessageType::Group | MessageType::Alias => None,
    }
}

#[cfg(test)]
mod tests {
    use prime_event::{Origin, SourceId, WorkspaceId};

    use super::*;

    fn read(payload: &str) -> Result<ProfileEvent, Dropped> {
        ProfileEvent::read(&EventRecord {
            origin: Origin { offset: 0, index: 0 },
            received_at: Timestamp::from_millis(5),
            workspace: WorkspaceId::new("w"),
            source: SourceId::new("s"),
            payload: Bytes::copy_from_slice(payload.as_bytes()),
        })
    }

    fn traits(payload: &str) -> Vec<String> {
        read(payload).unwrap().traits.iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn traits_come_from_identify_and_group_as_they_were_written() {
        let head = r#""messageId":"m","timestamp":"2024-01-01T00:00:00.000Z""#;
        let identify =
            format!(r#"{{"type":"identify",{head},"traits":{{"a":1.50,"b":null,"\u0063":{{"x":[1, 2]}}}}}}"#);
        assert_eq!(traits(&identify), ["a=1.50", "b=null", r#"c={"x":[1, 2]}"#]);
        let group = format!(r#"{{"type":"group","groupId":"g",{head},"traits":{{"plan":"pro"}}}}"#);
        assert_eq!(traits(&group), [r#"plan="pro""#]);
        let track =
            format!(r#"{{"type":"track","event":"E",{head},"traits":{{"a":1}},"context":{{"traits":{{"b":2}}}}}}"#);
        assert!(traits(&track).is_empty());
        let odd = format!(r#"{{"type":"identify",{head},"traits":[1]}}"#);
        assert!(traits(&odd).is_empty());
    }

    #[test]
    fn a_time_without_a_zone_is_left_out_and_counted() {
        let event = read(
            r#"{"type":"identify","messageId":"m","traits":{"at":"2024-01-01T10:00:00","day":"2024-01-01","ok":"2024-01-01T10:00:00Z"}}"#,
        )
        .unwrap();
        let names: Vec<_> = event.traits.iter().map(|(name, _)| &**name).collect();
        assert_eq!((names, event.zoneless_traits), (vec!["day", "ok"], 1));
        assert_eq!(event.stamp.timestamp, Timestamp::from_millis(5), "the time of receipt stands in for a missing one");
    }

    #[test]
    fn events_beyond_the_limits_leave_no_trace() {
        let many = |count: usize| (0..count).map(|n| format!(r#""t{n}":{n}"#)).collect::<Vec<_>>().join(",");
        let identify = |count| format!(r#"{{"type":"identify","messageId":"m","traits":{{{}}}}}"#, many(count));
        assert!(read(&identify(299)).is_ok());
        assert_eq!(read(&identify(300)), Err(Dropped::TooManyTraits));
        let track =
            |count| format!(r#"{{"type":"track","event":"E","messageId":"m","properties":{{{}}}}}"#, many(count));
        assert!(read(&track(300)).is_ok());
        assert_eq!(read(&track(301)), Err(Dropped::TooManyProperties));
        let group = |id: &str| format!(r#"{{"type":"group","messageId":"m","groupId":"{id}"}}"#);
        assert!(read(&group(&"g".repeat(500))).is_ok());
        assert_eq!(read(&group(&"g".repeat(501))), Err(Dropped::GroupIdTooLong));
        assert_eq!(read(&group("")), Err(Dropped::GroupIdEmpty));
        let in_context = r#"{"type":"track","event":"E","messageId":"m","context":{"groupId":""}}"#;
        assert_eq!(read(in_context), Err(Dropped::GroupIdEmpty));
        assert_eq!(read("[]"), Err(Dropped::Unreadable));
        assert_eq!(read(r#"{"type":"track"}"#), Err(Dropped::Unreadable));
    }

    #[test]
    fn pages_and_screens_have_the_names_of_the_profile_api() {
        let name =
            |kind: &str| read(&format!(r#"{{"type":"{kind}","messageId":"m","event":"E","name":"N"}}"#)).unwrap().name;
        assert_eq!(name("track").as_deref(), Some("E"));
        assert_eq!(name("page").as_deref(), Some("Page Viewed"));
        assert_eq!(name("screen").as_deref(), Some("Screen Viewed"));
        assert_eq!(name("identify"), None);
    }
}
