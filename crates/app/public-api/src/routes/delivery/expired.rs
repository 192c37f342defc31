use std::collections::BTreeMap;

use axum::extract::{Path, State};
use prime_control::Scope;
use prime_delivery::ExpiredFile;
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::routes::destinations::find;
use crate::state::Api;

/// Events of a destination that could not be delivered in time. A replay sends them, with `only` being `EXPIRED`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExpiredEvents {
    /// Where they are kept: a folder of the server, or a bucket.
    place: String,
    /// By day, the earliest first.
    days: Vec<ExpiredDay>,
}

#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct ExpiredDay {
    /// The UTC day on which they were received, as `2026-01-31`.
    day: String,
    /// Those that were sent since are among them. After a crash an event may be counted twice; it is sent once.
    events: u64,
    files: u64,
    /// Compressed.
    bytes: u64,
}

/// Events that could not be delivered in time, by day. They stay until somebody deletes their files.
#[utoipa::path(
    get,
    path = "/destinations/{destinationId}/expired",
    tag = "Deliveries",
    params(("destinationId" = String, Path)),
    responses((status = 200, body = Data<ExpiredEvents>), Refusal)
)]
pub(super) async fn list_expired_events(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Data<ExpiredEvents>, ApiError> {
    caller.require(Scope::DestinationsRead)?;
    let destination = find(&api, &caller, &id)?;
    let store = api.deliveries.expired().clone();
    let files = api.searching(store.files(&destination.id)).await?.map_err(|error| {
        tracing::error!(%error, "expired events cannot be listed");
        ApiError::Unavailable(format!("The expired events cannot be listed; try again later. {error}"))
    })?;
    Ok(Data::of(ExpiredEvents { place: store.to_string(), days: by_day(&files) }))
}

fn by_day(files: &[ExpiredFile]) -> Vec<ExpiredDay> {
    let mut days: BTreeMap<_, ExpiredDay> = BTreeMap::new();
    for file in files {
        let day = days.entry(file.day).or_default();
        day.day = file.day.to_string().chars().take("2026-01-31".len()).collect();
        day.events += file.events;
        day.files += 1;
        day.bytes += file.bytes;
    }
    days.into_values().collect()
}
