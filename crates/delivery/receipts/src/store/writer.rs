use std::collections::HashMap;

use prime_event::Timestamp;
use prime_state::{Batch, Durability, State, StateError};
use tracing::error;

use super::shelf::{RecordPlace, Shelf};
use super::{BYTES_KEY, Families, Moment, keys, moment};
use crate::fold::{Changes, Fold, chunk_key};
use crate::record::ReceiptRecord;

/// How long receipts are kept: until they are this old or take this much room, whichever comes first.
#[derive(Clone, Copy, Debug)]
pub struct StoreOptions {
    /// Bytes of receipts with their attempts and what they are found by, before the disk compresses them.
    pub receipts_bytes_max: u64,
    pub receipts_age_ms_max: i64,
}

impl Default for StoreOptions {
    /// 4 GiB, some two million receipts with one request each, and 30 days.
    fn default() -> Self {
        Self { receipts_bytes_max: 4 << 30, receipts_age_ms_max: 30 * 24 * 3_600_000 }
    }
}

/// A record of the `receipts` stream at its place.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    pub offset: u64,
    pub written_at: Timestamp,
    pub value: &'a [u8],
}

/// What a run of records came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Records that were taken; those that had been taken before are not among them.
    pub taken: u64,
    /// Records among them that could not be read and count for nothing.
    pub unreadable: u64,
}

/// The one that writes the store. There is one at a time.
///
/// After an error nothing that was taken since the last success may be relied upon: open the store again.
#[derive(Debug)]
pub struct ReceiptWriter {
    pub(super) state: State,
    pub(super) families: Families,
    pub(super) options: StoreOptions,
    pub(super) fold: Fold,
    /// Of each partition, the offset of the next record.
    positions: HashMap<u32, u64>,
    pub(super) receipt_bytes: u64,
}

impl ReceiptWriter {
    /// Goes on where the store ends.
    pub fn open(state: State, options: StoreOptions) -> Result<Self, StateError> {
        let families = Families::of(&state)?;
        let past = Moment { snapshot: state.snapshot(), families };
        let (fold, receipt_bytes) = (Fold::resume(&past)?, past.receipt_bytes()?);
        Ok(Self { state, families, options, fold, positions: HashMap::new(), receipt_bytes })
    }

    /// Where to read a partition from; none where it was never read.
    pub fn position(&self, partition: u32) -> Result<Option<u64>, StateError> {
        match self.positions.get(&partition) {
            Some(position) => Ok(Some(*position)),
            None => self.moment().position(partition),
        }
    }

    /// Takes records of one partition, in their order. What they come to and the place after the last one are written as
    /// one: after a crash all of it is there or nothing. A record that was taken before is passed over.
    pub fn take(&mut self, partition: u32, entries: &[Entry<'_>]) -> Result<Written, StateError> {
        let position = self.position(partition)?.unwrap_or(0);
        let (past, mut batch, mut written) = (self.moment(), Batch::new(), Written::default());
        let (touched, bytes) = (HashMap::new(), self.receipt_bytes);
        let mut shelf = Shelf { past: &past, batch: &mut batch, touched, bytes };
        for entry in entries.iter().filter(|entry| entry.offset >= position) {
            written.taken += 1;
            let place = RecordPlace { partition, offset: entry.offset, written_at: entry.written_at };
            match ReceiptRecord::decode(entry.value) {
                Ok(ReceiptRecord::Receipt(receipt)) => {
                    let took = self.fold.take_receipt(&past, &receipt, entry.written_at)?;
                    let chunk = chunk_key(self.fold.pair(&receipt.lane), &receipt.lane, receipt.event);
                    shelf.take(&receipt, &chunk, took, place)?;
                }
                Ok(ReceiptRecord::Counted(counted)) => {
                    for unit in self.fold.take_counted(&past, &counted, entry.written_at)? {
                        let event = counted.place(&unit);
                        let chunk = chunk_key(self.fold.pair(&counted.lane), &counted.lane, event);
                        shelf.end(&chunk, event.offset, unit.at)?;
                    }
                }
                Err(error) => {
                    written.unreadable += 1;
                    error!(partition, offset = entry.offset, %error, "a receipt cannot be read; sums lack what it says");
                }
            }
        }
        let bytes = shelf.bytes;
        let Some(last) = entries.last().filter(|last| last.offset >= position) else { return Ok(written) };
        self.put_changes(&mut batch);
        self.put_bytes(&mut batch, bytes);
        batch.put(self.families.positions, partition.to_be_bytes(), (last.offset + 1).to_be_bytes());
        self.state.write(batch, Durability::Process)?;
        self.positions.insert(partition, last.offset + 1);
        Ok(written)
    }

    /// Goes on from another place: records before it are gone, or the stream is another one.
    pub fn move_to(&mut self, partition: u32, offset: u64) -> Result<(), StateError> {
        let mut batch = Batch::new();
        batch.put(self.families.positions, partition.to_be_bytes(), offset.to_be_bytes());
        self.state.write(batch, Durability::Process)?;
        self.positions.insert(partition, offset);
        Ok(())
    }

    /// Makes durable what was taken.
    pub fn sync(&self) -> Result<(), StateError> {
        self.state.sync()
    }

    pub(super) fn moment(&self) -> Moment {
        Moment { snapshot: self.state.snapshot(), families: self.families }
    }

    pub(super) fn put_bytes(&mut self, batch: &mut Batch, bytes: u64) {
        if bytes != self.receipt_bytes {
            self.receipt_bytes = bytes;
            batch.put(self.families.bytes, BYTES_KEY, bytes.to_be_bytes());
        }
    }

    fn put_changes(&mut self, batch: &mut Batch) {
        let (families, Changes { pairs, totals, chunks, rows }) = (self.families, self.fold.take_changes());
        for (name, number) in &pairs {
            batch.put(families.pairs, number.to_be_bytes(), moment::write_pair(name));
        }
        for (pair, totals) in &totals {
            batch.put(families.totals, pair.to_be_bytes(), moment::write_totals(totals));
        }
        for change in &chunks {
            let key = keys::chunk(&change.key);
            if change.day_before != Some(change.chunk.day) {
                if let Some(day) = change.day_before {
                    batch.remove(families.mark_days, keys::chunk_day(day, &key));
                }
                batch.put(families.mark_days, keys::chunk_day(change.chunk.day, &key), []);
            }
            batch.put(families.marks, key, moment::write_chunk(&change.chunk));
        }
        for (page, dimensions, counts) in &rows {
            let key = keys::row(page, dimensions);
            match counts {
                Some(counts) => batch.put(families.cells, key, moment::write_row(dimensions, counts)),
                None => batch.remove(families.cells, key),
            }
        }
    }
}
