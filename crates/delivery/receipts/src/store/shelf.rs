//! Receipts on their way into one batch.

use std::collections::HashMap;

use prime_event::Timestamp;
use prime_state::{Batch, StateError};

use super::keys::FoundBy;
use super::{Families, KeptReceipt, Moment, ReceiptId, keys};
use crate::codec::Writer;
use crate::fold::{ChunkKey, Took};
use crate::record::{Receipt, State, put_attempt};

/// Attempts of one receipt that are kept with their details: the first one and the last ones.
pub(crate) const ATTEMPTS_KEPT: u32 = 32;
pub(super) const ATTEMPT_VERSION: u8 = 1;
/// What a receipt takes besides: its key and an entry by its event, and each entry of the index.
const KEYS_BYTES: u64 = 20 + 48;
const INDEX_ENTRY_BYTES: u64 = 36;

/// Writes receipts to a batch, and sees those that are in it already.
pub(super) struct Shelf<'a> {
    pub(super) past: &'a Moment,
    pub(super) batch: &'a mut Batch,
    pub(super) touched: HashMap<Vec<u8>, KeptReceipt>,
    /// Bytes of all receipts.
    pub(super) bytes: u64,
}

/// Where a record stands in the `receipts` stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecordPlace {
    pub(super) partition: u32,
    pub(super) offset: u64,
    pub(super) written_at: Timestamp,
}

impl Shelf<'_> {
    pub(super) fn take(
        &mut self,
        receipt: &Receipt,
        chunk: &ChunkKey,
        took: Took,
        place: RecordPlace,
    ) -> Result<(), StateError> {
        let unit = keys::unit(chunk, receipt.event.offset);
        let kept = match self.known(&unit)? {
            Some(known) => self.go_on(known, receipt, took),
            // It was left out of the sample, or is no longer kept; and it is counted.
            None if took.before.has_ended() => return Ok(()),
            None => self.begin(receipt, &unit, place),
        };
        self.touched.insert(unit, kept);
        Ok(())
    }

    /// Ends the receipt of a delivery, if there is one: it succeeded, and that was left out of the sample.
    pub(super) fn end(&mut self, chunk: &ChunkKey, offset: u64, at: Timestamp) -> Result<(), StateError> {
        let unit = keys::unit(chunk, offset);
        if let Some(mut kept) = self.known(&unit)? {
            self.turn(&mut kept, State::Delivered, at);
            self.put(&kept);
            self.touched.insert(unit, kept);
        }
        Ok(())
    }

    fn known(&mut self, unit: &[u8]) -> Result<Option<KeptReceipt>, StateError> {
        match self.touched.remove(unit) {
            Some(known) => Ok(Some(known)),
            None => self.past.receipt_of(unit),
        }
    }

    fn begin(&mut self, receipt: &Receipt, unit: &[u8], place: RecordPlace) -> KeptReceipt {
        let id = ReceiptId::new(place.written_at, place.partition, place.offset);
        let bare = Receipt { attempts: Vec::new(), ..receipt.clone() };
        let mut kept = KeptReceipt { id, receipt: bare, attempts_total: 0, last_attempt: None, bytes: 0 };
        self.add_attempts(&mut kept, receipt);
        self.batch.put(self.families().units, unit, id.as_bytes());
        let mut size = kept.encode().len() as u64 + KEYS_BYTES;
        for by in found_by(&kept.receipt).into_iter().chain(found_by_state(&kept.receipt)) {
            self.batch.put(self.families().index, by.key(&kept.receipt.lane.workspace, &id), []);
            size += INDEX_ENTRY_BYTES;
        }
        (kept.bytes, self.bytes) = (kept.bytes + size, self.bytes + size);
        self.put(&kept);
        kept
    }

    fn go_on(&mut self, mut kept: KeptReceipt, receipt: &Receipt, took: Took) -> KeptReceipt {
        self.add_attempts(&mut kept, receipt);
        if !took.before.has_ended() {
            self.turn(&mut kept, receipt.state.clone(), receipt.at);
            kept.receipt.retries = receipt.retries;
        }
        self.put(&kept);
        kept
    }

    /// Moves a receipt to another state, and to where it is found by it.
    fn turn(&mut self, kept: &mut KeptReceipt, state: State, at: Timestamp) {
        let (workspace, index) = (kept.receipt.lane.workspace.clone(), self.families().index);
        for by in found_by_state(&kept.receipt) {
            self.batch.remove(index, by.key(&workspace, &kept.id));
        }
        (kept.receipt.state, kept.receipt.at) = (state, at);
        for by in found_by_state(&kept.receipt) {
            self.batch.put(index, by.key(&workspace, &kept.id), []);
        }
    }

    fn add_attempts(&mut self, kept: &mut KeptReceipt, receipt: &Receipt) {
        for attempt in &receipt.attempts {
            if !kept.is_new(attempt) {
                continue;
            }
            let mut out = Writer::versioned(ATTEMPT_VERSION);
            put_attempt(&mut out, attempt);
            let value = out.finish();
            let number = kept.attempts_total;
            (kept.bytes, self.bytes) = (kept.bytes + value.len() as u64, self.bytes + value.len() as u64);
            self.batch.put(self.families().attempts, keys::attempt(&kept.id, number), value);
            if let Some(surplus) = number.checked_sub(ATTEMPTS_KEPT - 1).filter(|surplus| *surplus > 0) {
                self.batch.remove(self.families().attempts, keys::attempt(&kept.id, surplus));
            }
            kept.attempts_total += 1;
            kept.last_attempt = Some(attempt.into());
        }
    }

    fn put(&mut self, kept: &KeptReceipt) {
        self.batch.put(self.families().receipts, kept.id.as_bytes(), kept.encode());
    }

    fn families(&self) -> Families {
        self.past.families
    }
}

/// By what a receipt is found for as long as it is kept.
pub(super) fn found_by(receipt: &Receipt) -> Vec<FoundBy<'_>> {
    let mut by = vec![
        FoundBy::Workspace,
        FoundBy::Message(&receipt.message_id),
        FoundBy::Destination(&receipt.lane.destination),
    ];
    by.extend(receipt.user_id.as_deref().map(FoundBy::User));
    by.extend(receipt.anonymous_id.as_deref().map(FoundBy::Anonymous));
    by.extend(replay_of(receipt).map(FoundBy::Replay));
    by
}

/// By what it is found while it is in its state.
pub(super) fn found_by_state(receipt: &Receipt) -> impl Iterator<Item = FoundBy<'_>> {
    let (destination, state) = (&receipt.lane.destination, receipt.state.kind());
    [FoundBy::State(destination, state), FoundBy::Code(destination, state, receipt.state.code())]
        .into_iter()
        .chain(replay_of(receipt).map(|replay| FoundBy::ReplayState(replay, state)))
}

/// First deliveries are nearly all there are, so they have no entry of their own.
fn replay_of(receipt: &Receipt) -> Option<u32> {
    Some(receipt.lane.replay).filter(|replay| *replay != 0)
}
