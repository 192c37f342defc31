use std::collections::VecDeque;

use prime_event::Timestamp;

/// Findings kept with their details. Whoever has more of them needs to know that there are more, not each.
const KEPT: usize = 100;

/// Something that keeps the ledger from adding up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub kind: FindingKind,
    /// The partition of the processor's input.
    pub partition: u32,
    /// Offsets of the input that it is about: the first, and the one after the last. Of an unreadable record, its own
    /// place in the `ledger` stream.
    pub from: u64,
    pub next: u64,
    /// When the record was written that showed it.
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingKind {
    /// No record speaks of these offsets: what they held is missing in the sums.
    Gap,
    /// A second record speaks of these offsets; it was left out of the sums.
    Overlap,
    /// A record could not be read; a gap follows it.
    Unreadable,
    /// A record in which some messages came to no end, or to two.
    Unbalanced,
}

/// The newest findings, and how many there were.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    kept: VecDeque<Finding>,
    total: u64,
}

impl Findings {
    pub(crate) fn push(&mut self, finding: Finding) {
        self.total += 1;
        self.kept.push_front(finding);
        self.kept.truncate(KEPT);
    }

    pub(crate) fn newest_first(&self) -> Vec<Finding> {
        self.kept.iter().cloned().collect()
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }
}
