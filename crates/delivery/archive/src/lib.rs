#![doc = include_str!("../README.md")]

mod day_files;
mod follower;
mod handle;
mod layout;
mod options;
mod pass;
mod service;
mod wall;

pub use handle::ArchiveHandle;
pub use options::ArchiveOptions;
pub use service::{ArchiveService, Streams};
pub use wall::{Elsewhere, Wall};
