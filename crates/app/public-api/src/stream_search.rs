//! Looking through a stream backwards, newest first, within bounds.

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use prime_log::{Offset, Partition, ReadError, ReadLimit, Record};

/// Records read at a time. A record holds 32 KiB at most, so this is 8 MiB at worst and commonly under one.
const WINDOW: u64 = 256;
/// Records are read at a time in windows that grow while they are small: where the log is on other machines, each costs a
/// request.
const WINDOW_MAX: u64 = 8_192;
const WINDOW_BYTES: usize = 2 << 20;
/// Records looked at in one search: a filter that finds nothing answers within a second, with the place to go on from.
const EXAMINED_MAX: u64 = 100_000;
const TIME_MAX: Duration = Duration::from_secs(1);

/// A record that was wanted, and what was made of it.
#[derive(Debug)]
pub(crate) struct Entry<T> {
    /// Which partition of the stream it is in, by its place in the list.
    pub(crate) partition: usize,
    pub(crate) offset: Offset,
    pub(crate) appended_at_ms: i64,
    pub(crate) body: T,
}

/// What a search came to.
pub(crate) struct Found<T> {
    /// Newest first.
    pub(crate) entries: Vec<Entry<T>>,
    /// Where to go on in each partition: everything from here on was looked at. None when the oldest records were.
    pub(crate) next: Option<Vec<Offset>>,
}

impl<T> Found<T> {
    pub(crate) fn bodies(self) -> Vec<T> {
        self.entries.into_iter().map(|entry| entry.body).collect()
    }
}

/// The place of a record in a stream of several partitions, as one number. In a stream of one it is the offset.
pub(crate) fn place(offset: Offset, partition: usize, partitions: usize) -> u64 {
    offset * partitions as u64 + partition as u64
}

/// Offset and partition of a [`place`].
pub(crate) fn placed(place: u64, partitions: usize) -> (Offset, usize) {
    let partitions = partitions.max(1) as u64;
    (place / partitions, (place % partitions) as usize)
}

/// The newest records below `before` that `keep` makes something of, at most `count` of them. `keep` is told the place
/// of each. Partitions are merged by the time of appending. Blocking.
pub(crate) fn newest_first<T>(
    partitions: &[Partition],
    before: Option<&[Offset]>,
    count: usize,
    mut keep: impl FnMut(&Record, u64) -> Option<T>,
) -> Result<Found<T>, ReadError> {
    let mut shares = Vec::with_capacity(partitions.len());
    for (number, partition) in partitions.iter().enumerate() {
        let keep = |record: &Record| {
            let body = keep(record, place(record.offset, number, partitions.len()))?;
            Some(Entry { partition: number, offset: record.offset, appended_at_ms: record.appended_at_ms, body })
        };
        let before = before.map(|before| before[number]);
        shares.push(search(partition, before, count, partitions.len(), keep)?);
    }
    Ok(merged(shares, count))
}

/// What was found in one partition.
struct Share<T> {
    entries: Vec<Entry<T>>,
    next: Option<Offset>,
}

fn search<T>(
    partition: &Partition,
    before: Option<Offset>,
    count: usize,
    partitions: usize,
    mut keep: impl FnMut(&Record) -> Option<Entry<T>>,
) -> Result<Share<T>, ReadError> {
    let (examined_max, time_max) = (EXAMINED_MAX.div_ceil(partitions as u64), TIME_MAX / partitions as u32);
    let end = match before {
        None => partition.end_now()?,
        Some(before) => before.min(partition.bounds().end),
    };
    let (mut start, first) = (partition.bounds().start, end);
    let (mut low, mut entries, mut width) = (first, Vec::new(), WINDOW);
    let begun = Instant::now();
    while low > start && first - low < examined_max && begun.elapsed() < time_max {
        let high = low;
        low = high.saturating_sub(width).max(start);
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
        let bytes: usize = records.iter().map(|record| record.value.len()).sum();
        width = if bytes < WINDOW_BYTES / 2 { (width * 2).min(WINDOW_MAX) } else { WINDOW };
        for record in records.iter().rev() {
            entries.extend(keep(record));
            if entries.len() >= count {
                return Ok(Share { entries, next: Some(record.offset).filter(|offset| *offset > start) });
            }
        }
    }
    Ok(Share { entries, next: Some(low).filter(|low| *low > start) })
}

/// The newest of all partitions. What was found and is not among them is found again from where the search goes on.
fn merged<T>(shares: Vec<Share<T>>, count: usize) -> Found<T> {
    let ends: Vec<(usize, Option<Offset>)> = shares.iter().map(|share| (share.entries.len(), share.next)).collect();
    let firsts: Vec<_> = shares.iter().map(|share| share.entries.first().map(|entry| entry.offset)).collect();
    let mut entries: Vec<Entry<T>> = shares.into_iter().flat_map(|share| share.entries).collect();
    if ends.len() > 1 {
        // Each partition is newest first already, and the sort keeps the order of equals.
        entries.sort_by_key(|entry| Reverse(entry.appended_at_ms));
        entries.truncate(count);
    }
    let mut is_done = true;
    let mut next = Vec::with_capacity(ends.len());
    for (number, (found, end)) in ends.into_iter().enumerate() {
        let taken = entries.iter().filter(|entry| entry.partition == number).count();
        let last = entries.iter().filter(|entry| entry.partition == number).map(|entry| entry.offset).min();
        is_done &= taken == found && end.is_none();
        next.push(match last {
            _ if taken == found => end.unwrap_or(0),
            Some(last) => last,
            None => firsts[number].map_or(0, |first| first + 1),
        });
    }
    Found { entries, next: (!is_done).then_some(next) }
}

/// All records from `low` up to `high`.
fn window(partition: &Partition, low: Offset, high: Offset) -> Result<Vec<Record>, ReadError> {
    let mut records: Vec<Record> = Vec::new();
    let mut from = low;
    while from < high {
        let more = partition.read(from, limit(high - from))?;
        let Some(last) = more.last() else { break };
        from = last.offset + 1;
        // Offsets may have gaps, and the record after one may lie beyond.
        records.extend(more.into_iter().filter(|record| record.offset < high));
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

#[cfg(test)]
mod tests {
    use prime_log::{Log, TopicOptions, WhenFull};

    use super::*;

    #[tokio::test]
    async fn pages_over_several_partitions_show_each_record_once_and_each_partition_in_its_order() {
        let log = Log::in_memory();
        let options = || TopicOptions { bytes_max: 1 << 30, age_max: None, when_full: WhenFull::TrimOldest };
        let partitions: Vec<_> = (0..4).map(|number| log.partition("events", number, options()).unwrap()).collect();
        for (number, partition) in partitions.iter().enumerate() {
            let values = (0..number * 150).map(|n| format!("{n}").into()).collect();
            partition.append(values).await.unwrap();
        }
        let (mut seen, mut before, mut pages) = (Vec::new(), None, 0);
        loop {
            let keep = |record: &Record, place| (!record.offset.is_multiple_of(3)).then_some(place);
            let found = newest_first(&partitions, before.as_deref(), 37, keep).unwrap();
            seen.extend(found.entries);
            pages += 1;
            let Some(next) = found.next else { break };
            before = Some(next);
        }
        assert!(pages > 10, "{pages}");
        assert_eq!(seen.len(), (0..4).map(|number| number * 100).sum::<usize>());
        for number in 0..4 {
            let of_one: Vec<_> = seen.iter().filter(|entry| entry.partition == number).map(|it| it.offset).collect();
            assert!(of_one.is_sorted_by(|a, b| a > b), "{of_one:?}");
        }
        assert!(seen.iter().all(|entry| entry.body == entry.offset * 4 + entry.partition as u64));
    }
}
