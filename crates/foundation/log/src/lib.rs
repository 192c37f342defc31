#![doc = include_str!("../README.md")]

mod embedded;
mod error;
mod log;
mod membership;
mod options;
mod partition;
mod provider;
mod record;
mod transaction;

pub use error::{AppendError, OpenError, ReadError};
pub use log::Log;
pub use membership::{Assignment, Membership, Release};
pub use options::{LogOptions, TopicOptions, WhenFull};
pub use partition::Partition;
pub use provider::{PartitionProvider, Provider};
pub use record::{Bounds, Offset, ReadLimit, Record};
pub use transaction::{Output, Position, Transact, TransactionError, Transactor};
