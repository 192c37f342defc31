//! A state whose writes fail when they are told to, as a disk does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use prime_state::{
    Durability, Family, FamilyOptions, InMemoryState, Operation, Provider, SnapshotProvider, StateError,
};

#[derive(Clone, Default)]
pub(crate) struct FailingState {
    inner: Arc<InMemoryState>,
    pub(crate) fails: Arc<AtomicBool>,
}

impl Provider for FailingState {
    fn family(&self, options: FamilyOptions) -> Result<Family, StateError> {
        self.inner.family(options)
    }

    fn write(&self, operations: Vec<Operation>, durability: Durability) -> Result<(), StateError> {
        if self.fails.swap(false, Ordering::Relaxed) {
            return Err(StateError::Poisoned);
        }
        self.inner.write(operations, durability)
    }

    fn sync(&self) -> Result<(), StateError> {
        self.inner.sync()
    }

    fn snapshot(&self) -> Arc<dyn SnapshotProvider> {
        self.inner.snapshot()
    }

    fn bytes(&self) -> u64 {
        0
    }
}
