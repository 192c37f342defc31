use crate::family::Family;

/// Changes that are applied together or not at all, in any number of families.
///
/// Of several changes to one key the last one counts.
#[derive(Debug, Default)]
pub struct Batch {
    operations: Vec<Operation>,
    bytes: usize,
}

/// One change to one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    pub family: Family,
    pub key: Vec<u8>,
    /// `None` removes the key, if it is there.
    pub value: Option<Vec<u8>>,
}

impl Batch {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn put(&mut self, family: Family, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        let (key, value) = (key.into(), value.into());
        self.bytes += key.len() + value.len();
        self.operations.push(Operation { family, key, value: Some(value) });
    }

    pub fn remove(&mut self, family: Family, key: impl Into<Vec<u8>>) {
        let key = key.into();
        self.bytes += key.len();
        self.operations.push(Operation { family, key, value: None });
    }

    pub fn len(&self) -> usize {
        self.operations.len()
    }

    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Bytes of all keys and values, by which a writer bounds its batches.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The changes in order of family and key, one for each key.
    pub fn into_operations(self) -> Vec<Operation> {
        let mut operations = self.operations;
        // Stable, so that equal keys stay in the order in which they were changed; sorted keys also go into an ordered
        // store next to each other.
        operations.sort_by(|a, b| (a.family, &a.key).cmp(&(b.family, &b.key)));
        operations.dedup_by(|later, earlier| {
            let same = (later.family, &later.key) == (earlier.family, &earlier.key);
            if same {
                std::mem::swap(&mut later.value, &mut earlier.value);
            }
            same
        });
        operations
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_changes_to_one_key_the_last_one_is_left() {
        let family = Family::numbered(0);
        let mut batch = Batch::new();
        batch.put(family, *b"b", *b"1");
        batch.put(family, *b"a", *b"1");
        batch.remove(family, *b"a");
        batch.put(family, *b"a", *b"3");
        batch.put(family, *b"b", *b"2");
        batch.remove(family, *b"b");
        assert_eq!((batch.len(), batch.bytes()), (6, 10));
        let left: Vec<_> = batch.into_operations().into_iter().map(|change| (change.key, change.value)).collect();
        assert_eq!(left, [(b"a".to_vec(), Some(b"3".to_vec())), (b"b".to_vec(), None)]);
    }
}
