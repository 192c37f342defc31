//! Looking through a stream backwards, newest first, within bounds.

use std::time::{Duration, Instant};

use prime_log::{Offset, Partition, ReadError, ReadLimit, Record};

/// Records read at a time. A record holds 32 KiB at most, so this is 8 MiB at worst and commonly under one.
const WINDOW: u64 = 256;
/// Records looked at in one search: a filter that finds nothing answers within a second, with the place to go on from.
const EXAMINED_MAX: u64 = 100_000;
const TIME_MAX: Duration = Duration::from_secs(1);

/// What a search came to.
pub(crate) struct Found<T> {
    /// Newest first.
    pub(crate) entries: Vec<T>,
    /// Where to go on: everything from here on was looked at. None when the oldest record was.
    pub(crate) next: Option<Offset>,
}

/// The newest records below `before` that `keep` makes something of, at most `count` of them. Blocking.
pub(crate) fn newest_first<T>(
    partition: &Partition,
    before: Option<Offset>,
    count: usize,
    mut keep: impl FnMut(&Record) -> Option<T>,
) -> Result<Found<T>, ReadError> {
    let bounds = partition.bounds();
    let (mut start, first) = (bounds.start, bounds.end.min(before.unwrap_or(bounds.end)));
    let (mut low, mut entries) = (first, Vec::new());
    let begun = Instant::now();
    while low > start && first - low < EXAMINED_MAX && begun.elapsed() < TIME_MAX {
        let high = low;
        low = high.saturating_sub(WINDOW).max(start);
        let records = match window(partition, low, high) {
            Ok(records) => records,
            Err(ReadError::Trimmed { start: now }) => {
                // Retention has moved on while we were reading; what is left is newer.
                start = now;
                low = high.max(now);
                continue;
            }
            Err(error) => return Err(error),
        };
        for record in records.iter().rev() {
            entries.extend(keep(record));
            if entries.len() >= count {
                return Ok(Found { entries, next: Some(record.offset).filter(|offset| *offset > start) });
            }
        }
    }
    Ok(Found { entries, next: Some(low).filter(|low| *low > start) })
}

/// All records from `low` up to `high`.
fn window(partition: &Partition, low: Offset, high: Offset) -> Result<Vec<Record>, ReadError> {
    let mut records: Vec<Record> = Vec::new();
    let mut from = low;
    while from < high {
        let more = partition.read(from, limit(high - from))?;
        let Some(last) = more.last() else { break };
        from = last.offset + 1;
        records.extend(more);
    }
    Ok(records)
}

/// Records from `from` on, in order, at most `count` of them and one window. Blocking.
pub(crate) fn oldest_first(partition: &Partition, from: Offset, count: u64) -> Result<Vec<Record>, ReadError> {
    partition.read(from, limit(count.min(WINDOW)))
}

fn limit(records: u64) -> ReadLimit {
    ReadLimit { bytes_max: 8 << 20, records_max: usize::try_from(records).unwrap_or(usize::MAX) }
}
