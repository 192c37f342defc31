//! What is known of where a partition begins and ends.
//!
//! Kafka's offsets have gaps: the mark that ends a transaction takes one, and so do records of transactions that were
//! given up. So the last offset tells less than it does in a dense log: there may be nothing to read before it. Two ends
//! are kept for that reason.

use prime_log::Offset;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) start: Offset,
    /// After everything that may be read, gaps included: what the brokers call the last stable offset.
    pub(crate) stable: Offset,
    /// After the last record, as far as is known. From here to `stable` there is a gap.
    pub(crate) end: Offset,
    /// The most that `stable` ever was. Beyond it there never was a place.
    pub(crate) highest: Offset,
}

impl Extent {
    pub(crate) fn new(start: Offset, stable: Offset) -> Self {
        Self { start, stable, end: stable, highest: stable }
    }

    /// A record was read, or acknowledged.
    pub(crate) fn saw_record(&mut self, offset: Offset) {
        self.end = self.end.max(offset + 1);
        self.stable = self.stable.max(self.end);
        self.highest = self.highest.max(self.stable);
    }

    /// The brokers said so. What is new may hold records, until somebody has looked.
    pub(crate) fn saw_stable(&mut self, stable: Offset) {
        if stable > self.stable {
            self.stable = stable;
            self.end = stable;
            self.highest = self.highest.max(stable);
        }
    }

    pub(crate) fn saw_start(&mut self, start: Offset) {
        self.start = self.start.max(start);
    }

    /// Somebody read from `from` up to the stable offset that was known before, and found nothing.
    pub(crate) fn found_gap(&mut self, from: Offset, stable: Offset) {
        if self.stable == stable {
            self.end = self.end.min(from);
        }
    }

    /// The brokers say less than was believed: an acknowledged record stands behind a transaction that is open.
    pub(crate) fn fell_back(&mut self, stable: Offset) {
        self.stable = stable;
        self.end = self.end.min(stable);
    }

    /// Whether nothing can be read at `from` for sure.
    pub(crate) fn ends_at(&self, from: Offset) -> bool {
        from >= self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_after_a_transaction_is_no_record_to_wait_for() {
        let mut known = Extent::new(0, 10);
        known.saw_record(10);
        known.saw_record(11);
        known.saw_stable(13);
        assert_eq!(known.end, 13, "it could be a record");
        known.found_gap(12, 13);
        assert!(known.ends_at(12));
        known.saw_record(13);
        assert_eq!(known, Extent::new(0, 14));
    }

    #[test]
    fn a_gap_that_was_found_before_more_came_says_nothing() {
        let mut known = Extent::new(0, 10);
        known.saw_stable(12);
        known.found_gap(9, 10);
        assert_eq!(known.end, 12);
    }

    #[test]
    fn what_a_transaction_holds_back_is_not_promised() {
        let mut known = Extent::new(0, 10);
        known.saw_record(14);
        known.fell_back(11);
        assert_eq!(known, Extent { highest: 15, ..Extent::new(0, 11) });
    }
}
