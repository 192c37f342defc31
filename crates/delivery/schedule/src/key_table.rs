use crate::random::mix;

const VACANT: u32 = u32::MAX;

/// Finds numbers by the hash of what they stand for: four bytes a place, at most two thirds full, probed in a line.
///
/// What a number stands for is asked of the caller, who has to look at it anyway. A table with the keys in it would be six
/// times as large, and finding something two more visits to memory.
pub(crate) struct KeyTable {
    places: Vec<u32>,
    used: usize,
}

impl KeyTable {
    pub(crate) fn new() -> Self {
        Self { places: vec![VACANT; 16], used: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.used
    }

    pub(crate) fn find(&self, hash: u64, mut is: impl FnMut(u32) -> bool) -> Option<u32> {
        let mut at = self.home(hash);
        loop {
            match self.places[at] {
                VACANT => return None,
                number if is(number) => return Some(number),
                _ => at = self.after(at),
            }
        }
    }

    /// It is not there yet.
    pub(crate) fn insert(&mut self, hash: u64, number: u32, hash_of: impl Fn(u32) -> u64) {
        if (self.used + 1) * 3 > self.places.len() * 2 {
            let doubled = vec![VACANT; self.places.len() * 2];
            for number in std::mem::replace(&mut self.places, doubled) {
                if number != VACANT {
                    self.put(hash_of(number), number);
                }
            }
        }
        self.put(hash, number);
        self.used += 1;
    }

    /// It is there.
    pub(crate) fn remove(&mut self, hash: u64, number: u32, hash_of: impl Fn(u32) -> u64) {
        let mut hole = self.home(hash);
        while self.places[hole] != number {
            hole = self.after(hole);
        }
        // Those behind move up, so that no search ends at the hole before them.
        let mut at = self.after(hole);
        while self.places[at] != VACANT {
            let home = self.home(hash_of(self.places[at]));
            let mask = self.places.len() - 1;
            if at.wrapping_sub(home) & mask >= at.wrapping_sub(hole) & mask {
                self.places[hole] = self.places[at];
                hole = at;
            }
            at = self.after(at);
        }
        self.places[hole] = VACANT;
        self.used -= 1;
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.places.capacity() * size_of::<u32>()
    }

    fn put(&mut self, hash: u64, number: u32) {
        let mut at = self.home(hash);
        while self.places[at] != VACANT {
            at = self.after(at);
        }
        self.places[at] = number;
    }

    fn home(&self, hash: u64) -> usize {
        mix(hash) as usize & (self.places.len() - 1)
    }

    fn after(&self, at: usize) -> usize {
        (at + 1) & (self.places.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::random::Random;

    #[test]
    fn it_finds_what_a_map_would_while_things_come_and_go() {
        // Few hashes, so that runs are long and meet at the end of the table.
        for hashes in [3, 40, 1_000_000] {
            let mut random = Random::new(hashes);
            let (mut table, mut map) = (KeyTable::new(), HashMap::new());
            let hash_of = |number: u32| u64::from(number).wrapping_mul(0x9e37_79b9) % hashes;
            for _ in 0..20_000 {
                let number = random.up_to(400) as u32;
                let found = table.find(hash_of(number), |other| other == number);
                assert_eq!(found, map.get(&number).copied());
                if found.is_some() && random.up_to(2) > 0 {
                    table.remove(hash_of(number), number, hash_of);
                    map.remove(&number);
                } else if found.is_none() {
                    table.insert(hash_of(number), number, hash_of);
                    map.insert(number, number);
                }
                assert_eq!(table.len(), map.len());
            }
        }
    }
}
