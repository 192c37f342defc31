//! From the schedule to destinations, and back with what came of it.

use std::sync::Arc;

use prime_event::{DestinationId, Timestamp};
use prime_log::{Offset, Partition, ReadError, ReadLimit};
use prime_runtime::ShutdownSignal;
use prime_schedule::{ExpiredJob, Outcome, Send, Settlement};
use tokio::task::{Id, JoinError, spawn_blocking};
use tokio::time::sleep;
use tracing::error;

use super::giving_up::Found;
use super::{Carrier, STREAM_PAUSE};
use crate::clock::now_ms;
use crate::exchange::{Attempted, attempt_all, outcome};
use crate::job::Job;

/// Requests that are started in one go, before answers are looked at, and answers before requests are started.
const AT_ONCE_MAX: usize = 256;

/// What a task works on; kept outside of it, as it may panic.
pub(super) enum Work {
    Send(Send, DestinationId),
    Expired(Vec<ExpiredJob>, DestinationId),
    GivingUp(DestinationId),
}

/// What a task brings back.
pub(super) enum Done {
    /// One for each job, without an event where it is no longer in the stream.
    Tried(Vec<Option<(Arc<Job>, Attempted)>>),
    /// Put away, those that are still in the stream.
    Kept(Vec<Option<Arc<Job>>>),
    Found(Found),
    /// A stop was asked for first.
    Interrupted,
}

impl Carrier {
    /// Starts the requests that may be made now.
    pub(super) fn start(&mut self) {
        let now_ms = now_ms();
        for _ in 0..AT_ONCE_MAX {
            if !self.receipts.has_room() {
                break;
            }
            let Some(send) = self.schedule.next_send(now_ms) else { break };
            self.start_send(send, now_ms);
        }
    }

    fn start_send(&mut self, send: Send, now_ms: u64) {
        let Some(route) = self.numbers.get(&send.destination).and_then(|id| self.routes.get(id)) else {
            return self.schedule.settle(now_ms, send, Settlement::All(Outcome::Retry));
        };
        let (id, wiring, sender) = (route.id.clone(), Arc::clone(&route.wiring), self.sender.clone());
        let held = send.jobs.iter().map(|job| (job.offset, self.payloads.get(job.offset))).collect();
        let (events, stop) = (self.streams.events.clone(), self.shutdown.clone());
        let task = self.tasks.spawn(async move {
            let Some(jobs) = fetch(held, events, stop.clone()).await else { return Done::Interrupted };
            let id = &wiring.destination.id;
            let events: Vec<_> = jobs.iter().flatten().map(|job| job.event(id)).collect();
            let mut attempted = attempt_all(&sender, &wiring, &events, || stop.is_asked()).await.into_iter();
            Done::Tried(jobs.into_iter().map(|job| Some((job?, attempted.next()?))).collect())
        });
        self.under_way.insert(task.id(), Work::Send(send, id));
    }

    /// Takes this answer and others that are there.
    pub(super) fn done_and_more(&mut self, done: Result<(Id, Done), JoinError>) {
        self.done(done);
        for _ in 1..AT_ONCE_MAX {
            let Some(done) = self.tasks.try_join_next_with_id() else { break };
            self.done(done);
        }
    }

    pub(super) fn done(&mut self, done: Result<(Id, Done), JoinError>) {
        let (task, done) = match done {
            Ok((task, done)) => (task, Some(done)),
            Err(error) => {
                error!(%error, "carrying an event panicked");
                (error.id(), None)
            }
        };
        let now = Timestamp::now();
        let id = match self.under_way.remove(&task) {
            Some(Work::Send(send, id)) => {
                self.sent(send, &id, done, now);
                id
            }
            Some(Work::Expired(expired, id)) => {
                self.keeping -= 1;
                // After a stop or a panic they stay in flight until the end of the process, and are owed after it.
                if let Some(Done::Kept(jobs)) = done {
                    self.kept(expired, &id, jobs, now);
                }
                id
            }
            Some(Work::GivingUp(id)) => {
                if let Some(Done::Found(found)) = done {
                    self.given_up(&id, found);
                }
                id
            }
            None => return,
        };
        self.renew(&id);
        self.leave_now(&id);
        self.show_soon(&id);
        self.commit_soon(self.options.commit_interval);
    }

    fn sent(&mut self, send: Send, id: &DestinationId, done: Option<Done>, now: Timestamp) {
        let now_ms = now.as_millis().unsigned_abs();
        let (Some(Done::Tried(tried)), Some(route)) = (done, self.routes.get_mut(id)) else {
            // A panic or a stop, which say nothing about the events; or nobody asks any more.
            return self.schedule.settle(now_ms, send, Settlement::All(Outcome::Retry));
        };
        let mut outcomes = Vec::with_capacity(tried.len());
        for (job, tried) in send.jobs.iter().zip(tried) {
            let Some((event, attempted)) = tried else {
                route.lost(1);
                route.counters.add_failed(1, now);
                outcomes.push(Outcome::Failed);
                continue;
            };
            outcomes.push(outcome(&attempted));
            let receipt = route.tried(&event, u32::from(job.attempt), attempted, now);
            self.receipts.put(&mut route.sampler, receipt);
        }
        self.schedule.settle(now_ms, send, Settlement::Each(&outcomes));
    }
}

/// Reads from the stream what is not held, for as long as it takes: those that the stream no longer has are none. None
/// if a stop was asked for first.
pub(super) async fn fetch(
    held: Vec<(Offset, Option<Arc<Job>>)>,
    events: Partition,
    stop: ShutdownSignal,
) -> Option<Vec<Option<Arc<Job>>>> {
    if held.iter().all(|(_, job)| job.is_some()) {
        return Some(held.into_iter().map(|(_, job)| job).collect());
    }
    loop {
        let (events, wanted) = (events.clone(), held.clone());
        let read =
            spawn_blocking(move || wanted.into_iter().map(|(offset, job)| read_one(&events, offset, job)).collect());
        match read.await.expect("reading does not panic") {
            Ok(jobs) => return Some(jobs),
            Err(error) => {
                let error: ReadError = error;
                error!(%error, "events cannot be read; trying again");
            }
        }
        tokio::select! {
            () = stop.asked() => return None,
            () = sleep(STREAM_PAUSE) => {}
        }
    }
}

fn read_one(events: &Partition, offset: Offset, held: Option<Arc<Job>>) -> Result<Option<Arc<Job>>, ReadError> {
    if held.is_some() {
        return Ok(held);
    }
    let one = ReadLimit { bytes_max: 1, records_max: 1 };
    let records = match events.read(offset, one) {
        Err(ReadError::Trimmed { .. }) => return Ok(None),
        read => read?,
    };
    let record = records.into_iter().next().filter(|record| record.offset == offset);
    Ok(record.and_then(|record| Job::read(events.number(), record, |_| true)).map(Arc::new))
}
