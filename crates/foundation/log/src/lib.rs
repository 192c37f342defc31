#![doc = include_str!("../README.md")]

#[cfg(feature = "conformance")]
pub mod conformance;
mod embedded;
mod error;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod in_memory;
mod log;
mod membership;
pub mod names;
mod options;
mod partition;
mod provider;
mod record;
mod transaction;

pub use error::{AppendError, OpenError, ReadError};
pub use in_memory::InMemoryLog;
pub use log::Log;
pub use membership::{Assignment, Membership, Release};
pub use options::{LogOptions, TopicOptions, WhenFull};
pub use partition::Partition;
pub use provider::{PartitionProvider, Provider};
pub use record::{Bounds, Offset, ReadLimit, Record};
pub use transaction::{Output, Position, Transact, TransactionError, Transactor};
