//! The records of one partition.

use std::collections::VecDeque;
use std::ops::Range;

use bytes::Bytes;
use tokio::sync::watch;

use crate::error::{AppendError, ReadError};
use crate::options::{TopicOptions, WhenFull};
use crate::record::{BATCH_BYTES_MAX, Bounds, Offset, ReadLimit, Record};

/// What a record counts beyond its value, as it has an offset and a time. A round number near the embedded log's.
const RECORD_BYTES: u64 = 32;

pub(super) struct Records {
    options: TopicOptions,
    kept: VecDeque<Record>,
    bytes: u64,
    end: watch::Sender<Offset>,
    newest_ms: i64,
    /// Retention leaves records from here on alone, as far as there is room.
    held_from: Offset,
}

impl Records {
    pub(super) fn new(options: TopicOptions) -> Self {
        Self {
            options,
            kept: VecDeque::new(),
            bytes: 0,
            end: watch::Sender::new(0),
            newest_ms: i64::MIN,
            held_from: Offset::MAX,
        }
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Offset> {
        self.end.subscribe()
    }

    pub(super) fn bounds(&self) -> Bounds {
        let end = *self.end.borrow();
        Bounds { start: end - self.kept.len() as u64, end, bytes: self.bytes }
    }

    /// Whether a batch of this many bytes would be taken.
    pub(super) fn check_room(&self, batch_bytes: u64) -> Result<(), AppendError> {
        let bytes_max = self.options.bytes_max;
        let batch_bytes_max = bytes_max.min(BATCH_BYTES_MAX);
        if batch_bytes > batch_bytes_max {
            return Err(AppendError::TooLarge { bytes: batch_bytes, bytes_max: batch_bytes_max });
        }
        if self.options.when_full == WhenFull::Refuse && self.bytes + batch_bytes > bytes_max {
            return Err(AppendError::Full { bytes: self.bytes, bytes_max, batch_bytes });
        }
        Ok(())
    }

    /// Takes a batch for which there is room, at the cost of the oldest records.
    pub(super) fn append(&mut self, values: Vec<Bytes>, now_ms: i64) -> Range<Offset> {
        let bytes_max = self.options.bytes_max;
        let room = |bytes_max: u64| bytes_max - bytes_of(&values);
        let (room, held_room) = (room(bytes_max), room(bytes_max.saturating_mul(2)));
        self.trim_while(|records| records.bytes > if records.is_held() { held_room } else { room });
        self.newest_ms = self.newest_ms.max(now_ms);
        self.bytes += bytes_of(&values);
        let first = *self.end.borrow();
        let offsets = first..first + values.len() as u64;
        let records = offsets.clone().zip(values);
        let appended_at_ms = self.newest_ms;
        self.kept.extend(records.map(|(offset, value)| Record { offset, appended_at_ms, value }));
        self.end.send_replace(offsets.end);
        offsets
    }

    pub(super) fn read(&self, from: Offset, limit: ReadLimit) -> Result<Vec<Record>, ReadError> {
        let Bounds { start, end, .. } = self.bounds();
        if from < start {
            return Err(ReadError::Trimmed { start });
        }
        if from > end {
            return Err(ReadError::Beyond { from, end });
        }
        let mut bytes = 0;
        let within = |record: &&Record| {
            let first = bytes == 0;
            bytes += RECORD_BYTES as usize + record.value.len();
            first || bytes <= limit.bytes_max
        };
        let records = self.kept.range((from - start) as usize..);
        Ok(records.take(limit.records_max.max(1)).take_while(within).cloned().collect())
    }

    pub(super) fn trim(&mut self, before: Offset) {
        self.trim_while(|records| records.bounds().start < before);
    }

    pub(super) fn trim_by_age(&mut self, now_ms: i64) {
        let Some(age_max) = self.options.age_max else { return };
        let age_max_ms = i64::try_from(age_max.as_millis()).unwrap_or(i64::MAX);
        let too_old = |record: &Record| now_ms.saturating_sub(record.appended_at_ms) > age_max_ms;
        self.trim_while(|records| !records.is_held() && records.kept.front().is_some_and(too_old));
    }

    pub(super) fn hold(&mut self, from: Offset) {
        if self.options.when_full == WhenFull::TrimUnheld {
            self.held_from = from;
        }
    }

    /// Whether the oldest record is.
    fn is_held(&self) -> bool {
        self.kept.front().is_some_and(|record| record.offset >= self.held_from)
    }

    pub(super) fn position_at(&self, time_ms: i64) -> Offset {
        self.bounds().start + self.kept.partition_point(|record| record.appended_at_ms < time_ms) as u64
    }

    fn trim_while(&mut self, unwanted: impl Fn(&Self) -> bool) {
        while unwanted(self) {
            let Some(record) = self.kept.pop_front() else { return };
            self.bytes -= RECORD_BYTES + record.value.len() as u64;
        }
    }
}

pub(super) fn bytes_of(values: &[Bytes]) -> u64 {
    values.iter().map(|value| RECORD_BYTES + value.len() as u64).sum()
}
