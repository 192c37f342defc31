use std::ops::Range;
use std::sync::Arc;

use prime_control::{Destination, Source};
use prime_event::Timestamp;
use prime_receipts::Resolution;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::caller::Caller;
use crate::error::ApiError;
use crate::routes::{destinations, sources};
use crate::state::Api;

/// A start that is older than what is kept by as much as a request may be under way is still good.
const GRACE_MS: i64 = 60_000;

/// Whose deliveries, and when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WindowQuery {
    /// The source. Required.
    source_id: Option<String>,
    /// One of its destinations. Required where something of a destination is asked for.
    destination_config_id: Option<String>,
    /// Where the range begins, as in `2026-01-31T12:00:00Z`; the minute, hour or day in which it lies is shown whole.
    /// Required. At most 48 hours ago by minute and 30 days ago by hour and day.
    start_time: Option<String>,
    /// Where the range ends, not included. Required. At most 4 hours after the start by minute, 14 days by hour, 30 by day.
    end_time: Option<String>,
    /// `MINUTE`, `HOUR` or `DAY`. Required.
    granularity: Option<String>,
}

/// A range of time that may be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) resolution: Resolution,
    /// From the start of the first minute, hour or day.
    pub(super) range: Range<Timestamp>,
}

impl WindowQuery {
    pub(super) fn source(&self, api: &Api, caller: &Caller) -> Result<Arc<Source>, ApiError> {
        let id = self.source_id.as_deref().ok_or_else(|| ApiError::field("sourceId", "Say which source is meant."))?;
        sources::find(api, caller, id)
    }

    pub(super) fn destination(&self, api: &Api, caller: &Caller) -> Result<Arc<Destination>, ApiError> {
        let name = "destinationConfigId";
        let id = self.destination_config_id.as_deref();
        let id = id.ok_or_else(|| ApiError::field(name, "Say which destination is meant."))?;
        let destination = destinations::find(api, caller, id)?;
        match self.source_id.as_deref() {
            Some(source) if destination.source.as_str() != source => Err(ApiError::field(
                name,
                "This destination belongs to another source; give the `sourceId` of its source.",
            )),
            _ => Ok(destination),
        }
    }

    pub(super) fn window(&self, now: Timestamp) -> Result<Window, ApiError> {
        let resolution = match self.granularity.as_deref() {
            Some("MINUTE") => Resolution::Minute,
            Some("HOUR") => Resolution::Hour,
            Some("DAY") => Resolution::Day,
            _ => return Err(ApiError::field("granularity", "Give a granularity: MINUTE, HOUR or DAY.")),
        };
        let start = time("startTime", self.start_time.as_deref())?;
        let end = time("endTime", self.end_time.as_deref())?;
        if start >= end {
            return Err(ApiError::field("endTime", "The range ends before it begins; give an end after the start."));
        }
        if now.as_millis() - start.as_millis() > resolution.kept_ms() + GRACE_MS {
            return Err(ApiError::field(
                "startTime",
                "This is no longer kept: minutes are for 48 hours, hours and days for 30 days; begin later.",
            ));
        }
        if end.as_millis() - start.as_millis() > resolution.range_ms_max() {
            return Err(ApiError::field(
                "endTime",
                "The range is too long: it holds at most 4 hours by MINUTE, 14 days by HOUR and 30 days by DAY.",
            ));
        }
        Ok(Window { resolution, range: resolution.start_of(start)..end })
    }
}

fn time(name: &str, text: Option<&str>) -> Result<Timestamp, ApiError> {
    let read = text.and_then(Timestamp::parse);
    read.ok_or_else(|| ApiError::field(name, "Give a time, written as 2026-01-31T12:00:00Z."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(start: &str, end: &str, granularity: &str) -> Result<Window, ApiError> {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let query = WindowQuery {
            source_id: None,
            destination_config_id: None,
            start_time: given(start),
            end_time: given(end),
            granularity: given(granularity),
        };
        query.window(Timestamp::parse("2026-03-31T12:00:00Z").unwrap())
    }

    #[test]
    fn ranges_are_as_long_and_as_old_as_segments_api_documents() {
        for (start, end, granularity, is_good) in [
            ("2026-03-31T08:00:00Z", "2026-03-31T12:00:00Z", "MINUTE", true),
            ("2026-03-31T07:59:00Z", "2026-03-31T12:00:00Z", "MINUTE", false),
            ("2026-03-29T12:00:00Z", "2026-03-29T13:00:00Z", "MINUTE", true),
            ("2026-03-29T11:00:00Z", "2026-03-29T13:00:00Z", "MINUTE", false),
            ("2026-03-17T12:00:00Z", "2026-03-31T12:00:00Z", "HOUR", true),
            ("2026-03-17T11:00:00Z", "2026-03-31T12:00:00Z", "HOUR", false),
            ("2026-03-01T12:00:00Z", "2026-03-31T12:00:00Z", "DAY", true),
            ("2026-03-01T11:00:00Z", "2026-03-10T12:00:00Z", "DAY", false),
            ("2026-03-31T12:00:00Z", "2026-03-31T12:00:00Z", "HOUR", false),
            ("", "2026-03-31T12:00:00Z", "HOUR", false),
            ("2026-03-31T11:00:00Z", "soon", "HOUR", false),
            ("2026-03-31T11:00:00Z", "2026-03-31T12:00:00Z", "WEEK", false),
        ] {
            assert_eq!(ask(start, end, granularity).is_ok(), is_good, "{start} {end} {granularity}");
        }
        let window = ask("2026-03-31T10:30:20Z", "2026-03-31T12:00:00Z", "HOUR").unwrap();
        assert_eq!(window.range.start.to_string(), "2026-03-31T10:00:00.000Z");
    }
}
