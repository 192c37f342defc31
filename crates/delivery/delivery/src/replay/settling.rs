//! Ends the receipts of events that a replay tried in vain and does not try again.
//!
//! Receipts say which these are, so that it also holds when a crash comes between a receipt and what is written down of the replay.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use prime_destination::code;
use prime_event::Timestamp;
use prime_log::{Partition, ReadLimit};
use prime_receipts::{KeptReceipt, Reason, Receipt, ReceiptQuery, ReceiptRecord, ReceiptsHandle, State, StateKind};
use prime_state::StateError;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::model::{Replay, ReplayState};
use super::service::Shared;

/// Receipts that are ended at once.
const STEP: usize = 500;
/// Pause while receipts are read that were written.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// Pause after something could not be read or written.
const PAUSE: Duration = Duration::from_secs(5);

/// Ends the receipts of a replay that has ended, and writes that down. Tries for as long as it takes, but for a stop, after which
/// the next start does the rest. Nothing else may send or tell for the replay.
pub(super) async fn settle(shared: &Arc<Shared>, number: u32, stop: &CancellationToken) {
    let Some(replay) = shared.replay(number).filter(|replay| !replay.is_settled) else { return };
    while let Err(Unsettled { problem, pause }) = try_to(shared, &replay).await {
        if let Some(error) = problem {
            error!(replay = number, error, "the receipts of a replay that has ended cannot be ended; trying again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(pause) => {}
        }
    }
}

/// Why it is not done yet, and when to try again.
struct Unsettled {
    problem: Option<String>,
    pause: Duration,
}

async fn try_to(shared: &Arc<Shared>, replay: &Replay) -> Result<(), Unsettled> {
    let (receipts, streams, ended) = (shared.receipts.clone(), shared.streams.receipts.clone(), replay.clone());
    let look = move || {
        if !has_read_all(&receipts, &streams)? {
            return Ok(Look::Behind);
        }
        let waiting = find(&receipts, &ended, StateKind::Retrying, None, STEP)?;
        if !waiting.is_empty() {
            return Ok(Look::Waiting(waiting));
        }
        // Those of a replay that ran to its end were counted when they were found to be gone.
        let is_counted = ended.state == ReplayState::Done;
        let code = Some(code::REPLAY_CANCELLED.to_owned());
        let failed = if is_counted { 0 } else { find(&receipts, &ended, StateKind::Failed, code, usize::MAX)?.len() };
        Ok(Look::Ended(failed as u64))
    };
    let look: Result<_, StateError> = spawn_blocking(look).await.expect("looking receipts up does not panic");
    match look? {
        Look::Behind => return Err(Unsettled { problem: None, pause: LOOK_INTERVAL }),
        Look::Waiting(waiting) => {
            let mut by_partition: HashMap<u32, Vec<Bytes>> = HashMap::new();
            for kept in waiting {
                let records = by_partition.entry(kept.receipt.event.partition).or_default();
                records.push(ReceiptRecord::Receipt(Box::new(last(kept, replay))).encode());
            }
            for (partition, records) in by_partition {
                let Some(stream) = shared.streams.receipts.get(partition as usize) else { continue };
                stream.append(records).await?;
            }
            return Err(Unsettled { problem: None, pause: LOOK_INTERVAL });
        }
        Look::Ended(failed) => shared.settled(replay.number, failed).await?,
    }
    Ok(())
}

enum Look {
    /// Receipts that were written were not read yet.
    Behind,
    /// Some of those that have not ended.
    Waiting(Vec<KeptReceipt>),
    /// All have, so many by what is written here.
    Ended(u64),
}

/// Whether questions are answered by all that was written before.
fn has_read_all(receipts: &ReceiptsHandle, streams: &[Partition]) -> Result<bool, StateError> {
    for stream in streams {
        let bounds = stream.bounds();
        let position = receipts.position(stream.number())?.unwrap_or(bounds.start);
        // Offsets of Kafka may be without a record.
        let next = ReadLimit { bytes_max: 1, records_max: 1 };
        if position < bounds.end && !stream.read(position, next).is_ok_and(|records| records.is_empty()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Receipts of what this replay sent.
fn find(
    receipts: &ReceiptsHandle,
    replay: &Replay,
    state: StateKind,
    code: Option<String>,
    count: usize,
) -> Result<Vec<KeptReceipt>, StateError> {
    let of = ReceiptQuery::of(replay.workspace.clone());
    let query = ReceiptQuery { replay: Some(replay.number), state: Some(state), code, ..of };
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let page = receipts.search(&query, before, STEP)?;
        found.extend(page.receipts);
        before = page.next;
        if before.is_none() || found.len() >= count {
            return Ok(found);
        }
    }
}

/// The last receipt of an event that is tried no more.
fn last(kept: KeptReceipt, replay: &Replay) -> Receipt {
    let (code, sentence) = match replay.state {
        ReplayState::Done => {
            (code::EVENT_GONE, "The event was gone from where it was kept before it could be tried again.")
        }
        ReplayState::Cancelled | ReplayState::Running => {
            (code::REPLAY_CANCELLED, "The replay was ended while the event waited for another attempt.")
        }
    };
    let reason = Reason { code: code.to_owned(), sentence: sentence.to_owned() };
    Receipt { at: Timestamp::now(), state: State::Failed(reason), attempts: Vec::new(), ..kept.receipt }
}

impl<E: std::error::Error> From<E> for Unsettled {
    fn from(error: E) -> Self {
        Self { problem: Some(error.to_string()), pause: PAUSE }
    }
}
