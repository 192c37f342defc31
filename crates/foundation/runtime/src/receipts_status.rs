//! How the following of receipts stands: told by who follows them, read by the metrics page.

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Where the receipts of a node stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReceiptsStatus {
    /// Records of the stream that are not read yet.
    pub behind: u64,
    /// Records read since the start.
    pub taken: u64,
    /// Records since the start that could not be understood.
    pub unreadable: u64,
    /// Bytes of the receipts that are kept, before the disk compresses them.
    pub kept_bytes: u64,
    /// Bytes on disk of receipts and counts.
    pub disk_bytes: u64,
}

#[derive(Default)]
pub(crate) struct ReceiptsGauges {
    behind: Gauge,
    taken: Gauge,
    unreadable: Gauge,
    kept_bytes: Gauge,
    disk_bytes: Gauge,
}

impl ReceiptsGauges {
    pub(crate) fn registered(registry: &mut Registry) -> Self {
        let gauges = Self::default();
        let all = [
            ("receipts_behind", "Receipts written and not read yet", &gauges.behind),
            ("receipts_taken", "Receipts read since the start", &gauges.taken),
            ("receipts_unreadable", "Receipts since the start that could not be understood", &gauges.unreadable),
            ("receipts_kept_bytes", "Bytes of the receipts that are kept, before compression", &gauges.kept_bytes),
            ("receipts_disk_bytes", "Bytes on disk of receipts and counts", &gauges.disk_bytes),
        ];
        for (name, help, gauge) in all {
            registry.register(name, help, gauge.clone());
        }
        gauges
    }

    pub(crate) fn record(&self, status: ReceiptsStatus) {
        let set = |gauge: &Gauge, value: u64| gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        set(&self.behind, status.behind);
        set(&self.taken, status.taken);
        set(&self.unreadable, status.unreadable);
        set(&self.kept_bytes, status.kept_bytes);
        set(&self.disk_bytes, status.disk_bytes);
    }
}
