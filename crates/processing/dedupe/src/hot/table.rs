use super::bucket::{Bucket, SLOTS, tag};
use super::tags::{LiveChunks, TagRing};
use crate::bytes::scaled;
use crate::key::MessageKey;

pub(crate) const SLOT_BYTES: u64 = 4;
pub(crate) const BUCKET_BYTES: u64 = SLOT_BYTES * SLOTS as u64;

/// Fingerprints of all hot ids, each with the chunk of the id log that has the id.
///
/// A set of hints: it may name a chunk that does not have an id, never miss one that has it. Ids do not move, so a
/// bucket that was written down earlier and what was put in since make up the table, in any order.
pub(crate) struct FingerprintTable {
    buckets: Vec<Bucket>,
    ring: TagRing,
    live: LiveChunks,
    newest_tag: u32,
    swept: usize,
}

/// Two tables of one shape have the same ids in the same places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TableShape {
    pub(crate) buckets: u64,
    pub(crate) tag_bits: u32,
}

impl FingerprintTable {
    pub(crate) fn new(buckets: u64, ring: TagRing) -> Self {
        let buckets = vec![Bucket::EMPTY; buckets.max(1) as usize];
        Self { buckets, ring, live: ring.live(0..0), newest_tag: ring.tag(0), swept: 0 }
    }

    pub(crate) fn shape(&self) -> TableShape {
        TableShape { buckets: self.buckets.len() as u64, tag_bits: self.ring.bits() }
    }

    pub(crate) fn ring(&self) -> TagRing {
        self.ring
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.buckets.len() as u64 * BUCKET_BYTES
    }

    pub(crate) fn slots(&self) -> u64 {
        (self.buckets.len() * SLOTS) as u64
    }

    /// From now on only ids of these chunks are in the table.
    pub(crate) fn set_live(&mut self, chunks: std::ops::Range<u64>) {
        self.newest_tag = self.ring.tag(chunks.end.saturating_sub(1));
        self.live = self.ring.live(chunks);
    }

    /// Loads the place where the id is or would be. Asked for many ids in a row, the waits for memory overlap.
    pub(crate) fn touch(&self, key: MessageKey) -> u32 {
        self.buckets[self.first_place(key)].0[0]
    }

    /// The chunks that may have the id, until `is_it` says that one has.
    pub(crate) fn find<T>(&self, key: MessageKey, mut is_it: impl FnMut(u64) -> Option<T>) -> Option<T> {
        let (fingerprint, tag_bits) = (self.fingerprint(key), self.ring.bits());
        let mut place = self.first_place(key);
        for probe in 0..self.buckets.len() + 1 {
            let bucket = &self.buckets[place];
            let mut matches = bucket.matches(fingerprint, tag_bits);
            while matches != 0 {
                let slot = bucket.0[matches.trailing_zeros() as usize];
                matches &= matches - 1;
                if let Some(found) = self.live.chunk(tag(slot, tag_bits)).and_then(&mut is_it) {
                    return Some(found);
                }
            }
            if bucket.has_empty() {
                return None;
            }
            place = self.next_place(key, probe, place);
        }
        None
    }

    /// Puts an id of a live chunk in; a second time changes nothing that matters. Whether there was room.
    #[must_use]
    pub(crate) fn put(&mut self, key: MessageKey, chunk: u64) -> bool {
        let slot = self.fingerprint(key) << self.ring.bits() | self.ring.tag(chunk);
        let mut place = self.first_place(key);
        for probe in 0..self.buckets.len() + 1 {
            if self.buckets[place].put(slot, self.ring.bits(), &self.live) {
                return true;
            }
            place = self.next_place(key, probe, place);
        }
        false
    }

    /// One step of a walk that never ends: clears what is of chunks that are gone. Called once for each new chunk of so
    /// many ids, it has been everywhere before an eighth of the tags is given again, and before an eighth of the slots
    /// was put in. So what an epoch leaves behind is gone before the next one is full: left lying, it would fill one
    /// bucket after the other, and a lookup walks on until it meets one that is not full.
    pub(crate) fn sweep_step(&mut self, chunk_ids: usize) {
        let for_tags = self.buckets.len() * 8 / self.ring.len() as usize + 1;
        let for_room = chunk_ids * 8 / SLOTS + 1;
        for _ in 0..for_tags.max(for_room).min(self.buckets.len()) {
            self.swept = (self.swept + 1) % self.buckets.len();
            self.buckets[self.swept].sweep(self.newest_tag, self.ring.bits(), &self.live);
        }
    }

    /// The slots of some buckets, for writing down.
    pub(crate) fn copy_out(&self, from: usize, buckets: usize, out: &mut Vec<u8>) {
        let end = from.saturating_add(buckets).min(self.buckets.len());
        for bucket in &self.buckets[from.min(end)..end] {
            for slot in bucket.0 {
                out.extend_from_slice(&slot.to_le_bytes());
            }
        }
    }

    /// Puts back what was written down.
    pub(crate) fn copy_in(&mut self, from: usize, bytes: &[u8]) {
        let buckets = self.buckets[from..].iter_mut().zip(bytes.chunks_exact(BUCKET_BYTES as usize));
        for (bucket, bytes) in buckets {
            for (slot, bytes) in bucket.0.iter_mut().zip(bytes.as_chunks::<4>().0) {
                *slot = u32::from_le_bytes(*bytes);
            }
        }
    }

    /// Never 0. Taken from other bits than the place.
    fn fingerprint(&self, key: MessageKey) -> u32 {
        let values = (1_u64 << (u32::BITS - self.ring.bits())) - 1;
        scaled(key.low(), values) as u32 + 1
    }

    fn first_place(&self, key: MessageKey) -> usize {
        scaled(key.high(), self.buckets.len() as u64) as usize
    }

    /// The second is as good as random; from there on the next ones in a row, so that each bucket comes in time.
    fn next_place(&self, key: MessageKey, probe: usize, place: usize) -> usize {
        if probe == 0 {
            let hash = key.high().rotate_left(32) ^ key.low().wrapping_mul(0x9e37_79b9_7f4a_7c15);
            scaled(hash, self.buckets.len() as u64) as usize
        } else {
            (place + 1) % self.buckets.len()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, VecDeque};

    use super::*;

    fn key(n: u64) -> MessageKey {
        // splitmix64, twice.
        let mix = |mut z: u64| {
            z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        MessageKey(u128::from(mix(n)) << 64 | u128::from(mix(n ^ 0xabcd_ef01_2345_6789)))
    }

    fn chunks_of(table: &FingerprintTable, key: MessageKey) -> Vec<u64> {
        let mut chunks = Vec::new();
        table.find(key, |chunk| {
            chunks.push(chunk);
            None::<()>
        });
        chunks
    }

    #[test]
    fn every_id_is_found_up_to_the_last_free_slot() {
        let mut table = FingerprintTable::new(64, TagRing::for_chunks(100));
        table.set_live(0..100);
        for n in 0..table.slots() {
            assert!(table.put(key(n), n % 100), "{n}");
        }
        for n in 0..table.slots() {
            assert!(chunks_of(&table, key(n)).contains(&(n % 100)), "{n}");
        }
        let full = (0..50).any(|n| !table.put(key(n + 1_000_000), 7));
        assert!(full, "a full table says so");
    }

    /// Chunks come and go many times around the ring, the table is nearly full all the time, buckets run over and get
    /// room again: what is live is found, and after a sweep nothing else is.
    #[test]
    fn ids_are_found_while_their_chunk_lives_and_gone_names_are_given_again() {
        let mut table = FingerprintTable::new(32, TagRing::for_chunks(64));
        let mut live: VecDeque<(u64, Vec<u64>)> = VecDeque::new();
        let mut next_id = 0;
        let mut random = 1_u64;
        for chunk in 0..3_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // Epochs leave in bursts.
            if live.len() > 56 {
                live.drain(..(random >> 33) as usize % 40 + 1);
            }
            let first = live.front().map_or(chunk, |(chunk, _)| *chunk);
            table.set_live(first..chunk + 1);
            let ids: Vec<u64> = (next_id..next_id + 8).collect();
            next_id += 8;
            for id in &ids {
                assert!(table.put(key(*id), chunk));
            }
            live.push_back((chunk, ids));
            table.sweep_step(8);
            if chunk % 7 == 0 {
                for (chunk, ids) in &live {
                    for id in ids {
                        assert!(chunks_of(&table, key(*id)).contains(chunk), "id {id} of chunk {chunk}");
                    }
                }
            }
        }
        table.set_live(3_000..3_001);
        for _ in 0..table.ring().len() {
            table.sweep_step(8);
        }
        assert!(table.buckets.iter().all(|bucket| bucket.0.iter().all(|slot| slot >> table.ring().bits() == 0)));
    }

    /// Epochs come and go, and the table is as large as what lives asks for: a lookup looks into few buckets for ever.
    #[test]
    fn what_has_gone_does_not_fill_the_table_up() {
        const CHUNK_IDS: u64 = 16;
        let (buckets, chunks_of_epoch) = (1_024_u64, 140);
        // There are names for a table that has grown as large as it may.
        let mut table = FingerprintTable::new(buckets, TagRing::for_chunks(100_000));
        let mut id = 0;
        for epoch in 0..60 {
            for chunk in epoch * chunks_of_epoch..(epoch + 1) * chunks_of_epoch {
                // Six epochs of 140 chunks are 82 % of the slots.
                table.set_live((epoch.max(5) - 5) * chunks_of_epoch..chunk + 1);
                for _ in 0..CHUNK_IDS {
                    assert!(table.put(key(id), chunk));
                    id += 1;
                }
                table.sweep_step(CHUNK_IDS as usize);
            }
            let without_room = table.buckets.iter().filter(|bucket| !bucket.has_empty()).count() as u64;
            assert!(without_room < buckets * 9 / 10, "epoch {epoch}: {without_room} of {buckets} buckets look full");
        }
    }

    #[test]
    fn markers_end_with_what_they_were_set_for() {
        let mut table = FingerprintTable::new(2, TagRing::for_chunks(64));
        table.set_live(0..10);
        for n in 0..32 {
            assert!(table.put(key(n), 3));
        }
        table.set_live(5..10);
        (0..300).for_each(|_| table.sweep_step(8));
        assert!(table.buckets.iter().all(|bucket| !bucket.has_empty()), "full ones remember that they ran over");
        table.set_live(10..12);
        (0..300).for_each(|_| table.sweep_step(8));
        assert!(table.buckets.iter().all(|bucket| bucket.0 == [0; SLOTS]), "nothing of then lives");
    }

    #[test]
    fn buckets_that_were_written_down_at_different_times_and_what_came_since_make_up_the_table() {
        let ring = TagRing::for_chunks(300);
        let mut table = FingerprintTable::new(40, ring);
        table.set_live(0..300);
        let mut pieces: HashMap<usize, Vec<u8>> = HashMap::new();
        let chunk_of = |n: u64| n / 2;
        for n in 0..560 {
            assert!(table.put(key(n), chunk_of(n)));
            if n >= 160 && n % 10 == 0 {
                let from = (n as usize - 160) / 10;
                table.copy_out(from, 1, pieces.entry(from).or_default());
            }
        }
        let mut restored = FingerprintTable::new(40, ring);
        restored.set_live(0..300);
        for (from, bytes) in &pieces {
            restored.copy_in(*from, bytes);
        }
        for n in 160..560 {
            assert!(restored.put(key(n), chunk_of(n)));
        }
        for n in 0..560 {
            assert!(chunks_of(&restored, key(n)).contains(&chunk_of(n)), "{n}");
        }
    }
}
