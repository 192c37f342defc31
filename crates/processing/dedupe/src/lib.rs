#![doc = include_str!("../README.md")]

mod address;
mod background;
mod bytes;
mod deduper;
mod epochs;
mod error;
mod hole;
mod hot;
mod key;
mod opening;
mod options;
mod pending;
mod room;
mod sealed;
mod sighting;
mod stats;
mod store;
#[cfg(test)]
mod tests;
mod upkeep;

pub use address::{ADDRESS_AHEAD_MS, Address, time_in_id};
pub use deduper::{Coverage, Deduper};
pub use error::{OpenError, StoreError};
pub use hole::{Hole, HoleReason};
pub use key::{KeyMaker, MessageKey, Secret};
pub use options::DedupeOptions;
pub use sighting::{FirstSeen, Sighting, Verdict};
pub use stats::Stats;
