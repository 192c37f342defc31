//! Which events a replay is about.

use std::collections::BTreeSet;
use std::sync::Arc;

use prime_event::{SourceId, WorkspaceId};
use prime_log::{Offset, Partition};
use prime_receipts::{EventPlace, KeptReceipt, ReceiptQuery, ReceiptsHandle, StateKind};
use prime_state::StateError;

use super::model::{ReplayScope, ReplaySpec, Stretch};
use crate::expired::ExpiredFile;
use crate::job::Job;

const PAGE: usize = 1_000;
const DAY_MS: i64 = 86_400_000;

/// The events of one replay.
#[derive(Clone, Debug)]
pub(super) struct Selection {
    workspace: WorkspaceId,
    source: SourceId,
    spec: ReplaySpec,
    /// Those at these places; none if the place does not matter ...
    only: Option<Arc<BTreeSet<EventPlace>>>,
    /// ... and not those at these.
    except: Arc<BTreeSet<EventPlace>>,
    is_complete: bool,
}

/// The places of events whose delivery came to nothing.
struct Failures {
    places: BTreeSet<EventPlace>,
    /// Whether these are all.
    are_all: bool,
}

impl Selection {
    /// Looks failures up, of which it takes so many at most, or what these replays have delivered. Blocking.
    pub(super) fn of(
        workspace: WorkspaceId,
        source: SourceId,
        spec: ReplaySpec,
        replays: &[u32],
        receipts: &ReceiptsHandle,
        failures_max: usize,
    ) -> Result<Self, StateError> {
        let (mut only, mut except, mut is_complete) = (None, Arc::default(), true);
        match spec.scope {
            ReplayScope::Everything => {}
            ReplayScope::Failures => {
                let failures = failures(&workspace, &spec, replays, receipts, failures_max)?;
                (only, is_complete) = (Some(Arc::new(failures.places)), failures.are_all);
            }
            ReplayScope::Expired => except = Arc::new(replayed(&workspace, &spec, replays, receipts)?),
        }
        Ok(Self { workspace, source, spec, only, except, is_complete })
    }

    /// False where it is about failures and there are more of them.
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// What is to be looked at of each partition.
    pub(super) fn stretches(&self, events: &[Partition]) -> Vec<Stretch> {
        let stretch = |partition: &Partition| {
            let end = partition.bounds().end;
            let Some(places) = &self.only else {
                // An event is appended after it was received.
                return Stretch { start: partition.position_at(self.spec.start.as_millis()), end };
            };
            let of = |offset| EventPlace { partition: partition.number(), offset };
            let mut within = places.range(of(0)..of(u64::MAX));
            let first = within.next().map_or(end, |place| place.offset);
            Stretch {
                start: first,
                end: within.next_back().map_or(first, |place| place.offset).saturating_add(1).min(end),
            }
        };
        events.iter().map(stretch).collect()
    }

    /// Whether a file may have some of them.
    pub(super) fn may_be_in(&self, file: &ExpiredFile) -> bool {
        let day = file.day.as_millis();
        day < self.spec.end.as_millis() && day + DAY_MS > self.spec.start.as_millis()
    }

    /// Whether an event at this place may be one of them.
    pub(super) fn may_take(&self, partition: u32, offset: Offset) -> bool {
        let place = EventPlace { partition, offset };
        self.only.as_ref().is_none_or(|only| only.contains(&place)) && !self.except.contains(&place)
    }

    /// The event, if it is one of them.
    pub(super) fn take(&self, job: Job) -> Option<Job> {
        let (record, head, spec) = (&job.record, &job.head, &self.spec);
        let is = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        let is_taken = self.may_take(job.partition, job.offset)
            && record.workspace == self.workspace
            && record.source == self.source
            && record.received_at >= spec.start
            && record.received_at < spec.end
            && is(&spec.event_type, &head.kind)
            && is(&spec.event_name, &head.name);
        is_taken.then_some(job)
    }

    /// How many of the range failed or expired and were not delivered by one of these replays since, up to a bound. Blocking.
    pub(super) fn failures(&self, replays: &[u32], receipts: &ReceiptsHandle, max: usize) -> Result<u64, StateError> {
        Ok(failures(&self.workspace, &self.spec, replays, receipts, max)?.places.len() as u64)
    }
}

/// Failures of the range that none of these replays has delivered, the ones begun last first, and what failed before what expired.
fn failures(
    workspace: &WorkspaceId,
    spec: &ReplaySpec,
    replays: &[u32],
    receipts: &ReceiptsHandle,
    max: usize,
) -> Result<Failures, StateError> {
    let (mut failures, mut delivered) = (Failures { places: BTreeSet::new(), are_all: true }, None);
    for state in [StateKind::Failed, StateKind::Expired] {
        let query = ReceiptQuery { state: Some(state), ..query(workspace, spec) };
        each(&query, spec, receipts, |kept| {
            let delivered = match &mut delivered {
                Some(delivered) => delivered,
                // Many, and mostly for nothing where nothing failed.
                none => none.insert(replayed(workspace, spec, replays, receipts)?),
            };
            let place = kept.receipt.event;
            if delivered.contains(&place) || failures.places.contains(&place) {
                return Ok(true);
            }
            if failures.places.len() >= max {
                failures.are_all = false;
                return Ok(false);
            }
            Ok(failures.places.insert(place))
        })?;
    }
    Ok(failures)
}

/// The places of events of the range that these replays have delivered. They leave receipts of everything, so nothing is missing.
fn replayed(
    workspace: &WorkspaceId,
    spec: &ReplaySpec,
    replays: &[u32],
    receipts: &ReceiptsHandle,
) -> Result<BTreeSet<EventPlace>, StateError> {
    let mut places = BTreeSet::new();
    for &replay in replays {
        let state = Some(StateKind::Delivered);
        let query = ReceiptQuery { state, replay: Some(replay), ..query(workspace, spec) };
        each(&query, spec, receipts, |kept| {
            places.insert(kept.receipt.event);
            Ok(true)
        })?;
    }
    Ok(places)
}

/// Receipts of the destination that may be about events of the range.
fn query(workspace: &WorkspaceId, spec: &ReplaySpec) -> ReceiptQuery {
    ReceiptQuery {
        destination: Some(spec.destination.clone()),
        event_type: spec.event_type.clone(),
        event_name: spec.event_name.clone(),
        // A receipt is begun after its event was received.
        since: Some(spec.start),
        ..ReceiptQuery::of(workspace.clone())
    }
}

/// Tells of each receipt that the query finds and whose event is in the range, until it is told to stop.
fn each(
    query: &ReceiptQuery,
    spec: &ReplaySpec,
    receipts: &ReceiptsHandle,
    mut tell: impl FnMut(&KeptReceipt) -> Result<bool, StateError>,
) -> Result<(), StateError> {
    let mut before = None;
    loop {
        let page = receipts.search(query, before, PAGE)?;
        for kept in &page.receipts {
            let received_at = kept.receipt.received_at;
            if received_at >= spec.start && received_at < spec.end && !tell(kept)? {
                return Ok(());
            }
        }
        match page.next {
            Some(next) => before = Some(next),
            None => return Ok(()),
        }
    }
}
