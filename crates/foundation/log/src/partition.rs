use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use crate::error::{AppendError, ReadError};
use crate::provider::PartitionProvider;
use crate::record::{Bounds, Offset, ReadLimit, Record};

/// A cheap handle to one ordered sequence of records.
#[derive(Clone)]
pub struct Partition {
    pub(crate) provider: Arc<dyn PartitionProvider>,
}

impl Partition {
    /// Appends in order, without other records in between. Once this returns, the records survive a crash of the
    /// process and of the machine. Callers at the same time share one sync of the disk.
    ///
    /// The batch is stored whole or not at all, also when the machine crashes. When the future is dropped after its
    /// first poll, the batch may be stored. An empty batch waits for nothing and returns an empty range.
    ///
    /// On Kafka other processes may write in between, and after an error or a crash a part of the batch may be stored,
    /// from its front: what has to be whole there goes through a [`Transactor`](crate::Transactor).
    ///
    /// Waits while the writer is behind by its bounded queue.
    pub async fn append(&self, values: Vec<Bytes>) -> Result<Range<Offset>, AppendError> {
        self.provider.append(values).await
    }

    /// Durable records from `from` on: at least one when there is any, possibly fewer than the limit allows. Empty
    /// when `from` is the end, and where only a gap lies before the end; the end is known better after that.
    ///
    /// Reads files, so call it where blocking is allowed; from the page cache it takes some ten microseconds.
    pub fn read(&self, from: Offset, limit: ReadLimit) -> Result<Vec<Record>, ReadError> {
        self.provider.read(from, limit)
    }

    /// What this process knows of the partition. Of a log that other processes write too, that is at most some seconds
    /// old, and exact at the end while anybody waits there.
    pub fn bounds(&self) -> Bounds {
        self.provider.bounds()
    }

    /// Where the partition ends by now, also where other processes write it and nobody here has looked for long.
    ///
    /// May ask another machine, so call it where blocking is allowed.
    pub fn end_now(&self) -> Result<Offset, ReadError> {
        let known = self.bounds().end;
        // Whoever reads at the end that is known looks whether it still is.
        let read = self.provider.read(known, ReadLimit { bytes_max: 1, records_max: 1 })?;
        Ok(read.last().map_or(known, |record| record.offset + 1).max(self.bounds().end))
    }

    /// As [`Partition::end_now`], off the asynchronous threads. The end that is known where the other machine cannot be
    /// asked.
    pub async fn newest_end(&self) -> Offset {
        let asked = self.clone();
        match tokio::task::spawn_blocking(move || asked.end_now()).await {
            Ok(Ok(end)) => end,
            _ => self.bounds().end,
        }
    }

    /// Resolves when a record with this offset can be read, that is when `bounds().end > offset`. Stays pending when
    /// the log is closed before.
    pub async fn wait_beyond(&self, offset: Offset) {
        self.provider.wait_beyond(offset).await;
    }

    /// Lets go of records below `before`, in whole segments: `bounds().start` moves to `before` or less. The segment
    /// that is being written goes when the next one begins. Kafka lets go of single records, for all groups.
    ///
    /// Unlinks and syncs, so call it where blocking is allowed.
    pub fn trim(&self, before: Offset) -> io::Result<()> {
        self.provider.trim(before)
    }

    /// From now on, retention by size and age leaves records from this offset on alone, until the partition has come to twice its
    /// `bytes_max`: for whoever reads a history and must not miss anything of it. `Offset::MAX`, as at the start, holds nothing.
    /// One holder per partition: the last call counts. It is not remembered over a restart. Only a topic with
    /// [`WhenFull::TrimUnheld`](crate::WhenFull::TrimUnheld) can be held.
    ///
    /// [`Partition::trim`] goes on to do what it is asked. Kafka's brokers keep that much anyway, and let go by age of what is
    /// held, too: there, `age_max` has to be longer than any reader may stay behind.
    pub fn hold(&self, from: Offset) {
        self.provider.hold(from);
    }

    /// Offset of the first record that was appended at or after a time, the end if there is none. A damaged segment
    /// gives its own first offset, so that reading from here meets the damage and tells it; a log that cannot be reached
    /// gives its start.
    ///
    /// Reads files: up to the headers of one segment.
    pub fn position_at(&self, time_ms: i64) -> Offset {
        self.provider.position_at(time_ms)
    }

    pub fn topic(&self) -> &str {
        self.provider.topic()
    }

    pub fn number(&self) -> u32 {
        self.provider.number()
    }
}

impl fmt::Debug for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Partition")
            .field("topic", &self.topic())
            .field("number", &self.number())
            .finish_non_exhaustive()
    }
}
