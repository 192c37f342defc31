//! What is owed, in a form that survives: a mark, ranges, and exceptions.

mod lane;
mod milestones;
mod owed;

use std::ops::Range;

use crate::job::{DestinationId, PartitionId};

pub(crate) use lane::{Admission, Lane};

/// How far a destination is in a partition. Everything below `read_to` that neither member names is finished.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Progress {
    /// From here on nothing was read.
    pub read_to: u64,
    /// Not finished, and not known to have been attempted. Usually one range or none.
    pub owed: Vec<Range<u64>>,
    /// Attempted and not finished. Where one lies in `owed` too, it counts.
    pub exceptions: Vec<Exception>,
}

impl Progress {
    /// All below is finished: the log is not needed below this offset for this destination.
    pub fn low_water(&self) -> u64 {
        let owed = self.owed.iter().map(|range| range.start);
        let exceptions = self.exceptions.iter().map(|exception| exception.offset);
        owed.chain(exceptions).min().unwrap_or(self.read_to)
    }
}

/// A job that was attempted and is to be attempted again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Exception {
    pub offset: u64,
    /// Attempts so far.
    pub attempt: u16,
    pub due_ms: u64,
    pub first_attempt_ms: u64,
}

/// What changed about the exceptions of a destination and a partition. In the order of
/// [`Schedule::take_changes`](crate::Schedule::take_changes), the last one about an offset counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    pub destination: DestinationId,
    pub partition: PartitionId,
    pub offset: u64,
    /// None: it is finished.
    pub exception: Option<Exception>,
}
