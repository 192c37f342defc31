//! From the schedule to the destination, and back with what came of it.

use std::sync::Arc;

use prime_destination::AttemptOutcome;
use prime_event::Timestamp;
use prime_receipts::{Reason, Receipt, State};
use prime_schedule::Settlement;
use tokio::task::{Id, JoinError};
use tracing::error;

use super::Runner;
use crate::clock::now_ms;
use crate::exchange::{Attempted, attempt_all, outcome};
use crate::expired::ExpiredEvent;
use crate::job::Job;
use crate::receipts::{attempts_of, blank, reason_of, state_of};
use crate::replay::ReplayScope;

impl Runner {
    /// Starts the requests that may be made now.
    pub(super) fn start(&mut self) {
        while let Some(send) = self.schedule.next_send(now_ms()) {
            let id = &self.wiring.destination.id;
            let events: Vec<_> = send.jobs.iter().map(|job| self.jobs[&job.offset].event(id)).collect();
            let (shared, wiring, stop) = (Arc::clone(&self.shared), Arc::clone(&self.wiring), self.stop.clone());
            let task = self.tasks.spawn(async move {
                attempt_all(&shared.deliveries.sender, &wiring, &events, || stop.is_cancelled()).await
            });
            self.under_way.insert(task.id(), send);
        }
    }

    pub(super) fn done(&mut self, done: Result<(Id, Vec<Attempted>), JoinError>) {
        let (task, attempted) = match done {
            Ok((task, attempted)) => (task, attempted),
            Err(error) => {
                error!(replay = self.replay.number, %error, "sending events again panicked");
                (error.id(), Vec::new())
            }
        };
        let Some(send) = self.under_way.remove(&task) else { return };
        let now = Timestamp::now();
        let mut outcomes = Vec::with_capacity(attempted.len());
        for (one, attempted) in send.jobs.iter().zip(attempted) {
            outcomes.push(outcome(&attempted));
            let job = Arc::clone(&self.jobs[&one.offset]);
            if attempted.request.is_some() {
                self.counters.add_attempt();
            }
            match attempted.outcome() {
                AttemptOutcome::Delivered => {
                    self.counters.add_delivered(1, now);
                    self.replay.counts.delivered += 1;
                }
                AttemptOutcome::Filtered => self.replay.counts.filtered += 1,
                AttemptOutcome::Failed => {
                    self.counters.add_failed(1, now);
                    self.replay.counts.failed += 1;
                }
                AttemptOutcome::Retrying => self.failure = Some(reason_of(&attempted)),
            }
            let number = u32::from(one.attempt);
            let attempts = attempts_of(&attempted, number, now);
            let blank = blank(&self.wiring.destination.id, &job, now, state_of(&attempted));
            self.leave(Receipt { retries: number.saturating_sub(1), attempts, ..blank });
            if attempted.outcome() != AttemptOutcome::Retrying {
                self.jobs.remove(&one.offset);
                self.ended += 1;
            }
        }
        // After a panic there is no outcome, and all are tried again.
        self.schedule.settle(now_ms(), send, Settlement::Each(&outcomes));
        self.show();
    }

    /// Ends what has run out of time. What came from files is there still; the rest is put there.
    pub(super) async fn expire(&mut self) {
        if !self.schedule.has_expired() {
            return;
        }
        let (now, id) = (Timestamp::now(), self.wiring.destination.id.clone());
        let expired: Vec<_> = std::iter::from_fn(|| self.schedule.take_expired(now_ms())).collect();
        let jobs = expired.iter().filter_map(|one| Some((one.job.attempt, self.jobs.remove(&one.job.offset)?)));
        let jobs: Vec<_> = jobs.collect();
        let mut place = String::new();
        if self.replay.spec.scope != ReplayScope::Expired {
            let event = |(attempts, job): &(u16, Arc<Job>)| {
                ExpiredEvent::of(&id, job, now, u32::from(*attempts), self.failure.clone())
            };
            let events: Vec<_> = jobs.iter().map(event).collect();
            if let Err(error) = self.shared.options.expired.keep(&events).await {
                error!(replay = self.replay.number, %error, "expired events cannot be kept");
                place = format!(" It could not be kept for later. {error}");
            }
        }
        for (attempts, job) in jobs {
            self.counters.add_failed(1, now);
            self.replay.counts.failed += 1;
            let code = self.failure.as_ref().map_or_else(|| "RETRY".to_owned(), |reason| reason.code.clone());
            let last = self.failure.as_ref().map(|reason| format!(" The last answer: {}", reason.sentence));
            let sentence = format!(
                "It could not be delivered in time by this replay and is tried no more.{place}{}",
                last.unwrap_or_default()
            );
            let state = State::Expired(Reason { code, sentence });
            self.leave(Receipt { retries: u32::from(attempts).saturating_sub(1), ..blank(&id, &job, now, state) });
            self.ended += 1;
        }
        expired.into_iter().for_each(|one| self.schedule.archived(one));
        self.show();
    }
}
