#![doc = include_str!("../README.md")]

mod embedded;
mod error;
mod log;
mod options;
mod partition;
mod record;

pub use error::{AppendError, OpenError, ReadError};
pub use log::Log;
pub use options::{LogOptions, TopicOptions, WhenFull};
pub use partition::Partition;
pub use record::{Bounds, Offset, ReadLimit, Record};
