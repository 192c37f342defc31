//! What happens to messages before they are on their way to destinations, from the ledger.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use prime_event::{LedgerCounts, Timestamp};
use prime_ledger::{Resolution as LedgerResolution, Whose};
use prime_receipts::{Counts, Dimension, OverviewGroup, Resolution};

use super::breakdown::Breakdown;
use super::window::Window;
use crate::error::ApiError;
use crate::state::Api;

/// The reasons for which a source's own rules keep an event out; every other reason is that it could not be taken.
const FILTERED_AT_SOURCE: [&str; 5] =
    ["unplanned", "schema_violation", "common_schema_violation", "unplanned_and_schema_violation", "event_setting"];

/// A step that the ledger counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SourceStep {
    Received,
    FailedOnIngest,
    FilteredAtSource,
}

/// The groups with the highest totals first.
pub(super) fn groups(
    api: &Api,
    whose: Whose<'_>,
    step: SourceStep,
    window: &Window,
    breakdown: &Breakdown,
) -> Result<Vec<OverviewGroup>, ApiError> {
    let (known, why): (&[Dimension], _) = match step {
        SourceStep::Received => (&[], "What is received is counted by source alone; leave `groupBy` and `filter` out."),
        _ => (&[Dimension::DiscardReason], "Before destinations, events are told apart by discardReason alone."),
    };
    breakdown.check(known, why)?;
    let (resolution, step_ms) = match window.resolution {
        Resolution::Minute => (LedgerResolution::Minute, window.resolution.step_ms()),
        // A day is the sum of its hours.
        Resolution::Hour | Resolution::Day => (LedgerResolution::Hour, window.resolution.step_ms()),
    };
    let mut groups: BTreeMap<Vec<String>, BTreeMap<i64, u64>> = BTreeMap::new();
    for (start, counts) in api.ledger.series(whose, resolution, window.range.clone()).rows {
        let start = start.as_millis().div_euclid(step_ms) * step_ms;
        for (reason, messages) in step.counts(&counts) {
            if breakdown.filter.iter().all(|(_, values)| values.iter().any(|value| value == reason)) {
                let values = breakdown.group_by.iter().map(|_| reason.to_owned()).collect();
                *groups.entry(values).or_default().entry(start).or_default() += messages;
            }
        }
    }
    let mut groups: Vec<_> = groups.into_iter().map(|(values, series)| group(values, series)).collect();
    groups.sort_by_key(|group| Reverse(group.total.total));
    Ok(groups)
}

impl SourceStep {
    /// By reason, which is empty where there is none.
    fn counts(self, counts: &LedgerCounts) -> Vec<(&'static str, u64)> {
        let rejected = counts.rejected.iter().map(|(code, messages)| (code.as_str(), *messages));
        let (filtered, failed): (Vec<_>, Vec<_>) = rejected.partition(|(code, _)| FILTERED_AT_SOURCE.contains(code));
        let counts = match self {
            Self::Received => {
                vec![("", counts.processed + filtered.iter().map(|(_, messages)| messages).sum::<u64>())]
            }
            Self::FailedOnIngest => failed,
            Self::FilteredAtSource => filtered,
        };
        counts.into_iter().filter(|(_, messages)| *messages > 0).collect()
    }
}

fn group(values: Vec<String>, series: BTreeMap<i64, u64>) -> OverviewGroup {
    let counts = |total| Counts { total, ..Counts::default() };
    let total = counts(series.values().sum());
    let series =
        series.into_iter().map(|(start, messages)| (Timestamp::from_millis(start), counts(messages))).collect();
    OverviewGroup { values, total, series }
}
