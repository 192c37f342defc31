//! The promises of the crate, on random histories of a small town.

mod folds;
mod paging;
mod search;
mod town;
