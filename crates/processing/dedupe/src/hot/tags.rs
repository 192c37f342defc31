//! Names of chunks that fit into a slot.

use std::ops::Range;

/// A ring of short names that chunks are given in turn. Half of it may be live at once; the other half is the time
/// that is left for sweeping old names out of the table before they are given again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TagRing {
    bits: u32,
}

/// The chunks whose ids are in the table, oldest first, as a range of their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LiveChunks {
    ring: u64,
    first: u64,
    /// `first` within the ring.
    first_place: u64,
    count: u64,
}

/// With 22 bits for the name 10 are left for the fingerprint: one false hit in 75 lookups, 30 ns of reading for each
/// message. With 8 at least, no memory is so small that names would be given again too soon.
const BITS: std::ops::RangeInclusive<u32> = 8..=22;

impl TagRing {
    /// For so many live chunks at most; as many as are possible if that is more.
    pub(crate) fn for_chunks(chunks: u64) -> Self {
        let bits = u64::BITS - chunks.saturating_mul(2).leading_zeros();
        Self { bits: bits.clamp(*BITS.start(), *BITS.end()) }
    }

    pub(crate) fn bits(self) -> u32 {
        self.bits
    }

    /// Distinct names; none is 0, so that no slot in use looks empty.
    pub(crate) fn len(self) -> u64 {
        (1 << self.bits) - 1
    }

    pub(crate) fn live_max(self) -> u64 {
        self.len() / 2
    }

    pub(crate) fn tag(self, chunk: u64) -> u32 {
        (chunk % self.len() + 1) as u32
    }

    pub(crate) fn live(self, chunks: Range<u64>) -> LiveChunks {
        let ring = self.len();
        LiveChunks {
            ring,
            first: chunks.start,
            first_place: chunks.start % ring,
            count: chunks.end.saturating_sub(chunks.start),
        }
    }
}

impl LiveChunks {
    /// The live chunk of that name; none if the name is of a chunk that is gone.
    pub(crate) fn chunk(&self, tag: u32) -> Option<u64> {
        let place = u64::from(tag) - 1;
        let after =
            if place >= self.first_place { place - self.first_place } else { place + self.ring - self.first_place };
        (after < self.count).then(|| self.first + after)
    }

    pub(crate) fn contains(&self, tag: u32) -> bool {
        self.chunk(tag).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_has_names_for_twice_the_live_chunks() {
        assert_eq!(TagRing::for_chunks(0).bits(), 8);
        assert_eq!(TagRing::for_chunks(1 << 17).bits(), 19);
        assert_eq!(TagRing::for_chunks(u64::MAX).bits(), 22);
        for chunks in [3, 127, 128, 129, 100_000] {
            assert!(TagRing::for_chunks(chunks).live_max() >= chunks, "{chunks}");
        }
    }

    #[test]
    fn a_name_leads_to_the_live_chunk_or_to_none_all_around_the_ring() {
        let ring = TagRing::for_chunks(4);
        for first in 0..ring.len() * 3 {
            let live = ring.live(first..first + 100);
            for chunk in first..first + ring.len() {
                let expected = (chunk < first + 100).then_some(chunk);
                assert_eq!(live.chunk(ring.tag(chunk)), expected);
                assert_ne!(ring.tag(chunk), 0);
            }
        }
    }
}
