use std::collections::BTreeMap;
use std::ops::Range;

use axum::extract::State;
use prime_control::Scope;
use prime_event::{DestinationId, Timestamp};
use prime_runtime::{Minute, MinuteCounts};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::history::{Wanted, history};
use crate::body::Params;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::routes::sources;
use crate::state::Api;

const MINUTE_MS: i64 = 60_000;
/// The counters keep a day.
const MINUTES_MAX: u64 = 24 * 60;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SeriesQuery {
    /// How many minutes back: 1 to 1440, 60 when absent.
    #[param(minimum = 1, maximum = 1440, default = 60)]
    minutes: Option<u64>,
    /// Only this source and its destinations.
    source_id: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Series {
    /// One entry for each minute, oldest first; the last minute is still running.
    series: Vec<SeriesMinute>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeriesMinute {
    /// When the minute began.
    time: String,
    accepted: u64,
    processed: u64,
    duplicates: u64,
    rejected: u64,
    delivered: u64,
    failed: u64,
}

/// What happened minute by minute.
///
/// What became of messages is read from the ledger, each in the minute in which it was received; deliveries are counted
/// since the server started.
#[utoipa::path(
    get,
    path = "/overview/series",
    tag = "Overview",
    params(SeriesQuery),
    responses((status = 200, body = Data<Series>), Refusal)
)]
pub(crate) async fn get_overview_series(
    State(api): State<Api>,
    caller: Caller,
    Params(query): Params<SeriesQuery>,
) -> Result<Data<Series>, ApiError> {
    caller.require(Scope::EventsRead)?;
    let count = query.minutes.unwrap_or(60);
    if !(1..=MINUTES_MAX).contains(&count) {
        return Err(ApiError::field("minutes", "A day is kept; ask for 1 to 1440 minutes."));
    }
    let range = minutes(count, Timestamp::now());
    let workspace = caller.workspace();
    let history = match query.source_id {
        None => history(&api, Wanted { workspace, source: None, destinations: None }, range.clone()),
        Some(id) => {
            let source = sources::find(&api, &caller, &id)?;
            let definitions = api.control.definitions();
            let destinations: Vec<DestinationId> =
                definitions.destinations_of(&source.id).map(|destination| destination.id.clone()).collect();
            let wanted = Wanted { workspace, source: Some(&source.id), destinations: Some(&destinations) };
            history(&api, wanted, range.clone())
        }
    };
    Ok(Data::of(Series { series: shown_minutes(range, &history).map(SeriesMinute::from).collect() }))
}

/// The starts of the last `count` minutes, the running one included.
pub(super) fn minutes(count: u64, now: Timestamp) -> Range<Minute> {
    let end = (now.as_millis().div_euclid(MINUTE_MS) + 1) * MINUTE_MS;
    end - count as i64 * MINUTE_MS..end
}

/// Each minute of the range with what happened in it, minutes without events included.
pub(super) fn shown_minutes(
    range: Range<Minute>,
    history: &BTreeMap<Minute, MinuteCounts>,
) -> impl Iterator<Item = (Minute, MinuteCounts)> {
    range.step_by(MINUTE_MS as usize).map(|minute| (minute, history.get(&minute).copied().unwrap_or_default()))
}

impl From<(Minute, MinuteCounts)> for SeriesMinute {
    fn from((minute, counts): (Minute, MinuteCounts)) -> Self {
        let MinuteCounts { accepted, processed, duplicates, rejected, delivered, failed } = counts;
        let time = Timestamp::from_millis(minute).to_string();
        Self { time, accepted, processed, duplicates, rejected, delivered, failed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_minute_of_the_range_is_shown_and_the_running_one_is_the_last() {
        let now = Timestamp::from_millis(10 * MINUTE_MS + 59_999);
        let busy = MinuteCounts { processed: 3, ..MinuteCounts::default() };
        let history = BTreeMap::from([(9 * MINUTE_MS, busy), (4 * MINUTE_MS, busy)]);
        let shown: Vec<_> = shown_minutes(minutes(3, now), &history).collect();
        let starts: Vec<_> = shown.iter().map(|(minute, counts)| (minute / MINUTE_MS, counts.processed)).collect();
        assert_eq!(starts, [(8, 0), (9, 3), (10, 0)]);
    }
}
