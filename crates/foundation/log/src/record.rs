use std::fmt;

use bytes::Bytes;

/// Place of a record within its partition: later records have higher ones. The embedded and the in-memory log number
/// densely from 0; Kafka leaves gaps where its transactions end. A read from a gap begins after it.
pub type Offset = u64;

/// Most bytes of a batch with what surrounds its values, and so of a value: what a writer is willing to hold at once.
pub(crate) const BATCH_BYTES_MAX: u64 = 64 << 20;

/// One record as it was appended.
///
/// The values of one read share buffers, which live as long as any of them: copy a value that is kept for long.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    pub offset: Offset,
    /// Milliseconds since 1970 when the record was written. Never falls from one offset to the next, even when the
    /// system's clock does.
    pub appended_at_ms: i64,
    pub value: Bytes,
}

/// Shows the size of the value and not the value, which may hold customers' data.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("offset", &self.offset)
            .field("appended_at_ms", &self.appended_at_ms)
            .field("value_bytes", &self.value.len())
            .finish()
    }
}

/// What a partition holds: the records with `start <= offset < end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Offset of the oldest record that is kept. Equal to `end` when there is none.
    pub start: Offset,
    /// Offset of the next record to become durable.
    pub end: Offset,
    /// Bytes on disk; 0 where other machines keep them.
    pub bytes: u64,
}

/// How much one read may return. A single record is returned even when it alone is larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimit {
    /// Most bytes of memory for the values and what surrounds them. Records that were stored together, up to 64 KiB, come
    /// into memory together even when the limit allows only some of them.
    pub bytes_max: usize,
    pub records_max: usize,
}
