//! One event on its way to one destination: attempt after attempt, until it has its outcome.

use std::sync::Arc;
use std::time::Duration;

use prime_destination::{Attempt, AttemptOutcome, Board, Event, IdempotencyKey, MappingVersion, Outcome};
use prime_event::{DestinationId, EventHead, EventRecord, Timestamp};
use prime_log::Offset;
use prime_outbound::Client;
use prime_receipts::{Reason, Receipt, State};
use prime_runtime::{DestinationCounters, ShutdownSignal};
use tokio::sync::watch;
use tokio::time::sleep;
use tracing::{info, warn};

use crate::exchange::{Attempted, attempt};
use crate::filter::Filtered;
use crate::options::DeliveryOptions;
use crate::receipts::{self, ReceiptBook};
use crate::retry_schedule;
use crate::wiring::Wiring;

/// One event to carry.
pub(crate) struct Job {
    /// Of `events`.
    pub(crate) partition: u32,
    pub(crate) offset: Offset,
    pub(crate) head: EventHead,
    pub(crate) record: EventRecord,
}

impl Job {
    pub(crate) fn event(&self, destination: &DestinationId) -> Event {
        let EventRecord { source, received_at, payload, .. } = &self.record;
        let message_id = self.head.message_id.as_deref().unwrap_or_default();
        Event {
            source: source.clone(),
            received_at: *received_at,
            idempotency_key: IdempotencyKey::new(message_id, destination, MappingVersion::FIRST),
            payload: payload.clone(),
        }
    }
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The event has its final outcome, or its destination was switched off and is to receive nothing.
    Settled,
    /// A stop was asked for first, or nobody follows the definitions any more: the event is still owed.
    Owed,
}

/// Carries the events of one destination. Shared by all its jobs.
pub(crate) struct Courier {
    pub(crate) id: DestinationId,
    pub(crate) options: Arc<DeliveryOptions>,
    pub(crate) sender: Client,
    pub(crate) board: Arc<Board>,
    pub(crate) counters: Arc<DestinationCounters>,
    pub(crate) wiring: watch::Receiver<Arc<Wiring>>,
    pub(crate) gate: Gate,
    pub(crate) receipts: ReceiptBook,
    pub(crate) shutdown: ShutdownSignal,
}

impl Courier {
    /// Carries one event until it has its outcome.
    ///
    /// When the definition changes while the event waits, it is tried at once with the new one.
    pub(crate) async fn carry(self: Arc<Self>, job: Job) -> (Offset, End) {
        let mut wiring = self.wiring.clone();
        let mut attempts = 0;
        loop {
            let current = wiring.borrow_and_update().clone();
            if !current.destination.enabled {
                self.given_up(&job, attempts);
                return (job.offset, End::Settled);
            }
            tokio::select! {
                biased;
                () = self.shutdown.asked() => return (job.offset, End::Owed),
                changed = wiring.changed() => match changed {
                    Ok(()) => continue,
                    Err(_) => return (job.offset, End::Owed),
                },
                () = self.wait_at_gate() => {}
            }
            attempts += 1;
            let Some(pause) = self.attempt(&current, &job, attempts).await else {
                return (job.offset, End::Settled);
            };
            let _waiting = self.board.wait();
            tokio::select! {
                () = self.shutdown.asked() => return (job.offset, End::Owed),
                changed = wiring.changed() => if changed.is_err() { return (job.offset, End::Owed) },
                () = sleep(pause) => {}
            }
        }
    }

    /// Writes down an event that is not for the destination.
    pub(crate) fn filtered(&self, job: &Job, filtered: Filtered) {
        self.counters.add_filtered(1);
        let mut attempt = blank(job.offset, &job.head);
        attempt.code = filtered.code().to_owned();
        attempt.reason = filtered.sentence().to_owned();
        let reason = Reason { code: attempt.code.clone(), sentence: attempt.reason.clone() };
        self.receipts.put(receipts::blank(&self.id, job, attempt.at, State::Filtered(reason)));
        self.board.record(attempt);
    }

    /// Ends the receipt of an event that was tried in vain when its destination was switched off.
    fn given_up(&self, job: &Job, attempts: u32) {
        if attempts > 0 {
            let reason = Reason {
                code: "DESTINATION_DISABLED".to_owned(),
                sentence: "The destination was switched off while the event waited for another attempt.".to_owned(),
            };
            let receipt = receipts::blank(&self.id, job, Timestamp::now(), State::Failed(reason));
            self.receipts.put(Receipt { retries: attempts - 1, ..receipt });
        }
    }

    async fn wait_at_gate(&self) {
        if !self.gate.is_open() {
            let _waiting = self.board.wait();
            self.gate.opened().await;
        }
    }

    /// Tries once. Returns how long to wait before the next attempt, none if there is no next.
    async fn attempt(&self, wiring: &Wiring, job: &Job, number: u32) -> Option<Duration> {
        let attempted = attempt(&self.sender, wiring, &job.event(&self.id)).await;
        let now = Timestamp::now();
        if attempted.request.is_some() {
            self.counters.add_attempt();
        }
        match attempted.outcome() {
            AttemptOutcome::Delivered => self.counters.add_delivered(1, now),
            AttemptOutcome::Failed => self.counters.add_failed(1, now),
            AttemptOutcome::Filtered => self.counters.add_filtered(1),
            AttemptOutcome::Retrying => {}
        }
        let outcome = attempted.verdict().outcome;
        self.record(job, number, attempted, now);
        match outcome {
            Outcome::Delivered | Outcome::SettingsWrong | Outcome::DataWrong | Outcome::NotWanted => None,
            Outcome::RetryWithBackoff | Outcome::RefreshAuthentication => {
                Some(retry_schedule::pause(&self.options, number, rand::random()))
            }
            Outcome::RetryAt(time) => {
                self.gate.close_until(time);
                Some(Duration::ZERO)
            }
        }
    }

    fn record(&self, job: &Job, number: u32, attempted: Attempted, now: Timestamp) {
        let (outcome, reason) = (attempted.outcome(), attempted.verdict().reason.clone());
        self.receipts.put(self.receipt(job, number, &attempted, now));
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
            ..blank(job.offset, &job.head)
        });
        if turned && outcome == AttemptOutcome::Delivered {
            info!(destination = %self.id, "the destination takes events again");
        } else if turned {
            warn!(destination = %self.id, code = %reason.code, "the destination fails; this is said once until it takes an event");
        }
    }

    fn receipt(&self, job: &Job, number: u32, attempted: &Attempted, now: Timestamp) -> Receipt {
        Receipt {
            retries: number - 1,
            attempts: receipts::attempts_of(attempted, number, now),
            ..receipts::blank(&self.id, job, now, receipts::state_of(attempted))
        }
    }
}

/// An attempt of this event that never left.
fn blank(offset: Offset, head: &EventHead) -> Attempt {
    Attempt {
        at: Timestamp::now(),
        offset,
        event_message_id: head.message_id.clone().unwrap_or_default(),
        event_type: head.kind.clone().unwrap_or_default(),
        event_name: head.name.clone().unwrap_or_default(),
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

/// Stands before every request of a destination, closed while its receiver has asked for a pause.
pub(crate) struct Gate(watch::Sender<Timestamp>);

impl Gate {
    pub(crate) fn open() -> Self {
        Self(watch::Sender::new(Timestamp::from_millis(0)))
    }

    /// Forgets what the receiver asked for.
    pub(crate) fn reopen(&self) {
        self.0.send_replace(Timestamp::from_millis(0));
    }

    fn close_until(&self, time: Timestamp) {
        self.0.send_if_modified(|until| {
            let later = time > *until;
            *until = time.max(*until);
            later
        });
    }

    fn is_open(&self) -> bool {
        *self.0.borrow() <= Timestamp::now()
    }

    async fn opened(&self) {
        let mut changes = self.0.subscribe();
        loop {
            let left = changes.borrow_and_update().as_millis() - Timestamp::now().as_millis();
            let Ok(left @ 1..) = u64::try_from(left) else { return };
            tokio::select! {
                () = sleep(Duration::from_millis(left)) => {}
                _ = changes.changed() => {}
            }
        }
    }
}
