use prime_event::{DiscardCode, EventHead, RejectedRecord, SourceId, WorkspaceId};
use prime_log::Record;
use serde::Serialize;
use utoipa::ToSchema;

use super::original::{OriginalEncoding, shown};

/// One message or request that was not taken.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Rejected)]
pub(crate) struct RejectedBody {
    /// Place in the `rejected` stream.
    offset: u64,
    received_at: String,
    source_id: String,
    /// A word to count and search by, Segment's where Segment has one.
    code: String,
    /// What was wrong, in a sentence.
    sentence: String,
    /// What the sender can do, in a sentence.
    remedy: String,
    /// Where exactly; may be empty.
    detail: String,
    /// What arrived, decompressed, cut to a bound.
    original: String,
    original_encoding: OriginalEncoding,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
}

/// Which rejected messages are wanted; an absent condition lets all pass.
#[derive(Clone, Debug)]
pub(crate) struct RejectedFilter {
    pub(crate) workspace: WorkspaceId,
    pub(crate) source: Option<SourceId>,
    pub(crate) code: Option<String>,
}

impl RejectedFilter {
    /// The rejected message of this record at this place of the stream, if it is wanted.
    pub(crate) fn keep(&self, record: &Record, place: u64) -> Option<RejectedBody> {
        let rejected = RejectedRecord::decode(record.value.clone()).ok()?;
        let wanted = rejected.workspace == self.workspace
            && self.source.as_ref().is_none_or(|source| *source == rejected.source)
            && self.code.as_ref().is_none_or(|code| *code == rejected.code);
        wanted.then(|| RejectedBody::new(place, rejected))
    }
}

impl RejectedBody {
    fn new(offset: u64, rejected: RejectedRecord) -> Self {
        let code = DiscardCode::parse(&rejected.code);
        let head = EventHead::read(&rejected.original).unwrap_or_default();
        let (original, original_encoding) = shown(&rejected.original);
        Self {
            offset,
            received_at: rejected.received_at.to_string(),
            source_id: rejected.source.to_string(),
            sentence: code.map_or("A newer version of the program rejected this.", DiscardCode::sentence).to_owned(),
            remedy: code.map_or("Look its code up in the documents of that version.", DiscardCode::remedy).to_owned(),
            code: rejected.code,
            detail: rejected.detail,
            original,
            original_encoding,
            kind: head.kind,
            message_id: head.message_id,
        }
    }
}
