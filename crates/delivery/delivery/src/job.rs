//! One event on its way to one destination: attempt after attempt, until it has its outcome.

use std::sync::Arc;
use std::time::Duration;

use prime_destination::{Attempt, AttemptOutcome, Board, Event, Outcome};
use prime_event::{DestinationId, EventHead, Timestamp};
use prime_log::Offset;
use prime_outbound::Client;
use prime_runtime::{DestinationCounters, ShutdownSignal};
use tokio::sync::watch;
use tokio::time::sleep;
use tracing::{info, warn};

use crate::exchange::{Attempted, attempt};
use crate::filter::Filtered;
use crate::options::DeliveryOptions;
use crate::retry_schedule;
use crate::wiring::Wiring;

/// One event to carry.
pub(crate) struct Job {
    pub(crate) offset: Offset,
    pub(crate) head: EventHead,
    pub(crate) event: Event,
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
    pub(crate) fn filtered(&self, offset: Offset, head: EventHead, filtered: Filtered) {
        self.counters.add_filtered(1);
        let mut attempt = blank(offset, &head);
        attempt.code = filtered.code().to_owned();
        attempt.reason = filtered.sentence().to_owned();
        self.board.record(attempt);
    }

    async fn wait_at_gate(&self) {
        if !self.gate.is_open() {
            let _waiting = self.board.wait();
            self.gate.opened().await;
        }
    }

    /// Tries once. Returns how long to wait before the next attempt, none if there is no next.
    async fn attempt(&self, wiring: &Wiring, job: &Job, number: u32) -> Option<Duration> {
        let attempted = attempt(&self.sender, wiring, &job.event).await;
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
