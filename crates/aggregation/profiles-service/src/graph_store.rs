use parking_lot::Mutex;
use prime_identity::{StateChange, Store, StoreError};
use prime_state::{Access, Batch, Family, FamilyOptions, Snapshot, State, StateError};

use crate::record_cache::RecordCache;

/// `identity`: everything that the identity graph keeps, under its own keys. Lives as long as the graph's records say.
const OPTIONS: FamilyOptions = FamilyOptions { name: "identity", access: Access::Points };

/// The identity graph's records in the state that profiles are in, so that both change together.
pub struct GraphStore {
    family: Family,
    snapshot: Snapshot,
    /// As the snapshot has them, or as they will be with the changes that were handed out.
    lately: Mutex<RecordCache>,
}

impl GraphStore {
    pub(crate) fn open(state: &State) -> Result<Self, StateError> {
        let family = state.family(OPTIONS)?;
        Ok(Self { family, snapshot: state.snapshot(), lately: Mutex::default() })
    }

    /// Adds what the graph changed to a batch.
    pub(crate) fn put(&self, changes: Vec<StateChange>, batch: &mut Batch) {
        let mut lately = self.lately.lock();
        for change in changes {
            match change.value {
                Some(value) => {
                    if is_read_again(&change.key) {
                        lately.put(change.key.as_slice().into(), value.as_slice().into());
                    }
                    batch.put(self.family, change.key, value);
                }
                None => {
                    lately.remove(&change.key);
                    batch.remove(self.family, change.key);
                }
            }
        }
    }

    /// Shows what was written by now.
    pub(crate) fn refresh(&mut self, state: &State) {
        self.snapshot = state.snapshot();
    }
}

impl Store for GraphStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if !is_read_again(key) {
            let value = self.snapshot.get(self.family, key).map_err(read)?;
            return Ok(value.map(|value| value.to_vec()));
        }
        let mut lately = self.lately.lock();
        if let Some(value) = lately.get(key) {
            return Ok(Some(value));
        }
        let value = self.snapshot.get(self.family, key).map_err(read)?.map(|value| value.to_vec());
        if let Some(value) = &value {
            lately.put(key.into(), value.as_slice().into());
        }
        Ok(value)
    }

    fn scan(&self, prefix: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> bool) -> Result<(), StoreError> {
        for entry in self.snapshot.scan_prefix(self.family, prefix) {
            let (key, value) = entry.map_err(read)?;
            if !visit(&key, &value) {
                break;
            }
        }
        Ok(())
    }
}

/// Whoever was seen is seen again: identifiers, their sets and profiles. A sighting is looked for once.
fn is_read_again(key: &[u8]) -> bool {
    matches!(key.first(), Some(b'I' | b'D' | b'P'))
}

fn read(error: StateError) -> StoreError {
    StoreError::Read(Box::new(error))
}
