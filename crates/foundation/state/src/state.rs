use std::fmt;
use std::sync::Arc;

use crate::batch::Batch;
use crate::embedded::EmbeddedState;
use crate::error::StateError;
use crate::family::{Family, FamilyOptions};
use crate::in_memory::InMemoryState;
use crate::options::StateOptions;
use crate::provider::Provider;
use crate::snapshot::Snapshot;

/// A cheap handle to all families of one state, whatever provides it.
#[derive(Clone)]
pub struct State {
    provider: Arc<dyn Provider>,
}

/// What a batch survives once [`State::write`] has returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// The end of the process, however it ends; a power cut may take back the newest batches, mostly of the last
    /// second. Enough where a stage
    /// keeps its position in the same batch: it then does again what is missing.
    Process,
    /// Power loss too. Waits for the disk.
    Machine,
}

impl State {
    /// Opens the state of a folder, which is created when missing. The folder stays locked until the last handle,
    /// snapshot and scan is gone, or the process.
    pub fn open(options: &StateOptions) -> Result<Self, StateError> {
        Ok(Self::of(EmbeddedState::open(options)?))
    }

    /// A state for tests that is gone with its last handle.
    pub fn in_memory() -> Self {
        Self::of(InMemoryState::new())
    }

    pub fn of(provider: impl Provider + 'static) -> Self {
        Self { provider: Arc::new(provider) }
    }

    /// Opens or creates a family. The same name asked for twice is one and keeps its first options.
    pub fn family(&self, options: FamilyOptions) -> Result<Family, StateError> {
        options.check()?;
        self.provider.family(options)
    }

    /// Applies a batch as a whole. Snapshots that are taken after this returns show it. After a crash the batches that
    /// are left are all those up to some batch, each of them whole.
    ///
    /// Waits while the background work is behind.
    pub fn write(&self, batch: Batch, durability: Durability) -> Result<(), StateError> {
        match (batch.is_empty(), durability) {
            (true, Durability::Process) => Ok(()),
            (true, Durability::Machine) => self.sync(),
            (false, _) => self.provider.write(batch.into_operations(), durability),
        }
    }

    /// Makes durable what was written before, as [`Durability::Machine`] does.
    pub fn sync(&self) -> Result<(), StateError> {
        self.provider.sync()
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot { provider: self.provider.snapshot() }
    }

    /// Bytes on disk, as far as they are known; 0 in memory.
    pub fn bytes(&self) -> u64 {
        self.provider.bytes()
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}
