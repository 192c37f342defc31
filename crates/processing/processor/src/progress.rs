//! Where the processor of a journal stands, read from what it has already written.

use std::collections::HashSet;

use bytes::Bytes;
use prime_event::{DuplicateRecord, EventRecord, LedgerRecord, Origin, RecordError, RejectedRecord};
use prime_log::{Log, Offset, Partition, ReadError, ReadLimit};

use crate::held::Held;
use crate::outputs::Ends;
use crate::processor::{GROUP, ProcessError, Streams};

/// Events that are read at a time to learn which of a stretch are there.
const READ_BYTES_MAX: usize = 4 << 20;

/// The next request to count in the ledger, and what the outputs hold from there on.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    pub(crate) next: Offset,
    pub(crate) held: Held,
}

impl Progress {
    /// Reads the tails of the outputs. The ledger's end is the position: it is written after the outputs, never before.
    /// What the outputs hold beyond it was written by a process that was killed before it could write the ledger.
    pub(crate) fn recover(log: &Log, streams: &Streams) -> Result<Self, ProcessError> {
        let journal = streams.journal.bounds();
        let committed = log.committed(GROUP, &streams.journal).map_err(ProcessError::Position)?;
        let ledger = last(&streams.ledger, |value| LedgerRecord::decode(value).map(|record| record.next))?;
        let ends = Ends {
            events: last(&streams.events, event_origin)?,
            rejected: last(&streams.rejected, |value| RejectedRecord::decode(value).map(|record| record.origin))?,
            duplicates: last(&streams.duplicates, |value| DuplicateRecord::decode(value).map(|record| record.origin))?,
        };
        let reached = |origin: Option<Origin>| origin.map(|origin| origin.offset + 1);
        for (stream, reached) in [
            ("events", reached(ends.events)),
            ("rejected", reached(ends.rejected)),
            ("duplicates", reached(ends.duplicates)),
            ("ledger", ledger),
            ("positions", committed),
        ] {
            if let Some(reached) = reached.filter(|reached| *reached > journal.end) {
                return Err(ProcessError::ForeignJournal { stream, reached, end: journal.end });
            }
        }
        let next = ledger.or(committed).unwrap_or(0).max(journal.start);
        let events = origins_from(&streams.events, next)?;
        Ok(Self { next, held: Held { ends, events } })
    }
}

fn event_origin(value: Bytes) -> Result<Origin, RecordError> {
    EventRecord::decode(value).map(|record| record.origin)
}

fn last<T>(stream: &Partition, read: impl Fn(Bytes) -> Result<T, RecordError>) -> Result<Option<T>, ProcessError> {
    let bounds = stream.bounds();
    if bounds.start == bounds.end {
        return Ok(None);
    }
    Ok(record_at(stream, bounds.end - 1)?.map(read).transpose()?)
}

/// The origins of the events that came from requests at and beyond `next`. Events stand in the order of their origins.
fn origins_from(events: &Partition, next: Offset) -> Result<HashSet<Origin>, ProcessError> {
    let bounds = events.bounds();
    let mut origins = HashSet::new();
    let mut at = first_from(events, next)?;
    while at < bounds.end {
        let records = events.read(at, ReadLimit { bytes_max: READ_BYTES_MAX, records_max: usize::MAX })?;
        let Some(last) = records.last() else { break };
        at = last.offset + 1;
        for record in records {
            origins.insert(event_origin(record.value)?);
        }
    }
    Ok(origins)
}

/// The offset of the first event that came from a request at or beyond `next`.
fn first_from(events: &Partition, next: Offset) -> Result<Offset, ProcessError> {
    let bounds = events.bounds();
    let (mut low, mut high) = (bounds.start, bounds.end);
    while low < high {
        let middle = low + (high - low) / 2;
        let is_before = match record_at(events, middle)? {
            Some(value) => event_origin(value)?.offset < next,
            // Retention has taken it meanwhile.
            None => true,
        };
        if is_before { low = middle + 1 } else { high = middle }
    }
    Ok(low)
}

fn record_at(stream: &Partition, offset: Offset) -> Result<Option<Bytes>, ProcessError> {
    match stream.read(offset, ReadLimit { bytes_max: 1, records_max: 1 }) {
        Err(ReadError::Trimmed { .. }) => Ok(None),
        read => Ok(read?.into_iter().next().map(|record| record.value)),
    }
}
