use std::collections::{BTreeMap, HashMap};

use super::epoch::{Probe, SealedEpoch};
use super::filter::Filter;
use crate::key::{KeyHash, MessageKey};

/// All sealed epochs within the window, and which of them have ids of a generation.
#[derive(Default)]
pub(crate) struct SealedIndex {
    epochs: BTreeMap<u64, SealedEpoch>,
    /// Newest epochs first.
    by_generation: HashMap<i32, Vec<u64>, KeyHash>,
    scratch: Vec<u8>,
    /// Of all epochs together.
    pub(crate) totals: Totals,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) ids: u64,
    pub(crate) disk_bytes: u64,
    pub(crate) directory_bytes: u64,
    pub(crate) filter_bytes: u64,
}

/// What asking all sealed epochs came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) found_in: Option<u64>,
    /// Epochs that may have the id, but cannot be read.
    pub(crate) unreadable: Vec<u64>,
    pub(crate) probes: u64,
    pub(crate) reads: u64,
}

impl SealedIndex {
    pub(crate) fn add(&mut self, epoch: SealedEpoch) {
        self.epochs.insert(epoch.header.epoch, epoch);
        self.count();
    }

    pub(crate) fn remove(&mut self, epoch: u64) -> Option<SealedEpoch> {
        let removed = self.epochs.remove(&epoch);
        self.count();
        removed
    }

    pub(crate) fn get(&self, epoch: u64) -> Option<&SealedEpoch> {
        self.epochs.get(&epoch)
    }

    /// Oldest first.
    pub(crate) fn epochs(&self) -> impl DoubleEndedIterator<Item = &SealedEpoch> {
        self.epochs.values()
    }

    /// Looks for a message in all epochs of the window that have ids of its generation.
    pub(crate) fn ask(&mut self, key: MessageKey, generation: i32, window_from_ms: i64) -> Asked {
        let mut asked = Asked::default();
        let Some(epochs) = self.by_generation.get(&generation) else { return asked };
        for id in epochs {
            let Some(epoch) = self.epochs.get(id).filter(|epoch| epoch.header.last_ms >= window_from_ms) else {
                continue;
            };
            asked.probes += 1;
            match epoch.probe(key, generation, &mut self.scratch) {
                Probe::Elsewhere | Probe::Absent { read: false } => {}
                Probe::Absent { read: true } => asked.reads += 1,
                Probe::Present => {
                    asked.reads += 1;
                    asked.found_in = Some(*id);
                    return asked;
                }
                Probe::Unreadable => asked.unreadable.push(*id),
            }
        }
        asked
    }

    /// Whether an epoch in which it was that time by the clock has the message.
    pub(crate) fn has_of(&mut self, key: MessageKey, generation: i32, arrival_ms: i64) -> bool {
        let mut scratch = std::mem::take(&mut self.scratch);
        let of_then = |epoch: &&SealedEpoch| (epoch.header.first_ms..=epoch.header.last_ms).contains(&arrival_ms);
        let mut epochs = self.epochs.values().filter(of_then);
        let found = epochs.any(|epoch| epoch.probe(key, generation, &mut scratch) == Probe::Present);
        self.scratch = scratch;
        found
    }

    /// Takes filters, and lets those of the oldest epochs go while all together take too much.
    pub(crate) fn set_filters(&mut self, epoch: u64, filters: Vec<Option<Filter>>, bytes_max: u64) {
        if let Some(epoch) = self.epochs.get_mut(&epoch) {
            epoch.set_filters(Some(filters));
        }
        let mut bytes: u64 = self.epochs.values().map(SealedEpoch::filter_bytes).sum();
        for epoch in self.epochs.values_mut() {
            if bytes <= bytes_max {
                break;
            }
            bytes -= epoch.filter_bytes();
            epoch.set_filters(None);
        }
        self.count();
    }

    /// The newest epoch that has no filters although there is room for them.
    pub(crate) fn without_filters(&self, bytes_max: u64) -> Option<u64> {
        let mut bytes = 0;
        for epoch in self.epochs.values().rev() {
            bytes += epoch.filter_bytes_wanted();
            if bytes > bytes_max {
                return None;
            }
            if !epoch.has_filters() {
                return Some(epoch.header.epoch);
            }
        }
        None
    }

    fn count(&mut self) {
        self.totals = Totals::default();
        self.by_generation.clear();
        for epoch in self.epochs.values().rev() {
            self.totals.ids += epoch.header.ids;
            self.totals.disk_bytes += epoch.bytes;
            self.totals.directory_bytes += epoch.directory_bytes();
            self.totals.filter_bytes += epoch.filter_bytes();
            for generation in epoch.generations() {
                self.by_generation.entry(generation).or_default().push(epoch.header.epoch);
            }
        }
    }
}
