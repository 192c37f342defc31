//! A state whose receipts cannot be searched while it is told so, as with a damaged disk.

use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use prime_state::{
    Durability, Family, FamilyOptions, InMemoryState, Operation, Provider, Scan, SnapshotProvider, StateError, Value,
};

#[derive(Clone, Default)]
pub(crate) struct FailingState {
    inner: Arc<InMemoryState>,
    index: Arc<Mutex<Option<Family>>>,
    pub(crate) fails: Arc<AtomicBool>,
}

struct FailingSnapshot {
    inner: Arc<dyn SnapshotProvider>,
    state: FailingState,
}

impl Provider for FailingState {
    fn family(&self, options: FamilyOptions) -> Result<Family, StateError> {
        let family = self.inner.family(options)?;
        if options.name == "receipt-index" {
            *self.index.lock() = Some(family);
        }
        Ok(family)
    }

    fn write(&self, operations: Vec<Operation>, durability: Durability) -> Result<(), StateError> {
        self.inner.write(operations, durability)
    }

    fn sync(&self) -> Result<(), StateError> {
        self.inner.sync()
    }

    fn snapshot(&self) -> Arc<dyn SnapshotProvider> {
        Arc::new(FailingSnapshot { inner: self.inner.snapshot(), state: self.clone() })
    }

    fn bytes(&self) -> u64 {
        0
    }
}

impl SnapshotProvider for FailingSnapshot {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Value>, StateError> {
        self.inner.get(family, key)
    }

    fn contains(&self, family: Family, key: &[u8]) -> Result<bool, StateError> {
        self.inner.contains(family, key)
    }

    fn scan(&self, family: Family, bounds: (Bound<&[u8]>, Bound<&[u8]>)) -> Scan {
        if self.state.fails.load(Ordering::Relaxed) && *self.state.index.lock() == Some(family) {
            return Box::new(std::iter::once(Err(StateError::Poisoned)));
        }
        self.inner.scan(family, bounds)
    }
}
