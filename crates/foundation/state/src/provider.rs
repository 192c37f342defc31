use std::ops::Bound;
use std::sync::Arc;

use crate::batch::Operation;
use crate::error::StateError;
use crate::family::{Family, FamilyOptions};
use crate::state::Durability;
use crate::value::Value;

/// What keeps a state. Runs the checks of `prime_state::conformance` in its own tests.
pub trait Provider: Send + Sync {
    /// Opens or creates a family; the same name asked for twice is one family.
    fn family(&self, options: FamilyOptions) -> Result<Family, StateError>;

    /// Applies all changes or none, in one step for whoever takes a snapshot. `operations` are sorted and name each key
    /// once. Batches survive a crash in the order in which they were written: none without those before it.
    fn write(&self, operations: Vec<Operation>, durability: Durability) -> Result<(), StateError>;

    /// Makes everything durable that was written before.
    fn sync(&self) -> Result<(), StateError>;

    fn snapshot(&self) -> Arc<dyn SnapshotProvider>;

    /// Bytes on disk, as far as they are known.
    fn bytes(&self) -> u64;
}

/// A state at one moment.
pub trait SnapshotProvider: Send + Sync {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Value>, StateError>;

    fn contains(&self, family: Family, key: &[u8]) -> Result<bool, StateError>;

    fn scan(&self, family: Family, bounds: (Bound<&[u8]>, Bound<&[u8]>)) -> Scan;
}

/// A key and its value.
pub type Entry = (Value, Value);

/// Entries in order of their keys, from the front or from the back. Reads as it goes on, and keeps its snapshot.
pub type Scan = Box<dyn DoubleEndedIterator<Item = Result<Entry, StateError>> + Send>;
