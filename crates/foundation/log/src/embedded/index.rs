//! Where in a segment some of its records lie.

use crate::record::Offset;

/// A seek steps over at most this much, besides one block. 16 bytes of memory each: 16 MiB for 64 GiB of records.
const STEP_BYTES: u64 = 64 << 10;

/// A record, the first of its block, and the byte at which its block begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) offset: Offset,
    pub(super) at: u64,
}

/// Marks of one segment, [`STEP_BYTES`] apart, from its first record up to where someone has written or read.
#[derive(Debug)]
pub(super) struct SparseIndex {
    marks: Vec<Mark>,
}

impl SparseIndex {
    pub(super) fn new(first: Mark) -> Self {
        Self { marks: vec![first] }
    }

    /// The last mark at or before an offset of this segment.
    pub(super) fn before(&self, offset: Offset) -> Mark {
        let after = self.marks.partition_point(|mark| mark.offset <= offset);
        self.marks[after.saturating_sub(1)]
    }

    /// Learns where a record lies. The caller has come to it block by block from a mark of this index, telling each,
    /// so that no gap opens.
    pub(super) fn note(&mut self, mark: Mark) {
        if mark.at >= self.marks[self.marks.len() - 1].at + STEP_BYTES {
            self.marks.push(mark);
        }
    }

    /// Forgets records that were cut off.
    pub(super) fn cut(&mut self, end: Offset) {
        let keep = self.marks.partition_point(|mark| mark.offset < end).max(1);
        self.marks.truncate(keep);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(offset: Offset, at: u64) -> Mark {
        Mark { offset, at }
    }

    #[test]
    fn a_seek_starts_at_most_one_step_before() {
        let mut index = SparseIndex::new(mark(100, 44));
        for i in 0..10_000 {
            index.note(mark(100 + i, 44 + i * 1000));
        }
        for i in 0..10_000 {
            let found = index.before(100 + i);
            let distance = 44 + i * 1000 - found.at;
            assert!(found.offset <= 100 + i && distance < STEP_BYTES + 1000, "{found:?} for {i}");
        }
        assert!(index.marks.len() < 200);
    }

    #[test]
    fn a_cut_keeps_the_first_mark() {
        let mut index = SparseIndex::new(mark(0, 44));
        index.note(mark(10, 44 + STEP_BYTES));
        index.cut(10);
        assert_eq!(index.before(50), mark(0, 44));
        index.cut(0);
        assert_eq!(index.before(50), mark(0, 44));
    }
}
