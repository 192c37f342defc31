use axum::extract::State;
use prime_control::Scope;
use prime_event::{MessageType, SourceId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::body::Params;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::pagination::{PageInfo, PageQuery};
use crate::state::Api;
use crate::stream_search::newest_first;
use crate::views::{EventBody, EventFilter};

/// How many entries of a stream one answer may hold.
pub(crate) const LIMIT_MAX: usize = 500;
const LIMIT_DEFAULT: usize = 50;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventQuery {
    /// Only those of this source.
    source_id: Option<String>,
    /// Only those of this type.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Only those whose event, page or screen name contains this, in upper or lower case.
    name: Option<String>,
    /// Only those of this userId or anonymousId.
    user_id: Option<String>,
    /// Only the one with this messageId.
    message_id: Option<String>,
    /// How many: 1 to 500, 50 when absent.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<usize>,
    /// Where to go on: `next` of the answer before.
    #[serde(rename = "pagination[cursor]")]
    cursor: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Events {
    events: Vec<EventBody>,
    pagination: PageInfo,
}

/// Processed events, newest first.
///
/// One answer looks at a bounded number of events: it may hold fewer than the limit and yet have a `next`.
#[utoipa::path(
    get,
    path = "/events",
    tag = "Events",
    params(EventQuery),
    responses((status = 200, body = Data<Events>), Refusal)
)]
pub(super) async fn list_events(
    State(api): State<Api>,
    caller: Caller,
    Params(query): Params<EventQuery>,
) -> Result<Data<Events>, ApiError> {
    caller.require(Scope::EventsRead)?;
    let limit = checked_limit(query.limit)?;
    let page = PageQuery::at(query.cursor);
    let before = page.positions(api.events.len())?;
    let filter = EventFilter {
        workspace: caller.workspace().clone(),
        source: query.source_id.map(SourceId::from),
        kind: checked_type(query.kind)?,
        name: query.name.map(|name| name.to_lowercase()),
        user: query.user_id,
        message: query.message_id,
    };
    let partitions = api.events.clone();
    let search =
        move || newest_first(&partitions, before.as_deref(), limit, |record, place| filter.keep(record, place));
    let found = api.search(search).await??;
    let pagination = page.info_at_all(found.next.clone());
    Ok(Data::of(Events { events: found.bodies(), pagination }))
}

pub(crate) fn checked_limit(limit: Option<usize>) -> Result<usize, ApiError> {
    match limit.unwrap_or(LIMIT_DEFAULT) {
        limit @ 1..=LIMIT_MAX => Ok(limit),
        _ => Err(ApiError::field("limit", "One answer holds 1 to 500 entries; ask for that many.")),
    }
}

pub(crate) fn checked_type(kind: Option<String>) -> Result<Option<String>, ApiError> {
    match kind {
        Some(kind) if MessageType::parse(&kind).is_none() => {
            Err(ApiError::field("type", "There is no such type; it is track, identify, page, screen, group or alias."))
        }
        kind => Ok(kind),
    }
}
