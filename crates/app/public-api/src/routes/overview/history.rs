//! What happened minute by minute, from the ledger where it can tell and from the running counters where it cannot.

use std::collections::BTreeMap;
use std::ops::Range;

use prime_event::{DestinationId, LedgerCounts, SourceId, Timestamp, WorkspaceId};
use prime_ledger::{Resolution, Whose};
use prime_runtime::{Minute, MinuteCounts};

use crate::state::Api;

/// Whose history is asked for.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) workspace: &'a WorkspaceId,
    /// All when absent.
    pub(super) source: Option<&'a SourceId>,
    /// All when absent.
    pub(super) destinations: Option<&'a [DestinationId]>,
}

/// The minutes of a range in which anything happened.
///
/// The ledger knows what was processed before the server started and on other nodes, each message in the minute in which
/// it was received. What is accepted and not processed yet only the counters know, as they know deliveries. Until the
/// ledger has been read, all comes from the counters.
pub(super) fn history(api: &Api, wanted: Wanted<'_>, range: Range<Minute>) -> BTreeMap<Minute, MinuteCounts> {
    let mut minutes = api.counters.minutes(range.start, wanted.source, wanted.destinations);
    if !api.ledger.is_caught_up() {
        return minutes;
    }
    let range = Timestamp::from_millis(range.start)..Timestamp::from_millis(range.end);
    let whose = Whose { workspace: wanted.workspace, source: wanted.source };
    let ledger: BTreeMap<Minute, LedgerCounts> = api
        .ledger
        .series(whose, Resolution::Minute, range)
        .rows
        .into_iter()
        .map(|(start, counts)| (start.as_millis(), counts))
        .collect();
    for start in ledger.keys() {
        minutes.entry(*start).or_default();
    }
    let nothing = LedgerCounts::default();
    for (start, counts) in &mut minutes {
        let told = ledger.get(start).unwrap_or(&nothing);
        counts.accepted = counts.accepted.max(told.accepted);
        counts.processed = told.processed;
        counts.duplicates = told.duplicates;
        counts.rejected = told.rejected_total();
    }
    minutes
}
