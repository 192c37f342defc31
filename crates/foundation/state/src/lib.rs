#![doc = include_str!("../README.md")]

mod batch;
#[cfg(feature = "conformance")]
pub mod conformance;
mod embedded;
mod error;
mod family;
mod in_memory;
mod journal_sync;
mod options;
mod provider;
mod snapshot;
mod state;
mod value;

pub use batch::{Batch, Operation};
pub use error::StateError;
pub use family::{Access, Family, FamilyOptions};
pub use in_memory::InMemoryState;
pub use options::StateOptions;
pub use provider::{Entry, Provider, Scan, SnapshotProvider};
pub use snapshot::Snapshot;
pub use state::{Durability, State};
pub use value::Value;
