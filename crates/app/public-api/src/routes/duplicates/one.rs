use axum::extract::{Path, State};
use prime_control::Scope;
use prime_event::{DuplicateRecord, WorkspaceId};
use prime_log::{Partition, ReadError};
use serde::Serialize;
use utoipa::ToSchema;

use super::first_event::{FirstEvent, find};
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::state::Api;
use crate::stream_search::{oldest_first, placed};
use crate::views::{DuplicateBody, EventBody};

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DuplicateDetail {
    duplicate: DuplicateBody,
    /// The event that the duplicate repeats; null when it cannot be shown.
    first_event: Option<EventBody>,
    /// Why there is no first event; null when there is.
    first_event_missing: Option<String>,
}

/// One duplicate, with the event that it repeats.
#[utoipa::path(
    get,
    path = "/duplicates/{duplicateId}",
    tag = "Events",
    params(("duplicateId" = String, Path, description = "`id` of the duplicate.")),
    responses((status = 200, body = Data<DuplicateDetail>), Refusal)
)]
pub(crate) async fn get_duplicate(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Data<DuplicateDetail>, ApiError> {
    caller.require(Scope::EventsRead)?;
    let (streams, workspace) = (api.clone(), caller.workspace().clone());
    let detail = api.search(move || detail(&streams, &workspace, &id)).await??;
    detail.map(Data::of).ok_or_else(|| {
        ApiError::NotFound(
            "There is no duplicate with this id in the workspace; the oldest are not kept for ever. List them to find \
             the right one."
                .into(),
        )
    })
}

fn detail(api: &Api, workspace: &WorkspaceId, id: &str) -> Result<Option<DuplicateDetail>, ReadError> {
    let Ok(place) = id.parse() else { return Ok(None) };
    let (offset, number) = placed(place, api.duplicates.len());
    let Some(duplicate) = record(&api.duplicates, number, offset)?.filter(|found| found.workspace == *workspace) else {
        return Ok(None);
    };
    let found = find(&api.events, number, &duplicate)?;
    let duplicate = DuplicateBody::new(place, duplicate);
    Ok(Some(match found {
        FirstEvent::Found(event) => DuplicateDetail { duplicate, first_event: Some(event), first_event_missing: None },
        FirstEvent::Missing(sentence) => {
            DuplicateDetail { duplicate, first_event: None, first_event_missing: Some(sentence.to_owned()) }
        }
    }))
}

fn record(stream: &[Partition], number: usize, offset: u64) -> Result<Option<DuplicateRecord>, ReadError> {
    let Some(partition) = stream.get(number) else { return Ok(None) };
    match oldest_first(partition, offset, 1) {
        Ok(records) => Ok(records
            .into_iter()
            .find(|record| record.offset == offset)
            .and_then(|record| DuplicateRecord::decode(record.value).ok())),
        Err(ReadError::Trimmed { .. } | ReadError::Beyond { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
