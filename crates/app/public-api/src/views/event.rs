use prime_event::{EventHead, EventRecord, SourceId, WorkspaceId};
use prime_log::Record;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// One processed event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Event)]
pub(crate) struct EventBody {
    /// Place in the `events` stream.
    offset: u64,
    received_at: String,
    source_id: String,
    /// `track`, `identify`, `page`, `screen`, `group` or `alias`.
    #[serde(rename = "type")]
    kind: String,
    /// Name of the event, page or screen.
    name: Option<String>,
    user_id: Option<String>,
    anonymous_id: Option<String>,
    message_id: String,
    /// The message as it is delivered; numbers are written exactly as they came.
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    payload: Box<RawValue>,
}

/// Which events are wanted; an absent condition lets all pass.
#[derive(Clone, Debug)]
pub(crate) struct EventFilter {
    pub(crate) workspace: WorkspaceId,
    pub(crate) source: Option<SourceId>,
    pub(crate) kind: Option<String>,
    /// In lower case: the name contains it, whatever its case.
    pub(crate) name: Option<String>,
    /// The userId or the anonymousId.
    pub(crate) user: Option<String>,
    pub(crate) message: Option<String>,
}

impl EventFilter {
    /// The event of this record at this place of the stream, if it is wanted.
    pub(crate) fn keep(&self, record: &Record, place: u64) -> Option<EventBody> {
        let event = EventRecord::decode(record.value.clone()).ok()?;
        if event.workspace != self.workspace || self.source.as_ref().is_some_and(|source| *source != event.source) {
            return None;
        }
        let head = EventHead::read(&event.payload)?;
        self.fits(&head).then(|| EventBody {
            offset: place,
            received_at: event.received_at.to_string(),
            source_id: event.source.to_string(),
            kind: head.kind.unwrap_or_default(),
            name: head.name,
            user_id: head.user_id,
            anonymous_id: head.anonymous_id,
            message_id: head.message_id.unwrap_or_default(),
            payload: serde_json::from_slice(&event.payload).unwrap_or_else(|_| RawValue::NULL.to_owned()),
        })
    }

    fn fits(&self, head: &EventHead) -> bool {
        let equal = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        let name = self
            .name
            .as_ref()
            .is_none_or(|wanted| head.name.as_ref().is_some_and(|name| name.to_lowercase().contains(wanted.as_str())));
        name && equal(&self.kind, &head.kind)
            && equal(&self.message, &head.message_id)
            && (equal(&self.user, &head.user_id) || equal(&self.user, &head.anonymous_id))
    }
}
