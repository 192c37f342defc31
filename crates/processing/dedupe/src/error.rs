use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why an index could not be opened. Damaged contents are no reason: they are left out, and reported as a hole.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error("cannot use {}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} has format version {found}, which this version of the program cannot read", file.display())]
    Version { file: PathBuf, found: u32 },
    #[error("senseless options: {0}")]
    Options(&'static str),
}

/// The disk did not take a write. Judging goes on from memory, nothing was lost, and the write is tried again with the
/// next call of the same kind.
#[derive(Debug, Error)]
#[error("cannot write {}", path.display())]
pub struct StoreError {
    pub path: PathBuf,
    pub source: io::Error,
}
