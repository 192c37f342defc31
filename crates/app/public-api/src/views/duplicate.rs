use prime_event::{DuplicateRecord, EventHead, SourceId, WorkspaceId};
use prime_log::Record;
use serde::Serialize;
use utoipa::ToSchema;

use super::original::{OriginalEncoding, shown};

/// One message that had been processed before.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Duplicate)]
pub(crate) struct DuplicateBody {
    /// Place in the `duplicates` stream.
    id: String,
    received_at: String,
    source_id: String,
    message_id: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// Name of the event, page or screen.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// What arrived, decompressed, cut to a bound.
    original: String,
    original_encoding: OriginalEncoding,
    first: FirstSeenBody,
}

/// What is known of the message that a duplicate repeats. It was received between these times, both included.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FirstSeen)]
pub(crate) struct FirstSeenBody {
    received_from: String,
    received_to: String,
}

/// Which duplicates are wanted; an absent condition lets all pass.
#[derive(Clone, Debug)]
pub(crate) struct DuplicateFilter {
    pub(crate) workspace: WorkspaceId,
    pub(crate) source: Option<SourceId>,
    pub(crate) message: Option<String>,
}

impl DuplicateFilter {
    /// The duplicate of this record at this place of the stream, if it is wanted.
    pub(crate) fn keep(&self, record: &Record, place: u64) -> Option<DuplicateBody> {
        let duplicate = DuplicateRecord::decode(record.value.clone()).ok()?;
        let wanted = duplicate.workspace == self.workspace
            && self.source.as_ref().is_none_or(|source| *source == duplicate.source)
            && self.message.as_ref().is_none_or(|message| *message == duplicate.message_id);
        wanted.then(|| DuplicateBody::new(place, duplicate))
    }
}

impl DuplicateBody {
    pub(crate) fn new(place: u64, duplicate: DuplicateRecord) -> Self {
        let head = EventHead::read(&duplicate.original).unwrap_or_default();
        let (original, original_encoding) = shown(&duplicate.original);
        let received = &duplicate.first.received;
        Self {
            id: place.to_string(),
            received_at: duplicate.received_at.to_string(),
            source_id: duplicate.source.to_string(),
            message_id: duplicate.message_id,
            kind: head.kind,
            name: head.name,
            original,
            original_encoding,
            first: FirstSeenBody {
                received_from: received.start().to_string(),
                received_to: received.end().to_string(),
            },
        }
    }
}
