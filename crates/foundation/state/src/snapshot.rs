use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use crate::error::StateError;
use crate::family::Family;
use crate::provider::{Scan, SnapshotProvider};
use crate::value::Value;

/// A state as it was at one moment: whole batches only, unmoved by later writes. Cheap to clone.
///
/// What it still shows stays on disk, so let go of it soon: seconds, not hours. Reads files in the calling thread.
#[derive(Clone)]
pub struct Snapshot {
    pub(crate) provider: Arc<dyn SnapshotProvider>,
}

impl Snapshot {
    pub fn get(&self, family: Family, key: &[u8]) -> Result<Option<Value>, StateError> {
        self.provider.get(family, key)
    }

    pub fn contains(&self, family: Family, key: &[u8]) -> Result<bool, StateError> {
        self.provider.contains(family, key)
    }

    /// Entries between two keys, in order of their bytes. Bounds that hold nothing give nothing.
    pub fn scan(&self, family: Family, bounds: (Bound<&[u8]>, Bound<&[u8]>)) -> Scan {
        let empty = match bounds {
            (Bound::Included(from), Bound::Included(to)) => from > to,
            (Bound::Included(from) | Bound::Excluded(from), Bound::Included(to) | Bound::Excluded(to)) => from >= to,
            _ => false,
        };
        if empty { Box::new(std::iter::empty()) } else { self.provider.scan(family, bounds) }
    }

    /// Entries whose key begins with these bytes.
    pub fn scan_prefix(&self, family: Family, prefix: &[u8]) -> Scan {
        match after_prefix(prefix) {
            Some(end) => self.scan(family, (Bound::Included(prefix), Bound::Excluded(&end))),
            None => self.scan(family, (Bound::Included(prefix), Bound::Unbounded)),
        }
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").finish_non_exhaustive()
    }
}

/// The first key after all that begin with `prefix`; none where there is no such key.
fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_before_the_next_key_that_does_not_begin_with_it() {
        assert_eq!(after_prefix(b"ab").as_deref(), Some(&b"ac"[..]));
        assert_eq!(after_prefix(b"a\xff\xff").as_deref(), Some(&b"b"[..]));
        assert_eq!(after_prefix(b"\xff"), None);
        assert_eq!(after_prefix(b""), None);
    }
}
