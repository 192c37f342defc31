use std::io;

use thiserror::Error;

/// How work on a state fails. After a failed write nothing of the batch may be taken for stored or for lost: open the
/// state again and look.
#[derive(Debug, Error)]
pub enum StateError {
    #[error("another process has the state open, or this one has it open already")]
    Locked,
    /// An earlier write did not reach the disk, so that nothing more is taken.
    #[error("an earlier write failed; the state has to be opened again")]
    Poisoned,
    #[error("{0:?} is no name of a family: it takes 1 to 64 of a-z, 0-9 and '-'")]
    Name(String),
    #[error("the state is damaged: {0}")]
    Damaged(String),
    #[error(transparent)]
    Io(#[from] io::Error),
}
