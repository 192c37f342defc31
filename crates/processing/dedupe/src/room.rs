//! Room in the table: it grows with what is hot, up to its bound.

use crate::deduper::Deduper;
use crate::hole::{Hole, HoleReason};
use crate::hot::{BUCKET_BYTES, ExactIds, FingerprintTable, SLOT_BYTES, TagRing};
use crate::key::MessageKey;
use crate::options::Share;
use crate::store::names;

/// Of a hundred slots so many are used before the table grows. Beyond, more than a third of all lookups would have to
/// look into a second bucket.
const LOAD_MAX_PERCENT: u64 = 85;
/// 256 KiB: what an idle node has.
const BUCKETS_MIN: u64 = 4_096;
/// The table holds five epochs that are hot and one that is being sealed.
const EPOCHS_HELD: u64 = 6;

/// How large a table may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TableBounds {
    buckets_max: u64,
}

impl TableBounds {
    pub(crate) fn of(share: &Share) -> Self {
        Self { buckets_max: (share.table_bytes_max / BUCKET_BYTES).max(1) }
    }

    fn ids_max(self) -> u64 {
        ids_in(self.buckets_max)
    }

    pub(crate) fn epoch_ids_max(self) -> u64 {
        (self.ids_max() / EPOCHS_HELD).max(1)
    }

    /// A ring with room for full chunks, and as many again that are not: each start and each epoch may leave one.
    pub(crate) fn ring(self, chunk_ids: usize) -> TagRing {
        TagRing::for_chunks(self.ids_max() / chunk_ids as u64 * 3 / 2)
    }

    /// The smallest of the sizes that the table grows through which has room for so many ids: the largest, halved again
    /// and again.
    pub(crate) fn buckets_for(self, ids: u64) -> u64 {
        let mut buckets = self.buckets_max;
        while buckets / 2 >= BUCKETS_MIN && ids_in(buckets / 2) >= ids {
            buckets /= 2;
        }
        buckets
    }
}

fn ids_in(buckets: u64) -> u64 {
    buckets * BUCKET_BYTES / SLOT_BYTES * LOAD_MAX_PERCENT / 100
}

impl Deduper {
    /// Before so many ids are put in. What does not fit waits until an epoch is sealed; if that fails, the oldest epoch
    /// that is not hot is given up.
    pub(crate) fn ensure_room(&mut self, more: u64) {
        loop {
            let ids = self.ids.ids() + more;
            let fits = ids <= ids_in(self.table.shape().buckets);
            let chunks = self.ids.chunks();
            let names_left =
                chunks.end - chunks.start + more / self.ids.room as u64 + 2 <= self.table.ring().live_max();
            if fits && names_left {
                return;
            }
            if !fits && self.bounds.buckets_for(ids) > self.table.shape().buckets {
                self.rebuild_table(self.bounds.buckets_for(ids));
            } else if !self.wait_for_sealing() {
                // There are slots left, but few: better slow than to forget.
                let crowded = ids * 100 > self.table.slots() * 97;
                if (!crowded && names_left) || !self.give_up_oldest() {
                    return;
                }
            }
        }
    }

    /// Whether an epoch was sealed, or has left in another way.
    fn wait_for_sealing(&mut self) -> bool {
        let before = self.ids.chunks().start;
        let _ = self.save_chunks().inspect_err(warn);
        if let Some(result) = self.background.wait() {
            let _ = self.take_in(result).inspect_err(warn);
        }
        if self.ids.chunks().start == before && self.oldest_can_be_sealed() {
            let sealed = self.begin_sealing().and_then(|()| self.background.wait().transpose());
            match sealed {
                Ok(Some(work)) => drop(self.take_in(Ok(work)).inspect_err(warn)),
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "failed to seal an epoch of message ids"),
            }
        }
        self.ids.chunks().start != before
    }

    /// The disk does not take what would have to leave the memory.
    fn give_up_oldest(&mut self) -> bool {
        if self.ids.epochs.len() < 2 {
            return false;
        }
        if let Some(epoch) = self.ids.epochs.pop_front() {
            // If it cannot be removed now, the next start does it.
            let _ = self.disk.remove(&names::id_log(epoch.epoch.id));
            self.add_hole(Hole { reason: HoleReason::NotStored, ..epoch.hole() });
        }
        self.table.set_live(self.ids.chunks());
        true
    }

    /// Makes the table anew from the exact ids, with room for them and more.
    pub(crate) fn rebuild_table(&mut self, buckets: u64) {
        let ring = self.table.ring();
        self.due.writing = None;
        // The old one goes first: both together might not fit into the memory.
        self.table = FingerprintTable::new(1, ring);
        self.table = FingerprintTable::new(buckets, ring);
        self.table.set_live(self.ids.chunks());
        let chunks = self.ids.chunks();
        self.seen_damaged.extend(put_chunks(&mut self.table, &self.ids, chunks));
    }
}

/// Puts all ids of some chunks into the table. Returns what could not be read.
pub(crate) fn put_chunks(table: &mut FingerprintTable, ids: &ExactIds, chunks: std::ops::Range<u64>) -> Vec<Hole> {
    let mut bytes = Vec::new();
    let mut keys: Vec<MessageKey> = Vec::new();
    let mut holes = Vec::new();
    for number in chunks {
        keys.clear();
        if !ids.keys_of(number, &mut keys, &mut bytes) {
            holes.extend(ids.epoch_of(number).map(crate::hot::HotEpoch::hole));
        }
        std::hint::black_box(keys.iter().fold(0, |sum, key| sum ^ table.touch(*key)));
        for key in &keys {
            // The table was made with room for all of them.
            let _ = table.put(*key, number);
        }
    }
    holes
}

fn warn(error: &crate::error::StoreError) {
    tracing::warn!(%error, "failed to make room for message ids");
}
