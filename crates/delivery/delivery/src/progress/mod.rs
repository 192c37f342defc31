//! What every destination is still owed, kept in the `progress` topic: written as steps, read back as a whole. Where others are told
//! how destinations stand, that stands between.

mod book;
mod packing;
mod record;
mod told;

pub(crate) use book::{Book, BookError, Commit, CommitError, Owed};
pub(crate) use record::{Entry, Line};
pub(crate) use told::Told;
#[cfg(test)]
pub(crate) use told::sample as sample_told;
