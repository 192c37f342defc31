//! Sends the events of one replay, at its pace.

use std::sync::Arc;
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use prime_control::Destination;
use prime_destination::AttemptOutcome;
use prime_event::Timestamp;
use prime_log::{Partition, ReadError, ReadLimit, Record};
use prime_receipts::{Receipt, ReceiptRecord, State};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::model::{Replay, ReplayCounts, ReplayState};
use super::pause::pause;
use super::selection::Selection;
use super::service::Shared;
use crate::exchange::attempt;
use crate::filter::filter;
use crate::job::Job;
use crate::receipts::{attempts_of, blank, reason_of, state_of};
use crate::wiring::Wiring;

/// After a crash, so many events at most are sent again.
const READ: ReadLimit = ReadLimit { bytes_max: 256 * 1024, records_max: 200 };
const UNDER_WAY_MAX: usize = 32;
/// An event that fails for this long has failed, as in the first delivery.
const EXPIRY: Duration = Duration::from_secs(4 * 3_600);
/// Pause after a stream could not be read or written.
const STREAM_PAUSE: Duration = Duration::from_secs(5);
/// A pace that fell behind by more than this is not made up for.
const CATCH_UP_MAX: Duration = Duration::from_millis(100);

/// How one event ended.
enum End {
    Delivered,
    Failed,
    Filtered,
    /// A stop was asked for first.
    Owed,
}

pub(super) struct Runner {
    pub(super) shared: Arc<Shared>,
    pub(super) selection: Selection,
    pub(super) replay: Replay,
    /// Ends the work; what is not written down yet is sent again when it goes on.
    pub(super) stop: CancellationToken,
}

impl Runner {
    /// Works to the end, or until a stop.
    pub(super) async fn run(mut self) {
        let mut pace = Pace::of(self.replay.spec.rate_per_second);
        for place in 0..self.replay.stretches.len() {
            let Some(events) = self.shared.streams.events.get(place).cloned() else { continue };
            while self.replay.stretches[place].next < self.replay.stretches[place].end {
                let Some(destination) = self.destination() else { return self.end(ReplayState::Cancelled).await };
                let stretch = self.replay.stretches[place];
                let records = tokio::select! {
                    biased;
                    () = self.stop.cancelled() => return,
                    records = read(events.clone(), stretch.next) => records,
                };
                let records: Vec<Record> = match records {
                    Ok(records) => records.into_iter().filter(|record| record.offset < stretch.end).collect(),
                    Err(ReadError::Trimmed { start }) => {
                        self.replay.stretches[place].next = start.min(stretch.end);
                        continue;
                    }
                    Err(error) => {
                        error!(replay = self.replay.number, %error, "events cannot be read");
                        self.pause().await;
                        continue;
                    }
                };
                let next = records.last().map_or(stretch.end, |record| record.offset + 1);
                let jobs = records.into_iter().filter_map(|record| self.selection.take(events.number(), record));
                let Some(counts) = self.send(jobs.collect(), &destination, &mut pace).await else { return };
                self.replay.stretches[place].next = next;
                self.replay.counts = counts;
                self.replay.total = self.replay.total.max(counts.ended());
                self.save().await;
            }
        }
        self.replay.total = self.replay.counts.ended();
        self.end(ReplayState::Done).await;
    }

    /// As it is defined now; none when it takes nothing any more.
    fn destination(&self) -> Option<Arc<Destination>> {
        let definitions = self.shared.control.definitions();
        definitions.destination(&self.replay.spec.destination).filter(|destination| destination.enabled).cloned()
    }

    /// Sends these events. Returns what all came to, none if a stop was asked for before all had ended.
    async fn send(&self, jobs: Vec<Job>, destination: &Arc<Destination>, pace: &mut Pace) -> Option<ReplayCounts> {
        let Some(kind) = prime_destinations::find_requests(&destination.metadata_id) else {
            return Some(self.replay.counts);
        };
        let wiring = Wiring::new(kind, Arc::clone(destination));
        let mut counts = self.replay.counts;
        let mut jobs = jobs.into_iter().peekable();
        let mut under_way = FuturesUnordered::new();
        loop {
            let has_room = jobs.peek().is_some() && under_way.len() < UNDER_WAY_MAX;
            if !has_room && under_way.is_empty() {
                return Some(counts);
            }
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return None,
                Some(end) = under_way.next() => {
                    match end {
                        End::Delivered => counts.delivered += 1,
                        End::Failed => counts.failed += 1,
                        End::Filtered => counts.filtered += 1,
                        End::Owed => return None,
                    }
                    self.shared.show(self.replay.number, counts);
                }
                () = pace.turn(), if has_room => {
                    pace.took();
                    if let Some(job) = jobs.next() {
                        under_way.push(self.carry(job, &wiring));
                    }
                }
            }
        }
    }

    /// Carries one event to its end.
    async fn carry(&self, job: Job, wiring: &Wiring) -> End {
        let id = &wiring.destination.id;
        if let Some(filtered) = filter(&job.head, wiring.name) {
            let reason = prime_receipts::Reason { code: filtered.code().into(), sentence: filtered.sentence().into() };
            self.leave(blank(id, &job, Timestamp::now(), State::Filtered(reason))).await;
            return End::Filtered;
        }
        let counters = self.shared.counters.destination(id);
        let (event, began) = (job.event(id), Instant::now());
        let mut number = 1;
        loop {
            let attempted = attempt(&self.shared.sender, wiring, &event).await;
            let now = Timestamp::now();
            if attempted.request.is_some() {
                counters.add_attempt();
            }
            let is_expired = attempted.outcome() == AttemptOutcome::Retrying && began.elapsed() >= EXPIRY;
            let state = if is_expired { State::Expired(reason_of(&attempted)) } else { state_of(&attempted) };
            let attempts = attempts_of(&attempted, number, now);
            self.leave(Receipt { retries: number - 1, attempts, ..blank(id, &job, now, state) }).await;
            match attempted.outcome() {
                AttemptOutcome::Delivered => {
                    counters.add_delivered(1, now);
                    return End::Delivered;
                }
                AttemptOutcome::Filtered => return End::Filtered,
                AttemptOutcome::Failed => {
                    counters.add_failed(1, now);
                    return End::Failed;
                }
                AttemptOutcome::Retrying if is_expired => {
                    counters.add_failed(1, now);
                    return End::Failed;
                }
                AttemptOutcome::Retrying => {}
            }
            let pause = pause(&self.shared.options, number, rand::random());
            let asked_for = match attempted.verdict().outcome {
                prime_destination::Outcome::RetryAt(time) => time.as_millis() - now.as_millis(),
                _ => 0,
            };
            tokio::select! {
                () = self.stop.cancelled() => return End::Owed,
                () = sleep(pause.max(Duration::from_millis(u64::try_from(asked_for).unwrap_or(0)))) => {}
            }
            number += 1;
        }
    }

    /// Leaves a receipt in the replay's own lane, however long it takes.
    async fn leave(&self, mut receipt: Receipt) {
        receipt.lane.replay = self.replay.number;
        let Some(stream) = self.shared.streams.receipts.get(receipt.event.partition as usize) else { return };
        let value = ReceiptRecord::Receipt(Box::new(receipt)).encode();
        while let Err(error) = stream.append(vec![value.clone()]).await {
            error!(replay = self.replay.number, %error, "a receipt cannot be written; trying again");
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = sleep(STREAM_PAUSE) => {}
            }
        }
    }

    async fn end(&mut self, state: ReplayState) {
        (self.replay.state, self.replay.changed_at) = (state, Timestamp::now());
        self.save().await;
    }

    async fn save(&self) {
        while let Err(error) = self.shared.save(self.replay.clone()).await {
            error!(replay = self.replay.number, %error, "how far a replay is cannot be written down; trying again");
            if self.stop.is_cancelled() {
                return;
            }
            self.pause().await;
        }
    }

    async fn pause(&self) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = sleep(STREAM_PAUSE) => {}
        }
    }
}

async fn read(events: Partition, from: u64) -> Result<Vec<Record>, ReadError> {
    spawn_blocking(move || events.read(from, READ)).await.expect("reading does not panic")
}

/// When the next event may be begun.
struct Pace {
    gap: Duration,
    due: Instant,
}

impl Pace {
    fn of(per_second: u32) -> Self {
        Self { gap: Duration::from_secs(1) / per_second.max(1), due: Instant::now() }
    }

    async fn turn(&self) {
        sleep_until(self.due).await;
    }

    fn took(&mut self) {
        let earliest = Instant::now().checked_sub(CATCH_UP_MAX).unwrap_or(self.due);
        self.due = self.due.max(earliest) + self.gap;
    }
}
