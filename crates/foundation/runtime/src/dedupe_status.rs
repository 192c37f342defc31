//! How the deduplication of a node stands: told by who runs it, read by the metrics page, the API and the console.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use prime_event::Timestamp;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// The state of the deduplication, of one partition or of all partitions of a node together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DedupeStatus {
    /// How long a message is known again after its first arrival.
    pub window_ms: u64,
    /// The youngest part of the window, whose ids are in memory.
    pub hot_ms: u64,
    /// Ids in memory.
    pub ids_hot: u64,
    /// Ids in sealed files.
    pub ids_sealed: u64,
    /// Bytes of memory that the ids take, filters of sealed files included.
    pub memory_bytes: u64,
    pub memory_bytes_max: u64,
    /// Bytes of the sealed files.
    pub disk_bytes: u64,
    /// Messages, since the start, that looked like duplicates and could not be confirmed as such: they were let through.
    pub unconfirmed: u64,
    /// Messages, since the start, without a usable time of their own.
    pub untimed: u64,
    /// Spans of time of which nothing is known any more.
    pub holes: Vec<DedupeHole>,
    /// How much of what was known is read again after a start, from 0 to 1; none once all is.
    pub restoring: Option<f64>,
}

/// A span of time within the window whose ids were lost: a message first sent then is not known again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DedupeHole {
    pub from: Timestamp,
    pub to: Timestamp,
    /// Why, in a sentence for an operator.
    pub reason: String,
}

#[derive(Default)]
pub(crate) struct DedupeGauges {
    /// By partition.
    status: Mutex<BTreeMap<u32, DedupeStatus>>,
    ids_hot: Gauge,
    ids_sealed: Gauge,
    memory_bytes: Gauge,
    disk_bytes: Gauge,
    unconfirmed: Gauge,
    untimed: Gauge,
    holes: Gauge,
    restoring: Gauge,
}

impl DedupeGauges {
    pub(crate) fn registered(registry: &mut Registry) -> Self {
        let gauges = Self::default();
        registry.register("dedupe_ids_hot", "Ids of messages kept in memory", gauges.ids_hot.clone());
        registry.register("dedupe_ids_sealed", "Ids of messages kept in sealed files", gauges.ids_sealed.clone());
        registry.register("dedupe_memory_bytes", "Memory that known ids take", gauges.memory_bytes.clone());
        registry.register("dedupe_disk_bytes", "Bytes of the sealed files of known ids", gauges.disk_bytes.clone());
        registry.register(
            "dedupe_unconfirmed",
            "Messages since the start that looked like duplicates and were let through unconfirmed",
            gauges.unconfirmed.clone(),
        );
        registry.register(
            "dedupe_untimed",
            "Messages since the start without a usable time of their own",
            gauges.untimed.clone(),
        );
        registry.register("dedupe_holes", "Spans of time whose ids were lost", gauges.holes.clone());
        registry.register(
            "dedupe_restoring",
            "1 while known ids are read again after a start, else 0",
            gauges.restoring.clone(),
        );
        gauges
    }

    /// `None` once this node has the partition no longer.
    pub(crate) fn record(&self, partition: u32, status: Option<DedupeStatus>) {
        let mut all = self.status.lock();
        match status {
            Some(status) => drop(all.insert(partition, status)),
            None => drop(all.remove(&partition)),
        }
        let status = together(all.values()).unwrap_or_default();
        let set = |gauge: &Gauge, value: u64| gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        set(&self.ids_hot, status.ids_hot);
        set(&self.ids_sealed, status.ids_sealed);
        set(&self.memory_bytes, status.memory_bytes);
        set(&self.disk_bytes, status.disk_bytes);
        set(&self.unconfirmed, status.unconfirmed);
        set(&self.untimed, status.untimed);
        set(&self.holes, status.holes.len() as u64);
        set(&self.restoring, u64::from(status.restoring.is_some()));
    }

    pub(crate) fn status(&self) -> Option<DedupeStatus> {
        together(self.status.lock().values())
    }
}

/// Sums of what adds up; of the rest, what the worst partition has.
fn together<'a>(partitions: impl Iterator<Item = &'a DedupeStatus>) -> Option<DedupeStatus> {
    partitions.cloned().reduce(|mut all, one| {
        all.window_ms = all.window_ms.min(one.window_ms);
        all.hot_ms = all.hot_ms.min(one.hot_ms);
        all.ids_hot += one.ids_hot;
        all.ids_sealed += one.ids_sealed;
        all.memory_bytes += one.memory_bytes;
        all.memory_bytes_max += one.memory_bytes_max;
        all.disk_bytes += one.disk_bytes;
        all.unconfirmed += one.unconfirmed;
        all.untimed += one.untimed;
        all.holes.extend(one.holes);
        all.restoring = match (all.restoring, one.restoring) {
            (Some(a), Some(b)) => Some(f64::min(a, b)),
            (a, b) => a.or(b),
        };
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Counters;

    #[test]
    fn the_metrics_page_and_the_status_say_what_was_told_last() {
        let counters = Counters::new();
        assert_eq!(counters.dedupe_status(), None);
        let hole = DedupeHole {
            from: Timestamp::from_millis(0),
            to: Timestamp::from_millis(3_600_000),
            reason: "A file was damaged.".into(),
        };
        let status = DedupeStatus { ids_hot: 7, holes: vec![hole], restoring: Some(0.5), ..DedupeStatus::default() };
        counters.deduplication(0, Some(DedupeStatus::default()));
        counters.deduplication(0, Some(status.clone()));
        assert_eq!(counters.dedupe_status(), Some(status));
        let text = counters.prometheus();
        for line in ["primedata_dedupe_ids_hot 7", "primedata_dedupe_holes 1", "primedata_dedupe_restoring 1"] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
    }
    #[test]
    fn partitions_are_told_of_together_and_leave_with_their_partition() {
        let counters = Counters::new();
        let status =
            |ids_hot, hot_ms, restoring| DedupeStatus { ids_hot, hot_ms, restoring, ..DedupeStatus::default() };
        counters.deduplication(0, Some(status(5, 30, None)));
        counters.deduplication(3, Some(status(6, 20, Some(0.5))));
        counters.deduplication(4, Some(status(7, 40, Some(0.25))));
        assert_eq!(counters.dedupe_status(), Some(status(18, 20, Some(0.25))));
        counters.deduplication(3, None);
        counters.deduplication(4, None);
        assert_eq!(counters.dedupe_status(), Some(status(5, 30, None)));
        assert!(counters.prometheus().contains("primedata_dedupe_ids_hot 5"));
    }
}
