//! What of the identity graph was read or written lately.

use std::collections::HashMap;

/// Records by their key, in two generations: when the younger one is full it becomes the older one, and what was not
/// used meanwhile goes. Holds nothing of what is not there.
#[derive(Default)]
pub(crate) struct RecordCache {
    young: HashMap<Box<[u8]>, Box<[u8]>>,
    old: HashMap<Box<[u8]>, Box<[u8]>>,
}

/// Of a generation. A record takes some 200 bytes with its key, so both take 50 MB at most.
const RECORDS_MAX: usize = 128 << 10;

impl RecordCache {
    pub(crate) fn get(&mut self, key: &[u8]) -> Option<Vec<u8>> {
        if let Some(value) = self.young.get(key) {
            return Some(value.to_vec());
        }
        let (key, value) = self.old.remove_entry(key)?;
        let found = value.to_vec();
        self.put(key, value);
        Some(found)
    }

    pub(crate) fn put(&mut self, key: Box<[u8]>, value: Box<[u8]>) {
        if self.young.len() >= RECORDS_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    pub(crate) fn remove(&mut self, key: &[u8]) {
        self.young.remove(key);
        self.old.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(number: usize) -> Box<[u8]> {
        number.to_be_bytes().into()
    }

    #[test]
    fn the_last_value_is_found_and_a_removed_one_never() {
        let mut cache = RecordCache::default();
        for number in 0..3 * RECORDS_MAX {
            cache.put(boxed(number), boxed(number));
            // In use all the time.
            assert_eq!(cache.get(&boxed(0)), Some(boxed(0).to_vec()));
        }
        assert_eq!(cache.get(&boxed(1)), None);
        let one_of_the_old = boxed(2 * RECORDS_MAX - 10);
        cache.put(one_of_the_old.clone(), boxed(7));
        assert_eq!(cache.get(&one_of_the_old), Some(boxed(7).to_vec()));
        cache.remove(&one_of_the_old);
        assert_eq!(cache.get(&one_of_the_old), None);
        assert!(cache.young.len() + cache.old.len() <= 2 * RECORDS_MAX);
    }
}
