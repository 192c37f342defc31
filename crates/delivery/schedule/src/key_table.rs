use crate::near::near;

const VACANT: u32 = u32::MAX;

/// Finds numbers by the hash of what they stand for: eight bytes a place, at most two thirds full, probed in a line.
///
/// Half of a place is the hash: what a number stands for is looked at only when it is most likely the one, and never when the
/// table grows. All bits of a hash have to be equally good.
pub(crate) struct KeyTable {
    places: Vec<Place>,
    used: usize,
}

#[derive(Clone, Copy)]
struct Place {
    hash: u32,
    number: u32,
}

const EMPTY: Place = Place { hash: 0, number: VACANT };

impl KeyTable {
    pub(crate) fn new() -> Self {
        Self { places: vec![EMPTY; 16], used: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.used
    }

    pub(crate) fn find(&self, hash: u32, mut is: impl FnMut(u32) -> bool) -> Option<u32> {
        let mut at = self.home(hash);
        loop {
            let place = self.places[at];
            if place.number == VACANT {
                return None;
            }
            if place.hash == hash && is(place.number) {
                return Some(place.number);
            }
            at = self.after(at);
        }
    }

    /// It is not there yet.
    pub(crate) fn insert(&mut self, hash: u32, number: u32) {
        if (self.used + 1) * 3 > self.places.len() * 2 {
            let doubled = vec![EMPTY; self.places.len() * 2];
            for place in std::mem::replace(&mut self.places, doubled) {
                if place.number != VACANT {
                    self.put(place);
                }
            }
        }
        self.put(Place { hash, number });
        self.used += 1;
    }

    /// It is there.
    pub(crate) fn remove(&mut self, hash: u32, number: u32) {
        let mut hole = self.home(hash);
        while self.places[hole].number != number {
            hole = self.after(hole);
        }
        // Those behind move up, so that no search ends at the hole before them.
        let mut at = self.after(hole);
        while self.places[at].number != VACANT {
            let home = self.home(self.places[at].hash);
            let mask = self.places.len() - 1;
            if at.wrapping_sub(home) & mask >= at.wrapping_sub(hole) & mask {
                self.places[hole] = self.places[at];
                hole = at;
            }
            at = self.after(at);
        }
        self.places[hole] = EMPTY;
        self.used -= 1;
    }

    /// Where a search begins.
    pub(crate) fn bring_near(&self, hash: u32) {
        near(&self.places[self.home(hash)]);
    }

    /// Most likely what would be found, without asking what it stands for.
    pub(crate) fn guess(&self, hash: u32) -> Option<u32> {
        self.find(hash, |_| true)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.places.capacity() * size_of::<Place>()
    }

    fn put(&mut self, place: Place) {
        let mut at = self.home(place.hash);
        while self.places[at].number != VACANT {
            at = self.after(at);
        }
        self.places[at] = place;
    }

    fn home(&self, hash: u32) -> usize {
        hash as usize & (self.places.len() - 1)
    }

    fn after(&self, at: usize) -> usize {
        (at + 1) & (self.places.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::random::{Random, mix};

    #[test]
    fn it_finds_what_a_map_would_while_things_come_and_go() {
        // Few hashes, so that runs are long and meet at the end of the table.
        for hashes in [3, 40, 1_000_000] {
            let mut random = Random::new(hashes);
            let (mut table, mut map) = (KeyTable::new(), HashMap::new());
            let hash_of = |number: u32| mix(u64::from(number) % hashes) as u32;
            for _ in 0..20_000 {
                let number = random.up_to(400) as u32;
                let found = table.find(hash_of(number), |other| other == number);
                assert_eq!(found, map.get(&number).copied());
                if found.is_some() && random.up_to(2) > 0 {
                    table.remove(hash_of(number), number);
                    map.remove(&number);
                } else if found.is_none() {
                    table.insert(hash_of(number), number);
                    map.insert(number, number);
                }
                assert_eq!(table.len(), map.len());
            }
        }
    }
}
