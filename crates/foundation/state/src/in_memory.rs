use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use parking_lot::RwLock;

use crate::batch::Operation;
use crate::error::StateError;
use crate::family::{Family, FamilyOptions};
use crate::provider::{Provider, Scan, SnapshotProvider};
use crate::state::Durability;
use crate::value::Value;

/// A state in memory, for tests: a snapshot that is held makes the next write to each family copy it.
#[derive(Default)]
pub struct InMemoryState {
    families: RwLock<Vec<(&'static str, Arc<Map>)>>,
}

type Map = BTreeMap<Arc<[u8]>, Arc<[u8]>>;

impl InMemoryState {
    pub fn new() -> Self {
        Self::default()
    }
}

impl Provider for InMemoryState {
    fn family(&self, options: FamilyOptions) -> Result<Family, StateError> {
        let mut families = self.families.write();
        let known = families.iter().position(|(name, _)| *name == options.name);
        let number = known.unwrap_or_else(|| {
            families.push((options.name, Arc::default()));
            families.len() - 1
        });
        Ok(Family::numbered(number as u16))
    }

    fn write(&self, operations: Vec<Operation>, _durability: Durability) -> Result<(), StateError> {
        let mut families = self.families.write();
        for Operation { family, key, value } in operations {
            let map = Arc::make_mut(&mut families[family.number()].1);
            match value {
                Some(value) => drop(map.insert(key.into(), value.into())),
                None => drop(map.remove(key.as_slice())),
            }
        }
        Ok(())
    }

    fn sync(&self) -> Result<(), StateError> {
        Ok(())
    }

    fn snapshot(&self) -> Arc<dyn SnapshotProvider> {
        let families = self.families.read();
        Arc::new(InMemorySnapshot { families: families.iter().map(|(_, map)| map.clone()).collect() })
    }

    fn bytes(&self) -> u64 {
        0
    }
}

struct InMemorySnapshot {
    families: Vec<Arc<Map>>,
}

impl InMemorySnapshot {
    /// A family that was made after the snapshot was empty then.
    fn map(&self, family: Family) -> Option<&Arc<Map>> {
        self.families.get(family.number())
    }
}

impl SnapshotProvider for InMemorySnapshot {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Value>, StateError> {
        Ok(self.map(family).and_then(|map| map.get(key)).map(|value| value.clone().into()))
    }

    fn contains(&self, family: Family, key: &[u8]) -> Result<bool, StateError> {
        Ok(self.map(family).is_some_and(|map| map.contains_key(key)))
    }

    fn scan(&self, family: Family, bounds: (Bound<&[u8]>, Bound<&[u8]>)) -> Scan {
        let Some(map) = self.map(family) else { return Box::new(std::iter::empty()) };
        let entries: Vec<_> = map.range::<[u8], _>(bounds).map(|(key, value)| (key.clone(), value.clone())).collect();
        Box::new(entries.into_iter().map(|(key, value)| Ok((key.into(), value.into()))))
    }
}
