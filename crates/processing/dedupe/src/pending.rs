use std::collections::HashMap;

use crate::key::{KeyHash, MessageKey};
use crate::sighting::Sighting;

/// Messages that were judged new and are not durable in `events` yet. They are known by their exact keys.
#[derive(Default)]
pub(crate) struct Pending {
    sightings: Vec<Sighting>,
    places: HashMap<MessageKey, u32, KeyHash>,
}

impl Pending {
    pub(crate) fn push(&mut self, sighting: Sighting) {
        self.places.insert(sighting.key, self.sightings.len() as u32);
        self.sightings.push(sighting);
    }

    pub(crate) fn get(&self, key: MessageKey) -> Option<&Sighting> {
        self.places.get(&key).and_then(|place| self.sightings.get(*place as usize))
    }

    /// Whether it was there.
    pub(crate) fn remove(&mut self, key: MessageKey) -> bool {
        self.places.remove(&key).is_some()
    }

    /// Those that were not removed, in the order in which they came.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Sighting> {
        let kept = |(place, sighting): &(usize, &Sighting)| {
            self.places.get(&sighting.key).is_some_and(|kept| *kept as usize == *place)
        };
        self.sightings.iter().enumerate().filter(kept).map(|(_, sighting)| sighting)
    }

    /// Takes all that came, with those that were removed left out. Keeps the room that it had.
    pub(crate) fn take_into(&mut self, out: &mut Vec<Sighting>) {
        out.clear();
        if self.places.len() == self.sightings.len() {
            std::mem::swap(out, &mut self.sightings);
        } else {
            out.extend(self.iter().copied());
        }
        self.sightings.clear();
        self.places.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;

    fn sighting(key: u128) -> Sighting {
        Sighting { key: MessageKey(key), received_at_ms: key as i64, address: Address::Untimed }
    }

    #[test]
    fn what_was_removed_is_gone_and_may_come_again() {
        let mut pending = Pending::default();
        [1, 2, 3].into_iter().for_each(|key| pending.push(sighting(key)));
        assert!(pending.remove(MessageKey(2)) && !pending.remove(MessageKey(9)));
        pending.push(sighting(2));
        assert_eq!(pending.get(MessageKey(2)), Some(&sighting(2)));
        let mut taken = vec![sighting(8)];
        pending.take_into(&mut taken);
        assert_eq!(taken, [1, 3, 2].map(sighting));
        assert_eq!(pending.iter().count(), 0);
        assert_eq!(pending.get(MessageKey(1)), None);
    }
}
