//! What every destination is still owed, kept in the `progress` topic: written as steps, read back as a whole.

mod book;
mod record;

pub(crate) use book::{Book, BookError, Commit, CommitError, Owed};
pub(crate) use record::Entry;
