//! The events of a profile.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use prime_event::{MessageType, Timestamp};
use prime_profiles::history::{Cursor, HistoryEntry, HistoryFilter, Order, PageLimits};
use prime_profiles::{FragmentId, ProfileReader, ProfileRef};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::identifier::IdentifierBody;
use crate::error::ApiError;

/// Enough for a page, and no more than a browser likes.
const PAGE_BYTES_MAX: usize = 4 << 20;
/// Looking for rare events among many takes several requests.
const LOOKED_AT_MAX: usize = 20_000;

/// Which events are asked for.
pub(crate) struct TimelineQuery {
    pub(crate) kind: Option<MessageType>,
    pub(crate) names: Vec<Box<str>>,
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
    pub(crate) order: Order,
    pub(crate) limit: usize,
    pub(crate) cursor: Option<String>,
}

/// One event of a person or an account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileEvent {
    message_id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    /// Of a track call its event; "Page Viewed" and "Screen Viewed" of the others.
    name: Option<String>,
    timestamp: String,
    source_id: String,
    /// The identifier whose event it is: it goes where that goes.
    owner: Option<IdentifierBody>,
    /// The others on it.
    identifiers: Vec<IdentifierBody>,
    /// The message as it was sent; numbers are written exactly as they came.
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    payload: Box<RawValue>,
}

pub(crate) struct Timeline {
    pub(crate) events: Vec<ProfileEvent>,
    pub(crate) next: Option<String>,
}

pub(crate) fn timeline(
    reader: &ProfileReader,
    profile: &ProfileRef,
    query: TimelineQuery,
) -> Result<Timeline, ApiError> {
    let mut cursor = query.cursor.as_deref().map(read_cursor).transpose()?;
    let filter = HistoryFilter { start: query.start, end: query.end, include: query.names, exclude: Vec::new() };
    let mut names = Names { reader, known: HashMap::new() };
    let (mut events, mut looked_at) = (Vec::new(), 0);
    let next = loop {
        let limits = PageLimits {
            entries_max: query.limit - events.len(),
            bytes_max: PAGE_BYTES_MAX,
            looked_at_max: LOOKED_AT_MAX - looked_at,
        };
        let page = reader.history(profile, query.order, cursor, &filter, limits)?;
        looked_at += page.entries.len().max(1);
        for entry in page.entries.into_iter().filter(|entry| query.kind.is_none_or(|kind| kind == entry.kind)) {
            events.push(names.event(entry)?);
        }
        // Types are not looked at before an entry is read, so a page may have lost some.
        if page.next.is_none() || query.kind.is_none() || events.len() >= query.limit || looked_at >= LOOKED_AT_MAX {
            break page.next;
        }
        cursor = page.next;
    };
    Ok(Timeline { events, next: next.map(|next| URL_SAFE_NO_PAD.encode(next.to_bytes())) })
}

fn read_cursor(text: &str) -> Result<Cursor, ApiError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    bytes.and_then(|bytes| Cursor::from_bytes(&bytes).ok()).ok_or_else(|| {
        ApiError::field("pagination[cursor]", "This is not a cursor of this list; use `next` of the page before.")
    })
}

/// The identifiers that fragments stand for, looked up once.
struct Names<'a> {
    reader: &'a ProfileReader,
    known: HashMap<FragmentId, Option<IdentifierBody>>,
}

impl Names<'_> {
    fn of(&mut self, fragment: FragmentId) -> Result<Option<IdentifierBody>, ApiError> {
        if let Some(known) = self.known.get(&fragment) {
            return Ok(known.clone());
        }
        let found = self.reader.row(fragment)?.map(|row| IdentifierBody::from(&row.identifier));
        self.known.insert(fragment, found.clone());
        Ok(found)
    }

    fn event(&mut self, entry: HistoryEntry) -> Result<ProfileEvent, ApiError> {
        let head = prime_event::EventHead::read(&entry.payload);
        let mut identifiers = Vec::new();
        for fragment in &entry.named {
            identifiers.extend(self.of(*fragment)?);
        }
        Ok(ProfileEvent {
            message_id: head.and_then(|head| head.message_id).unwrap_or_default(),
            kind: entry.kind.as_str(),
            name: entry.name().map(Into::into),
            timestamp: entry.place.timestamp.to_string(),
            source_id: entry.source.to_string(),
            owner: self.of(entry.owner)?,
            identifiers,
            payload: serde_json::from_slice(&entry.payload).unwrap_or_else(|_| RawValue::NULL.to_owned()),
        })
    }
}
