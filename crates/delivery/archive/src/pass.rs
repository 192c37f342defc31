//! One pass: from the stream into files in memory.

use prime_event::{EventRecord, SourceId};
use prime_log::{Offset, Partition, ReadError, ReadLimit};
use tracing::error;

use crate::day_files::{DayFiles, File};

/// Large enough that opening a segment file does not count, small beside the files.
const READ: ReadLimit = ReadLimit { bytes_max: 1024 * 1024, records_max: 4_096 };

/// What one pass is to cover.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) source: SourceId,
    pub(crate) from: Offset,
    pub(crate) until: Offset,
    pub(crate) file_bytes_max: u64,
}

/// What a pass gathered. Once all files are durable the position may move to `next`.
pub(crate) struct Gathered {
    pub(crate) files: Vec<File>,
    pub(crate) next: Offset,
}

/// Reads the events of one source from `from` up to `until`, or until the files are full. Blocking.
pub(crate) fn gather(events: &Partition, span: &Span) -> Result<Gathered, ReadError> {
    let mut files = DayFiles::new(events.number(), span.file_bytes_max);
    let mut next = span.from;
    while next < span.until && !files.is_full() {
        let records = events.read(next, READ)?;
        if records.is_empty() {
            break;
        }
        for record in records.into_iter().take_while(|record| record.offset < span.until) {
            next = record.offset + 1;
            match EventRecord::decode(record.value) {
                Ok(event) if event.source == span.source => files.push(record.offset, &event),
                Ok(_) => {}
                Err(error) => error!(offset = record.offset, %error, "an event cannot be read and is not archived"),
            }
            if files.is_full() {
                break;
            }
        }
    }
    Ok(Gathered { files: files.finish(), next })
}
