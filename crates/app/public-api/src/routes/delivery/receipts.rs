use axum::extract::{Path, State};
use prime_control::Scope;
use prime_event::{DestinationId, SourceId, Timestamp, WorkspaceId};
use prime_log::{Partition, ReadError};
use prime_receipts::{ReceiptId, ReceiptQuery, StateKind};
use prime_state::StateError;
use serde::{Deserialize, Serialize};
use tracing::warn;
use utoipa::{IntoParams, ToSchema};

use super::receipt_body::{AttemptBody, ReceiptBody};
use crate::body::Params;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::pagination::{PageInfo, PageQuery};
use crate::state::Api;
use crate::stream_search::{oldest_first, place};
use crate::views::{EventBody, EventFilter};

/// Which receipts. All that is given has to hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReceiptsQuery {
    message_id: Option<String>,
    user_id: Option<String>,
    anonymous_id: Option<String>,
    source_id: Option<String>,
    destination_id: Option<String>,
    /// `filtered`, `delivered`, `retrying`, `failed` or `expired`.
    state: Option<String>,
    /// The code of the reason, such as `400` or `FILTERED_BY_INTEGRATIONS_OBJECT`.
    code: Option<String>,
    event_name: Option<String>,
    event_type: Option<String>,
    /// The number of a replay: only what it sent. 0 for what was delivered for the first time.
    replay_id: Option<u32>,
    /// Only receipts that were begun at this time or later.
    start_time: Option<String>,
    /// Only receipts that were begun before this time.
    end_time: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Receipts {
    /// Those that were begun last come first.
    receipts: Vec<ReceiptBody>,
    pagination: PageInfo,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceiptData {
    receipt: ReceiptBody,
    /// Oldest first: the first one and the last 31.
    attempts: Vec<AttemptBody>,
    /// The event, as it is in the `events` stream; null where that no longer has it.
    event: Option<EventBody>,
}

/// What became of events at destinations, one receipt for each event and destination.
///
/// Kept is everything that did not simply succeed, and a sample of what did. A page may hold fewer receipts than asked for
/// and still have a next one, where the search has to pass over many others.
#[utoipa::path(
    get,
    path = "/delivery/receipts",
    tag = "Deliveries",
    params(ReceiptsQuery, PageQuery),
    responses((status = 200, body = Data<Receipts>), Refusal)
)]
pub(super) async fn list_receipts(
    State(api): State<Api>,
    caller: Caller,
    Params(query): Params<ReceiptsQuery>,
    Params(page): Params<PageQuery>,
) -> Result<Data<Receipts>, ApiError> {
    caller.require(Scope::EventsRead)?;
    let (count, before) = (page.count()?, page.text()?.map(|text| cursor(&text)).transpose()?);
    let (query, receipts) = (query.read(&caller)?, api.receipts.clone());
    let found = api.search(move || receipts.search(&query, before, count)).await??;
    Ok(Data::of(Receipts {
        receipts: found.receipts.into_iter().map(ReceiptBody::from).collect(),
        pagination: page.info_at_text(found.next.map(|id| id.to_string())),
    }))
}

/// One receipt with all attempts that are kept, what was sent and what came back, and the event itself.
#[utoipa::path(
    get,
    path = "/delivery/receipts/{receiptId}",
    tag = "Deliveries",
    params(("receiptId" = String, Path)),
    responses((status = 200, body = Data<ReceiptData>), Refusal)
)]
pub(super) async fn get_receipt(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Data<ReceiptData>, ApiError> {
    caller.require(Scope::EventsRead)?;
    let missing = || {
        ApiError::NotFound(
            "There is no receipt with this id in the workspace; it may be no longer kept. Search for its messageId."
                .into(),
        )
    };
    let id: ReceiptId = id.parse().map_err(|_| missing())?;
    let (streams, workspace) = (api.clone(), caller.workspace().clone());
    let find = move || {
        let Some((kept, attempts)) = streams.receipts.get(&workspace, id)? else { return Ok(None) };
        let receipt = ReceiptBody::from(kept);
        let event = event_of(&streams.events, &workspace, &receipt);
        let attempts = attempts.into_iter().map(AttemptBody::from).collect();
        Ok::<_, StateError>(Some(ReceiptData { receipt, attempts, event }))
    };
    api.search(find).await??.map(Data::of).ok_or_else(missing)
}

/// The event of a receipt, if the stream still has it. Blocking.
fn event_of(events: &[Partition], workspace: &WorkspaceId, receipt: &ReceiptBody) -> Option<EventBody> {
    let (number, offset, message_id) = receipt.event();
    let number = number as usize;
    let records = match oldest_first(events.get(number)?, offset, 1) {
        Ok(records) => records,
        Err(ReadError::Trimmed { .. } | ReadError::Beyond { .. }) => return None,
        Err(error) => {
            warn!(offset, %error, "the event of a receipt cannot be read");
            return None;
        }
    };
    let filter = EventFilter {
        workspace: workspace.clone(),
        source: None,
        kind: None,
        name: None,
        user: None,
        message: Some(message_id.to_owned()).filter(|id| !id.is_empty()),
    };
    let record = records.first().filter(|record| record.offset == offset)?;
    filter.keep(record, place(offset, number, events.len()))
}

impl ReceiptsQuery {
    fn read(self, caller: &Caller) -> Result<ReceiptQuery, ApiError> {
        let unknown = || {
            ApiError::field(
                "state",
                "There is no such state; there are filtered, delivered, retrying, failed and expired.",
            )
        };
        let state = self.state.as_deref().map(|state| StateKind::parse(state).ok_or_else(unknown)).transpose()?;
        let time = |name, text: Option<String>| {
            let unreadable = || ApiError::field(name, "This is no time; write it as 2026-01-31T12:00:00Z.");
            text.map(|text| Timestamp::parse(&text).ok_or_else(unreadable)).transpose()
        };
        Ok(ReceiptQuery {
            message_id: self.message_id,
            user_id: self.user_id,
            anonymous_id: self.anonymous_id,
            source: self.source_id.map(SourceId::from),
            destination: self.destination_id.map(DestinationId::from),
            state,
            code: self.code,
            event_name: self.event_name,
            event_type: self.event_type,
            replay: self.replay_id,
            since: time("startTime", self.start_time)?,
            until: time("endTime", self.end_time)?,
            ..ReceiptQuery::of(caller.workspace().clone())
        })
    }
}

fn cursor(text: &str) -> Result<ReceiptId, ApiError> {
    text.parse().map_err(|_| {
        ApiError::field("pagination[cursor]", "This is not a cursor of this list; use `next` of the page before.")
    })
}
