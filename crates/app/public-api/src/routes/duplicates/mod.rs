//! Messages that had been processed before.

mod first_event;
mod list;
mod one;

pub(super) use list::{__path_list_duplicates, list_duplicates};
pub(super) use one::{__path_get_duplicate, get_duplicate};
