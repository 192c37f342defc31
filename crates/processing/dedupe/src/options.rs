use std::path::PathBuf;

use crate::error::OpenError;
use crate::key::Secret;

/// What an index is opened with.
#[derive(Clone, Debug)]
pub struct DedupeOptions {
    /// A folder of its own, which is created when missing. Whoever has the log open owns it: it is not locked.
    pub folder: PathBuf,
    /// Bound of what is held in memory while ids come, except for the caller's batches.
    pub memory_bytes_max: u64,
    /// How long after its first arrival a message is recognised by the time that it carries.
    pub window_ms: i64,
    /// How long after its first arrival a message is recognised whatever its time. At least; fewer when the memory does
    /// not suffice, which [`crate::Stats::hot_span_ms`] shows.
    pub hot_ms: i64,
    /// The stretch of arrival that is sealed and expires as one. The hot time is a multiple of it.
    pub epoch_ms: i64,
    /// Ids that are written, read and confirmed together. Folders made with another number are read on.
    pub chunk_ids: usize,
    /// What keys are made under, if the folder is new. It has to be random and known to nobody.
    pub secret: Secret,
    /// Which `events` stream the state belongs to. A folder that belongs to another one is emptied.
    pub stream: [u8; 16],
}

/// 512 keys of 18 bytes: what confirming a hit reads costs 2 µs, a write of 9 KB is cheap for each of its ids.
const CHUNK_IDS: usize = 512;
const CHUNK_IDS_MAX: usize = 4096;
/// Each is a file, and generations are stored as their distance from the arrival.
const EPOCHS_MAX: i64 = 10_000;
const HOUR_MS: i64 = 3_600_000;

impl DedupeOptions {
    /// 1 GiB, 30 days of window and 24 hours hot.
    pub fn new(folder: PathBuf, secret: Secret, stream: [u8; 16]) -> Self {
        Self {
            folder,
            memory_bytes_max: 1 << 30,
            window_ms: 30 * 24 * HOUR_MS,
            hot_ms: 24 * HOUR_MS,
            epoch_ms: 6 * HOUR_MS,
            chunk_ids: CHUNK_IDS,
            secret,
            stream,
        }
    }

    pub(crate) fn check(&self) -> Result<(), OpenError> {
        let senseless = if self.epoch_ms < 1 || self.hot_ms < 1 || self.hot_ms % self.epoch_ms != 0 {
            "the hot time is not a multiple of the epoch"
        } else if self.window_ms < self.hot_ms {
            "the window is shorter than the hot time"
        } else if self.window_ms / self.epoch_ms > EPOCHS_MAX {
            "the window has more than 10,000 epochs"
        } else if !(1..=CHUNK_IDS_MAX).contains(&self.chunk_ids) {
            "a chunk has 1 to 4096 ids"
        } else if self.memory_bytes_max < Share::MEMORY_BYTES_MIN {
            "the memory is less than 64 KiB"
        } else {
            return Ok(());
        };
        Err(OpenError::Options(senseless))
    }
}

/// How the memory is shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    /// Of the fingerprint table.
    pub(crate) table_bytes_max: u64,
    /// Of filters in front of sealed sections.
    pub(crate) filter_bytes_max: u64,
    /// Keys that sealing sorts at a time.
    pub(crate) sealing_bytes_max: u64,
    /// Ids that the disk does not take.
    pub(crate) unsaved_bytes_max: u64,
}

impl Share {
    const MEMORY_BYTES_MIN: u64 = 64 << 10;

    /// 9/16 for the table (604 MB of 1 GiB hold 128 M ids), 1/4 for filters, 1/16 each for sealing and for ids that the
    /// disk does not take. The last sixteenth is for directories, rounds and the allocator.
    pub(crate) fn of(memory_bytes_max: u64) -> Self {
        let sixteenth = memory_bytes_max / 16;
        Self {
            table_bytes_max: sixteenth * 9,
            filter_bytes_max: sixteenth * 4,
            sealing_bytes_max: sixteenth,
            unsaved_bytes_max: sixteenth,
        }
    }
}
