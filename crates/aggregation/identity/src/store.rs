//! Where the graph keeps what it does not hold in memory.

use std::collections::BTreeMap;

use thiserror::Error;

/// What a store says when it cannot read.
#[derive(Debug, Error)]
pub enum StoreError {
    #[error("failed to read the identity graph: {0}")]
    Read(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What is stored was not written by this program, or by a later version of it, or it is damaged.
    #[error("the identity graph has a record that cannot be read: {0}")]
    Record(&'static str),
}

/// An ordered map of bytes that the graph reads. It never writes: what changes is handed out as [`StateChange`]s.
///
/// Between two hand-outs the graph remembers its changes itself, so a store may show them late, but it has to show all of
/// one batch or none.
pub trait Store {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Shows all pairs whose key begins with the prefix, in the order of keys, until `visit` says `false`.
    fn scan(&self, prefix: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> bool) -> Result<(), StoreError>;
}

/// One pair to be written, or a key to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateChange {
    pub key: Vec<u8>,
    pub value: Option<Vec<u8>>,
}

/// A store in memory, for tests and for trying things out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryStore(BTreeMap<Vec<u8>, Vec<u8>>);

impl MemoryStore {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn write(&mut self, changes: impl IntoIterator<Item = StateChange>) {
        for change in changes {
            match change.value {
                Some(value) => self.0.insert(change.key, value),
                None => self.0.remove(&change.key),
            };
        }
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Store for MemoryStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.get(key).cloned())
    }

    fn scan(&self, prefix: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> bool) -> Result<(), StoreError> {
        let from = self.0.range::<[u8], _>((std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded));
        for (key, value) in from.take_while(|(key, _)| key.starts_with(prefix)) {
            if !visit(key, value) {
                break;
            }
        }
        Ok(())
    }
}

/// A store with changes on top of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overlay<S> {
    pub(crate) store: S,
    changed: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl<S: Store> Overlay<S> {
    pub(crate) fn new(store: S) -> Self {
        Self { store, changed: BTreeMap::new() }
    }

    pub(crate) fn put(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.changed.insert(key, value);
    }

    pub(crate) fn take(&mut self) -> Vec<StateChange> {
        std::mem::take(&mut self.changed).into_iter().map(|(key, value)| StateChange { key, value }).collect()
    }
}

impl<S: Store> Store for Overlay<S> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.changed.get(key) {
            Some(changed) => Ok(changed.clone()),
            None => self.store.get(key),
        }
    }

    fn scan(&self, prefix: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> bool) -> Result<(), StoreError> {
        let from = self.changed.range::<[u8], _>((std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded));
        let mut changed = from.take_while(|(key, _)| key.starts_with(prefix)).peekable();
        let mut goes_on = true;
        self.store.scan(prefix, &mut |key, value| {
            while goes_on && let Some((before, value)) = changed.next_if(|(before, _)| before.as_slice() < key) {
                goes_on = value.as_ref().is_none_or(|value| visit(before, value));
            }
            if goes_on {
                goes_on = match changed.next_if(|(same, _)| same.as_slice() == key) {
                    Some((_, changed)) => changed.as_ref().is_none_or(|value| visit(key, value)),
                    None => visit(key, value),
                };
            }
            goes_on
        })?;
        while goes_on && let Some((key, value)) = changed.next() {
            goes_on = value.as_ref().is_none_or(|value| visit(key, value));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(store: &impl Store, prefix: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut seen = Vec::new();
        let mut visit = |key: &[u8], value: &[u8]| {
            seen.push((key.to_vec(), value.to_vec()));
            true
        };
        store.scan(prefix, &mut visit).unwrap();
        seen
    }

    #[test]
    fn changes_on_top_of_a_store_are_seen_as_if_they_were_written() {
        let mut random = 7u32;
        let mut below = move |bound: u32| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 8) % bound
        };
        for _ in 0..300 {
            let mut written = MemoryStore::new();
            let change = |key: u32, value: u32| StateChange {
                key: format!("{}{key}", ["a", "b", "c"][key as usize % 3]).into_bytes(),
                value: (value > 2).then(|| vec![value as u8]),
            };
            written.write((0..8).map(|_| change(below(12), 3 + below(5))));
            let mut overlay = Overlay::new(written.clone());
            for _ in 0..6 {
                let change = change(below(12), below(6));
                overlay.put(change.key.clone(), change.value.clone());
                written.write([change]);
            }
            for prefix in [&b"a"[..], b"b", b"", b"c1", b"x"] {
                assert_eq!(seen(&overlay, prefix), seen(&written, prefix));
            }
            let mut first = 0;
            overlay
                .scan(b"", &mut |_, _| {
                    first += 1;
                    false
                })
                .unwrap();
            assert_eq!(first, written.len().min(1));
            let changes = overlay.take();
            overlay.store.write(changes);
            assert_eq!(overlay.store, written);
        }
    }
}
