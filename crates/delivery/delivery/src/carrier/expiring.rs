//! Puts away what has run out of time.

use std::collections::HashMap;
use std::sync::Arc;

use prime_event::{DestinationId, Timestamp};
use prime_runtime::ShutdownSignal;
use prime_schedule::ExpiredJob;
use tokio::time::{Instant, sleep};
use tracing::{error, info};

use super::sending::{Done, Work, fetch};
use super::{Carrier, STREAM_PAUSE};
use crate::clock::now_ms;
use crate::expired::{ExpiredEvent, ExpiredStore};
use crate::job::Job;

/// Events that are put away at once, with their payloads in memory.
const AT_ONCE_MAX: usize = 1_000;

impl Carrier {
    /// Begins to put away what has gathered for long enough, when nothing is being put away. Gathered events are still owed.
    pub(super) fn expire(&mut self) {
        if self.keeping > 0 || !self.schedule.has_expired() {
            return;
        }
        let now = Instant::now();
        let keep_at = *self.keep_at.get_or_insert(now + self.options.expired_gather);
        if keep_at > now {
            return;
        }
        self.keep_at = None;
        let mut expired: HashMap<_, Vec<_>> = HashMap::new();
        for _ in 0..AT_ONCE_MAX {
            let Some(job) = self.schedule.take_expired(now_ms()) else { break };
            expired.entry(job.destination).or_default().push(job);
        }
        if self.schedule.has_expired() {
            // There is more than fits: it has gathered for long enough, too.
            self.keep_at = Some(now);
        }
        expired.into_iter().for_each(|(number, jobs)| self.put_away(number, jobs));
    }

    fn put_away(&mut self, number: prime_schedule::DestinationId, expired: Vec<ExpiredJob>) {
        let Some(route) = self.numbers.get(&number).and_then(|id| self.routes.get(id)) else {
            return expired.into_iter().for_each(|job| self.schedule.archived(job));
        };
        let (id, board, reason) = (route.id.clone(), Arc::clone(&route.board), route.failure());
        let held = expired.iter().map(|one| (one.job.offset, self.payloads.get(one.job.offset))).collect();
        let attempts: Vec<_> = expired.iter().map(|one| u32::from(one.job.attempt)).collect();
        let (events, stop, store) = (self.streams.events.clone(), self.shutdown.clone(), self.options.expired.clone());
        let destination = id.clone();
        let task = self.tasks.spawn(async move {
            let Some(jobs) = fetch(held, events, stop.clone()).await else { return Done::Interrupted };
            let now = Timestamp::now();
            let kept: Vec<_> = jobs
                .iter()
                .zip(attempts)
                .filter_map(|(job, attempts)| {
                    Some(ExpiredEvent::of(&destination, job.as_ref()?, now, attempts, reason.clone()))
                })
                .collect();
            let tell = |problem: Option<String>| {
                board.set_error(problem);
            };
            if keep(&store, &destination, &kept, tell, stop).await { Done::Kept(jobs) } else { Done::Interrupted }
        });
        self.under_way.insert(task.id(), Work::Expired(expired, id));
        self.keeping += 1;
    }

    /// These are where they can be found again, but for those that the stream no longer had.
    pub(super) fn kept(
        &mut self,
        expired: Vec<ExpiredJob>,
        id: &DestinationId,
        jobs: Vec<Option<Arc<Job>>>,
        now: Timestamp,
    ) {
        for (expired, job) in expired.into_iter().zip(jobs) {
            match (self.routes.get_mut(id), job) {
                (Some(route), Some(job)) => {
                    let receipt = route.expired(&job, u32::from(expired.job.attempt), now);
                    self.receipts.put(&mut route.sampler, receipt);
                }
                (Some(route), None) => {
                    route.lost(1);
                    route.counters.add_failed(1, now);
                }
                (None, _) => {}
            }
            self.schedule.archived(expired);
        }
    }
}

/// Tries for as long as it takes, as nothing is lost meanwhile. False if a stop was asked for first.
async fn keep(
    store: &ExpiredStore,
    destination: &DestinationId,
    events: &[ExpiredEvent],
    tell: impl Fn(Option<String>),
    stop: ShutdownSignal,
) -> bool {
    let mut has_failed = false;
    loop {
        match store.keep(events).await {
            Ok(()) => {
                if has_failed {
                    info!(%destination, "expired events can be kept again");
                    tell(None);
                }
                return true;
            }
            Err(error) => {
                if !has_failed {
                    error!(%destination, %error, "expired events cannot be kept; they wait, and it is tried until they can");
                }
                has_failed = true;
                tell(Some(format!("Events that ran out of time cannot be kept, and wait. {error}")));
            }
        }
        tokio::select! {
            () = stop.asked() => return false,
            () = sleep(STREAM_PAUSE) => {}
        }
    }
}
