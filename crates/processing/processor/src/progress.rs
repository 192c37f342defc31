//! Where the processor stands, read from what it has already written.

use prime_event::{EventRecord, Origin, RecordError, RejectedRecord};
use prime_log::{Log, Offset, Partition, ReadError, ReadLimit};

use crate::processor::{GROUP, ProcessError, Streams};

/// The next request to read, and the last message that each output already holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) next: Offset,
    pub(crate) last_event: Option<Origin>,
    pub(crate) last_rejected: Option<Origin>,
}

impl Progress {
    /// Reads the tails of the outputs. The committed position may lag behind them; it never runs ahead.
    pub(crate) fn recover(log: &Log, streams: &Streams) -> Result<Self, ProcessError> {
        let journal = streams.journal.bounds();
        let committed = log.committed(GROUP, &streams.journal).map_err(ProcessError::Position)?.unwrap_or(0);
        let last_event = last(&streams.events, |value| EventRecord::decode(value).map(|record| record.origin))?;
        let last_rejected = last(&streams.rejected, |value| RejectedRecord::decode(value).map(|record| record.origin))?;
        for (stream, reached) in [("events", last_event), ("rejected", last_rejected)] {
            if let Some(origin) = reached.filter(|origin| origin.offset >= journal.end) {
                return Err(ProcessError::ForeignJournal { stream, reached: origin.offset, end: journal.end });
            }
        }
        if committed > journal.end {
            return Err(ProcessError::ForeignJournal { stream: "positions", reached: committed, end: journal.end });
        }
        Ok(Self { next: committed.max(journal.start), last_event, last_rejected })
    }
}

fn last(
    stream: &Partition,
    origin: impl Fn(bytes::Bytes) -> Result<Origin, RecordError>,
) -> Result<Option<Origin>, ProcessError> {
    let bounds = stream.bounds();
    if bounds.start == bounds.end {
        return Ok(None);
    }
    let limit = ReadLimit { bytes_max: 1, records_max: 1 };
    let records = match stream.read(bounds.end - 1, limit) {
        Err(ReadError::Trimmed { .. }) => return Ok(None),
        read => read?,
    };
    Ok(records.into_iter().next().map(|record| origin(record.value)).transpose()?)
}
