use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::RwLock;
use prime_event::{LedgerCounts, SourceId, Timestamp, WorkspaceId};

use crate::finding::Finding;
use crate::fold::Ledger;
use crate::level::{Resolution, Whose};

/// Answers questions about the ledger. Cheap to clone.
#[derive(Clone, Default)]
pub struct LedgerHandle {
    pub(crate) shared: Arc<Shared>,
}

/// What the service and its handles share.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) ledger: RwLock<Ledger>,
    /// For each partition, whether it was read to where it ended at that moment.
    pub(crate) caught_up: Vec<AtomicBool>,
}

/// Counts over time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    /// Each minute or hour in which anything happened, by its start, oldest first.
    pub rows: Vec<(Timestamp, LedgerCounts)>,
    /// What was received before this is left out for want of room; none when nothing is.
    pub complete_since: Option<Timestamp>,
}

impl Series {
    pub fn totals(&self) -> LedgerCounts {
        let mut totals = LedgerCounts::default();
        self.rows.iter().for_each(|(_, counts)| totals.add(counts));
        totals
    }
}

impl LedgerHandle {
    /// The minutes or hours that begin within a range.
    pub fn series(&self, whose: Whose<'_>, resolution: Resolution, range: Range<Timestamp>) -> Series {
        let ledger = self.shared.ledger.read();
        Series { rows: ledger.series(whose, resolution, range), complete_since: ledger.complete_since(resolution) }
    }

    /// The sums of the minutes or hours that begin within a range.
    pub fn totals(&self, whose: Whose<'_>, resolution: Resolution, range: Range<Timestamp>) -> LedgerCounts {
        self.series(whose, resolution, range).totals()
    }

    /// The sums of each source of a workspace that sent anything within the minutes or hours that begin in a range.
    pub fn by_source(
        &self,
        workspace: &WorkspaceId,
        resolution: Resolution,
        range: Range<Timestamp>,
    ) -> BTreeMap<SourceId, LedgerCounts> {
        self.shared.ledger.read().by_source(workspace, resolution, range)
    }

    /// Whether each partition has been read to where it ended when it was last looked at. From then on the ledger follows
    /// the processor by the time that a write and a read take.
    pub fn is_caught_up(&self) -> bool {
        let partitions = &self.shared.caught_up;
        !partitions.is_empty() && partitions.iter().all(|caught_up| caught_up.load(Ordering::Acquire))
    }

    /// What keeps the ledger from adding up, newest first; the last hundred.
    pub fn findings(&self) -> Vec<Finding> {
        self.shared.ledger.read().findings()
    }

    /// How many findings there were since the service started.
    pub fn findings_total(&self) -> u64 {
        self.shared.ledger.read().findings_total()
    }
}
