use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

use crate::record::Offset;

/// Why a log or a partition could not be opened. Nothing was changed on disk.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error("the log in {} is in use by another process", dir.display())]
    Locked { dir: PathBuf },
    #[error("cannot use {}", path.display())]
    Io { path: PathBuf, source: io::Error },
    /// Records that were durable once are unreadable. Opening would lose them silently, so a person has to decide:
    /// restore the file from a copy, or move it and all later ones of its folder away.
    #[error("{} is damaged at byte {byte}: {what}", file.display())]
    Damaged { file: PathBuf, byte: u64, what: String },
    #[error("{} has format version {found}, which this version of the program cannot read", file.display())]
    Version { file: PathBuf, found: u32 },
    #[error("{name:?} cannot name a topic: use 1 to 100 of a-z, 0-9, '-', '_' and '.', beginning with a letter")]
    TopicName { name: String },
    #[error("the log is closed")]
    Closed,
    /// The machines that keep the log did not answer in time. Passes when they do.
    #[error("cannot reach {what}")]
    Unreachable { what: String, source: io::Error },
    /// The machines that keep the log refuse, or keep it in another shape than was asked for. A person has to look.
    #[error("{what}")]
    Refused { what: String },
}

/// Why a batch was not acknowledged.
///
/// After [`AppendError::Io`] the batch may be found stored later. After every other error it left no trace.
#[derive(Clone, Debug, Error)]
pub enum AppendError {
    /// Passes once a reader trims. Only with `WhenFull::Refuse`.
    #[error("the partition holds {bytes} of at most {bytes_max} bytes, and {batch_bytes} more do not fit")]
    Full { bytes: u64, bytes_max: u64, batch_bytes: u64 },
    /// Never passes: the batch has to be cut.
    #[error("a batch of {bytes} bytes is larger than {bytes_max}")]
    TooLarge { bytes: u64, bytes_max: u64 },
    /// The log was closed, or the partition stopped itself after failures that leave the disk's state unknown.
    #[error("the partition takes no more records: {reason}")]
    Closed { reason: Arc<str> },
    /// The disk refused, perhaps for want of space, or the machines that keep the log did not answer in time. Later
    /// appends are tried afresh.
    #[error("failed to store a batch: {0}")]
    Io(#[source] Arc<io::Error>),
}

/// Why records could not be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The records are no longer kept: go on from `start`.
    #[error("records before offset {start} are no longer kept")]
    Trimmed { start: Offset },
    /// No record has this offset yet, nor has the next one to come.
    #[error("offset {from} lies beyond the end of the partition, {end}")]
    Beyond { from: Offset, end: Offset },
    /// What is on disk is not what was written. Neighbouring segments are unaffected.
    #[error("{} is damaged at byte {byte}: {what}", file.display())]
    Damaged { file: PathBuf, byte: u64, what: String },
    #[error("cannot read {}", file.display())]
    Io { file: PathBuf, source: io::Error },
    /// The machines that keep the log did not answer in time, or refused. May be tried again.
    #[error("cannot read from the machines that keep the log")]
    Unreachable(#[source] io::Error),
}
