//! Reads one partition of the `ledger` stream into the fold.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use prime_event::{LedgerRecord, Timestamp};
use prime_log::{Offset, Partition, ReadError, ReadLimit, Record};
use prime_runtime::ShutdownSignal;
use tracing::{error, warn};

use crate::handle::Shared;
use crate::level::Resolution;

/// Some thousand records: a lock is held for about a millisecond, and a month of them is read in some thousand steps.
const READ: ReadLimit = ReadLimit { bytes_max: 1 << 20, records_max: 4_096 };
/// Pause after the stream could not be read.
const READ_PAUSE: Duration = Duration::from_secs(5);
/// Expires what is old while nothing comes, and looks for a stop at least this often.
const IDLE: Duration = Duration::from_secs(60);

pub(crate) struct Follower {
    partition: Partition,
    /// Its place among the service's partitions.
    place: usize,
    shared: Arc<Shared>,
    next: Offset,
    /// Whether the last read failed: a disk that stays damaged is told of once.
    is_failing: bool,
}

impl Follower {
    pub(crate) fn new(partition: Partition, place: usize, shared: Arc<Shared>) -> Self {
        Self { partition, place, shared, next: 0, is_failing: false }
    }

    pub(crate) async fn run(mut self, shutdown: ShutdownSignal) {
        self.next = self.first().await;
        while !shutdown.is_asked() {
            let read = self.read().await;
            let was_failing = std::mem::replace(&mut self.is_failing, read.is_err());
            match read {
                Ok(records) if records.is_empty() => {
                    self.shared.caught_up[self.place].store(true, Ordering::Release);
                    self.wait(&shutdown).await;
                }
                Ok(records) => self.take(records),
                Err(ReadError::Trimmed { start }) => self.next = start,
                Err(ReadError::Beyond { end, .. }) => self.next = end,
                Err(error) => {
                    if !was_failing {
                        warn!(partition = self.partition.number(), offset = self.next, %error, "the ledger cannot be read; trying again");
                    }
                    self.shared.caught_up[self.place].store(false, Ordering::Release);
                    tokio::select! {
                        () = shutdown.asked() => {}
                        () = tokio::time::sleep(READ_PAUSE) => {}
                    }
                }
            }
        }
    }

    /// Where the oldest hours that are kept begin.
    async fn first(&self) -> Offset {
        let partition = self.partition.clone();
        let since = Timestamp::now().as_millis() - Resolution::Hour.kept_ms();
        let asked = tokio::task::spawn_blocking(move || partition.position_at(since)).await;
        asked.unwrap_or_else(|_| self.partition.bounds().start)
    }

    async fn read(&self) -> Result<Vec<Record>, ReadError> {
        let (partition, from) = (self.partition.clone(), self.next);
        let read = tokio::task::spawn_blocking(move || partition.read(from, READ)).await;
        read.unwrap_or_else(|panic| Err(ReadError::Unreachable(std::io::Error::other(panic))))
    }

    fn take(&mut self, records: Vec<Record>) {
        let (now, number) = (Timestamp::now(), self.partition.number());
        let mut ledger = self.shared.ledger.write();
        for record in records {
            let (offset, written_at) = (record.offset, Timestamp::from_millis(record.appended_at_ms));
            match LedgerRecord::decode(record.value) {
                Ok(record) => ledger.take(number, &record, written_at, now),
                Err(error) => {
                    error!(partition = number, offset, %error, "a record of the ledger cannot be read; sums lack what it says");
                    ledger.miss(number, offset, written_at);
                }
            }
            self.next = offset + 1;
        }
    }

    async fn wait(&self, shutdown: &ShutdownSignal) {
        tokio::select! {
            () = shutdown.asked() => {}
            () = self.partition.wait_beyond(self.next) => {}
            () = tokio::time::sleep(IDLE) => self.shared.ledger.write().expire(Timestamp::now()),
        }
    }
}
