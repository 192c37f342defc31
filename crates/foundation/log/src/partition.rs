use std::io;
use std::ops::Range;

use bytes::Bytes;

use crate::error::{AppendError, ReadError};
use crate::record::{Bounds, Offset, ReadLimit, Record};

/// A cheap handle to one ordered sequence of records.
#[derive(Clone, Debug)]
pub struct Partition {}

impl Partition {
    /// Appends in order, without other records in between. Once this returns, the records survive a crash of the
    /// process and of the machine. Callers at the same time share one sync of the disk.
    ///
    /// The batch is stored whole or not at all, also when the machine crashes. When the future is dropped after its
    /// first poll, the batch may be stored. An empty batch waits for nothing and returns an empty range.
    ///
    /// Waits while the writer is behind by its bounded queue.
    pub async fn append(&self, values: Vec<Bytes>) -> Result<Range<Offset>, AppendError> {
        let _ = values;
        unimplemented!("the signature comes first")
    }

    /// Durable records from `from` on: at least one when there is any, possibly fewer than the limit allows. Empty
    /// when `from` is the end.
    ///
    /// Reads files, so call it where blocking is allowed; from the page cache it takes some ten microseconds.
    pub fn read(&self, from: Offset, limit: ReadLimit) -> Result<Vec<Record>, ReadError> {
        let _ = (from, limit);
        unimplemented!("the signature comes first")
    }

    pub fn bounds(&self) -> Bounds {
        unimplemented!("the signature comes first")
    }

    /// Resolves when a record with this offset can be read, that is when `bounds().end > offset`. Stays pending when
    /// the log is closed before.
    pub async fn wait_beyond(&self, offset: Offset) {
        let _ = offset;
        unimplemented!("the signature comes first")
    }

    /// Lets go of records below `before`, in whole segments: `bounds().start` moves to `before` or less.
    pub fn trim(&self, before: Offset) -> io::Result<()> {
        let _ = before;
        unimplemented!("the signature comes first")
    }

    /// Offset of the first record that was appended at or after a time, the end if there is none. A damaged segment
    /// gives its own first offset, so that reading from here meets the damage and tells it.
    pub fn position_at(&self, time_ms: i64) -> Offset {
        let _ = time_ms;
        unimplemented!("the signature comes first")
    }

    pub fn topic(&self) -> &str {
        unimplemented!("the signature comes first")
    }

    pub fn number(&self) -> u32 {
        unimplemented!("the signature comes first")
    }
}
