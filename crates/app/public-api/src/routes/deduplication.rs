use axum::extract::State;
use prime_control::Scope;
use prime_runtime::{DedupeHole, DedupeStatus};
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::state::Api;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeduplicationData {
    /// Null where this server does not deduplicate: other nodes do.
    deduplication: Option<Deduplication>,
}

/// How the deduplication of this server stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deduplication {
    /// For how long a message is known again after its first arrival.
    window_seconds: u64,
    /// The youngest part of the window, whose ids are in memory.
    hot_seconds: u64,
    /// Ids in memory.
    ids_hot: u64,
    /// Ids in sealed files.
    ids_sealed: u64,
    memory_bytes: u64,
    memory_bytes_max: u64,
    disk_bytes: u64,
    /// Messages, since the server started, that looked like duplicates, could not be confirmed, and were let through.
    unconfirmed: u64,
    /// Messages, since the server started, without a usable time of their own.
    untimed: u64,
    /// Spans of time within the window whose ids were lost, newest first.
    holes: Vec<DeduplicationHole>,
    /// How much of what was known is read again after a start, from 0 to 1; null once all is.
    restoring: Option<f64>,
}

/// A message first sent within this time may be processed once more when it is sent again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeduplicationHole {
    from: String,
    to: String,
    /// Why, in a sentence.
    reason: String,
}

/// How the deduplication stands: its window, what it takes, and what it does not know any more.
#[utoipa::path(
    get,
    path = "/deduplication",
    tag = "Overview",
    responses((status = 200, body = Data<DeduplicationData>), Refusal)
)]
pub(super) async fn get_deduplication(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Data<DeduplicationData>, ApiError> {
    caller.require(Scope::EventsRead)?;
    Ok(Data::of(DeduplicationData { deduplication: api.counters.dedupe_status().map(Deduplication::from) }))
}

impl From<DedupeStatus> for Deduplication {
    fn from(status: DedupeStatus) -> Self {
        let mut holes = status.holes;
        holes.sort_by_key(|hole| std::cmp::Reverse(hole.from));
        Self {
            window_seconds: status.window_ms / 1_000,
            hot_seconds: status.hot_ms / 1_000,
            ids_hot: status.ids_hot,
            ids_sealed: status.ids_sealed,
            memory_bytes: status.memory_bytes,
            memory_bytes_max: status.memory_bytes_max,
            disk_bytes: status.disk_bytes,
            unconfirmed: status.unconfirmed,
            untimed: status.untimed,
            holes: holes.into_iter().map(DeduplicationHole::from).collect(),
            restoring: status.restoring,
        }
    }
}

impl From<DedupeHole> for DeduplicationHole {
    fn from(hole: DedupeHole) -> Self {
        Self { from: hole.from.to_string(), to: hole.to.to_string(), reason: hole.reason }
    }
}
