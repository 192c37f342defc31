use axum::extract::State;
use prime_control::Scope;
use prime_event::SourceId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::events::checked_limit;
use crate::body::Params;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::pagination::{PageInfo, PageQuery};
use crate::state::Api;
use crate::stream_search::newest_first;
use crate::views::{RejectedBody, RejectedFilter};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RejectedQuery {
    /// Only those of this source.
    source_id: Option<String>,
    /// Only those with this code.
    code: Option<String>,
    /// How many: 1 to 500, 50 when absent.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<usize>,
    /// Where to go on: `next` of the answer before.
    #[serde(rename = "pagination[cursor]")]
    cursor: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RejectedMessages {
    rejected: Vec<RejectedBody>,
    pagination: PageInfo,
}

/// Messages and requests that were not taken, newest first, each with the reason and the original.
#[utoipa::path(
    get,
    path = "/rejected",
    tag = "Events",
    params(RejectedQuery),
    responses((status = 200, body = Data<RejectedMessages>), Refusal)
)]
pub(super) async fn list_rejected(
    State(api): State<Api>,
    caller: Caller,
    Params(query): Params<RejectedQuery>,
) -> Result<Data<RejectedMessages>, ApiError> {
    caller.require(Scope::EventsRead)?;
    let limit = checked_limit(query.limit)?;
    let page = PageQuery::at(query.cursor);
    let before = page.positions(api.rejected.len())?;
    let filter = RejectedFilter {
        workspace: caller.workspace().clone(),
        source: query.source_id.map(SourceId::from),
        code: query.code,
    };
    let partitions = api.rejected.clone();
    let search =
        move || newest_first(&partitions, before.as_deref(), limit, |record, place| filter.keep(record, place));
    let found = api.search(search).await??;
    let pagination = page.info_at_all(found.next.clone());
    Ok(Data::of(RejectedMessages { rejected: found.bodies(), pagination }))
}
