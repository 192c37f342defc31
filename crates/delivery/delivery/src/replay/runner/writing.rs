//! Makes durable how far a replay is.

use std::collections::HashMap;
use std::mem;

use bytes::Bytes;
use prime_event::Timestamp;
use prime_receipts::{Receipt, ReceiptRecord};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::{LANE, PAUSE, Runner};
use crate::replay::ReplayState;
use crate::replay::model::Owed;

impl Runner {
    /// Leaves a receipt in the replay's own lane.
    pub(super) fn leave(&mut self, mut receipt: Receipt) {
        receipt.lane.replay = self.replay.number;
        let partition = receipt.event.partition;
        self.receipts.push((partition, ReceiptRecord::Receipt(Box::new(receipt)).encode()));
        self.write_soon();
    }

    pub(super) fn write_soon(&mut self) {
        self.write_at.get_or_insert_with(|| Instant::now() + self.shared.options.commit_interval);
    }

    /// Makes durable what has ended: first its receipts, then that it has ended. Tries for as long as it takes, but for a stop.
    pub(super) async fn write(&mut self) {
        (self.write_at, self.ended) = (None, 0);
        let mut by_partition: HashMap<u32, Vec<Bytes>> = HashMap::new();
        for (partition, receipt) in mem::take(&mut self.receipts) {
            by_partition.entry(partition).or_default().push(receipt);
        }
        for (partition, receipts) in by_partition {
            let Some(stream) = self.shared.streams.receipts.get(partition as usize) else { continue };
            while let Err(error) = stream.append(receipts.clone()).await {
                error!(replay = self.replay.number, %error, "receipts cannot be written; trying again");
                if !pause(&self.stop).await {
                    return;
                }
            }
        }
        self.replay.owed = Some(Owed::from(self.schedule.progress(self.number, LANE)));
        self.save().await;
    }

    pub(super) async fn end(&mut self, state: ReplayState) {
        self.write().await;
        let replay = &mut self.replay;
        (replay.state, replay.changed_at, replay.held_up) = (state, Timestamp::now(), None);
        (replay.owed, replay.files) = (None, Vec::new());
        self.save().await;
    }

    async fn save(&mut self) {
        while let Err(error) = self.shared.save(self.replay.clone()).await {
            error!(replay = self.replay.number, %error, "how far a replay is cannot be written down; trying again");
            if !pause(&self.stop).await {
                return;
            }
        }
    }
}

/// False if a stop was asked for.
async fn pause(stop: &CancellationToken) -> bool {
    tokio::select! {
        () = stop.cancelled() => false,
        () = sleep(PAUSE) => true,
    }
}
