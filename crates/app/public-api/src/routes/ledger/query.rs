use std::ops::Range;

use prime_event::Timestamp;
use prime_ledger::Resolution;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::ApiError;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LedgerQuery {
    /// Only this source; all of the workspace when absent.
    pub(super) source_id: Option<String>,
    /// Where to begin, as in `2026-01-31T12:00:00Z`; a day before `to` when absent.
    from: Option<String>,
    /// Where to end; now when absent.
    to: Option<String>,
    /// `minute` for at most the last 48 hours, or `hour` for at most the last 30 days; `hour` when absent.
    resolution: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LedgerResolution {
    Minute,
    Hour,
}

impl LedgerQuery {
    pub(super) fn resolution(&self) -> Result<LedgerResolution, ApiError> {
        match self.resolution.as_deref() {
            None | Some("hour") => Ok(LedgerResolution::Hour),
            Some("minute") => Ok(LedgerResolution::Minute),
            Some(_) => Err(ApiError::field("resolution", "There is no such resolution; it is minute or hour.")),
        }
    }

    /// From the start of the first minute or hour to the time at which to end.
    pub(super) fn range(&self, now: Timestamp) -> Result<Range<Timestamp>, ApiError> {
        let resolution = Resolution::from(self.resolution()?);
        let to = read("to", self.to.as_deref())?.unwrap_or(now);
        let day_before = Timestamp::from_millis(to.as_millis().saturating_sub(DAY_MS));
        let from = resolution.start_of(read("from", self.from.as_deref())?.unwrap_or(day_before));
        if from >= to {
            return Err(ApiError::field("from", "The range ends before it begins; give a `from` that is before `to`."));
        }
        // The hour or minute in which a range begins is shown whole.
        if to.as_millis() - from.as_millis() > resolution.kept_ms() + resolution.step_ms() {
            return Err(ApiError::field(
                "from",
                "The range is longer than what is kept: 48 hours by minute and 30 days by hour; ask for less.",
            ));
        }
        Ok(from..to)
    }
}

fn read(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, ApiError> {
    let unreadable = || ApiError::field(name, "This is no time; write it as 2026-01-31T12:00:00Z.");
    text.map(|text| Timestamp::parse(text).ok_or_else(unreadable)).transpose()
}

impl From<LedgerResolution> for Resolution {
    fn from(resolution: LedgerResolution) -> Self {
        match resolution {
            LedgerResolution::Minute => Self::Minute,
            LedgerResolution::Hour => Self::Hour,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(from: &str, to: &str, resolution: &str) -> LedgerQuery {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        LedgerQuery { source_id: None, from: given(from), to: given(to), resolution: given(resolution) }
    }

    #[test]
    fn without_anything_it_is_the_last_day_by_hour() {
        let now = Timestamp::parse("2026-03-02T10:30:00Z").unwrap();
        let range = query("", "", "").range(now).unwrap();
        assert_eq!((range.start.to_string().as_str(), range.end), ("2026-03-01T10:00:00.000Z", now));
    }

    #[test]
    fn more_than_is_kept_and_what_ends_before_it_begins_are_refused() {
        let now = Timestamp::parse("2026-03-02T10:30:00Z").unwrap();
        assert!(query("2026-02-28T10:30:00Z", "", "minute").range(now).is_ok());
        assert!(query("2026-02-28T10:28:00Z", "", "minute").range(now).is_err());
        assert!(query("2026-02-28T10:28:00Z", "", "").range(now).is_ok());
        assert!(query("2026-01-01", "", "hour").range(now).is_err());
        assert!(query("2026-03-03", "", "").range(now).is_err());
        assert!(query("yesterday", "", "").range(now).is_err());
        assert!(query("", "", "second").range(now).is_err());
    }
}
