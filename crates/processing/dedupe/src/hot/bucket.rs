//! Sixteen slots in one cache line.
//!
//! A slot is a fingerprint above the tag of a chunk. 0 is an empty slot, and as long as a bucket has one, nothing that
//! belonged here was ever put elsewhere: a lookup that meets an empty slot may end. A bucket that once was full keeps
//! that knowledge when ids leave it, as markers: slots without fingerprint, with the tag of a chunk. What was put
//! elsewhere is of that chunk or older, so with the chunk the marker's meaning ends.

use super::tags::LiveChunks;

pub(super) const SLOTS: usize = 16;

/// Aligned to the cache line of today's processors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(64))]
pub(super) struct Bucket(pub(super) [u32; SLOTS]);

impl Bucket {
    pub(super) const EMPTY: Self = Self([0; SLOTS]);

    /// A bit for each slot with that fingerprint.
    pub(super) fn matches(&self, fingerprint: u32, tag_bits: u32) -> u32 {
        self.bits(|slot| slot >> tag_bits == fingerprint)
    }

    pub(super) fn has_empty(&self) -> bool {
        self.0.contains(&0)
    }

    /// Puts a slot in, unless it is there. Whether it is in now.
    pub(super) fn put(&mut self, slot: u32, tag_bits: u32, live: &LiveChunks) -> bool {
        if self.0.contains(&slot) {
            return true;
        }
        let free = self.0.iter().position(|other| *other == 0);
        // A full bucket stays one that has been full: what takes a marker's place is no empty slot either.
        let free = free.or_else(|| self.0.iter().position(|other| is_free(*other, tag_bits, live)));
        if let Some(place) = free {
            self.0[place] = slot;
        }
        free.is_some()
    }

    /// Clears what is of chunks that are gone. `newest` is the tag of the newest chunk.
    pub(super) fn sweep(&mut self, newest: u32, tag_bits: u32, live: &LiveChunks) {
        let gone = self.bits(|slot| slot != 0 && !live.contains(tag(slot, tag_bits)));
        if gone == 0 {
            return;
        }
        // While there is a free slot, nothing is put elsewhere: so a marker tells since when nothing was.
        let marker = self.0.iter().copied().find(|slot| *slot != 0 && slot >> tag_bits == 0);
        let marker_is_gone = marker.is_some_and(|slot| !live.contains(tag(slot, tag_bits)));
        let nothing_is_elsewhere = self.has_empty() || marker_is_gone;
        let left = if nothing_is_elsewhere { 0 } else { marker.unwrap_or(newest) };
        for (place, slot) in self.0.iter_mut().enumerate() {
            let is_marker = *slot != 0 && *slot >> tag_bits == 0;
            if gone & (1 << place) != 0 || (is_marker && nothing_is_elsewhere) {
                *slot = left;
            }
        }
    }

    fn bits(&self, holds: impl Fn(u32) -> bool) -> u32 {
        let mut bits = 0;
        for (place, slot) in self.0.iter().enumerate() {
            bits |= u32::from(holds(*slot)) << place;
        }
        bits
    }
}

pub(super) fn tag(slot: u32, tag_bits: u32) -> u32 {
    slot & ((1 << tag_bits) - 1)
}

fn is_free(slot: u32, tag_bits: u32, live: &LiveChunks) -> bool {
    slot >> tag_bits == 0 || !live.contains(tag(slot, tag_bits))
}
