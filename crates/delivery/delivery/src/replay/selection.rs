//! Which events a replay is about.

use std::collections::BTreeSet;
use std::sync::Arc;

use prime_event::{EventRecord, SourceId, Timestamp, WorkspaceId};
use prime_log::{Partition, ReadError, ReadLimit, Record};
use prime_receipts::{EventPlace, KeptReceipt, ReceiptQuery, ReceiptsHandle, StateKind};
use prime_state::StateError;

use super::model::{ReplayScope, ReplaySpec, Stretch};
use crate::job::Job;

/// Events that a preview looks at, so that it answers within seconds.
const EXAMINED_MAX: u64 = 200_000;
/// Failures that one replay takes; the next one takes those that remain.
const FAILURES_MAX: usize = 1_000_000;
const SAMPLES_MAX: usize = 10;
const PAGE: usize = 1_000;
const READ: ReadLimit = ReadLimit { bytes_max: 1 << 20, records_max: 1_000 };

/// What a replay would send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplayPreview {
    pub events: u64,
    /// How many of the range failed or expired and were not delivered by a replay since.
    pub failures: u64,
    /// Whether all of the range was looked at; otherwise there are more events than were counted.
    pub is_complete: bool,
    /// When the first and the last of them were received.
    pub first_at: Option<Timestamp>,
    pub last_at: Option<Timestamp>,
    /// Of the first ones.
    pub samples: Vec<ReplaySample>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplaySample {
    pub message_id: String,
    pub event_type: String,
    pub event_name: String,
    pub received_at: Timestamp,
}

/// The events of one replay.
#[derive(Clone, Debug)]
pub(super) struct Selection {
    workspace: WorkspaceId,
    source: SourceId,
    spec: ReplaySpec,
    /// None if the place does not matter.
    places: Option<Arc<BTreeSet<EventPlace>>>,
}

impl Selection {
    /// Looks failures up. Blocking.
    pub(super) fn of(
        workspace: WorkspaceId,
        source: SourceId,
        spec: ReplaySpec,
        receipts: &ReceiptsHandle,
    ) -> Result<Self, StateError> {
        let places = match spec.scope {
            ReplayScope::Everything => None,
            ReplayScope::Failures => Some(Arc::new(failures(&workspace, &spec, receipts)?)),
        };
        Ok(Self { workspace, source, spec, places })
    }

    /// What is to be looked at of each partition.
    pub(super) fn stretches(&self, events: &[Partition]) -> Vec<Stretch> {
        let stretch = |partition: &Partition| {
            let end = partition.bounds().end;
            let Some(places) = &self.places else {
                // An event is appended after it was received.
                return Stretch { next: partition.position_at(self.spec.start.as_millis()), end };
            };
            let of = |offset| EventPlace { partition: partition.number(), offset };
            let mut within = places.range(of(0)..of(u64::MAX));
            let first = within.next().map_or(end, |place| place.offset);
            Stretch {
                next: first,
                end: within.next_back().map_or(first, |place| place.offset).saturating_add(1).min(end),
            }
        };
        events.iter().map(stretch).collect()
    }

    /// The event of a record, if it is one of them.
    pub(super) fn take(&self, partition: u32, record: Record) -> Option<Job> {
        let offset = record.offset;
        if self.places.as_ref().is_some_and(|places| !places.contains(&EventPlace { partition, offset })) {
            return None;
        }
        let record = EventRecord::decode(record.value).ok()?;
        if record.workspace != self.workspace
            || record.source != self.source
            || record.received_at < self.spec.start
            || record.received_at >= self.spec.end
        {
            return None;
        }
        let job = Job::new(partition, offset, record);
        let head = &job.head;
        let is = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        if !is(&self.spec.event_type, &head.kind) || !is(&self.spec.event_name, &head.name) {
            return None;
        }
        Some(job)
    }

    /// Counts what it takes, within bounds. Blocking.
    pub(super) fn preview(
        &self,
        events: &[Partition],
        receipts: &ReceiptsHandle,
    ) -> Result<ReplayPreview, PreviewError> {
        let mut preview = ReplayPreview { is_complete: true, ..ReplayPreview::default() };
        let mut examined = 0;
        for (partition, stretch) in events.iter().zip(self.stretches(events)) {
            let mut next = stretch.next;
            while next < stretch.end {
                if examined >= EXAMINED_MAX {
                    preview.is_complete = false;
                    break;
                }
                let records = match partition.read(next, READ) {
                    Ok(records) => records,
                    Err(ReadError::Trimmed { start }) => {
                        next = start;
                        continue;
                    }
                    Err(error) => return Err(PreviewError::Events(error)),
                };
                let Some(last) = records.last() else { break };
                next = last.offset + 1;
                examined += records.len() as u64;
                for job in records.into_iter().filter_map(|record| self.take(partition.number(), record)) {
                    preview.add(job);
                }
            }
        }
        preview.failures = match self.places {
            Some(_) => preview.events,
            None => failures(&self.workspace, &self.spec, receipts).map_err(PreviewError::Receipts)?.len() as u64,
        };
        Ok(preview)
    }
}

/// Why nothing could be counted.
#[derive(Debug, thiserror::Error)]
pub(super) enum PreviewError {
    #[error("events cannot be read: {0}")]
    Events(#[source] ReadError),
    #[error("receipts cannot be read: {0}")]
    Receipts(#[source] StateError),
}

impl ReplayPreview {
    fn add(&mut self, job: Job) {
        let at = job.record.received_at;
        self.events += 1;
        self.first_at = Some(self.first_at.map_or(at, |first| first.min(at)));
        self.last_at = Some(self.last_at.map_or(at, |last| last.max(at)));
        if self.samples.len() < SAMPLES_MAX {
            self.samples.push(ReplaySample {
                message_id: job.head.message_id.unwrap_or_default(),
                event_type: job.head.kind.unwrap_or_default(),
                event_name: job.head.name.unwrap_or_default(),
                received_at: at,
            });
        }
    }
}

/// The places of events of the range whose delivery came to nothing.
fn failures(
    workspace: &WorkspaceId,
    spec: &ReplaySpec,
    receipts: &ReceiptsHandle,
) -> Result<BTreeSet<EventPlace>, StateError> {
    let mut places = BTreeSet::new();
    for state in [StateKind::Failed, StateKind::Expired] {
        each(workspace, spec, state, receipts, |kept| {
            places.insert(kept.receipt.event);
            places.len() < FAILURES_MAX
        })?;
    }
    if !places.is_empty() {
        // Replays leave receipts of everything, so nothing is missing here.
        each(workspace, spec, StateKind::Delivered, receipts, |kept| {
            if kept.receipt.lane.replay > 0 {
                places.remove(&kept.receipt.event);
            }
            true
        })?;
    }
    Ok(places)
}

/// Tells of each receipt of the destination in this state whose event is in the range, until it is told to stop.
fn each(
    workspace: &WorkspaceId,
    spec: &ReplaySpec,
    state: StateKind,
    receipts: &ReceiptsHandle,
    mut tell: impl FnMut(&KeptReceipt) -> bool,
) -> Result<(), StateError> {
    let query = ReceiptQuery {
        destination: Some(spec.destination.clone()),
        state: Some(state),
        event_type: spec.event_type.clone(),
        event_name: spec.event_name.clone(),
        // A receipt is begun after its event was received.
        since: Some(spec.start),
        ..ReceiptQuery::of(workspace.clone())
    };
    let mut before = None;
    loop {
        let page = receipts.search(&query, before, PAGE)?;
        for kept in &page.receipts {
            let received_at = kept.receipt.received_at;
            if received_at >= spec.start && received_at < spec.end && !tell(kept) {
                return Ok(());
            }
        }
        match page.next {
            Some(next) => before = Some(next),
            None => return Ok(()),
        }
    }
}
