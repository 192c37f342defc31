use axum::extract::State;
use prime_control::Scope;
use prime_event::SourceId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::body::Params;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::pagination::{PageInfo, PageQuery};
use crate::routes::events::checked_limit;
use crate::state::Api;
use crate::stream_search::newest_first;
use crate::views::{DuplicateBody, DuplicateFilter};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DuplicateQuery {
    /// Only those of this source.
    source_id: Option<String>,
    /// Only those with this messageId.
    message_id: Option<String>,
    /// How many: 1 to 500, 50 when absent.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<usize>,
    /// Where to go on: `next` of the answer before.
    #[serde(rename = "pagination[cursor]")]
    cursor: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Duplicates {
    duplicates: Vec<DuplicateBody>,
    pagination: PageInfo,
}

/// Messages that had been processed before and were kept out of `events`, newest first, each with the original.
///
/// One answer looks at a bounded number of duplicates: it may hold fewer than the limit and yet have a `next`.
#[utoipa::path(
    get,
    path = "/duplicates",
    tag = "Events",
    params(DuplicateQuery),
    responses((status = 200, body = Data<Duplicates>), Refusal)
)]
pub(crate) async fn list_duplicates(
    State(api): State<Api>,
    caller: Caller,
    Params(query): Params<DuplicateQuery>,
) -> Result<Data<Duplicates>, ApiError> {
    caller.require(Scope::EventsRead)?;
    let limit = checked_limit(query.limit)?;
    let page = PageQuery::at(query.cursor);
    let before = page.positions(api.duplicates.len())?;
    let filter = DuplicateFilter {
        workspace: caller.workspace().clone(),
        source: query.source_id.map(SourceId::from),
        message: query.message_id,
    };
    let partitions = api.duplicates.clone();
    let search =
        move || newest_first(&partitions, before.as_deref(), limit, |record, place| filter.keep(record, place));
    let found = api.search(search).await??;
    let pagination = page.info_at_all(found.next.clone());
    Ok(Data::of(Duplicates { duplicates: found.bodies(), pagination }))
}
