use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

use prime_state::{Batch, Family, Snapshot};

use super::StoreError;
use crate::encoding::Damaged;
use crate::fragment::FragmentId;
use crate::fragment_row::FragmentRow;
use crate::identifier::Identifier;

/// Rows that were used lately, for the one who writes: most events are of people who were active a moment ago.
///
/// Two generations: when the younger one is full it becomes the older one, and what was not used meanwhile goes.
pub struct RowCache {
    young: Rows,
    old: Rows,
    changed: Vec<FragmentId>,
    rows_max: usize,
}

type Rows = HashMap<FragmentId, CachedRow, BuildHasherDefault<FragmentHasher>>;

struct CachedRow {
    row: FragmentRow,
    is_changed: bool,
}

impl RowCache {
    /// Holds at most `rows_max` rows besides those of the batch being made. A row takes about 400 bytes.
    pub fn new(rows_max: usize) -> Self {
        Self { young: Rows::default(), old: Rows::default(), changed: Vec::new(), rows_max: rows_max.max(2) }
    }

    /// Forgets everything, as when a batch was made and not written.
    pub fn clear(&mut self) {
        *self = Self::new(self.rows_max);
    }

    /// The row of a fragment, and whether it is new because there was none. For an `unseen` one there is nothing to look
    /// for in the snapshot.
    pub(super) fn row(
        &mut self,
        snapshot: &Snapshot,
        family: Family,
        fragment: FragmentId,
        identifier: Option<&Identifier>,
        unseen: bool,
    ) -> Result<(&mut FragmentRow, bool), StoreError> {
        let free = match self.young.entry(fragment) {
            Entry::Occupied(known) => return Ok((&mut known.into_mut().row, false)),
            Entry::Vacant(free) => free,
        };
        let (row, is_new) = match self.old.remove(&fragment) {
            Some(cached) => (cached.row, false),
            None => {
                let stored = if unseen { None } else { snapshot.get(family, fragment.as_bytes())? };
                match stored {
                    Some(bytes) => (FragmentRow::decode(&bytes)?, false),
                    None => (FragmentRow::new(identifier.ok_or(Damaged { what: "identifier" })?.clone()), true),
                }
            }
        };
        Ok((&mut free.insert(CachedRow { row, is_changed: false }).row, is_new))
    }

    /// Notes that a row was changed; it was asked for before, in the same batch.
    pub(super) fn mark(&mut self, fragment: FragmentId) {
        if let Some(cached) = self.young.get_mut(&fragment)
            && !cached.is_changed
        {
            cached.is_changed = true;
            self.changed.push(fragment);
        }
    }

    /// Puts all changed rows into a batch, and lets old ones go.
    pub(super) fn put_changed(&mut self, family: Family, batch: &mut Batch) {
        for fragment in self.changed.drain(..) {
            let cached = self.young.get_mut(&fragment).expect("changed rows are kept until they are put");
            cached.is_changed = false;
            batch.put(family, *fragment.as_bytes(), cached.row.encode());
        }
        if self.young.len() > self.rows_max / 2 {
            self.old = std::mem::take(&mut self.young);
        }
    }
}

/// Fragments are keyed hashes already.
#[derive(Default)]
struct FragmentHasher(u64);

impl Hasher for FragmentHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk::<8>() {
            self.0 ^= u64::from_le_bytes(*first);
        }
    }

    fn write_usize(&mut self, _length: usize) {}
}
