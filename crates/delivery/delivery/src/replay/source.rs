//! Where the events of a replay come from: the stream, or files of what expired.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use prime_event::EventRecord;
use prime_log::{Partition, ReadError, ReadLimit, Record};
use prime_receipts::EventPlace;
use thiserror::Error;
use tokio::task::spawn_blocking;
use tracing::error;

use super::model::{Replay, ReplayScope, Stretch};
use super::position::{place, position};
use super::selection::Selection;
use crate::expired::{ExpiredError, ExpiredEvent, ExpiredStore};
use crate::job::Job;

const READ: ReadLimit = ReadLimit { bytes_max: 512 * 1024, records_max: 500 };
/// Events of files that are known by their places, so that one that stands in two files is sent once.
const KNOWN_MAX: usize = 1_000_000;

/// The stretches of a replay, to be read.
pub(super) struct Source {
    stretches: Vec<Stretch>,
    from: From,
}

enum From {
    Events(Vec<Partition>),
    Files(Files),
}

struct Files {
    store: ExpiredStore,
    paths: Vec<String>,
    /// The one that was read last, by number.
    open: Mutex<Option<(usize, Arc<Vec<ExpiredEvent>>)>>,
    known: Mutex<HashMap<EventPlace, u64>>,
}

/// What was read at once.
pub(super) struct Found {
    /// Those that the replay is about, by position.
    pub(super) jobs: Vec<(u64, Job)>,
    /// How many were looked at.
    pub(super) examined: u64,
    /// How many cannot be read any more, whether the replay is about them or not.
    pub(super) lost: u64,
    /// Where to go on.
    pub(super) next: u64,
}

impl Found {
    fn nothing(next: u64) -> Self {
        Self { jobs: Vec::new(), examined: 0, lost: 0, next }
    }
}

#[derive(Debug, Error)]
pub(super) enum SourceError {
    #[error("The events cannot be read: {0}.")]
    Events(#[from] ReadError),
    #[error(transparent)]
    Expired(#[from] ExpiredError),
}

impl Source {
    /// What this replay reads.
    pub(super) fn of(replay: &Replay, events: &[Partition], store: &ExpiredStore) -> Self {
        match replay.spec.scope {
            ReplayScope::Everything | ReplayScope::Failures => Self::events(events, replay.stretches.clone()),
            ReplayScope::Expired => Self::files(store, replay.files.clone(), replay.stretches.clone()),
        }
    }

    /// A stretch for each partition.
    pub(super) fn events(partitions: &[Partition], stretches: Vec<Stretch>) -> Self {
        Self { stretches, from: From::Events(partitions.to_vec()) }
    }

    /// A stretch for each file.
    pub(super) fn files(store: &ExpiredStore, paths: Vec<String>, stretches: Vec<Stretch>) -> Self {
        let (open, known) = (Mutex::default(), Mutex::default());
        Self { stretches, from: From::Files(Files { store: store.clone(), paths, open, known }) }
    }

    pub(super) fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    /// The paths of files, where it is about files.
    pub(super) fn paths(&self) -> &[String] {
        match &self.from {
            From::Events(_) => &[],
            From::Files(files) => &files.paths,
        }
    }

    /// Beyond all stretches.
    pub(super) fn end(&self) -> u64 {
        position(self.stretches.len(), 0)
    }

    /// Reads on at a position. What the stream no longer has is passed over, and so is a file that is damaged.
    pub(super) async fn read(&self, selection: &Selection, at: u64) -> Result<Found, SourceError> {
        let (number, offset) = place(at);
        let Some(stretch) = self.stretches.get(number) else {
            return Ok(Found::nothing(self.end()));
        };
        let offset = offset.max(stretch.start);
        if offset >= stretch.end {
            return Ok(Found::nothing(position(number + 1, 0)));
        }
        match &self.from {
            From::Events(partitions) => {
                let Some(partition) = partitions.get(number) else {
                    return Ok(Found::nothing(position(number + 1, 0)));
                };
                read_events(partition, number, offset, stretch.end, selection).await
            }
            From::Files(files) => match files.read(number, offset, selection).await {
                Err(SourceError::Expired(error @ ExpiredError::Damaged { .. })) => {
                    error!(%error, "a file of expired events is passed over");
                    Ok(Found { lost: stretch.end - offset, ..Found::nothing(position(number + 1, 0)) })
                }
                read => read,
            },
        }
    }
}

async fn read_events(
    partition: &Partition,
    number: usize,
    offset: u64,
    end: u64,
    selection: &Selection,
) -> Result<Found, SourceError> {
    let events = partition.clone();
    let read = spawn_blocking(move || events.read(offset, READ)).await.expect("reading does not panic");
    let records: Vec<Record> = match read {
        Ok(records) => records,
        Err(ReadError::Trimmed { start }) => {
            return Ok(Found::nothing(position(number, start.min(end))));
        }
        Err(error) => return Err(error.into()),
    };
    let next = records.last().map_or(end, |record| record.offset + 1).min(end);
    let mut found = Found { examined: records.len() as u64, ..Found::nothing(position(number, next)) };
    for record in records.into_iter().filter(|record| record.offset < end) {
        let at = record.offset;
        if selection.may_take(partition.number(), at)
            && let Ok(event) = EventRecord::decode(record.value)
            && let Some(job) = selection.take(Job::new(partition.number(), at, event))
        {
            found.jobs.push((position(number, at), job));
        }
    }
    Ok(found)
}

impl Files {
    async fn read(&self, number: usize, offset: u64, selection: &Selection) -> Result<Found, SourceError> {
        let events = self.open(number).await?;
        let rest = events.iter().enumerate().skip(offset as usize).take(READ.records_max);
        let mut found = Found { examined: rest.len() as u64, ..Found::nothing(0) };
        for (index, event) in rest {
            let (at, event_place) =
                (position(number, index as u64), EventPlace { partition: event.partition, offset: event.offset });
            if selection.may_take(event.partition, event.offset)
                && self.is_first(event_place, at)
                && let Some(job) = selection.take(event.clone().job())
            {
                found.jobs.push((at, job));
            }
        }
        let next = offset + found.examined;
        let is_end = next >= events.len() as u64;
        found.next = if is_end { position(number + 1, 0) } else { position(number, next) };
        Ok(found)
    }

    async fn open(&self, number: usize) -> Result<Arc<Vec<ExpiredEvent>>, ExpiredError> {
        if let Some((open, events)) = &*self.open.lock()
            && *open == number
        {
            return Ok(Arc::clone(events));
        }
        let events = Arc::new(self.store.read(&self.paths[number]).await?);
        *self.open.lock() = Some((number, Arc::clone(&events)));
        Ok(events)
    }

    /// Whether the event was not found at an earlier position.
    fn is_first(&self, event: EventPlace, at: u64) -> bool {
        let mut known = self.known.lock();
        if known.len() >= KNOWN_MAX {
            return known.get(&event).is_none_or(|first| *first == at);
        }
        *known.entry(event).or_insert(at) == at
    }
}
