//! Letting go of what is no longer kept, a bounded part at a time.

use std::ops::Bound;

use prime_event::Timestamp;
use prime_state::{Batch, Durability, StateError};

use super::shelf::{found_by, found_by_state};
use super::writer::ReceiptWriter;
use super::{DELIVERIES_KNOWN_DAYS, KeptReceipt, Moment, ReceiptId, damaged, keys};
use crate::fold::{Resolution, chunk_key};

/// What one step lets go of at most, so that it takes some ten milliseconds and the stream is followed in between.
const RECEIPTS_MAX: usize = 1_000;
const CELLS_MAX: usize = 10_000;
const CHUNKS_MAX: usize = 2_000;

impl ReceiptWriter {
    /// Lets go of a part of what is no longer kept. Returns whether there may be more.
    pub fn expire(&mut self, now: Timestamp) -> Result<bool, StateError> {
        let (past, mut batch) = (self.moment(), Batch::new());
        let (receipts, bytes) = self.expire_receipts(&past, &mut batch, now)?;
        let cells = expire_cells(&past, &mut batch, now)?;
        let chunks = expire_chunks(&past, &mut batch, now)?;
        self.put_bytes(&mut batch, bytes);
        self.state.write(batch, Durability::Process)?;
        Ok(receipts >= RECEIPTS_MAX || cells >= CELLS_MAX || chunks >= CHUNKS_MAX)
    }

    /// The oldest receipts go. How many went, and the bytes of those that are left.
    fn expire_receipts(
        &mut self,
        past: &Moment,
        batch: &mut Batch,
        now: Timestamp,
    ) -> Result<(usize, u64), StateError> {
        let oldest = ReceiptId::first_at(Timestamp::from_millis(now.as_millis() - self.options.receipts_age_ms_max));
        let (mut gone, mut bytes) = (0, self.receipt_bytes);
        for entry in past.snapshot.scan_prefix(past.families.receipts, b"").take(RECEIPTS_MAX) {
            let (key, value) = entry?;
            if bytes <= self.options.receipts_bytes_max && &key[..] >= oldest.as_bytes() {
                break;
            }
            let id = ReceiptId::from_bytes(&key);
            let read = id.map(|id| KeptReceipt::decode(id, &value)).transpose();
            let Some(kept) = read.map_err(|error| damaged("a receipt", error))? else { continue };
            self.remove(past, batch, &kept)?;
            bytes = bytes.saturating_sub(kept.bytes);
            gone += 1;
        }
        Ok((gone, bytes))
    }

    fn remove(&mut self, past: &Moment, batch: &mut Batch, kept: &KeptReceipt) -> Result<(), StateError> {
        let (families, receipt) = (past.families, &kept.receipt);
        batch.remove(families.receipts, kept.id.as_bytes());
        for attempt in past.snapshot.scan_prefix(families.attempts, kept.id.as_bytes()) {
            batch.remove(families.attempts, attempt?.0.to_vec());
        }
        let chunk = chunk_key(self.fold.pair(&receipt.lane), &receipt.lane, receipt.event);
        batch.remove(families.units, keys::unit(&chunk, receipt.event.offset));
        for by in found_by(receipt).into_iter().chain(found_by_state(receipt)) {
            batch.remove(families.index, by.key(&receipt.lane.workspace, &kept.id));
        }
        Ok(())
    }
}

fn expire_cells(past: &Moment, batch: &mut Batch, now: Timestamp) -> Result<usize, StateError> {
    let mut gone = 0;
    for resolution in Resolution::ALL {
        let from = keys::cells_of(resolution.number(), 0);
        let to = keys::cells_of(resolution.number(), resolution.oldest_slot(now));
        let cells = past.snapshot.scan(past.families.cells, (Bound::Included(&from), Bound::Excluded(&to)));
        for cell in cells.take(CELLS_MAX - gone) {
            batch.remove(past.families.cells, cell?.0.to_vec());
            gone += 1;
        }
    }
    Ok(gone)
}

fn expire_chunks(past: &Moment, batch: &mut Batch, now: Timestamp) -> Result<usize, StateError> {
    let oldest = Resolution::Day.slot(now).saturating_sub(DELIVERIES_KNOWN_DAYS).to_be_bytes();
    let days = past.snapshot.scan(past.families.mark_days, (Bound::Unbounded, Bound::Excluded(&oldest)));
    let mut gone = 0;
    for entry in days.take(CHUNKS_MAX) {
        let key = entry?.0.to_vec();
        batch.remove(past.families.marks, key[oldest.len()..].to_vec());
        batch.remove(past.families.mark_days, key);
        gone += 1;
    }
    Ok(gone)
}
