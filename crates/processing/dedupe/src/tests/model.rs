//! The rule of the README, naively: a list of all that was ever kept.

use std::ops::Range;

use crate::address::Address;
use crate::key::MessageKey;
use crate::sighting::Sighting;

#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) epoch_ms: i64,
    pub(super) hot_ms: i64,
    pub(super) window_ms: i64,
    pub(super) epoch_ids_max: usize,
}

/// Kept messages in their order, each with the epoch that it fell into.
#[derive(Clone, Debug)]
pub(super) struct Model {
    rule: Rule,
    pub(super) kept: Vec<Sighting>,
    epochs: Vec<ModelEpoch>,
    clock_ms: i64,
}

#[derive(Clone, Debug)]
struct ModelEpoch {
    stretch: i64,
    kept: Range<usize>,
    last_ms: i64,
}

impl Model {
    pub(super) fn new(rule: Rule) -> Self {
        Self { rule, kept: Vec::new(), epochs: Vec::new(), clock_ms: i64::MIN }
    }

    pub(super) fn keep(&mut self, sighting: Sighting) {
        self.clock_ms = self.clock_ms.max(sighting.received_at_ms);
        let stretch = self.clock_ms.div_euclid(self.rule.epoch_ms);
        let place = self.kept.len();
        self.kept.push(sighting);
        let goes_on = |epoch: &&mut ModelEpoch| epoch.stretch == stretch && epoch.kept.len() < self.rule.epoch_ids_max;
        match self.epochs.last_mut().filter(goes_on) {
            Some(epoch) => (epoch.kept.end, epoch.last_ms) = (place + 1, self.clock_ms),
            None => self.epochs.push(ModelEpoch { stretch, kept: place..place + 1, last_ms: self.clock_ms }),
        }
    }

    /// The places in `kept` of the messages that a message repeats.
    pub(super) fn firsts(&self, sighting: &Sighting) -> Vec<usize> {
        let clock = self.clock_ms.max(sighting.received_at_ms);
        let mut firsts = Vec::new();
        for (place, epoch) in self.epochs.iter().enumerate() {
            let is_hot = self.is_hot(place, clock);
            let is_in_window = epoch.last_ms >= clock - self.rule.window_ms;
            firsts.extend(epoch.kept.clone().filter(|place| {
                let first = &self.kept[*place];
                let same_time = self.generation(first).is_some() && self.generation(first) == self.generation(sighting);
                first.key == sighting.key && (is_hot || (same_time && is_in_window))
            }));
        }
        firsts
    }

    pub(super) fn offset(place: usize) -> u64 {
        place as u64 * 2 + 5
    }

    /// Where a key was kept, in which epoch, and as what.
    pub(super) fn places_of(&self, key: MessageKey) -> Vec<(usize, usize, Sighting)> {
        let places = self.kept.iter().enumerate().filter(|(_, kept)| kept.key == key);
        let epoch = |place: usize| self.epochs.partition_point(|epoch| epoch.kept.end <= place);
        places.map(|(place, kept)| (place, epoch(place), *kept)).collect()
    }

    fn is_hot(&self, place: usize, clock: i64) -> bool {
        let stretch = clock.div_euclid(self.rule.epoch_ms);
        let is_young = self.epochs[place].stretch >= stretch - self.rule.hot_ms / self.rule.epoch_ms;
        let ids: usize = self.epochs[place..].iter().map(|epoch| epoch.kept.len()).sum();
        is_young && ids <= 5 * self.rule.epoch_ids_max
    }

    fn generation(&self, sighting: &Sighting) -> Option<i64> {
        match sighting.address {
            Address::Timed(ms) => Some(ms.div_euclid(self.rule.epoch_ms)),
            Address::Untimed | Address::OutOfRange => None,
        }
    }
}
