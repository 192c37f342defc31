//! What is said in `computed` about who is who.

use bytes::Bytes;
use prime_event::{ComputedRecord, Timestamp, WorkspaceId};
use prime_identity::{Change, Fragment, OwnedIdentifier};
use prime_profiles::ProfileEvent;
use serde::Serialize;

/// The producer of these records.
pub const PRODUCER: &str = "identity";

/// One change, with what caused it.
#[derive(Serialize)]
struct Payload<'a> {
    #[serde(flatten)]
    change: ChangeView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<EventView<'a>>,
    /// An act of a person, by its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<u64>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ChangeView<'a> {
    ProfileCreated { profile: String },
    IdentifierMapped { profile: String, identifier: &'a OwnedIdentifier },
    IdentifierUnmapped { profile: String, identifier: &'a OwnedIdentifier },
    IdentifierMoved { from: String, to: String, identifier: &'a OwnedIdentifier },
    IdentifierRemoved { profile: String, identifier: &'a OwnedIdentifier },
    IdentifierRestored { profile: String, identifier: &'a OwnedIdentifier },
    ProfileMerged { from: String, into: String },
    ProfileSplit { from: String, new: String },
    ProfileEnded { profile: String },
}

#[derive(Serialize)]
struct EventView<'a> {
    message_id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    name: Option<&'a str>,
    source_id: &'a str,
    timestamp: String,
}

/// What caused a change.
#[derive(Clone, Copy)]
pub(crate) enum Cause<'a> {
    Event(&'a ProfileEvent),
    Operation { number: u64, at: Timestamp },
    Rules { at: Timestamp },
}

/// The record of one change. None where an identifier that is no more has no name either.
pub(crate) fn record<E>(
    change: &Change,
    cause: Cause<'_>,
    workspace: &WorkspaceId,
    (sequence, events_offset): (u64, u64),
    identifier: impl Fn(Fragment) -> Result<OwnedIdentifier, E>,
) -> Result<ComputedRecord, E> {
    let named = match *change {
        Change::Mapped { fragment, .. }
        | Change::Unmapped { fragment, .. }
        | Change::Moved { fragment, .. }
        | Change::Removed { fragment, .. }
        | Change::Restored { fragment, .. } => Some(identifier(fragment)?),
        _ => None,
    };
    let payload = Payload {
        change: view(change, named.as_ref()),
        event: match cause {
            Cause::Event(event) => Some(event_view(event)),
            _ => None,
        },
        operation: match cause {
            Cause::Operation { number, .. } => Some(number),
            _ => None,
        },
    };
    let at = match cause {
        Cause::Event(event) => event.stamp.timestamp,
        Cause::Operation { at, .. } | Cause::Rules { at } => at,
    };
    Ok(ComputedRecord {
        producer: PRODUCER.to_owned(),
        workspace: workspace.clone(),
        sequence,
        events_offset,
        at,
        payload: Bytes::from(serde_json::to_vec(&payload).expect("texts and numbers become JSON")),
    })
}

fn view<'a>(change: &Change, named: Option<&'a OwnedIdentifier>) -> ChangeView<'a> {
    let identifier = || named.expect("changes of an identifier have its name");
    match *change {
        Change::Created { profile } => ChangeView::ProfileCreated { profile: profile.to_string() },
        Change::Mapped { profile, .. } => {
            ChangeView::IdentifierMapped { profile: profile.to_string(), identifier: identifier() }
        }
        Change::Unmapped { profile, .. } => {
            ChangeView::IdentifierUnmapped { profile: profile.to_string(), identifier: identifier() }
        }
        Change::Moved { from, to, .. } => {
            ChangeView::IdentifierMoved { from: from.to_string(), to: to.to_string(), identifier: identifier() }
        }
        Change::Removed { profile, .. } => {
            ChangeView::IdentifierRemoved { profile: profile.to_string(), identifier: identifier() }
        }
        Change::Restored { profile, .. } => {
            ChangeView::IdentifierRestored { profile: profile.to_string(), identifier: identifier() }
        }
        Change::Merged { from, into } => ChangeView::ProfileMerged { from: from.to_string(), into: into.to_string() },
        Change::Split { from, new } => ChangeView::ProfileSplit { from: from.to_string(), new: new.to_string() },
        Change::Ended { profile } => ChangeView::ProfileEnded { profile: profile.to_string() },
    }
}

fn event_view(event: &ProfileEvent) -> EventView<'_> {
    EventView {
        message_id: &event.stamp.message_id,
        kind: event.kind.as_str(),
        name: event.name.as_deref(),
        source_id: event.stamp.source.as_str(),
        timestamp: event.stamp.timestamp.to_string(),
    }
}
