//! What became of every accepted message.

mod counts;
mod finding;
mod query;
mod read;

pub(super) use finding::sentence_of;
pub(super) use read::{__path_get_ledger, get_ledger};
