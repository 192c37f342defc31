//! All events of a profile, oldest or newest first.
//!
//! Each fragment keeps its own in order of time; a profile's history is those of its fragments merged while they are read.
//! A place in it is the time and fingerprint of an event, whatever fragment or profile the event is in: so a reader who
//! goes on from a place meets each event that stays in the profile once, whatever is merged or unmerged meanwhile.

mod cursor;
mod entry;
mod filter;
mod merge;
mod pack;
mod page;
mod place;

pub use cursor::{Cursor, CursorError};
pub use entry::HistoryEntry;
pub use filter::HistoryFilter;
pub use merge::{Merged, Order};
pub(crate) use pack::pack;
pub use page::{HistoryPage, PageLimits};
pub use place::Place;
