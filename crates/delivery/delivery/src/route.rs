//! One destination on its way through the stream.

use std::sync::Arc;
use std::time::Duration;

use prime_destination::{Attempt, AttemptOutcome, Board, CircuitState, QueueState, code};
use prime_event::{DestinationId, Timestamp};
use prime_log::{Offset, ReadError};
use prime_receipts::{Reason, Receipt, Sampler, State};
use prime_runtime::DestinationCounters;
use prime_schedule::{DestinationOptions, Offer, PartitionId, Progress};
use tokio::time::Instant;
use tracing::{error, info, warn};

use crate::exchange::Attempted;
use crate::filter::Filtered;
use crate::job::Job;
use crate::lingering::Lingering;
use crate::options::DeliveryOptions;
use crate::receipts::{Receipts, attempts_of, blank, reason_of, state_of};
use crate::telling::Telling;
use crate::wiring::Wiring;

/// Events of one destination whose descriptors are held, and payloads with them, as long as they fit. The rest waits as ranges,
/// which are read in long stretches. Those that were tried in vain come on top.
const HELD_MAX: u32 = 8_192;

/// The name under which the log kept a destination's position before there was a book.
pub(crate) fn group(id: &DestinationId) -> String {
    format!("destination/{id}")
}

/// A destination that is followed.
pub(crate) struct Route {
    pub(crate) id: DestinationId,
    pub(crate) wiring: Arc<Wiring>,
    pub(crate) board: Arc<Board>,
    pub(crate) counters: Arc<DestinationCounters>,
    pub(crate) sampler: Sampler,
    /// In the schedule, as long as it is switched on.
    pub(crate) number: Option<prime_schedule::DestinationId>,
    /// Events that wait for others to share their request. They are not offered yet.
    pub(crate) lingering: Lingering,
    /// Of one that is switched off: everything before this is passed over.
    pub(crate) passed: Offset,
    /// It was switched off. Nothing is sent or comes in, and what waits is given up at this time, unless it is switched on before.
    pub(crate) leaves_at: Option<Instant>,
    /// What waited when it was given up, as far as it is without its last receipt.
    pub(crate) leaving: Progress,
    /// What was tried in vain and has had its last receipt since the book was written.
    pub(crate) left: Vec<Offset>,
    /// What the book has, without exceptions.
    pub(crate) written: Progress,
    /// The book is to be told all about it and not only what changed.
    pub(crate) is_unwritten: bool,
    /// Its settings changed: what waits is tried anew as soon as nothing is under way.
    pub(crate) wants_renewal: bool,
    /// What others were told of it.
    pub(crate) telling: Telling,
    /// For how many events that wait for another attempt the schedule was given room.
    pub(crate) room: u32,
    /// Why an event was tried in vain last.
    failure: Option<Reason>,
    /// What the gauges of the destination have of this partition: events that wait, and whether they are held up.
    gauged: (i64, i64),
}

/// How long an event may wait for others, and how much shares a request.
pub(crate) struct Company {
    pub(crate) linger_max: Duration,
    pub(crate) items_max: usize,
    pub(crate) bytes_max: usize,
}

impl Route {
    pub(crate) fn new(
        wiring: Arc<Wiring>,
        board: Arc<Board>,
        counters: Arc<DestinationCounters>,
        receipts: &Receipts,
    ) -> Self {
        Self {
            id: wiring.destination.id.clone(),
            wiring,
            board,
            counters,
            sampler: receipts.sampler(),
            number: None,
            lingering: Lingering::default(),
            passed: 0,
            leaves_at: None,
            leaving: Progress::default(),
            left: Vec::new(),
            written: Progress::default(),
            is_unwritten: true,
            wants_renewal: false,
            telling: Telling::default(),
            room: 0,
            failure: None,
            gauged: (0, 0),
        }
    }

    /// What the schedule is told of it.
    pub(crate) fn options(&self, options: &DeliveryOptions) -> DestinationOptions {
        let partitions = options.partitions.max(1);
        let concurrency_max = u32::try_from(options.concurrency_max).unwrap_or(u32::MAX);
        let share = |all: u32| all.div_ceil(partitions).max(1);
        let pace = self.wiring.pace();
        DestinationOptions {
            batch_max: pace.batch_max,
            in_flight_max: share(pace.requests_max.unwrap_or(u32::MAX).min(concurrency_max)),
            rate_max: pace.events_per_second_max.map(|rate| rate / f64::from(partitions)),
            jobs_max: HELD_MAX.saturating_add(self.room),
            ..DestinationOptions::default()
        }
    }

    /// How events wait for each other; none where each goes alone.
    pub(crate) fn company(&self) -> Option<Company> {
        let terms = self.wiring.connection.as_ref().ok()?.terms();
        let limits = terms.batch;
        (limits.items_max > 1 && !terms.linger_max.is_zero()).then_some(Company {
            linger_max: terms.linger_max,
            items_max: limits.items_max,
            bytes_max: limits.bytes_max,
        })
    }

    /// The event as the schedule is offered it; none while the destination is switched off.
    pub(crate) fn offer(&self, partition: PartitionId, job: &Job) -> Option<Offer> {
        let queue = self.wiring.queue(job);
        let since_ms = job.record.received_at.as_millis().unsigned_abs();
        Some(Offer { destination: self.number?, partition, offset: job.offset, queue, since_ms })
    }

    /// Writes down an event that is not for the destination.
    pub(crate) fn filtered(&self, job: &Job, filtered: Filtered) -> Receipt {
        self.counters.add_filtered(1);
        let (code, sentence) = (filtered.code().to_owned(), filtered.sentence().to_owned());
        self.board.record(Attempt { code: code.clone(), reason: sentence.clone(), ..untried(job) });
        blank(&self.id, job, Timestamp::now(), State::Filtered(Reason { code, sentence }))
    }

    /// Whether events are for it.
    pub(crate) fn is_on(&self) -> bool {
        self.number.is_some() && self.leaves_at.is_none()
    }

    /// Counts and writes down an attempt.
    pub(crate) fn tried(&mut self, job: &Job, number: u32, attempted: Attempted, now: Timestamp) -> Receipt {
        if attempted.request.is_some() {
            self.counters.add_attempt();
        }
        let outcome = attempted.outcome();
        match outcome {
            AttemptOutcome::Delivered => self.counters.add_delivered(1, now),
            AttemptOutcome::Failed => self.counters.add_failed(1, now),
            AttemptOutcome::Filtered => self.counters.add_filtered(1),
            AttemptOutcome::Retrying => self.failure = Some(reason_of(&attempted)),
        }
        let receipt = Receipt {
            retries: number.saturating_sub(1),
            attempts: attempts_of(&attempted, number, now),
            ..blank(&self.id, job, now, state_of(&attempted))
        };
        let reason = attempted.verdict().reason.clone();
        let turned = self.board.record(Attempt {
            at: now,
            outcome,
            status: attempted.response.as_ref().map(|response| response.status),
            latency_ms: attempted.latency.as_millis() as u64,
            attempt: number,
            code: reason.code.to_string(),
            reason: reason.sentence.into_owned(),
            request: attempted.request,
            response: attempted.response,
            ..untried(job)
        });
        if turned && outcome == AttemptOutcome::Delivered {
            info!(destination = %self.id, "the destination takes events again");
        } else if turned {
            warn!(destination = %self.id, code = %reason.code, "the destination fails; this is said once until it takes an event");
        }
        receipt
    }

    /// Why an event was tried in vain last.
    pub(crate) fn failure(&self) -> Option<Reason> {
        self.failure.clone()
    }

    /// Counts and writes down an event that is tried no more, and is kept.
    pub(crate) fn expired(&self, job: &Job, attempts: u32, now: Timestamp) -> Receipt {
        self.counters.add_failed(1, now);
        let (code, last) = match &self.failure {
            Some(Reason { code, sentence }) => {
                (code.clone(), format!(" The last answer to this destination: {sentence}"))
            }
            None => (code::RETRY.to_owned(), String::new()),
        };
        let sentence = format!(
            "It could not be delivered in time and is tried no more. It is kept among the expired events, from where a replay sends it.{last}"
        );
        self.board.record(Attempt {
            at: now,
            outcome: AttemptOutcome::Failed,
            attempt: attempts,
            code: code.clone(),
            reason: sentence.clone(),
            ..untried(job)
        });
        let state = State::Expired(Reason { code, sentence });
        Receipt { retries: attempts.saturating_sub(1), ..blank(&self.id, job, now, state) }
    }

    /// Puts up what waits, for people and for gauges.
    pub(crate) fn show_queue(&mut self, queue: Option<QueueState>) {
        let is_held_up = |queue: &QueueState| queue.circuit >= CircuitState::Probing;
        let waiting = queue.as_ref().map_or(0, |queue| i64::try_from(queue.waiting).unwrap_or(i64::MAX));
        let gauges = (waiting, i64::from(queue.as_ref().is_some_and(is_held_up)));
        self.counters.move_waiting(gauges.0 - self.gauged.0);
        self.counters.move_held_up(gauges.1 - self.gauged.1);
        self.gauged = gauges;
        self.board.set_queue(queue);
    }

    /// Events that the stream let go before they were delivered.
    pub(crate) fn lost(&self, events: u64) {
        error!(destination = %self.id, events, "events are gone from the stream before they were delivered");
        self.board.set_error(Some(format!(
            "{events} events of the stream were no longer kept when the destination came to them; keep events for longer."
        )));
    }

    /// Ends [`Route::unreadable`].
    pub(crate) fn readable(&self) {
        self.board.set_error(None);
    }

    pub(crate) fn unreadable(&self, error: &ReadError) {
        if self.board.set_error(Some(format!("The events cannot be read: {error}."))) {
            error!(destination = %self.id, %error, "events cannot be read");
        }
    }
}

/// An attempt of this event that never left.
fn untried(job: &Job) -> Attempt {
    Attempt {
        at: Timestamp::now(),
        offset: job.offset,
        event_message_id: job.head.message_id.clone().unwrap_or_default(),
        event_type: job.head.kind.clone().unwrap_or_default(),
        event_name: job.head.name.clone().unwrap_or_default(),
        outcome: AttemptOutcome::Filtered,
        status: None,
        latency_ms: 0,
        attempt: 0,
        code: String::new(),
        reason: String::new(),
        request: None,
        response: None,
    }
}

/// The gauges are those of whoever follows it.
impl Drop for Route {
    fn drop(&mut self) {
        self.show_queue(None);
    }
}
