//! The newest records of a partition, for all who read at its end: one fetch serves them all.

use std::collections::VecDeque;

use prime_log::{Offset, ReadLimit, Record};

/// What lies around a value in memory, roughly.
const RECORD_OVERHEAD_BYTES: usize = 64;

#[derive(Debug, Default)]
pub(crate) struct Window {
    records: VecDeque<Record>,
    bytes: usize,
    /// Every record from here on to `next` is in the window.
    from: Offset,
    next: Offset,
}

impl Window {
    /// Begins anew: the next record to come is the first at or after `from`.
    pub(crate) fn restart(&mut self, from: Offset) {
        *self = Self { from, next: from, ..Self::default() };
    }

    /// Takes the next record, and lets go of the oldest ones beyond `bytes_max`. Returns whether it was the next one.
    pub(crate) fn push(&mut self, record: Record, bytes_max: usize) -> bool {
        if record.offset < self.next {
            return false;
        }
        self.next = record.offset + 1;
        self.bytes += bytes_of(&record);
        self.records.push_back(record);
        while self.bytes > bytes_max
            && let Some(oldest) = self.records.pop_front()
        {
            self.bytes -= bytes_of(&oldest);
            self.from = oldest.offset + 1;
        }
        true
    }

    /// Records from an offset on, `None` if the window does not know what is there.
    pub(crate) fn read(&self, from: Offset, limit: ReadLimit) -> Option<Vec<Record>> {
        if from < self.from {
            return None;
        }
        let first = self.records.partition_point(|record| record.offset < from);
        let mut room = Room::new(limit);
        let records: Vec<Record> =
            self.records.range(first..).take_while(|record| room.take(record)).cloned().collect();
        (!records.is_empty()).then_some(records)
    }

    pub(crate) fn next(&self) -> Offset {
        self.next
    }
}

/// What a read may still return.
pub(crate) struct Room {
    limit: ReadLimit,
    bytes: usize,
    records: usize,
}

impl Room {
    pub(crate) fn new(limit: ReadLimit) -> Self {
        Self { limit, bytes: 0, records: 0 }
    }

    /// Whether one more record fits. The first always does.
    pub(crate) fn take(&mut self, record: &Record) -> bool {
        let bytes = self.bytes + bytes_of(record);
        let fits = self.records < self.limit.records_max && bytes <= self.limit.bytes_max;
        if fits || self.records == 0 {
            self.bytes = bytes;
            self.records += 1;
            return true;
        }
        false
    }
}

fn bytes_of(record: &Record) -> usize {
    record.value.len() + RECORD_OVERHEAD_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: ReadLimit = ReadLimit { bytes_max: usize::MAX, records_max: usize::MAX };

    fn record(offset: Offset) -> Record {
        Record { offset, appended_at_ms: 0, value: vec![0; 36].into() }
    }

    fn window(offsets: impl IntoIterator<Item = Offset>, bytes_max: usize) -> Window {
        let mut window = Window::default();
        window.restart(10);
        for offset in offsets {
            assert!(window.push(record(offset), bytes_max));
        }
        window
    }

    fn offsets(read: Option<Vec<Record>>) -> Option<Vec<Offset>> {
        read.map(|records| records.iter().map(|record| record.offset).collect())
    }

    #[test]
    fn reads_begin_after_a_gap() {
        let window = window([10, 11, 14], 1000);
        assert_eq!(offsets(window.read(12, ANY)), Some(vec![14]));
        assert_eq!(offsets(window.read(10, ANY)), Some(vec![10, 11, 14]));
    }

    #[test]
    fn what_lies_before_or_after_is_not_known() {
        let window = window([10, 11], 1000);
        assert_eq!(window.read(9, ANY), None);
        assert_eq!(window.read(12, ANY), None);
    }

    #[test]
    fn the_oldest_go_when_it_grows_past_its_bound() {
        let window = window(10..20, 300);
        assert_eq!(window.read(16, ANY), None);
        assert_eq!(offsets(window.read(17, ANY)), Some(vec![17, 18, 19]));
    }

    #[test]
    fn a_read_takes_no_more_than_its_limit_but_at_least_one() {
        let window = window(10..20, 10_000);
        let limit = |bytes_max, records_max| ReadLimit { bytes_max, records_max };
        assert_eq!(offsets(window.read(12, limit(250, 10))), Some(vec![12, 13]));
        assert_eq!(offsets(window.read(12, limit(10_000, 3))), Some(vec![12, 13, 14]));
        assert_eq!(offsets(window.read(12, limit(1, 0))), Some(vec![12]));
    }

    #[test]
    fn records_that_come_again_are_left_out() {
        let mut window = window([10, 11], 1000);
        assert!(!window.push(record(11), 1000));
        assert_eq!(window.next(), 12);
    }
}
