use prime_identity::{StateChange, Store, StoreError};
use prime_state::{Access, Batch, Family, FamilyOptions, Snapshot, State, StateError};

/// `identity`: everything that the identity graph keeps, under its own keys. Lives as long as the graph's records say.
const OPTIONS: FamilyOptions = FamilyOptions { name: "identity", access: Access::Points };

/// The identity graph's records in the state that profiles are in, so that both change together.
pub struct GraphStore {
    family: Family,
    snapshot: Snapshot,
}

impl GraphStore {
    pub(crate) fn open(state: &State) -> Result<Self, StateError> {
        let family = state.family(OPTIONS)?;
        Ok(Self { family, snapshot: state.snapshot() })
    }

    /// Adds what the graph changed to a batch.
    pub(crate) fn put(&self, changes: Vec<StateChange>, batch: &mut Batch) {
        for change in changes {
            match change.value {
                Some(value) => batch.put(self.family, change.key, value),
                None => batch.remove(self.family, change.key),
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
        let value = self.snapshot.get(self.family, key).map_err(read)?;
        Ok(value.map(|value| value.to_vec()))
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

fn read(error: StateError) -> StoreError {
    StoreError::Read(Box::new(error))
}
