use crate::governor::{Exchange, Sign};
use crate::job::{ExpiredJob, Job, Outcome, Send, Settlement};
use crate::progress::Exception;
use crate::schedule::Schedule;
use crate::slots::ATTEMPT_MAX;

/// Emptied lists that are kept.
const SPARE_MAX: usize = 4_096;

/// How a job ends.
#[derive(Clone, Copy)]
enum End {
    Delivered,
    Failed,
    Filtered,
    Expired,
}

impl Schedule {
    /// Says what became of a request.
    pub fn settle(&mut self, now_ms: u64, send: Send, settlement: Settlement<'_>) {
        self.advance(now_ms);
        let id = send.destination.0;
        if self.destinations[id as usize].removed {
            for job in &send.jobs {
                self.forget(job.slot);
            }
            self.end_request(id);
            return;
        }
        let settlement = match settlement {
            Settlement::Refused if send.jobs.len() == 1 => Settlement::All(Outcome::Failed),
            settlement => settlement,
        };
        self.inform_governor(&send, settlement);
        let Send { mut jobs, .. } = send;
        self.destinations[id as usize].counters.in_flight -= jobs.len() as u64;
        match settlement {
            Settlement::Refused => self.refuse(id, &jobs),
            settlement => {
                for (place, job) in jobs.iter().enumerate() {
                    self.settle_job(id, job, settlement.of(place));
                }
            }
        }
        self.end_request(id);
        self.activate(id);
        if self.spare.len() < SPARE_MAX {
            jobs.clear();
            self.spare.push(jobs);
        }
    }

    /// An expired job is where it can be found again.
    pub fn archived(&mut self, expired: ExpiredJob) {
        let id = expired.destination.0;
        if self.destinations[id as usize].removed {
            self.forget(expired.job.slot);
            return;
        }
        self.destinations[id as usize].counters.in_flight -= 1;
        self.end(id, expired.job.slot, End::Expired);
        self.activate(id);
    }

    fn inform_governor(&mut self, send: &Send, settlement: Settlement<'_>) {
        let destination = &mut self.destinations[send.destination.0 as usize];
        let outcomes = (0..send.jobs.len()).map(|place| settlement.of(place));
        let (mut delivered, mut answered, mut until_ms) = (0, false, None);
        for outcome in outcomes {
            match outcome {
                Outcome::Delivered => (delivered, answered) = (delivered + 1, true),
                Outcome::Failed | Outcome::Filtered => answered = true,
                Outcome::Retry => {}
                Outcome::RetryAt { at_ms } => until_ms = until_ms.max(Some(at_ms)),
            }
        }
        let refused = matches!(settlement, Settlement::Refused);
        let sign = match until_ms {
            Some(_) => Sign::TooMany,
            None if answered || refused => Sign::Well,
            None => Sign::Unwell,
        };
        if let Some(until_ms) = until_ms {
            destination.governor.pause(until_ms);
        }
        let waiting = destination.counters.waiting > 0;
        let in_flight = destination.in_flight;
        let Send { sent_ms, probe, retry, .. } = *send;
        let exchange = Exchange { sent_ms, sign, probe, retry, delivered, in_flight, waiting };
        let most = destination.options.in_flight_max;
        destination.governor.settled(self.now_ms, &exchange, most, &mut self.random);
    }

    fn settle_job(&mut self, id: u32, job: &Job, outcome: Outcome) {
        match outcome {
            Outcome::Delivered => self.end(id, job.slot, End::Delivered),
            Outcome::Failed => self.end(id, job.slot, End::Failed),
            Outcome::Filtered => self.end(id, job.slot, End::Filtered),
            Outcome::Retry => {
                let pause_ms = self.options.backoff.pause_ms(job.attempt, &mut self.random);
                self.retry(id, job.slot, self.now_ms + pause_ms);
            }
            Outcome::RetryAt { at_ms } => self.retry(id, job.slot, at_ms),
        }
    }

    /// The halves go next, in their order: from the last to the first, each to the front.
    fn refuse(&mut self, id: u32, jobs: &[Job]) {
        for job in jobs.iter().rev() {
            let slot = &mut self.slots[job.slot];
            slot.halve(jobs.len());
            let place = slot.queue;
            self.note_attempt(id, job.slot, self.now_ms);
            self.queues[place].ready.push_front(&mut self.slots, job.slot);
            let destination = &mut self.destinations[id as usize];
            destination.counters.waiting += 1;
            destination.ready_jobs += 1;
            destination.ready.push_front(&mut self.queues, place);
        }
    }

    fn retry(&mut self, id: u32, index: u32, due_ms: u64) {
        let due_ms = due_ms.max(self.now_ms);
        self.destinations[id as usize].counters.waiting += 1;
        self.note_attempt(id, index, due_ms);
        self.retry_at(index, due_ms);
    }

    /// From now on the job is remembered by itself.
    fn note_attempt(&mut self, id: u32, index: u32, due_ms: u64) {
        let slot = self.slots[index];
        self.slots[index].set_due_ms(due_ms);
        let destination = &mut self.destinations[id as usize];
        let lane = destination.lane(slot.partition());
        if slot.attempt() == 1 {
            lane.end_fresh(slot.owed(), slot.offset);
            lane.put_exception(slot.offset, index);
            destination.exceptions += 1;
        }
        let exception = Exception {
            offset: slot.offset,
            attempt: slot.attempt(),
            due_ms: self.slots[index].due_ms(),
            first_attempt_ms: slot.first_attempt_ms(),
        };
        self.note_change(id, slot.partition(), slot.offset, Some(exception));
    }

    fn end(&mut self, id: u32, index: u32, end: End) {
        let slot = self.slots[index];
        let destination = &mut self.destinations[id as usize];
        let lane = destination.lane(slot.partition());
        // An expired job waited for another attempt; the others are in one.
        let exception = matches!(end, End::Expired) || slot.attempt() >= 2;
        if exception {
            lane.end_exception(slot.offset);
            destination.exceptions -= 1;
        } else {
            lane.end_fresh(slot.owed(), slot.offset);
        }
        let count = match end {
            End::Delivered => &mut destination.counters.delivered,
            End::Failed => &mut destination.counters.failed,
            End::Filtered => &mut destination.counters.filtered,
            End::Expired => &mut destination.counters.expired,
        };
        *count += 1;
        let queue = &mut self.queues[slot.queue];
        if queue.is_ordered() {
            queue.set_blocked(false);
            if !queue.fresh.is_empty() {
                destination.fresh.push_back(&mut self.queues, slot.queue);
            }
        }
        if exception {
            self.note_change(id, slot.partition(), slot.offset, None);
        }
        self.release(index);
    }
}

const _: () = assert!(ATTEMPT_MAX >= 2);

impl Settlement<'_> {
    /// Nothing is finished because nobody said otherwise.
    fn of(&self, place: usize) -> Outcome {
        match self {
            Self::All(outcome) => *outcome,
            Self::Each(outcomes) => outcomes.get(place).copied().unwrap_or(Outcome::Retry),
            Self::Refused => Outcome::Retry,
        }
    }
}
